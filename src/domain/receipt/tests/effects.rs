//! Receipts that rules have an effect on before points are spent and earned.

use super::*;
use crate::domain::receipt::tests::invariants::{
    Figures, LINES_MAX, amount, assert_sound, earn_rule, receipt, spend_rule, wild,
};

fn effect(line: u32, kind: EffectKind) -> Effect {
    Effect { line, kind, source: Source { id: i64::from(line), name: "Акция".into() } }
}

fn discount(line: u32, amount: i64) -> Effect {
    effect(line, EffectKind::Discount(Kopecks(amount)))
}

fn with_effects(lines: &[Line], effects: &[Effect], wanted: i64) -> Calculation {
    crate::domain::receipt::calculate(lines, effects, Some(&ONE_PER_HUNDRED), Some(&HALF), spend(wanted))
}

fn sentences(reasons: &[Reason]) -> Vec<String> {
    reasons.iter().map(ToString::to_string).collect()
}

#[test]
fn a_discount_lowers_what_points_may_pay_and_what_earns() {
    let lines = [line(1, 2_000, 100_000, 20_000), line(2, 1_000, 50_000, 0)];
    let quote = with_effects(&lines, &[discount(1, 30_000)], 60_000);
    assert_eq!(column(&quote, |line| line.discount_granted), [Kopecks(20_000), Kopecks(0)]);
    assert_eq!(column(&quote, |line| line.discount_offered), [Kopecks(30_000), Kopecks(0)]);
    assert_eq!(quote.discount_total, Kopecks(50_000));
    assert_eq!(quote.points_max, Points(100_000), "half of 2 000,00");
    assert_eq!(quote.points_applied, Points(60_000));
    assert_eq!(quote.amount_due, Kopecks(140_000));
    assert_eq!(column(&quote, |line| line.amount_due), [Kopecks(105_000), Kopecks(35_000)]);
    assert_eq!(quote.points_to_earn, Points(1_400), "1 400,00 is paid with money");
    assert_eq!(quote.lines[0].parts, [part(2_000, 52_500, 105_000)]);
    assert_eq!(
        sentences(&quote.lines[0].reasons),
        [
            "Скидка 300,00 руб.: «Акция»",
            "1 балл за каждые 100,00 руб.: за чек на 1 400,00 руб. — 14 баллов, из них за эту строку 10,50 балла",
            "На часть, оплаченную баллами (450,00 руб.), баллы не начисляются",
        ]
    );
}

#[test]
fn discounts_stop_at_the_highest_minimum_price_and_say_so() {
    let guarded = Line { minimum_price: Some(Kopecks(6_000)), ..line(1, 1_000, 10_000, 0) };
    let effects = [discount(1, 1_000), discount(1, 5_000), effect(1, EffectKind::MinimumPrice(Kopecks(7_000)))];
    let quote = with_effects(&[guarded], &effects, 100_000);
    let line = &quote.lines[0];
    assert_eq!(line.discounts.iter().map(|part| part.amount.0).collect::<Vec<_>>(), [1_000, 2_000]);
    assert_eq!((line.amount_due, line.points_max), (Kopecks(7_000), Points::ZERO));
    let told = sentences(&line.reasons);
    assert!(told.contains(&"Скидка меньше на 30,00 руб.: минимальная цена товара 70,00 руб.".to_owned()), "{told:?}");
    assert!(told.contains(&"Баллами оплатить нельзя: минимальная цена товара 70,00 руб.".to_owned()), "{told:?}");
}

#[test]
fn a_discount_above_the_price_leaves_a_line_for_nothing() {
    let quote = with_effects(&[line(1, 3_000, 10_000, 0)], &[discount(1, 30_001)], 100);
    assert_eq!((quote.amount_due, quote.points_applied, quote.points_to_earn), Default::default());
    assert_eq!(quote.discount_total, Kopecks(30_000));
    assert_eq!(quote.lines[0].parts, [part(3_000, 0, 0)]);
}

#[test]
fn a_price_below_the_minimum_is_the_tills_and_stays() {
    let guarded = Line { minimum_price: Some(Kopecks(20_000)), ..line(1, 1_000, 10_000, 0) };
    let quote = with_effects(&[guarded], &[discount(1, 1_000)], 0);
    assert_eq!((quote.amount_due, quote.discount_total), (Kopecks(10_000), Kopecks::ZERO));
    assert!(quote.lines[0].discounts.is_empty());
}

#[test]
fn rules_close_lines_to_spending_and_earning_by_name() {
    let lines =
        [line(1, 1_000, 10_000, 0), line(2, 1_000, 10_000, 0), Line { no_spend: true, ..line(3, 1_000, 10_000, 0) }];
    let closing = |kind| (1..4).map(move |number| effect(number, kind)).filter(|effect| effect.line != 2);
    let effects: Vec<Effect> = closing(EffectKind::NoSpend).chain(closing(EffectKind::NoEarn)).collect();
    let quote = with_effects(&lines, &effects, 100_000);
    assert_eq!(column(&quote, |line| line.points_as_money), [Kopecks(0), Kopecks(5_000), Kopecks(0)]);
    assert_eq!(column(&quote, |line| line.points_to_earn), [Points(0), Points(0), Points(0)]);
    let closed = ["За этот товар баллы не начисляются: «Акция»", "Этот товар нельзя оплатить баллами: «Акция»"];
    assert_eq!(sentences(&quote.lines[0].reasons), closed);
    assert!(quote.lines[2].reasons.contains(&Reason::NotPayableByPoints), "the till's own word goes first");
}

#[test]
fn an_effect_on_a_line_that_is_not_there_does_nothing() {
    let lines = everyday_receipt();
    assert_eq!(with_effects(&lines, &[discount(9, 100)], 1_000), with_effects(&lines, &[], 1_000));
}

/// Without effects every figure and sentence is as it was. The number was made by the calculation of before effects, and again
/// when ties between lines began to go by what the lines are, when whole pieces began to multiply out, and when lines began to tell
/// their share.
#[test]
fn without_effects_a_receipt_comes_to_what_it_did_before_there_were_any() {
    assert_eq!(digest_of_many(calculate), 743_861_956_627_956_609);
}

/// A sequence of numbers that is the same in every run.
struct Sequence(u64);

impl Sequence {
    fn below(&mut self, limit: u64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from((self.0 >> 33) % limit).unwrap()
    }
}

fn line_of(numbers: &mut Sequence, number: u32) -> Line {
    let quantity = match numbers.below(3) {
        0 => 1_000 * (1 + numbers.below(20)),
        1 => 1 + numbers.below(3_000),
        _ => 3_001 + numbers.below(50_000),
    };
    let price = numbers.below(100_000);
    let full = cost(Kopecks(price), Quantity(quantity), Rounding::HalfUp);
    let discount =
        if numbers.below(3) == 0 { scaled(full.0, numbers.below(10_001), 10_000, Rounding::Down) } else { 0 };
    Line {
        number,
        goods_code: String::new(),
        name: None,
        group: None,
        brand: None,
        quantity: Quantity(quantity),
        price: Kopecks(price),
        sum: full.minus(Kopecks(discount)),
        discount_granted: Kopecks(discount),
        minimum_price: (numbers.below(4) == 0).then(|| Kopecks(numbers.below(120_000))),
        no_earn: numbers.below(5) == 0,
        no_spend: numbers.below(5) == 0,
        weighed: false,
        delivery: false,
        gift_of: None,
    }
}

/// Everything that a customer or a cashier can see of many calculations, as one number (FNV-1a).
fn digest_of_many(calculate: impl Fn(&[Line], Option<&EarnRule>, Option<&SpendRule>, Spending) -> Calculation) -> u64 {
    let mut numbers = Sequence(20_261_130);
    let mut digest: u64 = 0xcbf2_9ce4_8422_2325;
    for _ in 0..3_000 {
        let count = 1 + u32::try_from(numbers.below(12)).unwrap();
        let lines: Vec<Line> = (0..count).map(|index| line_of(&mut numbers, count - index)).collect();
        let [rounding, earn_unit, spend_unit] = [3, 3, 3].map(|limit| usize::try_from(numbers.below(limit)).unwrap());
        let earn = EarnRule {
            points: Points(numbers.below(1_000)),
            step: Kopecks(1 + numbers.below(20_000)),
            unit: Points([1, 100, 500][earn_unit]),
            rounding: [Rounding::Down, Rounding::HalfUp, Rounding::Up][rounding],
        };
        let share_max_hundredths_of_percent = numbers.below(10_001);
        let spend = SpendRule { share_max_hundredths_of_percent, unit: Points([1, 100, 1_000][spend_unit]) };
        let spending =
            Spending { available: Points(numbers.below(3_000_000)), wanted: Points(numbers.below(3_000_000)) };
        let (has_earn, has_spend) = (numbers.below(10) > 0, numbers.below(10) > 0);
        let all = calculate(&lines, has_earn.then_some(&earn), has_spend.then_some(&spend), spending);
        let mut text = format!(
            "{:?}{:?}",
            (all.amount_due, all.discount_total, all.points_applied, all.points_max, all.points_to_earn),
            all.reasons.iter().map(ToString::to_string).collect::<Vec<_>>(),
        );
        for line in &all.lines {
            text += &format!(
                "{:?}{:?}{:?}",
                (line.number, line.discount_granted, line.discount_offered, line.points_as_money, line.amount_due),
                (line.points_to_earn, line.points_max, &line.parts),
                line.reasons.iter().map(ToString::to_string).collect::<Vec<_>>(),
            );
        }
        for byte in text.bytes() {
            digest = (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    digest
}

fn kinds() -> impl Strategy<Value = EffectKind> {
    let sum = || prop_oneof![4 => 0..100_000i64, 1 => 0..10i64, 1 => 0..AMOUNT_MAX.0].prop_map(Kopecks);
    prop_oneof![
        6 => sum().prop_map(EffectKind::Discount),
        1 => Just(EffectKind::NoSpend),
        1 => Just(EffectKind::NoEarn),
        2 => (0..100_000i64).prop_map(|price| EffectKind::MinimumPrice(Kopecks(price))),
    ]
}

fn effects() -> impl Strategy<Value = Vec<Effect>> {
    let last = u32::try_from(LINES_MAX).unwrap() + 1;
    prop::collection::vec((0..=last, kinds()).prop_map(|(line, kind)| effect(line, kind)), 0..LINES_MAX)
}

/// The receipt that a till would send had it applied the effects itself.
fn applied(lines: &[Line], effects: &[Effect], sale: &Calculation) -> Vec<Line> {
    let apply = |(line, result): (&Line, &LineResult)| {
        let mut applied = line.clone();
        applied.sum = line.sum.minus(result.discount_offered);
        applied.discount_granted = line.discount_granted.plus(result.discount_offered);
        for effect in effects.iter().filter(|effect| effect.line == line.number) {
            match effect.kind {
                EffectKind::Discount(_) => {}
                EffectKind::NoSpend => applied.no_spend = true,
                EffectKind::NoEarn => applied.no_earn = true,
                EffectKind::MinimumPrice(price) => applied.minimum_price = applied.minimum_price.max(Some(price)),
            }
        }
        applied
    };
    lines.iter().zip(&sale.lines).map(apply).collect()
}

fn assert_discounts(line: &Line, effects: &[Effect], result: &LineResult) {
    assert_eq!(result.discounts.iter().map(|part| part.amount).sum::<Kopecks>(), result.discount_offered);
    assert!(result.discounts.iter().all(|part| part.amount.is_positive()));
    let wanted = effects.iter().filter_map(|effect| match effect.kind {
        EffectKind::Discount(amount) if effect.line == line.number => Some(amount),
        EffectKind::Discount(_) | EffectKind::NoSpend | EffectKind::NoEarn | EffectKind::MinimumPrice(_) => None,
    });
    let floor = cost(line.minimum_price.unwrap_or_default(), line.quantity, Rounding::Up);
    let before = line.sum.plus(result.discount_offered);
    assert_eq!(result.discount_offered, wanted.sum::<Kopecks>().min(before.less(floor)), "{line:?}");
    let is_lowered = result.discount_offered.is_positive() || result.points_as_money.is_positive();
    assert!(!is_lowered || result.amount_due >= floor, "{line:?}");
    let minimum = line.minimum_price.unwrap_or_default();
    assert!(!is_lowered || result.parts.iter().all(|part| part.price >= minimum), "{line:?} {result:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Invariants 21 to 23.
    #[test]
    fn effects_are_exact_and_within_every_limit(
        lines in receipt(), effects in effects(), earn in earn_rule(), spend in spend_rule(),
        available in amount(), wanted in amount(),
    ) {
        let spending = Spending { available: Points(available), wanted: Points(wanted) };
        let sale = crate::domain::receipt::calculate(&lines, &effects, Some(&earn), Some(&spend), spending);
        let applied = applied(&lines, &effects, &sale);
        assert_sound(&applied, &earn, &spend, &sale, spending);
        for (line, result) in applied.iter().zip(&sale.lines) {
            assert_discounts(line, &effects, result);
        }
        // A till that had applied the effects itself would have got the same.
        let same = calculate(&applied, Some(&earn), Some(&spend), spending);
        prop_assert!(same.same_for_customer(&sale));
        prop_assert_eq!(column(&same, |line| line.points_max), column(&sale, |line| line.points_max));
    }

    /// Invariant 24.
    #[test]
    fn asking_for_more_points_never_raises_a_discounted_price(
        lines in receipt(), effects in effects(), spend in spend_rule(), wanted in amount(), more in amount(),
    ) {
        let due = |wanted: i64| {
            let spending = Spending { available: RICH, wanted: Points(wanted) };
            crate::domain::receipt::calculate(&lines, &effects, Some(&ONE_PER_HUNDRED), Some(&spend), spending).amount_due
        };
        prop_assert!(due(wanted + more) <= due(wanted));
    }

    /// Invariant 25, of effects too.
    #[test]
    fn the_order_of_lines_and_effects_changes_no_figure(
        (lines, shuffled) in receipt().prop_flat_map(|lines| (Just(lines.clone()), Just(lines).prop_shuffle())),
        (effects, mixed) in effects().prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
        wanted in amount(),
    ) {
        let given = with_effects(&lines, &effects, wanted);
        prop_assert!(given.same_for_customer(&with_effects(&shuffled, &effects, wanted)));
        prop_assert!(given.same_for_customer(&with_effects(&lines, &mixed, wanted)));
    }

    /// Invariant 27: unchecked figures give some answer.
    #[test]
    fn no_effects_make_it_fail(
        figures in prop::collection::vec(any::<Figures>(), 0..8), sums in prop::collection::vec(any::<[i64; 2]>(), 0..16),
    ) {
        let lines: Vec<Line> = figures.into_iter().map(wild).collect();
        let numbers = lines.iter().map(|line| line.number).cycle();
        let effects: Vec<Effect> = numbers
            .zip(sums)
            .flat_map(|(number, [off, price])| [discount(number, off), effect(number, EffectKind::MinimumPrice(Kopecks(price)))])
            .collect();
        let sale = with_effects(&lines, &effects, 1_000);
        let reasons = sale.reasons.iter().chain(sale.lines.iter().flat_map(|line| &line.reasons));
        prop_assert!(reasons.map(ToString::to_string).all(|sentence| !sentence.is_empty()));
    }
}
