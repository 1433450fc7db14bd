//! Consents and their withdrawal (C7).

use crate::{
    domain::{
        card::Use,
        consent::ConsentAct,
        ids::CustomerId,
        moment::Span,
        phone::Identifier,
        reference::Reference,
        refusal::{Decided, Decision, Refusal},
    },
    service::context::{self, Context},
    working_set::{Part, Touches, WorkingSet, command::Command},
};

/// Records a consent or its withdrawal.
#[derive(Debug)]
pub struct ChangeConsent {
    /// The caller, the till and the time.
    pub context: Context,
    /// The customer's identifier.
    pub identifier: Identifier,
    /// The purpose.
    pub purpose: String,
    /// The channel.
    pub channel: String,
    /// The consent with the text's digest and its evidence; `None` for a withdrawal.
    pub given: Option<Given>,
}

/// The content of a consent.
#[derive(Debug, Clone)]
pub struct Given {
    /// The digest of the text.
    pub text_hash: String,
    /// The evidence.
    pub evidence: Option<String>,
}

/// A recorded consent or withdrawal.
#[derive(Debug, Clone, Copy)]
pub struct ConsentChanged {
    /// Given or withdrawn.
    pub given: bool,
}

impl Command for ChangeConsent {
    type Outcome = ConsentChanged;

    fn touches(&self, _: &Reference, touches: &mut Touches) {
        touches.identifier(&self.identifier);
        touches.want(Part::Consents);
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<ConsentChanged> {
        let context = self.context.resolve(set)?;
        let holder = context::holder(set, &context.actor, &self.identifier, Use::Look)?;
        if self.given.is_none() && !is_consenting(set, holder.customer, &self.purpose, &self.channel) {
            return Err(Refusal::ConsentUnknown);
        }
        // Ids of several writers are not in order. The recording time is: it strictly increases for a customer.
        let last = acts(set, holder.customer).last().map(|act| act.recorded_at.after(Span(1)));
        let recorded_at = last.map_or(set.now, |after| after.max(set.now));
        let id = set.new_id();
        let change = ConsentAct {
            customer: holder.customer,
            purpose: self.purpose.clone(),
            channel: self.channel.clone(),
            given: self.given.is_some(),
            text_hash: self.given.as_ref().map(|given| given.text_hash.clone()),
            evidence: self.given.as_ref().and_then(|given| given.evidence.clone()),
            occurred_at: context.at,
            recorded_at,
            store: Some(context.place.store.id),
            till: Some(context.place.till),
            cashier: context.cashier.clone(),
        };
        set.new_consents.push((id, change));
        Ok(Decided::Done(ConsentChanged { given: self.given.is_some() }))
    }
}

/// A customer's consents and withdrawals, those of this batch included.
pub(super) fn acts(set: &WorkingSet, customer: CustomerId) -> Vec<ConsentAct> {
    let loaded = set.consents.get(&customer).into_iter().flatten();
    let new = set.new_consents.items().iter().map(|(_, act)| act).filter(|act| act.customer == customer);
    loaded.chain(new).cloned().collect()
}

fn is_consenting(set: &WorkingSet, customer: CustomerId, purpose: &str, channel: &str) -> bool {
    let acts = acts(set, customer);
    acts.iter().rfind(|act| act.purpose == purpose && act.channel == channel).is_some_and(|act| act.given)
}
