//! `FindCustomer`.

use crate::{
    domain::refusal::Refusal,
    service::customer::{CustomerFound, FindCustomer},
    soap::{
        call::{Call, Reply},
        handlers::wire,
        messages::pos_1,
    },
};

/// `FindCustomer`.
pub fn find(message: pos_1::FindCustomer, call: &Call) -> Result<FindCustomer, Refusal> {
    Ok(FindCustomer { actor: call.actor.clone(), identifier: wire::identifier(&message.identifier)? })
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
