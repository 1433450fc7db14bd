//! The answer to `ListTills`.

use crate::{
    domain::registry::Registrar,
    store::{questions::Reader, tables::reference::load_registry},
    working_set::questions::{
        Answers, Unanswered,
        page::{Page, place},
        till::{ListTills, TillRow},
    },
};

impl Answers<ListTills> for Reader<'_> {
    /// A page of a partner's tills: codes are unique in a network.
    fn answer(&mut self, question: &ListTills) -> Result<Page<TillRow>, Unanswered> {
        let known = load_registry(self.db)?;
        let mut rows = Vec::new();
        for (network, store) in known.stores_of(Registrar::of(&question.actor), question.partner.as_deref())? {
            rows.extend(known.tills.values().filter(|till| till.store == store.id).map(|till| TillRow {
                network: network.code.clone(),
                store: store.code.clone(),
                store_name: store.name.clone(),
                till: till.code.clone(),
                name: till.name.clone(),
                disabled: till.disabled,
            }));
        }
        Ok(question.paging.page_of(rows, |row| place(&[&row.network, &row.till])))
    }
}
