//! Codes: how long they live, how often they may be tried, and how many a day are sent.

use crate::support::{
    App,
    messages::{Programme as _, Receipt as _, message, pos},
    on_both, wrong_code,
};
use kopilka::domain::moment::Span;

on_both! {
    a_code_ends_before_its_hold_and_a_resend_brings_no_tries_back,
    a_wrong_code_costs_one_try_however_often_it_is_sent,
    codes_a_day_are_capped,
    tries_and_the_pause_belong_to_the_account,
    the_pause_holds_for_every_way_of_sending,
    a_code_is_known_as_long_as_its_hold_stands,
    a_code_is_taken_as_the_phone_shows_it,
    what_is_no_code_costs_no_try_and_a_wrong_one_says_what_is_left,
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
        app.advance(Span::minutes(1));
    }
    app.reserve("r10", "7000000101", 100, 1).await.refused("CODE_LIMIT");
    // The last one stands: what was refused has not taken its place.
    assert_eq!(app.balance("7000000101").await.ok().get("reserved"), "1.00");
}

async fn a_code_is_taken_as_the_phone_shows_it(app: &App) {
    let wide = |code: &str| code.chars().map(|c| char::from_u32(u32::from(c) + 0xfee0).unwrap()).collect::<String>();
    let shown: [fn(&str) -> String; 4] = [
        |code| format!("{} {}", &code[..3], &code[3..]),
        |code| format!("\u{a0}{}\u{a0}{}\n", &code[..3], &code[3..]),
        |code| format!("{}-{}", &code[..3], &code[3..]),
        |code| format!("\u{202d}{}\u{2013}{}\u{202c}", &code[..3], &code[3..]),
    ];
    for (nth, spelling) in shown.into_iter().enumerate() {
        let hold = app.reserve(format!("h{nth}"), "7000000101", 100, 10).await.ok().get("reservationId").to_owned();
        let code = app.phone.code("+79160000101", nth).await;
        assert_eq!(app.confirm(&hold, &spelling(&code)).await.ok().get("state"), "held", "{}", spelling(&code));
        app.release(&hold).await.ok();
        app.advance(Span::minutes(2));
    }
    app.pos(message!(pos::SendPhoneCode { phone: "+79160000102" })).await.ok();
    let code = wide(&app.phone.code("+79160000102", 0).await);
    app.pos(message!(pos::VerifyPhone { phone: "+79160000102", confirmation_code: &code })).await.ok();
}

async fn what_is_no_code_costs_no_try_and_a_wrong_one_says_what_is_left(app: &App) {
    let phone = "+79160000101";
    let hold = app.reserve("h", "7000000101", 900, 300).await.ok().get("reservationId").to_owned();
    app.pos(message!(pos::SendPhoneCode { phone: "+79160000102" })).await.ok();
    let wrong = wrong_code(&[&app.phone.code(phone, 0).await, &app.phone.code("+79160000102", 0).await]);
    let confirm = |code: &str| app.confirm(&hold, code);
    let verify = |code: &str| app.pos(message!(pos::VerifyPhone { phone: "+79160000102", confirmation_code: code }));
    for no_code in ["12345", "1234567", "12345O", "код", "-", "12.34.56"] {
        for refused in [confirm(no_code).await.refused("CODE_INVALID"), verify(no_code).await.refused("CODE_INVALID")] {
            assert_eq!(refused.get("triesLeft"), "3", "{no_code}: {}", refused.body);
            assert!(refused.get("message").contains("в нём 6 цифр"), "{}", refused.body);
        }
    }
    for left in ["2", "1"] {
        let (held, sent) = (confirm(&wrong).await.refused("CODE_WRONG"), verify(&wrong).await.refused("CODE_WRONG"));
        assert_eq!((held.get("triesLeft"), held.get("state")), (left, "awaiting_code"));
        assert_eq!((sent.get("triesLeft"), sent.get("codeSentTo")), (left, "+7 916 ***-**-02"));
    }
    // The last try ends both in the same way, each with its own next step.
    let (held, sent) = (confirm(&wrong).await.refused("CODE_TRIES_EXHAUSTED"), verify(&wrong).await);
    let sent = sent.refused("CODE_TRIES_EXHAUSTED");
    assert_eq!((held.get("triesLeft"), held.get("state")), ("0", "released"));
    assert_eq!((sent.get("triesLeft"), sent.find("codeSentTo")), ("0", None));
    assert!(held.get("message").contains("зарезервируйте баллы заново"), "{}", held.body);
    let told = sent.get("message");
    assert!(told.contains("Отправьте клиенту новый код") && !told.contains("езерв"), "{told}");
    assert_eq!(app.balance("7000000101").await.ok().get("reserved"), "0.00");
    // And it stays so: the right code comes too late.
    let late = app.phone.code("+79160000102", 0).await;
    verify(&late).await.refused("CODE_TRIES_EXHAUSTED");
    confirm(&app.phone.code(phone, 0).await).await.refused("RESERVATION_RELEASED");
    app.advance(Span::minutes(2));
    assert_eq!(app.pos(message!(pos::SendPhoneCode { phone: "+79160000102" })).await.ok().get("triesLeft"), "3");
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

async fn tries_and_the_pause_belong_to_the_account(app: &App) {
    let phone = "+79160000101";
    let first = app.reserve("a", "7000000101", 900, 300).await.ok().get("reservationId").to_owned();
    let code = app.phone.code(phone, 0).await;
    app.confirm(&first, &wrong_code(&[&code])).await.refused("CODE_WRONG");
    // Other points: the code that was sent says nothing of them, and another one has to wait.
    let second = app.reserve_for(app.receipt("a").of("7000000101").roubles(900), 200).await.ok();
    assert_eq!(
        (second.get("state"), second.find("codeSentTo"), second.find("triesLeft")),
        ("awaiting_code", None, None)
    );
    assert_eq!(second.get("resendAfter"), "2026-11-21T12:01:00");
    assert!(second.get("message").contains("Код ещё не отправлен: отправьте его через 60 сек."), "{}", second.body);
    let hold = second.get("reservationId");
    app.confirm(hold, &code).await.refused("CODE_NOT_SENT");
    let resend = || app.pos(message!(pos::ResendCode { reservation_id: hold }));
    resend().await.refused("CODE_TOO_SOON");
    app.advance(Span::minutes(1));
    // A newer hold brings no tries back, nor do a release and another one.
    assert_eq!(resend().await.ok().get("triesLeft"), "2");
    let next = app.phone.code(phone, 1).await;
    app.confirm(hold, &wrong_code(&[&code, &next])).await.refused("CODE_WRONG");
    app.release(hold).await.ok();
    app.advance(Span::minutes(1));
    let third = app.reserve("b", "7000000101", 900, 300).await.ok();
    assert_eq!(third.get("triesLeft"), "1");
    let last = app.phone.code(phone, 2).await;
    app.confirm(third.get("reservationId"), &wrong_code(&[&code, &next, &last])).await.refused("CODE_TRIES_EXHAUSTED");
    assert_eq!(app.phone.count(phone), 3);
    app.advance(Span::minutes(1));
    let fourth = app.reserve("c", "7000000101", 900, 300).await.ok();
    assert_eq!(fourth.get("triesLeft"), "3");
    let code = app.phone.code(phone, 3).await;
    app.confirm(fourth.get("reservationId"), &code).await.ok();
    // A code that was used ends its pause: something new begins.
    assert!(app.reserve("d", "7000000101", 900, 100).await.ok().find("codeSentTo").is_some());
}

async fn the_pause_holds_for_every_way_of_sending(app: &App) {
    let phone = "+79160000102";
    let send = || app.pos(message!(pos::SendPhoneCode { phone }));
    send().await.ok();
    let held = app.reserve("h", "7000000102", 900, 100).await.ok();
    assert_eq!((held.get("state"), held.find("codeSentTo")), ("awaiting_code", None));
    app.pos(message!(pos::ResendCode { reservation_id: held.get("reservationId") })).await.refused("CODE_TOO_SOON");
    app.advance(Span::minutes(1));
    app.pos(message!(pos::ResendCode { reservation_id: held.get("reservationId") })).await.ok();
    send().await.refused("CODE_TOO_SOON");
    app.reserve("g", "7000000102", 900, 200).await.ok();
    assert_eq!(app.phone.count(phone), 2);
    app.advance(Span::minutes(1));
    send().await.ok();
    let _ = app.phone.code(phone, 2).await;
}
