//! What the gateway does, a file a noun: a command says what it touches and decides, on a working set, by the domain's
//! rules. Knows no SQL and no XML.

pub mod access;
pub mod account;
pub mod adjustment;
pub mod balance;
pub mod cancellation;
pub mod card;
pub mod customer;
pub mod desk;
pub mod free_return;
pub mod info;
pub mod jobs;
pub mod office;
pub mod phone;
pub mod pricing;
pub mod redemption;
pub mod sale;
pub mod scene;
pub mod statement;
pub mod takeback;

use crate::{
    domain::{reference::Reference, refusal::Decision},
    store::set::{Touches, WorkingSet},
};

/// Something that a caller wants done or wants to know.
pub trait Command: Send + 'static {
    /// What comes of it.
    type Outcome;

    /// Names what must be loaded before it can be decided.
    fn touches(&self, reference: &Reference, touches: &mut Touches);

    /// Whether it must not be decided together with others: it changes rows that they may have loaded.
    fn is_alone(&self) -> bool {
        false
    }

    /// The sale or the hold that it made or changed: what a cancellation by its key has to find.
    fn subject(_: &Self::Outcome) -> Option<i64> {
        None
    }

    /// How many new ids it may take beyond the few that any command may.
    fn new_ids(&self) -> i64 {
        0
    }

    /// Decides. A refusal needs no cleaning up: what was changed in the set is undone.
    ///
    /// # Errors
    /// The refusal, when the command cannot be carried out.
    fn decide(&self, set: &mut WorkingSet) -> Decision<Self::Outcome>;
}
