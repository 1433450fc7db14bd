//! The tills of a network.

use diesel::prelude::*;

use crate::{
    store::{
        db::backend::on,
        questions::Reader,
        schema::{stores, tills},
    },
    working_set::questions::{
        Answers, Unanswered,
        page::Page,
        till::{ListTills, TillRow},
    },
};

impl Answers<ListTills> for Reader<'_> {
    /// A page of them, by code: codes are unique in a network.
    fn answer(&mut self, question: &ListTills) -> Result<Page<TillRow>, Unanswered> {
        type Row = (String, Option<String>, String, String);
        let (network, paging) = (question.actor.network.0, &question.paging);
        // No code is empty, so every code comes after the empty text.
        let after = paging.after.as_deref().unwrap_or_default();
        let rows: Vec<Row> = on!(self.db, c => tills::table
            .inner_join(stores::table.on(stores::id.eq(tills::store_id)))
            .filter(tills::network_id.eq(network))
            .filter(tills::code.gt(after))
            .order(tills::code)
            .limit(paging.rows_wanted())
            .select((tills::code, tills::name, stores::code, stores::name))
            .load(&mut **c))?;
        let rows = rows.into_iter().map(|(till, name, store, store_name)| TillRow { till, name, store, store_name });
        Ok(paging.page(rows, |row| row.till.clone()))
    }
}
