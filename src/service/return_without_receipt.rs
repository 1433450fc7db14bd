//! A return of goods without the receipt of their sale (E6), for a role of its own. Spent points are unknown and are
//! refunded as money. Points that such goods would earn today are revoked.

use crate::{
    domain::{
        account::{Balances, MovementKind, POINTS_MAX},
        card::Use,
        fiscal::FiscalHolder,
        ids::ReturnId,
        money::{Kopecks, Points, split},
        phone::Identifier,
        receipt::{Line, Spending, calculate},
        reference::Reference,
        refusal::{Decided, Decision, Refusal},
        return_without_receipt::ReturnWithoutReceipt,
        till_document::TillDocument,
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
    /// The caller, the till and the time.
    pub context: Context,
    /// The till document: till, time and number.
    pub document: TillDocument,
    /// The customer, if known. Without one no points move.
    pub identifier: Option<Identifier>,
    /// Why there is no receipt, and who approved the return.
    pub reason: String,
    /// The returned lines.
    pub lines: Vec<Line>,
}

/// A registered return without a receipt.
#[derive(Debug, Clone)]
pub struct ReturnedWithoutReceipt {
    /// Its id.
    pub id: ReturnId,
    /// The money to refund.
    pub amount_refund: Kopecks,
    /// Points revoked by the programme's policy, a debt included.
    pub revoked: Points,
    /// The balance afterwards.
    pub balance: Option<Balances>,
}

impl Command for RegisterReturnWithoutReceipt {
    type Outcome = ReturnedWithoutReceipt;

    fn touches(&self, reference: &Reference, touches: &mut Touches) {
        if let Some(identifier) = &self.identifier {
            touches.account(identifier);
        }
        if let Ok(place) = self.document.place(reference, &self.context.actor) {
            touches.return_key(self.document.key(&place));
        }
        if let Some(fiscal) = &self.document.fiscal {
            touches.fiscal(fiscal.key());
        }
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<ReturnedWithoutReceipt> {
        let context = self.context.resolve_for(&self.document, set)?;
        self.document.names_store_of(&context.place)?;
        let at = context::document_time(set, &context.actor, self.document.at(&context.place))?;
        receipt::sound(&self.lines, set)?;
        let holder = match &self.identifier {
            Some(identifier) => Some(context::holder(set, &context.actor, identifier, Use::Look)?),
            None => None,
        };
        let key = self.document.key(&context.place);
        if set.is_return_known(&key) {
            return Err(Refusal::ReturnDuplicate);
        }
        let fiscal = self.document.fiscal.as_ref();
        fiscal.map_or(Ok(()), |fiscal| set.fiscal_is_free(fiscal, context.actor.network))?;
        let rules = receipt::rules(set, &context.actor, at)?.1.clone();
        let calculation = calculate(&self.lines, &[], Some(&rules.earn), None, Spending::default());
        if calculation.points_to_earn > POINTS_MAX {
            return Err(Refusal::PointsTooMany);
        }
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
        // The lines tell what was taken in fact, in proportion to what they would earn.
        let weights: Vec<i64> = calculation.lines.iter().map(|line| line.points_to_earn.0).collect();
        let by_line = split(revoked.0, &weights).into_iter().map(Points);
        set.enter_fiscal(fiscal, FiscalHolder::Return(id), context.place.store.id);
        set.returns_without_receipt.push(ReturnWithoutReceipt {
            id,
            partner: context.actor.partner,
            store: context.place.store.id,
            key,
            occurred_at: self.document.at(&context.place),
            recorded_at: set.now,
            cashier: context.cashier.clone(),
            reason: self.reason.clone(),
            account: holder.map(|holder| holder.account),
            amount_refund,
            points_revoked: revoked,
            fiscal: self.document.fiscal.clone(),
            lines: self.lines.iter().cloned().zip(by_line).collect(),
        });
        Ok(Decided::Done(ReturnedWithoutReceipt { id, amount_refund, revoked, balance }))
    }
}
