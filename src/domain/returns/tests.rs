//! What returns give back, by example and by random series of them.

use proptest::prelude::*;

use super::*;

fn three_for_ten() -> SoldLine {
    SoldLine {
        number: 1,
        quantity: Quantity(3_000),
        amount_due: Kopecks(1_000),
        points_as_money: Kopecks(500),
        points_earned: Points(10),
        price: None,
        returned_quantity: Quantity::ZERO,
    }
}

/// Invariant 23: what a fiscal registrar takes.
fn assert_printable(back: &ReturnedLine) {
    assert_eq!(back.parts.iter().map(|part| part.quantity).sum::<Quantity>(), back.quantity, "{back:?}");
    assert_eq!(back.parts.iter().map(|part| part.sum).sum::<Kopecks>(), back.amount_refund, "{back:?}");
    for part in &back.parts {
        let exact = scaled(part.price.0, part.quantity.0, 1_000, Rounding::HalfUp);
        let error_max = i64::from(!part.quantity.is_whole());
        assert!((exact - part.sum.0).abs() <= error_max, "{back:?}");
        assert!(part.quantity.is_positive() && part.price >= Kopecks::ZERO, "{back:?}");
    }
}

#[test]
fn a_refund_that_no_price_makes_is_printed_in_two_parts() {
    // 7 × 11,11 less 0,05: at 11,10 it is two kopecks short, at 11,11 five over.
    let sold = SoldLine {
        quantity: Quantity(7_000),
        amount_due: Kopecks(7_772),
        points_as_money: Kopecks::ZERO,
        ..three_for_ten()
    };
    let back = whole(&[sold]).unwrap();
    let parts = &back.lines.first().unwrap().parts;
    let told: Vec<_> = parts.iter().map(|part| (part.quantity.0, part.price.0, part.sum.0)).collect();
    assert_eq!(told, [(5_000, 1_110, 5_550), (2_000, 1_111, 2_222)]);
}

#[test]
fn a_refund_is_printed_at_the_price_of_the_sale_where_that_fits() {
    let sold = SoldLine { price: Some(Kopecks(333)), ..three_for_ten() };
    // Three pieces do not make 10,00 at any one price.
    for (quantity, prices) in [(1_000, &[333][..]), (2_000, &[333]), (3_000, &[333, 334])] {
        let back = part_of(&sold, Quantity(quantity)).unwrap();
        assert_eq!(back.parts.iter().map(|part| part.price.0).collect::<Vec<_>>(), prices);
        assert_printable(&back);
    }
}

#[test]
fn the_lines_tell_what_was_taken_in_fact() {
    let lines = [three_for_ten(), SoldLine { number: 2, points_earned: Points(5), ..three_for_ten() }];
    let told = |revoked: i64| {
        let back = whole(&lines).unwrap().taking(Points(revoked));
        assert_eq!(back.points_revoked, back.lines.iter().map(|line| line.points_revoked).sum());
        back.lines.iter().map(|line| line.points_revoked.0).collect::<Vec<_>>()
    };
    assert_eq!([told(15), told(0), told(6), told(30)], [[10, 5], [0, 0], [4, 2], [20, 10]]);
    let nothing_earned = SoldLine { points_earned: Points::ZERO, ..three_for_ten() };
    let back = whole(&[nothing_earned]).unwrap().taking(Points(7));
    assert_eq!(back.lines.first().unwrap().points_revoked, Points(7));
}

fn with_returned(sold: SoldLine, returned_quantity: Quantity) -> SoldLine {
    SoldLine { returned_quantity, ..sold }
}

#[test]
fn the_last_piece_carries_what_the_others_left() {
    let refunds = [0, 1_000, 2_000].map(|returned| {
        part_of(&with_returned(three_for_ten(), Quantity(returned)), Quantity(1_000)).unwrap().amount_refund
    });
    assert_eq!(refunds, [Kopecks(333), Kopecks(333), Kopecks(334)]);
}

#[test]
fn more_than_is_left_is_refused_and_told() {
    let sold = with_returned(three_for_ten(), Quantity(2_000));
    let problem = part_of(&sold, Quantity(1_001)).unwrap_err();
    assert_eq!(problem, ReturnProblem::MoreThanLeft { line: 1, left: Quantity(1_000) });
    assert_eq!(problem.to_string(), "Строка 1: вернуть можно не больше 1,000.");
}

#[test]
fn nothing_and_less_than_nothing_are_refused() {
    for quantity in [Quantity::ZERO, Quantity(-1)] {
        assert_eq!(part_of(&three_for_ten(), quantity), Err(ReturnProblem::NoQuantity { line: 1 }));
    }
}

#[test]
fn an_unknown_line_and_a_line_asked_twice_are_refused() {
    let one = Quantity(1_000);
    let sold = [three_for_ten()];
    assert_eq!(calculate(&sold, &[(2, one)]), Err(ReturnProblem::UnknownLine { line: 2 }));
    assert_eq!(calculate(&sold, &[(1, one), (1, one)]), Err(ReturnProblem::AskedTwice { line: 1 }));
}

#[test]
fn nothing_asked_means_everything_left_and_skips_what_was_returned() {
    let gone = with_returned(SoldLine { number: 2, ..three_for_ten() }, Quantity(3_000));
    let part = with_returned(SoldLine { number: 3, ..three_for_ten() }, Quantity(1_000));
    let back = calculate(&[three_for_ten(), gone, part], &[]).unwrap();
    assert_eq!(back.lines.iter().map(|line| line.number).collect::<Vec<_>>(), vec![1, 3]);
    assert_eq!(back.amount_refund, Kopecks(1_000 + 667));
    assert_eq!(back.points_restored, Points(500 + 334));
    assert_eq!(back.points_revoked, Points(10 + 7));
}

#[test]
fn a_receipt_returned_before_has_nothing_left_whatever_is_asked() {
    let gone = [with_returned(three_for_ten(), Quantity(3_000))];
    assert_eq!(calculate(&gone, &[]), Err(ReturnProblem::NothingLeft));
    assert_eq!(calculate(&gone, &[(1, Quantity(1_000))]), Err(ReturnProblem::NothingLeft));
    assert_eq!(whole(&[]), Err(ReturnProblem::NothingLeft));
}

#[test]
fn goods_that_were_free_can_be_returned() {
    let free = SoldLine {
        amount_due: Kopecks::ZERO,
        points_as_money: Kopecks::ZERO,
        points_earned: Points::ZERO,
        ..three_for_ten()
    };
    let back = whole(&[free]).unwrap();
    assert_eq!((back.amount_refund, back.points_restored), (Kopecks::ZERO, Points::ZERO));
    assert_eq!(back.lines.first().unwrap().quantity, Quantity(3_000));
}

fn sold() -> impl Strategy<Value = SoldLine> {
    let quantity = prop_oneof![Just(1), 1..5_000i64, (1..1_000i64).prop_map(|n| n * 1_000), Just(999_999_999)];
    let amount = || prop_oneof![Just(0i64), 0..100_000i64, Just(99_999_999_999)];
    (quantity, amount(), amount(), amount()).prop_map(|(quantity, due, spent, earned)| SoldLine {
        number: 7,
        quantity: Quantity(quantity),
        amount_due: Kopecks(due),
        points_as_money: Kopecks(spent),
        points_earned: Points(earned),
        price: None,
        returned_quantity: Quantity::ZERO,
    })
}

proptest! {
    /// Invariants 28 and 29.
    #[test]
    fn any_series_of_returns_ends_where_one_ends(
        sold in sold(), steps in prop::collection::vec(1..2_000i64, 0..12),
    ) {
        let whole_at_once = whole(&[sold]).unwrap();
        let mut line = sold;
        let mut taken = (Kopecks::ZERO, Points::ZERO, Points::ZERO);
        let last = i64::MAX;
        for step in steps.into_iter().chain([last]) {
            let left = line.quantity.minus(line.returned_quantity);
            let quantity = Quantity(step.saturating_mul(line.quantity.0 / 4_000 + 1)).min(left);
            if quantity.is_zero() {
                break;
            }
            let back = part_of(&line, quantity).unwrap();
            prop_assert!(back.amount_refund >= Kopecks::ZERO);
            assert_printable(&back);
            prop_assert!(back.points_restored >= Points::ZERO && back.points_revoked >= Points::ZERO);
            taken = (
                taken.0.plus(back.amount_refund),
                taken.1.plus(back.points_restored),
                taken.2.plus(back.points_revoked),
            );
            prop_assert!(taken.0 <= sold.amount_due);
            line.returned_quantity = line.returned_quantity.plus(quantity);
        }
        prop_assert_eq!(line.returned_quantity, sold.quantity);
        let ReturnCalculation { amount_refund, points_restored, points_revoked, .. } = whole_at_once;
        prop_assert_eq!(taken, (amount_refund, points_restored, points_revoked));
        let nothing_left = ReturnProblem::MoreThanLeft { line: 7, left: Quantity::ZERO };
        prop_assert_eq!(part_of(&line, Quantity(1)), Err(nothing_left));
    }

    /// Invariant 30: a whole return gives back exactly what the sale took and takes back what it gave.
    #[test]
    fn a_whole_return_undoes_the_sale(sold in prop::collection::vec(sold(), 1..20)) {
        let back = whole(&sold).unwrap();
        prop_assert_eq!(back.amount_refund, sold.iter().map(|line| line.amount_due).sum());
        prop_assert_eq!(back.points_restored, sold.iter().map(|line| line.points_as_money.as_points()).sum());
        prop_assert_eq!(back.points_revoked, sold.iter().map(|line| line.points_earned).sum());
    }

    #[test]
    fn no_figures_make_it_fail(
        figures in any::<[i64; 5]>(),
        quantity in any::<i64>(),
    ) {
        let [sold_quantity, due, spent, earned, returned] = figures;
        let sold = SoldLine {
            number: 1,
            quantity: Quantity(sold_quantity),
            amount_due: Kopecks(due),
            points_as_money: Kopecks(spent),
            points_earned: Points(earned),
            price: None,
            returned_quantity: Quantity(returned),
        };
        // Figures that no sale has are refused or answered, never overflown; what is answered is no more than was paid.
        if let Ok(back) = calculate(&[sold], &[(1, Quantity(quantity))])
            && due >= 0
            && (0..=sold_quantity).contains(&returned)
        {
            prop_assert!((0..=due).contains(&back.amount_refund.0), "{back:?}");
        }
    }
}
