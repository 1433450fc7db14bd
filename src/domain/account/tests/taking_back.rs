//! What returns take back, in whatever slices they come, and what they leave (invariants 29 and 30).

use super::*;

/// A sale that spent points of an account and earned some, with what of it came back.
#[derive(Clone)]
struct Bought {
    spent: Vec<Share>,
    own: LotNo,
    policy: ReturnPolicy,
    taken: TakenBack,
}

impl Bought {
    /// Brings a slice back: so many of the spent points, and so many of the earned.
    fn bring_back(&mut self, account: &mut Account, restored: i64, earned: i64, now: i64) -> Points {
        let mut left = restored;
        let mut shares = Vec::new();
        self.spent.sort_by_key(|share| account.turn_of(share.lot));
        for share in &mut self.spent {
            let back = share.points.0.min(left);
            share.points = Points(share.points.0 - back);
            left -= back;
            shares.push(Share { lot: share.lot, points: Points(back) });
        }
        let step = step(MovementKind::Return, now);
        account.restore(&shares, Moment(now), GRACE, &self.taken, &step);
        account.mature(Moment(now), Moment(now));
        account.take_back(self.own, Points(earned), self.policy, &mut self.taken, &step)
    }
}

/// Spends points that are available.
fn spend(account: &mut Account, points: i64, now: i64) -> Vec<Share> {
    let shares = account.reserve(Points(points), &step(MovementKind::Reservation, now)).unwrap();
    account.capture(&shares, &step(MovementKind::Redemption, now));
    shares
}

/// A lot's number, its parts, when it lapses, and whether it has had its grace.
type LotLeft = (LotNo, [Points; 6], Option<Moment>, bool);

/// All that a later return or sale can depend on: the lots but for the state of ended ones, and the balances.
fn left(account: &Account) -> (Vec<LotLeft>, Balances) {
    let figures = |lot: &Lot| [lot.remaining, lot.reserved, lot.spent, lot.expired, lot.revoked, lot.repaid];
    let lots = account.lots.values().map(|lot| (lot.no, figures(lot), lot.expires_at, lot.graced));
    (lots.collect(), account.balances)
}

fn policies() -> impl Strategy<Value = ReturnPolicy> {
    prop_oneof![Just(ReturnPolicy::OnlyPending), Just(ReturnPolicy::WithinBalance), Just(ReturnPolicy::Unlimited)]
}

/// `total` in as many slices as there are cuts, and one more.
fn slices(total: i64, cuts: &[i64]) -> Vec<i64> {
    let mut marks: Vec<i64> = cuts.iter().map(|cut| total * cut / 1_000).collect();
    marks.sort_unstable();
    marks.push(total);
    let mut before = 0;
    marks
        .into_iter()
        .map(|mark| {
            let slice = mark - before;
            before = mark;
            slice
        })
        .collect()
}

#[test]
fn points_that_lapsed_unused_are_gone_and_nothing_is_taken_for_them() {
    for policy in [ReturnPolicy::WithinBalance, ReturnPolicy::Unlimited] {
        let mut account = account();
        earn(&mut account, 500, None);
        let own = earn(&mut account, 100, Some(50));
        account.mature(Moment(50), Moment(50));
        let mut bought = Bought { spent: Vec::new(), own, policy, taken: TakenBack::default() };
        // A part of it first: what is gone counts first.
        assert_eq!(bought.bring_back(&mut account, 0, 40, 60), Points::ZERO);
        assert_eq!(bought.bring_back(&mut account, 0, 60, 60), Points::ZERO);
        assert_eq!((account.balances.available, account.balances.debt), (Points(500), Points::ZERO));
        assert_sound(&account);
    }
}

#[test]
fn what_lapsed_before_a_merge_is_gone_after_it() {
    let mut ends = account();
    let own = earn(&mut ends, 100, Some(50));
    ends.mature(Moment(50), Moment(50));
    let mut stays = Account::open(AccountId(2), CustomerId(2), ProgrammeId(1));
    earn(&mut stays, 500, None);
    let shift = stays.absorb(&mut ends, &step(MovementKind::Merge, 60));
    let own = LotNo(own.0 + shift);
    assert_eq!(stays.lots[&own].expired, Points(100));
    let mut taken = TakenBack::default();
    let step = step(MovementKind::Return, 70);
    assert_eq!(stays.take_back(own, Points(100), ReturnPolicy::Unlimited, &mut taken, &step), Points::ZERO);
    assert_eq!((stays.balances.available, stays.balances.debt), (Points(500), Points::ZERO));
    assert_sound(&ends);
    assert_sound(&stays);
}

#[test]
fn a_lot_has_its_grace_once_and_a_merge_does_not_give_it_again() {
    let mut account = account();
    let lot = earn(&mut account, 100, Some(50));
    let shares = account.reserve(Points(100), &step(MovementKind::Reservation, 1)).unwrap();
    account.release(&shares, Moment(60), GRACE, &step(MovementKind::Release, 60));
    let end = Moment(60).after(GRACE);
    assert_eq!((account.lots[&lot].expires_at, account.lots[&lot].graced), (Some(end), true));
    let held = account.reserve(Points(100), &step(MovementKind::Reservation, 70)).unwrap();
    let mut stays = Account::open(AccountId(2), CustomerId(2), ProgrammeId(1));
    let shift = stays.absorb(&mut account, &step(MovementKind::Merge, 80));
    let held: Vec<Share> = held.iter().map(|share| Share { lot: LotNo(share.lot.0 + shift), ..*share }).collect();
    let late = end.after(Span::days(1));
    stays.release(&held, late, GRACE, &step(MovementKind::Release, late.0));
    stays.mature(late, late);
    assert_eq!((stays.balances.available, stays.lots[&held[0].lot].expired), (Points::ZERO, Points(100)));
    assert_sound(&stays);
}

#[test]
fn a_hold_shields_points_from_a_return_only_until_it_gives_them_back() {
    let mut account = account();
    let own = earn(&mut account, 100, None);
    let held = account.reserve(Points(100), &step(MovementKind::Reservation, 1)).unwrap();
    let mut taken = TakenBack::default();
    let back = step(MovementKind::Return, 2);
    assert_eq!(account.take_back(own, Points(100), ReturnPolicy::WithinBalance, &mut taken, &back), Points::ZERO);
    assert_eq!(taken.shortfall, Points(100));
    account.release(&held, Moment(3), GRACE, &step(MovementKind::Release, 3));
    // What was earned since is the customer's: no more is taken than came back.
    earn(&mut account, 30, None);
    assert_eq!(account.close_shortfall(own, Points(100), &mut taken, &back), Points(100));
    assert_eq!((account.balances.available, taken.shortfall), (Points(30), Points::ZERO));
    assert_sound(&account);
}

#[test]
fn a_merge_keeps_what_closed_a_debt() {
    let mut ends = account();
    owe(&mut ends, 50);
    let own = earn(&mut ends, 80, None);
    assert_eq!(ends.lots[&own].repaid, Points(50));
    let mut stays = Account::open(AccountId(2), CustomerId(2), ProgrammeId(1));
    let shift = stays.absorb(&mut ends, &step(MovementKind::Merge, 5));
    let own = LotNo(own.0 + shift);
    assert_eq!((stays.lots[&own].repaid, stays.balances.debt), (Points(50), Points::ZERO));
    let mut taken = TakenBack::default();
    let back = step(MovementKind::Return, 6);
    assert_eq!(stays.take_back(own, Points(80), ReturnPolicy::WithinBalance, &mut taken, &back), Points(80));
    assert_eq!((stays.balances.available, stays.balances.debt), (Points::ZERO, Points(50)));
    assert_sound(&ends);
    assert_sound(&stays);
}

/// Makes an account owe so much: what was earned was spent before the goods came back.
fn owe(account: &mut Account, points: i64) {
    let lot = earn(account, points, None);
    spend(account, points, 1);
    revoke(account, lot, Points(points), ReturnPolicy::Unlimited, &step(MovementKind::Return, 1));
    assert_eq!(account.balances.debt, Points(points));
}

proptest! {
    /// Invariant 29, lots and dates included: whatever was spent since, held or owed, any series of returns of a sale leaves
    /// what one return leaves.
    #[test]
    fn any_series_of_returns_leaves_the_lots_that_one_leaves(
        lots in proptest::collection::vec((1_i64..300, proptest::option::of(10_i64..60)), 1..5),
        debt in prop_oneof![Just(0_i64), 1..100_i64],
        (pay, earned, delay) in (0_i64..400, 1_i64..300, prop_oneof![Just(0_i64), Just(30_i64)]),
        (since, held, life) in (0_i64..400, 0_i64..200, proptest::option::of(5_i64..80)),
        now in 3_i64..100,
        policy in policies(),
        (restored_cuts, earned_cuts) in (proptest::collection::vec(0..1_000_i64, 3), proptest::collection::vec(0..1_000_i64, 3)),
    ) {
        let mut account = account();
        if debt > 0 {
            owe(&mut account, debt);
        }
        for (points, life) in lots {
            earn(&mut account, points, life);
        }
        let pay = pay.min(account.balances.available.0);
        let spent = spend(&mut account, pay, 2);
        let own = account.accrue(grant(earned, 2 + delay, life.map(|life| 2 + delay + life)), &step(MovementKind::Accrual, 2)).unwrap();
        let since = since.min(account.balances.available.0);
        spend(&mut account, since, 2);
        let held = held.min(account.balances.available.0);
        account.reserve(Points(held), &step(MovementKind::Reservation, 2)).unwrap();
        account.mature(Moment(now), Moment(now));
        let bought = Bought { spent, own, policy, taken: TakenBack::default() };

        let (mut one, mut once) = (account.clone(), bought.clone());
        let told = once.bring_back(&mut one, pay, earned, now);
        let (mut many, mut series) = (account, bought);
        let mut sum = Points::ZERO;
        for (restored, earned) in slices(pay, &restored_cuts).into_iter().zip(slices(earned, &earned_cuts)) {
            sum = sum.plus(series.bring_back(&mut many, restored, earned, now));
            assert_sound(&many);
        }
        prop_assert_eq!(left(&one), left(&many));
        prop_assert_eq!(told, sum);
        prop_assert_eq!(once.taken.shortfall, series.taken.shortfall);
        assert_sound(&one);
    }

    /// Invariant 30: buying and bringing back leaves balance and debt as they were, whether the points waited, closed a debt or
    /// lapsed unused, under every policy that takes more than pending points.
    #[test]
    fn buying_and_bringing_back_leaves_balance_and_debt(
        start in 0_i64..500,
        debt in prop_oneof![Just(0_i64), 1..300_i64],
        pay in 0_i64..500,
        earned in 1_i64..400,
        delay in prop_oneof![Just(0_i64), Just(10_i64)],
        life in proptest::option::of(5_i64..20),
        now in 3_i64..60,
        is_unlimited in any::<bool>(),
    ) {
        let mut account = account();
        if debt > 0 {
            owe(&mut account, debt);
        }
        if start > 0 {
            earn(&mut account, start, None);
        }
        let before = account.balances;
        let pay = pay.min(before.available.0);
        let spent = spend(&mut account, pay, 2);
        let own = account.accrue(grant(earned, 2 + delay, life.map(|life| 2 + delay + life)), &step(MovementKind::Accrual, 2)).unwrap();
        account.mature(Moment(now), Moment(now));
        let policy = if is_unlimited { ReturnPolicy::Unlimited } else { ReturnPolicy::WithinBalance };
        let mut bought = Bought { spent, own, policy, taken: TakenBack::default() };
        bought.bring_back(&mut account, pay, earned, now);
        prop_assert_eq!(account.balances, before);
        prop_assert_eq!(bought.taken.shortfall, Points::ZERO);
        assert_sound(&account);
    }

    /// Invariant 30 where only pending points are taken: what was not pending any more stays the customer's, but what of it had
    /// closed a debt is owed again, in whatever slices the goods come back.
    #[test]
    fn a_debt_does_not_vanish_where_only_pending_points_are_taken(
        debt in 0_i64..300,
        other in 0_i64..200,
        pay in 0_i64..200,
        earned in 1_i64..400,
        delay in prop_oneof![Just(0_i64), Just(10_i64)],
        life in proptest::option::of(5_i64..20),
        now in 3_i64..60,
        cuts in proptest::collection::vec(0..1_000_i64, 3),
    ) {
        let mut account = account();
        earn(&mut account, other.max(1), None);
        let pay = pay.min(account.balances.available.0);
        let spent = spend(&mut account, pay, 2);
        if debt > 0 {
            // Of another sale: what was left went with it.
            let rest = account.balances.available.0;
            spend(&mut account, rest, 2);
            owe(&mut account, debt);
        }
        let owned = |account: &Account| account.balances.total().0 - account.balances.debt.0;
        let before = owned(&account) + pay;
        let own = account.accrue(grant(earned, 2 + delay, life.map(|life| 2 + delay + life)), &step(MovementKind::Accrual, 2)).unwrap();
        account.mature(Moment(now), Moment(now));
        let lot = &account.lots[&own];
        let left = if lot.state == LotState::Pending { 0 } else { lot.remaining.0 };
        let mut bought = Bought { spent, own, policy: ReturnPolicy::OnlyPending, taken: TakenBack::default() };
        for (restored, earned) in slices(pay, &cuts).into_iter().zip(slices(earned, &cuts)) {
            bought.bring_back(&mut account, restored, earned, now);
            assert_sound(&account);
        }
        prop_assert_eq!(owned(&account), before + left);
        prop_assert_eq!(bought.taken.shortfall, Points::ZERO);
    }
}
