//! Questionnaires: the partner page sees them whole, a till only what it needs.

use crate::support::{
    App,
    messages::{message, pos},
    on_both,
};

on_both! { a_till_sees_the_customer_masked_and_the_partner_page_in_full }

async fn a_till_sees_the_customer_masked_and_the_partner_page_in_full(app: &App) {
    let questionnaire = message!(pos::Questionnaire {
        surname: "Иванова",
        name: "Анна",
        birth_date: "1990-05-01",
        sex: "female",
        email: "anna@example.ru"
    });
    let saved = app.pos(message!(pos::SaveQuestionnaire { identifier: "7000000101", questionnaire })).await.ok();
    assert_eq!((saved.get("surname"), saved.get("email")), ("Иванова", "anna@example.ru"));
    let identifier = "8 916 000 01 01";
    let found = app.pos(message!(pos::FindCustomer { identifier })).by("kassa").await.ok();
    assert_eq!((found.get("phone"), found.get("name")), ("+7 916 ***-**-01", "Анна И."));
    let masked = app.pos(message!(pos::GetQuestionnaire { identifier })).by("kassa").await.ok();
    for secret in ["Иванова", "anna@", "1990"] {
        assert!(!masked.body.contains(secret), "{}", masked.body);
    }
}
