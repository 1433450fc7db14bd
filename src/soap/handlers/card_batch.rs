//! `RegisterCards`.

use crate::{
    domain::{phone, refusal::Refusal, till_document::named},
    service::card_batch::{CardsRegistered, RegisterCards},
    soap::{
        call::{Call, Reply},
        handlers::wire::{self, given},
        messages::office_1,
    },
};

/// `RegisterCards`.
pub fn register(message: office_1::RegisterCards, call: &Call) -> Result<RegisterCards, Refusal> {
    Ok(RegisterCards {
        context: wire::office_context(message.context, call),
        kind: given(message.batch.kind.as_deref().map(named)),
        store: given(message.batch.store.clone()),
        takes_phone_like: message.batch.phone_like.unwrap_or(false),
        numbers: numbers(message.batch, call.settings.cards_per_batch_max)?,
    })
}

/// The numbers of a batch: a list, or a range with a common prefix whose width the first number sets.
fn numbers(batch: office_1::CardBatch, cards_max: usize) -> Result<Vec<String>, Refusal> {
    let invalid = |what: &str| Refusal::CardBatchInvalid { what: what.into() };
    let listed = batch.numbers.map(|numbers| numbers.number).unwrap_or_default();
    match (given(batch.from), given(batch.to)) {
        (None, None) if batch.prefix.as_deref().is_some_and(|prefix| !prefix.is_empty()) => {
            Err(invalid("общее начало (prefix) бывает только у диапазона"))
        }
        (None, None) if listed.is_empty() => Err(invalid("нет ни диапазона, ни перечня номеров")),
        (None, None) => listed.iter().map(|number| sound(number)).collect(),
        (Some(_), Some(_)) if !listed.is_empty() => Err(invalid("укажите либо диапазон, либо перечень номеров")),
        (Some(from), Some(to)) => {
            let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
            if !digits(&from) || !digits(&to) {
                return Err(invalid("границы диапазона должны состоять из цифр"));
            }
            let parse = |text: &str| text.parse::<u64>().map_err(|_| invalid("граница диапазона слишком велика"));
            let (first, last) = (parse(&from)?, parse(&to)?);
            let count = usize::try_from(last.saturating_sub(first)).unwrap_or(usize::MAX).saturating_add(1);
            if first > last {
                return Err(invalid("начало диапазона больше конца"));
            }
            if count > cards_max {
                return Err(invalid(&format!("в партии больше {cards_max} карт, разделите её")));
            }
            let (prefix, width) = (batch.prefix.unwrap_or_default(), from.len());
            (first..=last).map(|number| sound(&format!("{prefix}{number:0width$}"))).collect()
        }
        (Some(_), None) | (None, Some(_)) => Err(invalid("у диапазона должны быть и начало, и конец")),
    }
}

/// A card's number in its one spelling. After a plus nothing would ever find it: that is how phones are written.
fn sound(text: &str) -> Result<String, Refusal> {
    let invalid = |what: &str| Refusal::CardBatchInvalid { what: what.into() };
    let number = phone::card_number(text).ok_or_else(|| invalid("пустой номер карты"))?;
    if number.starts_with('+') {
        Err(invalid("номер карты не может начинаться с плюса"))
    } else {
        Ok(number)
    }
}

impl Reply for CardsRegistered {
    type Message = office_1::RegisterCardsResult;

    fn reply(&self, _: &Call) -> (String, office_1::RegisterCardsResult) {
        let registered = i32::try_from(self.0).ok();
        (
            format!("Зарегистрировано карт: {}.", self.0),
            office_1::RegisterCardsResult { registered, ..Default::default() },
        )
    }
}
