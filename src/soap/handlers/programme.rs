//! A programme and its rules: each kind of rule is read and written in one place, and `KINDS` lists them all.

use crate::{
    domain::{
        account::ReturnPolicy,
        moment::{Moment, Span},
        money::{Kopecks, Points, Rounding},
        programme::{Lifetime, LifetimeUnit, Rules, StatusRule},
        receipt::{EarnRule, SpendRule},
        refusal::Refusal,
    },
    service::programme::{GetProgramme, ProgrammeView, SaveProgramme, Standing},
    soap::{
        call::{Call, Reply},
        handlers::wire,
        messages::{
            office_1::{self, ProgrammeRule},
            values::Hundredths,
        },
    },
};

/// Milliseconds in a minute.
const MINUTE_MS: i64 = 60_000;
/// Milliseconds in a day.
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
/// How many replaced versions an answer names.
const REPLACED_NAMED_MAX: usize = 5;

/// A kind of rule.
struct Kind {
    word: &'static str,
    /// Whether every programme must have one.
    is_required: bool,
    /// Moves the fields of a rule of this kind into the rules. A field that it leaves does not belong to the kind.
    read: fn(&mut ProgrammeRule, &mut Rules) -> Result<(), Refusal>,
    /// The fields of the rule, if the rules have one of this kind.
    write: fn(&Rules) -> Option<ProgrammeRule>,
}

/// Every kind of rule, in the order in which they are written.
const KINDS: [Kind; 10] = [
    Kind { word: "accrual", is_required: false, read: read_accrual, write: write_accrual },
    Kind { word: "spending", is_required: false, read: read_spending, write: write_spending },
    Kind { word: "card_only", is_required: false, read: read_card_only, write: write_card_only },
    Kind { word: "lifetime", is_required: false, read: read_lifetime, write: write_lifetime },
    Kind { word: "activation", is_required: false, read: read_activation, write: write_activation },
    Kind { word: "status", is_required: false, read: read_status, write: write_status },
    Kind { word: "codes", is_required: false, read: read_codes, write: write_codes },
    Kind { word: "reservation", is_required: true, read: read_reservation, write: write_reservation },
    Kind { word: "grace", is_required: false, read: read_grace, write: write_grace },
    Kind { word: "returns", is_required: true, read: read_returns, write: write_returns },
];

/// Takes a required field out of a rule: `field!(rule.points)` is `Result<Hundredths, Refusal>`. The field's name is
/// the element's name.
macro_rules! field {
    ($rule:ident.$name:ident) => {
        Field { kind: &$rule.kind, name: stringify!($name), value: $rule.$name.take() }
    };
}

/// A field that was taken out of a rule.
struct Field<'a, T> {
    kind: &'a str,
    name: &'static str,
    value: Option<T>,
}

/// `GetProgramme`.
pub fn get(message: office_1::GetProgramme, call: &Call) -> Result<GetProgramme, Refusal> {
    Ok(GetProgramme { actor: call.actor.clone(), code: message.programme_code })
}

/// `SaveProgramme`.
pub fn save(message: office_1::SaveProgramme, call: &Call) -> Result<SaveProgramme, Refusal> {
    let programme = message.programme;
    Ok(SaveProgramme {
        context: wire::office_context(message.context, call),
        code: programme.programme_code,
        name: programme.name,
        valid_from: wire::time(programme.valid_from),
        made_from: i64::from(programme.version),
        rules: read_rules(programme.rules.rule)?,
    })
}

impl Reply for ProgrammeView {
    type Message = office_1::ProgrammeResult;

    fn reply(&self, _: &Call) -> (String, office_1::ProgrammeResult) {
        let programme = office_1::Programme {
            programme_code: self.code.clone(),
            name: self.name.clone(),
            valid_from: wire::local(self.rules.valid_from, self.utc_offset_minutes),
            version: small(self.version),
            rules: office_1::ProgrammeRules { rule: written_rules(&self.rules) },
        };
        (sentences(self), office_1::ProgrammeResult { programme: Some(programme), ..Default::default() })
    }
}

/// From when on the version is in force, what is until then, and which versions it replaced.
fn sentences(view: &ProgrammeView) -> String {
    let at = |moment: Moment| moment.local(view.utc_offset_minutes).format("%d.%m.%Y %H:%M");
    let (number, from) = (view.version, at(view.rules.valid_from));
    let mut text = match view.standing {
        Standing::InForce => format!("Редакция {number} действует с {from}."),
        Standing::ToCome(Some(until)) => {
            format!("Редакция {number} начнёт действовать с {from}, до этого действует редакция {until}.")
        }
        Standing::ToCome(None) => {
            format!("Редакция {number} начнёт действовать с {from}, до этого программа не действует.")
        }
    };
    if view.is_unchanged {
        text = format!("Ничего не изменилось, новая редакция не нужна. {text}");
    }
    let replaced: Vec<String> = view
        .replaced
        .iter()
        .take(REPLACED_NAMED_MAX)
        .map(|(number, start)| format!("{number} (с {})", at(*start)))
        .collect();
    if !replaced.is_empty() {
        text.push_str(" Отменены редакции, которые ещё не действовали: ");
        text.push_str(&replaced.join(", "));
        text.push('.');
    }
    text
}

/// The complete rules from a list. A kind that the list lacks is not in force.
fn read_rules(list: Vec<ProgrammeRule>) -> Result<Rules, Refusal> {
    let mut rules = without_any();
    let mut seen: Vec<String> = Vec::new();
    for mut rule in list {
        let kind = KINDS.iter().find(|kind| kind.word == rule.kind);
        let kind = kind.ok_or_else(|| wrong(format!("правило «{}» неизвестно", rule.kind)))?;
        if seen.contains(&rule.kind) {
            return Err(wrong(format!("правило {} указано дважды", rule.kind)));
        }
        (kind.read)(&mut rule, &mut rules)?;
        if let Some(name) = left_field(&rule) {
            return Err(wrong(format!("в правиле {} не бывает поля {name}", rule.kind)));
        }
        seen.push(rule.kind);
    }
    if let Some(missing) = KINDS.iter().find(|kind| kind.is_required && !seen.iter().any(|word| word == kind.word)) {
        return Err(wrong(format!("нет обязательного правила {}", missing.word)));
    }
    if !rules.code_required {
        // No code is sent, but its lifetime must not exceed that of a reservation.
        rules.code_ttl = rules.code_ttl.min(rules.reservation_ttl);
    }
    Ok(rules)
}

/// The list for these rules.
fn written_rules(rules: &Rules) -> Vec<ProgrammeRule> {
    let written = |kind: &Kind| (kind.write)(rules).map(|fields| ProgrammeRule { kind: kind.word.into(), ..fields });
    KINDS.iter().filter_map(written).collect()
}

/// The rules of a programme without any rule. Figures of absent rules have no effect.
fn without_any() -> Rules {
    let some = Rules::default();
    Rules {
        valid_from: Moment(0),
        earn: EarnRule { points: Points::ZERO, ..some.earn },
        spend: SpendRule { share_max_hundredths_of_percent: 0, ..some.spend },
        code_required: false,
        activation_delay_days: 0,
        lifetime: Lifetime::ENDLESS,
        status: StatusRule::NONE,
        grace: Span::days(0),
        ..some
    }
}

/// The first field that no kind took.
fn left_field(rule: &ProgrammeRule) -> Option<&'static str> {
    let ProgrammeRule { kind: _, points, step, unit, rounding, share, period, count, days, minutes, tries, policy } =
        rule;
    let fields = [
        ("points", points.is_some()),
        ("step", step.is_some()),
        ("unit", unit.is_some()),
        ("rounding", rounding.is_some()),
        ("share", share.is_some()),
        ("period", period.is_some()),
        ("count", count.is_some()),
        ("days", days.is_some()),
        ("minutes", minutes.is_some()),
        ("tries", tries.is_some()),
        ("policy", policy.is_some()),
    ];
    fields.into_iter().find(|(_, is_there)| *is_there).map(|(name, _)| name)
}

fn wrong(what: String) -> Refusal {
    Refusal::ProgrammeInvalid { what }
}

fn small(value: i64) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}

impl<T> Field<'_, T> {
    fn required(self) -> Result<T, Refusal> {
        self.value.ok_or_else(|| wrong(format!("в правиле {} не указано поле {}", self.kind, self.name)))
    }

    /// The field's value, converted; fails when the field is missing or `meaning` gives `None`.
    fn meaning<M>(self, meaning: impl FnOnce(&T) -> Option<M>, otherwise: &str) -> Result<M, Refusal> {
        let (kind, name) = (self.kind, self.name);
        let value = self.required()?;
        meaning(&value).ok_or_else(|| wrong(format!("в правиле {kind} поле {name} {otherwise}")))
    }
}

impl Field<'_, Hundredths> {
    /// The value, which must be greater than zero.
    fn amount(self) -> Result<i64, Refusal> {
        self.meaning(|value| (value.0 > 0).then_some(value.0), "должно быть больше нуля")
    }
}

impl Field<'_, i32> {
    /// The value, which must be greater than zero.
    fn number(self) -> Result<u32, Refusal> {
        self.meaning(|value| u32::try_from(*value).ok().filter(|value| *value > 0), "должно быть больше нуля")
    }

    fn number_or_zero(self) -> Result<u32, Refusal> {
        self.meaning(|value| u32::try_from(*value).ok(), "не может быть меньше нуля")
    }
}

impl Field<'_, String> {
    fn word<M>(self, from_word: fn(&str) -> Option<M>) -> Result<M, Refusal> {
        self.meaning(|word| from_word(word), "не может иметь такое значение")
    }
}

fn read_accrual(rule: &mut ProgrammeRule, rules: &mut Rules) -> Result<(), Refusal> {
    rules.earn = EarnRule {
        points: Points(field!(rule.points).amount()?),
        step: Kopecks(field!(rule.step).amount()?),
        unit: Points(field!(rule.unit).amount()?),
        rounding: field!(rule.rounding).word(Rounding::from_word)?,
    };
    Ok(())
}

fn write_accrual(rules: &Rules) -> Option<ProgrammeRule> {
    let EarnRule { points, step, unit, rounding } = rules.earn;
    points.is_positive().then(|| ProgrammeRule {
        points: Some(wire::points(points)),
        step: Some(wire::money(step)),
        unit: Some(wire::points(unit)),
        rounding: Some(rounding.word().into()),
        ..Default::default()
    })
}

fn read_spending(rule: &mut ProgrammeRule, rules: &mut Rules) -> Result<(), Refusal> {
    rules.spend = SpendRule {
        share_max_hundredths_of_percent: field!(rule.share).amount()?,
        unit: Points(field!(rule.unit).amount()?),
    };
    Ok(())
}

fn write_spending(rules: &Rules) -> Option<ProgrammeRule> {
    let SpendRule { share_max_hundredths_of_percent: share, unit } = rules.spend;
    (share > 0).then(|| ProgrammeRule {
        share: Some(Hundredths(share)),
        unit: Some(wire::points(unit)),
        ..Default::default()
    })
}

#[allow(clippy::unnecessary_wraps, reason = "every kind is read in the same way; this one has no fields")]
const fn read_card_only(_: &mut ProgrammeRule, rules: &mut Rules) -> Result<(), Refusal> {
    rules.card_only = true;
    Ok(())
}

fn write_card_only(rules: &Rules) -> Option<ProgrammeRule> {
    rules.card_only.then(ProgrammeRule::default)
}

fn read_lifetime(rule: &mut ProgrammeRule, rules: &mut Rules) -> Result<(), Refusal> {
    // An endless lifetime is the absence of this rule.
    let unit = |word: &str| LifetimeUnit::from_word(word).filter(|unit| *unit != LifetimeUnit::Never);
    rules.lifetime = Lifetime { unit: field!(rule.period).word(unit)?, count: field!(rule.count).number_or_zero()? };
    Ok(())
}

fn write_lifetime(rules: &Rules) -> Option<ProgrammeRule> {
    let Lifetime { unit, count } = rules.lifetime;
    (unit != LifetimeUnit::Never).then(|| ProgrammeRule {
        period: Some(unit.word().into()),
        count: Some(small(i64::from(count))),
        ..Default::default()
    })
}

fn read_activation(rule: &mut ProgrammeRule, rules: &mut Rules) -> Result<(), Refusal> {
    rules.activation_delay_days = field!(rule.days).number()?;
    Ok(())
}

fn write_activation(rules: &Rules) -> Option<ProgrammeRule> {
    days(i64::from(rules.activation_delay_days))
}

fn read_status(rule: &mut ProgrammeRule, rules: &mut Rules) -> Result<(), Refusal> {
    rules.status =
        StatusRule { points: Points(field!(rule.points).amount()?), step: Kopecks(field!(rule.step).amount()?) };
    Ok(())
}

fn write_status(rules: &Rules) -> Option<ProgrammeRule> {
    let StatusRule { points, step } = rules.status;
    points.is_positive().then(|| ProgrammeRule {
        points: Some(wire::points(points)),
        step: Some(wire::money(step)),
        ..Default::default()
    })
}

fn read_codes(rule: &mut ProgrammeRule, rules: &mut Rules) -> Result<(), Refusal> {
    rules.code_required = true;
    rules.code_tries = i64::from(field!(rule.tries).number()?);
    rules.code_ttl = Span::minutes(i64::from(field!(rule.minutes).number()?));
    Ok(())
}

fn write_codes(rules: &Rules) -> Option<ProgrammeRule> {
    let Rules { code_required, code_tries, code_ttl, .. } = rules;
    code_required.then(|| ProgrammeRule {
        minutes: Some(small(code_ttl.0 / MINUTE_MS)),
        tries: Some(small(*code_tries)),
        ..Default::default()
    })
}

fn read_reservation(rule: &mut ProgrammeRule, rules: &mut Rules) -> Result<(), Refusal> {
    rules.reservation_ttl = Span::minutes(i64::from(field!(rule.minutes).number()?));
    Ok(())
}

fn write_reservation(rules: &Rules) -> Option<ProgrammeRule> {
    Some(ProgrammeRule { minutes: Some(small(rules.reservation_ttl.0 / MINUTE_MS)), ..Default::default() })
}

fn read_grace(rule: &mut ProgrammeRule, rules: &mut Rules) -> Result<(), Refusal> {
    rules.grace = Span::days(i64::from(field!(rule.days).number()?));
    Ok(())
}

fn write_grace(rules: &Rules) -> Option<ProgrammeRule> {
    days(rules.grace.0 / DAY_MS)
}

fn read_returns(rule: &mut ProgrammeRule, rules: &mut Rules) -> Result<(), Refusal> {
    rules.return_policy = field!(rule.policy).word(ReturnPolicy::from_word)?;
    Ok(())
}

fn write_returns(rules: &Rules) -> Option<ProgrammeRule> {
    Some(ProgrammeRule { policy: Some(rules.return_policy.word().into()), ..Default::default() })
}

/// A rule of this many days; `None` for zero.
fn days(days: i64) -> Option<ProgrammeRule> {
    (days > 0).then(|| ProgrammeRule { days: Some(small(days)), ..Default::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_come_back_as_they_were_written() {
        let all = Rules {
            card_only: true,
            activation_delay_days: 14,
            lifetime: Lifetime { unit: LifetimeUnit::YearEnd, count: 0 },
            status: StatusRule { points: Points(100), step: Kopecks(5_000) },
            ..Rules::default()
        };
        let written = written_rules(&all);
        assert_eq!(written.iter().map(|rule| rule.kind.as_str()).collect::<Vec<_>>(), KINDS.map(|kind| kind.word));
        assert_eq!(read_rules(written), Ok(all));
    }

    #[test]
    fn what_has_no_effect_is_not_written() {
        let few = Rules { reservation_ttl: Span::minutes(2), ..without_any() };
        let written = written_rules(&few);
        assert_eq!(written.iter().map(|rule| rule.kind.as_str()).collect::<Vec<_>>(), ["reservation", "returns"]);
        let read = read_rules(written.clone()).unwrap();
        assert_eq!((read.problem(), written_rules(&read)), (None, written));
    }
}
