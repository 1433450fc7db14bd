//! Stores of partners: adding, renaming, closing (A11).

use crate::{
    domain::{
        reference::Reference,
        refusal::{Decided, Decision},
        registry::{Registrar, StoreDraft},
    },
    service::{context::OfficeContext, login::check_enabled},
    working_set::{ReferenceChange, Touches, WorkingSet, command::Command},
};

/// Adds a store, or changes it.
#[derive(Debug)]
pub struct SaveStore {
    /// The caller and the time.
    pub context: OfficeContext,
    /// What is to be saved.
    pub draft: StoreDraft,
}

/// A saved store.
#[derive(Debug, Clone)]
pub struct StoreSaved {
    /// Its code.
    pub code: String,
    /// Whether it was added.
    pub added: bool,
    /// Whether it is closed.
    pub closed: bool,
}

impl Command for SaveStore {
    type Outcome = StoreSaved;

    fn touches(&self, _: &Reference, _: &mut Touches) {}

    /// Of two that add one store, the second must see the first one's.
    fn is_alone(&self) -> bool {
        true
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<StoreSaved> {
        let actor = &self.context.actor;
        self.context.at(set)?;
        check_enabled(set, actor)?;
        let reference = set.reference.clone();
        let saved =
            reference.save_store(Registrar::of(actor), &self.draft, actor.utc_offset_minutes, || set.new_id())?;
        let outcome = StoreSaved { code: saved.place.code.clone(), added: saved.added, closed: saved.place.disabled };
        set.reference_changes.push(self.context.change(ReferenceChange::Store(saved.place)));
        Ok(Decided::Done(outcome))
    }
}
