//! «Забыл карту»: an anonymous sale is claimed by its customer, once and within the limit of days.

use crate::{
    domain::{
        account::{Balances, MovementKind, ReturnPolicy},
        card::Use,
        ids::{ReceiptId, StoreId},
        money::Points,
        phone::Identifier,
        programme::Rules,
        receipt::{self, Line, Spending},
        reference::{Actor, Reference},
        refusal::{Decided, Decision, Refusal},
        sale::Sale,
    },
    service::{
        context::{self, Context, ResolvedContext},
        sale::{Accrual, Original, accrue, balance},
    },
    working_set::{Touches, Undone, WorkingSet, command::Command},
};

/// Claims an anonymous sale.
#[derive(Debug)]
pub struct ClaimReceipt {
    /// The caller, the till and the time.
    pub context: Context,
    /// The sale.
    pub of: Original,
    /// The card or the phone of the customer.
    pub identifier: Identifier,
}

/// A claimed sale.
#[derive(Debug, Clone, Copy)]
pub struct ReceiptClaimed {
    /// The sale.
    pub id: ReceiptId,
    /// The points that it earned, without those for goods that came back before.
    pub earned: Points,
    /// The balance afterwards.
    pub balance: Option<Balances>,
}

impl Command for ClaimReceipt {
    type Outcome = ReceiptClaimed;

    fn touches(&self, reference: &Reference, touches: &mut Touches) {
        self.of.touches(&self.context.actor, reference, touches);
        touches.account(&self.identifier);
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<ReceiptClaimed> {
        let context = self.context.resolve(set)?;
        // In the order of the list of refusals: whose it becomes, then the sale.
        let holder = context::holder(set, &context.actor, &self.identifier, Use::Earn)?;
        let mut sale = self.of.find(set, &context.actor)?;
        sale.claimable()?;
        let age = set.now.since(sale.occurred_at);
        if age > set.settings.receipt_claim_max {
            return Err(Refusal::ClaimTooLate { days: age.0 / 86_400_000 });
        }
        sale.holder = Some(holder);
        sale.claimed_at = Some(set.now);
        let earned = earn(set, &context, &mut sale)?;
        let id = sale.id;
        set.receipts.put(id, sale);
        // Looking at the sale may have told whom it concerned before.
        set.concerned = Some(holder.customer);
        Ok(Decided::Done(ReceiptClaimed { id, earned, balance: balance(set, Some(&holder)) }))
    }
}

/// Accrues what the sale would have earned by the rules of its time, and takes back at once what is for goods that came back
/// meanwhile: the end is the same as if the customer had been named at the till (invariant 29).
fn earn(set: &mut WorkingSet, context: &ResolvedContext, sale: &mut Sale) -> Result<Points, Refusal> {
    let (version, rules) = rules(set, &context.actor, sale)?;
    let at = sale.occurred_at.min(set.now);
    let offset = offset(set, sale.store, context);
    let dates = rules.dates(at, set.now, set.settings.clock_ahead_tolerance, offset);
    let earning = Rules::are_promised(dates, set.now).then_some(&rules.earn);
    let lines: Vec<Line> = sale.lines.iter().map(|line| line.line.clone()).collect();
    let spending = Spending { available: Points::ZERO, wanted: Points::ZERO };
    let calculation = receipt::calculate(&lines, &[], earning, None, spending);
    for (line, result) in sale.lines.iter_mut().zip(&calculation.lines) {
        line.points_earned = result.points_to_earn;
    }
    (sale.grace, sale.return_policy) = (rules.grace, rules.return_policy);
    sale.rules_version = Some(version);
    sale.points_earned = calculation.points_to_earn;
    let holder = sale.holder.ok_or(Refusal::IdentifierRequired)?;
    let accrual = Accrual {
        receipt: sale.id,
        account: holder.account,
        at,
        occurred_at: sale.occurred_at,
        rules: &rules,
        dates,
        points: calculation.points_to_earn,
        amount_due: sale.amount_due,
        utc_offset_minutes: offset,
    };
    sale.lot = accrue(set, context, &accrual)?;
    let back = sale.returned_amount();
    if !back.is_positive() {
        return Ok(sale.points_earned);
    }
    let mut step = context.step(set, MovementKind::Return, Some("Баллы за товары, возвращённые раньше".into()));
    step.cause.receipt = Some(sale.id);
    // They were never the customer's: they are taken of the lot that has just come, whatever the policy of returns.
    let policy = std::mem::replace(&mut sale.return_policy, ReturnPolicy::Unlimited);
    let earned = sale.earned_on_returned();
    let undone = Undone { restored: &[], earned, refund: back, refund_left: sale.amount_due };
    set.undo_sale(sale, undone, &step);
    sale.return_policy = policy;
    Ok(sale.points_earned.minus(earned))
}

/// The rules that the sale would have been calculated by when it was recorded, and the number of their version.
fn rules(set: &WorkingSet, actor: &Actor, sale: &Sale) -> Result<(i64, Rules), Refusal> {
    let programme = set.reference.programmes.get(&actor.programme).ok_or(Refusal::ProgrammeUnknown)?;
    let found = programme.rules_for(sale.occurred_at, sale.recorded_at).ok_or(Refusal::ProgrammeNotInForce)?;
    Ok((found.0, found.1.clone()))
}

/// The offset of the sale's store.
fn offset(set: &WorkingSet, store: StoreId, context: &ResolvedContext) -> i32 {
    set.reference.stores.get(&store).map_or(context.place.store.utc_offset_minutes, |store| store.utc_offset_minutes)
}
