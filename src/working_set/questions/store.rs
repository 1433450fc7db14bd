//! The stores of a partner.

use crate::{
    domain::{reference::Actor, refusal::Refusal},
    working_set::questions::{
        Question,
        page::{Page, Paging},
    },
};

/// Lists the stores of a partner, by the codes of network and store.
#[derive(Debug)]
pub struct ListStores {
    /// The caller.
    pub actor: Actor,
    /// The code of the partner; `None` is the caller's own.
    pub partner: Option<String>,
    /// The page: after a row's name in the list.
    pub paging: Paging<String>,
}

/// A store.
#[derive(Debug, Clone)]
pub struct StoreRow {
    /// The code of its network.
    pub network: String,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its offset from UTC, in minutes.
    pub utc_offset_minutes: i32,
    /// Whether it is closed.
    pub disabled: bool,
}

impl ListStores {
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
        let list = format!("ListStores {} {partner:?}", actor.partner);
        Ok(Self { actor, partner, paging: Paging::read(list, cursor, rows, rows_max)? })
    }
}

impl Question for ListStores {
    type Outcome = Page<StoreRow>;
}
