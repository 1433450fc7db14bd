//! The trade networks of a partner.

use crate::{
    domain::{reference::Actor, refusal::Refusal},
    working_set::questions::{
        Question,
        page::{Page, Paging},
    },
};

/// Lists the networks of a partner, by code.
#[derive(Debug)]
pub struct ListNetworks {
    /// The caller.
    pub actor: Actor,
    /// The code of the partner; `None` is the caller's own.
    pub partner: Option<String>,
    /// The page: after a row's name in the list.
    pub paging: Paging<String>,
}

/// A network.
#[derive(Debug, Clone)]
pub struct NetworkRow {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The code of its programme.
    pub programme: String,
    /// Whether it is closed.
    pub disabled: bool,
}

impl ListNetworks {
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
        let list = format!("ListNetworks {} {partner:?}", actor.partner);
        Ok(Self { actor, partner, paging: Paging::read(list, cursor, rows, rows_max)? })
    }
}

impl Question for ListNetworks {
    type Outcome = Page<NetworkRow>;
}
