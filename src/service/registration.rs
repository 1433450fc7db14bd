//! Registration of a customer by phone, optionally with a card (C10).

use crate::{
    domain::{
        card::Card,
        customer::Customer,
        ids::{CardId, CustomerId},
        phone::{Identifier, Phone},
        questionnaire::Answers,
        reference::Reference,
        refusal::{Decided, Decision, Refusal},
        spelling::tidy,
    },
    service::{
        card,
        context::{self, Context, ResolvedContext},
        customer::register,
    },
    working_set::{Touches, WorkingSet, command::Command},
};

/// Registers a customer by phone and optionally issues a card (C10).
#[derive(Debug)]
pub struct RegisterCustomer {
    /// The caller, the till and the time.
    pub context: Context,
    /// The phone.
    pub phone: Phone,
    /// The card.
    pub card_number: Option<String>,
    /// The kind that the card must be of, if it matters.
    pub card_kind: Option<String>,
    /// Answers already given.
    pub answers: Answers,
    /// The referrer's identifier.
    pub referrer: Option<Identifier>,
}

/// A registered customer.
#[derive(Debug, Clone)]
pub struct CustomerRegistered {
    /// The customer.
    pub customer: Customer,
    /// The issued card.
    pub card: Option<Card>,
}

impl Command for RegisterCustomer {
    type Outcome = CustomerRegistered;

    fn touches(&self, _: &Reference, touches: &mut Touches) {
        touches.phone(self.phone.clone());
        if let Some(number) = &self.card_number {
            touches.card_number(number);
        }
        if let Some(referrer) = &self.referrer {
            touches.identifier(referrer);
        }
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<CustomerRegistered> {
        let context = self.context.resolve(set)?;
        self.answers.check(context.at.local(context.place.store.utc_offset_minutes).date())?;
        let card_id = match &self.card_number {
            Some(number) => Some(self.of_wanted_kind(card::find(set, &context, number)?)?),
            None => None,
        };
        if set.customer_by_phone(context.actor.programme, &self.phone).is_some() {
            return Err(Refusal::CustomerExists);
        }
        let referrer = self.referrer(set, &context)?;
        let holder = register(set, &context, Some(self.phone.clone()));
        if let Some(customer) = set.customers.get_mut(&holder.customer) {
            customer.answers = self.answers.clone();
            customer.referrer = referrer;
        }
        if let Some(id) = card_id {
            card::give(set, &context, id, &holder)?;
        }
        Ok(Decided::Done(CustomerRegistered {
            customer: context::customer_of(set, &holder)?.clone(),
            card: card_id.and_then(|id| set.cards.get(&id)).cloned(),
        }))
    }
}

impl RegisterCustomer {
    fn of_wanted_kind(&self, card: &Card) -> Result<CardId, Refusal> {
        match &self.card_kind {
            Some(kind) if card.kind.as_deref().map(tidy) != Some(tidy(kind)) => {
                Err(Refusal::CardKindMismatch { kind: kind.clone() })
            }
            Some(_) | None => Ok(card.id),
        }
    }

    fn referrer(&self, set: &WorkingSet, context: &ResolvedContext) -> Result<Option<CustomerId>, Refusal> {
        let Some(referrer) = &self.referrer else { return Ok(None) };
        let account = context::known_account(set, context.actor.programme, referrer)?;
        account.map(|account| Some(account.customer)).ok_or(Refusal::CustomerUnknown)
    }
}
