//! Trade networks of partners: adding, renaming, closing (A11).

use crate::{
    domain::{
        reference::Reference,
        refusal::{Decided, Decision},
        registry::{NetworkDraft, Registrar},
    },
    service::{context::OfficeContext, login::check_enabled},
    working_set::{ReferenceChange, Touches, WorkingSet, command::Command},
};

/// Adds a network, or changes it.
#[derive(Debug)]
pub struct SaveNetwork {
    /// The caller and the time.
    pub context: OfficeContext,
    /// What is to be saved.
    pub draft: NetworkDraft,
}

/// A saved network.
#[derive(Debug, Clone)]
pub struct NetworkSaved {
    /// Its code.
    pub code: String,
    /// Whether it was added.
    pub added: bool,
    /// Whether it is closed.
    pub closed: bool,
}

impl Command for SaveNetwork {
    type Outcome = NetworkSaved;

    fn touches(&self, _: &Reference, _: &mut Touches) {}

    /// Of two that add one network, the second must see the first one's.
    fn is_alone(&self) -> bool {
        true
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<NetworkSaved> {
        let actor = &self.context.actor;
        self.context.at(set)?;
        check_enabled(set, actor)?;
        let reference = set.reference.clone();
        let saved = reference.save_network(Registrar::of(actor), &self.draft, || set.new_id())?;
        let outcome = NetworkSaved { code: saved.place.code.clone(), added: saved.added, closed: saved.place.disabled };
        set.reference_changes.push(self.context.change(ReferenceChange::Network(saved.place)));
        Ok(Decided::Done(outcome))
    }
}
