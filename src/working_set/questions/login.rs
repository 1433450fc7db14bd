//! The logins of a partner: of tills, stores and networks, enabled and disabled.

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

/// Lists the logins of a partner.
#[derive(Debug)]
pub struct ListLogins {
    /// The caller.
    pub actor: Actor,
    /// The code of the partner; `None` is the caller's own.
    pub partner: Option<String>,
    /// The page: after a login's name.
    pub paging: Paging<String>,
}

/// A login, without its password's hash.
#[derive(Debug, Clone)]
pub struct LoginRow {
    /// Its name.
    pub login: String,
    /// The code of its network.
    pub network: String,
    /// The code of the store that it is limited to.
    pub store: Option<String>,
    /// The code of the till that it is limited to.
    pub till: Option<String>,
    /// What it may do.
    pub roles: Roles,
    /// Whether it is disabled.
    pub disabled: bool,
}

impl ListLogins {
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
        let list = format!("ListLogins {} {partner:?}", actor.partner);
        Ok(Self { actor, partner, paging: Paging::read(list, cursor, rows, rows_max)? })
    }
}

impl Question for ListLogins {
    type Outcome = Page<LoginRow>;
}
