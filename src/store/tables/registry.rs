//! The registry's chain: every change of partners, networks, stores, tills, logins, programmes, rules and the gateways'
//! limits, with who made it and how the row was before and after. `kopilka verify` compares the last of each row with the row.

pub mod acceptance;

use diesel::prelude::*;
use sha2::{Digest as _, Sha256};

use crate::{
    domain::{
        history::{COMMAND_LINE, GATEWAY, UPGRADE},
        moment::Moment,
    },
    store::{
        db::backend::{Db, on},
        error::StoreError,
        facts::{Facts, Kind},
        schema::{reference_version, registry_changes},
        sealing::Keys,
        sql::{
            batch::write_together,
            digest::short_digest,
            insert::{rows, write_rows},
        },
    },
};

/// What the first entry is chained to.
const GENESIS: [u8; 32] = [0; 32];

rows! {
    /// An entry.
    #[derive(Debug, Clone, Queryable, Selectable)]
    #[diesel(table_name = registry_changes)]
    pub struct ChangeRow in registry_changes {
        /// Its number, from 1 and without gaps.
        pub seq: i64,
        /// When, in milliseconds since 1970.
        pub recorded_at: i64,
        /// The login that did it, `command line`, `upgrade` or `gateway start`.
        pub actor: String,
        /// The employee, as the caller says, sealed: an employee's name, which is no customer's.
        pub employee_sealed: Option<Vec<u8>>,
        /// What kind of row: see [`Subject::kind`].
        pub kind: String,
        /// Its id.
        pub subject_id: i64,
        /// Its code or login.
        pub subject: String,
        /// Of rules: which version.
        pub version: Option<i64>,
        /// Whose it is.
        pub partner_id: Option<i64>,
        /// How it was, as JSON; of rules, how the version before was.
        pub before: Option<String>,
        /// How it is, as JSON.
        pub after: String,
        /// SHA-256 over the entry before and this one.
        pub hash: Vec<u8>,
    }
}

impl ChangeRow {
    /// The digest that it has to have after the one before it.
    #[must_use]
    pub fn chained_to(&self, before: &[u8]) -> Vec<u8> {
        let mut digest = Sha256::new();
        digest.update(if before.is_empty() { &GENESIS } else { before });
        for number in [Some(self.seq), Some(self.recorded_at), Some(self.subject_id), self.version, self.partner_id] {
            digest.update([u8::from(number.is_some())]);
            digest.update(number.unwrap_or_default().to_le_bytes());
        }
        let words = [
            Some(self.actor.as_bytes()),
            self.employee_sealed.as_deref(),
            Some(self.kind.as_bytes()),
            Some(self.subject.as_bytes()),
            self.before.as_deref().map(str::as_bytes),
            Some(self.after.as_bytes()),
        ];
        for bytes in words {
            digest.update([u8::from(bytes.is_some())]);
            let bytes = bytes.unwrap_or_default();
            digest.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_le_bytes());
            digest.update(bytes);
        }
        digest.finalize().to_vec()
    }

    /// Where the chain stands with it, as the chronicle says it.
    fn fact(&self, facts: &mut Facts) {
        facts.add(Kind::Registry, self.seq, short_digest(&self.hash));
    }
}

/// A row of the registry as it is.
#[derive(Debug, Clone)]
pub struct Subject {
    /// `partner`, `programme`, `rules`, `network`, `store`, `till`, `login` or `limits`.
    pub kind: &'static str,
    /// Its id; of rules, the programme's.
    pub id: i64,
    /// Of rules: which version.
    pub version: Option<i64>,
    /// Its code or login; of rules, the programme's code.
    pub name: String,
    /// Whose it is.
    pub partner: Option<i64>,
    /// Its columns as JSON.
    pub said: String,
}

/// Who changes the registry.
#[derive(Debug, Clone, Copy)]
pub struct By<'a> {
    /// The login, [`COMMAND_LINE`], [`UPGRADE`] or [`GATEWAY`].
    pub actor: &'a str,
    /// The employee, as the caller says, and the keys that seal the name.
    pub employee: Option<(&'a str, &'a Keys)>,
}

impl By<'_> {
    /// Somebody at the command line.
    pub const COMMAND_LINE: Self = By { actor: COMMAND_LINE, employee: None };
    /// The program itself.
    pub const UPGRADE: Self = By { actor: UPGRADE, employee: None };
    /// A gateway that starts.
    pub const GATEWAY: Self = By { actor: GATEWAY, employee: None };
}

/// Writes down how rows of the registry are now, one entry each; those that are as they were last written down are left
/// out. To be called in the transaction that changed them.
///
/// # Errors
/// A statement fails, or a name cannot be sealed.
pub fn record(
    db: &mut Db,
    subjects: Vec<Subject>,
    by: By<'_>,
    now: Moment,
    facts: &mut Facts,
) -> Result<(), StoreError> {
    // One after another: every change moves this row before it ends.
    let version = reference_version::table.select(reference_version::version);
    let _: i64 = match db {
        Db::Sqlite(c) => version.first(&mut **c)?,
        Db::Postgres(c) => version.for_update().first(&mut **c)?,
    };
    let mut before = last(db)?.map_or((0, Vec::new()), |row| (row.seq, row.hash));
    for subject in subjects {
        let last = last_of(db, subject.kind, subject.id)?;
        let is_same = match &last {
            Some((version, said)) if *version == subject.version => *said == subject.said,
            Some(_) => last_of_version(db, &subject)?.is_some_and(|said| said == subject.said),
            None => false,
        };
        if is_same {
            continue;
        }
        let seq = before.0.saturating_add(1);
        let sealed = by.employee.map(|(name, keys)| keys.seal(None, &employee_place(seq), name.as_bytes()));
        let mut row = ChangeRow {
            seq,
            recorded_at: now.0,
            actor: by.actor.into(),
            employee_sealed: sealed.transpose()?,
            kind: subject.kind.into(),
            subject_id: subject.id,
            subject: subject.name,
            version: subject.version,
            partner_id: subject.partner,
            before: last.map(|(_, said)| said),
            after: subject.said,
            hash: Vec::new(),
        };
        row.hash = row.chained_to(&before.1);
        row.fact(facts);
        before = (row.seq, row.hash.clone());
        write_together(db, |out| {
            write_rows!(out, vec![row], registry_changes);
            Ok(())
        })?;
    }
    Ok(())
}

/// Where the name lies of who made a change.
pub(in crate::store) fn employee_place(seq: i64) -> String {
    format!("registry_changes.employee:{seq}")
}

/// The last entry.
///
/// # Errors
/// The statement fails.
pub fn last(db: &mut Db) -> Result<Option<ChangeRow>, StoreError> {
    Ok(on!(db, c => registry_changes::table
        .order(registry_changes::seq.desc())
        .select(ChangeRow::as_select())
        .first(&mut **c)
        .optional())?)
}

/// How a row was written down last.
///
/// # Errors
/// The statement fails.
pub fn said_last(db: &mut Db, kind: &str, id: i64) -> Result<Option<String>, StoreError> {
    Ok(last_of(db, kind, id)?.map(|(_, said)| said))
}

/// How a row was written down last, and in which version of the rules.
fn last_of(db: &mut Db, kind: &str, id: i64) -> Result<Option<(Option<i64>, String)>, StoreError> {
    Ok(on!(db, c => registry_changes::table
        .filter(registry_changes::kind.eq(kind))
        .filter(registry_changes::subject_id.eq(id))
        .order(registry_changes::seq.desc())
        .select((registry_changes::version, registry_changes::after))
        .first(&mut **c)
        .optional())?)
}

/// How this version of the rules was written down last.
fn last_of_version(db: &mut Db, subject: &Subject) -> Result<Option<String>, StoreError> {
    let Some(version) = subject.version else { return Ok(None) };
    Ok(on!(db, c => registry_changes::table
        .filter(registry_changes::kind.eq(subject.kind))
        .filter(registry_changes::subject_id.eq(subject.id))
        .filter(registry_changes::version.eq(version))
        .order(registry_changes::seq.desc())
        .select(registry_changes::after)
        .first(&mut **c)
        .optional())?)
}

/// The entries after one, in order, at most `rows_max`.
///
/// # Errors
/// The statement fails.
pub fn changes_after(db: &mut Db, seq: i64, rows_max: i64) -> Result<Vec<ChangeRow>, StoreError> {
    Ok(on!(db, c => registry_changes::table
        .filter(registry_changes::seq.gt(seq))
        .order(registry_changes::seq)
        .limit(rows_max)
        .select(ChangeRow::as_select())
        .load(&mut **c))?)
}
