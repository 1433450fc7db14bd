//! Cases: listed by pages, closed once, and by whom they concern.

use crate::support::{
    App,
    calls::Call,
    messages::{Receipt as _, message, office, pos},
    on_both,
    pages::{OTHER_OFFICE, add_other_office, pages, rows},
};
use kopilka::domain::moment::Span;

on_both! { cases_come_by_pages_and_are_closed_once, a_case_is_its_partners_and_the_programme_s_office }

/// Opens a case: a sale that is printed with a document that another has.
async fn odd(app: &App, number: &str) -> String {
    let fiscal = || message!(pos::Fiscal { drive: "9960440300000001", fd: "15", fp: "777" });
    let sale = app.sell(number, "7000000101", 1_000).await.ok().get("receiptId").to_owned();
    let code = app.pos(message!(pos::AttachFiscal { document_id: &sale, fiscal: fiscal() })).await.code().to_owned();
    assert!(["OK", "FISCAL_TAKEN"].contains(&code.as_str()), "{code}");
    app.advance(Span::minutes(1));
    sale
}

fn list(app: &App, only_open: bool, rows_max: i32, cursor: &str) -> Call {
    app.office(message!(office::ListCases { only_open, rows_max, cursor }))
}

fn close(app: &App, case_id: &str) -> Call {
    app.office(message!(office::CloseCase {
        case_id, resolution: "Кассир повторил чек, баллы не положены"
    }))
}

async fn cases_come_by_pages_and_are_closed_once(app: &App) {
    let mut sales = Vec::new();
    for number in ["1", "2", "3", "4"] {
        sales.push(odd(app, number).await);
    }
    let all = pages(|cursor| list(app, true, 2, cursor)).await;
    assert_eq!((all.len(), rows(&all, "subjectId")), (2, sales[1..].to_vec()));
    let ids = rows(&all, "caseId");
    assert_eq!(close(app, &ids[1]).await.ok().get("caseId"), ids[1]);
    close(app, &ids[1]).await.refused("CASE_CLOSED");
    close(app, "999999999").await.refused("CASE_UNKNOWN");
    close(app, "№1").await.refused("CASE_UNKNOWN");
    assert_eq!(rows(&pages(|cursor| list(app, true, 1, cursor)).await, "caseId"), [&*ids[0], &*ids[2]]);
    let closed = list(app, false, 0, "").await.ok();
    assert_eq!(closed.all("caseId"), ids);
    assert_eq!(
        ["closedAt", "closedBy", "employee", "resolution"].map(|name| closed.get(name)),
        ["2026-11-21T12:04:00", "office", "Иванова", "Кассир повторил чек, баллы не положены"]
    );
    let cursor = all[0].get("nextCursor");
    list(app, false, 2, cursor).await.refused("CURSOR_INVALID");
    list(app, true, 0, "").by("kassa").await.fault(500, "FORBIDDEN");
    close(app, &ids[0]).by("demo").await.fault(500, "FORBIDDEN");
}

async fn a_case_is_its_partners_and_the_programme_s_office(app: &App) {
    odd(app, "1").await;
    let own = odd(app, "2").await;
    let foreign = pos::Receipt { till: "X1-01".into(), ..app.receipt("9").roubles(10) };
    let foreign = app.sale(foreign).till("X1-01").by("other").await.ok().get("receiptId").to_owned();
    let fiscal = message!(pos::Fiscal { drive: "9960440300000001", fd: "15", fp: "777" });
    let attach = app.pos(message!(pos::AttachFiscal { document_id: &foreign, fiscal }));
    attach.till("X1-01").by("other").await.refused("FISCAL_TAKEN");
    add_other_office(app);
    let seen = list(app, true, 0, "").by(OTHER_OFFICE).await.ok();
    assert_eq!((seen.all("subjectId"), seen.get("partner")), (vec![&*foreign], "other"));
    // The office of the partner that runs the programme sees all.
    let all = list(app, true, 0, "").await.ok();
    assert_eq!(all.all("subjectId"), [&own, &foreign]);
    let ids: Vec<String> = all.all("caseId").into_iter().map(str::to_owned).collect();
    close(app, &ids[0]).by(OTHER_OFFICE).await.refused("CASE_UNKNOWN");
    close(app, &ids[1]).by(OTHER_OFFICE).await.ok();
    close(app, &ids[0]).await.ok();
    let closed = list(app, false, 0, "").by(OTHER_OFFICE).await.ok();
    assert_eq!((closed.all("caseId"), closed.get("closedBy")), (vec![&*ids[1]], OTHER_OFFICE));
}
