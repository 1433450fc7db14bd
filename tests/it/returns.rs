//! Goods that come back with their receipt: line by line or all at once, of whatever sale, once.

use crate::support::{
    App,
    messages::{Hundredths, Receipt as _, Return as _, message, office, pos},
    on_both,
    soap::Reply,
};
use kopilka::domain::moment::Span;

on_both! {
    goods_that_come_back_line_by_line_end_where_one_return_ends,
    a_sale_is_found_by_the_tills_own_name_with_its_shift_or_as_the_only_one_of_its_number,
    goods_of_an_anonymous_sale_come_back_once_though_two_tills_take_them,
    a_till_s_own_name_means_the_same_sale_to_every_operation,
    points_that_lapsed_unused_are_not_taken_again,
    points_that_lapsed_before_a_merge_are_not_taken_after_it,
    in_whatever_order_slices_come_back_the_balance_is_the_same,
    the_lots_that_slices_leave_are_those_that_one_return_leaves,
    a_hold_shields_points_only_until_it_is_released,
    a_shield_that_lapses_gives_back_as_one_that_is_released,
    points_that_another_return_gives_back_go_to_the_sale_that_earned_them,
    buying_and_bringing_back_leaves_the_debt,
    where_only_pending_points_are_taken_a_closed_debt_is_owed_again,
    a_return_that_comes_again_is_told_so_before_anything_else,
    a_return_into_a_full_account_is_refused_and_so_is_its_quote,
    lines_tell_what_was_revoked_in_fact,
    those_who_ask_at_once_do_not_see_each_others_quotes,
    a_refund_comes_in_parts_that_a_registrar_takes,
    a_return_before_its_sale_or_of_long_ago_is_refused,
}

async fn goods_that_come_back_line_by_line_end_where_one_return_ends(app: &App) {
    let receipt = app.receipt("77").of("7000000102").line("A", 3, "333.33").line("B", "1.235", 810);
    let hold = app.reserve_for(receipt.clone(), 500).await.ok().get("reservationId").to_owned();
    let code = app.phone.code("+79160000102", 0).await;
    app.confirm(&hold, &code).await.ok();
    let sold = app.sale_for_points(receipt, &hold, 500).await.ok();
    assert_eq!(sold.all("amountDue").last(), Some(&"1500.34"));
    assert_eq!(sold.get("pointsEarned"), "15.00");
    let sale = sold.get("receiptId");
    let back = |number: &str| pos::ReturnReceipt { till: "M1-02".into(), ..app.returned(sale, number) };
    let take_back = |goods: pos::ReturnReceipt| app.take_back(goods).till("M1-02");
    let quoted = app.quote_return(back("b1").line(1, 1)).await.ok();
    let first = take_back(back("b1").line(1, 1)).await.ok();
    for figure in ["amountRefund", "pointsRestored", "pointsRevoked"] {
        assert_eq!(quoted.get(figure), first.get(figure));
    }
    take_back(back("b1").line(1, 1)).await.refused("RETURN_DUPLICATE");
    app.cancel_receipt(sale).await.refused("RECEIPT_RETURNED");
    take_back(back("b2").line(1, "2.001")).await.refused("RETURN_OVER_SOLD");
    let rest = take_back(back("b3")).await.ok();
    let sum = |figure: fn(&pos::ReturnResult) -> i64| {
        let of = |reply: &Reply| figure(&reply.read("return"));
        of(&first) + of(&rest)
    };
    assert_eq!(sum(|done| done.amount_refund.unwrap().0), 150_034);
    assert_eq!(sum(|done| done.points_restored.unwrap().0), 50_000);
    assert_eq!(sum(|done| done.points_revoked.unwrap().0), 1_500);
    assert_eq!(app.balance("7000000102").await.ok().get("available"), "1200.00");
    take_back(back("b4")).await.refused("RETURN_NOTHING_LEFT");
}

async fn a_sale_is_found_by_the_tills_own_name_with_its_shift_or_as_the_only_one_of_its_number(app: &App) {
    app.sell("31", "7000000101", 1_000).await.ok();
    let quote = |shift: Option<&str>| {
        let shift = shift.map(str::to_owned);
        let original = message!(pos::ReceiptReference { till: "M1-01", shift, number: "31", date: "2026-11-21" });
        app.quote_return(message!(pos::ReturnReceipt { original, till: "M1-02", number: "v", at: app.now() }))
    };
    for shift in [Some("1"), None] {
        assert_eq!(quote(shift).await.ok().get("pointsRevoked"), "10.00");
    }
    quote(Some("2")).await.refused("RECEIPT_UNKNOWN");
    // The same number in another shift of the day: now the shift has to be said.
    let receipt = pos::Receipt { shift: Some("2".into()), ..app.receipt("31").roubles(500) };
    app.sale(receipt).key("другая смена").await.ok();
    quote(None).await.refused("RECEIPT_UNKNOWN");
    quote(Some("1")).await.ok();
}

async fn a_till_s_own_name_means_the_same_sale_to_every_operation(app: &App) {
    app.sell("41", "7000000101", 1_000).await.ok();
    // Store, till, shift, number and day, and what each operation says to them.
    let right = ("M1", "M1-01", "1", "41", "2026-11-21");
    let names = [
        (right, "OK"),
        (("", "M1-01", "", "41", "2026-11-21"), "OK"),
        ((" M1 ", "M1-01", "1", "41", "2026-11-21"), "OK"),
        (("M2", "M1-01", "1", "41", "2026-11-21"), "RECEIPT_UNKNOWN"),
        (("M9", "M1-01", "1", "41", "2026-11-21"), "STORE_UNKNOWN"),
        (("X1", "M1-01", "1", "41", "2026-11-21"), "STORE_UNKNOWN"),
        (("M1", "M1-02", "1", "41", "2026-11-21"), "RECEIPT_UNKNOWN"),
        (("M1", "X1-01", "1", "41", "2026-11-21"), "RECEIPT_UNKNOWN"),
        (("M1", "M1-01", "2", "41", "2026-11-21"), "RECEIPT_UNKNOWN"),
        (("M1", "M1-01", "1", "42", "2026-11-21"), "RECEIPT_UNKNOWN"),
        (("M1", "M1-01", "1", "41", "2026-11-20"), "RECEIPT_UNKNOWN"),
    ];
    let ask = async |(store, till, shift, number, date): (&str, &str, &str, &str, &str), take_back: bool| {
        let original = message!(pos::ReceiptReference { store, till, shift, number, date });
        let back = message!(pos::ReturnReceipt {
            original: original.clone(),
            till: "M1-02",
            shift: "1",
            number: "b",
            at: app.now()
        });
        let mut codes = vec![
            app.pos(message!(pos::GetReceipt { original })).await.code().to_owned(),
            app.quote_return(back.clone()).await.code().to_owned(),
        ];
        if take_back {
            codes.push(app.take_back(back).till("M1-02").await.code().to_owned());
        }
        codes
    };
    for (name, code) in names {
        let codes = ask(name, code != "OK").await;
        assert!(codes.iter().all(|said| said == code), "{name:?}: {codes:?}");
    }
    // The till has moved since; the sale was where it was.
    let roles = office::TillRoles { role: vec!["till".into()] };
    let (login, password) = ("переезд", "секрет-9999");
    let till_settings = message!(office::Till { store: "M2", till: "M1-01", login, password, roles });
    app.office(message!(office::SaveTill { till_settings })).await.ok();
    assert_eq!(ask(("M2", "M1-01", "1", "41", "2026-11-21"), true).await, ["RECEIPT_UNKNOWN"; 3]);
    assert_eq!(ask(right, true).await, ["OK"; 3]);
}

async fn goods_of_an_anonymous_sale_come_back_once_though_two_tills_take_them(app: &App) {
    for number in 0..8 {
        let sold = app.sell(format!("N-{number}"), "", 500).await.ok().get("receiptId").to_owned();
        let one = app.take_back(app.returned(&sold, format!("one-{number}")));
        let two = app.take_back(app.returned(&sold, format!("two-{number}")));
        let (one, two) = tokio::join!(one.send(), two.send());
        let mut codes = [one.code().to_owned(), two.code().to_owned()];
        codes.sort_unstable();
        assert_eq!(codes, ["OK", "RETURN_NOTHING_LEFT"]);
    }
}

/// Sells for so many roubles and answers the receipt's id.
async fn sell(app: &App, number: &str, identifier: &str, roubles: i32) -> String {
    app.sell(number, identifier, roubles).await.ok().get("receiptId").to_owned()
}

/// Brings back what is left of a sale, or one line of it.
async fn bring_back(app: &App, sale: &str, number: &str, line: Option<i32>) -> Reply {
    let goods = app.returned(sale, number);
    app.take_back(line.into_iter().fold(goods, |goods, line| goods.line(line, 1))).await.ok()
}

/// What is available, and what is owed.
async fn balance(app: &App, identifier: &str) -> (String, String) {
    let balance = app.balance(identifier).await.ok();
    (balance.get("available").to_owned(), balance.get("debt").to_owned())
}

fn sums(available: &str, debt: &str) -> (String, String) {
    (available.to_owned(), debt.to_owned())
}

async fn points_that_lapsed_unused_are_not_taken_again(app: &App) {
    app.points_live(1).await;
    let returned = sell(app, "L-1", "7000000101", 10_000).await;
    let cancelled = sell(app, "L-2", "7000000101", 20_000).await;
    assert_eq!(balance(app, "7000000101").await, sums("800.00", "0.00"));
    app.advance(Span::days(3));
    assert_eq!(balance(app, "7000000101").await, sums("500.00", "0.00"));
    let back = bring_back(app, &returned, "b1", None).await;
    assert_eq!((back.get("pointsRevoked"), back.all("pointsRevoked")), ("0.00", vec!["0.00", "0.00"]));
    assert_eq!(app.cancel_receipt(&cancelled).await.ok().get("pointsRevoked"), "0.00");
    assert_eq!(balance(app, "7000000101").await, sums("500.00", "0.00"));
    // Of what was spent and lapsed in part, only what was spent is owed.
    app.adjust("7000000101", -500).await.ok();
    let last = sell(app, "L-3", "7000000101", 10_000).await;
    app.spend("L-4", "7000000101", 60).await;
    app.advance(Span::days(3));
    assert_eq!(balance(app, "7000000101").await, sums("0.00", "0.00"));
    let back = bring_back(app, &last, "b2", None).await;
    assert_eq!((back.get("pointsRevoked"), back.get("debt")), ("60.00", "60.00"));
}

async fn points_that_lapsed_before_a_merge_are_not_taken_after_it(app: &App) {
    app.points_live(1).await;
    let sale = sell(app, "L-1", "7000000101", 10_000).await;
    app.advance(Span::days(3));
    let reason = "обращение клиента";
    let merge = message!(office::MergeCustomers { identifier: "7000000101", into_identifier: "7000000102", reason });
    app.office(merge).await.ok();
    assert_eq!(bring_back(app, &sale, "b1", None).await.get("pointsRevoked"), "0.00");
    assert_eq!(balance(app, "7000000102").await, sums("1700.00", "0.00"));
}

/// Line 1 earns 100 points and takes none as payment; line 2 earns none and is paid for by 500.
async fn buy_two_lines(app: &App, number: &str, identifier: &str) -> String {
    let mut receipt = app.receipt(number).of(identifier).line("A", 1, 10_000).line("B", 1, 1_000);
    receipt.lines.line[0].no_spend = Some(true);
    receipt.lines.line[1].no_earn = Some(true);
    let hold = app.reserve_for(receipt.clone(), 500).await.ok().get("reservationId").to_owned();
    app.sale_for_points(receipt, &hold, 500).await.ok().get("receiptId").to_owned()
}

async fn in_whatever_order_slices_come_back_the_balance_is_the_same(app: &App) {
    app.take_back_by("within_balance").await;
    app.adjust("7000000102", -700).await.ok();
    for (name, card, slices) in [("a", "7000000101", [1, 2]), ("b", "7000000102", [2, 1])] {
        let sale = buy_two_lines(app, &format!("S-{name}"), card).await;
        app.spend(&format!("T-{name}"), card, 100).await;
        let mut revoked = 0;
        for line in slices {
            let back = bring_back(app, &sale, &format!("{name}-{line}"), Some(line)).await;
            revoked += back.read::<pos::ReturnResult>("return").points_revoked.unwrap().0;
        }
        assert_eq!((revoked, balance(app, card).await), (10_000, sums("400.00", "0.00")), "{name}");
    }
}

async fn the_lots_that_slices_leave_are_those_that_one_return_leaves(app: &App) {
    app.take_back_by("unlimited").await;
    app.adjust("7000000102", -700).await.ok();
    let buyers = [("a", "7000000101", vec![Some(1), Some(2)]), ("b", "7000000102", vec![None])];
    let mut sales = Vec::new();
    for (name, card, _) in &buyers {
        // 500 points that lapse in a year are spent, and 100 that were earned as well.
        sales.push(buy_two_lines(app, &format!("S-{name}"), card).await);
        app.spend(&format!("T-{name}"), card, 100).await;
    }
    app.advance(Span::days(1));
    let mut left = Vec::new();
    for ((name, card, slices), sale) in buyers.into_iter().zip(sales) {
        // 150 live a day longer.
        app.adjust(card, 150).await.ok();
        for line in slices {
            bring_back(app, &sale, &format!("{name}-{line:?}"), line).await;
        }
        let balance = app.balance(card).await.ok();
        left.push((balance.get("expiries").to_owned(), balance.get("available").to_owned()));
    }
    assert_eq!(left[0], left[1]);
    assert_eq!(left[0].1, "550.00");
}

async fn a_hold_shields_points_only_until_it_is_released(app: &App) {
    app.take_back_by("within_balance").await;
    let sale = sell(app, "S", "7000000101", 10_000).await;
    let hold = app.reserve("h", "7000000101", 2_000, 600).await.ok().get("reservationId").to_owned();
    let back = bring_back(app, &sale, "b", None).await;
    assert_eq!((back.get("pointsRevoked"), back.get("debt")), ("0.00", "0.00"));
    // What is earned meanwhile has nothing to do with it.
    sell(app, "N", "7000000101", 1_000).await;
    app.release(&hold).await.ok();
    assert_eq!(balance(app, "7000000101").await, sums("510.00", "0.00"));
    let statement = app.statement("7000000101", "2026-01-01", "2027-01-01").await.ok();
    assert!(statement.body.contains("отозвано 100 баллов, начисленных за него"), "{}", statement.body);
}

async fn a_shield_that_lapses_gives_back_as_one_that_is_released(app: &App) {
    app.take_back_by("within_balance").await;
    let sale = sell(app, "S", "7000000101", 10_000).await;
    app.reserve("h", "7000000101", 2_000, 600).await.ok();
    bring_back(app, &sale, "b", None).await;
    app.advance(Span::minutes(11));
    assert_eq!(balance(app, "7000000101").await, sums("500.00", "0.00"));
    // The same where a return of the very sale is what finds the hold lapsed: it takes only what is its own.
    let sale = sell(app, "U", "7000000101", 10_000).await;
    app.reserve("h2", "7000000101", 2_000, 600).await.ok();
    app.take_back(app.returned(&sale, "c1").line(1, "0.4")).await.ok();
    app.advance(Span::minutes(11));
    let rest = bring_back(app, &sale, "c2", None).await;
    assert_eq!((rest.get("pointsRevoked"), rest.get("available")), ("60.00", "500.00"));
}

async fn points_that_another_return_gives_back_go_to_the_sale_that_earned_them(app: &App) {
    app.take_back_by("within_balance").await;
    app.spend("A", "7000000101", 500).await;
    let earner = sell(app, "S", "7000000101", 10_000).await;
    let spender = app.spend("T", "7000000101", 100).await;
    assert_eq!(bring_back(app, &earner, "b1", None).await.get("pointsRevoked"), "0.00");
    let back = bring_back(app, &spender, "b2", None).await;
    assert_eq!((back.get("pointsRestored"), back.get("pointsRevoked")), ("100.00", "0.00"));
    assert_eq!(balance(app, "7000000101").await, sums("0.00", "0.00"));
}

async fn buying_and_bringing_back_leaves_the_debt(app: &App) {
    app.take_back_by("unlimited").await;
    let first = sell(app, "D", "7000000101", 10_000).await;
    app.spend("T", "7000000101", 600).await;
    bring_back(app, &first, "b1", None).await;
    assert_eq!(balance(app, "7000000101").await, sums("0.00", "100.00"));
    for policy in ["within_balance", "unlimited"] {
        app.take_back_by(policy).await;
        let sale = sell(app, &format!("E-{policy}"), "7000000101", 15_000).await;
        assert_eq!(balance(app, "7000000101").await, sums("50.00", "0.00"));
        let back = bring_back(app, &sale, policy, None).await;
        assert_eq!(back.get("pointsRevoked"), "150.00", "{policy}");
        assert_eq!(balance(app, "7000000101").await, sums("0.00", "100.00"), "{policy}");
        let cancelled = sell(app, &format!("F-{policy}"), "7000000101", 15_000).await;
        app.cancel_receipt(&cancelled).await.ok();
        assert_eq!(balance(app, "7000000101").await, sums("0.00", "100.00"), "{policy}");
    }
}

async fn where_only_pending_points_are_taken_a_closed_debt_is_owed_again(app: &App) {
    app.take_back_by("unlimited").await;
    let first = sell(app, "D", "7000000101", 10_000).await;
    app.spend("T", "7000000101", 600).await;
    bring_back(app, &first, "b1", None).await;
    assert_eq!(balance(app, "7000000101").await, sums("0.00", "100.00"));
    app.take_back_by("only_pending").await;
    let whole = sell(app, "E", "7000000101", 10_000).await;
    assert_eq!(balance(app, "7000000101").await, sums("0.00", "0.00"));
    assert_eq!(bring_back(app, &whole, "b2", None).await.get("pointsRevoked"), "100.00");
    assert_eq!(balance(app, "7000000101").await, sums("0.00", "100.00"));
    // In slices, and what was above the debt stays the customer's.
    let sale = sell(app, "F", "7000000101", 15_000).await;
    assert_eq!(balance(app, "7000000101").await, sums("50.00", "0.00"));
    for (number, quantity) in [("c1", "0.4"), ("c2", "0.4"), ("c3", "0.2")] {
        app.take_back(app.returned(&sale, number).line(1, quantity)).await.ok();
    }
    assert_eq!(balance(app, "7000000101").await, sums("0.00", "50.00"));
    let cancelled = sell(app, "G", "7000000101", 5_000).await;
    app.cancel_receipt(&cancelled).await.ok();
    assert_eq!(balance(app, "7000000101").await, sums("0.00", "50.00"));
}

async fn a_return_that_comes_again_is_told_so_before_anything_else(app: &App) {
    let fiscal = |fd: &str| Some(message!(pos::Fiscal { drive: "9960440300000001", fd, fp: "1" }));
    let receipt = pos::Receipt { fiscal: fiscal("1"), ..app.receipt("S").of("7000000101").roubles(1_000) };
    let sale = app.sale(receipt.clone()).await.ok().get("receiptId").to_owned();
    let back = |number: &str, fd: &str| pos::ReturnReceipt { fiscal: fiscal(fd), ..app.returned(&sale, number) };
    app.take_back(back("b", "2")).await.ok();
    // The whole is back: that nothing is left is the last that such a till has to hear.
    app.take_back(back("b", "2")).await.refused("RETURN_DUPLICATE");
    app.take_back(back("b", "3")).await.refused("RETURN_DUPLICATE");
    app.take_back(back("c", "2")).await.refused("FISCAL_DUPLICATE");
    app.take_back(back("c", "1")).await.refused("FISCAL_DUPLICATE");
    app.take_back(back("c", "3")).await.refused("RETURN_NOTHING_LEFT");
    let unknown = pos::ReturnReceipt { receipt_id: Some("9999999999".into()), ..back("b", "3") };
    app.take_back(unknown).await.refused("RETURN_DUPLICATE");
    // Of a sale it is the same order.
    app.sale(receipt.clone()).await.refused("RECEIPT_DUPLICATE");
    app.sale(pos::Receipt { number: "U".into(), ..receipt }).await.refused("FISCAL_DUPLICATE");
}

async fn a_return_into_a_full_account_is_refused_and_so_is_its_quote(app: &App) {
    app.take_back_by("unlimited").await;
    let sale = app.spend("S", "7000000101", 400).await;
    app.adjust("7000000101", "999999899.99").await.ok();
    app.quote_return(app.returned(&sale, "b")).await.refused("POINTS_TOO_MANY");
    app.take_back(app.returned(&sale, "b")).await.refused("POINTS_TOO_MANY");
    app.cancel_receipt(&sale).await.refused("POINTS_TOO_MANY");
    assert_eq!(balance(app, "7000000101").await, sums("999999999.99", "0.00"));
    app.adjust("7000000101", -400).await.ok();
    assert_eq!(app.quote_return(app.returned(&sale, "b")).await.ok().get("total"), "999999999.99");
    assert_eq!(bring_back(app, &sale, "b", None).await.get("pointsRestored"), "400.00");
}

async fn lines_tell_what_was_revoked_in_fact(app: &App) {
    app.take_back_by("only_pending").await;
    let receipt = app.receipt("S").of("7000000101").line("A", 1, 1_000).line("B", 1, 2_000);
    let sale = app.sale(receipt).await.ok().get("receiptId").to_owned();
    let back = bring_back(app, &sale, "b", None).await;
    assert_eq!(back.all("pointsRevoked"), ["0.00", "0.00", "0.00"]);
    app.take_back_by("within_balance").await;
    let receipt = app.receipt("T").of("7000000101").line("A", 1, 1_000).line("B", 1, 2_000);
    let sale = app.sale(receipt).await.ok().get("receiptId").to_owned();
    app.spend("U", "7000000101", 545).await;
    // Of 30 that were earned, 15 are there.
    let quoted = app.quote_return(app.returned(&sale, "c")).await.ok();
    let back = bring_back(app, &sale, "c", None).await;
    assert_eq!(back.all("pointsRevoked"), ["15.00", "5.00", "10.00"]);
    assert_eq!(quoted.all("pointsRevoked"), back.all("pointsRevoked"));
}

async fn those_who_ask_at_once_do_not_see_each_others_quotes(app: &App) {
    let sale = sell(app, "S", "7000000101", 10_000).await;
    for _ in 0..20 {
        let (quote, look) = (app.quote_return(app.returned(&sale, "b")), app.balance("7000000101"));
        let (one, seen, two) = tokio::join!(quote.send(), look.send(), quote.send());
        assert_eq!(seen.ok().get("available"), "600.00");
        assert_eq!([one.ok().get("available"), two.ok().get("available")], ["500.00", "500.00"]);
    }
}

async fn a_refund_comes_in_parts_that_a_registrar_takes(app: &App) {
    let mut receipt = app.receipt("P").of("7000000101").line("A", 7, "11.11");
    let line = &mut receipt.lines.line[0];
    (line.discount_granted, line.sum) = (Some(Hundredths(5)), Hundredths(7_772));
    let sale = app.sale(receipt).await.ok().get("receiptId").to_owned();
    let quoted: pos::ReturnResult = app.quote_return(app.returned(&sale, "b")).await.ok().read("return");
    let back: pos::ReturnResult = app.take_back(app.returned(&sale, "b")).await.ok().read("return");
    let [line] = back.lines.line.try_into().unwrap();
    assert_eq!((line.amount_refund.0, &line.parts), (7_772, &quoted.lines.line[0].parts));
    let parts: Vec<_> = line.parts.part.iter().map(|part| (part.quantity.0, part.price.0, part.sum.0)).collect();
    assert_eq!(parts, [(5_000, 1_110, 5_550), (2_000, 1_111, 2_222)]);
}

async fn a_return_before_its_sale_or_of_long_ago_is_refused(app: &App) {
    let sale = sell(app, "S", "7000000101", 1_000).await;
    let back = |at: &str| pos::ReturnReceipt { at: at.parse().unwrap(), ..app.returned(&sale, "b") };
    app.take_back(back("2026-11-20T12:00:00")).await.refused("RETURN_BEFORE_SALE");
    app.quote_return(back("2026-11-21T11:49:59")).await.refused("RETURN_BEFORE_SALE");
    // The clocks of two tills may differ by ten minutes.
    app.quote_return(back("2026-11-21T11:50:00")).await.ok();
    app.take_back(back("2026-10-22T11:59:59")).await.refused("RECEIPT_TOO_OLD");
    app.advance(Span::days(31));
    app.take_back(back("2026-11-21T12:30:00")).await.refused("RECEIPT_TOO_OLD");
    assert_eq!(app.take_back(app.returned(&sale, "c")).await.ok().get("amountRefund"), "1000.00");
}
