//! The questionnaire's fixed fields (C1, C12).

use crate::{
    domain::{
        card::{Card, Use},
        consent::ConsentAct,
        customer::Customer,
        phone::Identifier,
        questionnaire::Answers,
        reference::{Actor, Reference},
        refusal::{Decided, Decision, Refusal},
        sale::Holder,
    },
    service::{
        consent::acts,
        context::{self, Context, cards},
    },
    working_set::{Part, Touches, WorkingSet, command::Command},
};

/// Reads the questionnaire.
#[derive(Debug)]
pub struct GetQuestionnaire {
    /// The caller.
    pub actor: Actor,
    /// The customer's identifier.
    pub identifier: Identifier,
}

/// Saves the questionnaire. Absent answers stay unchanged.
#[derive(Debug)]
pub struct SaveQuestionnaire {
    /// The caller, the till and the time.
    pub context: Context,
    /// The customer's identifier.
    pub identifier: Identifier,
    /// The answers.
    pub answers: Answers,
}

/// A questionnaire with cards and consents.
#[derive(Debug, Clone)]
pub struct Questionnaire {
    /// The customer.
    pub customer: Customer,
    /// The cards, newest first.
    pub cards: Vec<Card>,
    /// Consents and withdrawals, in the order of recording.
    pub consents: Vec<ConsentAct>,
}

impl Command for GetQuestionnaire {
    type Outcome = Questionnaire;

    fn touches(&self, _: &Reference, touches: &mut Touches) {
        touches.identifier(&self.identifier);
        touches.want(Part::Consents);
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<Questionnaire> {
        let holder = context::holder(set, &self.actor, &self.identifier, Use::Look)?;
        questionnaire(set, &holder)
    }
}

impl Command for SaveQuestionnaire {
    type Outcome = Questionnaire;

    fn touches(&self, _: &Reference, touches: &mut Touches) {
        touches.identifier(&self.identifier);
        touches.want(Part::Consents);
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<Questionnaire> {
        let context = self.context.resolve(set)?;
        self.answers.check(context.at.local(context.place.store.utc_offset_minutes).date())?;
        let holder = context::holder(set, &context.actor, &self.identifier, Use::Look)?;
        let customer = set.customers.get_mut(&holder.customer).ok_or(Refusal::CustomerUnknown)?;
        customer.answers.update(self.answers.clone());
        questionnaire(set, &holder)
    }
}

fn questionnaire(set: &WorkingSet, holder: &Holder) -> Decision<Questionnaire> {
    Ok(Decided::Done(Questionnaire {
        customer: context::customer_of(set, holder)?.clone(),
        cards: cards(set, holder),
        consents: acts(set, holder.customer),
    }))
}
