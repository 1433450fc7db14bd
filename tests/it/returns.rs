//! Goods that come back with their receipt: line by line or all at once, of whatever sale, once.

use crate::support::{
    App,
    messages::{Receipt as _, Return as _, message, office, pos},
    on_both,
    soap::Reply,
};

on_both! {
    goods_that_come_back_line_by_line_end_where_one_return_ends,
    a_sale_is_found_by_the_tills_own_name_with_its_shift_or_as_the_only_one_of_its_number,
    goods_of_an_anonymous_sale_come_back_once_though_two_tills_take_them,
    a_till_s_own_name_means_the_same_sale_to_every_operation,
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
