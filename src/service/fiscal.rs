//! The fiscal document of a sale or a return that was registered before it was printed.

use crate::{
    domain::{
        account::{MovementKind, ReturnPolicy},
        case::{CaseKind, CaseSubject},
        fiscal::{Fiscal, FiscalHolder, ShownHolder},
        ids::{ReceiptId, ReturnId},
        money::Points,
        reference::Reference,
        refusal::{Decided, Decision, Refusal},
        sale::Sale,
    },
    service::{
        case::{self, Odd},
        context::{Context, ResolvedContext},
        sale,
    },
    working_set::{AttachedFiscal, Touches, Undone, WorkingSet, command::Command},
};

/// Adds the fiscal document to a sale or a return, once.
#[derive(Debug)]
pub struct AttachFiscal {
    /// The caller, the till and the time.
    pub context: Context,
    /// The id of the sale or the return: both come from one series.
    pub document: i64,
    /// The fiscal document.
    pub fiscal: Fiscal,
}

/// A sale or a return that has its fiscal document.
#[derive(Debug, Clone)]
pub struct FiscalAttached {
    /// Its id and the fiscal document; none where that is another's.
    pub attached: Option<(i64, Fiscal)>,
    /// Whether it had it already.
    pub is_repeated: bool,
}

/// What a refusal answers with that stays written: a case was opened.
const NOT_ATTACHED: FiscalAttached = FiscalAttached { attached: None, is_repeated: false };

impl Command for AttachFiscal {
    type Outcome = FiscalAttached;

    fn touches(&self, _: &Reference, touches: &mut Touches) {
        touches.receipt(ReceiptId(self.document));
        touches.returned(ReturnId(self.document));
        touches.fiscal(self.fiscal.key());
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<FiscalAttached> {
        let context = self.context.resolve(set)?;
        let id = ReceiptId(self.document);
        if set.receipts.get(&id).is_some() {
            self.to_sale(set, &context, id)
        } else {
            self.to_return(set, &context, ReturnId(self.document))
        }
    }
}

impl AttachFiscal {
    fn to_sale(&self, set: &mut WorkingSet, context: &ResolvedContext, id: ReceiptId) -> Decision<FiscalAttached> {
        let mut sale = sale::own(set, &context.actor, id)?;
        if sale.attach(&self.fiscal)? {
            return self.done(true);
        }
        match set.fiscal_is_free(&self.fiscal, context.actor.network) {
            Ok(()) => {
                set.enter_fiscal(Some(&self.fiscal), FiscalHolder::Sale(id), sale.store);
                set.receipts.put(id, sale);
                self.done(false)
            }
            Err(Refusal::FiscalDuplicate { known }) => {
                self.withhold(set, context, id, known)?;
                Ok(Decided::Counted(Refusal::FiscalTaken { known }, NOT_ATTACHED))
            }
            Err(refusal) => Err(refusal),
        }
    }

    /// Takes back what the sale has earned: a fiscal document accrues once, and this one is another's (invariant 18). An office
    /// gets the case.
    fn withhold(
        &self,
        set: &mut WorkingSet,
        context: &ResolvedContext,
        id: ReceiptId,
        known: ShownHolder,
    ) -> Result<(), Refusal> {
        let mut sale = sale::own(set, &context.actor, id)?;
        if sale.withheld_at.is_some() {
            return Ok(());
        }
        let mut step =
            context.step(set, MovementKind::Adjustment, Some("Фискальный документ записан у другого чека".into()));
        step.cause.receipt = Some(id);
        withdraw(set, &mut sale, &step);
        sale.withheld_at = Some(set.now);
        let text = format!("{}. Начисление по этому чеку отменено.", self.is_with(known));
        let (store, customer) = (sale.store, sale.holder.map(|holder| holder.customer));
        set.receipts.put(id, sale);
        let subject = CaseSubject::Receipt(id);
        case::open(set, &context.actor, Odd { kind: CaseKind::FiscalTaken, store, customer, subject, text });
        Ok(())
    }

    fn to_return(&self, set: &mut WorkingSet, context: &ResolvedContext, id: ReturnId) -> Decision<FiscalAttached> {
        let network_of = |store| set.reference.stores.get(&store).map(|store| store.network);
        let known = set.known_return(id).filter(|known| network_of(known.store) == Some(context.actor.network));
        let known = known.ok_or(Refusal::ReceiptUnknown)?;
        if let Some(fiscal) = &known.fiscal {
            return if *fiscal == self.fiscal { self.done(true) } else { Err(Refusal::FiscalAttached) };
        }
        match set.fiscal_is_free(&self.fiscal, context.actor.network) {
            Ok(()) => {
                set.enter_fiscal(Some(&self.fiscal), FiscalHolder::Return(id), known.store);
                set.attached.push(AttachedFiscal { id, is_free: known.is_free, fiscal: self.fiscal.clone() });
                self.done(false)
            }
            Err(Refusal::FiscalDuplicate { known: other }) => {
                let subject = CaseSubject::Return(id);
                // One case a return, however often the till tries.
                if !set.cases.iter().any(|(_, case)| case.subject == Some(subject)) {
                    let (kind, store, text) = (CaseKind::FiscalTaken, known.store, format!("{}.", self.is_with(other)));
                    case::open(set, &context.actor, Odd { kind, store, customer: None, subject, text });
                }
                Ok(Decided::Counted(Refusal::FiscalDuplicate { known: other }, NOT_ATTACHED))
            }
            Err(refusal) => Err(refusal),
        }
    }

    fn is_with(&self, known: ShownHolder) -> String {
        format!("Фискальный документ {} (накопитель {}) уже записан: {known}", self.fiscal.fd, self.fiscal.fn_)
    }

    fn done(&self, is_repeated: bool) -> Decision<FiscalAttached> {
        Ok(Decided::Done(FiscalAttached { attached: Some((self.document, self.fiscal.clone())), is_repeated }))
    }
}

/// Takes back all that a sale has earned and that its returns have not taken yet, whatever the programme's policy of returns: it
/// had no right to it.
fn withdraw(set: &mut WorkingSet, sale: &mut Sale, step: &crate::domain::account::Step) -> Points {
    let left = sale.amount_due.minus(sale.returned_amount());
    let earned = sale.points_earned.minus(sale.earned_on_returned());
    let policy = std::mem::replace(&mut sale.return_policy, ReturnPolicy::Unlimited);
    let taken = set.undo_sale(sale, Undone { restored: &[], earned, refund: left, refund_left: left }, step);
    sale.return_policy = policy;
    taken
}
