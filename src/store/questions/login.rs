//! The answer to `ListLogins`: a partner's logins in the order of their names.

use diesel::prelude::*;

use crate::{
    domain::registry::Registrar,
    store::{
        db::backend::on,
        questions::Reader,
        schema::{credentials, networks, stores, tills},
        sql::any_of::AnyOfValues as _,
        tables::reference::{load_registry, roles},
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
        type Row = (String, String, Option<String>, Option<String>, String, bool);
        let known = load_registry(self.db)?;
        let by = Registrar::of(&question.actor);
        let partner = known.partner(by, question.partner.as_deref())?.id.0;
        let seen = known.networks_of(by, question.partner.as_deref())?;
        let seen: Vec<i64> = seen.into_iter().map(|network| network.id.0).collect();
        let paging = &question.paging;
        // No name is empty, so every name comes after the empty text.
        let after = paging.after.as_deref().unwrap_or_default();
        let rows: Vec<Row> = on!(self.db, c => credentials::table
            .inner_join(networks::table.on(credentials::network_id.eq(networks::id)))
            .left_join(stores::table.on(credentials::store_id.eq(stores::id.nullable())))
            .left_join(tills::table.on(credentials::till_id.eq(tills::id.nullable())))
            .filter(credentials::partner_id.eq(partner))
            .filter(credentials::network_id.any_of(&seen))
            .filter(credentials::login.gt(after))
            .order(credentials::login)
            .limit(paging.rows_wanted())
            .select((
                credentials::login,
                networks::code,
                stores::code.nullable(),
                tills::code.nullable(),
                credentials::roles,
                credentials::disabled,
            ))
            .load(&mut **c))?;
        let rows = rows.into_iter().map(|(login, network, store, till, words, disabled)| {
            let roles = roles(&login, &words)?;
            Ok(LoginRow { login, network, store, till, roles, disabled })
        });
        let rows: Vec<LoginRow> = rows.collect::<Result<_, Unanswered>>()?;
        Ok(paging.page(rows, |row| row.login.clone()))
    }
}
