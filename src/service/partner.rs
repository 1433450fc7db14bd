//! Partners of the programme: adding, renaming, closing (A11).

use crate::{
    domain::{
        ids::NetworkId,
        reference::{Network, Reference},
        refusal::{Decided, Decision},
        registry::{PartnerDraft, Registrar},
    },
    service::{context::OfficeContext, login::check_enabled},
    working_set::{ReferenceChange, Touches, WorkingSet, command::Command},
};

/// Adds a partner with its first network, or changes it.
#[derive(Debug)]
pub struct SavePartner {
    /// The caller and the time.
    pub context: OfficeContext,
    /// What is to be saved.
    pub draft: PartnerDraft,
}

/// A saved partner.
#[derive(Debug, Clone)]
pub struct PartnerSaved {
    /// Its code.
    pub code: String,
    /// Whether it was added.
    pub added: bool,
    /// Whether it is closed.
    pub closed: bool,
}

impl Command for SavePartner {
    type Outcome = PartnerSaved;

    fn touches(&self, _: &Reference, _: &mut Touches) {}

    /// Of two that add one partner, the second must see the first one's.
    fn is_alone(&self) -> bool {
        true
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<PartnerSaved> {
        let actor = &self.context.actor;
        self.context.at(set)?;
        check_enabled(set, actor)?;
        let reference = set.reference.clone();
        let saved = reference.save_partner(Registrar::of(actor), &self.draft, || set.new_id())?;
        let partner = saved.place;
        let outcome = PartnerSaved { code: partner.code.clone(), added: saved.added, closed: partner.disabled };
        let network = saved.added.then(|| Network {
            id: NetworkId(set.new_id()),
            partner: partner.id,
            programme: actor.programme,
            code: partner.code.clone(),
            name: partner.name.clone(),
            disabled: false,
        });
        set.reference_changes.push(self.context.change(ReferenceChange::Partner(partner)));
        if let Some(network) = network {
            set.reference_changes.push(self.context.change(ReferenceChange::Network(network)));
        }
        Ok(Decided::Done(outcome))
    }
}
