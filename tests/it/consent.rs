//! Consents are documents of their own.

use crate::support::{
    App,
    messages::{message, pos},
    on_both,
};

on_both! { consents_are_documents_of_their_own }

async fn consents_are_documents_of_their_own(app: &App) {
    let (identifier, purpose, channel) = ("7000000101", "advertising", "sms");
    let consent = message!(pos::Consent { purpose, channel, text_hash: "ab12" });
    app.pos(message!(pos::GiveConsent { identifier, consent })).await.ok();
    let withdraw = || app.pos(message!(pos::WithdrawConsent { identifier, purpose, channel }));
    withdraw().await.ok();
    withdraw().await.refused("CONSENT_UNKNOWN");
    let form = app.pos(message!(pos::GetQuestionnaire { identifier })).await.ok();
    assert_eq!(form.all("givenAt").len(), 1);
    assert_eq!(form.all("withdrawnAt").len(), 1);
}
