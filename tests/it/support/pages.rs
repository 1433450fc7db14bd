//! Lists over SOAP: all pages of one, and another office that asks.

use super::{App, START, calls::Call, soap::Reply};
use kopilka::{
    access,
    app::Opened,
    domain::reference::Roles,
    store::admin::{NewTill, add_till},
};

/// The login of the office of the demo's other partner, added by [`add_other_office`].
pub const OTHER_OFFICE: &str = "other-office";

pub fn add_other_office(app: &App) {
    let (opened, mut db) = Opened::with_keys(&app.config).unwrap();
    let new = NewTill {
        partner: "other".into(),
        store: None,
        till: None,
        login: OTHER_OFFICE.into(),
        password_hash: access::hash_password(OTHER_OFFICE).unwrap(),
        roles: Roles::PARTNER_OFFICE,
    };
    add_till(&mut db, &opened.vault, &new, START).unwrap();
}

/// All pages of a list.
pub async fn pages(page: impl Fn(&str) -> Call) -> Vec<Reply> {
    let (mut pages, mut cursor) = (Vec::new(), String::new());
    loop {
        let reply = page(&cursor).await.ok();
        let next = reply.find("nextCursor").map(str::to_owned);
        pages.push(reply);
        match next {
            Some(next) => cursor = next,
            None => return pages,
        }
        assert!(pages.len() < 50, "the list has no end");
    }
}

/// The rows of a list as text, over all pages.
pub fn rows(pages: &[Reply], name: &str) -> Vec<String> {
    pages.iter().flat_map(|page| page.all(name)).map(str::to_owned).collect()
}
