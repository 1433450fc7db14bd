//! Cards.

use crate::{
    domain::refusal::Refusal,
    service::card::{Act, CardView, ChangeCard, IssueCard, ReplaceCard},
    soap::{
        call::{Call, Reply},
        handlers::wire::{self, given},
        messages::pos_1,
    },
};

/// `IssueCard`.
pub fn issue(message: pos_1::IssueCard, call: &Call) -> Result<IssueCard, Refusal> {
    Ok(IssueCard {
        context: wire::context(message.context, call),
        number: wire::card_number(&message.card_number)?,
        identifier: given(Some(message.identifier)).map(|text| wire::identifier(&text)).transpose()?,
    })
}

/// `ActivateCard`.
pub fn activate(message: pos_1::ActivateCard, call: &Call) -> Result<ChangeCard, Refusal> {
    change(message.context, &message.card_number, Act::Activate, None, call)
}

/// `BlockCard`.
pub fn block(message: pos_1::BlockCard, call: &Call) -> Result<ChangeCard, Refusal> {
    change(message.context, &message.card_number, Act::Block, Some(message.reason), call)
}

/// `UnblockCard`.
pub fn unblock(message: pos_1::UnblockCard, call: &Call) -> Result<ChangeCard, Refusal> {
    change(message.context, &message.card_number, Act::Unblock, Some(message.reason), call)
}

/// `CloseCard`.
pub fn close(message: pos_1::CloseCard, call: &Call) -> Result<ChangeCard, Refusal> {
    change(message.context, &message.card_number, Act::Close, Some(message.reason), call)
}

/// `ReplaceCard`.
pub fn replace(message: pos_1::ReplaceCard, call: &Call) -> Result<ReplaceCard, Refusal> {
    Ok(ReplaceCard {
        context: wire::context(message.context, call),
        number: wire::card_number(&message.card_number)?,
        new_number: wire::card_number(&message.new_card_number)?,
        reason: message.reason,
    })
}

fn change(
    context: pos_1::Context,
    number: &str,
    act: Act,
    reason: Option<String>,
    call: &Call,
) -> Result<ChangeCard, Refusal> {
    Ok(ChangeCard { context: wire::context(context, call), number: wire::card_number(number)?, act, reason })
}

impl Reply for CardView {
    type Message = pos_1::CardResult;

    fn reply(&self, _: &Call) -> (String, pos_1::CardResult) {
        let message = pos_1::CardResult {
            card: Some(wire::card(&self.card)),
            balance: self.balance.as_ref().map(wire::balance),
            ..Default::default()
        };
        (self.done.into(), message)
    }
}
