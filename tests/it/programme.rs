//! A programme's rules: how they are saved and asked for, and that they work at once, or from their day on.

use crate::support::{
    App,
    calls::Call,
    messages::{Field as _, Programme as _, Receipt as _, message, office},
    on_both,
};
use kopilka::domain::moment::Span;

on_both! {
    new_rules_work_at_once,
    a_late_receipt_is_computed_by_the_rules_of_its_day_and_new_points_wait,
    a_receipt_that_comes_later_than_36_hours_is_computed_by_the_rules_of_today,
    lifetimes_follow_the_calendar,
    a_programme_may_keep_spending_to_cards,
    status_points_are_kept_apart,
    what_was_got_and_saved_again_changes_nothing,
    a_kind_that_is_not_sent_is_not_there,
    every_kind_of_rule_is_returned_as_sent,
    a_rule_that_cannot_be_is_named,
    of_two_saves_of_one_version_one_is_done,
    a_version_that_is_to_come_counts,
    a_save_withdraws_what_was_planned_before_it,
    only_the_partner_that_answers_for_the_programme_saves_it,
}

/// A change that makes a programme wrong.
type Spoil = fn(&mut office::Programme);

fn save(app: &App, programme: office::Programme) -> Call {
    app.office(message!(office::SaveProgramme { programme }))
}

fn kinds(programme: &office::Programme) -> Vec<&str> {
    programme.rules.rule.iter().map(|rule| rule.kind.as_str()).collect()
}

/// Points live so long from now on, and so many count towards the status for every 100 roubles.
async fn set_terms(app: &App, period: &str, count: i32, status_points: i32) {
    app.change_programme(|programme| {
        programme.set(message!(office::ProgrammeRule { kind: "lifetime", period, count }));
        if status_points > 0 {
            programme.set(message!(office::ProgrammeRule { kind: "status", points: status_points, step: 100 }));
        }
    })
    .await;
}

async fn new_rules_work_at_once(app: &App) {
    app.change_programme(|programme| programme.rule("accrual").points = 5.field()).await;
    assert_eq!(app.sell("5", "7000000101", 1_000).await.ok().get("pointsEarned"), "50.00");
}

async fn a_late_receipt_is_computed_by_the_rules_of_its_day_and_new_points_wait(app: &App) {
    app.change_programme(|programme| {
        programme.valid_from = "2026-11-22T00:00:00".parse().unwrap();
        programme.rule("accrual").points = 10.field();
        programme.set(message!(office::ProgrammeRule { kind: "activation", days: 14 }));
    })
    .await;
    let late = app.receipt("1").of("7000000101").roubles(1_000);
    app.advance(Span::days(1));
    assert_eq!(app.sale(late).await.ok().get("pointsEarned"), "10.00");
    assert_eq!(app.sell("2", "7000000101", 1_000).await.ok().get("pointsEarned"), "100.00");
    let balance = app.balance("7000000101").await.ok();
    assert_eq!((balance.get("available"), balance.get("pending")), ("510.00", "100.00"));
    assert_eq!(balance.all("at").last(), Some(&"2026-12-06T00:00:00"));
    app.advance(Span::days(14));
    let balance = app.balance("7000000101").await.ok();
    assert_eq!((balance.get("available"), balance.get("pending")), ("610.00", "0.00"));
}

async fn a_receipt_that_comes_later_than_36_hours_is_computed_by_the_rules_of_today(app: &App) {
    let of = |number: &str| app.receipt(number).of("7000000101").roubles(1_000);
    let (first, second) = (of("1"), of("2"));
    app.advance(Span::minutes(1));
    app.change_programme(|programme| programme.rule("accrual").points = 10.field()).await;
    app.advance(Span::minutes(36 * 60 - 1));
    assert_eq!(app.sale(first).await.ok().get("pointsEarned"), "10.00");
    app.advance(Span::seconds(1));
    assert_eq!(app.quote(second.clone(), 0).await.ok().get("pointsToEarn"), "100.00");
    assert_eq!(app.sale(second).await.ok().get("pointsEarned"), "100.00");
}

async fn a_programme_may_keep_spending_to_cards(app: &App) {
    let (phone, card) = ("+79160000101", "7000000101");
    let receipt = |number: &str, identifier: &str| app.receipt(number).of(identifier).roubles(900);
    let held_by_phone = app.hold("h", phone, 100, (phone, 0)).await;
    app.change_programme(|programme| drop(programme.rule("card_only").kind.clone())).await;
    assert!(kinds(&app.programme().await).contains(&"card_only"));
    let quote = app.quote(receipt("q", phone), 100).await.ok();
    assert_eq!(["pointsMax", "pointsToEarn"].map(|name| quote.get(name)), ["0.00", "9.00"]);
    app.reserve("r", phone, 900, 100).await.refused("CARD_REQUIRED");
    assert_eq!(app.sell("1", phone, 1_000).await.ok().get("pointsEarned"), "10.00");
    // What was confirmed before stays spendable, and the card spends.
    app.sale_for_points(receipt("2", phone), &held_by_phone, 100).await.ok();
    app.advance(Span::minutes(2));
    let hold = app.hold("g", card, 100, (phone, 1)).await;
    app.sale_for_points(receipt("3", phone), &hold, 100).await.refused("RESERVATION_MISMATCH");
    app.sale_for_points(receipt("3", card), &hold, 100).await.ok();
    // A customer without a card has none to ask for, and is told so all the same.
    app.sell("4", card, 100).await.ok();
    app.change_programme(|programme| programme.remove("card_only")).await;
    app.advance(Span::minutes(2));
    app.reserve("s", phone, 900, 100).await.ok();
}

async fn lifetimes_follow_the_calendar(app: &App) {
    // It is 21 November 2026 in the tests.
    set_terms(app, "months", 3, 0).await;
    app.sell("T-1", "7000000001", 100).await.refused("CARD_NOT_ISSUED");
    app.sell("T-2", "7000000102", 700).await.ok();
    assert!(app.balance("7000000102").await.ok().body.contains("2027-02-21"), "three months on");
    set_terms(app, "year_end", 1, 0).await;
    app.sell("T-3", "7000000102", 700).await.ok();
    assert!(app.balance("7000000102").await.ok().body.contains("2027-12-31"), "the end of the next year");
    let lifetime = app.programme().await.rule("lifetime").clone();
    assert_eq!((lifetime.period.as_deref(), lifetime.count), (Some("year_end"), Some(1)));
    let mut programme = app.programme().await;
    programme.rule("lifetime").count = Some(40_000);
    save(app, programme).await.fault(500, "INVALID_REQUEST");
}

async fn status_points_are_kept_apart(app: &App) {
    set_terms(app, "year_end", 0, 1).await;
    let sale = app.sell("S-1", "7000000101", 750).await.ok().get("receiptId").to_owned();
    let seen = app.account("7000000101").await.ok();
    assert_eq!((seen.get("statusPoints"), seen.get("available")), ("7.00", "507.00"));
    assert_eq!(app.balance("7000000101").await.ok().get("total"), "507.00");
    app.reserve("h", "7000000101", 2_000, 508).await.refused("POINTS_NOT_ENOUGH");
    app.take_back(app.returned(&sale, "back")).await.ok();
    assert_eq!(app.account("7000000101").await.ok().get("statusPoints"), "0.00");
    app.sell("S-2", "7000000101", 750).await.ok();
    // They expire like any points, when the year ends.
    app.advance(Span::days(60));
    assert_eq!(app.account("7000000101").await.ok().get("statusPoints"), "0.00");
}

async fn what_was_got_and_saved_again_changes_nothing(app: &App) {
    let got = app.programme().await;
    assert_eq!(got.version, 1);
    assert_eq!(kinds(&got), ["accrual", "spending", "lifetime", "codes", "reservation", "grace", "returns"]);
    let saved = save(app, got.clone()).await.ok();
    assert_eq!(saved.read::<office::Programme>("programme"), got);
    assert_eq!(
        saved.get("message"),
        "Ничего не изменилось, новая редакция не нужна. Редакция 1 действует с 01.01.1970 03:00."
    );
    assert_eq!(app.programme().await, got);
    // Another name, and no other rules: the office sees that as a version too.
    let renamed = office::Programme { name: "Другая".into(), ..got };
    let saved = save(app, renamed.clone()).await.ok();
    assert_eq!(saved.read::<office::Programme>("programme"), office::Programme { version: 2, ..renamed });
    assert_eq!(saved.get("message"), "Редакция 2 действует с 01.01.1970 03:00.");
}

async fn a_kind_that_is_not_sent_is_not_there(app: &App) {
    app.change_programme(|programme| {
        programme.rules.rule.retain(|rule| ["reservation", "returns"].contains(&rule.kind.as_str()))
    })
    .await;
    assert_eq!(kinds(&app.programme().await), ["reservation", "returns"]);
    // Nothing is earned and nothing can be spent.
    let quote = app.quote(app.receipt("1").of("7000000101").roubles(1_000), 100).await.ok();
    assert_eq!(
        (quote.get("pointsToEarn"), quote.get("pointsMax"), quote.get("codeRequired")),
        ("0.00", "0.00", "false")
    );
    // Accrual alone comes back: at once, for ever, without status points.
    app.change_programme(|programme| {
        programme.set(message!(office::ProgrammeRule {
            kind: "accrual",
            points: 1,
            step: 1,
            unit: 1,
            rounding: "down"
        }));
        programme.set(message!(office::ProgrammeRule { kind: "spending", share: 50, unit: 1 }));
    })
    .await;
    let expiries = app.balance("7000000102").await.ok().get("expiries").to_owned();
    app.sell("2", "7000000102", 70).await.ok();
    let balance = app.balance("7000000102").await.ok();
    assert_eq!((balance.get("available"), balance.get("pending")), ("1270.00", "0.00"));
    assert_eq!(balance.get("expiries"), expiries, "what was earned never lapses");
    assert_eq!(app.account("7000000102").await.ok().get("statusPoints"), "0.00");
    // No code is asked for.
    assert_eq!(app.reserve("h", "7000000101", 1_000, 100).await.ok().get("state"), "held");
}

async fn every_kind_of_rule_is_returned_as_sent(app: &App) {
    let rules = vec![
        message!(office::ProgrammeRule { kind: "accrual", points: 3, step: 50, unit: "0.01", rounding: "half_up" }),
        message!(office::ProgrammeRule { kind: "spending", unit: 10, share: "33.33" }),
        message!(office::ProgrammeRule { kind: "lifetime", period: "month_end", count: 0 }),
        message!(office::ProgrammeRule { kind: "activation", days: 7 }),
        message!(office::ProgrammeRule { kind: "status", points: 2, step: 1_000 }),
        message!(office::ProgrammeRule { kind: "codes", minutes: 7, tries: 5 }),
        message!(office::ProgrammeRule { kind: "reservation", minutes: 20 }),
        message!(office::ProgrammeRule { kind: "grace", days: 1 }),
        message!(office::ProgrammeRule { kind: "returns", policy: "within_balance" }),
    ];
    // In whatever order they come.
    app.change_programme(|programme| programme.rules.rule = rules.iter().rev().cloned().collect()).await;
    assert_eq!(app.programme().await.rules.rule, rules);
}

async fn a_rule_that_cannot_be_is_named(app: &App) {
    let got = app.programme().await;
    let wrong: [(Spoil, &str); 13] = [
        (|p| p.remove("returns"), "нет обязательного правила returns."),
        (|p| p.remove("reservation"), "нет обязательного правила reservation."),
        (|p| p.rules.rule.push(p.rules.rule[0].clone()), "правило accrual указано дважды."),
        (|p| p.rule("spending").kind = "gifts".into(), "правило «gifts» неизвестно."),
        (|p| p.rule("grace").share = 5.field(), "в правиле grace не бывает поля share."),
        (|p| p.rule("returns").days = Some(1), "в правиле returns не бывает поля days."),
        (|p| p.rule("accrual").step = None, "в правиле accrual не указано поле step."),
        (|p| p.rule("codes").tries = None, "в правиле codes не указано поле tries."),
        (|p| p.rule("accrual").points = 0.field(), "в правиле accrual поле points должно быть больше нуля."),
        (|p| p.rule("grace").days = Some(0), "в правиле grace поле days должно быть больше нуля."),
        (
            |p| p.rule("accrual").rounding = "over".field(),
            "в правиле accrual поле rounding не может иметь такое значение.",
        ),
        (
            |p| p.rule("lifetime").period = "never".field(),
            "в правиле lifetime поле period не может иметь такое значение.",
        ),
        (|p| p.rule("codes").minutes = Some(60), "код не может жить дольше резерва."),
    ];
    for (spoil, what) in wrong {
        let mut programme = got.clone();
        spoil(&mut programme);
        let refused = save(app, programme).await.refused("PROGRAMME_INVALID");
        assert_eq!(
            refused.get("message"),
            format!("Программа заполнена неверно: {what} Исправьте её и сохраните ещё раз.")
        );
    }
    assert_eq!(app.programme().await, got, "nothing was changed");
}

async fn of_two_saves_of_one_version_one_is_done(app: &App) {
    for round in 0..5 {
        let got = app.programme().await;
        let changed = |points: i32| {
            let mut programme = got.clone();
            programme.rule("accrual").points = points.field();
            save(app, programme)
        };
        let (one, two) = (changed(2 * round + 2), changed(2 * round + 3));
        let (one_said, two_said) = tokio::join!(one.send(), two.send());
        let (done, late, lost) =
            if one_said.code() == "OK" { (one_said, two_said, two) } else { (two_said, one_said, one) };
        let (done, late) = (done.ok(), late.refused("VERSION_CHANGED"));
        let version = got.version + 1;
        assert_eq!(done.get("version"), version.to_string());
        assert!(late.get("message").contains(&format!("({version})")), "{}", late.body);
        assert_eq!(app.programme().await, done.read::<office::Programme>("programme"));
        // The same call again has its first answer.
        assert_eq!(lost.send().await.refused("VERSION_CHANGED").body, late.body);
    }
}

async fn a_version_that_is_to_come_counts(app: &App) {
    let got = app.programme().await;
    let mut next = got.clone();
    next.valid_from = "2027-01-01T00:00:00".parse().unwrap();
    next.rule("accrual").points = 7.field();
    save(app, next).await.ok();
    // The next save must start from it, so it cannot be overwritten unseen. The rules in force are unchanged.
    let seen = app.programme().await;
    assert_eq!((seen.version, seen.valid_from.to_string()), (got.version + 1, "2027-01-01T00:00:00".to_owned()));
    save(app, got.clone()).await.refused("VERSION_CHANGED");
    assert_eq!(app.sell("0", "7000000101", 100).await.ok().get("pointsEarned"), "1.00");
    let asked = app.office(message!(office::GetProgramme { programme_code: "demo" })).await.ok();
    let to_come = "Редакция 2 начнёт действовать с 01.01.2027 00:00, до этого действует редакция 1.";
    assert_eq!(asked.get("message"), to_come);
    app.advance(Span::days(60));
    assert_eq!(app.sell("2", "7000000101", 100).await.ok().get("pointsEarned"), "7.00");
}

async fn a_save_withdraws_what_was_planned_before_it(app: &App) {
    let planned = |points: i32, from: &'static str| {
        move |programme: &mut office::Programme| {
            programme.valid_from = from.parse().unwrap();
            programme.rule("accrual").points = points.field();
        }
    };
    app.change_programme(planned(7, "2027-01-01T00:00:00")).await;
    app.change_programme(planned(8, "2027-02-01T00:00:00")).await;
    let mut correction = app.programme().await;
    correction.valid_from = app.now();
    correction.rule("accrual").points = 2.field();
    let saved = save(app, correction).await.ok();
    assert!(saved.get("message").contains("2 (с 01.01.2027 00:00), 3 (с 01.02.2027 00:00)"), "{}", saved.body);
    assert_eq!(app.sell("1", "7000000101", 100).await.ok().get("pointsEarned"), "2.00");
    // What is planned after it is in force from its own day on, and withdraws nothing that begins earlier.
    app.change_programme(planned(9, "2027-01-15T00:00:00")).await;
    app.advance(Span::days(45));
    assert_eq!(app.sell("2", "7000000101", 100).await.ok().get("pointsEarned"), "2.00", "5 January");
    app.advance(Span::days(45));
    assert_eq!(app.sell("3", "7000000101", 100).await.ok().get("pointsEarned"), "9.00", "19 February");
}

async fn only_the_partner_that_answers_for_the_programme_saves_it(app: &App) {
    let got = app.programme().await;
    app.add_stranger();
    save(app, got.clone()).by("stranger").await.refused("PROGRAMME_NOT_YOURS");
    let mut unknown = got.clone();
    unknown.programme_code = "other".into();
    save(app, unknown).await.refused("PROGRAMME_UNKNOWN");
    save(app, got).by("demo").await.fault(500, "FORBIDDEN");
}
