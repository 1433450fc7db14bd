//! The tills of a network, as they are now.

use crate::{
    domain::reference::Credential,
    store::{questions::Reader, tables::reference},
    working_set::questions::{
        Answers, Unanswered,
        page::Page,
        till::{ListTills, TillLogin, TillRow},
    },
};

impl Answers<ListTills> for Reader<'_> {
    /// A page of them, by code. Who takes part is little, and is read whole wherever it is needed.
    fn answer(&mut self, question: &ListTills) -> Result<Page<TillRow>, Unanswered> {
        let reference = reference::load(self.db)?;
        let paging = &question.paging;
        let is_wanted = |code: &String| paging.after.as_ref().is_none_or(|after| code > after);
        let own =
            reference.tills.values().filter(|till| till.network == question.actor.network && is_wanted(&till.code));
        let mut rows: Vec<TillRow> = own
            .filter_map(|till| {
                let at_till = reference.credentials.values().filter(|credential| credential.till == Some(till.id));
                let login = |known: &Credential| TillLogin {
                    login: known.login.clone(),
                    roles: known.roles,
                    disabled: known.disabled,
                };
                let mut logins: Vec<TillLogin> = at_till.map(login).collect();
                logins.sort_by(|a, b| a.login.cmp(&b.login));
                let store = reference.stores.get(&till.store)?.clone();
                Some(TillRow { till: till.clone(), store, logins })
            })
            .collect();
        rows.sort_by(|a, b| a.till.code.cmp(&b.till.code));
        Ok(paging.page(rows, |row| row.till.code.clone()))
    }
}
