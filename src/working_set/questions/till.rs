//! The tills of a network and their logins.

use crate::{
    domain::{
        reference::{Actor, Roles, Store, Till},
        refusal::Refusal,
    },
    working_set::questions::{
        Books, Question, Unanswered,
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
    /// The till.
    pub till: Till,
    /// Its store.
    pub store: Store,
    /// The logins of this till alone, by name.
    pub logins: Vec<TillLogin>,
}

/// A login at a till, without its password's digest.
#[derive(Debug, Clone)]
pub struct TillLogin {
    /// The login.
    pub login: String,
    /// Its roles.
    pub roles: Roles,
    /// Whether it is disabled.
    pub disabled: bool,
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

    fn ask(&self, books: &mut dyn Books) -> Result<Self::Outcome, Unanswered> {
        books.tills(self)
    }
}
