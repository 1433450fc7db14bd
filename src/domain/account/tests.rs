//! The ledger's invariants (numbers as in the design), by example and by random sequences of operations.

mod taking_back;

use proptest::prelude::*;

use super::*;

const PARTNER: PartnerId = PartnerId(7);
const GRACE: Span = Span::days(3);

fn account() -> Account {
    Account::open(AccountId(1), CustomerId(1), ProgrammeId(1))
}

fn step(kind: MovementKind, now: i64) -> Step {
    Step { kind, occurred_at: Moment(now), now: Moment(now), cause: Cause::default() }
}

fn grant(points: i64, activates: i64, expires: Option<i64>) -> Grant {
    let (activates_at, expires_at) = (Moment(activates), expires.map(Moment));
    Grant { points: Points(points), class: PointsClass::Bonus, activates_at, expires_at, issuer: PARTNER }
}

fn earn(account: &mut Account, points: i64, expires: Option<i64>) -> LotNo {
    account.accrue(grant(points, 0, expires), &step(MovementKind::Accrual, 0)).unwrap()
}

fn taken(shares: &[Share]) -> Vec<(i64, i64)> {
    shares.iter().map(|share| (share.lot.0, share.points.0)).collect()
}

/// A return of a sale of which nothing came back before.
fn revoke(account: &mut Account, lot: LotNo, points: Points, policy: ReturnPolicy, step: &Step) -> Points {
    account.take_back(lot, points, policy, &mut TakenBack::default(), step)
}

/// Invariants 1, 2, 3 and 5: balances and lots are what the journal leaves behind, nothing is negative, no gap; and the
/// journal alone makes the same account again.
fn assert_sound(account: &Account) {
    let mut again = Account::open(account.id, account.customer, account.programme);
    account.movements.iter().for_each(|entry| again.replay(entry));
    assert_eq!(again.lots, account.lots);
    assert_eq!(
        (again.balances, again.next_lot, again.next_seq),
        (account.balances, account.next_lot, account.next_seq)
    );
    assert!(account.movements.is_sorted_by_key(|entry| entry.recorded_at));
    let mut replayed = Balances::default();
    for (index, entry) in account.movements.iter().enumerate() {
        assert_eq!(entry.seq, i64::try_from(index).unwrap() + 1);
        assert!(entry.points.is_positive());
        replayed.shift(entry.from, entry.points.negated());
        replayed.shift(entry.to, entry.points);
        assert_eq!(replayed.available, entry.available_after);
    }
    assert_eq!(replayed, account.balances);
    let b = account.balances;
    assert!([b.pending, b.available, b.reserved, b.debt].iter().all(|sum| sum.0 >= 0), "{b:?}");
    assert!(b.available.is_zero() || b.debt.is_zero(), "{b:?}");
    for lot in account.lots.values() {
        assert!(lot.is_balanced(), "{lot:?}");
        assert!(lot.expires_at.is_none_or(|at| at >= lot.activates_at), "{lot:?}");
    }
    // Status points are in no balance.
    let bonus = || account.lots.values().filter(|lot| lot.class == PointsClass::Bonus);
    let resting = |state| bonus().filter(|lot| lot.state == state).map(|lot| lot.remaining).sum::<Points>();
    assert_eq!(resting(LotState::Active), b.available);
    assert_eq!(resting(LotState::Pending), b.pending);
    assert_eq!(account.lots.values().map(|lot| lot.reserved).sum::<Points>(), b.reserved);
}

#[test]
fn what_lapses_first_is_spent_first_and_what_never_lapses_last() {
    let mut account = account();
    let never = earn(&mut account, 100, None);
    let late = earn(&mut account, 100, Some(900));
    let early = earn(&mut account, 100, Some(500));
    let shares = account.reserve(Points(250), &step(MovementKind::Reservation, 1)).unwrap();
    assert_eq!(taken(&shares), [(early.0, 100), (late.0, 100), (never.0, 50)]);
    assert_sound(&account);
}

#[test]
fn a_hold_counts_at_once() {
    let mut account = account();
    earn(&mut account, 100, None);
    account.reserve(Points(80), &step(MovementKind::Reservation, 1)).unwrap();
    let refused = account.reserve(Points(21), &step(MovementKind::Reservation, 1)).unwrap_err();
    assert_eq!(refused, Refusal::PointsNotEnough { available: Points(20) });
    assert_sound(&account);
}

#[test]
fn a_pending_lot_is_not_spendable_until_its_day() {
    let mut account = account();
    account.accrue(grant(100, 50, Some(500)), &step(MovementKind::Accrual, 0));
    assert_eq!((account.balances.pending, account.balances.available), (Points(100), Points(0)));
    account.mature(Moment(49), Moment(49));
    assert!(account.reserve(Points(1), &step(MovementKind::Reservation, 49)).is_err());
    account.mature(Moment(50), Moment(50));
    assert_eq!((account.balances.pending, account.balances.available), (Points(0), Points(100)));
    assert_sound(&account);
}

#[test]
fn expiry_is_idempotent_and_late_is_as_good_as_on_time() {
    let run = |looks: &[i64]| {
        let mut account = account();
        account.accrue(grant(100, 10, Some(20)), &step(MovementKind::Accrual, 0));
        earn(&mut account, 5, None);
        for at in looks {
            account.mature(Moment(*at), Moment(*at));
        }
        assert_sound(&account);
        let facts: Vec<_> = account
            .movements
            .iter()
            .map(|entry| (entry.lot, entry.from, entry.to, entry.points, entry.occurred_at, entry.available_after))
            .collect();
        (account.balances, facts)
    };
    let on_time = run(&[10, 20, 20, 30]);
    assert_eq!(on_time, run(&[500]));
    assert_eq!(on_time.0.available, Points(5));
}

#[test]
fn points_of_a_receipt_that_comes_after_they_lapsed_are_never_available() {
    let mut account = account();
    let late = account.accrue(grant(100, 0, Some(500)), &step(MovementKind::Accrual, 900)).unwrap();
    assert_eq!((account.balances.available, account.lots[&late].expired), (Points::ZERO, Points(100)));
    assert_sound(&account);
}

#[test]
fn a_lot_that_lapses_while_held_can_be_spent_and_comes_back_with_grace() {
    let mut account = account();
    let lot = earn(&mut account, 100, Some(50));
    let shares = account.reserve(Points(60), &step(MovementKind::Reservation, 1)).unwrap();
    account.mature(Moment(50), Moment(50));
    assert_eq!((account.balances.available, account.balances.reserved), (Points(0), Points(60)));
    account.release(&shares, Moment(60), GRACE, &step(MovementKind::Release, 60));
    assert_eq!(account.balances.available, Points(60));
    assert_eq!(account.lots[&lot].expires_at, Some(Moment(60).after(GRACE)));
    account.mature(Moment(60).after(GRACE), Moment(60).after(GRACE));
    assert_eq!(account.balances.available, Points(0));
    assert_sound(&account);
}

#[test]
fn goods_that_come_back_after_their_points_were_spent_leave_a_debt_that_the_next_accrual_closes() {
    let mut account = account();
    let lot = earn(&mut account, 100, None);
    let shares = account.reserve(Points(100), &step(MovementKind::Reservation, 1)).unwrap();
    account.capture(&shares, &step(MovementKind::Redemption, 2));
    let revoked = revoke(&mut account, lot, Points(100), ReturnPolicy::Unlimited, &step(MovementKind::Return, 3));
    assert_eq!((revoked, account.balances.debt), (Points(100), Points(100)));
    earn(&mut account, 130, None);
    assert_eq!((account.balances.debt, account.balances.available), (Points(0), Points(30)));
    assert_sound(&account);
}

#[test]
fn the_policy_says_how_much_is_taken_back() {
    let taken = |policy| {
        let mut account = account();
        let lot = earn(&mut account, 100, None);
        earn(&mut account, 10, None);
        let shares = account.reserve(Points(70), &step(MovementKind::Reservation, 1)).unwrap();
        account.capture(&shares, &step(MovementKind::Redemption, 1));
        let revoked = revoke(&mut account, lot, Points(100), policy, &step(MovementKind::Return, 2));
        assert_sound(&account);
        (revoked.0, account.balances.available.0, account.balances.debt.0)
    };
    assert_eq!(taken(ReturnPolicy::OnlyPending), (0, 40, 0));
    assert_eq!(taken(ReturnPolicy::WithinBalance), (40, 0, 0));
    assert_eq!(taken(ReturnPolicy::Unlimited), (100, 0, 60));
}

#[test]
fn points_taken_back_before_their_day_cancel_the_lot() {
    let mut account = account();
    let lot = account.accrue(grant(100, 50, None), &step(MovementKind::Accrual, 0)).unwrap();
    revoke(&mut account, lot, Points(100), ReturnPolicy::OnlyPending, &step(MovementKind::Return, 1));
    assert_eq!((account.lots[&lot].state, account.balances.pending), (LotState::Cancelled, Points(0)));
    assert_sound(&account);
}

#[test]
fn a_frozen_account_earns_and_does_not_spend() {
    let mut account = account();
    account.state = AccountState::Frozen;
    earn(&mut account, 100, None);
    assert_eq!(account.reserve(Points(1), &step(MovementKind::Reservation, 1)), Err(Refusal::AccountFrozen));
}

/// What may happen to an account.
#[derive(Debug, Clone)]
enum Op {
    Earn { points: i64, delay: i64, life: Option<i64> },
    Reserve { points: i64 },
    Capture { pick: usize, part: u8 },
    Release { pick: usize },
    Restore { pick: usize },
    Revoke { pick: usize, points: i64, policy: ReturnPolicy },
    Wait { time: i64 },
}

fn op() -> impl Strategy<Value = Op> {
    let policy =
        prop_oneof![Just(ReturnPolicy::OnlyPending), Just(ReturnPolicy::WithinBalance), Just(ReturnPolicy::Unlimited)];
    prop_oneof![
        4 => (1_i64..500, 0_i64..3, proptest::option::of(1_i64..40))
            .prop_map(|(points, delay, life)| Op::Earn { points, delay: delay * 5, life }),
        4 => (1_i64..600).prop_map(|points| Op::Reserve { points }),
        2 => (any::<usize>(), any::<u8>()).prop_map(|(pick, part)| Op::Capture { pick, part }),
        2 => any::<usize>().prop_map(|pick| Op::Release { pick }),
        1 => any::<usize>().prop_map(|pick| Op::Restore { pick }),
        2 => (any::<usize>(), 1_i64..500, policy).prop_map(|(pick, points, policy)| Op::Revoke { pick, points, policy }),
        3 => (0_i64..30).prop_map(|time| Op::Wait { time }),
    ]
}

proptest! {
    /// After any sequence of operations the invariants hold, and no lot is consumed while an eligible one with an earlier
    /// expiry has a remainder (invariant 6).
    #[test]
    fn the_books_are_sound_after_every_step(ops in proptest::collection::vec(op(), 1..60)) {
        let mut account = account();
        let (mut now, mut holds, mut spent) = (0_i64, Vec::<Vec<Share>>::new(), Vec::<Share>::new());
        for op in ops {
            account.mature(Moment(now), Moment(now));
            let before = account.balances;
            match op {
                Op::Earn { points, delay, life } => {
                    let activates = now + delay;
                    account.accrue(grant(points, activates, life.map(|life| activates + life)), &step(MovementKind::Accrual, now));
                }
                Op::Reserve { points } => match account.reserve(Points(points), &step(MovementKind::Reservation, now)) {
                    Ok(shares) => {
                        prop_assert_eq!(shares.iter().map(|share| share.points.0).sum::<i64>(), points);
                        let last = shares.iter().map(|share| account.lots[&share.lot].expires_at.map_or(i64::MAX, |at| at.0)).max();
                        let left_behind = account.lots.values()
                            .filter(|lot| lot.state == LotState::Active && lot.remaining.is_positive())
                            .map(|lot| lot.expires_at.map_or(i64::MAX, |at| at.0)).min();
                        prop_assert!(left_behind.is_none() || last <= left_behind);
                        holds.push(shares);
                    }
                    Err(_) => prop_assert!(points > before.available.0 && account.balances == before),
                },
                Op::Capture { pick, part } if !holds.is_empty() => {
                    let shares = holds.swap_remove(pick % holds.len());
                    let mut left = shares.iter().map(|share| share.points.0).sum::<i64>() * i64::from(part) / 255;
                    let (mut captured, mut released) = (Vec::new(), Vec::new());
                    for share in shares {
                        let take = share.points.0.min(left);
                        left -= take;
                        captured.push(Share { lot: share.lot, points: Points(take) });
                        released.push(Share { lot: share.lot, points: Points(share.points.0 - take) });
                    }
                    account.capture(&captured, &step(MovementKind::Redemption, now));
                    account.release(&released, Moment(now), GRACE, &step(MovementKind::Release, now));
                    spent.extend(captured.into_iter().filter(|share| share.points.is_positive()));
                }
                Op::Release { pick } if !holds.is_empty() => {
                    let shares = holds.swap_remove(pick % holds.len());
                    account.release(&shares, Moment(now), GRACE, &step(MovementKind::Release, now));
                }
                Op::Restore { pick } if !spent.is_empty() => {
                    let share = spent.swap_remove(pick % spent.len());
                    account.restore(&[share], Moment(now), GRACE, &TakenBack::default(), &step(MovementKind::Return, now));
                }
                Op::Revoke { pick, points, policy } if !account.lots.is_empty() => {
                    let lot = *account.lots.keys().nth(pick % account.lots.len()).unwrap();
                    let mut taken = TakenBack::default();
                    let revoked = account.take_back(lot, Points(points), policy, &mut taken, &step(MovementKind::Return, now));
                    let told = revoked.plus(taken.gone).plus(taken.shortfall);
                    prop_assert!(policy == ReturnPolicy::OnlyPending && revoked.0 <= points || told.0 == points);
                    prop_assert!(policy != ReturnPolicy::Unlimited || taken.shortfall.is_zero());
                }
                Op::Wait { time } => now += time,
                Op::Capture { .. } | Op::Release { .. } | Op::Restore { .. } | Op::Revoke { .. } => {}
            }
            assert_sound(&account);
        }
        let held: i64 = holds.iter().flatten().map(|share| share.points.0).sum();
        prop_assert_eq!(account.balances.reserved.0, held);
    }

    /// Buying with points and bringing everything back leaves the points as they were (invariant 30).
    #[test]
    fn buying_and_bringing_back_changes_nothing(start in 100_i64..1_000, pay in 1_i64..100, earned in 0_i64..100) {
        let mut account = account();
        earn(&mut account, start, None);
        let shares = account.reserve(Points(pay), &step(MovementKind::Reservation, 1)).unwrap();
        account.capture(&shares, &step(MovementKind::Redemption, 1));
        let lot = account.accrue(grant(earned, 1, None), &step(MovementKind::Accrual, 1));
        account.restore(&shares, Moment(2), GRACE, &TakenBack::default(), &step(MovementKind::Return, 2));
        if let Some(lot) = lot {
            revoke(&mut account, lot, Points(earned), ReturnPolicy::Unlimited, &step(MovementKind::Return, 2));
        }
        prop_assert_eq!((account.balances.available.0, account.balances.debt.0), (start, 0));
        assert_sound(&account);
    }
}

#[test]
fn a_merge_takes_over_what_remains_is_held_was_spent_and_is_owed() {
    let mut ends = account();
    let spent = earn(&mut ends, 300, Some(900));
    let pending = ends.accrue(grant(50, 700, Some(950)), &step(MovementKind::Accrual, 0)).unwrap();
    let shares = ends.reserve(Points(200), &step(MovementKind::Reservation, 1)).unwrap();
    ends.capture(&[Share { lot: spent, points: Points(120) }], &step(MovementKind::Redemption, 2));
    assert_eq!(taken(&shares), [(spent.0, 200)]);
    let mut stays = Account::open(AccountId(2), CustomerId(2), ProgrammeId(1));
    earn(&mut stays, 40, None);

    let shift = stays.absorb(&mut ends, &step(MovementKind::Merge, 3));
    assert_eq!((ends.state, ends.merged_into), (AccountState::Closed, Some(AccountId(2))));
    assert_eq!(ends.balances, Balances::default());
    let moved = Balances { pending: Points(50), available: Points(140), reserved: Points(80), debt: Points(0) };
    assert_eq!(stays.balances, moved);
    let lot = &stays.lots[&LotNo(spent.0 + shift)];
    assert_eq!(
        (lot.issued, lot.remaining, lot.reserved, lot.spent),
        (Points(300), Points(100), Points(80), Points(120))
    );
    assert_eq!(stays.lots[&LotNo(pending.0 + shift)].state, LotState::Pending);
    assert_sound(&ends);
    assert_sound(&stays);
    // What is held and what was spent before can still come back.
    let held = Share { lot: LotNo(spent.0 + shift), points: Points(80) };
    stays.release(&[held], Moment(4), GRACE, &step(MovementKind::Release, 4));
    let back = Share { lot: LotNo(spent.0 + shift), points: Points(120) };
    stays.restore(&[back], Moment(5), GRACE, &TakenBack::default(), &step(MovementKind::Return, 5));
    assert_eq!(stays.balances.available, Points(340));
    assert_sound(&stays);
}

#[test]
fn no_new_lot_gets_the_number_of_one_that_had_ended_before_a_merge() {
    let mut ends = account();
    earn(&mut ends, 10, None);
    let ended = earn(&mut ends, 20, None);
    revoke(&mut ends, ended, Points(20), ReturnPolicy::Unlimited, &step(MovementKind::Return, 1));
    let mut stays = Account::open(AccountId(2), CustomerId(2), ProgrammeId(1));
    earn(&mut stays, 40, None);
    let shift = stays.absorb(&mut ends, &step(MovementKind::Merge, 2));
    assert!(earn(&mut stays, 50, None) > LotNo(ended.0 + shift));
}

#[test]
fn a_merge_between_two_returns_takes_no_more_of_the_status() {
    let receipt = ReceiptId(9);
    let mut ends = account();
    let mut counted = step(MovementKind::Accrual, 0);
    counted.cause.receipt = Some(receipt);
    ends.accrue(Grant { class: PointsClass::Status, ..grant(1_000, 0, None) }, &counted);
    ends.revoke_status(receipt, Kopecks(250), Kopecks(1_000), &step(MovementKind::Return, 1));
    let mut stays = Account::open(AccountId(2), CustomerId(2), ProgrammeId(1));
    stays.absorb(&mut ends, &step(MovementKind::Merge, 2));
    stays.revoke_status(receipt, Kopecks(250), Kopecks(750), &step(MovementKind::Return, 3));
    assert_eq!(stays.status_points(), Points(500));
    assert_sound(&stays);
}

#[test]
fn a_debt_moves_with_a_merge_and_is_closed_by_what_the_other_has() {
    let mut ends = account();
    let lot = earn(&mut ends, 100, None);
    let shares = ends.reserve(Points(100), &step(MovementKind::Reservation, 1)).unwrap();
    ends.capture(&shares, &step(MovementKind::Redemption, 1));
    revoke(&mut ends, lot, Points(100), ReturnPolicy::Unlimited, &step(MovementKind::Return, 2));
    assert_eq!(ends.balances.debt, Points(100));
    let mut stays = Account::open(AccountId(2), CustomerId(2), ProgrammeId(1));
    earn(&mut stays, 130, None);
    stays.absorb(&mut ends, &step(MovementKind::Merge, 3));
    assert_eq!((stays.balances.available, stays.balances.debt), (Points(30), Points(0)));
    assert_eq!(ends.balances.debt, Points(0));
    assert_sound(&ends);
    assert_sound(&stays);
}

#[test]
fn status_points_never_pay_and_any_series_of_returns_takes_what_one_takes() {
    let receipt = ReceiptId(9);
    let counted = || {
        let mut account = account();
        let mut step = step(MovementKind::Accrual, 0);
        step.cause.receipt = Some(receipt);
        account.accrue(Grant { class: PointsClass::Status, ..grant(700, 0, Some(900)) }, &step);
        account
    };
    let mut one = counted();
    assert_eq!((one.balances, one.status_points()), (Balances::default(), Points(700)));
    let refused = one.reserve(Points(1), &step(MovementKind::Reservation, 1)).unwrap_err();
    assert_eq!(refused, Refusal::PointsNotEnough { available: Points(0) });
    one.revoke_status(receipt, Kopecks(1_000), Kopecks(1_000), &step(MovementKind::Return, 1));
    let mut many = counted();
    for (back, left) in [(333, 1_000), (334, 667), (333, 333)] {
        many.revoke_status(receipt, Kopecks(back), Kopecks(left), &step(MovementKind::Return, 1));
    }
    assert_eq!((one.status_points(), many.status_points()), (Points(0), Points(0)));
    assert_eq!(many.movements.len(), 4);
    assert_sound(&many);
}

#[test]
fn entries_never_go_back_in_time_though_clocks_do() {
    let mut account = account();
    account.accrue(grant(10, 0, None), &step(MovementKind::Accrual, 1_000));
    account.accrue(grant(10, 0, None), &step(MovementKind::Accrual, 400));
    assert_eq!(account.movements.iter().map(|entry| entry.recorded_at.0).collect::<Vec<_>>(), [1_000, 1_000]);
    assert_eq!(account.movements[1].occurred_at, Moment(400));
    assert_sound(&account);
}

#[test]
fn goods_without_a_receipt_take_pending_points_first_and_keep_to_the_policy() {
    let earned = || {
        let mut account = account();
        earn(&mut account, 100, None);
        account.accrue(grant(30, 500, None), &step(MovementKind::Accrual, 0));
        account
    };
    let take = |policy| {
        let mut account = earned();
        let taken = account.revoke_any(Points(150), policy, &step(MovementKind::Return, 1));
        assert_sound(&account);
        (taken.0, account.balances.pending.0, account.balances.available.0, account.balances.debt.0)
    };
    assert_eq!(take(ReturnPolicy::OnlyPending), (30, 0, 100, 0));
    assert_eq!(take(ReturnPolicy::WithinBalance), (130, 0, 0, 0));
    assert_eq!(take(ReturnPolicy::Unlimited), (150, 0, 0, 20));
}
