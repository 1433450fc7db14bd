//! `kopilka explain`: what a person reads who has to say why a balance was what it was.

use std::process::Command;

use super::{live_through_a_day, merge};
use crate::support::{App, on_both};
use kopilka::domain::moment::Span;

on_both! {
    every_step_is_explained_with_its_rule_and_the_sum_is_the_balance,
    a_phone_leads_there_too_and_is_masked,
    where_there_was_no_account_it_says_so,
    a_merged_account_says_where_it_went,
}

/// Runs a command on the database of a story; its exit code and what it said.
pub fn kopilka(app: &App, arguments: &[&str]) -> (i32, String) {
    let url = match (app.config.database.url.sqlite_path(), app.config.database.url.postgres_url()) {
        (Some(path), _) => format!("sqlite://{}", path.display()),
        (None, url) => url.unwrap().to_owned(),
    };
    let output = Command::new(env!("CARGO_BIN_EXE_kopilka"))
        .args(arguments)
        .args(["--database", &url])
        .env_clear()
        .env("KOPILKA_SECURITY__KEY_FILE", app.config.security.key_file.as_ref().unwrap())
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout) + &text(&output.stderr))
}

#[track_caller]
fn says(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "nothing of «{word}» in\n{text}");
    }
    for line in text.lines() {
        assert!(line.chars().count() <= 120, "too wide: {line}");
    }
}

async fn every_step_is_explained_with_its_rule_and_the_sum_is_the_balance(app: &App) {
    live_through_a_day(app).await;
    let card = |at: &str| kopilka(app, &["explain", "--card", "7000000101", "--at", at]);
    // At noon of the first day: welcome points, a sale for points, a sale, a cancelled one.
    let (code, first) = card("2026-11-21T12:00");
    assert_eq!(code, 0, "{first}");
    says(
        &first,
        &[
            "Баланс карты 7000000101 на 21.11.2026 12:00:00 (UTC+3:00)",
            "Приветственные баллы.",
            "Отложено под покупку: 300 баллов",
            "Списано из резерва: 200 баллов",
            "Резерв снят, вернулось: 100 баллов",
            "Отмена чека; снято начисленных:",
            "Магазин на Тверской",
            "до 21.11.2027 23:59, доступны",
            "Итого доступно: 317 баллов.",
        ],
    );
    assert!(!first.contains("22.11.26"), "{first}");
    // The next day's sale, and a hold that stands.
    let (_, next) = card("22.11.2026 12:00");
    says(&next, &["22.11.26 12:00", "Итого доступно: 222 балла.", "В резерве: 100 баллов."]);
    // The same moment with another offset.
    assert_eq!(card("2026-11-22T14:00+05:00").1, next);
    // Ten minutes later the hold had expired, though it was not written yet.
    let (_, lapsed) = card("2026-11-22T12:10");
    says(&lapsed, &["22.11.26 12:10*", "Время резерва истекло.", "Итого доступно: 322 балла."]);
    // In the end everything expires.
    let (_, end) = card("2028-01-01");
    says(&end, &["Сгорело: ", "22.11.27 23:59*", "Итого доступно: 0 баллов."]);
    assert_eq!(kopilka(app, &["verify"]).0, 0, "to ask changes nothing");
}

async fn a_phone_leads_there_too_and_is_masked(app: &App) {
    let (code, text) = kopilka(app, &["explain", "--phone", "+79160000102"]);
    assert_eq!(code, 0, "{text}");
    says(&text, &["Начислено: 1 200 баллов"]);
    assert!(!text.contains("9160000102"), "{text}");
}

async fn where_there_was_no_account_it_says_so(app: &App) {
    let none = |arguments: &[&str]| {
        let (code, text) = kopilka(app, arguments);
        assert_eq!(code, 1, "{text}");
        text
    };
    says(&none(&["explain", "--card", "123"]), &["нет такой карты 123"]);
    says(&none(&["explain", "--phone", "+79990000000"]), &["нет такого клиента с телефоном"]);
    says(&none(&["explain", "--card", "7000 000 001"]), &["не было счёта"]);
    says(&none(&["explain", "--card", "7000000101", "--at", "2026-11-20"]), &["не было счёта"]);
    assert_eq!(kopilka(app, &["explain", "--card", "7000000101", "--at", "вчера"]).0, 2);
    assert_eq!(kopilka(app, &["explain"]).0, 2);
}

async fn a_merged_account_says_where_it_went(app: &App) {
    app.advance(Span::minutes(1));
    merge(app, "+79160000102", "7000000101").await;
    let (_, into) = kopilka(app, &["explain", "--card", "7000000102", "--at", "2026-11-21T12:02"]);
    says(&into, &["Перешло с другого счёта: 1 200 баллов", "Итого доступно: 1 700 баллов."]);
    let (_, from) = kopilka(app, &["explain", "--phone", "+79160000102", "--at", "2026-11-21T12:02"]);
    says(
        &from,
        &[
            "Перешло на другой счёт: 1 200 баллов",
            "счёт закрыт. Причина: Один и тот же клиент.",
            "Этот счёт объединён со счётом",
            "Итого доступно: 0 баллов.",
        ],
    );
    let (_, before) = kopilka(app, &["explain", "--phone", "+79160000102", "--at", "2026-11-21T12:00"]);
    says(&before, &["Итого доступно: 1 200 баллов."]);
}
