//! Holds of points before the sale: reservation, confirmation by code, release (E1–E5, P7).

use crate::{
    domain::{
        account::MovementKind,
        code::{Purpose, Trial},
        ids::ReservationId,
        moment::Moment,
        money::Points,
        phone::Phone,
        reference::{Actor, Reference},
        refusal::{Decided, Decision, Refusal},
        reservation::{Reservation, ReservationState},
        russian,
        sale::Holder,
    },
    secret::Secret,
    service::{
        code,
        context::{Context, ResolvedContext},
        receipt::{Means, Priced, ReceiptDraft},
    },
    working_set::{Part, Subject, Touches, WorkingSet, command::Command},
};

/// Reserves points for a receipt and sends the code.
#[derive(Debug)]
pub struct ReservePoints {
    /// The caller, the till and the time.
    pub context: Context,
    /// The receipt.
    pub receipt: ReceiptDraft,
    /// How many points.
    pub points: Points,
}

/// Confirms a hold by the code.
#[derive(Debug)]
pub struct ConfirmReservation {
    /// The caller, the till and the time.
    pub context: Context,
    /// The hold.
    pub reservation: ReservationId,
    /// The code that the cashier entered.
    pub code: Secret,
}

/// Sends another code. The tries are not reset.
#[derive(Debug)]
pub struct ResendCode {
    /// The caller, the till and the time.
    pub context: Context,
    /// The hold.
    pub reservation: ReservationId,
}

/// Releases a hold.
#[derive(Debug)]
pub struct ReleaseReservation {
    /// The caller, the till and the time.
    pub context: Context,
    /// The hold.
    pub reservation: ReservationId,
    /// The reason.
    pub reason: String,
}

/// Reads a hold.
#[derive(Debug)]
pub struct GetReservation {
    /// The caller.
    pub actor: Actor,
    /// The hold.
    pub reservation: ReservationId,
}

/// A hold, for its till.
#[derive(Debug, Clone)]
pub struct ReservationView {
    /// The hold.
    pub hold: Reservation,
    /// The phone that the code was sent to; `None` when none was sent.
    pub sent_to: Option<Phone>,
    /// When another code may be sent.
    pub resend_after: Option<Moment>,
    /// How many tries are left.
    pub tries_left: Option<i64>,
    /// The store's offset from UTC in minutes.
    pub utc_offset_minutes: i32,
    /// What was done, in Russian.
    pub done: &'static str,
}

impl Command for ReservePoints {
    type Outcome = ReservationView;

    fn subject(outcome: &ReservationView) -> Option<Subject> {
        Some(Subject::Reservation(outcome.hold.id))
    }

    fn touches(&self, reference: &Reference, touches: &mut Touches) {
        self.receipt.touches(touches);
        touches.want(Part::Codes);
        if let Some(place) = self.context.place_in(reference) {
            touches.code_till(place.till);
        }
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<ReservationView> {
        let context = self.context.resolve_for(&self.receipt.document, set)?;
        // In the order of the list of refusals: the receipt, then whose it is, then the points.
        let priced = self.receipt.price(set, &context.actor, Means::Available { wanted: self.points })?;
        let holder = priced.holder.ok_or(Refusal::IdentifierRequired)?;
        if let Some(refusal) = &priced.no_spending {
            return Err(refusal.clone());
        }
        if self.points.is_zero() {
            return Err(Refusal::PointsRequired);
        }
        priced.in_units(self.points)?;
        if self.points > priced.available {
            return Err(Refusal::PointsNotEnough { available: priced.available });
        }
        priced.covers(self.points)?;
        self.hold(set, &context, &holder, &priced)
    }
}

impl ReservePoints {
    fn hold(
        &self,
        set: &mut WorkingSet,
        context: &ResolvedContext,
        holder: &Holder,
        priced: &Priced,
    ) -> Decision<ReservationView> {
        let rules = priced.rules.clone().ok_or(Refusal::ProgrammeNotInForce)?;
        let id = ReservationId(set.new_id());
        let mut step = context.step(set, MovementKind::Reservation, None);
        step.cause.reservation = Some(id);
        let account = set.accounts.get_mut(&holder.account).ok_or(Refusal::CustomerUnknown)?;
        let shares = account.reserve(self.points, &step)?;
        let now = set.now;
        let hold = Reservation {
            id,
            account: holder.account,
            customer: holder.customer,
            card: holder.card,
            partner: context.actor.partner,
            store: context.place.store.id,
            till: context.place.till,
            state: if rules.code_required { ReservationState::AwaitingCode } else { ReservationState::Held },
            points: self.points,
            shares,
            captured: Points::ZERO,
            released: Points::ZERO,
            expired: Points::ZERO,
            spend: Some(rules.spend),
            code_required: rules.code_required,
            code_ttl: rules.code_ttl,
            grace: rules.grace,
            created_at: now,
            expires_at: now.after(rules.reservation_ttl),
            ended_at: None,
            shields: false,
        };
        if rules.code_required {
            send(set, context, &hold, rules.code_tries)?;
        }
        set.reservations.put(id, hold);
        let done = if rules.code_required {
            "Баллы зарезервированы, код отправлен клиенту."
        } else {
            "Баллы зарезервированы."
        };
        view(set, context.place.store.utc_offset_minutes, id, done)
    }
}

impl Command for ConfirmReservation {
    type Outcome = ReservationView;

    fn subject(outcome: &ReservationView) -> Option<Subject> {
        Some(Subject::Reservation(outcome.hold.id))
    }

    fn touches(&self, _: &Reference, touches: &mut Touches) {
        touches.reservation(self.reservation);
        touches.want(Part::Codes);
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<ReservationView> {
        let context = self.context.resolve(set)?;
        let hold = own(set, &context.actor, self.reservation)?;
        hold.awaits_code(set.now)?;
        let purpose = Purpose::Redemption(hold.id);
        let sent = set.latest_code(hold.customer, purpose).map(|code| code.id).ok_or(Refusal::CodeNotSent)?;
        let offset = context.place.store.utc_offset_minutes;
        match code::attempt(set, sent, &confirms(&hold), &self.code) {
            Ok(Trial::Right) => {
                if let Some(hold) = set.reservations.get_mut(&self.reservation) {
                    hold.state = ReservationState::Held;
                }
                shown(set, offset, self.reservation, "Списание подтверждено.").map(Decided::Done)
            }
            Ok(Trial::Wrong { tries_left }) => {
                let shown = shown(set, offset, self.reservation, "")?;
                Ok(Decided::Counted(Refusal::CodeWrong { tries_left }, shown))
            }
            Ok(Trial::Exhausted) => {
                let_go(set, &context, self.reservation, "Неверный код введён слишком много раз")?;
                let shown = shown(set, offset, self.reservation, "")?;
                let refusal = Refusal::CodeTriesExhausted { spent: purpose.spent() };
                Ok(Decided::Counted(refusal, ReservationView { tries_left: Some(0), ..shown }))
            }
            Err(refusal @ Refusal::CodeInvalid { .. }) => {
                Ok(Decided::Shown(refusal, shown(set, offset, self.reservation, "")?))
            }
            Err(refusal) => Err(refusal),
        }
    }
}

impl Command for ResendCode {
    type Outcome = ReservationView;

    fn subject(outcome: &ReservationView) -> Option<Subject> {
        Some(Subject::Reservation(outcome.hold.id))
    }

    fn touches(&self, reference: &Reference, touches: &mut Touches) {
        touches.reservation(self.reservation);
        touches.want(Part::Codes);
        if let Some(place) = self.context.place_in(reference) {
            touches.code_till(place.till);
        }
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<ReservationView> {
        let context = self.context.resolve(set)?;
        let hold = own(set, &context.actor, self.reservation)?;
        hold.awaits_code(set.now)?;
        let last = set.latest_code(hold.customer, Purpose::Redemption(hold.id)).ok_or(Refusal::CodeNotSent)?;
        last.may_follow(set.settings.resend_after, set.now)?;
        let tries_left = last.tries_left;
        send(set, &context, &hold, tries_left)?;
        view(set, context.place.store.utc_offset_minutes, hold.id, "Новый код отправлен клиенту.")
    }
}

impl Command for ReleaseReservation {
    type Outcome = ReservationView;

    fn touches(&self, _: &Reference, touches: &mut Touches) {
        touches.reservation(self.reservation);
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<ReservationView> {
        let context = self.context.resolve(set)?;
        own(set, &context.actor, self.reservation)?.stands(set.now)?;
        let_go(set, &context, self.reservation, &self.reason)?;
        view(set, context.place.store.utc_offset_minutes, self.reservation, "Резерв снят.")
    }
}

impl Command for GetReservation {
    type Outcome = ReservationView;

    fn touches(&self, _: &Reference, touches: &mut Touches) {
        touches.reservation(self.reservation);
        touches.want(Part::Codes);
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<ReservationView> {
        let hold = own(set, &self.actor, self.reservation)?;
        view(set, self.actor.utc_offset_minutes, hold.id, "Выполнено.")
    }
}

/// A hold of the caller's partner. Due changes of its account are applied first.
///
/// # Errors
/// There is none.
pub fn own(set: &mut WorkingSet, actor: &Actor, id: ReservationId) -> Result<Reservation, Refusal> {
    let hold = set.reservations.get(&id).filter(|hold| hold.partner == actor.partner);
    let (account, customer) = hold.map(|hold| (hold.account, hold.customer)).ok_or(Refusal::ReservationUnknown)?;
    set.concerned = Some(customer);
    set.bring_up_to_date(account);
    set.reservations.get(&id).cloned().ok_or(Refusal::ReservationUnknown)
}

/// Releases a whole hold.
///
/// # Errors
/// The hold has ended.
pub fn let_go(set: &mut WorkingSet, context: &ResolvedContext, id: ReservationId, reason: &str) -> Result<(), Refusal> {
    let mut step = context.step(set, MovementKind::Release, None);
    step.cause.words = Some(reason.to_owned());
    step.cause.reservation = Some(id);
    let now = set.now;
    let hold = set.reservations.get_mut(&id).ok_or(Refusal::ReservationUnknown)?;
    hold.release(now)?;
    let shares = hold.shares.clone();
    set.release(id, &shares, now, &step);
    Ok(())
}

/// The text that a hold's code confirms: the hold, its card, points and store. Not the account: a merge changes it.
fn confirms(hold: &Reservation) -> String {
    let card = hold.card.map_or(0, |card| card.0);
    format!("hold:{}:{card}:{}:{}", hold.id, hold.points.0, hold.store)
}

fn send(set: &mut WorkingSet, context: &ResolvedContext, hold: &Reservation, tries_left: i64) -> Result<(), Refusal> {
    let points = russian::points(hold.points);
    let store = context.place.store.name.clone();
    code::send(
        set,
        context.place.till,
        code::Sending {
            customer: hold.customer,
            purpose: Purpose::Redemption(hold.id),
            confirms: confirms(hold),
            ttl: hold.code_ttl,
            tries_left,
            text: &|code: &str| format!("Код {code}: списание {points}, {store}. Назовите код только кассиру."),
        },
    )
}

fn view(set: &WorkingSet, utc_offset_minutes: i32, id: ReservationId, done: &'static str) -> Decision<ReservationView> {
    shown(set, utc_offset_minutes, id, done).map(Decided::Done)
}

fn shown(
    set: &WorkingSet,
    utc_offset_minutes: i32,
    id: ReservationId,
    done: &'static str,
) -> Result<ReservationView, Refusal> {
    let hold = set.reservations.get(&id).cloned().ok_or(Refusal::ReservationUnknown)?;
    let awaiting = hold.state == ReservationState::AwaitingCode;
    let code = set.latest_code(hold.customer, Purpose::Redemption(id)).filter(|_| awaiting);
    let sent_to = code.and_then(|_| set.customers.get(&hold.customer)).map(|customer| customer.phone.clone());
    Ok(ReservationView {
        sent_to,
        resend_after: code.map(|code| code.sent_at.after(set.settings.resend_after)),
        tries_left: code.map(|code| code.tries_left),
        hold,
        utc_offset_minutes,
        done,
    })
}
