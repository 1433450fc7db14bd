//! Reports from the journal: settlement between partners, and expiring points.

use super::{explain::kopilka, merge, open};
use crate::support::{
    App, START,
    calls::Call,
    messages::{Receipt as _, pos},
    on_both,
};
use kopilka::{
    app::Opened,
    domain::moment::{Moment, Span},
    store::{
        questions::{
            expiry::expiring,
            settlement::{ENTRIES_PER_STEP, settle},
        },
        tables::reference,
    },
};

on_both! {
    partners_settle_to_nothing_in_all,
    expiring_points_are_listed_by_date_and_masked,
}

/// A sale for points at the other partner's till.
pub async fn spend_at_the_other(app: &App, number: &str, card: &str, phone: &str, points: i32) -> String {
    let at_the_other = |call: Call| call.till("X1-01").by("other");
    let receipt = pos::Receipt { till: "X1-01".into(), ..app.receipt(number).of(card).roubles(900) };
    let hold = at_the_other(app.reserve_for(receipt.clone(), points)).await.ok().get("reservationId").to_owned();
    let code = app.phone.code(phone, 0).await;
    at_the_other(app.confirm(&hold, &code)).await.ok();
    at_the_other(app.sale_for_points(receipt, &hold, points)).await.ok().get("receiptId").to_owned()
}

async fn partners_settle_to_nothing_in_all(app: &App) {
    // Points of «demo» are taken by «other»: 300, of which a cancelled sale gives 100 back.
    spend_at_the_other(app, "X-1", "7000000101", "+79160000101", 200).await;
    let cancelled = spend_at_the_other(app, "X-2", "7000000102", "+79160000102", 100).await;
    app.cancel_receipt(&cancelled).till("X1-01").by("other").await.ok();
    merge(app, "7000000102", "7000000101").await;
    app.advance(Span::minutes(60));
    app.sell("1", "7000000101", 5_000).await.ok();

    let mut db = open(app);
    let partners = reference::load(&mut db).unwrap().partners;
    let mut settled = |from, to, step| settle(&mut db, (from, to), step).unwrap();
    let settlement = settled(START, START.after(Span::days(1)), ENTRIES_PER_STEP);
    let id = |name: &str| partners.iter().find(|(_, known)| known.name.contains(name)).map(|(id, _)| *id).unwrap();
    let (demo, other) = (id("Пример"), id("Другой"));
    assert_eq!(settlement.spent.get(&(other, demo)), Some(&20_000));
    let positions = settlement.positions();
    assert_eq!((positions[&other], positions[&demo]), (20_000, -20_000));
    assert_eq!(positions.values().sum::<i64>(), 0);
    for (partner, figures) in &settlement.issued {
        assert_eq!(figures.rest(), 0, "{partner}: {figures:?}");
    }
    assert_eq!(settlement.issued[&demo].issued, 170_000 + 5_000);
    // Nothing belongs to two periods, and nothing to none.
    assert_eq!(settled(START.after(Span::days(1)), START.after(Span::days(9)), ENTRIES_PER_STEP).positions().len(), 0);
    assert_eq!(settled(Moment(0), START, ENTRIES_PER_STEP).issued.len(), 0);
    // Entries of one millisecond are never in two steps, and those of the next are in the next.
    for step in [1, 4] {
        let stepped = settled(START, START.after(Span::days(1)), step);
        assert_eq!((stepped.spent, stepped.issued), (settlement.spent.clone(), settlement.issued.clone()), "{step}");
    }

    let report = |more: &[&str]| {
        let period: [&str; 5] = ["settlement", "--from", "2026-11-21", "--to", "2026-11-21"];
        let (code, said) = kopilka(app, &period.iter().chain(more).copied().collect::<Vec<_>>());
        assert_eq!(code, 0, "{said}");
        said
    };
    let excel = report(&["--csv"]);
    assert!(excel.starts_with("\u{feff}Что;Кто принял;Кто выпустил;Баллов\r\n"), "{excel}");
    assert!(excel.contains("\r\nсписано;Другой партнёр;Торговый дом «Пример»;200,00\r\n"), "{excel}");
    let plain = report(&["--csv=rfc4180"]);
    assert!(plain.starts_with("what,taken_by,issued_by,points\r\n"), "{plain}");
    assert!(plain.contains("\r\nspent,Другой партнёр,Торговый дом «Пример»,200.00\r\n"), "{plain}");
    let told = report(&[]);
    assert!(told.starts_with("Взаиморасчёты с 21.11.2026 по 21.11.2026; сутки по UTC+3:00"), "{told}");
    assert!(told.lines().any(|line| line.starts_with("списано ") && line.ends_with(" 200,00")), "{told}");
    assert_eq!(kopilka(app, &["settlement", "--from", "2026-11-21", "--to", "2026-11-20"]).0, 2);
}

async fn expiring_points_are_listed_by_date_and_masked(app: &App) {
    app.advance(Span::days(10));
    app.sell("1", "7000000101", 5_000).await.ok();
    let (opened, _) = Opened::with_keys(&app.config).unwrap();
    let list = |days| expiring(&mut opened.writer().unwrap(), &opened.vault, START, days, None).unwrap();
    assert_eq!(list(300), []);
    let soon: Vec<_> = list(366).into_iter().map(|row| (row.card.unwrap(), row.phone.masked(), row.points.0)).collect();
    let row = |card: &str, phone: &str, points| (card.to_owned(), phone.to_owned(), points);
    assert_eq!(soon, [row("7000000101", "+7 916 ***-**-01", 50_000), row("7000000102", "+7 916 ***-**-02", 120_000)]);
    let later = list(400);
    assert_eq!(later.len(), 3);
    assert!(later.is_sorted_by_key(|row| row.at) && later[2].points.0 == 5_000, "{later:?}");
    // The command line has the machine's own clock.
    for (form, head) in
        [("--csv", "\u{feff}Дата;Карта;Телефон;Баллов\r\n"), ("--csv=rfc4180", "date,card,phone,points\r\n")]
    {
        let (code, csv) = kopilka(app, &["expiring", "--within-days", "400", form]);
        assert!(code == 0 && csv.starts_with(head), "{csv}");
        assert!(!csv.contains("7000000101") && !csv.contains("+79160000101"), "{csv}");
    }
    let (code, told) = kopilka(app, &["expiring", "--within-days", "400"]);
    assert!(code == 0 && told.starts_with("Дата ") && told.contains("Строк: "), "{told}");
}
