//! The programme's rules.

use crate::{
    domain::{
        account::ReturnPolicy,
        moment::{Moment, Span},
        money::{Kopecks, Points, Rounding},
        programme::{Lifetime, LifetimeUnit, Rules, StatusRule},
        receipt::{EarnRule, SpendRule},
        refusal::Refusal,
    },
    service::programme::{
        GetPointsTerms, GetProgramme, PointsTermsView, ProgrammeView, SavePointsTerms, SaveProgramme,
    },
    soap::{
        call::{Call, Reply},
        handlers::wire,
        messages::{office_1, values::Hundredths},
    },
};

/// Milliseconds in a minute.
const MINUTE_MS: i64 = 60_000;
/// Milliseconds in a day.
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// `GetProgramme`.
pub fn get(message: office_1::GetProgramme, call: &Call) -> Result<GetProgramme, Refusal> {
    Ok(GetProgramme { actor: call.actor.clone(), code: message.programme_code })
}

/// `SaveProgramme`.
pub fn save(message: office_1::SaveProgramme, call: &Call) -> Result<SaveProgramme, Refusal> {
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
        context: wire::office_context(message.context, call),
        code: programme.programme_code,
        name: programme.name,
        valid_from: wire::time(programme.valid_from),
        rules,
    })
}

/// `GetPointsTerms`.
pub fn get_points_terms(message: office_1::GetPointsTerms, call: &Call) -> Result<GetPointsTerms, Refusal> {
    Ok(GetPointsTerms { actor: call.actor.clone(), code: message.programme_code })
}

/// `SavePointsTerms`.
pub fn save_points_terms(message: office_1::SavePointsTerms, call: &Call) -> Result<SavePointsTerms, Refusal> {
    let terms = message.points_terms;
    let unknown = |what: &str| Refusal::ProgrammeInvalid { what: what.into() };
    Ok(SavePointsTerms {
        context: wire::office_context(message.context, call),
        code: terms.programme_code,
        valid_from: wire::time(terms.valid_from),
        lifetime: Lifetime {
            unit: LifetimeUnit::from_word(&terms.lifetime_unit).ok_or_else(|| unknown("единица срока действия"))?,
            count: u32::try_from(terms.lifetime_count).map_err(|_| unknown("срок действия"))?,
        },
        status: StatusRule { points: Points(terms.status_points.0), step: Kopecks(terms.status_step.0) },
    })
}

impl Reply for ProgrammeView {
    type Message = office_1::ProgrammeResult;

    fn reply(&self, _: &Call) -> (String, office_1::ProgrammeResult) {
        let rules = &self.rules;
        let small = |value: i64| i32::try_from(value).unwrap_or(i32::MAX);
        let programme = office_1::Programme {
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
        ("Выполнено.".into(), office_1::ProgrammeResult { programme: Some(programme), ..Default::default() })
    }
}

impl Reply for PointsTermsView {
    type Message = office_1::PointsTermsResult;

    fn reply(&self, _: &Call) -> (String, office_1::PointsTermsResult) {
        let ProgrammeView { code, rules, utc_offset_minutes, .. } = &self.0;
        let terms = office_1::PointsTerms {
            programme_code: code.clone(),
            valid_from: wire::local(rules.valid_from, *utc_offset_minutes),
            lifetime_unit: rules.lifetime.unit.word().into(),
            lifetime_count: i32::try_from(rules.lifetime.count).unwrap_or(i32::MAX),
            status_points: wire::points(rules.status.points),
            status_step: wire::money(rules.status.step),
        };
        ("Выполнено.".into(), office_1::PointsTermsResult { terms: Some(terms), ..Default::default() })
    }
}
