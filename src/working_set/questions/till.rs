//! The tills of a partner.

use crate::{
    domain::{reference::Actor, refusal::Refusal},
    working_set::questions::{
        Question,
        page::{Page, Paging},
    },
};

/// Lists the tills of a partner, by the codes of network and till.
#[derive(Debug)]
pub struct ListTills {
    /// The caller.
    pub actor: Actor,
    /// The code of the partner; `None` is the caller's own.
    pub partner: Option<String>,
    /// The page: after a row's name in the list.
    pub paging: Paging<String>,
}

/// A till with its store.
#[derive(Debug, Clone)]
pub struct TillRow {
    /// The code of its network.
    pub network: String,
    /// The store's code.
    pub store: String,
    /// The store's name.
    pub store_name: String,
    /// Its code.
    pub till: String,
    /// Its name.
    pub name: Option<String>,
    /// Whether it is closed.
    pub disabled: bool,
}

impl ListTills {
    /// The question for a page.
    ///
    /// # Errors
    /// The cursor does not belong to this list.
    pub fn new(
        actor: Actor,
        partner: Option<String>,
        cursor: &str,
        rows: i32,
        rows_max: usize,
    ) -> Result<Self, Refusal> {
        let list = format!("ListTills {} {partner:?}", actor.partner);
        Ok(Self { actor, partner, paging: Paging::read(list, cursor, rows, rows_max)? })
    }
}

impl Question for ListTills {
    type Outcome = Page<TillRow>;
}
