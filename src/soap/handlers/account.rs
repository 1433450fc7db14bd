//! Accounts, as the head office handles them.

use crate::{
    domain::{money::Points, refusal::Refusal},
    service::{
        account::{AccountView, ChangePhone, Get, MergeCustomers, SetFrozen},
        adjustment::Adjust,
    },
    soap::{
        messages::office,
        operations::{Call, Reply},
    },
};

use super::{office::context, wire};

/// `GetAccount`.
pub fn get(message: office::GetAccount, call: &Call) -> Result<Get, Refusal> {
    Ok(Get { actor: call.actor.clone(), identifier: wire::identifier(&message.identifier)? })
}

/// `FreezeAccount`.
pub fn freeze(message: office::FreezeAccount, call: &Call) -> Result<SetFrozen, Refusal> {
    set_frozen(message.context, &message.identifier, message.reason, true, call)
}

/// `UnfreezeAccount`.
pub fn unfreeze(message: office::UnfreezeAccount, call: &Call) -> Result<SetFrozen, Refusal> {
    set_frozen(message.context, &message.identifier, message.reason, false, call)
}

/// `MergeCustomers`.
pub fn merge(message: office::MergeCustomers, call: &Call) -> Result<MergeCustomers, Refusal> {
    Ok(MergeCustomers {
        context: context(message.context, call),
        identifier: wire::identifier(&message.identifier)?,
        into: wire::identifier(&message.into_identifier)?,
        reason: message.reason,
    })
}

/// `ChangePhone`.
pub fn change_phone(message: office::ChangePhone, call: &Call) -> Result<ChangePhone, Refusal> {
    Ok(ChangePhone {
        context: context(message.context, call),
        identifier: wire::identifier(&message.identifier)?,
        phone: wire::phone(&message.new_phone)?,
        reason: message.reason,
    })
}

/// `AdjustPoints`.
pub fn adjust(message: office::AdjustPoints, call: &Call) -> Result<Adjust, Refusal> {
    let adjustment = message.adjustment;
    Ok(Adjust {
        context: context(message.context, call),
        identifier: wire::identifier(&adjustment.identifier)?,
        points: Points(adjustment.points.0),
        reason: adjustment.reason,
        corrects: adjustment.corrected_entry.map(i64::from),
    })
}

fn set_frozen(
    message: office::OfficeContext,
    identifier: &str,
    reason: String,
    frozen: bool,
    call: &Call,
) -> Result<SetFrozen, Refusal> {
    Ok(SetFrozen { context: context(message, call), identifier: wire::identifier(identifier)?, frozen, reason })
}

impl Reply for AccountView {
    type Message = office::AccountResult;

    fn reply(&self, call: &Call) -> (String, office::AccountResult) {
        let account = office::Account {
            account_id: self.id.to_string(),
            state: self.state.word().into(),
            available: wire::points(self.balances.available),
            pending: wire::points(self.balances.pending),
            reserved: wire::points(self.balances.reserved),
            debt: wire::points(self.balances.debt),
            status_points: wire::points(self.status_points),
            phone: wire::shown_phone(&self.phone, call),
            phone_confirmed: self.phone_confirmed,
            cards: office::AccountCards { number: self.cards.clone() },
        };
        (self.done.into(), office::AccountResult { account: Some(account), ..Default::default() })
    }
}
