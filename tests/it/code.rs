//! Codes: how long they live, how often they may be tried, and how many a day are sent.

use crate::support::{
    App,
    messages::{Programme as _, message, pos},
    on_both, wrong_code,
};
use kopilka::domain::moment::Span;

on_both! {
    a_code_ends_before_its_hold_and_a_resend_brings_no_tries_back,
    a_wrong_code_costs_one_try_however_often_it_is_sent,
    codes_a_day_are_capped,
    a_code_is_known_as_long_as_its_hold_stands,
}

async fn a_code_ends_before_its_hold_and_a_resend_brings_no_tries_back(app: &App) {
    let hold = app.reserve("h", "7000000101", 900, 300).await.ok().get("reservationId").to_owned();
    let first = app.phone.code("+79160000101", 0).await;
    app.confirm(&hold, &wrong_code(&[&first])).await.refused("CODE_WRONG");
    let resend = || app.pos(message!(pos::ResendCode { reservation_id: &hold }));
    resend().await.refused("CODE_TOO_SOON");
    app.advance(Span::minutes(6));
    app.confirm(&hold, &first).await.refused("CODE_EXPIRED");
    assert_eq!(resend().await.ok().get("triesLeft"), "2");
    let second = app.phone.code("+79160000101", 1).await;
    let wrong = wrong_code(&[&first, &second]);
    app.confirm(&hold, &wrong).await.refused("CODE_WRONG");
    app.confirm(&hold, &wrong).await.refused("CODE_TRIES_EXHAUSTED");
    app.confirm(&hold, &second).await.refused("RESERVATION_RELEASED");
    assert_eq!(app.balance("7000000101").await.ok().get("available"), "500.00");
}

async fn a_wrong_code_costs_one_try_however_often_it_is_sent(app: &App) {
    let hold = app.reserve("h", "7000000101", 100, 10).await.ok().get("reservationId").to_owned();
    let code = app.phone.code("+79160000101", 0).await;
    let wrong = app.confirm(&hold, &wrong_code(&[&code]));
    for _ in 0..5 {
        let refused = wrong.send().await.refused("CODE_WRONG");
        assert!(refused.get("message").contains("Осталось попыток: 2"));
    }
    app.confirm(&hold, &code).await.ok();
}

async fn codes_a_day_are_capped(app: &App) {
    for number in 0..10 {
        app.reserve(format!("r{number}"), "7000000101", 100, 1).await.ok();
    }
    app.reserve("r10", "7000000101", 100, 1).await.refused("CODE_LIMIT");
    assert_eq!(app.balance("7000000101").await.ok().get("reserved"), "10.00");
}

async fn a_code_is_known_as_long_as_its_hold_stands(app: &App) {
    app.change_programme(|programme| {
        programme.rule("reservation").minutes = Some(7 * 24 * 60);
        let codes = programme.rule("codes");
        (codes.minutes, codes.tries) = (Some(3 * 24 * 60), Some(2));
    })
    .await;
    let hold = app.reserve("h", "7000000101", 900, 300).await.ok().get("reservationId").to_owned();
    let first = app.phone.code("+79160000101", 0).await;
    app.confirm(&hold, &wrong_code(&[&first])).await.refused("CODE_WRONG");
    app.advance(Span::days(2));
    let seen = app.reservation(&hold).await.ok();
    assert_eq!((seen.get("triesLeft"), seen.get("codeSentTo")), ("1", "+7 916 ***-**-01"));
    app.advance(Span::days(2));
    app.confirm(&hold, &first).await.refused("CODE_EXPIRED");
    // A resend brings no tries back, though the first code is days old.
    let resent = app.pos(message!(pos::ResendCode { reservation_id: &hold })).await.ok();
    assert_eq!(resent.get("triesLeft"), "1");
    let second = app.phone.code("+79160000101", 1).await;
    app.advance(Span::days(1));
    assert_eq!(app.confirm(&hold, &second).await.ok().get("state"), "held");
}
