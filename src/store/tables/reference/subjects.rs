//! The rows of the registry as its chain says them: column by column, as JSON. Of a password there is a digest of its hash alone.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::{
    domain::ids::ProgrammeId,
    store::{
        db::backend::{Db, on},
        error::StoreError,
        schema::{credentials, networks, partners, programme_rules, programmes, stores, tills},
        sql::{
            digest::{described, short_digest},
            insert::{Row, rows},
        },
        tables::{
            reference::rows::{CredentialRow, RulesRow},
            registry::Subject,
        },
    },
};

rows! {
    #[derive(Queryable, Selectable)]
    #[diesel(table_name = partners)]
    struct PartnerRow in partners {
        id: i64,
        code: String,
        name: String,
        disabled: Option<bool>,
    }
}

rows! {
    #[derive(Queryable, Selectable)]
    #[diesel(table_name = programmes)]
    struct ProgrammeRow in programmes {
        id: i64,
        code: String,
        name: String,
        owner_id: Option<i64>,
    }
}

rows! {
    #[derive(Queryable, Selectable)]
    #[diesel(table_name = networks)]
    struct NetworkRow in networks {
        id: i64,
        partner_id: i64,
        programme_id: i64,
        code: String,
        name: String,
        disabled: Option<bool>,
    }
}

rows! {
    #[derive(Queryable, Selectable)]
    #[diesel(table_name = stores)]
    struct StoreRow in stores {
        id: i64,
        network_id: i64,
        code: String,
        name: String,
        utc_offset_minutes: i64,
        disabled: Option<bool>,
    }
}

rows! {
    #[derive(Queryable, Selectable)]
    #[diesel(table_name = tills)]
    struct TillRow in tills {
        id: i64,
        network_id: i64,
        store_id: i64,
        code: String,
        name: Option<String>,
        disabled: Option<bool>,
    }
}

/// A row of the registry that was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum Changed {
    /// A partner.
    Partner(i64),
    /// A programme.
    Programme(i64),
    /// A version of a programme's rules.
    Rules(i64, i64),
    /// A network.
    Network(i64),
    /// A store.
    Store(i64),
    /// A till.
    Till(i64),
    /// A login.
    Login(i64),
}

/// Rows of a table: that of an id, or all.
macro_rules! rows_of {
    ($db:expr, $table:ident, $row:ident, $id:expr) => {{
        let id: Option<i64> = $id;
        let rows: Vec<$row> = match id {
            Some(id) => {
                on!($db, c => $table::table.filter($table::id.eq(id)).select($row::as_select()).load(&mut **c))?
            }
            None => on!($db, c => $table::table.order($table::id).select($row::as_select()).load(&mut **c))?,
        };
        rows
    }};
}

fn said<R: Row>(row: &R) -> String {
    serde_json::Value::Object(described(row)).to_string()
}

/// How these rows are now.
///
/// # Errors
/// A statement fails.
pub(in crate::store) fn changed(db: &mut Db, changed: &[Changed]) -> Result<Vec<Subject>, StoreError> {
    let mut subjects = Vec::new();
    for one in changed {
        match *one {
            Changed::Partner(id) => subjects.extend(partner_subjects(db, Some(id))?),
            Changed::Programme(id) => subjects.extend(programme_subjects(db, Some(id))?),
            Changed::Rules(id, version) => {
                subjects.extend(
                    rules_subjects(db)?.into_iter().filter(|rules| rules.id == id && rules.version == Some(version)),
                );
            }
            Changed::Network(id) => subjects.extend(network_subjects(db, Some(id))?),
            Changed::Store(id) => subjects.extend(store_subjects(db, Some(id))?),
            Changed::Till(id) => subjects.extend(till_subjects(db, Some(id))?),
            Changed::Login(id) => subjects.extend(login_subjects(db, Some(id))?),
        }
    }
    Ok(subjects)
}

/// How all rows of the registry are now.
///
/// # Errors
/// A statement fails.
pub(in crate::store) fn all(db: &mut Db) -> Result<Vec<Subject>, StoreError> {
    let mut subjects = partner_subjects(db, None)?;
    subjects.extend(programme_subjects(db, None)?);
    subjects.extend(rules_subjects(db)?);
    subjects.extend(network_subjects(db, None)?);
    subjects.extend(store_subjects(db, None)?);
    subjects.extend(till_subjects(db, None)?);
    subjects.extend(login_subjects(db, None)?);
    Ok(subjects)
}

fn partner_subjects(db: &mut Db, id: Option<i64>) -> Result<Vec<Subject>, StoreError> {
    let rows = rows_of!(db, partners, PartnerRow, id).into_iter();
    Ok(rows.map(|row| subject("partner", row.id, row.code.clone(), Some(row.id), said(&row))).collect())
}

fn programme_subjects(db: &mut Db, id: Option<i64>) -> Result<Vec<Subject>, StoreError> {
    let rows = rows_of!(db, programmes, ProgrammeRow, id).into_iter();
    Ok(rows.map(|row| subject("programme", row.id, row.code.clone(), row.owner_id, said(&row))).collect())
}

fn rules_subjects(db: &mut Db) -> Result<Vec<Subject>, StoreError> {
    let programmes = rows_of!(db, programmes, ProgrammeRow, None).into_iter();
    let programmes: HashMap<i64, (String, Option<i64>)> =
        programmes.map(|row| (row.id, (row.code, row.owner_id))).collect();
    let rows: Vec<RulesRow> = on!(db, c => programme_rules::table
        .order((programme_rules::programme_id, programme_rules::version))
        .select(RulesRow::as_select())
        .load(&mut **c))?;
    let subjects = rows.into_iter().map(|row| {
        let (code, owner) = programmes.get(&row.programme_id).cloned().unwrap_or_default();
        Subject { version: Some(row.version), ..subject("rules", row.programme_id, code, owner, said(&row)) }
    });
    Ok(subjects.collect())
}

/// The versions of a programme's rules, in the order in which they were saved: the number of each, and its columns as JSON.
///
/// # Errors
/// A statement fails.
pub fn rules_as_json(db: &mut Db, programme: ProgrammeId) -> Result<Vec<(i64, String)>, StoreError> {
    let own = rules_subjects(db)?.into_iter().filter(|rules| rules.id == programme.0);
    Ok(own.filter_map(|rules| Some((rules.version?, rules.said))).collect())
}

fn network_subjects(db: &mut Db, id: Option<i64>) -> Result<Vec<Subject>, StoreError> {
    let rows = rows_of!(db, networks, NetworkRow, id).into_iter();
    Ok(rows.map(|row| subject("network", row.id, row.code.clone(), Some(row.partner_id), said(&row))).collect())
}

/// Whose each network is.
fn partners_of_networks(db: &mut Db) -> Result<HashMap<i64, i64>, StoreError> {
    Ok(rows_of!(db, networks, NetworkRow, None).into_iter().map(|row| (row.id, row.partner_id)).collect())
}

fn store_subjects(db: &mut Db, id: Option<i64>) -> Result<Vec<Subject>, StoreError> {
    let partners = partners_of_networks(db)?;
    let rows = rows_of!(db, stores, StoreRow, id).into_iter();
    let subjects =
        rows.map(|row| subject("store", row.id, row.code.clone(), partners.get(&row.network_id).copied(), said(&row)));
    Ok(subjects.collect())
}

fn till_subjects(db: &mut Db, id: Option<i64>) -> Result<Vec<Subject>, StoreError> {
    let partners = partners_of_networks(db)?;
    let rows = rows_of!(db, tills, TillRow, id).into_iter();
    let subjects =
        rows.map(|row| subject("till", row.id, row.code.clone(), partners.get(&row.network_id).copied(), said(&row)));
    Ok(subjects.collect())
}

fn login_subjects(db: &mut Db, id: Option<i64>) -> Result<Vec<Subject>, StoreError> {
    let rows = rows_of!(db, credentials, CredentialRow, id).into_iter();
    let subjects = rows.map(|row| {
        let mut columns = described(&row);
        columns.remove("password_hash");
        let digest: String =
            short_digest(row.password_hash.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        columns.insert("password".into(), digest.into());
        let said = serde_json::Value::Object(columns).to_string();
        subject("login", row.id, row.login, Some(row.partner_id), said)
    });
    Ok(subjects.collect())
}

const fn subject(kind: &'static str, id: i64, name: String, partner: Option<i64>, said: String) -> Subject {
    Subject { kind, id, version: None, name, partner, said }
}
