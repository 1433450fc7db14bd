//! A phone is confirmed by the code that came to it.

use crate::support::{
    App,
    messages::{message, pos},
    on_both,
};

on_both! { a_phone_is_confirmed_by_its_code }

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
