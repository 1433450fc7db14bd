//! Cards: issue, activate, replace, block, unblock, close (B1–B4, B6).

use crate::{
    domain::{
        account::Balances,
        card::{Card, CardState},
        ids::{CardId, ReservationId},
        moment::Moment,
        phone::{Identifier, Phone},
        reference::Reference,
        refusal::{Decided, Decision, Refusal},
        sale::Holder,
    },
    service::{
        context::{self, Context, ResolvedContext},
        customer, reservation,
    },
    working_set::{Part, Touches, WorkingSet, command::Command, identify},
};

/// A card and its account's balance, after a command.
#[derive(Debug, Clone)]
pub struct CardView {
    /// The card.
    pub card: Card,
    /// The balance of its account.
    pub balance: Option<Balances>,
    /// What was done, in Russian.
    pub done: &'static str,
}

/// Issues a card to a customer. An unknown phone is registered first (B1, C10).
#[derive(Debug)]
pub struct IssueCard {
    /// The caller, the till and the time.
    pub context: Context,
    /// The card.
    pub number: String,
    /// A phone, or another card of the customer; `None`: nobody's, an anonymous card.
    pub identifier: Option<Identifier>,
}

/// Changes a card's state.
#[derive(Debug)]
pub struct ChangeCard {
    /// The caller, the till and the time.
    pub context: Context,
    /// The card.
    pub number: String,
    /// The change.
    pub act: Act,
    /// The reason.
    pub reason: Option<String>,
}

/// A change of a card's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Activate: it may spend from now on (B2).
    Activate,
    /// Block it (B4).
    Block,
    /// Unblock it.
    Unblock,
    /// Close it.
    Close,
}

/// Replaces a card by a new one; balance and history stay with the account (B3).
#[derive(Debug)]
pub struct ReplaceCard {
    /// The caller, the till and the time.
    pub context: Context,
    /// The old card.
    pub number: String,
    /// The new card.
    pub new_number: String,
    /// The reason.
    pub reason: String,
}

impl Command for IssueCard {
    type Outcome = CardView;

    fn touches(&self, _: &Reference, touches: &mut Touches) {
        touches.card_number(self.number.clone());
        if let Some(identifier) = &self.identifier {
            touches.identifier(identifier);
        }
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<CardView> {
        let context = self.context.resolve(set)?;
        let card = find(set, &context, &self.number)?.id;
        let holder = self.receiver(set, &context)?;
        give(set, &context, card, &holder)?;
        let done = if self.identifier.is_some() {
            "Карта выдана."
        } else {
            "Карта выдана без телефона: баллы копятся, списывать их можно, когда телефон клиента подтверждён."
        };
        view(set, card, done)
    }
}

impl IssueCard {
    /// The customer of the identifier, or a new one registered by its phone; without either one whom nobody knows.
    fn receiver(&self, set: &mut WorkingSet, context: &ResolvedContext) -> Result<Holder, Refusal> {
        let programme = context.actor.programme;
        let Some(identifier) = &self.identifier else { return Ok(customer::register(set, context, None)) };
        if let Some(known) = context::known_account(set, programme, identifier)? {
            let holder = Holder { account: known.id, customer: known.customer, card: None };
            set.bring_up_to_date(holder.account);
            set.concerned = Some(holder.customer);
            return Ok(holder);
        }
        let phone: Option<Phone> = identify::phone(identifier).cloned();
        match phone {
            Some(phone) => Ok(customer::register(set, context, Some(phone))),
            // Not the card that is being issued: what was typed to name its holder names nobody.
            None => Err(Refusal::CustomerUnknown),
        }
    }
}

impl Command for ChangeCard {
    type Outcome = CardView;

    fn touches(&self, _: &Reference, touches: &mut Touches) {
        touches.card_number(self.number.clone());
        if self.act == Act::Activate {
            // Whether its customer has a phone.
            touches.want(Part::Holders);
        }
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<CardView> {
        let context = self.context.resolve(set)?;
        let known = find(set, &context, &self.number)?;
        let id = known.id;
        if self.act == Act::Activate && known.state == CardState::Issued && is_nameless(set, known) {
            return Err(Refusal::CardWithoutPhone);
        }
        let card = set.cards.get_mut(&id).ok_or(Refusal::CardUnknown)?;
        let done = match self.act {
            Act::Activate => card.activate().map(|()| "Карта активирована."),
            Act::Block => card.block().map(|()| "Карта заблокирована."),
            Act::Unblock => card.unblock().map(|()| {
                let is_issued = card.state == CardState::Issued;
                if is_issued {
                    "Блокировка снята, карта не активирована."
                } else {
                    "Блокировка снята, карта активна."
                }
            }),
            Act::Close => card.close().map(|()| "Карта закрыта."),
        }?;
        let card = card.clone();
        set.concerned = card.customer;
        context.card_changed(set, &card, self.reason.as_deref());
        match self.act {
            Act::Block => end_holds(set, &context, &card, "Карта заблокирована")?,
            Act::Close => end_holds(set, &context, &card, "Карта закрыта")?,
            Act::Activate | Act::Unblock => {}
        }
        view(set, id, done)
    }
}

impl Command for ReplaceCard {
    type Outcome = CardView;

    fn touches(&self, _: &Reference, touches: &mut Touches) {
        touches.card_number(self.number.clone());
        touches.card_number(self.new_number.clone());
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<CardView> {
        let context = self.context.resolve(set)?;
        let mut old = find(set, &context, &self.number)?.clone();
        let mut new = find(set, &context, &self.new_number)?.clone();
        old.replace_by(&mut new, context.at)?;
        let id = new.id;
        set.concerned = new.customer;
        context.card_changed(set, &old, Some(&self.reason));
        context.card_changed(set, &new, Some(&self.reason));
        set.cards.put(old.id, old);
        set.cards.put(new.id, new);
        view(set, id, "Карта заменена, баланс и история перешли на новую карту.")
    }
}

/// Releases the open holds that were made by a card, or by one that it replaced: they end with it, or another identifier would
/// spend what the card no longer may.
fn end_holds(set: &mut WorkingSet, context: &ResolvedContext, card: &Card, reason: &str) -> Result<(), Refusal> {
    let Some(account) = card.account else { return Ok(()) };
    set.bring_up_to_date(account);
    let mut cards = set.predecessors(card.id);
    cards.push(card.id);
    let holds = set.reservations.iter().map(|(_, hold)| hold);
    let own = holds.filter(|hold| hold.card.is_some_and(|made_by| cards.contains(&made_by)) && hold.ended_at.is_none());
    // As they were made: ids of two gateways, or of two writers, do not tell that.
    let mut own: Vec<(Moment, ReservationId)> = own.map(|hold| (hold.created_at, hold.id)).collect();
    own.sort_unstable();
    own.into_iter().try_for_each(|(_, id)| reservation::let_go(set, context, id, reason))
}

/// Whether a card was issued to somebody without a phone.
fn is_nameless(set: &WorkingSet, card: &Card) -> bool {
    let customer = card.customer.and_then(|id| set.customers.get(&id));
    customer.is_some_and(|customer| customer.phone.is_none())
}

/// Issues a registered card to a customer.
///
/// # Errors
/// The card is not free.
pub fn give(set: &mut WorkingSet, context: &ResolvedContext, card: CardId, holder: &Holder) -> Result<(), Refusal> {
    let card = set.cards.get_mut(&card).ok_or(Refusal::CardUnknown)?;
    card.issue(holder.customer, holder.account, context.at)?;
    let card = card.clone();
    context.card_changed(set, &card, None);
    Ok(())
}

/// The card with this number.
///
/// # Errors
/// There is none.
pub fn find<'a>(set: &'a WorkingSet, context: &ResolvedContext, number: &str) -> Result<&'a Card, Refusal> {
    set.card(context.actor.programme, number).ok_or(Refusal::CardUnknown)
}

fn view(set: &mut WorkingSet, id: CardId, done: &'static str) -> Decision<CardView> {
    let account = set.cards.get(&id).and_then(|card| card.account);
    if let Some(account) = account {
        set.bring_up_to_date(account);
    }
    let card = set.cards.get(&id).cloned().ok_or(Refusal::CardUnknown)?;
    let balance = account.and_then(|account| set.accounts.get(&account)).map(|account| account.balances);
    Ok(Decided::Done(CardView { card, balance, done }))
}
