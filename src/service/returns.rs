//! Returns of goods: spent points go back to their lots, earned ones are revoked (E6).

use crate::{
    domain::{
        account::{Balances, MovementKind, Step},
        fiscal::FiscalHolder,
        ids::{ReceiptId, ReturnId},
        moment::Moment,
        money::Quantity,
        reference::{Actor, Place, Reference},
        refusal::{Decided, Decision, Refusal},
        returns::{self, Return, ReturnCalculation, ReturnProblem},
        sale::Sale,
        till_document::TillDocument,
    },
    service::{
        context::{self, Context},
        sale::{Original, balance},
    },
    working_set::{Touches, Undone, WorkingSet, command::Command},
};

/// A return as a till sent it.
#[derive(Debug, Clone)]
pub struct ReturnDraft {
    /// The sale.
    pub of: Original,
    /// The till document: till, time and number.
    pub document: TillDocument,
    /// Line numbers and quantities; empty for everything that is left.
    pub lines: Vec<(u32, Quantity)>,
}

/// Calculates a return; changes nothing.
#[derive(Debug)]
pub struct QuoteReturn {
    /// The caller.
    pub actor: Actor,
    /// The return.
    pub draft: ReturnDraft,
}

/// Registers a return.
#[derive(Debug)]
pub struct RegisterReturn {
    /// The caller, the till and the time.
    pub context: Context,
    /// The return.
    pub draft: ReturnDraft,
}

/// A calculated or registered return.
#[derive(Debug, Clone)]
pub struct Returned {
    /// Its id; `None` for a quote.
    pub id: Option<ReturnId>,
    /// The sale.
    pub receipt: ReceiptId,
    /// By line; the points taken back are those that were taken in fact, by the programme's policy.
    pub calculation: ReturnCalculation,
    /// The balance afterwards.
    pub balance: Option<Balances>,
}

impl ReturnDraft {
    fn touches(&self, actor: &Actor, reference: &Reference, touches: &mut Touches) {
        self.of.touches(actor, reference, touches);
        if let Ok(place) = self.document.place(reference, actor) {
            touches.return_key(self.document.key(&place));
        }
        if let Some(fiscal) = &self.document.fiscal {
            touches.fiscal(fiscal.key());
        }
    }

    /// The till's place, and the moment that the document's time stands for.
    fn accepted(&self, set: &WorkingSet, actor: &Actor) -> Result<(Place, Moment), Refusal> {
        let place = self.document.place(&set.reference, actor)?;
        let at = context::document_time(set, actor, self.document.at(&place))?;
        self.document.names_store_of(&place)?;
        Ok((place, at))
    }

    /// The sale, the calculation of its return, and the till's place.
    fn calculate(&self, set: &mut WorkingSet, actor: &Actor) -> Result<(Sale, ReturnCalculation, Place), Refusal> {
        let (place, at) = self.accepted(set, actor)?;
        let sale = self.of.find(set, actor)?;
        // The clocks of two tills may differ by the tolerance.
        if at.after(set.settings.clock_ahead_tolerance) < sale.occurred_at {
            return Err(Refusal::ReturnBeforeSale);
        }
        sale.returnable()?;
        let calculation = returns::calculate(&sale.sold_lines(), &self.lines).map_err(refusal)?;
        Ok((sale, calculation, place))
    }

    /// Moves the points; returns how many were revoked.
    fn move_points(
        sale: &mut Sale,
        calculation: ReturnCalculation,
        set: &mut WorkingSet,
        step: &Step,
    ) -> ReturnCalculation {
        let shares = sale.take_back(&calculation);
        let refund = calculation.amount_refund;
        let undone = Undone {
            restored: &shares,
            earned: calculation.points_revoked,
            refund,
            refund_left: sale.amount_due.minus(sale.returned_amount().minus(refund)),
        };
        let revoked = set.undo_sale(sale, undone, step);
        calculation.taking(revoked)
    }
}

impl Command for QuoteReturn {
    type Outcome = Returned;

    fn touches(&self, reference: &Reference, touches: &mut Touches) {
        self.draft.touches(&self.actor, reference, touches);
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<Returned> {
        let (mut sale, calculation, place) = self.draft.calculate(set, &self.actor)?;
        let context = context::ResolvedContext { actor: self.actor.clone(), place, cashier: None, at: set.now };
        let step = context.step(set, MovementKind::Return, None);
        // Done and undone, so that a quote and a return cannot differ; others of the batch must not see it (invariant 26).
        let calculation = ReturnDraft::move_points(&mut sale, calculation, set, &step);
        let balance = balance(set, sale.holder.as_ref());
        let is_over_full = set.is_over_full();
        set.undo();
        if is_over_full {
            return Err(Refusal::PointsTooMany);
        }
        Ok(Decided::Done(Returned { id: None, receipt: sale.id, balance, calculation }))
    }
}

impl Command for RegisterReturn {
    type Outcome = Returned;

    fn touches(&self, reference: &Reference, touches: &mut Touches) {
        self.draft.touches(&self.context.actor, reference, touches);
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<Returned> {
        let context = self.context.resolve_for(&self.draft.document, set)?;
        let place = self.draft.accepted(set, &context.actor)?.0;
        // Before the goods: a till that sends its document again must learn that it is there, not that nothing is left.
        let key = self.draft.document.key(&place);
        if set.is_return_known(&key) {
            return Err(Refusal::ReturnDuplicate);
        }
        let fiscal = self.draft.document.fiscal.as_ref();
        fiscal.map_or(Ok(()), |fiscal| set.fiscal_is_free(fiscal, context.actor.network))?;
        let (mut sale, calculation, place) = self.draft.calculate(set, &context.actor)?;
        let id = ReturnId(set.new_id());
        let mut step = context.step(set, MovementKind::Return, Some("Возврат товара".into()));
        step.cause.receipt = Some(sale.id);
        step.cause.return_id = Some(id);
        let calculation = ReturnDraft::move_points(&mut sale, calculation, set, &step);
        set.enter_fiscal(fiscal, FiscalHolder::Return(id), place.store.id);
        set.returns.push(Return {
            id,
            receipt: sale.id,
            key,
            occurred_at: self.draft.document.at(&place),
            recorded_at: set.now,
            cashier: context.cashier.clone(),
            fiscal: self.draft.document.fiscal.clone(),
            calculation: calculation.clone(),
        });
        let outcome =
            Returned { id: Some(id), receipt: sale.id, balance: balance(set, sale.holder.as_ref()), calculation };
        set.receipts.put(sale.id, sale);
        Ok(Decided::Done(outcome))
    }
}

fn refusal(problem: ReturnProblem) -> Refusal {
    match problem {
        ReturnProblem::NothingLeft => Refusal::ReturnNothingLeft,
        ReturnProblem::UnknownLine { line } => Refusal::ReturnLineUnknown { line },
        ReturnProblem::MoreThanLeft { line, left } => Refusal::ReturnOverSold { line, left },
        ReturnProblem::AskedTwice { .. } | ReturnProblem::NoQuantity { .. } => {
            Refusal::ReceiptInvalid { what: problem.to_string().trim_end_matches('.').to_owned() }
        }
    }
}
