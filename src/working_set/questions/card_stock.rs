//! Cards that were handed to stores, by their state.

use crate::{
    domain::{card::CardState, reference::Actor, refusal::Refusal},
    working_set::questions::{
        Question,
        page::{Page, Paging},
    },
};

/// Lists how many cards of each state and kind a partner's stores were handed.
#[derive(Debug)]
pub struct ListCardStock {
    /// The caller.
    pub actor: Actor,
    /// The code of the partner; `None` is the caller's own.
    pub partner: Option<String>,
    /// The page: after a row's name in the list.
    pub paging: Paging<String>,
}

/// How many cards of one state and kind a store was handed.
#[derive(Debug, Clone)]
pub struct CardStockRow {
    /// The code of the store's network.
    pub network: String,
    /// The store's code.
    pub store: String,
    /// The store's name.
    pub store_name: String,
    /// The state.
    pub state: CardState,
    /// The kind.
    pub kind: Option<String>,
    /// How many.
    pub cards: i64,
}

impl ListCardStock {
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
        let list = format!("ListCardStock {} {partner:?}", actor.partner);
        Ok(Self { actor, partner, paging: Paging::read(list, cursor, rows, rows_max)? })
    }
}

impl Question for ListCardStock {
    type Outcome = Page<CardStockRow>;
}
