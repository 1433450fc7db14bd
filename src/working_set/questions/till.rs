//! The tills of a network, and the logins at them.

use crate::{
    domain::{
        reference::{Actor, Roles, Store, Till},
        refusal::Refusal,
    },
    working_set::questions::{
        Question,
        page::{Page, Paging},
    },
};

/// Asks for the tills of the asking network.
#[derive(Debug)]
pub struct ListTills {
    /// Who asks.
    pub actor: Actor,
    /// The page: after a till's code.
    pub paging: Paging<String>,
}

/// A till.
#[derive(Debug, Clone)]
pub struct TillRow {
    /// The till.
    pub till: Till,
    /// Where it stands.
    pub store: Store,
    /// The logins that are for this till alone, by name.
    pub logins: Vec<TillLogin>,
}

/// A login at a till, without its password's digest.
#[derive(Debug, Clone)]
pub struct TillLogin {
    /// The login.
    pub login: String,
    /// What it may do.
    pub roles: Roles,
    /// Whether it is shut.
    pub disabled: bool,
}

impl ListTills {
    /// The question for a page.
    ///
    /// # Errors
    /// The cursor is none of this list's.
    pub fn new(actor: Actor, cursor: &str, rows: i32, rows_max: usize) -> Result<Self, Refusal> {
        let list = format!("ListTills {}", actor.network);
        Ok(Self { actor, paging: Paging::read(list, cursor, rows, rows_max)? })
    }
}

impl Question for ListTills {
    type Outcome = Page<TillRow>;
}
