//! The answer to `ListLogins`: a partner's logins in the order of their names.

use diesel::prelude::*;

use crate::{
    store::{
        db::backend::on,
        questions::Reader,
        schema::{credentials, stores, tills},
        tables::reference::roles,
    },
    working_set::questions::{
        Answers, Unanswered,
        login::{ListLogins, LoginRow},
        page::Page,
    },
};

impl Answers<ListLogins> for Reader<'_> {
    /// A page of them, by name.
    fn answer(&mut self, question: &ListLogins) -> Result<Page<LoginRow>, Unanswered> {
        type Row = (String, Option<String>, Option<String>, String, bool);
        let (partner, paging) = (question.actor.partner.0, &question.paging);
        // No name is empty, so every name comes after the empty text.
        let after = paging.after.as_deref().unwrap_or_default();
        let rows: Vec<Row> = on!(self.db, c => credentials::table
            .left_join(stores::table.on(credentials::store_id.eq(stores::id.nullable())))
            .left_join(tills::table.on(credentials::till_id.eq(tills::id.nullable())))
            .filter(credentials::partner_id.eq(partner))
            .filter(credentials::login.gt(after))
            .order(credentials::login)
            .limit(paging.rows_wanted())
            .select((
                credentials::login,
                stores::code.nullable(),
                tills::code.nullable(),
                credentials::roles,
                credentials::disabled,
            ))
            .load(&mut **c))?;
        let rows = rows.into_iter().map(|(login, store, till, words, disabled)| {
            let roles = roles(&login, &words)?;
            Ok(LoginRow { login, store, till, roles, disabled })
        });
        let rows: Vec<LoginRow> = rows.collect::<Result<_, Unanswered>>()?;
        Ok(paging.page(rows, |row| row.login.clone()))
    }
}
