//! The tills of a network.

use crate::{
    domain::{reference::Actor, refusal::Refusal},
    working_set::questions::{
        Question,
        page::{Page, Paging},
    },
};

/// Lists the tills of the caller's network.
#[derive(Debug)]
pub struct ListTills {
    /// The caller.
    pub actor: Actor,
    /// The page: after a till's code.
    pub paging: Paging<String>,
}

/// A till.
#[derive(Debug, Clone)]
pub struct TillRow {
    /// Its code.
    pub till: String,
    /// Its name.
    pub name: Option<String>,
    /// The code of the store where it stands.
    pub store: String,
    /// That store's name.
    pub store_name: String,
}

impl ListTills {
    /// The question for a page.
    ///
    /// # Errors
    /// The cursor does not belong to this list.
    pub fn new(actor: Actor, cursor: &str, rows: i32, rows_max: usize) -> Result<Self, Refusal> {
        let list = format!("ListTills {}", actor.network);
        Ok(Self { actor, paging: Paging::read(list, cursor, rows, rows_max)? })
    }
}

impl Question for ListTills {
    type Outcome = Page<TillRow>;
}
