//! A return of goods without the receipt of their sale (E6): only for those who may. Spent points cannot be found and go back as
//! money; points that such goods would earn today are taken back.

use crate::{
    domain::{
        account::{Balances, MovementKind},
        card::Use,
        ids::ReturnId,
        moment::{GivenTime, local_day},
        money::{Kopecks, Points},
        phone::Identifier,
        receipt::{Line, Spending, calculate},
        reference::Reference,
        refusal::{Decided, Decision, Refusal},
        return_without_receipt::ReturnWithoutReceipt,
        till_document::{Fiscal, ReceiptKey},
    },
    service::{
        context::{self, Context},
        receipt,
    },
    working_set::{Touches, WorkingSet, command::Command},
};

/// Registers a return without the receipt of its sale.
#[derive(Debug)]
pub struct RegisterReturnWithoutReceipt {
    /// Who, where, when.
    pub context: Context,
    /// The store's code, if the till names it.
    pub store: Option<String>,
    /// The till's code.
    pub till: String,
    /// The shift; empty where there is none.
    pub shift: String,
    /// The number of the return.
    pub number: String,
    /// Its time.
    pub at: GivenTime,
    /// The customer, if known: without one no points move.
    pub identifier: Option<Identifier>,
    /// Why there is no receipt, and who allowed it.
    pub reason: String,
    /// What came back.
    pub lines: Vec<Line>,
    /// The fiscal document, where it is known already.
    pub fiscal: Option<Fiscal>,
}

/// What a return without a receipt came to.
#[derive(Debug, Clone)]
pub struct ReturnedWithoutReceipt {
    /// Its id.
    pub id: ReturnId,
    /// The money to give back.
    pub amount_refund: Kopecks,
    /// Points taken back by the programme's policy, a debt included.
    pub revoked: Points,
    /// The balance afterwards.
    pub balance: Option<Balances>,
}

impl RegisterReturnWithoutReceipt {
    fn key(&self, place: &crate::domain::reference::Place) -> ReceiptKey {
        let offset = place.store.utc_offset_minutes;
        ReceiptKey {
            till: place.till,
            local_day: local_day(self.at.at(offset), offset),
            shift: self.shift.clone(),
            number: self.number.clone(),
        }
    }
}

impl Command for RegisterReturnWithoutReceipt {
    type Outcome = ReturnedWithoutReceipt;

    fn touches(&self, reference: &Reference, touches: &mut Touches) {
        if let Some(identifier) = &self.identifier {
            touches.account(identifier);
        }
        if let Ok(place) = reference.place(&self.context.actor, &self.till) {
            touches.return_key(self.key(&place));
        }
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<ReturnedWithoutReceipt> {
        let context = self.context.resolve(set)?;
        if self.till != self.context.till {
            return Err(Refusal::TillMismatch);
        }
        if let Some(code) = self.store.as_ref().filter(|code| **code != context.place.store.code) {
            return Err(Refusal::StoreUnknown { store: code.clone() });
        }
        let at = context::accepted_time(set, self.at.at(context.place.store.utc_offset_minutes))?;
        receipt::sound(&self.lines, set)?;
        let holder = match &self.identifier {
            Some(identifier) => Some(context::holder(set, &context.actor, identifier, Use::Look)?),
            None => None,
        };
        let key = self.key(&context.place);
        let known = set.return_keys.contains(&key)
            || set.returns.items().iter().any(|other| other.key == key)
            || set.returns_without_receipt.items().iter().any(|other| other.key == key);
        if known {
            return Err(Refusal::ReturnDuplicate);
        }
        let rules = receipt::rules(set, &context.actor, at)?.clone();
        let calculation = calculate(&self.lines, &[], Some(&rules.earn), None, Spending::default());
        let id = ReturnId(set.new_id());
        let mut step = context.step(set, MovementKind::Return, Some("Возврат товара без чека".into()));
        step.cause.return_id = Some(id);
        let account = holder.and_then(|holder| set.accounts.get_mut(&holder.account));
        let (revoked, balance) = match account {
            Some(account) => {
                let revoked = account.revoke_any(calculation.points_to_earn, rules.return_policy, &step);
                (revoked, Some(account.balances))
            }
            None => (Points::ZERO, None),
        };
        let amount_refund = calculation.amount_due;
        set.returns_without_receipt.push(ReturnWithoutReceipt {
            id,
            partner: context.actor.partner,
            store: context.place.store.id,
            key,
            occurred_at: at,
            recorded_at: set.now,
            cashier: context.cashier.clone(),
            reason: self.reason.clone(),
            account: holder.map(|holder| holder.account),
            amount_refund,
            points_revoked: revoked,
            fiscal: self.fiscal.clone(),
            lines: self.lines.iter().cloned().zip(calculation.lines.iter().map(|line| line.points_to_earn)).collect(),
        });
        Ok(Decided::Done(ReturnedWithoutReceipt { id, amount_refund, revoked, balance }))
    }
}
