//! What ids lead to, and who the authors of changes are.

use std::collections::{BTreeSet, HashMap};

use diesel::prelude::*;
use serde_json::Value as Json;

use crate::{
    domain::{
        history::{COMMAND_LINE, Columns, GATEWAY, Place, UPGRADE, Value},
        moment::Moment,
        reference::Roles,
    },
    store::{
        db::backend::{Db, on},
        error::StoreError,
        schema::{credentials, networks, partners, programmes, registry_changes, stores, tills},
        sql::any_of::AnyOfValues as _,
        tables::reference::roles,
    },
    working_set::questions::history::{Author, AuthorKind, Named},
};

/// The codes and names of places.
#[derive(Debug, Default)]
pub(super) struct Places(HashMap<(Place, i64), Named>);

impl Places {
    /// All partners, programmes and networks, and these stores and tills.
    ///
    /// # Errors
    /// A statement fails.
    pub(super) fn load(db: &mut Db, wanted: &BTreeSet<(Place, i64)>) -> Result<Self, StoreError> {
        type Row = (i64, String, Option<String>);
        let ids = |place: Place| wanted.iter().filter(|(to, _)| *to == place).map(|(_, id)| *id).collect::<Vec<i64>>();
        let (store_ids, till_ids) = (ids(Place::Store), ids(Place::Till));
        let found: [(Place, Vec<Row>); 5] = [
            (
                Place::Partner,
                on!(db, c => partners::table
                .select((partners::id, partners::code, partners::name.nullable()))
                .load(&mut **c))?,
            ),
            (
                Place::Programme,
                on!(db, c => programmes::table
                .select((programmes::id, programmes::code, programmes::name.nullable()))
                .load(&mut **c))?,
            ),
            (
                Place::Network,
                on!(db, c => networks::table
                .select((networks::id, networks::code, networks::name.nullable()))
                .load(&mut **c))?,
            ),
            (
                Place::Store,
                on!(db, c => stores::table
                .filter(stores::id.any_of(&store_ids))
                .select((stores::id, stores::code, stores::name.nullable()))
                .load(&mut **c))?,
            ),
            (
                Place::Till,
                on!(db, c => tills::table
                .filter(tills::id.any_of(&till_ids))
                .select((tills::id, tills::code, tills::name))
                .load(&mut **c))?,
            ),
        ];
        let named = found.into_iter().flat_map(|(place, rows)| {
            let named =
                move |(id, code, name): Row| ((place, id), Named { name: name.unwrap_or_else(|| code.clone()), code });
            rows.into_iter().map(named)
        });
        Ok(Self(named.collect()))
    }

    /// A place by its id.
    pub(super) fn get(&self, place: Place, id: i64) -> Option<&Named> {
        self.0.get(&(place, id))
    }

    /// Its code.
    pub(super) fn code(&self, place: Place, id: i64) -> Option<String> {
        self.get(place, id).map(|named| named.code.clone())
    }
}

/// A login as authors have it.
#[derive(Debug)]
struct Login {
    id: i64,
    partner: i64,
    roles: Roles,
}

/// The logins that made changes, with the roles that each had at a time.
#[derive(Debug, Default)]
pub(super) struct Authors {
    logins: HashMap<String, Login>,
    names: HashMap<i64, String>,
    /// The roles of a login as they were written down, in order.
    roles: HashMap<i64, Vec<(Moment, Roles)>>,
}

impl Authors {
    /// The logins of these names and ids.
    ///
    /// # Errors
    /// A statement fails, or a row is unreadable.
    pub(super) fn load(db: &mut Db, names: &[String], ids: &[i64]) -> Result<Self, StoreError> {
        type Row = (i64, String, String, i64);
        let columns = (credentials::id, credentials::login, credentials::roles, credentials::partner_id);
        let mut rows: Vec<Row> = on!(db, c => credentials::table
            .filter(credentials::login.any_of(names))
            .select(columns)
            .load(&mut **c))?;
        rows.extend(on!(db, c => credentials::table
            .filter(credentials::id.any_of(ids))
            .select(columns)
            .load::<Row>(&mut **c))?);
        let mut authors = Self::default();
        for (id, login, words, partner) in rows {
            let roles = roles(&login, &words)?;
            authors.names.insert(id, login.clone());
            authors.logins.insert(login, Login { id, partner, roles });
        }
        let ids: Vec<i64> = authors.names.keys().copied().collect();
        let written: Vec<(i64, i64, String)> = on!(db, c => registry_changes::table
            .filter(registry_changes::kind.eq("login"))
            .filter(registry_changes::subject_id.any_of(&ids))
            .order(registry_changes::seq)
            .select((registry_changes::subject_id, registry_changes::recorded_at, registry_changes::after))
            .load(&mut **c))?;
        for (id, at, after) in written {
            if let Some(Value::Text(words)) = columns_of(&after).get("roles")
                && let Some(roles) = Roles::from_words(words.split_whitespace())
            {
                authors.roles.entry(id).or_default().push((Moment(at), roles));
            }
        }
        Ok(authors)
    }

    /// The author of this login's id.
    pub(super) fn of(&self, id: i64, employee: Option<String>, at: Moment, places: &Places) -> Author {
        let name = self.names.get(&id).map_or("", String::as_str);
        Author { kind: AuthorKind::Login, ..self.author(name, employee, at, places) }
    }

    /// Who an author is, with the roles of that time.
    pub(super) fn author(&self, actor: &str, employee: Option<String>, at: Moment, places: &Places) -> Author {
        let kind = match actor {
            COMMAND_LINE => AuthorKind::CommandLine,
            UPGRADE => AuthorKind::Upgrade,
            GATEWAY => AuthorKind::Gateway,
            _ => AuthorKind::Login,
        };
        let login = self.logins.get(actor).filter(|_| kind == AuthorKind::Login);
        let roles = login.map_or(Roles::NONE, |login| {
            let written = self.roles.get(&login.id).map(Vec::as_slice).unwrap_or_default();
            written.iter().rev().find(|(since, _)| *since <= at).map_or(login.roles, |(_, roles)| *roles)
        });
        Author {
            kind,
            login: (kind == AuthorKind::Login).then(|| actor.to_owned()),
            employee,
            roles,
            partner: login.and_then(|login| places.get(Place::Partner, login.partner)).cloned(),
        }
    }
}

/// The columns of a row as its entry has them.
pub(super) fn columns_of(json: &str) -> Columns {
    let row: serde_json::Map<String, Json> = serde_json::from_str(json).unwrap_or_default();
    let value = |value: Json| match value {
        Json::Bool(flag) => Some(Value::Flag(flag)),
        Json::Number(number) => Some(number.as_i64().map_or_else(|| Value::Text(number.to_string()), Value::Number)),
        Json::String(text) => Some(Value::Text(text)),
        Json::Null => None,
        Json::Array(_) | Json::Object(_) => Some(Value::Text(value.to_string())),
    };
    row.into_iter().filter_map(|(name, json)| Some((name, value(json)?))).collect()
}
