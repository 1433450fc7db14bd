//! Holds of points before the sale: reservation, confirmation by code, release (E1–E5, P7).

use crate::{
    domain::{
        account::MovementKind,
        code::{CodeState, Purpose, Trial},
        ids::{CodeId, ReservationId},
        moment::Moment,
        money::Points,
        phone::Phone,
        reference::{Actor, Reference},
        refusal::{Decided, Decision, Refusal},
        reservation::{Reservation, ReservationState},
        russian,
        sale::Holder,
        till_document::ReceiptKey,
    },
    secret::Secret,
    service::{
        code,
        context::{Context, ResolvedContext},
        receipt::{Means, Priced, ReceiptDraft, rules},
    },
    working_set::{Part, Subject, Touches, WorkingSet, command::Command, identify},
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
    /// The holds whose place this one has taken.
    pub replaced: Vec<ReservationId>,
    /// What was done, in Russian.
    pub done: String,
}

/// How a hold gets its code.
enum Coded {
    /// It needs none.
    Not,
    /// A new one was sent.
    Sent,
    /// The one that was sent for the hold whose place it took, for the same points.
    Kept,
    /// None yet: a message went out a moment ago. `ResendCode` sends one when the pause is over.
    Later {
        /// How long that is.
        wait_seconds: i64,
    },
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
        let receipt = self.receipt.document.key(&context.place);
        // First, so that their points can be held anew. A refusal undoes it: then they stand as they did.
        let replaced = self.replace(set, &context, &receipt)?;
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
        self.hold(set, &context, (&holder, receipt), &priced, replaced)
    }
}

impl ReservePoints {
    /// Releases the holds of the account whose place this one takes, in the order in which they were made.
    fn replace(
        &self,
        set: &mut WorkingSet,
        context: &ResolvedContext,
        receipt: &ReceiptKey,
    ) -> Result<Vec<Reservation>, Refusal> {
        let Some(identifier) = &self.receipt.identifier else { return Ok(Vec::new()) };
        // Whom an ambiguous identifier means is for the calculation to refuse.
        let Ok(Some(account)) = identify::account(set, context.actor.programme, identifier) else {
            return Ok(Vec::new());
        };
        set.bring_up_to_date(account);
        let holds = set.reservations.iter().map(|(_, hold)| hold);
        let mut yielding: Vec<Reservation> =
            holds.filter(|hold| hold.account == account && hold.yields_to(receipt)).cloned().collect();
        // As they were made: ids of two gateways do not tell that.
        yielding.sort_unstable_by_key(|hold| (hold.created_at, hold.id));
        for hold in &yielding {
            let_go(set, context, hold.id, "Заменён новым резервом")?;
        }
        Ok(yielding)
    }

    fn hold(
        &self,
        set: &mut WorkingSet,
        context: &ResolvedContext,
        (holder, receipt): (&Holder, ReceiptKey),
        priced: &Priced,
        replaced: Vec<Reservation>,
    ) -> Decision<ReservationView> {
        let rules = priced.rules.clone().ok_or(Refusal::ProgrammeNotInForce)?;
        let id = ReservationId(set.new_id());
        let mut step = context.step(set, MovementKind::Reservation, None);
        step.cause.reservation = Some(id);
        let account = set.accounts.get_mut(&holder.account).ok_or(Refusal::CustomerUnknown)?;
        let shares = account.reserve(self.points, &step)?;
        let now = set.now;
        let mut hold = Reservation {
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
            receipt: Some(receipt),
            code_of: None,
        };
        let coded = if rules.code_required {
            provide_code(set, context, &mut hold, &replaced, rules.code_tries)?
        } else {
            Coded::Not
        };
        set.reservations.put(id, hold);
        let replaced: Vec<ReservationId> = replaced.into_iter().map(|hold| hold.id).collect();
        let done = reserved(&coded, !replaced.is_empty());
        view(set, context.place.store.utc_offset_minutes, id, replaced, done)
    }
}

/// Gives a new hold its code: that of the hold whose place it takes, where the same points are to be spent on the same receipt
/// by the same card; else a new one, once the pause since the last message is over (P7).
fn provide_code(
    set: &mut WorkingSet,
    context: &ResolvedContext,
    hold: &mut Reservation,
    replaced: &[Reservation],
    tries_fresh: i64,
) -> Result<Coded, Refusal> {
    let tries_left = code::tries_left(set, hold.customer, tries_fresh);
    let wait = match code::pause_is_over(set, hold.customer) {
        Ok(()) => None,
        Err(Refusal::CodeTooSoon { wait_seconds }) => Some(wait_seconds),
        Err(refusal) => return Err(refusal),
    };
    let same = replaced.iter().find(|before| wait.is_some() && before.is_confirmed_as(hold));
    let kept = same.and_then(|before| open_code(set, before).map(|code| (code, before.code_of.unwrap_or(before.id))));
    if let Some((code, named_by)) = kept {
        if let Some(code) = set.codes.get_mut(&code) {
            code.purpose = Purpose::Redemption(hold.id);
        }
        hold.code_of = Some(named_by);
    }
    for before in replaced {
        code::supersede(set, before.id);
    }
    match (wait, kept) {
        (None, _) => {
            send(set, context, hold, tries_left)?;
            Ok(Coded::Sent)
        }
        (Some(_), Some(_)) => Ok(Coded::Kept),
        (Some(wait_seconds), None) => Ok(Coded::Later { wait_seconds }),
    }
}

/// The code of a hold that can still be entered.
fn open_code(set: &WorkingSet, hold: &Reservation) -> Option<CodeId> {
    let code = set.latest_code(hold.customer, Purpose::Redemption(hold.id))?;
    (code.state == CodeState::Sent && code.expires_at > set.now).then_some(code.id)
}

/// What was done, for the cashier.
fn reserved(coded: &Coded, replaces: bool) -> String {
    let held = if replaces {
        "Баллы зарезервированы, прежний резерв снят"
    } else {
        "Баллы зарезервированы"
    };
    match coded {
        Coded::Not => format!("{held}."),
        Coded::Sent => format!("{held}, код отправлен клиенту."),
        Coded::Kept => format!("{held}, действует код, отправленный клиенту раньше."),
        Coded::Later { wait_seconds } => {
            format!("{held}. Код ещё не отправлен: отправьте его через {wait_seconds} сек.")
        }
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
        code::pause_is_over(set, hold.customer)?;
        let last = set.latest_code(hold.customer, Purpose::Redemption(hold.id)).map(|code| code.tries_left);
        let tries_left = match last {
            Some(tries_left) => tries_left,
            // None was sent for it: a message had gone out a moment before it was made.
            None => code::tries_left(set, hold.customer, hold_tries(set, &context, &hold)?),
        };
        send(set, &context, &hold, tries_left)?;
        view(set, context.place.store.utc_offset_minutes, hold.id, Vec::new(), "Код отправлен клиенту.".into())
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
        view(set, context.place.store.utc_offset_minutes, self.reservation, Vec::new(), "Резерв снят.".into())
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
        view(set, self.actor.utc_offset_minutes, hold.id, Vec::new(), "Выполнено.".into())
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

/// How many tries the programme gives the first code of a hold: by the rules of the moment when it was made.
///
/// # Errors
/// None were in force.
fn hold_tries(set: &WorkingSet, context: &ResolvedContext, hold: &Reservation) -> Result<i64, Refusal> {
    rules(set, &context.actor, hold.created_at).map(|(_, rules)| rules.code_tries)
}

/// The text that a hold's code confirms: the hold, its card, points and store. Not the account: a merge changes it. A hold that
/// took the place of another for the same is named by that one.
fn confirms(hold: &Reservation) -> String {
    let (named_by, card) = (hold.code_of.unwrap_or(hold.id), hold.card.map_or(0, |card| card.0));
    format!("hold:{named_by}:{card}:{}:{}", hold.points.0, hold.store)
}

fn send(set: &mut WorkingSet, context: &ResolvedContext, hold: &Reservation, tries_left: i64) -> Result<(), Refusal> {
    let points = russian::points(hold.points);
    let store = context.place.store.name.clone();
    code::send(
        set,
        context.place.till,
        code::Sending {
            customer: hold.customer,
            to: None,
            purpose: Purpose::Redemption(hold.id),
            confirms: confirms(hold),
            ttl: hold.code_ttl,
            tries_left,
            text: &|code: &str| format!("Код {code}: списание {points}, {store}. Назовите код только кассиру."),
        },
    )
}

fn view(
    set: &WorkingSet,
    utc_offset_minutes: i32,
    id: ReservationId,
    replaced: Vec<ReservationId>,
    done: String,
) -> Decision<ReservationView> {
    let shown = shown(set, utc_offset_minutes, id, &done)?;
    Ok(Decided::Done(ReservationView { replaced, ..shown }))
}

fn shown(set: &WorkingSet, utc_offset_minutes: i32, id: ReservationId, done: &str) -> Result<ReservationView, Refusal> {
    let hold = set.reservations.get(&id).cloned().ok_or(Refusal::ReservationUnknown)?;
    let awaiting = hold.state == ReservationState::AwaitingCode;
    let code = set.latest_code(hold.customer, Purpose::Redemption(id)).filter(|_| awaiting);
    let sent_to = code.and_then(|_| set.customers.get(&hold.customer)).and_then(|customer| customer.phone.clone());
    Ok(ReservationView {
        sent_to,
        resend_after: if awaiting { code::resend_after(set, hold.customer) } else { None },
        tries_left: code.map(|code| code.tries_left),
        hold,
        utc_offset_minutes,
        replaced: Vec::new(),
        done: done.to_owned(),
    })
}
