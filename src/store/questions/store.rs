//! The answer to `ListStores`.

use crate::{
    domain::{
        reference::{Network, Store},
        registry::Registrar,
    },
    store::{questions::Reader, tables::reference::load_registry},
    working_set::questions::{
        Answers, Unanswered,
        page::{Page, place},
        store::{ListStores, StoreRow},
    },
};

impl Answers<ListStores> for Reader<'_> {
    /// A page of a partner's stores.
    fn answer(&mut self, question: &ListStores) -> Result<Page<StoreRow>, Unanswered> {
        let known = load_registry(self.db)?;
        let stores = known.stores_of(Registrar::of(&question.actor), question.partner.as_deref())?;
        let row = |(network, store): (&Network, &Store)| StoreRow {
            network: network.code.clone(),
            code: store.code.clone(),
            name: store.name.clone(),
            utc_offset_minutes: store.utc_offset_minutes,
            disabled: store.disabled,
        };
        let rows = stores.into_iter().map(row).collect();
        Ok(question.paging.page_of(rows, |row| place(&[&row.network, &row.code])))
    }
}
