//! The logins of a partner, whatever they are for, with those that are shut.

use crate::{
    domain::{
        reference::{Actor, Roles},
        refusal::Refusal,
    },
    working_set::questions::{
        Question,
        page::{Page, Paging},
    },
};

/// Asks for the logins of the asking partner.
#[derive(Debug)]
pub struct ListLogins {
    /// Who asks.
    pub actor: Actor,
    /// The page: after a login's name.
    pub paging: Paging<String>,
}

/// A login, without its password's digest.
#[derive(Debug, Clone)]
pub struct LoginRow {
    /// Its name.
    pub login: String,
    /// The code of the store that it is for alone.
    pub store: Option<String>,
    /// The code of the till that it is for alone.
    pub till: Option<String>,
    /// What it may do.
    pub roles: Roles,
    /// Whether it is shut.
    pub disabled: bool,
}

impl ListLogins {
    /// The question for a page.
    ///
    /// # Errors
    /// The cursor is none of this list's.
    pub fn new(actor: Actor, cursor: &str, rows: i32, rows_max: usize) -> Result<Self, Refusal> {
        let list = format!("ListLogins {}", actor.partner);
        Ok(Self { actor, paging: Paging::read(list, cursor, rows, rows_max)? })
    }
}

impl Question for ListLogins {
    type Outcome = Page<LoginRow>;
}
