//! A phone is confirmed by the code that came to it, and changed by the office.

use crate::support::{
    App,
    messages::{message, pos},
    on_both, wrong_code,
};
use kopilka::domain::moment::Span;

on_both! {
    a_phone_is_confirmed_by_its_code,
    another_phone_has_to_be_confirmed_and_voids_codes,
    a_landline_is_a_contact_and_gets_no_codes,
}

async fn a_phone_is_confirmed_by_its_code(app: &App) {
    let send = || app.pos(message!(pos::SendPhoneCode { phone: "8-916-000-01-02" }));
    let sent = send().await.ok();
    assert_eq!(sent.get("codeSentTo"), "+7 916 ***-**-02");
    send().await.refused("CODE_TOO_SOON");
    let code = app.phone.code("+79160000102", 0).await;
    let verify = |code: &str| app.pos(message!(pos::VerifyPhone { phone: "+79160000102", confirmation_code: code }));
    verify("1").await.refused("CODE_INVALID");
    verify(&wrong_code(&[&code])).await.refused("CODE_WRONG");
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

async fn a_landline_is_a_contact_and_gets_no_codes(app: &App) {
    for (phone, card, turn) in [("8 495 123-45-67", "7000000001", 1), ("+7 727 234-56-78", "7000000002", 2)] {
        let registration = message!(pos::Registration { phone, card_number: card });
        let registered = app.pos(message!(pos::RegisterCustomer { registration })).await.ok();
        assert!(registered.get("message").contains("коды подтверждения на него не придут"), "{}", registered.body);
        app.pos(message!(pos::ActivateCard { card_number: card })).await.ok();
        app.sell(turn, phone, 100_000).await.ok();
        let refused = app.pos(message!(pos::SendPhoneCode { phone })).await.refused("PHONE_NOT_MOBILE");
        assert!(refused.get("message").starts_with("Номер +7 ") && refused.get("message").contains("***"));
        app.reserve(format!("h{turn}"), card, 900, 100).await.refused("PHONE_NOT_MOBILE");
        let balance = app.balance(card).await.ok();
        assert_eq!((balance.get("available"), balance.get("reserved")), ("1000.00", "0.00"));
        assert_eq!(app.phone.count("+74951234567") + app.phone.count("+77272345678"), 0, "nothing was sent");
    }
    // A mobile phone instead, and the codes come. The other way round a code cannot be sent again.
    app.change_phone("7000000001", "+7 916 555-44-33").await.ok();
    let hold = app.reserve("h3", "7000000001", 900, 100).await.ok().get("reservationId").to_owned();
    app.change_phone("7000000001", "84951234567").await.ok();
    app.advance(Span::minutes(2));
    app.pos(message!(pos::ResendCode { reservation_id: &hold })).await.refused("PHONE_NOT_MOBILE");
    // Where the programme asks for no codes, a landline is no hindrance.
    app.change_programme(|programme| programme.rules.rule.retain(|rule| rule.kind != "codes")).await;
    app.reserve("h4", "7000000002", 900, 100).await.ok();
}
