//! Customers: found and merged.

use crate::{
    domain::refusal::Refusal,
    service::customer::{CustomerFound, FindCustomer, MergeCustomers},
    soap::{
        call::{Call, Reply},
        handlers::wire,
        messages::{office_1, pos_1},
    },
};

/// `FindCustomer`.
pub fn find(message: pos_1::FindCustomer, call: &Call) -> Result<FindCustomer, Refusal> {
    Ok(FindCustomer { actor: call.actor.clone(), identifier: wire::identifier(&message.identifier)? })
}

/// `MergeCustomers`.
pub fn merge(message: office_1::MergeCustomers, call: &Call) -> Result<MergeCustomers, Refusal> {
    Ok(MergeCustomers {
        context: wire::office_context(message.context, call),
        identifier: wire::identifier(&message.identifier)?,
        into: wire::identifier(&message.into_identifier)?,
        reason: message.reason,
    })
}

impl Reply for CustomerFound {
    type Message = pos_1::FindCustomerResult;

    fn reply(&self, call: &Call) -> (String, pos_1::FindCustomerResult) {
        let message = pos_1::FindCustomerResult {
            customer: Some(wire::customer(&self.customer, call)),
            cards: wire::cards(&self.cards),
            balance: Some(wire::balance(&self.balance)),
            ..Default::default()
        };
        ("Клиент найден.".into(), message)
    }
}
