//! The partners of a programme.

use crate::{
    domain::{reference::Actor, refusal::Refusal},
    working_set::questions::{
        Question,
        page::{Page, Paging},
    },
};

/// Lists the partners that the caller may see, by code.
#[derive(Debug)]
pub struct ListPartners {
    /// The caller.
    pub actor: Actor,
    /// The page: after a row's name in the list.
    pub paging: Paging<String>,
}

/// A partner.
#[derive(Debug, Clone)]
pub struct PartnerRow {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Whether it runs the programme.
    pub runs_programme: bool,
    /// Whether it is closed.
    pub disabled: bool,
}

impl ListPartners {
    /// The question for a page.
    ///
    /// # Errors
    /// The cursor does not belong to this list.
    pub fn new(actor: Actor, cursor: &str, rows: i32, rows_max: usize) -> Result<Self, Refusal> {
        let list = format!("ListPartners {}", actor.partner);
        Ok(Self { actor, paging: Paging::read(list, cursor, rows, rows_max)? })
    }
}

impl Question for ListPartners {
    type Outcome = Page<PartnerRow>;
}
