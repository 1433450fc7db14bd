//! The answer to `ListCardStock`.

use diesel::{dsl::count_star, prelude::*};

use crate::{
    domain::{
        card::CardState,
        reference::{Network, Store},
        registry::Registrar,
    },
    store::{
        db::backend::{Db, on},
        error::StoreError,
        questions::Reader,
        schema::cards,
        tables::reference::load_registry,
    },
    working_set::questions::{
        Answers, Unanswered,
        card_stock::{CardStockRow, ListCardStock},
        page::{Page, place},
    },
};

/// Every state, in the order of a card's life.
const STATES: [CardState; 6] = [
    CardState::Registered,
    CardState::Issued,
    CardState::Active,
    CardState::Blocked,
    CardState::Replaced,
    CardState::Closed,
];

impl Answers<ListCardStock> for Reader<'_> {
    /// A page of it, store by store.
    fn answer(&mut self, question: &ListCardStock) -> Result<Page<CardStockRow>, Unanswered> {
        let known = load_registry(self.db)?;
        let mut stores = known.stores_of(Registrar::of(&question.actor), question.partner.as_deref())?;
        let name = |(network, store): &(&Network, &Store)| place(&[&network.code, &store.code]);
        stores.sort_by_cached_key(name);
        let paging = &question.paging;
        // The store at which the page before ended may have more rows.
        let rest = stores
            .into_iter()
            .filter(|store| paging.after.as_ref().is_none_or(|after| *after <= name(store) + "\u{2}"));
        let mut rows = Vec::new();
        for (network, store) in rest {
            self.in_time()?;
            rows.extend(
                stock(self.db, network, store)?
                    .into_iter()
                    .filter(|row| paging.after.as_ref().is_none_or(|after| position(row) > *after)),
            );
            if rows.len() > paging.rows_max {
                break;
            }
        }
        Ok(paging.page_of(rows, position))
    }
}

/// What a store has been handed.
///
/// # Errors
/// A statement fails.
pub fn stock(db: &mut Db, network: &Network, store: &Store) -> Result<Vec<CardStockRow>, StoreError> {
    let mut rows = Vec::new();
    for state in STATES {
        let counted: Vec<(Option<String>, i64)> = on!(db, c => cards::table
            .filter(cards::store_id.eq(store.id.0))
            .filter(cards::state.eq(state.word()))
            .group_by(cards::kind)
            .select((cards::kind, count_star()))
            .load(&mut **c))?;
        rows.extend(counted.into_iter().map(|(kind, cards)| CardStockRow {
            network: network.code.clone(),
            store: store.code.clone(),
            store_name: store.name.clone(),
            state,
            kind,
            cards,
        }));
    }
    Ok(rows)
}

/// A row's place in the list.
#[must_use]
pub fn position(row: &CardStockRow) -> String {
    let rank = STATES.iter().position(|state| *state == row.state).unwrap_or_default().to_string();
    place(&[&row.network, &row.store, &rank, row.kind.as_deref().unwrap_or_default()])
}
