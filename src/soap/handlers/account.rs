//! Operations of the office on accounts.

use crate::{
    domain::refusal::Refusal,
    service::account::{AccountView, GetAccount, SetFrozen},
    soap::{
        call::{Call, Reply},
        handlers::wire,
        messages::office_1,
    },
};

/// `GetAccount`.
pub fn get(message: office_1::GetAccount, call: &Call) -> Result<GetAccount, Refusal> {
    Ok(GetAccount { actor: call.actor.clone(), identifier: wire::identifier(&message.identifier)? })
}

/// `FreezeAccount`.
pub fn freeze(message: office_1::FreezeAccount, call: &Call) -> Result<SetFrozen, Refusal> {
    set_frozen(message.context, &message.identifier, message.reason, true, call)
}

/// `UnfreezeAccount`.
pub fn unfreeze(message: office_1::UnfreezeAccount, call: &Call) -> Result<SetFrozen, Refusal> {
    set_frozen(message.context, &message.identifier, message.reason, false, call)
}

fn set_frozen(
    message: office_1::OfficeContext,
    identifier: &str,
    reason: String,
    frozen: bool,
    call: &Call,
) -> Result<SetFrozen, Refusal> {
    Ok(SetFrozen {
        context: wire::office_context(message, call),
        identifier: wire::identifier(identifier)?,
        frozen,
        reason,
    })
}

impl Reply for AccountView {
    type Message = office_1::AccountResult;

    fn reply(&self, call: &Call) -> (String, office_1::AccountResult) {
        let account = office_1::Account {
            account_id: self.id.to_string(),
            state: self.state.word().into(),
            available: wire::points(self.balances.available),
            pending: wire::points(self.balances.pending),
            reserved: wire::points(self.balances.reserved),
            debt: wire::points(self.balances.debt),
            status_points: wire::points(self.status_points),
            phone: self.phone.as_ref().map(|phone| wire::shown_phone(phone, call)),
            phone_confirmed: self.phone_confirmed,
            cards: office_1::AccountCards { number: self.cards.clone() },
        };
        (self.done.into(), office_1::AccountResult { account: Some(account), ..Default::default() })
    }
}
