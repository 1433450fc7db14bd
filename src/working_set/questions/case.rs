//! The cases of a partner, and of all partners of a programme for the office that runs it.

use crate::{
    domain::{case::Case, reference::Actor, refusal::Refusal},
    working_set::questions::{
        Question,
        page::{Page, Paging},
    },
};

/// Lists cases in the order in which they were opened.
#[derive(Debug)]
pub struct ListCases {
    /// The caller.
    pub actor: Actor,
    /// Whether only those that are open.
    pub only_open: bool,
    /// The page: after the moment when a case was opened, and its id.
    pub paging: Paging<[i64; 2]>,
}

/// A case with the names of what it refers to.
#[derive(Debug, Clone)]
pub struct CaseRow {
    /// The case.
    pub case: Case,
    /// The partner's code.
    pub partner: String,
    /// The store's code.
    pub store: Option<String>,
    /// The store's offset from UTC in minutes; the caller's where it happened in no store.
    pub utc_offset_minutes: i32,
    /// The login that closed it.
    pub closed_by: Option<String>,
}

impl ListCases {
    /// The question for a page.
    ///
    /// # Errors
    /// The cursor does not belong to this list.
    pub fn new(actor: Actor, only_open: bool, cursor: &str, rows: i32, rows_max: usize) -> Result<Self, Refusal> {
        let list = format!("ListCases {} {only_open}", actor.partner);
        Ok(Self { actor, only_open, paging: Paging::read(list, cursor, rows, rows_max)? })
    }
}

impl CaseRow {
    /// Its position in the list.
    #[must_use]
    pub const fn position(&self) -> [i64; 2] {
        [self.case.opened_at.0, self.case.id.0]
    }
}

impl Question for ListCases {
    type Outcome = Page<CaseRow>;
}
