//! A bonus programme and its versioned rules: a receipt is calculated by the version in force at its own time.

use crate::domain::{
    account::ReturnPolicy,
    ids::{PartnerId, ProgrammeId},
    moment::{Moment, Span},
    money::{Kopecks, Points, Rounding},
    receipt::{EarnRule, SpendRule},
    russian,
};

/// The most points that a rouble may earn: far above any promotion, and the largest receipt still fits the contract.
const EARN_PER_ROUBLE_MAX: i64 = 10;

/// How late a receipt may come and still be computed by the rules of its own time; later ones get those of the
/// recording.
const OWN_RULES_WITHIN: Span = Span::minutes(36 * 60);

/// The longest lifetime of points, in years.
const LIFETIME_YEARS_MAX: u32 = 100;

/// A bonus programme with every version of its rules.
#[derive(Debug, Clone)]
pub struct Programme {
    /// Identity.
    pub id: ProgrammeId,
    /// Its code.
    pub code: String,
    /// Its name, for people.
    pub name: String,
    /// The partner that runs it: only its office changes the rules, and the customers of any partner.
    pub owner: Option<PartnerId>,
    /// Every version, in the order in which they were recorded.
    pub versions: Vec<Rules>,
}

/// One version of a programme's rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// When this version comes into force.
    pub valid_from: Moment,
    /// How points are earned.
    pub earn: EarnRule,
    /// How many may be spent.
    pub spend: SpendRule,
    /// Whether spending needs a code from an SMS.
    pub code_required: bool,
    /// How long a hold lives.
    pub reservation_ttl: Span,
    /// How long a code lives.
    pub code_ttl: Span,
    /// How many codes may be tried for one hold.
    pub code_tries: i64,
    /// After how many local days earned points become available; 0 for at once.
    pub activation_delay_days: u32,
    /// How long they live from then on.
    pub lifetime: Lifetime,
    /// The extension of points that expired while held or spent.
    pub grace: Span,
    /// The policy for points earned by returned goods.
    pub return_policy: ReturnPolicy,
    /// Whether points are spent by card only; a phone alone then earns.
    pub card_only: bool,
    /// How points that count towards the customer's status are earned.
    pub status: StatusRule,
}

/// The lifetime of points, counted from their activation; always through the end of a local day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetime {
    /// What is counted.
    pub unit: LifetimeUnit,
    /// How many; ignored when points never expire.
    pub count: u32,
}

/// What a lifetime is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LifetimeUnit {
    /// For ever.
    Never,
    /// Local days.
    Days,
    /// Months, to the same number of the month; clamped to the last day of a shorter one.
    Months,
    /// To the end of a month: 0 is the month's own end, 1 the next one's.
    MonthEnd,
    /// To the end of a year: 0 is the year's own end, 1 the next one's.
    YearEnd,
}

/// Status points for money paid: `points` for every whole `step`. None are earned when `points` is zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusRule {
    /// How many points a step earns.
    pub points: Points,
    /// How much money makes a step.
    pub step: Kopecks,
}

impl Programme {
    /// The version in force at a moment: of those that have started, the one saved last. So a version replaces from its start on
    /// all that were saved before it, those that are still to start included.
    #[must_use]
    pub fn rules_at(&self, at: Moment) -> Option<&Rules> {
        self.versions.iter().rfind(|rules| rules.valid_from <= at)
    }

    /// The number of the version in force at a moment.
    #[must_use]
    pub fn version_at(&self, at: Moment) -> Option<i64> {
        self.versions.iter().rposition(|rules| rules.valid_from <= at).map(number)
    }

    /// The numbers and starts of the versions that would still come into force after `now` and that a version starting at
    /// `valid_from` replaces, in the order in which they were saved.
    #[must_use]
    pub fn replaced_by(&self, valid_from: Moment, now: Moment) -> Vec<(i64, Moment)> {
        let versions = self.versions.iter().enumerate().map(|(index, rules)| (number(index), rules.valid_from));
        let to_come = versions.filter(|(_, start)| *start > now && *start >= valid_from);
        to_come.filter(|(number, start)| self.version_at(*start) == Some(*number)).collect()
    }

    /// The version that computes a receipt of a till's, and its number: of the receipt's own time, unless it comes later than
    /// 36 hours after it. A clock that runs ahead counts as now.
    #[must_use]
    pub fn rules_for(&self, at: Moment, now: Moment) -> Option<(i64, &Rules)> {
        let decisive = if now.since(at) > OWN_RULES_WITHIN { now } else { at.min(now) };
        Some((self.version_at(decisive)?, self.rules_at(decisive)?))
    }
}

/// The number of the version with this index: they count from 1.
fn number(index: usize) -> i64 {
    i64::try_from(index.saturating_add(1)).unwrap_or(i64::MAX)
}

impl Rules {
    /// When points of a receipt of `at`, recorded at `now`, become available and when they expire; days end at local midnight.
    ///
    /// The delay is waited out from the recording: it protects the programme against goods that come back, which it cannot do
    /// before the programme knows of the sale. They expire when they would have expired in time. A receipt that is recorded
    /// within `tolerance` comes in time.
    #[must_use]
    pub fn dates(&self, at: Moment, now: Moment, tolerance: Span, utc_offset_minutes: i32) -> (Moment, Option<Moment>) {
        let activation = |from: Moment| {
            if self.activation_delay_days == 0 {
                from
            } else {
                from.start_of_local_day(self.activation_delay_days, utc_offset_minutes)
            }
        };
        // A clock that runs ahead counts as now: what can be spent at once can be spent at once.
        let at = at.min(now);
        let in_time = activation(at);
        let is_late = now.since(at) > tolerance && self.activation_delay_days > 0;
        let activates_at = if is_late { activation(now) } else { in_time };
        (activates_at, self.lifetime.end(in_time, utc_offset_minutes))
    }

    /// Whether points of such dates can be promised at `now`: they will be available at some time.
    #[must_use]
    pub fn are_promised((activates_at, expires_at): (Moment, Option<Moment>), now: Moment) -> bool {
        expires_at.is_none_or(|expires_at| expires_at > now && expires_at >= activates_at)
    }

    /// The earning rule as a customer reads it: «1 балл за каждые 100,00 руб.».
    #[must_use]
    pub fn earn_text(&self) -> String {
        format!("{} за каждые {}", russian::points(self.earn.points), russian::roubles(self.earn.step))
    }

    /// The first problem of these rules, in Russian.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        let wrong = |condition: bool, text: &str| condition.then(|| text.to_owned());
        wrong(!self.earn.step.is_positive(), "сумма, за которую начисляются баллы, должна быть больше нуля")
            .or_else(|| wrong(!self.earn.unit.is_positive(), "точность округления начисления должна быть больше нуля"))
            .or_else(|| wrong(!self.spend.unit.is_positive(), "кратность списания должна быть больше нуля"))
            .or_else(|| {
                wrong(
                    !(0..=10_000).contains(&self.spend.share_max_hundredths_of_percent),
                    "доля оплаты баллами должна быть от 0 до 100 процентов",
                )
            })
            .or_else(|| {
                let too_much = self.earn.points.0 > self.earn.step.0.saturating_mul(EARN_PER_ROUBLE_MAX);
                wrong(too_much, "за рубль покупки начисляется больше десяти баллов")
            })
            .or_else(|| {
                wrong(
                    !self.status.step.is_positive(),
                    "сумма, за которую начисляются статусные баллы, должна быть больше нуля",
                )
            })
            .or_else(|| wrong(self.status.points.0 < 0, "статусные баллы не могут быть меньше нуля"))
            .or_else(|| {
                let too_much = self.status.points.0 > self.status.step.0.saturating_mul(EARN_PER_ROUBLE_MAX);
                wrong(too_much, "за рубль покупки начисляется больше десяти статусных баллов")
            })
            .or_else(|| {
                wrong(self.lifetime.count > self.lifetime.unit.count_max(), "срок действия баллов больше ста лет")
            })
            .or_else(|| wrong(self.code_ttl > self.reservation_ttl, "код не может жить дольше резерва"))
    }
}

impl LifetimeUnit {
    /// The longest lifetime in this unit: dates of 1C end in the year 3999.
    const fn count_max(self) -> u32 {
        match self {
            Self::Never => u32::MAX,
            Self::Days => LIFETIME_YEARS_MAX * 365,
            Self::Months | Self::MonthEnd => LIFETIME_YEARS_MAX * 12,
            Self::YearEnd => LIFETIME_YEARS_MAX,
        }
    }
}

impl Lifetime {
    /// An endless lifetime.
    pub const ENDLESS: Self = Self { unit: LifetimeUnit::Never, count: 0 };

    /// Local days; 0 for an endless lifetime.
    #[must_use]
    pub const fn days(count: u32) -> Self {
        if count == 0 { Self::ENDLESS } else { Self { unit: LifetimeUnit::Days, count } }
    }

    /// The last moment of points that become available at `from`; `None` when they never expire.
    #[must_use]
    pub fn end(self, from: Moment, utc_offset_minutes: i32) -> Option<Moment> {
        let Self { unit, count } = self;
        match unit {
            LifetimeUnit::Never => None,
            LifetimeUnit::Days => Some(from.end_of_local_day(count, utc_offset_minutes)),
            LifetimeUnit::Months => Some(from.end_of_day_after_months(count, utc_offset_minutes)),
            LifetimeUnit::MonthEnd => Some(from.end_of_local_month(count, utc_offset_minutes)),
            LifetimeUnit::YearEnd => Some(from.end_of_local_year(count, utc_offset_minutes)),
        }
    }
}

impl StatusRule {
    /// No status points.
    pub const NONE: Self = Self { points: Points::ZERO, step: Kopecks(10_000) };

    /// The status points for an amount paid: only whole steps count.
    #[must_use]
    pub fn earned_on(&self, paid: Kopecks) -> Points {
        let steps = paid.0.checked_div(self.step.0).unwrap_or(0).max(0);
        Points(steps.saturating_mul(self.points.0))
    }
}

impl Default for Rules {
    /// One point for every 100 roubles, up to half of a receipt payable by points, confirmed by a code.
    fn default() -> Self {
        Self {
            valid_from: Moment(0),
            earn: EarnRule { points: Points(100), step: Kopecks(10_000), unit: Points(100), rounding: Rounding::Down },
            spend: SpendRule { share_max_hundredths_of_percent: 5_000, unit: Points(100) },
            code_required: true,
            reservation_ttl: Span::minutes(10),
            code_ttl: Span::minutes(5),
            code_tries: 3,
            activation_delay_days: 0,
            lifetime: Lifetime::days(365),
            grace: Span::days(3),
            return_policy: ReturnPolicy::Unlimited,
            card_only: false,
            status: StatusRule::NONE,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn of_the_versions_that_have_started_the_one_saved_last_is_in_force() {
        let version = |from: i64, points: i64| Rules {
            valid_from: Moment(from),
            earn: EarnRule { points: Points(points), ..Rules::default().earn },
            ..Rules::default()
        };
        let programme = Programme {
            id: ProgrammeId(1),
            code: "p".into(),
            name: "P".into(),
            owner: None,
            versions: vec![version(100, 1), version(300, 3), version(200, 2), version(200, 22)],
        };
        let points = |at: i64| programme.rules_at(Moment(at)).map(|rules| rules.earn.points.0);
        // The one from 300 on was saved before those from 200 on, and never comes into force.
        assert_eq!([points(99), points(100), points(250), points(999)], [None, Some(1), Some(22), Some(22)]);
        assert_eq!([99, 199, 200].map(|at| programme.version_at(Moment(at))), [None, Some(1), Some(4)]);
    }

    #[test]
    fn a_version_replaces_those_to_come_that_start_no_earlier() {
        let version = |from: i64| Rules { valid_from: Moment(from), ..Rules::default() };
        let (id, owner) = (ProgrammeId(1), None);
        let versions = vec![version(100), version(300), version(400), version(400)];
        let programme = Programme { id, code: "p".into(), name: "P".into(), owner, versions };
        let replaced = |from: i64, now: i64| programme.replaced_by(Moment(from), Moment(now));
        assert_eq!(replaced(200, 200), [(2, Moment(300)), (4, Moment(400))]);
        assert_eq!(replaced(301, 200), [(4, Moment(400))]);
        assert_eq!(replaced(100, 300), [(4, Moment(400))], "what has started is not withdrawn unseen");
        assert_eq!(replaced(500, 200), []);
    }

    #[test]
    fn a_receipt_that_comes_later_than_36_hours_is_computed_by_the_rules_of_the_recording() {
        let version = |from: Moment, points: i64| Rules {
            valid_from: from,
            earn: EarnRule { points: Points(points), ..Rules::default().earn },
            ..Rules::default()
        };
        let change = Moment(0).after(Span::days(10));
        let (id, owner) = (ProgrammeId(1), None);
        let versions = vec![version(Moment(0), 1), version(change, 2)];
        let programme = Programme { id, code: "p".into(), name: "P".into(), owner, versions };
        let points = |at: Moment, now: Moment| programme.rules_for(at, now).map(|(_, rules)| rules.earn.points.0);
        let (before, limit) = (change.before(Span(1)), change.before(Span(1)).after(Span::minutes(36 * 60)));
        assert_eq!([points(before, limit), points(before, limit.after(Span(1)))], [Some(1), Some(2)]);
        // Nor does a clock that runs ahead make rules begin before their time.
        assert_eq!(points(change, before), Some(1));
    }

    #[test]
    fn points_live_through_the_end_of_their_last_local_day() {
        let rules = Rules { activation_delay_days: 14, lifetime: Lifetime::days(30), ..Rules::default() };
        let tolerance = Span::minutes(10);
        let dates = |rules: &Rules, at, now| rules.dates(at, now, tolerance, 180);
        let (active, lapse) = dates(&rules, Moment(0), Moment(0));
        // 1970-01-01 03:00 in Moscow: active from the 15th at midnight, lapsing when 14 February ends there.
        assert_eq!(active, Moment(0).start_of_local_day(14, 180));
        assert_eq!(lapse, Some(active.end_of_local_day(30, 180)));
        assert_eq!(dates(&Rules { lifetime: Lifetime::ENDLESS, ..rules.clone() }, Moment(0), Moment(0)).1, None);
        // A receipt that comes later: what it earns waits as long as if it were of now, and lapses as if it had come in time.
        let late = Moment(0).after(Span::days(5));
        assert_eq!(dates(&rules, Moment(0), late), (late.start_of_local_day(14, 180), lapse));
        assert_eq!(dates(&rules, Moment(0), Moment(0).after(tolerance)), (active, lapse));
        assert_eq!(dates(&rules, late, Moment(0)), (active, lapse), "a clock ahead is now");
        // What would wait for longer than it lives is not promised.
        let short = Rules { lifetime: Lifetime::days(1), ..rules };
        for (days, is_promised) in [(0, true), (1, true), (2, false), (16, false)] {
            let now = Moment(0).after(Span::days(days));
            assert_eq!(Rules::are_promised(dates(&short, Moment(0), now), now), is_promised, "{days}");
        }
    }

    #[test]
    fn only_whole_steps_of_paid_money_count_towards_the_status() {
        let rule = StatusRule { points: Points(100), step: Kopecks(10_000) };
        assert_eq!([9_999, 10_000, 25_000].map(|paid| rule.earned_on(Kopecks(paid)).0), [0, 100, 200]);
        assert_eq!(StatusRule::NONE.earned_on(Kopecks(1_000_000)), Points::ZERO);
    }

    #[test]
    fn absurd_rules_are_named() {
        assert_eq!(Rules::default().problem(), None);
        let rules = Rules { code_ttl: Span::minutes(60), ..Rules::default() };
        assert!(rules.problem().unwrap().contains("код"));
        let earn = EarnRule { points: Points(100_001), step: Kopecks(10_000), ..Rules::default().earn };
        assert!(Rules { earn, ..Rules::default() }.problem().unwrap().contains("больше десяти"));
    }

    proptest! {
        /// Whatever date a receipt has: its points wait as long as if it were of now, they live no longer than that, and what is
        /// promised is available at some time (invariant 8).
        #[test]
        fn a_date_neither_hastens_nor_prolongs(
            now in 0_i64..4_000_000_000_000,
            age in prop_oneof![0_i64..3_600_000, 0..90 * 86_400_000_i64],
            delay in 0_u32..40,
            (unit, count) in (0_usize..5, 0_u32..40),
            offset in -720_i32..=840,
        ) {
            use LifetimeUnit::{Days, MonthEnd, Months, Never, YearEnd};
            let unit = [Never, Days, Months, MonthEnd, YearEnd][unit];
            let lifetime = Lifetime { unit, count };
            let rules = Rules { activation_delay_days: delay, lifetime, ..Rules::default() };
            let (at, now, tolerance) = (Moment(now - age), Moment(now), Span::minutes(10));
            let (activates_at, expires_at) = rules.dates(at, now, tolerance, offset);
            let (of_now, lapse_of_now) = rules.dates(now, now, tolerance, offset);
            let (of_tolerated, _) = rules.dates(now.before(tolerance), now, tolerance, offset);
            prop_assert!(activates_at >= of_tolerated.min(of_now) || delay == 0);
            prop_assert!(activates_at <= of_now);
            prop_assert_eq!(expires_at.is_none(), lapse_of_now.is_none());
            prop_assert!(expires_at.zip(lapse_of_now).is_none_or(|(own, of_now)| own <= of_now));
            let is_promised = Rules::are_promised((activates_at, expires_at), now);
            prop_assert!(!is_promised || expires_at.is_none_or(|end| end > now && end >= activates_at));
        }
    }
}
