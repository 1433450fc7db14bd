//! Customers: finding, registering, the questionnaire's fixed fields, consents (B8, C1, C10, C12).

use crate::{
    domain::{
        account::Balances,
        card::{Card, CardState, Use},
        customer::{Answers, ConsentAct, Customer},
        ids::CustomerId,
        moment::Span,
        phone::{Identifier, Phone},
        reference::{Actor, Reference},
        refusal::{Decided, Decision, Refusal},
        sale::Holder,
    },
    store::{
        identify,
        set::{Touches, WorkingSet},
    },
};

use super::{
    Command, card,
    scene::{self, Context, Scene},
};

/// Looks a customer up.
#[derive(Debug)]
pub struct Find {
    /// Who asks.
    pub actor: Actor,
    /// By what.
    pub identifier: Identifier,
}

/// A customer with cards and balance.
#[derive(Debug, Clone)]
pub struct Found {
    /// The customer.
    pub customer: Customer,
    /// The cards, the newest first.
    pub cards: Vec<Card>,
    /// The balance.
    pub balance: Balances,
}

/// Registers a customer by phone, with a card if one is given out at once (C10).
#[derive(Debug)]
pub struct Register {
    /// Who, where, when.
    pub context: Context,
    /// The phone.
    pub phone: Phone,
    /// The card.
    pub card_number: Option<String>,
    /// Answers already given.
    pub answers: Answers,
    /// Who brought the customer.
    pub referrer: Option<Identifier>,
}

/// A customer just registered.
#[derive(Debug, Clone)]
pub struct Registered {
    /// The customer.
    pub customer: Customer,
    /// The card given out.
    pub card: Option<Card>,
}

/// Reads the questionnaire.
#[derive(Debug)]
pub struct ReadQuestionnaire {
    /// Who asks.
    pub actor: Actor,
    /// Whose.
    pub identifier: Identifier,
}

/// Writes the questionnaire: what is not given stays.
#[derive(Debug)]
pub struct SaveQuestionnaire {
    /// Who, where, when.
    pub context: Context,
    /// Whose.
    pub identifier: Identifier,
    /// The answers.
    pub answers: Answers,
}

/// A questionnaire with cards and consents.
#[derive(Debug, Clone)]
pub struct Questionnaire {
    /// The customer.
    pub customer: Customer,
    /// The cards, the newest first.
    pub cards: Vec<Card>,
    /// Consents and withdrawals, in the order in which they were written down.
    pub consents: Vec<ConsentAct>,
}

/// Writes down a consent or its withdrawal.
#[derive(Debug)]
pub struct Consent {
    /// Who, where, when.
    pub context: Context,
    /// Whose.
    pub identifier: Identifier,
    /// To what.
    pub purpose: String,
    /// Through which channel.
    pub channel: String,
    /// Given, with the text's digest and what proves it; or withdrawn.
    pub given: Option<Given>,
}

/// What a consent consists of.
#[derive(Debug, Clone)]
pub struct Given {
    /// The digest of the text.
    pub text_hash: String,
    /// What proves it.
    pub evidence: Option<String>,
}

/// A consent was written down.
#[derive(Debug, Clone, Copy)]
pub struct ConsentDone {
    /// Given or withdrawn.
    pub given: bool,
}

impl Command for Find {
    type Outcome = Found;

    fn touches(&self, _: &Reference, touches: &mut Touches) {
        touches.identifier(&self.identifier);
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<Found> {
        let holder = scene::holder(set, &self.actor, &self.identifier, Use::Look)?;
        Ok(Decided::Done(Found {
            customer: scene::customer_of(set, &holder)?.clone(),
            cards: cards(set, &holder),
            balance: scene::account_of(set, holder.account)?.balances,
        }))
    }
}

impl Command for Register {
    type Outcome = Registered;

    fn touches(&self, _: &Reference, touches: &mut Touches) {
        touches.phones.insert(self.phone.clone());
        touches.card_numbers.extend(self.card_number.clone());
        if let Some(referrer) = &self.referrer {
            touches.identifier(referrer);
        }
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<Registered> {
        let scene = self.context.scene(set)?;
        self.answers.check(scene.at.local(scene.place.store.utc_offset_minutes).date())?;
        let card_id = match &self.card_number {
            Some(number) => Some(card::find(set, &scene, number)?.id),
            None => None,
        };
        if set.customer_by_phone(scene.actor.programme, &self.phone).is_some() {
            return Err(Refusal::CustomerExists);
        }
        let referrer = self.referrer(set, &scene)?;
        let holder = register(set, &scene, self.phone.clone());
        if let Some(customer) = set.customers.get_mut(&holder.customer) {
            customer.answers = self.answers.clone();
            customer.referrer = referrer;
        }
        if let Some(id) = card_id {
            card::give(set, &scene, id, &holder)?;
        }
        Ok(Decided::Done(Registered {
            customer: scene::customer_of(set, &holder)?.clone(),
            card: card_id.and_then(|id| set.cards.get(&id)).cloned(),
        }))
    }
}

impl Register {
    fn referrer(&self, set: &WorkingSet, scene: &Scene) -> Result<Option<CustomerId>, Refusal> {
        let Some(referrer) = &self.referrer else { return Ok(None) };
        let account =
            identify::account(set, scene.actor.programme, referrer).and_then(|account| set.accounts.get(&account));
        account.map(|account| Some(account.customer)).ok_or(Refusal::CustomerUnknown)
    }
}

impl Command for ReadQuestionnaire {
    type Outcome = Questionnaire;

    fn touches(&self, _: &Reference, touches: &mut Touches) {
        touches.identifier(&self.identifier);
        touches.consents = true;
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<Questionnaire> {
        let holder = scene::holder(set, &self.actor, &self.identifier, Use::Look)?;
        questionnaire(set, &holder)
    }
}

impl Command for SaveQuestionnaire {
    type Outcome = Questionnaire;

    fn touches(&self, _: &Reference, touches: &mut Touches) {
        touches.identifier(&self.identifier);
        touches.consents = true;
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<Questionnaire> {
        let scene = self.context.scene(set)?;
        self.answers.check(scene.at.local(scene.place.store.utc_offset_minutes).date())?;
        let holder = scene::holder(set, &scene.actor, &self.identifier, Use::Look)?;
        let customer = set.customers.get_mut(&holder.customer).ok_or(Refusal::CustomerUnknown)?;
        customer.answers.update(self.answers.clone());
        questionnaire(set, &holder)
    }
}

impl Command for Consent {
    type Outcome = ConsentDone;

    fn touches(&self, _: &Reference, touches: &mut Touches) {
        touches.identifier(&self.identifier);
        touches.consents = true;
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<ConsentDone> {
        let scene = self.context.scene(set)?;
        let holder = scene::holder(set, &scene.actor, &self.identifier, Use::Look)?;
        if self.given.is_none() && !is_consenting(set, holder.customer, &self.purpose, &self.channel) {
            return Err(Refusal::ConsentUnknown);
        }
        // Ids of several writers are not in order; the time of recording is, because it never stands still for a customer.
        let last = acts(set, holder.customer).last().map(|act| act.recorded_at.after(Span(1)));
        let recorded_at = last.map_or(set.now, |after| after.max(set.now));
        set.new_consents.push(ConsentAct {
            customer: holder.customer,
            purpose: self.purpose.clone(),
            channel: self.channel.clone(),
            given: self.given.is_some(),
            text_hash: self.given.as_ref().map(|given| given.text_hash.clone()),
            evidence: self.given.as_ref().and_then(|given| given.evidence.clone()),
            occurred_at: scene.at,
            recorded_at,
            store: Some(scene.place.store.id),
            till: Some(scene.place.till),
            cashier: scene.cashier.clone(),
        });
        Ok(Decided::Done(ConsentDone { given: self.given.is_some() }))
    }
}

/// Registers a customer and opens the account.
pub fn register(set: &mut WorkingSet, scene: &Scene, phone: Phone) -> Holder {
    let id = CustomerId(set.new_id());
    set.customers.put(
        id,
        Customer {
            id,
            programme: scene.actor.programme,
            phone,
            phone_confirmed_at: None,
            answers: Answers::default(),
            referrer: None,
            merged_into: None,
            registered_at: set.now,
            store: Some(scene.place.store.id),
        },
    );
    let account = card::open_account(set, scene, id);
    Holder { account, customer: id, card: None }
}

/// Every act of a customer's consents, those of this batch included.
fn acts(set: &WorkingSet, customer: CustomerId) -> Vec<ConsentAct> {
    let loaded = set.consents.get(&customer).into_iter().flatten();
    let new = set.new_consents.items().iter().filter(|act| act.customer == customer);
    loaded.chain(new).cloned().collect()
}

fn is_consenting(set: &WorkingSet, customer: CustomerId, purpose: &str, channel: &str) -> bool {
    let acts = acts(set, customer);
    acts.iter().rfind(|act| act.purpose == purpose && act.channel == channel).is_some_and(|act| act.given)
}

fn cards(set: &WorkingSet, holder: &Holder) -> Vec<Card> {
    let known = set.cards_of(holder.account).into_iter();
    known.filter(|card| card.state != CardState::Registered).cloned().collect()
}

fn questionnaire(set: &WorkingSet, holder: &Holder) -> Decision<Questionnaire> {
    Ok(Decided::Done(Questionnaire {
        customer: scene::customer_of(set, holder)?.clone(),
        cards: cards(set, holder),
        consents: acts(set, holder.customer),
    }))
}
