//! Reference data: partners, networks, stores, tills, logins, programmes. They are cached whole; a kind is reloaded when
//! its version changes.

mod rows;
pub(in crate::store) mod subjects;
pub mod versions;

pub use self::subjects::rules_as_json;

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use diesel::{prelude::*, upsert::excluded};

use crate::{
    domain::{
        account::ReturnPolicy,
        ids::{CredentialId, NetworkId, PartnerId, ProgrammeId, StoreId, TillId},
        moment::{Moment, Span},
        money::{Kopecks, Points, Rounding},
        programme::{Lifetime, LifetimeUnit, Programme, Rules, StatusRule},
        receipt::{EarnRule, SpendRule},
        reference::{Credential, Network, Partner, Reference, ReferenceKind, Roles, Store, Till},
    },
    store::{
        db::backend::{Db, on},
        error::{StoreError, small, word},
        facts::Facts,
        schema::{credentials, id_blocks, networks, partners, programme_rules, programmes, stores, tills},
        sealing::Keys,
        tables::{
            reference::{
                rows::{CredentialRow, RulesRow},
                subjects::Changed,
                versions::{move_versions, versions},
            },
            registry::{self, By},
        },
    },
    working_set::{ReferenceChange, RegistryChange},
};

/// Takes `count` unused ids and answers the first. To be called in a transaction: SQLite gives the row of a
/// statement on its own before it commits, and a commit that fails then, on a full disk, is told to nobody: the same ids would
/// be given out once more.
///
/// # Errors
/// The statement fails.
pub fn take_ids(db: &mut Db, count: i64) -> Result<i64, StoreError> {
    let end: i64 = on!(db, c => diesel::update(id_blocks::table)
        .set(id_blocks::next.eq(id_blocks::next + count))
        .returning(id_blocks::next)
        .get_result(&mut **c))?;
    Ok(end.saturating_sub(count))
}

/// Reads all of it.
///
/// # Errors
/// A statement fails, or a row is unreadable.
pub fn load(db: &mut Db) -> Result<Reference, StoreError> {
    load_changed(db, &Reference::default())
}

/// Reads partners, networks, stores, tills and programmes, without logins.
///
/// # Errors
/// A statement fails, or a row is unreadable.
pub fn load_registry(db: &mut Db) -> Result<Reference, StoreError> {
    let mut reference = Reference::default();
    load_places(db, &mut reference)?;
    reference.programmes = Arc::new(load_programmes(db)?);
    Ok(reference)
}

/// Reads the kinds that have changed since `known` was read; the others are shared with it. With [`Reference::default`]
/// everything is read.
///
/// # Errors
/// A statement fails, or a row is unreadable.
pub fn load_changed(db: &mut Db, known: &Reference) -> Result<Reference, StoreError> {
    // Read before the data: a change in between is newer than its version, and is read again next time.
    let versions = versions(db)?;
    let mut reference = Reference { versions, ..known.clone() };
    for kind in versions.changed_since(known.versions) {
        match kind {
            ReferenceKind::Places => load_places(db, &mut reference)?,
            ReferenceKind::Logins => reference.credentials = Arc::new(load_logins(db)?),
            ReferenceKind::Rules => reference.programmes = Arc::new(load_programmes(db)?),
        }
    }
    Ok(reference)
}

fn load_places(db: &mut Db, reference: &mut Reference) -> Result<(), StoreError> {
    type PartnerRow = (i64, String, String, Option<bool>);
    type NetworkRow = (i64, i64, i64, String, String, Option<bool>);
    type StoreRow = (i64, i64, String, String, i64, Option<bool>);
    type TillRow = (i64, i64, i64, String, Option<String>, Option<bool>);
    // Silence means open.
    let closed = Option::unwrap_or_default;
    let rows: Vec<PartnerRow> = on!(db, c => partners::table.load(&mut **c))?;
    let partners = rows.into_iter().map(|(id, code, name, disabled)| {
        let id = PartnerId(id);
        (id, Partner { id, code, name, disabled: closed(disabled) })
    });
    reference.partners = Arc::new(partners.collect());
    let rows: Vec<NetworkRow> = on!(db, c => networks::table.load(&mut **c))?;
    let networks = rows.into_iter().map(|(id, partner, programme, code, name, disabled)| {
        let (id, partner, programme) = (NetworkId(id), PartnerId(partner), ProgrammeId(programme));
        (id, Network { id, partner, programme, code, name, disabled: closed(disabled) })
    });
    reference.networks = Arc::new(networks.collect());
    let rows: Vec<StoreRow> = on!(db, c => stores::table.load(&mut **c))?;
    let stores = rows.into_iter().map(|(id, network, code, name, offset, disabled)| {
        let id = StoreId(id);
        let utc_offset_minutes = small("stores.utc_offset_minutes", offset)?;
        Ok((id, Store { id, network: NetworkId(network), code, name, utc_offset_minutes, disabled: closed(disabled) }))
    });
    reference.stores = Arc::new(stores.collect::<Result<_, StoreError>>()?);
    let rows: Vec<TillRow> = on!(db, c => tills::table.load(&mut **c))?;
    let (mut tills, mut tills_by_code) = (HashMap::new(), HashMap::new());
    for (id, network, store, code, name, disabled) in rows {
        let (id, network) = (TillId(id), NetworkId(network));
        tills_by_code.insert((network, code.clone()), id);
        tills.insert(id, Till { id, network, store: StoreId(store), code, name, disabled: closed(disabled) });
    }
    (reference.tills, reference.tills_by_code) = (Arc::new(tills), Arc::new(tills_by_code));
    Ok(())
}

fn load_logins(db: &mut Db) -> Result<HashMap<String, Credential>, StoreError> {
    let rows: Vec<CredentialRow> = on!(db, c => credentials::table.select(CredentialRow::as_select()).load(&mut **c))?;
    let mut credentials = HashMap::new();
    for row in rows {
        let roles = roles(&row.login, &row.roles)?;
        let credential = Credential {
            id: CredentialId(row.id),
            login: row.login,
            password_hash: row.password_hash,
            version: row.version,
            disabled: row.disabled,
            roles,
            partner: PartnerId(row.partner_id),
            network: NetworkId(row.network_id),
            store: row.store_id.map(StoreId),
            till: row.till_id.map(TillId),
        };
        credentials.insert(credential.login.clone(), credential);
    }
    Ok(credentials)
}

/// The roles of a login.
pub(in crate::store) fn roles(login: &str, words: &str) -> Result<Roles, StoreError> {
    Roles::from_words(words.split_whitespace())
        .ok_or_else(|| StoreError::Unreadable(format!("credentials.roles of {login}")))
}

/// Writes changes, and into the registry's chain who made them; `keys` seal the names of employees. Increments the versions of
/// their kinds, so that every gateway reloads those.
///
/// # Errors
/// A statement fails.
pub fn save(
    db: &mut Db,
    changes: &[RegistryChange],
    now: Moment,
    keys: &Keys,
    facts: &mut Facts,
) -> Result<(), StoreError> {
    if changes.is_empty() {
        return Ok(());
    }
    let mut kinds = BTreeSet::new();
    for RegistryChange { actor, employee, change } in changes {
        let changed = match change {
            ReferenceChange::Rules { programme, name, version, rules } => {
                kinds.insert(ReferenceKind::Rules);
                on!(db, c => diesel::update(programmes::table.filter(programmes::id.eq(programme.0)))
                    .set(programmes::name.eq(name))
                    .execute(&mut **c))?;
                save_rules(db, *programme, *version, rules, now)?;
                vec![Changed::Programme(programme.0), Changed::Rules(programme.0, *version)]
            }
            ReferenceChange::Partner(partner) => {
                kinds.insert(ReferenceKind::Places);
                save_partner(db, partner)?;
                vec![Changed::Partner(partner.id.0)]
            }
            ReferenceChange::Network(network) => {
                kinds.insert(ReferenceKind::Places);
                save_network(db, network)?;
                vec![Changed::Network(network.id.0)]
            }
            ReferenceChange::Store(store) => {
                kinds.insert(ReferenceKind::Places);
                save_store(db, store)?;
                vec![Changed::Store(store.id.0)]
            }
            ReferenceChange::Till(till) => {
                kinds.insert(ReferenceKind::Places);
                save_till(db, till)?;
                vec![Changed::Till(till.id.0)]
            }
            ReferenceChange::Login(credential) => {
                kinds.insert(ReferenceKind::Logins);
                save_credential(db, credential)?;
                vec![Changed::Login(credential.id.0)]
            }
        };
        record(db, &changed, By { actor, employee: employee.as_deref().map(|name| (name, keys)) }, now, facts)?;
    }
    move_versions(db, kinds)
}

/// Writes into the registry's chain how rows are now.
fn record(db: &mut Db, changed: &[Changed], by: By<'_>, now: Moment, facts: &mut Facts) -> Result<(), StoreError> {
    let subjects = subjects::changed(db, changed)?;
    registry::record(db, subjects, by, now, facts)
}

/// Adds a partner.
///
/// # Errors
/// The statement fails.
pub fn add_partner(db: &mut Db, partner: &Partner, now: Moment, facts: &mut Facts) -> Result<(), StoreError> {
    save_partner(db, partner)?;
    record(db, &[Changed::Partner(partner.id.0)], By::COMMAND_LINE, now, facts)?;
    move_versions(db, [ReferenceKind::Places])
}

/// Adds a programme with the first version of its rules.
///
/// # Errors
/// A statement fails.
pub fn add_programme(db: &mut Db, programme: &Programme, now: Moment, facts: &mut Facts) -> Result<(), StoreError> {
    let row = (
        programmes::id.eq(programme.id.0),
        programmes::code.eq(&programme.code),
        programmes::name.eq(&programme.name),
        programmes::owner_id.eq(programme.owner.map(|id| id.0)),
    );
    on!(db, c => diesel::insert_into(programmes::table).values(row).execute(&mut **c))?;
    let mut changed = vec![Changed::Programme(programme.id.0)];
    for (version, rules) in (1..).zip(&programme.versions) {
        save_rules(db, programme.id, version, rules, now)?;
        changed.push(Changed::Rules(programme.id.0, version));
    }
    record(db, &changed, By::COMMAND_LINE, now, facts)?;
    move_versions(db, [ReferenceKind::Rules])
}

/// Adds a network.
///
/// # Errors
/// The statement fails.
pub fn add_network(db: &mut Db, network: &Network, now: Moment, facts: &mut Facts) -> Result<(), StoreError> {
    save_network(db, network)?;
    record(db, &[Changed::Network(network.id.0)], By::COMMAND_LINE, now, facts)?;
    move_versions(db, [ReferenceKind::Places])
}

/// Adds a store.
///
/// # Errors
/// The statement fails.
pub fn add_store(db: &mut Db, store: &Store, now: Moment, facts: &mut Facts) -> Result<(), StoreError> {
    save_store(db, store)?;
    record(db, &[Changed::Store(store.id.0)], By::COMMAND_LINE, now, facts)?;
    move_versions(db, [ReferenceKind::Places])
}

fn save_partner(db: &mut Db, partner: &Partner) -> Result<(), StoreError> {
    let row = (
        partners::id.eq(partner.id.0),
        partners::code.eq(&partner.code),
        partners::name.eq(&partner.name),
        partners::disabled.eq(marked(partner.disabled)),
    );
    on!(db, c => diesel::insert_into(partners::table)
        .values(&row)
        .on_conflict(partners::id)
        .do_update()
        .set((partners::name.eq(excluded(partners::name)), partners::disabled.eq(excluded(partners::disabled))))
        .execute(&mut **c))?;
    Ok(())
}

fn save_network(db: &mut Db, network: &Network) -> Result<(), StoreError> {
    let row = (
        networks::id.eq(network.id.0),
        networks::partner_id.eq(network.partner.0),
        networks::programme_id.eq(network.programme.0),
        networks::code.eq(&network.code),
        networks::name.eq(&network.name),
        networks::disabled.eq(marked(network.disabled)),
    );
    on!(db, c => diesel::insert_into(networks::table)
        .values(&row)
        .on_conflict(networks::id)
        .do_update()
        .set((networks::name.eq(excluded(networks::name)), networks::disabled.eq(excluded(networks::disabled))))
        .execute(&mut **c))?;
    Ok(())
}

fn save_store(db: &mut Db, store: &Store) -> Result<(), StoreError> {
    let row = (
        stores::id.eq(store.id.0),
        stores::network_id.eq(store.network.0),
        stores::code.eq(&store.code),
        stores::name.eq(&store.name),
        stores::utc_offset_minutes.eq(i64::from(store.utc_offset_minutes)),
        stores::disabled.eq(marked(store.disabled)),
    );
    on!(db, c => diesel::insert_into(stores::table)
        .values(&row)
        .on_conflict(stores::id)
        .do_update()
        .set((
            stores::name.eq(excluded(stores::name)),
            stores::utc_offset_minutes.eq(excluded(stores::utc_offset_minutes)),
            stores::disabled.eq(excluded(stores::disabled)),
        ))
        .execute(&mut **c))?;
    Ok(())
}

/// A closed place is marked, an open one says nothing: so do rows of programs of before the column.
fn marked(disabled: bool) -> Option<bool> {
    disabled.then_some(true)
}

fn save_till(db: &mut Db, till: &Till) -> Result<(), StoreError> {
    let row = (
        tills::id.eq(till.id.0),
        tills::network_id.eq(till.network.0),
        tills::store_id.eq(till.store.0),
        tills::code.eq(&till.code),
        tills::name.eq(&till.name),
        tills::disabled.eq(marked(till.disabled)),
    );
    on!(db, c => diesel::insert_into(tills::table)
        .values(&row)
        .on_conflict(tills::id)
        .do_update()
        .set((
            tills::store_id.eq(excluded(tills::store_id)),
            tills::name.eq(excluded(tills::name)),
            tills::disabled.eq(excluded(tills::disabled)),
        ))
        .execute(&mut **c))?;
    Ok(())
}

fn save_credential(db: &mut Db, credential: &Credential) -> Result<(), StoreError> {
    let row = CredentialRow {
        id: credential.id.0,
        login: credential.login.clone(),
        password_hash: credential.password_hash.clone(),
        version: credential.version,
        disabled: credential.disabled,
        roles: credential.roles.words().collect::<Vec<_>>().join(" "),
        partner_id: credential.partner.0,
        network_id: credential.network.0,
        store_id: credential.store.map(|id| id.0),
        till_id: credential.till.map(|id| id.0),
    };
    on!(db, c => diesel::insert_into(credentials::table)
        .values(&row)
        .on_conflict(credentials::id)
        .do_update()
        .set((
            credentials::password_hash.eq(excluded(credentials::password_hash)),
            credentials::version.eq(excluded(credentials::version)),
            credentials::disabled.eq(excluded(credentials::disabled)),
            credentials::roles.eq(excluded(credentials::roles)),
            credentials::network_id.eq(excluded(credentials::network_id)),
            credentials::store_id.eq(excluded(credentials::store_id)),
            credentials::till_id.eq(excluded(credentials::till_id)),
        ))
        .execute(&mut **c))?;
    Ok(())
}

fn save_rules(db: &mut Db, programme: ProgrammeId, version: i64, rules: &Rules, now: Moment) -> Result<(), StoreError> {
    let row = RulesRow {
        programme_id: programme.0,
        version,
        valid_from: rules.valid_from.0,
        recorded_at: now.0,
        earn_points: rules.earn.points.0,
        earn_step: rules.earn.step.0,
        earn_unit: rules.earn.unit.0,
        earn_rounding: rules.earn.rounding.word().into(),
        spend_share_max: rules.spend.share_max_hundredths_of_percent,
        spend_unit: rules.spend.unit.0,
        code_required: rules.code_required,
        reservation_ttl_ms: rules.reservation_ttl.0,
        code_ttl_ms: rules.code_ttl.0,
        code_tries: rules.code_tries,
        activation_delay_days: i64::from(rules.activation_delay_days),
        lifetime_unit: rules.lifetime.unit.word().into(),
        lifetime_count: i64::from(rules.lifetime.count),
        status_points: rules.status.points.0,
        status_step: rules.status.step.0,
        grace_ms: rules.grace.0,
        return_policy: rules.return_policy.word().into(),
        // «No» is what silence means, in rules of programs of before the column too.
        card_only: rules.card_only.then_some(true),
    };
    on!(db, c => diesel::insert_into(programme_rules::table).values(&row).execute(&mut **c))?;
    Ok(())
}

fn load_programmes(db: &mut Db) -> Result<HashMap<ProgrammeId, Programme>, StoreError> {
    let mut programmes = HashMap::new();
    let rows: Vec<(i64, String, String, Option<i64>)> = on!(db, c => programmes::table.load(&mut **c))?;
    for (id, code, name, owner) in rows {
        let id = ProgrammeId(id);
        let owner = owner.map(PartnerId);
        programmes.insert(id, Programme { id, code, name, owner, versions: Vec::new() });
    }
    let rows: Vec<RulesRow> = on!(db, c => programme_rules::table
        .order((programme_rules::programme_id, programme_rules::version))
        .select(RulesRow::as_select())
        .load(&mut **c))?;
    for row in rows {
        let programme = ProgrammeId(row.programme_id);
        let rules = rules(row)?;
        if let Some(programme) = programmes.get_mut(&programme) {
            programme.versions.push(rules);
        }
    }
    Ok(programmes)
}

fn rules(row: RulesRow) -> Result<Rules, StoreError> {
    Ok(Rules {
        valid_from: Moment(row.valid_from),
        earn: EarnRule {
            points: Points(row.earn_points),
            step: Kopecks(row.earn_step),
            unit: Points(row.earn_unit),
            rounding: word(Rounding::from_word, "programme_rules.earn_rounding", &row.earn_rounding)?,
        },
        spend: SpendRule { share_max_hundredths_of_percent: row.spend_share_max, unit: Points(row.spend_unit) },
        code_required: row.code_required,
        reservation_ttl: Span(row.reservation_ttl_ms),
        code_ttl: Span(row.code_ttl_ms),
        code_tries: row.code_tries,
        activation_delay_days: small("programme_rules.activation_delay_days", row.activation_delay_days)?,
        lifetime: Lifetime {
            unit: word(LifetimeUnit::from_word, "programme_rules.lifetime_unit", &row.lifetime_unit)?,
            count: small("programme_rules.lifetime_count", row.lifetime_count)?,
        },
        status: StatusRule { points: Points(row.status_points), step: Kopecks(row.status_step) },
        grace: Span(row.grace_ms),
        return_policy: word(ReturnPolicy::from_word, "programme_rules.return_policy", &row.return_policy)?,
        card_only: row.card_only.unwrap_or_default(),
    })
}
