//! Sales: registered once by any name, cancelled as if they had never been.

mod claims;

use crate::{
    books::{self, explain::kopilka},
    support::{
        App,
        calls::Call,
        messages::{DateTime, Field as _, Programme as _, Receipt as _, Return as _, message, office, pos},
        on_both,
        soap::Reply,
    },
};
use kopilka::domain::moment::Span;

on_both! {
    an_anonymous_sale_always_works,
    a_receipt_is_registered_once_by_any_name,
    a_fiscal_document_is_one_however_it_is_written,
    a_fiscal_document_that_is_no_number_is_refused,
    a_date_does_not_hasten_points,
    a_sale_keeps_the_version_of_the_rules_that_it_was_calculated_by,
    a_till_s_names_have_one_spelling,
    a_changed_quote_is_shown_and_not_registered,
    no_account_holds_more_than_the_contract_can_tell,
    a_sale_answers_every_coupon_and_accepted_offer,
    a_cancelled_receipt_never_was,
    another_store_cancels_nothing_and_the_office_everything,
    a_sale_is_cancelled_by_its_key_once,
    a_receipt_is_found_by_id_or_by_till_details_with_the_returnable_rest,
    a_receipt_keeps_what_the_till_said_of_its_lines,
    a_cancelled_receipt_has_nothing_to_return_and_an_anonymous_one_no_customer,
    a_customer_is_shown_as_the_role_may_see_it_and_to_its_own_network,
}

async fn an_anonymous_sale_always_works(app: &App) {
    let sold = app.sell("1", "", 1_000).await.ok();
    assert_eq!((sold.get("pointsEarned"), sold.find("available")), ("0.00", None));
}

async fn a_receipt_is_registered_once_by_any_name(app: &App) {
    let sale = |number| {
        let fiscal = message!(pos::Fiscal { drive: "9960440300000001", fd: "15", fp: "777" });
        let receipt = app.receipt(number).of("7000000101").roubles(100);
        app.sale(pos::Receipt { fiscal: Some(fiscal), ..receipt })
    };
    let first = sale("1").await.ok();
    let refused = sale("1").await.refused("RECEIPT_DUPLICATE");
    assert!(refused.get("message").contains(first.get("receiptId")));
    sale("2").await.refused("FISCAL_DUPLICATE");
    assert_eq!(app.balance("7000000101").await.ok().get("available"), "501.00");
}

/// A fiscal document of the first day's drive.
fn fiscal(fd: &str, fp: &str) -> Option<pos::Fiscal> {
    Some(message!(pos::Fiscal { drive: "9960440300000001", fd, fp }))
}

async fn a_fiscal_document_is_one_however_it_is_written(app: &App) {
    let sale = |number: &str, fiscal: Option<pos::Fiscal>| {
        app.sale(pos::Receipt { fiscal, ..app.receipt(number).of("7000000101").roubles(1_000) })
    };
    let first = sale("1", fiscal("15", "777")).await.ok().get("receiptId").to_owned();
    let spelt = message!(pos::Fiscal { drive: "09960440300000001\u{a0}", fd: " 00015", fp: "0778" });
    let refused = sale("2", Some(spelt.clone())).await.refused("FISCAL_DUPLICATE");
    assert!(refused.get("message").contains(&format!("чек {first}")), "{}", refused.body);
    // Nor is it a return's; and a return's is nobody else's.
    let back = |number: &str, fiscal: Option<pos::Fiscal>| {
        app.take_back(pos::ReturnReceipt { fiscal, ..app.returned(&first, number).line(1, "0.1") })
    };
    back("b1", Some(spelt.clone())).await.refused("FISCAL_DUPLICATE");
    let returned = back("b2", fiscal("16", "1")).await.ok().get("returnId").to_owned();
    back("b3", fiscal("016", "2")).await.refused("FISCAL_DUPLICATE");
    let refused = sale("3", fiscal("0016", "1")).await.refused("FISCAL_DUPLICATE");
    assert!(refused.get("message").contains(&format!("возврат {returned}")), "{}", refused.body);
    let goods =
        message!(pos::ReturnWithoutReceipt {
            till: "M1-01", number: "w1", at: app.now(), reason: "Чек утерян"
        });
    let freely = |number: &str, fd: &str| {
        let goods = pos::ReturnWithoutReceipt { number: number.into(), fiscal: fiscal(fd, "1"), ..goods.clone() };
        let goods_return = goods.line("A", 1, 10);
        app.pos(message!(pos::RegisterReturnWithoutReceipt { goods_return })).by("senior")
    };
    freely("w1", "16 ").await.refused("FISCAL_DUPLICATE");
    freely("w2", "17").await.ok();
    sale("4", fiscal("17", "1")).await.refused("FISCAL_DUPLICATE");
    // Another partner learns no number of a receipt that is not its own.
    let foreign = pos::Receipt { till: "X1-01".into(), fiscal: Some(spelt), ..app.receipt("5").roubles(10) };
    let refused = app.sale(foreign).till("X1-01").by("other").await.refused("FISCAL_DUPLICATE");
    assert!(!refused.get("message").contains(|c: char| c.is_ascii_digit()), "{}", refused.body);
    // A cancelled sale has none any more, and whoever got it then keeps it.
    let cancelled = sale("6", fiscal("18", "1")).await.ok().get("receiptId").to_owned();
    app.cancel_receipt(&cancelled).await.ok();
    sale("7", fiscal("018", "1")).await.ok();
    sale("8", fiscal("18", "1")).await.refused("FISCAL_DUPLICATE");
}

async fn a_fiscal_document_that_is_no_number_is_refused(app: &App) {
    let sold = app.sell("1", "7000000101", 1_000).await.ok().get("receiptId").to_owned();
    for (drive, fd, fp, part) in [
        ("99O0440300000001", "15", "777", "номер фискального накопителя (fn)"),
        ("9960440300000001", "№15", "777", "номер фискального документа (fd)"),
        ("9960440300000001", "15", "7a", "фискальный признак (fp)"),
        ("\u{a0}", "15", "777", "номер фискального накопителя (fn)"),
        ("9960440300000001", "\u{a0}\u{2009}", "777", "номер фискального документа (fd)"),
        ("9960440300000001", "15", "\u{a0}", "фискальный признак (fp)"),
    ] {
        let fiscal = || Some(message!(pos::Fiscal { drive, fd, fp }));
        let sale = app.sale(pos::Receipt { fiscal: fiscal(), ..app.receipt("2").roubles(10) });
        let back = app.take_back(pos::ReturnReceipt { fiscal: fiscal(), ..app.returned(&sold, "b") });
        let goods = message!(pos::ReturnWithoutReceipt {
            till: "M1-01",
            number: "w",
            at: app.now(),
            reason: "Чек утерян",
            fiscal: fiscal()
        });
        let freely = app.pos(message!(pos::RegisterReturnWithoutReceipt { goods_return: goods.line("A", 1, 10) }));
        for call in [sale, back, freely.by("senior")] {
            let refused = call.await.refused("RECEIPT_INVALID");
            assert!(refused.get("message").contains(&format!("{part} — не число")), "{}", refused.body);
        }
    }
}

/// A sale of 1 000 roubles, printed so many days ago.
fn of_days_ago(app: &App, number: &str, identifier: &str, days: i64) -> Call {
    let at = DateTime::local(app.clock.now().before(Span::days(days)).local(180));
    app.sale(pos::Receipt { at, ..app.receipt(number).of(identifier).roubles(1_000) })
}

async fn a_date_does_not_hasten_points(app: &App) {
    let wait_and_live = |days: i32| {
        app.change_programme(move |programme| {
            programme.set(message!(office::ProgrammeRule { kind: "activation", days: 14 }));
            programme.set(message!(office::ProgrammeRule { kind: "lifetime", period: "days", count: days }));
        })
    };
    wait_and_live(30).await;
    app.adjust("7000000101", -500).await.ok();
    for (number, days) in [("0", 0), ("2", 2), ("15", 15), ("29", 29)] {
        let sold = of_days_ago(app, number, "7000000101", days).await.ok();
        let figures = ["pointsEarned", "available", "pending"].map(|name| sold.get(name).to_owned());
        assert_eq!((&figures[0][..], &figures[1][..]), ("10.00", "0.00"), "{number}");
    }
    // All of them wait alike, and each lapses on the day on which it would have lapsed in time.
    let balance = app.balance("7000000101").await.ok();
    assert_eq!((balance.get("pending"), balance.all("at")), ("40.00", vec!["2026-12-05T00:00:00"]));
    app.advance(Span::days(14));
    let balance = app.balance("7000000101").await.ok();
    assert_eq!(balance.get("available"), "40.00");
    let lapse = ["2026-12-06", "2026-12-20", "2027-01-02", "2027-01-04"].map(|day| format!("{day}T23:59:59"));
    assert_eq!(balance.all("at"), lapse);
    // Where they would lapse before they can be spent, nothing is promised.
    wait_and_live(1).await;
    let promised = async |number: &str, days: i64| {
        of_days_ago(app, number, "7000000102", days).await.ok().get("pointsEarned").to_owned()
    };
    assert_eq!([promised("a", 0).await, promised("b", 1).await, promised("c", 2).await], ["10.00", "10.00", "0.00"]);
}

async fn a_sale_keeps_the_version_of_the_rules_that_it_was_calculated_by(app: &App) {
    app.sell("1", "7000000101", 1_000).await.ok();
    let before = app.receipt("2").of("7000000101").roubles(1_000);
    app.advance(Span::minutes(1));
    app.change_programme(|programme| {
        programme.rule("accrual").points = 10.field();
        programme.rule("returns").policy = Some("only_pending".into());
    })
    .await;
    // By its own time it is of the rules of before, and so is what comes back of it.
    let sale = app.sale(before).await.ok().get("receiptId").to_owned();
    app.sell("3", "7000000101", 1_000).await.ok();
    app.sell("4", "", 1_000).await.ok();
    let mut db = books::open(app);
    let mut version = |number: &str| {
        let sql = format!("SELECT coalesce(rules_version, 0) AS number FROM receipts WHERE number = '{number}'");
        books::number(&mut db, &sql)
    };
    assert_eq!(["1", "2", "3", "4"].map(&mut version), [1, 1, 2, 0]);
    let back = app.take_back(app.returned(&sale, "b")).await.ok();
    assert_eq!((back.get("pointsRevoked"), back.get("available")), ("10.00", "610.00"));
    let (_, told) = kopilka(app, &["explain", "--card", "7000000101", "--at", "2026-11-21T12:02"]);
    let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.matches("редакции").count() >= 3, "{told}");
    // A version that never was is found.
    books::run(&mut db, "UPDATE receipts SET rules_version = 9 WHERE number = '3'");
    let found = app.verify().findings;
    assert!(found.iter().any(|found| found.what.contains("by version 9 of the rules; 2 is the last")), "{found:#?}");
    books::run(&mut db, "UPDATE receipts SET rules_version = 2 WHERE number = '3'");
}

async fn a_till_s_names_have_one_spelling(app: &App) {
    let receipt = app.receipt("1").of("7000000101").roubles(1_000);
    let written = |till: &str, shift: &str, number: &str| {
        let (till, shift, number) = (till.to_owned(), Some(shift.to_owned()), number.to_owned());
        app.sale(pos::Receipt { till, shift, number, ..receipt.clone() })
    };
    written("M1-01", "вечерний", "Й-1").await.ok();
    for (till, shift, number) in [
        (" M1-01\u{a0}", "\u{a0}вечернии\u{306} ", " И\u{306}-1\u{a0}"),
        ("M1-01\t", "вечерний\r\n", "Й-1\n"),
        ("\u{feff}M1-01", "вечер\u{ad}ний\u{3000}", "Й-\u{200b}1"),
        ("M1-0\u{2060}1", "вечерний\u{3164}", "\u{202d}Й-1\u{fe0f}\u{202c}"),
    ] {
        written(till, shift, number).await.refused("RECEIPT_DUPLICATE");
    }
    // White space within and the case of letters count.
    written("M1-01", "вечерний", "Й- 1").await.ok();
    written("M1-01", "вечерний", "й-1").await.ok();
    // The store too, wherever it is named.
    for (store, number) in [("M1\u{a0}", "s1"), ("\u{200b}M1", "s2"), (" ", "s3")] {
        app.sale(pos::Receipt { store: Some(store.into()), number: number.into(), ..receipt.clone() }).await.ok();
    }
    written("M1-01", "Вечерний", "Й-1").await.ok();
    written("M1-01", "1", "\u{a0}").await.refused("RECEIPT_INVALID");
    let original = message!(pos::ReceiptReference {
        till: "M1-01",
        shift: " вечерний",
        number: "И\u{306}-1 ",
        date: "2026-11-21"
    });
    let back = |number: &str| {
        app.take_back(message!(pos::ReturnReceipt {
            original: original.clone(),
            till: " M1-01",
            shift: "1\u{a0}",
            number,
            at: app.now()
        }))
    };
    assert_eq!(back("b ").await.ok().get("pointsRevoked"), "10.00");
    let again = app.sell("2", "7000000101", 100).await.ok().get("receiptId").to_owned();
    app.take_back(app.returned(&again, "\u{a0}b")).await.refused("RETURN_DUPLICATE");
    // And the key of an operation: read back from a file it ends with a line feed.
    let sold = app.sell("k1", "7000000101", 100).key("k1").await.ok().get("receiptId").to_owned();
    assert_eq!(app.operation("k1\n").await.ok().get("found"), "true");
    app.sell("k2", "7000000101", 100).key("\u{feff}k1 ").await.refused("OPERATION_KEY_REUSED");
    let cancelled = app.cancel_operation(" k1\t").await.ok();
    assert_eq!((cancelled.get("outcome"), cancelled.get("receiptId")), ("done", sold.as_str()));
}

async fn a_changed_quote_is_shown_and_not_registered(app: &App) {
    let receipt = app.receipt("1").of("7000000101").roubles(1_000);
    let quote = app.quote(receipt.clone(), 0).await.ok();
    let sale = |quote: &str| app.sale(pos::Receipt { quote_id: Some(quote.into()), ..receipt.clone() });
    let shown = sale("0123456789abcdef").await.refused("QUOTE_CHANGED");
    assert_eq!((shown.get("amountDue"), shown.find("receiptId")), ("1000.00", None));
    assert_eq!(app.balance("7000000101").await.ok().get("available"), "500.00");
    sale(quote.get("quoteId")).await.ok();
}

async fn no_account_holds_more_than_the_contract_can_tell(app: &App) {
    app.change_programme(|programme| {
        let rule = programme.rule("accrual");
        (rule.points, rule.step) = (10.field(), 1.field());
    })
    .await;
    let of = |number: &str, identifier: &str, roubles: &str| app.receipt(number).of(identifier).line("A", 1, roubles);
    let most = of("1", "7000000101", "999999999.99");
    app.quote(most.clone(), 0).await.refused("POINTS_TOO_MANY");
    app.sale(most).await.refused("POINTS_TOO_MANY");
    assert_eq!(app.sale(of("1", "", "999999999.99")).await.ok().get("amountDue"), "999999999.99");
    // 999 999 490 points fit beside the 500 that are there; then 10 more, and no more.
    app.sale(of("2", "7000000101", "99999949")).await.ok();
    app.sale(of("3", "7000000101", "1.10")).await.refused("POINTS_TOO_MANY");
    app.adjust("7000000101", "10").await.refused("POINTS_TOO_MANY");
    app.adjust("7000000101", "9.99").await.ok();
    let balance = app.balance("7000000101").await.ok();
    assert_eq!((balance.get("available"), balance.get("total")), ("999999999.99", "999999999.99"));
    let reason = "обращение клиента";
    let merge = message!(office::MergeCustomers { identifier: "7000000102", into_identifier: "7000000101", reason });
    app.office(merge).await.refused("POINTS_TOO_MANY");
    assert_eq!(app.balance("7000000102").await.ok().get("available"), "1200.00");
}

async fn a_sale_answers_every_coupon_and_accepted_offer(app: &App) {
    let receipt = pos::Receipt {
        coupons: Some(pos::Coupons { coupon: vec!["ВЕСНА-5".into()] }),
        accepted_offers: Some(pos::AcceptedOffers { offer_id: vec!["17".into()] }),
        ..app.receipt("1").of("7000000101").roubles(1_000)
    };
    let told = ["Купон ВЕСНА-5 не применён: не найден.", "Предложение 17 не найдено, скидка по нему не дана."]
        .map(str::to_owned);
    let claims = |reply: &Reply| {
        let read: pos::ReceiptResult = reply.read("return");
        let [coupon] = read.coupon_results.coupon_result.try_into().unwrap();
        let [offer] = read.offer_results.offer_result.try_into().unwrap();
        assert_eq!(
            [coupon.number, coupon.outcome, offer.offer_id, offer.outcome],
            ["ВЕСНА-5", "unknown", "17", "unknown"]
        );
        assert_eq!([coupon.text, offer.text], told);
        assert_eq!(read.cashier_messages.text, told);
        for list in ["gifts", "prompts", "couponsIssued", "hints", "discounts"] {
            assert!(reply.body.contains(&format!("<m:{list}/>")), "{list} in {}", reply.body);
        }
    };
    // What is shown instead of a sale says it as well.
    let changed = pos::Receipt { quote_id: Some("0123456789abcdef".into()), ..receipt.clone() };
    claims(&app.sale(changed).await.refused("QUOTE_CHANGED"));
    let sold = app.sale(receipt).key("with-a-coupon").await.ok();
    claims(&sold);
    assert_eq!((sold.get("amountDue"), sold.get("pointsEarned")), ("1000.00", "10.00"));
    // A sale without any says nothing, and has the lists.
    let plain: pos::ReceiptResult = app.sell("2", "7000000101", 100).await.ok().read("return");
    assert_eq!((plain.cashier_messages.text.len(), plain.coupon_results.coupon_result.len()), (0, 0));
}

async fn a_cancelled_receipt_never_was(app: &App) {
    let sale = app.sell("9", "7000000101", 1_000).await.ok().get("receiptId").to_owned();
    assert_eq!(app.balance("7000000101").await.get("available"), "510.00");
    let cancelled = app.cancel_receipt(&sale).await.ok();
    assert_eq!(cancelled.get("pointsRevoked"), "10.00");
    assert_eq!(app.balance("7000000101").await.get("available"), "500.00");
    app.cancel_receipt(&sale).await.refused("RECEIPT_CANCELLED");
}

async fn another_store_cancels_nothing_and_the_office_everything(app: &App) {
    let sale = app.sell("9", "7000000101", 1_000).await.ok().get("receiptId").to_owned();
    let there = app.cancel_receipt(&sale).till("M2-01").await.refused("RECEIPT_OF_ANOTHER_STORE");
    assert!(there.get("message").contains("в магазине M1"), "{}", there.body);
    app.cancel_operation("sell-9").till("M2-01").await.refused("RECEIPT_OF_ANOTHER_STORE");
    assert_eq!(app.balance("7000000101").await.ok().get("available"), "510.00");
    // Another till of the same store may; so may the office, from any.
    app.cancel_receipt(&sale).till("M1-02").await.ok();
    for (number, lost) in [("10", false), ("11", true)] {
        let sale = app.sell(number, "7000000101", 1_000).await.ok().get("receiptId").to_owned();
        let call = if lost { app.cancel_operation(&format!("sell-{number}")) } else { app.cancel_receipt(&sale) };
        assert_eq!(call.till("M2-01").by("office").await.ok().get("pointsRevoked"), "10.00");
    }
    assert_eq!(app.balance("7000000101").await.ok().get("available"), "500.00");
}

async fn a_sale_is_cancelled_by_its_key_once(app: &App) {
    app.sell("K-1", "7000000101", 700).await.ok();
    assert_eq!(app.balance("7000000101").await.ok().get("available"), "507.00");
    let (one, two) = (app.cancel_operation("sell-K-1"), app.cancel_operation("sell-K-1"));
    let (one, two) = tokio::join!(one.send(), two.send());
    let mut outcomes = [one.ok().get("outcome").to_owned(), two.ok().get("outcome").to_owned()];
    outcomes.sort_unstable();
    assert_eq!(outcomes, ["already", "done"]);
    assert_eq!(app.balance("7000000101").await.ok().get("available"), "500.00");
    // The sale keeps its first answer: it did happen, and was undone.
    app.sell("K-1", "7000000101", 700).await.ok();
    assert_eq!(app.balance("7000000101").await.ok().get("available"), "500.00");
    app.sell("K-0", "7009999999", 700).await.refused("CARD_UNKNOWN");
    assert_eq!(app.cancel_operation("sell-K-0").await.ok().get("outcome"), "refused");
}

/// What is known of a receipt by its id.
fn by_id(app: &App, id: &str) -> Call {
    app.pos(message!(pos::GetReceipt { receipt_id: id }))
}

/// What is known of a receipt of the first day by the till's own name of it.
fn by_name(app: &App, till: &str, shift: &str, number: &str) -> Call {
    let original = message!(pos::ReceiptReference { till, shift, number, date: "2026-11-21" });
    app.pos(message!(pos::GetReceipt { original }))
}

async fn a_receipt_is_found_by_id_or_by_till_details_with_the_returnable_rest(app: &App) {
    let id = app.sell("17", "7000000101", 1_000).await.ok().get("receiptId").to_owned();
    let found = by_id(app, &id).await.ok();
    assert_eq!((found.get("state"), found.get("store"), found.get("till")), ("confirmed", "M1", "M1-01"));
    assert_eq!((found.get("number"), found.get("shift"), found.get("at")), ("17", "1", "2026-11-21T12:00:00"));
    let figures = ["amountDue", "pointsEarned", "pointsSpent", "quantity", "returned", "left", "cardNumber"];
    assert_eq!(figures.map(|name| found.get(name)), ["1000.00", "10.00", "0.00", "1", "0", "1", "7000000101"]);
    for shift in ["1", ""] {
        assert_eq!(by_name(app, "M1-01", shift, "17").await.ok().body, found.body);
    }
    app.take_back(app.returned(&id, "R-17")).await.ok();
    let returned = by_id(app, &id).await.ok();
    assert_eq!(["state", "returned", "left"].map(|name| returned.get(name)), ["returned", "1", "0"]);
}

async fn a_receipt_keeps_what_the_till_said_of_its_lines(app: &App) {
    let mut receipt = app.receipt("18").of("7000000101").roubles(300).line("B", "0.250", "400.00").roubles(1);
    let [delivery, cheese, gift] = receipt.lines.line.as_mut_slice() else { panic!("{receipt:?}") };
    delivery.delivery = Some(true);
    (cheese.weighed, cheese.delivery) = (Some(true), Some(false));
    gift.gift_of = Some("17".into());
    let id = app.sale(receipt).await.ok().get("receiptId").to_owned();
    let marks = async || {
        let found: pos::RegisteredReceiptResult = by_id(app, &id).await.ok().read("return");
        let lines = found.receipt.unwrap().lines.line;
        lines.into_iter().map(|line| (line.weighed, line.delivery, line.gift_of)).collect::<Vec<_>>()
    };
    let kept = [(None, Some(true), None), (Some(true), None, None), (None, None, Some("17".to_owned()))];
    assert_eq!(marks().await, kept);
    // A return changes the lines' rows, and none of this.
    app.take_back(app.returned(&id, "R-18").line(1, 1)).await.ok();
    assert_eq!(marks().await, kept);
}

async fn a_cancelled_receipt_has_nothing_to_return_and_an_anonymous_one_no_customer(app: &App) {
    let id = app.sell("18", "", 500).await.ok().get("receiptId").to_owned();
    let anonymous = by_id(app, &id).await.ok();
    assert!(anonymous.find("customer").is_none() && anonymous.find("cardNumber").is_none(), "{}", anonymous.body);
    app.cancel_receipt(&id).await.ok();
    let cancelled = by_id(app, &id).await.ok();
    assert_eq!((cancelled.get("state"), cancelled.get("left")), ("cancelled", "0"));
}

async fn a_customer_is_shown_as_the_role_may_see_it_and_to_its_own_network(app: &App) {
    let id = app.sell("19", "7000000101", 500).await.ok().get("receiptId").to_owned();
    let at_the_till = by_id(app, &id).by("kassa").await.ok();
    assert_eq!((at_the_till.get("phone"), at_the_till.get("cardNumber")), ("+7 916 ***-**-01", "******0101"));
    let in_the_office = by_id(app, &id).by("office").await.ok();
    assert_eq!((in_the_office.get("phone"), in_the_office.get("cardNumber")), ("+79160000101", "7000000101"));
    // Another store's till of the network may take the goods back, and may look.
    by_name(app, "M1-01", "1", "19").by("senior").await.ok();
    by_id(app, &id).by("other").await.refused("RECEIPT_UNKNOWN");
    by_name(app, "M1-01", "1", "19").by("other").await.refused("RECEIPT_UNKNOWN");
    for unknown in ["999999", "сто", ""] {
        by_id(app, unknown).await.refused("RECEIPT_UNKNOWN");
    }
    by_name(app, "M1-01", "2", "19").await.refused("RECEIPT_UNKNOWN");
}
