//! Fiscal documents that come after the sale: added once, and never two sales' at a time.

use crate::support::{
    App,
    calls::Call,
    messages::{Receipt as _, Return as _, message, office, pos},
    on_both,
};

on_both! {
    a_fiscal_document_is_added_once,
    returns_get_theirs_too,
    a_fiscal_document_of_another_takes_the_accrual_back_and_opens_a_case,
    what_was_withheld_is_taken_once,
    of_two_at_once_one_gets_the_document,
    a_document_goes_from_one_to_the_next_within_one_batch,
}

fn fiscal(fd: &str, fp: &str) -> pos::Fiscal {
    message!(pos::Fiscal { drive: "9960440300000001", fd, fp })
}

fn attach(app: &App, document_id: &str, fd: &str) -> Call {
    app.pos(message!(pos::AttachFiscal { document_id, fiscal: fiscal(fd, "777") }))
}

async fn a_fiscal_document_is_added_once(app: &App) {
    let sale = app.sell("1", "7000000101", 1_000).await.ok().get("receiptId").to_owned();
    let added = attach(app, &sale, " 0015").await.ok();
    assert_eq!((added.get("documentId"), added.get("fd")), (sale.as_str(), "15"));
    let again = attach(app, &sale, "15").await.ok();
    assert!(again.get("message").contains("уже добавлен"), "{}", again.body);
    attach(app, &sale, "16").await.refused("FISCAL_ATTACHED");
    app.pos(message!(pos::AttachFiscal { document_id: &sale, fiscal: fiscal("15", "778") }))
        .await
        .refused("FISCAL_ATTACHED");
    // The register knows it, as if it had come with the sale.
    let other = app.receipt("2").of("7000000101").roubles(10);
    app.sale(pos::Receipt { fiscal: Some(fiscal("15", "777")), ..other }).await.refused("FISCAL_DUPLICATE");
    // One that came with the sale is the same as one that was added.
    let printed = app.receipt("3").of("7000000101").roubles(10);
    let printed = app.sale(pos::Receipt { fiscal: Some(fiscal("17", "777")), ..printed }).await.ok();
    attach(app, printed.get("receiptId"), "17").await.ok();
    attach(app, printed.get("receiptId"), "18").await.refused("FISCAL_ATTACHED");
    let cancelled = app.sell("4", "7000000101", 10).await.ok().get("receiptId").to_owned();
    app.cancel_receipt(&cancelled).await.ok();
    attach(app, &cancelled, "19").await.refused("RECEIPT_CANCELLED");
    attach(app, &sale, "15").till("X1-01").by("other").await.refused("RECEIPT_UNKNOWN");
    attach(app, "999999999", "20").await.refused("RECEIPT_UNKNOWN");
    attach(app, "не номер", "20").await.refused("RECEIPT_UNKNOWN");
    attach(app, &sale, "№15").await.refused("RECEIPT_INVALID");
}

async fn returns_get_theirs_too(app: &App) {
    let sale = app.sell("1", "7000000101", 1_000).await.ok().get("receiptId").to_owned();
    let back = app.take_back(app.returned(&sale, "b").line(1, "0.5")).await.ok().get("returnId").to_owned();
    attach(app, &back, "21").await.ok();
    attach(app, &back, "21").await.ok();
    attach(app, &back, "22").await.refused("FISCAL_ATTACHED");
    attach(app, &back, "21").till("X1-01").by("other").await.refused("RECEIPT_UNKNOWN");
    let goods = message!(pos::ReturnWithoutReceipt {
        till: "M1-01", number: "w", at: app.now(), reason: "Чек утерян"
    });
    let goods_return = goods.line("A", 1, 10);
    let freely = app.pos(message!(pos::RegisterReturnWithoutReceipt { goods_return })).by("senior").await.ok();
    attach(app, freely.get("returnId"), "23").await.ok();
    attach(app, freely.get("returnId"), "23").await.ok();
    // A document that another has: refused, and an office learns of it.
    attach(app, &sale, "21").await.refused("FISCAL_TAKEN");
    let second = app.take_back(app.returned(&sale, "c").line(1, "0.5")).await.ok().get("returnId").to_owned();
    let refused = attach(app, &second, "23").await.refused("FISCAL_DUPLICATE");
    assert!(refused.get("message").contains(freely.get("returnId")), "{}", refused.body);
    // Tried once more, by a call of its own, it is the same case.
    attach(app, &second, "23").await.refused("FISCAL_DUPLICATE");
    let cases = app.office(message!(office::ListCases { only_open: true })).await.ok();
    assert_eq!(cases.all("subjectId"), [&sale, &second]);
}

async fn a_fiscal_document_of_another_takes_the_accrual_back_and_opens_a_case(app: &App) {
    let first = app.sell("1", "7000000101", 1_000).await.ok().get("receiptId").to_owned();
    attach(app, &first, "15").await.ok();
    let sale = app.sell("2", "7000000102", 2_000).await.ok();
    assert_eq!((sale.get("pointsEarned"), sale.get("available")), ("20.00", "1220.00"));
    let sale = sale.get("receiptId");
    let refused = attach(app, sale, "15").key("second").await.refused("FISCAL_TAKEN");
    assert!(refused.get("message").contains(&format!("чек {first}")), "{}", refused.body);
    assert_eq!(app.balance("7000000102").await.ok().get("available"), "1200.00");
    // Sent again it is refused the same way, and takes nothing more.
    attach(app, sale, "15").key("second").await.refused("FISCAL_TAKEN");
    attach(app, sale, "15").await.refused("FISCAL_TAKEN");
    assert_eq!(app.balance("7000000102").await.ok().get("available"), "1200.00");
    let shown = app.pos(message!(pos::GetReceipt { receipt_id: sale })).await.ok();
    assert_eq!((shown.get("state"), shown.get("pointsEarned")), ("confirmed", "0.00"));
    let cases = app.office(message!(office::ListCases { only_open: true })).await.ok();
    assert_eq!(cases.all("subjectId"), [sale]);
    assert_eq!(
        ["kind", "partner", "store", "subject", "openedAt"].map(|name| cases.get(name)),
        ["fiscal_taken", "demo", "M1", "receipt", "2026-11-21T12:00:00"]
    );
    assert!(cases.get("text").contains(&format!("уже записан: чек {first}")), "{}", cases.body);
    let statement = app.statement("7000000102", "2026-11-21", "2026-11-21").await.ok();
    assert!(statement.body.contains("Фискальный документ записан у другого чека"), "{}", statement.body);
    // Another partner's till that meets it learns no number of a receipt that is not its own.
    let foreign = pos::Receipt { till: "X1-01".into(), ..app.receipt("5").roubles(10) };
    let foreign = app.sale(foreign).till("X1-01").by("other").await.ok().get("receiptId").to_owned();
    let refused = attach(app, &foreign, "15").till("X1-01").by("other").await.refused("FISCAL_TAKEN");
    assert!(!refused.get("message").contains(|c: char| c.is_ascii_digit()), "{}", refused.body);
    // The right document can still be added; what was withheld stays so.
    attach(app, sale, "16").await.ok();
    assert_eq!(app.balance("7000000102").await.ok().get("available"), "1200.00");
}

async fn what_was_withheld_is_taken_once(app: &App) {
    let first = app.sell("1", "7000000101", 1_000).await.ok().get("receiptId").to_owned();
    attach(app, &first, "15").await.ok();
    for (number, whole) in [("2", false), ("3", true)] {
        let sale = app.sell(number, "7000000102", 2_000).await.ok().get("receiptId").to_owned();
        let before = app.take_back(app.returned(&sale, format!("b{number}")).line(1, "0.5"));
        if !whole {
            before.await.ok();
        }
        attach(app, &sale, "15").await.refused("FISCAL_TAKEN");
        assert_eq!(app.balance("7000000102").await.ok().get("available"), "1200.00");
        if whole {
            assert_eq!(app.cancel_receipt(&sale).await.ok().get("pointsRevoked"), "0.00");
        } else {
            let rest = app.take_back(app.returned(&sale, format!("c{number}"))).await.ok();
            assert_eq!(rest.get("pointsRevoked"), "0.00");
        }
        assert_eq!(app.balance("7000000102").await.ok().get("available"), "1200.00");
    }
    // Whatever the policy of returns, and also where the points are spent already: then it is a debt.
    app.take_back_by("only_pending").await;
    let sale = app.sell("4", "7000000102", 100_000).await.ok().get("receiptId").to_owned();
    app.spend("s", "7000000102", 2_000).await;
    attach(app, &sale, "15").await.refused("FISCAL_TAKEN");
    let balance = app.balance("7000000102").await.ok();
    assert_eq!((balance.get("available"), balance.get("debt")), ("0.00", "800.00"));
}

async fn of_two_at_once_one_gets_the_document(app: &App) {
    let mut sales = Vec::new();
    for number in 0..8 {
        let card = if number % 2 == 0 { "7000000101" } else { "7000000102" };
        sales.push(app.sell(number, card, 1_000).await.ok().get("receiptId").to_owned());
    }
    let calls: Vec<_> =
        sales.iter().map(|sale| attach(app, sale, "15")).map(|call| tokio::spawn(async move { call.await })).collect();
    let mut given = 0;
    for call in calls {
        match call.await.unwrap().code() {
            "OK" => given += 1,
            code => assert_eq!(code, "FISCAL_TAKEN"),
        }
    }
    assert_eq!(given, 1);
    let left = ["7000000101", "7000000102"].map(|card| app.balance(card));
    let mut sum = 0_i64;
    for balance in left {
        sum += balance.await.ok().get("available").replace('.', "").parse::<i64>().unwrap();
    }
    assert_eq!(sum, 171_000, "one of eight has kept its ten points");
    assert_eq!(app.office(message!(office::ListCases { only_open: true })).await.ok().all("caseId").len(), 7);
}

/// Attached, cancelled and attached to another before anything is written: the register tells every step.
async fn a_document_goes_from_one_to_the_next_within_one_batch(app: &App) {
    for round in 0..6 {
        let mut calls = Vec::new();
        for place in 0..4 {
            let sale = app.sell(format!("{round}-{place}"), "7000000101", 10).await.ok().get("receiptId").to_owned();
            calls.push(attach(app, &sale, &format!("{}", 100 + round)));
            calls.push(app.cancel_receipt(&sale));
        }
        let calls: Vec<_> = calls.into_iter().map(|call| tokio::spawn(async move { call.await })).collect();
        for call in calls {
            call.await.unwrap();
        }
    }
    assert_eq!(app.verify().findings, []);
}
