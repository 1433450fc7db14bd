//! Receipts before they are sales: what no till can mean is refused.

use crate::support::{
    App,
    messages::{Hundredths, Receipt as _, Return as _, message, office, pos},
    on_both,
    pages::{pages, rows},
    soap::Reply,
};

on_both! {
    a_receipt_of_tomorrow_is_refused,
    a_receipt_of_long_ago_is_refused,
    the_head_office_enters_older_receipts_and_returns_than_a_till,
    points_that_would_have_lapsed_are_not_promised,
    a_till_s_clock_a_little_ahead_means_now,
    goods_listed_otherwise_are_the_same_quote_and_the_same_sale,
    a_receipt_that_contradicts_itself,
    a_figure_below_zero_is_refused_in_a_cashier_s_words,
    a_line_tells_what_the_receipt_earned_and_its_share,
    whole_pieces_multiply_out_without_points_too,
    no_sentence_ends_twice,
    an_unknown_coupon_is_answered,
    an_unknown_accepted_offer_is_answered,
    what_only_offers_read_changes_nothing,
    the_day_is_reconciled_by_its_documents_and_totals,
}

async fn the_day_is_reconciled_by_its_documents_and_totals(app: &App) {
    let search = |till: Option<&str>, shift: Option<&str>, day: &str| {
        let (till, shift) = (till.map(str::to_owned), shift.map(str::to_owned));
        message!(office::ReceiptSearch { till, shift, from: day, to: day })
    };
    let list = |search: office::ReceiptSearch, rows_max: i32, cursor: &str| {
        app.office(message!(office::ListReceipts { search, rows_max, cursor }))
    };
    let sold = app.sell("1", "7000000101", 1_000).await.ok().get("receiptId").to_owned();
    app.sell("2", "", 300).await.ok();
    let wrong = app.sell("3", "7000000101", 5_000).await.ok().get("receiptId").to_owned();
    app.cancel_receipt(&wrong).await.ok();
    app.take_back(app.returned(&sold, "R-1")).await.ok();
    let second = pos::Receipt { till: "M2-01".into(), ..app.receipt("1").roubles(70) };
    app.sale(second).till("M2-01").await.ok();
    let day = "2026-11-21";
    let whole = pages(|cursor| list(search(None, None, day), 0, cursor)).await;
    let mut kinds = whole[0].all("kind");
    kinds.sort_unstable();
    assert_eq!(kinds, ["cancelled", "return", "sale", "sale", "sale"]);
    let totals: office::ReceiptTotals = whole[0].read("totals");
    assert_eq!((totals.sales_count, totals.sales_amount.0), (3, 137_000));
    assert_eq!((totals.cancelled_count, totals.cancelled_amount.0), (1, 500_000));
    assert_eq!((totals.returns_count, totals.returns_amount.0, totals.points_revoked.0), (1, 100_000, 1_000));
    assert_eq!((totals.points_earned.0, totals.points_spent.0), (1_000, 0));
    for size in [1, 2, 3] {
        let paged = pages(|cursor| list(search(None, None, day), size, cursor)).await;
        assert_eq!(rows(&paged, "documentId"), rows(&whole, "documentId"), "{size}");
        assert_eq!(paged[0].read::<office::ReceiptTotals>("totals"), totals);
        assert!(paged[1].find("totals").is_none(), "{}", paged[1].body);
    }
    let till = list(search(Some("M2-01"), None, day), 0, "").await.ok();
    assert_eq!((till.all("store"), till.get("amount")), (vec!["M2"], "70.00"));
    let shift = list(search(Some("M1-01"), Some(" 1 "), day), 0, "").await.ok();
    assert_eq!(shift.all("documentNumber").len(), 4, "{}", shift.body);
    assert!(list(search(None, Some("7"), day), 0, "").await.ok().body.contains("<m:receipts/>"));
    assert!(list(search(None, None, "2026-11-20"), 0, "").await.ok().body.contains("<m:receipts/>"));
    list(search(Some("M9-99"), None, day), 0, "").await.refused("TILL_UNKNOWN");
    let long = office::ReceiptSearch { to: "2027-11-21".parse().unwrap(), ..search(None, None, day) };
    list(long, 0, "").await.refused("PERIOD_INVALID");
    // Another partner sees its own alone.
    app.add_stranger();
    let others = list(search(None, None, day), 0, "").by("stranger").await.ok();
    assert!(others.body.contains("<m:receipts/>"), "{}", others.body);
    let foreign = office::ReceiptSearch { partner: Some("demo".into()), ..search(None, None, day) };
    list(foreign, 0, "").by("stranger").await.refused("PARTNER_NOT_YOURS");
    list(search(None, None, day), 0, "").by("demo").await.fault(500, "FORBIDDEN");
}

async fn a_receipt_of_tomorrow_is_refused(app: &App) {
    let at = |time: &str| {
        let receipt = app.receipt("1").of("7000000101").roubles(100);
        pos::Receipt { at: time.parse().unwrap(), ..receipt }
    };
    app.quote(at("2026-11-22T12:00:00"), 0).await.refused("TIME_IN_FUTURE");
    app.sale(at("2026-11-22T12:00:00")).await.refused("TIME_IN_FUTURE");
    // Nine minutes ahead is a clock that runs a little fast.
    app.quote(at("2026-11-21T12:09:00"), 0).await.ok();
    // The same moment in UTC, as Axis writes it.
    let utc = app.quote(at("2026-11-21T12:00:00"), 0).xml().replace("T12:00:00<", "T09:00:00.000Z<");
    assert!(utc.contains("<at>2026-11-21T09:00:00.000Z</at>"));
    app.client("demo").pos("QuoteReceipt", &utc).await.ok();
}

async fn a_receipt_of_long_ago_is_refused(app: &App) {
    let at = |time: &str| {
        let receipt = app.receipt("1").of("7000000101").roubles(100);
        pos::Receipt { at: time.parse().unwrap(), ..receipt }
    };
    let refused = app.quote(at("2026-10-21T12:00:00"), 0).await.refused("RECEIPT_TOO_OLD");
    assert!(refused.get("message").contains("31 дн."), "{}", refused.body);
    app.sale(at("1999-01-01T00:00:00")).await.refused("RECEIPT_TOO_OLD");
    app.sale(at("2026-10-22T11:59:59")).await.refused("RECEIPT_TOO_OLD");
    // Thirty days are let in.
    app.sale(at("2026-10-22T12:00:00")).await.ok();
}

async fn the_head_office_enters_older_receipts_and_returns_than_a_till(app: &App) {
    let at = |number: &str, time: &str| {
        let receipt = app.receipt(number).of("7000000101").roubles(1_000);
        pos::Receipt { at: time.parse().unwrap(), ..receipt }
    };
    // Beside the till that has lost it: a year, and not a second more.
    app.sale(at("1", "2026-08-01T12:00:00")).await.refused("RECEIPT_TOO_OLD");
    app.sale(at("1", "2025-11-21T11:59:59")).by("office").await.refused("RECEIPT_TOO_OLD");
    app.sale(at("0", "2025-11-21T12:00:00")).by("office").await.ok();
    assert_eq!(app.quote(at("1", "2026-08-01T12:00:00"), 0).by("office").await.ok().get("pointsToEarn"), "10.00");
    let sold = app.sale(at("1", "2026-08-01T12:00:00")).by("office").await.ok();
    assert_eq!(sold.get("pointsEarned"), "10.00");
    let back = |time: &str| {
        app.take_back(pos::ReturnReceipt { at: time.parse().unwrap(), ..app.returned(sold.get("receiptId"), "b") })
    };
    back("2026-08-02T12:00:00").await.refused("RECEIPT_TOO_OLD");
    assert_eq!(back("2026-08-02T12:00:00").by("office").await.ok().get("pointsRevoked"), "10.00");
    // Its own clock is no document: it may not be so far behind.
    let (identifier, reason) = ("7000000101", "обращение клиента");
    let freeze = app.office(message!(office::FreezeAccount { identifier, reason }));
    freeze.at("2026-08-01T12:00:00").await.refused("RECEIPT_TOO_OLD");
}

async fn points_that_would_have_lapsed_are_not_promised(app: &App) {
    app.points_live(1).await;
    let at = |number: &str, time: &str| {
        let receipt = app.receipt(number).of("7000000101").roubles(1_000);
        pos::Receipt { at: time.parse().unwrap(), ..receipt }
    };
    // A till's clock in the past: the cashier reads why nothing is earned, and nothing is promised on the slip.
    let quoted = app.quote(at("1", "2026-11-19T12:00:00"), 0).await.ok();
    let sold = app.sale(at("1", "2026-11-19T12:00:00")).await.ok();
    assert_eq!((quoted.get("pointsToEarn"), sold.get("pointsEarned")), ("0.00", "0.00"));
    for told in [&quoted, &sold] {
        assert!(told.body.contains("Срок баллов за этот чек уже прошёл, они не начисляются"), "{}", told.body);
        assert!(told.body.contains("их срок за чек этой даты уже прошёл"), "{}", told.body);
        assert!(!told.find("slipLines").is_some_and(|slip| slip.contains("Начислено")), "{}", told.body);
    }
    assert_eq!(app.sale(at("2", "2026-11-20T12:00:00")).await.ok().get("pointsEarned"), "10.00");
    assert_eq!(app.balance("7000000101").await.ok().get("available"), "510.00");
}

async fn a_till_s_clock_a_little_ahead_means_now(app: &App) {
    let receipt = app.receipt("1").of("7000000101").roubles(1_000);
    let ahead = pos::Receipt { at: "2026-11-21T12:09:00".parse().unwrap(), ..receipt };
    let sold = app.sale(ahead).await.ok();
    assert_eq!((sold.get("available"), sold.get("pending")), ("510.00", "0.00"));
    app.reserve("h", "7000000101", 2_000, 510).await.ok();
    // The receipt keeps the time that it was printed with.
    let found = app.pos(message!(pos::GetReceipt { receipt_id: sold.get("receiptId") })).await.ok();
    assert_eq!(found.get("at"), "2026-11-21T12:09:00");
    let statement = app.statement("7000000101", "2026-11-21", "2026-11-21").await.ok();
    assert!(statement.all("at").iter().all(|at| *at <= "2026-11-21T12:00:00"), "{}", statement.body);
}

async fn goods_listed_otherwise_are_the_same_quote_and_the_same_sale(app: &App) {
    // Of two lines with equal claims one earns nothing: an odd kopeck decides whether a point is earned.
    let receipt = app.receipt("1").of("7000000101").line("A", 1, "123.82").line("A", 1, "123.82");
    let mut receipt = receipt.line("A", 1, "12.22");
    for line in [0, 2] {
        receipt.lines.line[line].no_earn = Some(true);
    }
    let mut listed_otherwise = receipt.clone();
    listed_otherwise.lines.line.reverse();
    let mut numbered_otherwise = listed_otherwise.clone();
    numbered_otherwise.lines.line.iter_mut().zip(1..).for_each(|(line, number)| line.number = number);
    let read = async |receipt: pos::Receipt, points: i32| {
        let quote: pos::QuoteResult = app.quote(receipt, points).await.ok().read("return");
        quote
    };
    let first = read(receipt.clone(), 50).await;
    for other in [&listed_otherwise, &numbered_otherwise] {
        let quote = read(other.clone(), 50).await;
        assert_eq!(
            (quote.quote_id, quote.amount_due, quote.points_to_earn),
            (first.quote_id.clone(), first.amount_due, first.points_to_earn)
        );
    }
    let hold = app.reserve_for(receipt, 50).await.ok().get("reservationId").to_owned();
    let code = app.phone.code("+79160000101", 0).await;
    app.confirm(&hold, &code).await.ok();
    let agreed = pos::Receipt { quote_id: first.quote_id, ..listed_otherwise };
    let sold: pos::ReceiptResult = app.sale_for_points(agreed, &hold, 50).await.ok().read("return");
    let lines = |lines: pos::ResultLines| {
        let mut lines = lines.line;
        lines.sort_by_key(|line| line.number);
        lines.into_iter().map(|line| (line.points_max, line.amount_due, line.points_to_earn)).collect::<Vec<_>>()
    };
    assert_eq!(lines(sold.lines), lines(first.lines));
}

async fn a_receipt_that_contradicts_itself(app: &App) {
    let mut receipt = app.receipt("1").of("7000000101").roubles(100);
    receipt.lines.line[0].sum = Hundredths(9_900);
    let refused = app.quote(receipt.clone(), 0).await.refused("RECEIPT_INVALID");
    assert!(refused.get("message").contains("99,00"), "{}", refused.body);
    // Of several refusals the first of the list is answered: the receipt before the points.
    app.reserve_for(receipt.clone(), 0).await.refused("RECEIPT_INVALID");
    app.sale_for_points(receipt, "9999999999", 0).await.refused("RECEIPT_INVALID");
}

/// The receipt with coupons and accepted offers.
fn claiming(receipt: pos::Receipt, coupons: &[&str], offers: &[&str]) -> pos::Receipt {
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    pos::Receipt {
        coupons: Some(pos::Coupons { coupon: texts(coupons) }),
        accepted_offers: Some(pos::AcceptedOffers { offer_id: texts(offers) }),
        ..receipt
    }
}

/// The lists of what the till gets, each of which is empty.
#[track_caller]
fn has_empty(reply: &Reply, lists: &[&str]) {
    for list in lists {
        assert!(reply.body.contains(&format!("<m:{list}/>")), "{list} in {}", reply.body);
    }
}

async fn an_unknown_coupon_is_answered(app: &App) {
    let receipt = app.receipt("1").of("7000000101").roubles(1_000);
    let plain = app.quote(receipt.clone(), 0).await.ok();
    has_empty(&plain, &["couponResults", "offerResults", "gifts", "prompts", "couponsIssued", "hints", "discounts"]);
    // The second is typed twice, once with the space of a scanner.
    let quote = app.quote(claiming(receipt, &["ВЕСНА-5", "7000 12", " 7000 12"], &[]), 0).await.ok();
    let read: pos::QuoteResult = quote.read("return");
    let told = ["Купон ВЕСНА-5 не применён: не найден.", "Купон 7000 12 не применён: не найден."];
    let results = &read.coupon_results.coupon_result;
    assert_eq!(results.iter().map(|result| result.text.as_str()).collect::<Vec<_>>(), told);
    assert_eq!(results.iter().map(|result| result.number.as_str()).collect::<Vec<_>>(), ["ВЕСНА-5", "7000 12"]);
    assert!(results.iter().all(|result| result.outcome == "unknown"));
    assert_eq!(read.cashier_messages.text[..2], told);
    assert_eq!(read.cashier_messages.text[2..], plain.read::<pos::QuoteResult>("return").cashier_messages.text);
    // It is the quote that it was.
    assert_eq!(quote.get("quoteId"), plain.get("quoteId"));
    has_empty(&quote, &["offerResults", "gifts", "prompts", "couponsIssued", "hints", "discounts"]);
}

async fn an_unknown_accepted_offer_is_answered(app: &App) {
    let receipt = app.receipt("1").of("7000000101").roubles(1_000);
    let read: pos::QuoteResult = app.quote(claiming(receipt, &["A"], &["17", "", "A"]), 0).await.ok().read("return");
    let results = &read.offer_results.offer_result;
    let told =
        ["Предложение 17 не найдено, скидка по нему не дана.", "Предложение A не найдено, скидка по нему не дана."];
    assert_eq!(results.iter().map(|result| result.text.as_str()).collect::<Vec<_>>(), told);
    assert_eq!(results.iter().map(|result| result.offer_id.as_str()).collect::<Vec<_>>(), ["17", "A"]);
    assert!(results.iter().all(|result| result.outcome == "unknown"));
    assert_eq!(read.cashier_messages.text[1..3], told);
}

async fn what_only_offers_read_changes_nothing(app: &App) {
    let plain = app.receipt("1").of("7000000101").roubles(1_000).roubles(300).line("B", "1.235", 100);
    let mut marked = plain.clone();
    marked.lines.line[0].gift_of = Some("17".into());
    marked.lines.line[1].delivery = Some(true);
    marked.lines.line[2].weighed = Some(true);
    let (plain, marked) = (app.quote(plain, 100).await.ok(), app.quote(marked, 100).await.ok());
    assert_eq!(plain.get("return"), marked.get("return"));
}

async fn a_figure_below_zero_is_refused_in_a_cashier_s_words(app: &App) {
    let spoilt = |change: &dyn Fn(&mut pos::ReceiptLine)| {
        let mut receipt = app.receipt("1").of("7000000101").roubles(100);
        change(&mut receipt.lines.line[0]);
        receipt
    };
    let receipts = [
        (spoilt(&|line| line.quantity.0 = -1_000), "количество должно быть больше нуля"),
        (spoilt(&|line| line.quantity.0 = 0), "количество должно быть больше нуля"),
        (spoilt(&|line| line.price.0 = -10_000), "не могут быть меньше нуля"),
        (spoilt(&|line| line.sum.0 = -1), "не могут быть меньше нуля"),
        (spoilt(&|line| line.discount_granted = Some("-0.01".parse().unwrap())), "не могут быть меньше нуля"),
    ];
    for (receipt, words) in receipts {
        for reply in [app.quote(receipt.clone(), 0).await, app.sale(receipt.clone()).await] {
            let refused = reply.refused("RECEIPT_INVALID");
            assert!(refused.get("message").contains(words), "{}", refused.body);
        }
    }
    let sale = app.sell("2", "", 100).await.ok().get("receiptId").to_owned();
    for quantity in ["-1", "0"] {
        let back = app.take_back(app.returned(&sale, quantity).line(1, quantity)).await.refused("RECEIPT_INVALID");
        assert!(back.get("message").contains("больше нуля"), "{}", back.body);
    }
}

async fn a_line_tells_what_the_receipt_earned_and_its_share(app: &App) {
    let receipt = app.receipt("1").of("7000000101").roubles(50).roubles(50).roubles("0.01");
    let quote = app.quote(receipt, 0).await.ok();
    assert!(quote.body.contains("<m:pointsToEarn>1.00</m:pointsToEarn>"), "{}", quote.body);
    for told in [
        "1 балл за каждые 100,00 руб.: за чек на 100,01 руб. — 1 балл, из них за эту строку 0,50 балла.",
        "Баллы чека делятся на его строки: за 0,01 руб. не пришлось ни одной сотой балла.",
        "За покупку будет начислен 1 балл.",
    ] {
        assert!(quote.body.contains(told), "{told}: {}", quote.body);
    }
    let alone = app.quote(app.receipt("2").of("7000000101").roubles(1_234), 0).await.ok();
    let told = "1 балл за каждые 100,00 руб.: за чек на 1 234,00 руб. — 12 баллов.";
    assert!(alone.body.contains(told), "{}", alone.body);
    let small = app.quote(app.receipt("3").of("7000000101").roubles(99), 0).await.ok();
    assert!(small.body.contains("Сумма 99,00 руб. слишком мала для начисления баллов."), "{}", small.body);
}

async fn whole_pieces_multiply_out_without_points_too(app: &App) {
    let mut receipt = app.receipt("1").line("A", 3, "33.33");
    receipt.lines.line[0].sum = "100".parse().unwrap();
    let sold = app.sale(receipt).await.ok();
    let parts = |reply: &Reply| {
        let line = reply.get("line");
        let all = |name: &str| {
            let tag = format!("<m:{name}>");
            let pieces = line.split(&tag).skip(1);
            pieces.map(|rest| rest.split('<').next().unwrap().to_owned()).collect::<Vec<_>>()
        };
        (all("quantity"), all("price"), all("sum"))
    };
    let two = |texts: [&str; 2]| texts.map(str::to_owned).to_vec();
    assert_eq!(parts(&sold), (two(["2", "1"]), two(["33.33", "33.34"]), two(["66.66", "33.34"])));
    // And so the whole goes back.
    let back = app.quote_return(app.returned(sold.get("receiptId"), "r")).await.ok();
    assert_eq!(back.get("amountRefund"), "100.00");
    assert!(back.body.contains("<m:price>33.34</m:price>"), "{}", back.body);
}

async fn no_sentence_ends_twice(app: &App) {
    // The limit of the receipt ends with «руб.».
    let quote = app.quote(app.receipt("1").of("7000000101").roubles(1_000), 900).await.ok();
    assert!(
        quote.body.contains("Баллами можно оплатить не больше 50 % от суммы 1 000,00 руб.: 500,00 руб.<"),
        "{}",
        quote.body
    );
    let sold = app.sell("2", "7000000101", 1_000).await.ok();
    let quoted = app.quote_return(app.returned(sold.get("receiptId"), "r")).await.ok();
    let done = app.take_back(app.returned(sold.get("receiptId"), "r")).await.ok();
    assert_eq!(quoted.get("message"), "К возврату клиенту 1 000,00 руб.");
    assert_eq!(done.get("message"), "Возврат записан. К возврату клиенту 1 000,00 руб.");
    // Every answer of every story is looked through for «..» (support/calls.rs).
    let clash = app.quote(app.receipt("3").of("7000000101").roubles("0.01"), 1).await.ok();
    assert!(!clash.body.contains(".."), "{}", clash.body);
}
