//! A phone is confirmed by the code that came to it, and changed by the office.

use crate::support::{
    App,
    messages::{message, pos},
    on_both,
};
use kopilka::domain::moment::Span;

on_both! {
    a_phone_is_confirmed_by_its_code,
    another_phone_has_to_be_confirmed_and_voids_codes,
}

async fn a_phone_is_confirmed_by_its_code(app: &App) {
    let send = || app.pos(message!(pos::SendPhoneCode { phone: "8-916-000-01-02" }));
    let sent = send().await.ok();
    assert_eq!(sent.get("codeSentTo"), "+7 916 ***-**-02");
    send().await.refused("CODE_TOO_SOON");
    let code = app.phone.code("+79160000102", 0).await;
    let verify = |code: &str| app.pos(message!(pos::VerifyPhone { phone: "+79160000102", confirmation_code: code }));
    verify("1").await.refused("CODE_WRONG");
    verify(&code).await.ok();
    let found = app.pos(message!(pos::FindCustomer { identifier: "7000000102" })).await.ok();
    assert_eq!(found.get("phoneConfirmed"), "true");
    send().await.refused("PHONE_CONFIRMED");
}

async fn another_phone_has_to_be_confirmed_and_voids_codes(app: &App) {
    let hold = app.reserve("h", "7000000101", 900, 100).await.ok().get("reservationId").to_owned();
    let code = app.phone.code("+79160000101", 0).await;
    let changed = app.change_phone("7000000101", "8 916 555-44-33").await.ok();
    assert_eq!((changed.get("phone"), changed.get("phoneConfirmed")), ("+79165554433", "false"));
    app.confirm(&hold, &code).await.refused("CODE_NOT_SENT");
    app.balance("+79160000101").await.refused("CUSTOMER_UNKNOWN");
    assert_eq!(app.balance("+79165554433").await.ok().get("reserved"), "100.00");
    app.advance(Span::minutes(2));
    app.pos(message!(pos::ResendCode { reservation_id: &hold })).await.ok();
    let code = app.phone.code("+79165554433", 0).await;
    app.confirm(&hold, &code).await.ok();
    let same = app.change_phone("7000000101", "+79165554433").await.ok();
    assert_eq!(same.get("phone"), "+79165554433");
    app.change_phone("7000000101", "+79160000102").await.refused("PHONE_TAKEN");
}
