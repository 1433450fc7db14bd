//! The seals of the chronicle, computed again, each over the one before it; and copies of their roots that were kept outside.

use std::collections::BTreeMap;

use crate::{
    store::{
        books::{
            chronicle_seal::{REGISTRY_LANE, heads_of, root_of, signed},
            seal::hex,
            verify::report::{Report, time_text},
        },
        db::backend::{Db, Purpose},
        error::StoreError,
        tables::{
            chronicle::hash_of,
            chronicle_seal::{SealRow, load_after},
            registry,
        },
    },
    vault::Vault,
};

/// Seals in one step.
const SEALS_PER_STEP: i64 = 200;

/// The root of a seal of the chronicle that was kept outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownSeal {
    /// The seal's number.
    pub number: i64,
    /// The digest.
    pub root: Vec<u8>,
}

/// Checks every seal, and compares those of which there are copies.
///
/// # Errors
/// A statement fails.
pub(super) fn check(
    db: &mut Db,
    known: &[KnownSeal],
    vault: Option<&Vault>,
    report: &mut Report,
) -> Result<(), StoreError> {
    let mut left: BTreeMap<i64, &KnownSeal> = known.iter().map(|known| (known.number, known)).collect();
    let mut before: Option<SealRow> = None;
    loop {
        let after = before.as_ref().map_or(0, |seal| seal.number);
        let seals = db.transaction(Purpose::Read, |db| load_after(db, after, SEALS_PER_STEP))?;
        if seals.is_empty() {
            break;
        }
        for seal in seals {
            let name = format!("seal {} of the chronicle, of {}", seal.number, time_text(seal.sealed_at));
            let due = before.as_ref().map_or(0, |seal| seal.number).saturating_add(1);
            if seal.number != due {
                report.found(None, format!("{name}: seal {due} before it is missing"));
            }
            let root = root_of(before.as_ref().map(|seal| seal.root.as_slice()), &seal);
            if root != seal.root {
                let (stored, computed) = (hex(&seal.root), hex(&root));
                report.found(
                    None,
                    format!("{name}: its root is {stored}, its heads and the seal before it give {computed}"),
                );
            }
            if vault.is_some_and(|vault| signed(&seal.root, vault) != seal.mac) {
                report.found(None, format!("{name} was not made with this database's key"));
            }
            if let Some(known) = left.remove(&seal.number).filter(|known| known.root != seal.root) {
                let (stored, copy) = (hex(&seal.root), hex(&known.root));
                report.found(None, format!("{name}: its root is {stored}, the copy says {copy}"));
            }
            db.transaction(Purpose::Read, |db| check_heads(db, &name, &seal, report))?;
            report.chronicle_seals = report.chronicle_seals.saturating_add(1);
            before = Some(seal);
        }
    }
    for number in left.into_keys() {
        let what = "there is a copy of its root, and no seal: the database was put back to an earlier state";
        report.found(None, format!("seal {number} of the chronicle: {what}"));
    }
    Ok(())
}

fn check_heads(db: &mut Db, name: &str, seal: &SealRow, report: &mut Report) -> Result<(), StoreError> {
    let Some(heads) = heads_of(&seal.heads) else {
        report.found(None, format!("{name}: its heads cannot be read"));
        return Ok(());
    };
    for head in heads {
        let (chain, hash) = if head.lane == REGISTRY_LANE {
            let row = registry::changes_after(db, head.seq.saturating_sub(1), 1)?.pop();
            ("the registry".to_owned(), row.filter(|row| row.seq == head.seq).map(|row| row.hash))
        } else {
            (format!("lane {} of the chronicle", head.lane), hash_of(db, head.lane, head.seq)?)
        };
        match hash {
            Some(hash) if hash == head.hash => {}
            Some(_) => {
                report.found(None, format!("{name}: entry {} of {chain} is not the one that was sealed", head.seq))
            }
            None => report.found(None, format!("{name}: entry {} of {chain}, which was sealed, is missing", head.seq)),
        }
    }
    Ok(())
}
