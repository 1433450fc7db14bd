//! `GetBalance`.

use crate::{
    domain::{refusal::Refusal, russian},
    service::balance::{self, BalanceView},
    soap::{
        call::{Call, Reply},
        handlers::wire,
        messages::pos_1,
    },
};

/// `GetBalance`.
pub fn get(message: pos_1::GetBalance, call: &Call) -> Result<balance::GetBalance, Refusal> {
    Ok(balance::GetBalance { actor: call.actor.clone(), identifier: wire::identifier(&message.identifier)? })
}

impl Reply for BalanceView {
    type Message = pos_1::BalanceResult;

    fn reply(&self, call: &Call) -> (String, pos_1::BalanceResult) {
        let dated = |(at, points): &(_, _)| pos_1::Dated {
            at: wire::local(*at, call.actor.utc_offset_minutes),
            points: wire::points(*points),
        };
        let message = pos_1::BalanceResult {
            card_number: self.card.as_ref().map(|card| card.number.clone()),
            card_state: self.card.as_ref().map(|card| card.state.word().into()),
            total: Some(wire::points(self.balances.total())),
            available: Some(wire::points(self.balances.available)),
            pending: Some(wire::points(self.balances.pending)),
            reserved: Some(wire::points(self.balances.reserved)),
            debt: Some(wire::points(self.balances.debt)),
            expiries: pos_1::Expiries { expiry: self.expiries.iter().map(dated).collect() },
            activations: pos_1::Activations { activation: self.activations.iter().map(dated).collect() },
            ..Default::default()
        };
        (format!("Доступно баллов: {}.", russian::figure(self.balances.available)), message)
    }
}
