//! The sale: captures the hold, releases the rest of it, accrues points; and its cancellation (E3, D2, D13).

pub mod claim;

use crate::{
    domain::{
        account::{AccountState, Balances, Grant, MovementKind, PointsClass, ReturnPolicy, TakenBack},
        customer::Customer,
        fiscal::{Fiscal, FiscalHolder},
        ids::{AccountId, LotNo, ReceiptId, ReservationId},
        moment::{Moment, Span},
        money::{Kopecks, Points},
        programme::Rules,
        reference::{Actor, Reference, Roles, Store},
        refusal::{Decided, Decision, Refusal},
        reservation::Reservation,
        sale::{Employee, Holder, Sale, SaleLine, SaleState, SpentShare},
        till_document::ReceiptKey,
    },
    service::{
        context::{Context, ResolvedContext},
        receipt::{Means, Priced, ReceiptDraft},
        reservation,
    },
    working_set::{Part, Subject, Touches, Undone, WorkingSet, command::Command},
};

/// Registers a sale.
#[derive(Debug)]
pub struct RegisterReceipt {
    /// The caller, the till and the time.
    pub context: Context,
    /// The key of this call.
    pub key: String,
    /// The receipt.
    pub receipt: ReceiptDraft,
    /// The hold to spend from.
    pub reservation: Option<ReservationId>,
    /// How many of its points to spend.
    pub points: Points,
}

/// A registered sale.
#[derive(Debug, Clone)]
pub struct ReceiptRegistered {
    /// Its id; `None` when it was not registered because the quote changed.
    pub id: Option<ReceiptId>,
    /// Its calculation.
    pub priced: Priced,
    /// Points spent.
    pub spent: Points,
    /// Points of the hold that were released.
    pub released: Points,
    /// The balance afterwards.
    pub balance: Option<Balances>,
}

/// How a request names a sale.
#[derive(Debug, Clone)]
pub enum Original {
    /// By its id.
    Receipt(ReceiptId),
    /// By the till's details.
    Named {
        /// The code of the store where it was sold, if the caller names it.
        store: Option<String>,
        /// The till's code.
        till: String,
        /// The local day, as days since 1970-01-01.
        local_day: i64,
        /// The shift; empty when unknown.
        shift: String,
        /// The number.
        number: String,
    },
    /// By its fiscal document.
    Fiscal(Fiscal),
}

/// Reads a registered sale.
#[derive(Debug)]
pub struct GetReceipt {
    /// The caller.
    pub actor: Actor,
    /// The sale.
    pub of: Original,
}

/// A registered sale of the caller's network.
#[derive(Debug, Clone)]
pub struct FoundReceipt {
    /// The sale.
    pub sale: Sale,
    /// Its store.
    pub store: Store,
    /// The till's code.
    pub till: String,
    /// The customer; `None` for an anonymous sale.
    pub customer: Option<Customer>,
    /// The number of the card shown.
    pub card: Option<String>,
}

/// Cancels a whole sale.
#[derive(Debug)]
pub struct CancelReceipt {
    /// The caller, the till and the time.
    pub context: Context,
    /// The sale.
    pub receipt: ReceiptId,
    /// The reason.
    pub reason: String,
}

/// A cancelled sale.
#[derive(Debug, Clone, Copy)]
pub struct ReceiptCancelled {
    /// The sale.
    pub id: ReceiptId,
    /// Revoked of the points that it had earned.
    pub revoked: Points,
    /// Restored of the points that it had spent.
    pub restored: Points,
    /// The balance afterwards.
    pub balance: Option<Balances>,
}

impl Command for RegisterReceipt {
    type Outcome = ReceiptRegistered;

    fn subject(outcome: &ReceiptRegistered) -> Option<Subject> {
        outcome.id.map(Subject::Sale)
    }

    fn touches(&self, reference: &Reference, touches: &mut Touches) {
        self.receipt.touches_for_sale(&self.context.actor, reference, touches);
        if let Some(reservation) = self.reservation {
            touches.reservation(reservation);
        }
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<ReceiptRegistered> {
        let context = self.context.resolve_for(&self.receipt.document, set)?;
        let hold = self.reservation.map(|id| reservation::own(set, &context.actor, id));
        // A hold that gave its points back holds nothing: without points to spend this is a sale like any other.
        let hold = hold.filter(|hold| !(self.points.is_zero() && hold.as_ref().is_ok_and(Reservation::gave_back)));
        let means = match &hold {
            Some(Ok(hold)) => {
                Means::Held { held: hold.points, wanted: self.points, spend: hold.spend, by_phone: hold.card.is_none() }
            }
            Some(Err(_)) | None => Means::Available { wanted: Points::ZERO },
        };
        let priced = self.receipt.price(set, &context.actor, means)?;
        self.not_a_repeat(set, &context, &priced)?;
        // Refusals of the receipt take precedence over refusals of its hold.
        let hold = hold.transpose()?;
        self.fits(&priced, hold.as_ref(), set, &context)?;
        if self.receipt.quote_id.as_ref().is_some_and(|agreed| *agreed != priced.quote_id) {
            let shown =
                ReceiptRegistered { id: None, spent: Points::ZERO, released: Points::ZERO, balance: None, priced };
            return Ok(Decided::Shown(Refusal::QuoteChanged, shown));
        }
        let reservation = hold.map(|hold| hold.id);
        self.carry_out(set, &context, priced, reservation)
    }
}

impl RegisterReceipt {
    /// Checks that neither the till's details nor the fiscal document were registered before.
    fn not_a_repeat(&self, set: &WorkingSet, context: &ResolvedContext, priced: &Priced) -> Result<(), Refusal> {
        if let Some(sale) = set.receipt_by_key(&self.receipt.document.key(&priced.place)) {
            return Err(Refusal::ReceiptDuplicate { receipt: sale.id.0 });
        }
        let fiscal = self.receipt.document.fiscal.as_ref();
        fiscal.map_or(Ok(()), |fiscal| set.fiscal_is_free(fiscal, context.actor.network))
    }

    /// Checks that the hold belongs to this customer, card and store, is open, and that the points fit the receipt.
    fn fits(
        &self,
        priced: &Priced,
        hold: Option<&Reservation>,
        set: &WorkingSet,
        context: &ResolvedContext,
    ) -> Result<(), Refusal> {
        let Some(hold) = hold else {
            return if self.points.is_zero() { Ok(()) } else { Err(Refusal::ReservationRequired) };
        };
        let holder = priced.holder.ok_or(Refusal::IdentifierRequired)?;
        if hold.account != holder.account || hold.store != context.place.store.id || !is_of(set, hold, &holder) {
            return Err(Refusal::ReservationMismatch);
        }
        // Captured on a copy, so that refusals come in the order of the list.
        hold.clone().capture(self.points, set.now)?;
        priced.covers(self.points)
    }

    fn carry_out(
        &self,
        set: &mut WorkingSet,
        context: &ResolvedContext,
        priced: Priced,
        reservation: Option<ReservationId>,
    ) -> Decision<ReceiptRegistered> {
        let id = ReceiptId(set.new_id());
        let (spent, released) = match reservation {
            Some(hold) => self.spend(set, context, id, hold)?,
            None => (Vec::new(), Points::ZERO),
        };
        let lot = match priced.holder {
            Some(holder) => accrue(set, context, &earned_by(&priced, &holder, id, set.now)?)?,
            None => None,
        };
        let calculation = &priced.calculation;
        let sale = Sale {
            id,
            partner: context.actor.partner,
            store: context.place.store.id,
            key: self.receipt.document.key(&priced.place),
            operation_key: Some(self.key.clone()),
            occurred_at: self.receipt.document.at(&priced.place),
            recorded_at: set.now,
            cashier: context.cashier.clone().map(Employee::Named),
            channel: self.receipt.channel.clone(),
            holder: priced.holder,
            reservation,
            state: SaleState::Confirmed,
            amount_due: calculation.amount_due,
            discount_total: calculation.discount_total,
            points_spent: calculation.points_applied,
            points_earned: calculation.points_to_earn,
            lot,
            grace: priced.rules.as_ref().map_or(Span::default(), |rules| rules.grace),
            return_policy: priced.rules.as_ref().map_or(ReturnPolicy::default(), |rules| rules.return_policy),
            rules_version: priced.rules_version,
            claimed_at: None,
            withheld_at: None,
            fiscal: self.receipt.document.fiscal.clone(),
            lines: self
                .receipt
                .lines
                .iter()
                .zip(&calculation.lines)
                .map(|(line, result)| SaleLine::new(line.clone(), result))
                .collect(),
            spent,
            taken: TakenBack::default(),
        };
        set.enter_fiscal(sale.fiscal.as_ref(), FiscalHolder::Sale(id), sale.store);
        set.receipts.put(id, sale);
        Ok(Decided::Done(ReceiptRegistered {
            id: Some(id),
            spent: priced.calculation.points_applied,
            released,
            balance: balance(set, priced.holder.as_ref()),
            priced,
        }))
    }

    /// Captures the points to spend and releases the rest of the hold.
    fn spend(
        &self,
        set: &mut WorkingSet,
        context: &ResolvedContext,
        receipt: ReceiptId,
        hold: ReservationId,
    ) -> Result<(Vec<SpentShare>, Points), Refusal> {
        let mut capture = context.step(set, MovementKind::Redemption, Some("Оплата покупки баллами".into()));
        capture.cause.receipt = Some(receipt);
        capture.cause.reservation = Some(hold);
        let mut release = context.step(set, MovementKind::Release, Some("Остаток резерва".into()));
        release.cause = crate::domain::account::Cause { rule: release.cause.rule, ..capture.cause.clone() };
        let (now, id) = (set.now, hold);
        let hold = set.reservations.get_mut(&id).ok_or(Refusal::ReservationUnknown)?;
        let account = set.accounts.get_mut(&hold.account).ok_or(Refusal::CustomerUnknown)?;
        // A part of a hold is spent like any points: the earliest expiry first. The database keeps lots by number.
        hold.shares.sort_by_key(|share| account.turn_of(share.lot));
        let division = hold.capture(self.points, now)?;
        let released = hold.released;
        if account.state == AccountState::Frozen && self.points.is_positive() {
            return Err(Refusal::AccountFrozen);
        }
        account.capture(&division.captured, &capture);
        set.release(id, &division.released, now, &release);
        let spent = division.captured.into_iter().filter(|share| share.points.is_positive());
        let spent = spent.map(|share| SpentShare { lot: share.lot, spent: share.points, restored: Points::ZERO });
        Ok((spent.collect(), released))
    }
}

impl Command for CancelReceipt {
    type Outcome = ReceiptCancelled;

    fn touches(&self, _: &Reference, touches: &mut Touches) {
        touches.receipt(self.receipt);
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<ReceiptCancelled> {
        let context = self.context.resolve(set)?;
        cancel(set, &context, self.receipt, &self.reason).map(Decided::Done)
    }
}

/// Undoes a whole sale: earned points are revoked, spent ones go back to their lots.
///
/// # Errors
/// The caller has no such sale, it was cancelled before, or goods were returned.
pub fn cancel(
    set: &mut WorkingSet,
    context: &ResolvedContext,
    receipt: ReceiptId,
    reason: &str,
) -> Result<ReceiptCancelled, Refusal> {
    let mut sale = own(set, &context.actor, receipt)?;
    sale.cancellable()?;
    // What one store has sold, another does not undo; the head office does.
    if sale.store != context.place.store.id && !context.actor.roles.meets(Roles::HEAD_OFFICE) {
        let store = set.reference.stores.get(&sale.store).map(|store| store.code.clone()).unwrap_or_default();
        return Err(Refusal::ReceiptOfAnotherStore { store });
    }
    let shares = sale.cancel();
    let mut step = context.step(set, MovementKind::Cancellation, None);
    step.cause.words = Some(reason.to_owned());
    step.cause.receipt = Some(sale.id);
    let undone = Undone {
        restored: &shares,
        earned: sale.rightly_earned(),
        refund: sale.amount_due,
        refund_left: sale.amount_due,
    };
    let revoked = set.undo_sale(&mut sale, undone, &step);
    let outcome = ReceiptCancelled {
        id: sale.id,
        revoked,
        restored: shares.iter().map(|share| share.points).sum(),
        balance: balance(set, sale.holder.as_ref()),
    };
    set.receipts.put(sale.id, sale);
    Ok(outcome)
}

impl Original {
    /// Names the data that are needed to find it.
    pub fn touches(&self, actor: &Actor, reference: &Reference, touches: &mut Touches) {
        match self {
            Self::Receipt(id) => touches.receipt(*id),
            Self::Fiscal(fiscal) => touches.fiscal(fiscal.key()),
            Self::Named { .. } => {
                if let Some(key) = self.key(actor, reference) {
                    touches.receipt_key(key);
                }
            }
        }
    }

    /// The sale. Due changes of its account are applied first.
    ///
    /// # Errors
    /// The caller's partner has no such sale.
    pub fn find(&self, set: &mut WorkingSet, actor: &Actor) -> Result<Sale, Refusal> {
        let id = match self {
            Self::Receipt(id) => Some(*id),
            Self::Fiscal(fiscal) => match set.fiscals.get(&fiscal.key()).map(|entry| entry.holder) {
                // Numbers of documents follow one another; who has the paper knows the sign too.
                Some(FiscalHolder::Sale(id)) => {
                    let sale = set.receipts.get(&id).filter(|sale| sale.fiscal.as_ref() == Some(fiscal));
                    sale.map(|sale| sale.id)
                }
                Some(FiscalHolder::Return(_)) | None => None,
            },
            Self::Named { store, .. } => {
                // Where it was sold: the till may stand in another store by now.
                let sold_in = match store {
                    Some(code) => Some(
                        set.reference
                            .store(actor.network, code)
                            .map(|store| store.id)
                            .ok_or_else(|| Refusal::StoreUnknown { store: code.clone() })?,
                    ),
                    None => None,
                };
                let key = self.key(actor, &set.reference);
                let sale = key.and_then(|key| set.receipt_meant_by(&key));
                sale.filter(|sale| sold_in.is_none_or(|store| sale.store == store)).map(|sale| sale.id)
            }
        };
        own(set, actor, id.ok_or(Refusal::ReceiptUnknown)?)
    }

    fn key(&self, actor: &Actor, reference: &Reference) -> Option<ReceiptKey> {
        let Self::Named { store: _, till, local_day, shift, number } = self else { return None };
        // The sale may be of another store of the network: the login's own till need not be the one that sold.
        let till = reference.till(actor.network, till)?.id;
        Some(ReceiptKey { till, local_day: *local_day, shift: shift.clone(), number: number.clone() })
    }
}

impl Command for GetReceipt {
    type Outcome = FoundReceipt;

    fn touches(&self, reference: &Reference, touches: &mut Touches) {
        self.of.touches(&self.actor, reference, touches);
        touches.want(Part::Holders);
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<FoundReceipt> {
        let sale = self.of.find(set, &self.actor)?;
        let store = set.reference.stores.get(&sale.store).cloned();
        let till = set.reference.tills.get(&sale.key.till).map(|till| till.code.clone());
        let (Some(store), Some(till)) = (store, till) else { return Err(Refusal::ReceiptUnknown) };
        let customer = sale.holder.and_then(|holder| set.customers.get(&holder.customer)).cloned();
        let card = sale.holder.and_then(|holder| holder.card).and_then(|id| set.cards.get(&id));
        let card = card.map(|card| card.number.clone());
        Ok(Decided::Done(FoundReceipt { sale, store, till, customer, card }))
    }
}

/// A sale of the caller's partner. Due changes of its account are applied first.
///
/// # Errors
/// There is none.
pub fn own(set: &mut WorkingSet, actor: &Actor, id: ReceiptId) -> Result<Sale, Refusal> {
    let reference = &set.reference;
    let network_of = |sale: &Sale| reference.stores.get(&sale.store).map(|store| store.network);
    let sale =
        set.receipts.get(&id).filter(|sale| network_of(sale) == Some(actor.network)).ok_or(Refusal::ReceiptUnknown)?;
    if let Some(holder) = sale.holder {
        set.concerned = Some(holder.customer);
        set.bring_up_to_date(holder.account);
    }
    // Only now: a hold that has lapsed may have given back what the returns of this sale wanted.
    let mut sale = set.receipts.get(&id).cloned().ok_or(Refusal::ReceiptUnknown)?;
    if let Some(holder) = sale.holder {
        // What comes back goes first to the lot that lapses first, as it was spent.
        if let Some(account) = set.accounts.get(&holder.account) {
            sale.spent.sort_by_key(|share| account.turn_of(share.lot));
        }
    }
    Ok(sale)
}

/// The balance of a holder's account.
#[must_use]
pub fn balance(set: &WorkingSet, holder: Option<&Holder>) -> Option<Balances> {
    holder.and_then(|holder| set.accounts.get(&holder.account)).map(|account| account.balances)
}

/// Whether a hold may be captured by who is named: one that a card made, by that card or the one that replaced it (P7); one
/// that a phone made, by everything that names its customer.
fn is_of(set: &WorkingSet, hold: &Reservation, holder: &Holder) -> bool {
    let Some(made_by) = hold.card else { return true };
    holder.card.is_some_and(|shown| shown == made_by || set.predecessors(shown).contains(&made_by))
}

/// The points that a sale earns.
struct Accrual<'a> {
    /// The sale.
    receipt: ReceiptId,
    /// Whose they become.
    account: AccountId,
    /// The time that the rules go by, never after now.
    at: Moment,
    /// The time on the receipt.
    occurred_at: Moment,
    /// The rules.
    rules: &'a Rules,
    /// When they become available and when they expire.
    dates: (Moment, Option<Moment>),
    /// How many.
    points: Points,
    /// What was paid in money, which status points go by.
    amount_due: Kopecks,
    /// The offset of the sale's store.
    utc_offset_minutes: i32,
}

/// Accrues the earned points as a lot, with the dates that the calculation gave it, and the status points as another.
fn accrue(set: &mut WorkingSet, context: &ResolvedContext, accrual: &Accrual<'_>) -> Result<Option<LotNo>, Refusal> {
    let (rules, (activates_at, expires_at)) = (accrual.rules, accrual.dates);
    let mut step = context.step(set, MovementKind::Accrual, Some(rules.earn_text()));
    step.cause.receipt = Some(accrual.receipt);
    step.occurred_at = accrual.occurred_at;
    let issuer = context.actor.partner;
    let bonus = Grant { points: accrual.points, class: PointsClass::Bonus, activates_at, expires_at, issuer };
    let status = Grant {
        points: rules.status.earned_on(accrual.amount_due),
        class: PointsClass::Status,
        activates_at: accrual.at,
        expires_at: rules.lifetime.end(accrual.at, accrual.utc_offset_minutes),
        issuer,
    };
    let account = set.accounts.get_mut(&accrual.account).ok_or(Refusal::CustomerUnknown)?;
    let lot = account.accrue(bonus, &step);
    step.cause.rule = Some("Статусные баллы за покупку".into());
    account.accrue(status, &step);
    Ok(lot)
}

/// What a registered sale earns by its calculation.
fn earned_by<'a>(priced: &'a Priced, holder: &Holder, receipt: ReceiptId, now: Moment) -> Result<Accrual<'a>, Refusal> {
    Ok(Accrual {
        receipt,
        account: holder.account,
        at: priced.at.min(now),
        occurred_at: priced.at,
        rules: priced.rules.as_ref().ok_or(Refusal::ProgrammeNotInForce)?,
        dates: priced.dates.ok_or(Refusal::ProgrammeNotInForce)?,
        points: priced.calculation.points_to_earn,
        amount_due: priced.calculation.amount_due,
        utc_offset_minutes: priced.place.store.utc_offset_minutes,
    })
}
