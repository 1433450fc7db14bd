//! The head office.

use crate::{
    domain::{
        account::ReturnPolicy,
        moment::{Moment, Span},
        money::{Kopecks, Points, Rounding},
        phone,
        programme::{Lifetime, LifetimeUnit, Rules, StatusRule},
        receipt::{EarnRule, SpendRule},
        reference::Roles,
        refusal::Refusal,
    },
    service::{
        access,
        office::{
            CardsRegistered, Context, GetPointsTerms, GetProgramme, PointsTermsView, ProgrammeView, RegisterCards,
            SavePointsTerms, SaveProgramme, SaveTill, TillSaved,
        },
    },
    soap::{
        messages::{office, values::Hundredths},
        operations::{Call, Reply},
    },
};

use super::wire::{self, given};

/// Milliseconds in a minute.
const MINUTE_MS: i64 = 60_000;
/// Milliseconds in a day.
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// `RegisterCards`.
pub fn register_cards(message: office::RegisterCards, call: &Call) -> Result<RegisterCards, Refusal> {
    Ok(RegisterCards {
        context: context(message.context, call),
        kind: given(message.batch.kind.clone()),
        numbers: numbers(message.batch, call.settings.cards_per_batch_max)?,
    })
}

/// `GetProgramme`.
pub fn get_programme(message: office::GetProgramme, call: &Call) -> Result<GetProgramme, Refusal> {
    Ok(GetProgramme { actor: call.actor.clone(), code: message.programme_code })
}

/// `SaveProgramme`.
pub fn save_programme(message: office::SaveProgramme, call: &Call) -> Result<SaveProgramme, Refusal> {
    let programme = message.programme;
    let unknown = |what: &str| Refusal::ProgrammeInvalid { what: what.into() };
    let days = |days: i32| u32::try_from(days).map_err(|_| unknown("число дней"));
    let minutes = |minutes: i32| Span::minutes(i64::from(minutes));
    let rules = Rules {
        valid_from: Moment(0),
        earn: EarnRule {
            points: Points(programme.earn_points.0),
            step: Kopecks(programme.earn_step.0),
            unit: Points(programme.earn_unit.0),
            rounding: Rounding::from_word(&programme.earn_rounding).ok_or_else(|| unknown("способ округления"))?,
        },
        spend: SpendRule {
            share_max_hundredths_of_percent: programme.spend_share_max.0,
            unit: Points(programme.spend_unit.0),
        },
        code_required: programme.code_required,
        reservation_ttl: minutes(programme.reservation_minutes),
        code_ttl: minutes(programme.code_minutes),
        code_tries: i64::from(programme.code_tries),
        activation_delay_days: days(programme.activation_delay_days)?,
        lifetime: Lifetime::days(days(programme.lifetime_days)?),
        status: StatusRule::NONE,
        grace: Span::days(i64::from(programme.grace_days)),
        return_policy: ReturnPolicy::from_word(&programme.return_policy).ok_or_else(|| unknown("правило возврата"))?,
    };
    Ok(SaveProgramme {
        context: context(message.context, call),
        code: programme.programme_code,
        name: programme.name,
        valid_from: wire::time(programme.valid_from),
        rules,
    })
}

/// `GetPointsTerms`.
pub fn get_points_terms(message: office::GetPointsTerms, call: &Call) -> Result<GetPointsTerms, Refusal> {
    Ok(GetPointsTerms { actor: call.actor.clone(), code: message.programme_code })
}

/// `SavePointsTerms`.
pub fn save_points_terms(message: office::SavePointsTerms, call: &Call) -> Result<SavePointsTerms, Refusal> {
    let terms = message.points_terms;
    let unknown = |what: &str| Refusal::ProgrammeInvalid { what: what.into() };
    Ok(SavePointsTerms {
        context: context(message.context, call),
        code: terms.programme_code,
        valid_from: wire::time(terms.valid_from),
        lifetime: Lifetime {
            unit: LifetimeUnit::from_word(&terms.lifetime_unit).ok_or_else(|| unknown("единица срока действия"))?,
            count: u32::try_from(terms.lifetime_count).map_err(|_| unknown("срок действия"))?,
        },
        status: StatusRule { points: Points(terms.status_points.0), step: Kopecks(terms.status_step.0) },
    })
}

/// `SaveTill`.
pub fn save_till(message: office::SaveTill, call: &Call) -> Result<SaveTill, Refusal> {
    let settings = message.till_settings;
    // The contract's enumeration has let in nothing else.
    let roles = Roles::from_words(settings.roles.role.iter().map(String::as_str)).unwrap_or(Roles::NONE);
    // Without random numbers for the salt no password can be kept safely.
    let password_hash = access::hash_password(&settings.password).map_err(|_| Refusal::TryLater)?;
    Ok(SaveTill {
        context: context(message.context, call),
        store: settings.store,
        till: settings.till,
        name: given(settings.name),
        login: settings.login,
        password_hash,
        roles,
    })
}

pub(super) fn context(message: office::OfficeContext, call: &Call) -> Context {
    Context { actor: call.actor.clone(), employee: given(message.actor), occurred_at: wire::time(message.occurred_at) }
}

/// The numbers of a batch: a list, or a range with a common prefix whose width the first number sets.
fn numbers(batch: office::CardBatch, cards_max: usize) -> Result<Vec<String>, Refusal> {
    let invalid = |what: &str| Refusal::CardBatchInvalid { what: what.into() };
    let listed = batch.numbers.map(|numbers| numbers.number).unwrap_or_default();
    match (given(batch.from), given(batch.to)) {
        (None, None) if listed.is_empty() => Err(invalid("нет ни диапазона, ни перечня номеров")),
        (None, None) => {
            let normal = |number: String| phone::card_number(&number).ok_or_else(|| invalid("пустой номер карты"));
            listed.into_iter().map(normal).collect()
        }
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
            (first..=last)
                .map(|number| {
                    phone::card_number(&format!("{prefix}{number:0width$}"))
                        .ok_or_else(|| invalid("пустой номер карты"))
                })
                .collect()
        }
        (Some(_), None) | (None, Some(_)) => Err(invalid("у диапазона должны быть и начало, и конец")),
    }
}

impl Reply for CardsRegistered {
    type Message = office::RegisterCardsResult;

    fn reply(&self, _: &Call) -> (String, office::RegisterCardsResult) {
        let registered = i32::try_from(self.0).ok();
        (
            format!("Зарегистрировано карт: {}.", self.0),
            office::RegisterCardsResult { registered, ..Default::default() },
        )
    }
}

impl Reply for ProgrammeView {
    type Message = office::ProgrammeResult;

    fn reply(&self, _: &Call) -> (String, office::ProgrammeResult) {
        let rules = &self.rules;
        let small = |value: i64| i32::try_from(value).unwrap_or(i32::MAX);
        let programme = office::Programme {
            programme_code: self.code.clone(),
            name: self.name.clone(),
            valid_from: wire::local(rules.valid_from, self.utc_offset_minutes),
            earn_points: wire::points(rules.earn.points),
            earn_step: wire::money(rules.earn.step),
            earn_unit: wire::points(rules.earn.unit),
            earn_rounding: rules.earn.rounding.word().into(),
            spend_share_max: Hundredths(rules.spend.share_max_hundredths_of_percent),
            spend_unit: wire::points(rules.spend.unit),
            code_required: rules.code_required,
            reservation_minutes: small(rules.reservation_ttl.0 / MINUTE_MS),
            code_minutes: small(rules.code_ttl.0 / MINUTE_MS),
            code_tries: small(rules.code_tries),
            activation_delay_days: small(i64::from(rules.activation_delay_days)),
            // What lapses by the calendar is said by GetPointsTerms: this message knows days only.
            lifetime_days: if rules.lifetime.unit == LifetimeUnit::Days {
                small(i64::from(rules.lifetime.count))
            } else {
                0
            },
            grace_days: small(rules.grace.0 / DAY_MS),
            return_policy: rules.return_policy.word().into(),
        };
        ("Выполнено.".into(), office::ProgrammeResult { programme: Some(programme), ..Default::default() })
    }
}

impl Reply for PointsTermsView {
    type Message = office::PointsTermsResult;

    fn reply(&self, _: &Call) -> (String, office::PointsTermsResult) {
        let ProgrammeView { code, rules, utc_offset_minutes, .. } = &self.0;
        let terms = office::PointsTerms {
            programme_code: code.clone(),
            valid_from: wire::local(rules.valid_from, *utc_offset_minutes),
            lifetime_unit: rules.lifetime.unit.word().into(),
            lifetime_count: i32::try_from(rules.lifetime.count).unwrap_or(i32::MAX),
            status_points: wire::points(rules.status.points),
            status_step: wire::money(rules.status.step),
        };
        ("Выполнено.".into(), office::PointsTermsResult { terms: Some(terms), ..Default::default() })
    }
}

impl Reply for TillSaved {
    type Message = office::TillResult;

    fn reply(&self, _: &Call) -> (String, office::TillResult) {
        let message =
            office::TillResult { login: Some(self.login.clone()), till: Some(self.till.clone()), ..Default::default() };
        ("Касса сохранена.".into(), message)
    }
}
