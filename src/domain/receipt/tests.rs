//! Receipts that tills send, and what must hold for all of them.

use proptest::prelude::*;

use super::{
    line::{cost, is_within_tolerance},
    *,
};
use crate::domain::money::{Quantity, Rounding, scaled};

mod effects;

/// A receipt that no rule but those of earning and spending has an effect on.
fn calculate(lines: &[Line], earn: Option<&EarnRule>, spend: Option<&SpendRule>, spending: Spending) -> Calculation {
    crate::domain::receipt::calculate(lines, &[], earn, spend, spending)
}

const ONE_PER_HUNDRED: EarnRule =
    EarnRule { points: Points(100), step: Kopecks(10_000), unit: Points(100), rounding: Rounding::Down };
const HALF: SpendRule = SpendRule { share_max_hundredths_of_percent: 5_000, unit: Points(100) };
const ALL: SpendRule = SpendRule { share_max_hundredths_of_percent: 10_000, unit: Points(1) };
const RICH: Points = Points(99_999_999_999);

fn line(number: u32, quantity_thousandths: i64, price: i64, discount: i64) -> Line {
    let quantity = Quantity(quantity_thousandths);
    Line {
        number,
        goods_code: format!("ART-{number}"),
        name: None,
        group: None,
        brand: None,
        quantity,
        price: Kopecks(price),
        sum: cost(Kopecks(price), quantity, Rounding::HalfUp).minus(Kopecks(discount)),
        discount_granted: Kopecks(discount),
        minimum_price: None,
        no_earn: false,
        no_spend: false,
        weighed: false,
        delivery: false,
        gift_of: None,
    }
}

/// Two coats at a discount, 1.234 kg of caviar, a gift card that earns nothing: 12 345,67 roubles.
fn everyday_receipt() -> Vec<Line> {
    let gift_card = Line { no_earn: true, ..line(3, 1_000, 174_159, 0) };
    vec![line(1, 2_000, 499_900, 99_800), line(2, 1_234, 129_990, 0), gift_card]
}

fn spend(points: i64) -> Spending {
    Spending { available: RICH, wanted: Points(points) }
}

fn column<T>(calculation: &Calculation, of: impl Fn(&LineResult) -> T) -> Vec<T> {
    calculation.lines.iter().map(of).collect()
}

fn part(quantity: i64, price: i64, sum: i64) -> Part {
    Part { quantity: Quantity(quantity), price: Kopecks(price), sum: Kopecks(sum) }
}

#[test]
fn a_receipt_without_points_earns_a_point_for_every_hundred() {
    let lines = everyday_receipt();
    assert_eq!(check(&lines), Ok(()));
    let quote = calculate(&lines, Some(&ONE_PER_HUNDRED), Some(&HALF), spend(0));
    assert_eq!(quote.amount_due, Kopecks(1_234_567));
    assert_eq!(quote.discount_total, Kopecks(99_800));
    assert_eq!(quote.points_max, Points(617_200), "half of 12 345,67 in whole points");
    assert_eq!(quote.points_to_earn, Points(10_600), "10 604,08 earns: the gift card does not");
    assert_eq!(column(&quote, |line| line.points_to_earn), [Points(8_997), Points(1_603), Points(0)]);
    assert_eq!(
        column(&quote, |line| line.parts.clone()),
        [vec![part(2_000, 450_000, 900_000)], vec![part(1_234, 129_990, 160_408)], vec![part(1_000, 174_159, 174_159)],]
    );
    let told: Vec<String> = quote.lines.iter().flat_map(|line| &line.reasons).map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "1 балл за каждые 100,00 руб.: за чек на 10 604,08 руб. — 106 баллов, из них за эту строку 89,97 балла",
            "1 балл за каждые 100,00 руб.: за чек на 10 604,08 руб. — 106 баллов, из них за эту строку 16,03 балла",
            "За этот товар баллы не начисляются",
        ]
    );
    let told: Vec<String> = quote.reasons.iter().map(ToString::to_string).collect();
    assert_eq!(told, ["Баллами можно оплатить не больше 50 % от суммы 12 345,67 руб.: 6 172,00 руб."]);
}

#[test]
fn points_lower_every_line_and_earn_nothing_themselves() {
    let sale = calculate(&everyday_receipt(), Some(&ONE_PER_HUNDRED), Some(&HALF), spend(150_050));
    assert_eq!(sale.points_applied, Points(150_000), "half a point stays with the customer");
    assert_eq!(sale.amount_due, Kopecks(1_084_567));
    assert_eq!(column(&sale, |line| line.points_as_money), [Kopecks(109_350), Kopecks(19_490), Kopecks(21_160)]);
    assert_eq!(sale.points_to_earn, Points(9_300));
    assert_eq!(column(&sale, |line| line.points_to_earn), [Points(7_893), Points(1_407), Points(0)]);
    assert_eq!(
        column(&sale, |line| line.parts.clone()),
        [vec![part(2_000, 395_325, 790_650)], vec![part(1_234, 114_196, 140_918)], vec![part(1_000, 152_999, 152_999)],]
    );
    assert!(sale.reasons.contains(&Reason::SpentInUnits { unit: Points(100) }));
    let paid = Reason::NothingEarnedOnPoints { paid: Kopecks(109_350) };
    assert!(sale.lines[0].reasons.contains(&paid));
}

#[test]
fn an_empty_receipt_costs_nothing() {
    let nothing = calculate(&[], Some(&ONE_PER_HUNDRED), Some(&ALL), spend(100));
    assert_eq!((nothing.amount_due, nothing.points_max, nothing.points_to_earn), Default::default());
    assert_eq!(check(&[]), Ok(()));
}

#[test]
fn without_rules_nothing_is_earned_or_spent() {
    let sale = calculate(&everyday_receipt(), None, None, spend(100));
    assert_eq!(sale.amount_due, Kopecks(1_234_567));
    assert_eq!((sale.points_applied, sale.points_max, sale.points_to_earn), Default::default());
    assert_eq!(sale.reasons, [Reason::NoSpendRule]);
    assert!(sale.lines.iter().all(|line| line.reasons == [Reason::NoEarnRule]));
}

#[test]
fn ninety_nine_roubles_earn_nothing_and_say_why() {
    let sale = calculate(&[line(1, 1_000, 9_999, 0)], Some(&ONE_PER_HUNDRED), None, spend(0));
    assert_eq!(sale.points_to_earn, Points::ZERO);
    assert_eq!(sale.lines[0].reasons, [Reason::TooLittleToEarn { whole: Kopecks(9_999) }]);
}

#[test]
fn accrual_is_rounded_once_for_the_receipt() {
    let earned = |sum: i64, rounding, unit| {
        let halves = [line(1, 1_000, sum / 2, 0), line(2, 1_000, sum - sum / 2, 0)];
        let rule = EarnRule { rounding, unit: Points(unit), ..ONE_PER_HUNDRED };
        calculate(&halves, Some(&rule), None, spend(0)).points_to_earn.0
    };
    assert_eq!(earned(14_999, Rounding::Down, 100), 100);
    assert_eq!(earned(14_999, Rounding::HalfUp, 100), 100, "149.99 hundredths are not a half");
    assert_eq!(earned(15_000, Rounding::HalfUp, 100), 200);
    assert_eq!(earned(10_001, Rounding::Up, 100), 200);
    assert_eq!(earned(14_999, Rounding::Down, 1), 149);
    assert_eq!(earned(14_950, Rounding::HalfUp, 1), 150);
    assert_eq!(earned(19_998, Rounding::Down, 100), 100, "two lines of 99,99 earn together");
}

#[test]
fn a_minimum_price_stops_points_and_the_rest_goes_to_other_lines() {
    let guarded = Line { minimum_price: Some(Kopecks(9_500)), ..line(1, 1_000, 10_000, 0) };
    let sale = calculate(&[guarded, line(2, 1_000, 10_000, 0)], None, Some(&ALL), spend(6_000));
    assert_eq!(column(&sale, |line| line.points_as_money), [Kopecks(500), Kopecks(5_500)]);
    assert_eq!(column(&sale, |line| line.points_max), [Points(500), Points(10_000)]);
    assert_eq!(sale.points_max, Points(10_500));
    let told = Reason::MinimumPriceLimits { minimum_price: Kopecks(9_500), points_max: Points(500) };
    assert!(sale.lines[0].reasons.contains(&told));
}

#[test]
fn a_minimum_price_above_the_price_closes_the_line_but_not_its_sale() {
    let guarded = Line { minimum_price: Some(Kopecks(20_000)), ..line(1, 1_000, 10_000, 0) };
    assert_eq!(check(std::slice::from_ref(&guarded)), Ok(()));
    let sale = calculate(&[guarded], None, Some(&ALL), spend(100));
    assert_eq!((sale.points_max, sale.amount_due), (Points::ZERO, Kopecks(10_000)));
}

#[test]
fn the_share_counts_only_lines_that_points_may_pay() {
    let forbidden = Line { no_spend: true, ..line(2, 1_000, 100_000, 0) };
    let sale = calculate(&[line(1, 1_000, 10_000, 0), forbidden], None, Some(&HALF), spend(100_000));
    assert_eq!(sale.points_applied, Points(5_000));
    assert_eq!(column(&sale, |line| line.points_as_money), [Kopecks(5_000), Kopecks(0)]);
    assert!(sale.lines[1].reasons.contains(&Reason::NotPayableByPoints));
}

#[test]
fn no_more_is_spent_than_there_is_in_whole_units() {
    let poor = Spending { available: Points(1_250), wanted: Points(5_000) };
    let sale = calculate(&[line(1, 1_000, 100_000, 0)], None, Some(&HALF), poor);
    assert_eq!((sale.points_max, sale.points_applied), (Points(1_200), Points(1_200)));
    assert_eq!(sale.reasons, [Reason::AvailableLimits { available: Points(1_250) }]);
    let almost = Spending { available: Points(1_250), wanted: Points(1_240) };
    let sale = calculate(&[line(1, 1_000, 100_000, 0)], None, Some(&HALF), almost);
    assert_eq!(sale.points_applied, Points(1_200));
    assert_eq!(sale.reasons, [Reason::SpentInUnits { unit: Points(100) }], "it is the unit that is in the way");
    let debtor = Spending { available: Points(-700), wanted: Points(-5) };
    let sale = calculate(&[line(1, 1_000, 100_000, 0)], None, Some(&HALF), debtor);
    assert_eq!((sale.points_max, sale.points_applied), (Points::ZERO, Points::ZERO));
}

#[test]
fn points_can_pay_for_everything() {
    let sale = calculate(&everyday_receipt(), Some(&ONE_PER_HUNDRED), Some(&ALL), spend(RICH.0));
    assert_eq!((sale.amount_due, sale.points_to_earn), (Kopecks::ZERO, Points::ZERO));
    let parts = column(&sale, |line| line.parts.clone());
    assert_eq!(parts, [vec![part(2_000, 0, 0)], vec![part(1_234, 0, 0)], vec![part(1_000, 0, 0)]]);
}

#[test]
fn whole_pieces_are_printed_at_two_prices_a_kopeck_apart() {
    let sale = calculate(&[line(1, 3_000, 10_000, 0)], None, Some(&ALL), spend(10_000));
    assert_eq!(sale.lines[0].parts, [part(1_000, 6_666, 6_666), part(2_000, 6_667, 13_334)]);
}

#[test]
fn a_line_that_nothing_was_taken_from_keeps_its_price() {
    // The till rounds down where we round half up, and that is within a kopeck.
    let truncated = Line { sum: Kopecks(1_229), ..line(1, 123, 9_999, 0) };
    let third = Line { sum: Kopecks(1_000), ..line(2, 3_000, 333, 0) };
    let sale = calculate(&[truncated, third], None, Some(&ALL), spend(0));
    // Pieces multiply out all the same.
    assert_eq!(
        column(&sale, |line| line.parts.clone()),
        [vec![part(123, 9_999, 1_229)], vec![part(2_000, 333, 666), part(1_000, 334, 334)]]
    );
    let exact = calculate(&[line(1, 3_000, 3_333, 0)], None, Some(&ALL), spend(0));
    assert_eq!(exact.lines[0].parts, [part(3_000, 3_333, 9_999)]);
    let rounded_up = Line { sum: Kopecks(10_000), ..line(1, 3_000, 3_333, 0) };
    let sale = calculate(&[rounded_up], None, Some(&ALL), spend(0));
    assert_eq!(sale.lines[0].parts, [part(2_000, 3_333, 6_666), part(1_000, 3_334, 3_334)]);
}

#[test]
fn a_weighed_line_without_one_price_gives_its_residue_to_whole_pieces() {
    // In proportion 4 kopecks of 5 would go to the potatoes, and no price makes 10,500 kg cost 1 049,96.
    let potatoes = || line(1, 10_500, 10_000, 0);
    let bag = || line(2, 1_000, 26_250, 0);
    let sale = calculate(&[potatoes(), bag()], None, Some(&ALL), spend(5));
    assert_eq!(column(&sale, |line| line.points_as_money), [Kopecks(0), Kopecks(5)]);
    assert_eq!(sale.lines[0].parts, [part(10_500, 10_000, 105_000)]);

    // Alone, it is printed as pieces and a rest, at prices a kopeck apart.
    let alone = calculate(&[potatoes()], None, Some(&ALL), spend(4));
    assert_eq!(alone.lines[0].parts, [part(4_500, 9_999, 44_996), part(6_000, 10_000, 60_000)]);

    // With a small weighed line beside it, that one takes the residue: it has a price for any sum.
    let cheese = line(2, 250, 105_000, 0);
    let sale = calculate(&[potatoes(), cheese], None, Some(&ALL), spend(5));
    assert_eq!(column(&sale, |line| line.points_as_money), [Kopecks(0), Kopecks(5)]);

    // Beside both, the pieces take it, though the small line has the lower number.
    let (cheese, bag_after) = (line(2, 250, 40, 0), line(3, 1_000, 26_250, 0));
    let sale = calculate(&[potatoes(), cheese, bag_after], None, Some(&ALL), spend(5));
    assert_eq!(column(&sale, |line| line.points_as_money), [Kopecks(0), Kopecks(0), Kopecks(5)]);

    // A neighbour that allows less than the residue does not take half of it.
    let closed = Line { minimum_price: Some(Kopecks(26_248)), ..bag() };
    let sale = calculate(&[potatoes(), closed], None, Some(&ALL), spend(5));
    assert_eq!(column(&sale, |line| line.points_as_money), [Kopecks(4), Kopecks(1)]);
    assert_eq!(sale.lines[0].parts.len(), 2);
}

#[test]
fn a_quote_is_the_same_for_the_customer_until_a_figure_changes() {
    let lines = everyday_receipt();
    let quote = |lines: &[Line], available: i64, wanted: i64| {
        let spending = Spending { available: Points(available), wanted: Points(wanted) };
        calculate(lines, Some(&ONE_PER_HUNDRED), Some(&HALF), spending)
    };
    let first = quote(&lines, 20_000, 10_000);
    let reversed: Vec<Line> = lines.iter().rev().cloned().collect();
    assert!(first.same_for_customer(&first));
    assert!(first.same_for_customer(&quote(&reversed, 20_000, 10_000)), "the order of lines makes no difference");
    assert!(first.same_for_customer(&quote(&lines, 15_000, 10_000)), "the points that are left make none");
    assert!(!first.same_for_customer(&quote(&lines, 20_000, 10_100)));
    assert!(!first.same_for_customer(&quote(&lines[..2], 20_000, 10_000)));
    let renumbered: Vec<Line> = lines.iter().cloned().map(|line| Line { number: line.number + 1, ..line }).collect();
    assert!(!first.same_for_customer(&quote(&renumbered, 20_000, 10_000)));
}

mod checking {
    use super::*;

    fn kind_of(lines: &[Line]) -> Option<LineProblemKind> {
        check(lines).err().map(|problem| problem.kind)
    }

    #[test]
    fn each_problem_is_found_and_named() {
        let good = || line(1, 2_000, 10_000, 500);
        let found = |line: Line| kind_of(&[line]);
        assert_eq!(found(good()), None);
        assert_eq!(found(Line { quantity: Quantity::ZERO, ..good() }), Some(LineProblemKind::NoQuantity));
        assert_eq!(found(Line { quantity: Quantity(-1), ..good() }), Some(LineProblemKind::NoQuantity));
        for negative in [
            Line { price: Kopecks(-1), ..good() },
            Line { sum: Kopecks(-1), ..good() },
            Line { discount_granted: Kopecks(-1), ..good() },
            Line { minimum_price: Some(Kopecks(-1)), ..good() },
        ] {
            assert_eq!(found(negative), Some(LineProblemKind::Negative));
        }
        assert_eq!(found(Line { price: AMOUNT_MAX.plus(Kopecks(1)), ..good() }), Some(LineProblemKind::TooLarge));
        assert_eq!(found(Line { quantity: QUANTITY_MAX.plus(Quantity(1)), ..good() }), Some(LineProblemKind::TooLarge));
        let (full, discount) = (Kopecks(20_000), Kopecks(20_002));
        let over = Line { discount_granted: discount, sum: Kopecks::ZERO, ..good() };
        assert_eq!(found(over), Some(LineProblemKind::DiscountOverPrice { full, discount }));
        let (expected, given) = (Kopecks(19_500), Kopecks(19_502));
        assert_eq!(found(Line { sum: given, ..good() }), Some(LineProblemKind::SumMismatch { expected, given }));
    }

    #[test]
    fn a_kopeck_either_way_is_a_tills_rounding() {
        for sum in [19_499, 19_500, 19_501] {
            assert_eq!(check(&[Line { sum: Kopecks(sum), ..line(1, 2_000, 10_000, 500) }]), Ok(()));
        }
        let all_off = Line { discount_granted: Kopecks(20_001), sum: Kopecks::ZERO, ..line(1, 2_000, 10_000, 0) };
        assert_eq!(check(&[all_off]), Ok(()));
    }

    #[test]
    fn the_first_wrong_line_is_reported_as_the_till_listed_them() {
        let bad = Line { sum: Kopecks::ZERO, ..line(5, 1_000, 10_000, 0) };
        let worse = Line { quantity: Quantity::ZERO, ..line(2, 1_000, 10_000, 0) };
        let problem = check(&[line(9, 1_000, 1, 0), bad, worse]).unwrap_err();
        assert_eq!(problem.line, 5);
        assert_eq!(
            problem.to_string(),
            "строка 5: сумма 0,00 руб. не сходится: цена × количество − скидка = 100,00 руб."
        );
    }

    #[test]
    fn a_number_is_used_once() {
        let problem = check(&[line(1, 1_000, 1, 0), line(2, 1_000, 1, 0), line(1, 0, -1, 0)]).unwrap_err();
        assert_eq!(problem, LineProblem { line: 1, kind: LineProblemKind::DuplicateNumber });
    }

    #[test]
    fn a_receipt_above_what_the_contract_carries_is_refused() {
        let dear = |number| line(number, 1_000, AMOUNT_MAX.0 / 2, 0);
        assert_eq!(kind_of(&[dear(1), dear(2)]), None);
        let last = line(3, 1_000, 2, 2);
        let problem = check(&[dear(1), dear(2), last]).unwrap_err();
        assert_eq!(problem, LineProblem { line: 3, kind: LineProblemKind::ReceiptTooLarge });
    }
}

mod invariants {
    use super::*;

    /// Quantity, price, sum, discount and minimum price; `no_earn`, `no_spend`; the number.
    pub(super) type Figures = ([i64; 5], bool, bool, u8);

    /// The most lines of the generated receipts; the price of a line is bounded so that all fit the contract.
    pub(super) const LINES_MAX: usize = 40;

    fn quantity() -> impl Strategy<Value = i64> {
        prop_oneof![
            4 => (1..20i64).prop_map(|pieces| pieces * 1_000),
            2 => 1..3_000i64,
            2 => 3_001..60_000i64,
            1 => (1..999_999i64).prop_map(|pieces| pieces * 1_000),
            1 => 1..=QUANTITY_MAX.0,
            1 => Just(QUANTITY_MAX.0),
        ]
    }

    prop_compose! {
        fn any_line(lines_max: usize)(
            quantity in quantity(),
            price in prop_oneof![1 => Just(0), 4 => 0..100_000i64, 1 => 0..AMOUNT_MAX.0],
            discount_share in prop_oneof![3 => Just(0), 1 => Just(10_000), 3 => 0..10_000i64],
            till_rounding in -1..=1i64,
            minimum_share in prop::option::of(prop_oneof![2 => 0..10_000i64, 1 => 10_000..30_000i64]),
            no_earn in prop::bool::weighted(0.2),
            no_spend in prop::bool::weighted(0.2),
        ) -> Line {
            let sum_max = AMOUNT_MAX.0 / i64::try_from(lines_max).unwrap() - 1;
            let price = price.min(scaled(sum_max, 1_000, quantity, Rounding::Down)).min(AMOUNT_MAX.0);
            let full = cost(Kopecks(price), Quantity(quantity), Rounding::HalfUp).0;
            let discount = scaled(full, discount_share, 10_000, Rounding::Down);
            let exact = line(0, quantity, price, discount);
            Line {
                sum: Kopecks((full - discount + till_rounding).clamp(0, sum_max)),
                minimum_price: minimum_share
                    .map(|share| Kopecks(scaled(price, share, 10_000, Rounding::Down)).min(AMOUNT_MAX)),
                no_earn,
                no_spend,
                ..exact
            }
        }
    }

    /// A line of any figures.
    pub(super) fn wild(([quantity, price, sum, discount, minimum], no_earn, no_spend, number): Figures) -> Line {
        Line {
            quantity: Quantity(quantity),
            price: Kopecks(price),
            sum: Kopecks(sum),
            discount_granted: Kopecks(discount),
            minimum_price: Some(Kopecks(minimum)),
            no_earn,
            no_spend,
            ..line(u32::from(number), 1_000, 0, 0)
        }
    }

    fn numbered(lines: Vec<Line>) -> Vec<Line> {
        // Not in the order of listing, so that ties by number and by position differ.
        let count = u32::try_from(lines.len()).unwrap();
        lines.into_iter().zip(0..).map(|(line, index)| Line { number: count - index, ..line }).collect()
    }

    pub(super) fn receipt() -> impl Strategy<Value = Vec<Line>> {
        prop::collection::vec(any_line(LINES_MAX), 1..LINES_MAX).prop_map(numbered)
    }

    pub(super) fn earn_rule() -> impl Strategy<Value = EarnRule> {
        let unit = prop_oneof![Just(1i64), Just(100), Just(500)];
        let rounding = prop_oneof![Just(Rounding::Down), Just(Rounding::HalfUp), Just(Rounding::Up)];
        (0..1_000i64, 1..20_000i64, unit, rounding).prop_map(|(points, step, unit, rounding)| EarnRule {
            points: Points(points),
            step: Kopecks(step),
            unit: Points(unit),
            rounding,
        })
    }

    pub(super) fn spend_rule() -> impl Strategy<Value = SpendRule> {
        let share = prop_oneof![Just(10_000i64), Just(0), 0..=10_000i64];
        (share, prop_oneof![Just(1i64), Just(100), Just(1_000)])
            .prop_map(|(share, unit)| SpendRule { share_max_hundredths_of_percent: share, unit: Points(unit) })
    }

    pub(super) fn amount() -> impl Strategy<Value = i64> {
        prop_oneof![0..1_000i64, 0..1_000_000i64, 0..AMOUNT_MAX.0]
    }

    fn floor_of(line: &Line) -> Kopecks {
        cost(line.minimum_price.unwrap_or_default(), line.quantity, Rounding::Up)
    }

    fn capacity_of(line: &Line) -> Kopecks {
        if line.no_spend { Kopecks::ZERO } else { line.sum.less(floor_of(line)) }
    }

    /// Invariants 21 to 23.
    pub(super) fn assert_sound(
        lines: &[Line],
        earn: &EarnRule,
        spend: &SpendRule,
        sale: &Calculation,
        spending: Spending,
    ) {
        let sum_of = |of: fn(&LineResult) -> Kopecks| sale.lines.iter().map(of).sum::<Kopecks>();
        assert_eq!(sum_of(|line| line.amount_due), sale.amount_due);
        assert_eq!(sum_of(|line| line.points_as_money), sale.points_applied.as_money());
        assert_eq!(sum_of(|line| line.discount_granted.plus(line.discount_offered)), sale.discount_total);
        assert_eq!(sale.lines.iter().map(|line| line.points_to_earn).sum::<Points>(), sale.points_to_earn);

        let eligible: Kopecks = lines.iter().filter(|line| !line.no_spend).map(|line| line.sum).sum();
        let share = i128::from(eligible.0) * i128::from(spend.share_max_hundredths_of_percent);
        assert!(i128::from(sale.points_max.0) * 10_000 <= share, "the share of the eligible sum");
        assert!(sale.points_max <= spending.available && sale.points_applied <= spending.wanted);
        assert!(sale.points_applied <= sale.points_max);
        assert!(sale.points_max.0 % spend.unit.0 == 0 && sale.points_applied.0 % spend.unit.0 == 0);
        let wanted = spending.wanted.0 - spending.wanted.0 % spend.unit.0;
        assert_eq!(sale.points_applied.0, wanted.min(sale.points_max.0), "all that is wanted and allowed");

        let base: i128 =
            sale.lines.iter().zip(lines).filter(|(_, l)| !l.no_earn).map(|(r, _)| i128::from(r.amount_due.0)).sum();
        let (earned, unit) = (i128::from(sale.points_to_earn.0), i128::from(earn.unit.0));
        let exact_by_step = base * i128::from(earn.points.0);
        let by_step = |points: i128| points * i128::from(earn.step.0);
        assert!(earned % unit == 0);
        match earn.rounding {
            Rounding::Down => assert!(by_step(earned) <= exact_by_step && exact_by_step < by_step(earned + unit)),
            Rounding::Up => assert!(by_step(earned - unit) < exact_by_step.max(1) && exact_by_step <= by_step(earned)),
            Rounding::HalfUp => {
                assert!(2 * by_step(earned) - by_step(unit) <= 2 * exact_by_step);
                assert!(2 * exact_by_step < 2 * by_step(earned) + by_step(unit));
            }
        }
        for (line, result) in lines.iter().zip(&sale.lines) {
            assert_sound_line(line, result);
        }
    }

    fn assert_sound_line(line: &Line, result: &LineResult) {
        assert_eq!(result.number, line.number);
        assert_eq!(result.amount_due.plus(result.points_as_money), line.sum);
        assert!(result.points_as_money >= Kopecks::ZERO && result.amount_due >= Kopecks::ZERO);
        assert!(result.points_as_money.as_points() <= result.points_max);
        assert!(result.points_as_money <= capacity_of(line));
        if line.no_earn {
            assert_eq!(result.points_to_earn, Points::ZERO);
        }
        if result.amount_due.is_zero() {
            assert_eq!(result.points_to_earn, Points::ZERO);
        }
        assert_eq!(result.parts.iter().map(|part| part.quantity).sum::<Quantity>(), line.quantity);
        assert_eq!(result.parts.iter().map(|part| part.sum).sum::<Kopecks>(), result.amount_due);
        assert!((1..=2).contains(&result.parts.len()));
        let touched = result.points_as_money.is_positive();
        for part in &result.parts {
            let exact = cost(part.price, part.quantity, Rounding::HalfUp);
            assert!(is_within_tolerance(exact.minus(part.sum)), "{part:?} of {line:?}");
            assert!(part.quantity.is_positive() && part.price >= Kopecks::ZERO && part.sum >= Kopecks::ZERO);
            assert!(!touched || part.price >= line.minimum_price.unwrap_or_default(), "{part:?} of {line:?}");
            let is_exact = result.parts.len() > 1 || line.quantity.is_whole();
            assert!(!is_exact || exact == part.sum, "{part:?} of {line:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        #[test]
        fn a_calculation_is_exact_and_within_every_limit(
            lines in receipt(), earn in earn_rule(), spend in spend_rule(), available in amount(), wanted in amount(),
        ) {
            prop_assert_eq!(check(&lines), Ok(()));
            let spending = Spending { available: Points(available), wanted: Points(wanted) };
            let sale = calculate(&lines, Some(&earn), Some(&spend), spending);
            assert_sound(&lines, &earn, &spend, &sale, spending);
        }

        /// Invariant 24.
        #[test]
        fn asking_for_more_points_never_raises_the_price(
            lines in receipt(), spend in spend_rule(), available in amount(), wanted in amount(), more in amount(),
        ) {
            let due = |wanted: i64| {
                let spending = Spending { available: Points(available), wanted: Points(wanted) };
                calculate(&lines, Some(&ONE_PER_HUNDRED), Some(&spend), spending).amount_due
            };
            prop_assert!(due(wanted + more) <= due(wanted));
        }

        /// Invariant 25, line by line.
        #[test]
        fn the_order_of_lines_changes_nothing(
            (lines, shuffled) in receipt().prop_flat_map(|lines| (Just(lines.clone()), Just(lines).prop_shuffle())),
            earn in earn_rule(), spend in spend_rule(), wanted in amount(),
        ) {
            let spending = Spending { available: RICH, wanted: Points(wanted) };
            let given = calculate(&lines, Some(&earn), Some(&spend), spending);
            let mut other = calculate(&shuffled, Some(&earn), Some(&spend), spending);
            prop_assert!(given.same_for_customer(&other));
            other.lines.sort_by_key(|line| std::cmp::Reverse(line.number));
            prop_assert_eq!(&given, &other);
            // A till that numbers the lines as it lists them has the same totals.
            let numbered = shuffled.into_iter().zip(1..).map(|(line, number)| Line { number, ..line });
            let other = calculate(&numbered.collect::<Vec<_>>(), Some(&earn), Some(&spend), spending);
            let totals = |c: &Calculation| {
                (c.amount_due, c.discount_total, c.points_applied, c.points_to_earn, c.points_max)
            };
            prop_assert_eq!(totals(&given), totals(&other));
        }

        /// Invariant 27: unchecked figures give some answer.
        #[test]
        fn no_figures_make_it_fail(
            figures in prop::collection::vec(any::<Figures>(), 0..8),
            rules in any::<[i64; 7]>(),
        ) {
            let lines: Vec<Line> = figures.into_iter().map(wild).collect();
            let [points, step, unit, share, spend_unit, available, wanted] = rules;
            let (points, step, unit) = (Points(points), Kopecks(step), Points(unit));
            let earn = EarnRule { points, step, unit, rounding: Rounding::Up };
            let spend = SpendRule { share_max_hundredths_of_percent: share, unit: Points(spend_unit) };
            let _ = check(&lines);
            let spending = Spending { available: Points(available), wanted: Points(wanted) };
            let sale = calculate(&lines, Some(&earn), Some(&spend), spending);
            let reasons = sale.reasons.iter().chain(sale.lines.iter().flat_map(|line| &line.reasons));
            prop_assert!(reasons.map(ToString::to_string).all(|sentence| !sentence.is_empty()));
        }

        /// Points go in proportion to the sums, but for lines that are full.
        #[test]
        fn points_are_spread_in_proportion(
            lines in prop::collection::vec(any_line(LINES_MAX), 1..LINES_MAX), wanted in amount(),
        ) {
            let lines: Vec<Line> = numbered(lines).into_iter().filter(|line| line.quantity.is_whole()).collect();
            let sale = calculate(&lines, None, Some(&ALL), spend(wanted));
            let all: Vec<(i128, i128, bool)> = lines
                .iter()
                .zip(&sale.lines)
                .filter(|(line, _)| capacity_of(line).is_positive())
                .map(|(line, result)| {
                    let is_full = result.points_as_money == capacity_of(line);
                    (i128::from(line.sum.0), i128::from(result.points_as_money.0), is_full)
                })
                .collect();
            for (sum, points, is_full) in &all {
                for (other_sum, other_points, _) in all.iter().filter(|(_, _, other_full)| !other_full) {
                    prop_assert!((points - 1) * other_sum < (other_points + 1) * sum, "more than its claim");
                    prop_assert!(*is_full || (other_points - 1) * sum < (points + 1) * other_sum);
                }
            }
        }

        /// With pieces beside them that have room, weighed goods are printed at one price.
        #[test]
        fn weighed_goods_keep_one_price_beside_pieces(
            weighed in prop::collection::vec((1..50_000i64, 1..50_000i64), 1..20), share in 0..5_000i64,
        ) {
            let pieces = line(0, 3_000, 1_000_000, 0);
            let weighed = weighed.into_iter().zip(1..).map(|((quantity, price), number)| line(number, quantity, price, 0));
            let lines: Vec<Line> = weighed.chain([pieces]).collect();
            let total: Kopecks = lines.iter().map(|line| line.sum).sum();
            let wanted = scaled(total.0, share, 10_000, Rounding::Down);
            let sale = calculate(&lines, None, Some(&ALL), spend(wanted));
            prop_assert_eq!(sale.points_applied, Points(wanted));
            for (line, result) in lines.iter().zip(&sale.lines).filter(|(line, _)| !line.quantity.is_whole()) {
                prop_assert_eq!(result.parts.len(), 1, "{:?} {:?}", line, result);
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8))]

        #[test]
        fn a_thousand_lines_are_a_receipt_like_any_other(
            lines in prop::collection::vec(any_line(1_000), 1_000).prop_map(numbered),
            earn in earn_rule(), spend in spend_rule(), wanted in amount(),
        ) {
            prop_assert_eq!(check(&lines), Ok(()));
            let spending = Spending { available: RICH, wanted: Points(wanted) };
            let sale = calculate(&lines, Some(&earn), Some(&spend), spending);
            assert_sound(&lines, &earn, &spend, &sale, spending);
        }
    }
}
