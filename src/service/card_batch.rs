//! Batches of cards, which the head office registers before they are issued (B6).

use std::collections::HashSet;

use crate::{
    domain::{
        card::{Card, CardState},
        ids::CardId,
        phone::is_phone_like,
        reference::Reference,
        refusal::{Decided, Decision, Refusal},
    },
    service::context::OfficeContext,
    working_set::{CardChange, Touches, WorkingSet, command::Command},
};

/// Registers a batch of cards: all of them or none (B6).
#[derive(Debug)]
pub struct RegisterCards {
    /// The caller and the time.
    pub context: OfficeContext,
    /// The kind («вид карты»).
    pub kind: Option<String>,
    /// The numbers.
    pub numbers: Vec<String>,
    /// The code of the store that they are handed to.
    pub store: Option<String>,
    /// Whether numbers that read as mobile phones are taken: cards of another system are in customers' hands already.
    pub takes_phone_like: bool,
}

/// How many cards were registered.
#[derive(Debug, Clone, Copy)]
pub struct CardsRegistered(pub usize);

impl Command for RegisterCards {
    type Outcome = CardsRegistered;

    fn touches(&self, _: &Reference, touches: &mut Touches) {
        for number in &self.numbers {
            touches.card_number(number);
        }
    }

    fn new_ids(&self) -> i64 {
        i64::try_from(self.numbers.len()).unwrap_or(i64::MAX).saturating_mul(2)
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<CardsRegistered> {
        let at = self.context.at(set)?;
        if self.numbers.len() > set.settings.cards_per_batch_max {
            let what = format!("в партии больше {} карт, разделите её", set.settings.cards_per_batch_max);
            return Err(Refusal::CardBatchInvalid { what });
        }
        if let Some(number) = self.numbers.iter().find(|number| !self.takes_phone_like && is_phone_like(number)) {
            let what = format!("номер {number} похож на телефон; карты прежней системы передавайте с phoneLike");
            return Err(Refusal::CardBatchInvalid { what });
        }
        let actor = &self.context.actor;
        let programme = actor.programme;
        let store = match &self.store {
            Some(code) => {
                let found = set.reference.store(actor.network, code);
                Some(found.ok_or_else(|| Refusal::StoreUnknown { store: code.clone() })?.id)
            }
            None => None,
        };
        let mut known: HashSet<String> = set
            .cards
            .iter()
            .filter(|(_, card)| card.programme == programme)
            .map(|(_, card)| card.number.clone())
            .collect();
        for number in &self.numbers {
            if !known.insert(number.clone()) {
                return Err(Refusal::CardExists { number: number.clone() });
            }
            let id = CardId(set.new_id());
            set.cards.put(
                id,
                Card {
                    id,
                    programme,
                    number: number.clone(),
                    kind: self.kind.clone(),
                    state: CardState::Registered,
                    before_block: None,
                    account: None,
                    customer: None,
                    successor: None,
                    issued_at: None,
                    store,
                    source: None,
                },
            );
            let change = CardChange {
                card: id,
                state: CardState::Registered,
                reason: None,
                occurred_at: at,
                credential: self.context.actor.credential,
                store,
                till: None,
                cashier: self.context.employee.clone(),
            };
            let change_id = set.new_id();
            set.card_changes.push((change_id, change));
        }
        Ok(Decided::Done(CardsRegistered(self.numbers.len())))
    }
}
