//! A database as programs wrote it before values were sealed by keys of the database and of customers: one key was derived from
//! the master key for each use, and only customers' columns were sealed. Written here a second time, by the words of that program.

use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead as _, KeyInit as _, Payload},
};
use hmac::{Hmac, Mac as _};
use kopilka::{
    app::Opened,
    config::Config,
    domain::customer::Customer,
    store::{
        db::{backend::Db, upgrade::upgrade},
        tables::customer,
    },
    vault::Vault,
};
use sha2::Sha256;

use crate::{
    books::{number, run},
    migrations::migrations,
    support::START,
};

/// The migration that seals.
const SEALED: &str = "2026-11-30-000017_sealed_at_rest";

/// Makes an empty database as such a program left it after its first start, and brings it up to date: it keeps the derived keys.
/// Its first acceptance names no migration, as programs wrote it that did not list them yet: so a story may go back behind one.
pub fn begin(config: &Config) {
    let opened = Opened::make(config).unwrap();
    let mut db = opened.writer().unwrap();
    db.migrate().unwrap();
    back(&mut db, SEALED);
    write_key_check(&mut db, config);
    db.migrate().unwrap();
    upgrade(&mut db, &opened.vault, START, |_| {}).unwrap();
}

/// Goes back to the schema before a migration; customers are sealed as before. Answers how many migrations were undone.
pub fn back_to_before(db: &mut Db, vault: &Vault, config: &Config, migration: &str) -> usize {
    let customers = if migration <= SEALED { customers(db, vault) } else { Vec::new() };
    let undone = back(db, migration);
    for customer in &customers {
        write(db, config, customer);
    }
    if migration <= SEALED {
        write_key_check(db, config);
    }
    undone
}

fn back(db: &mut Db, migration: &str) -> usize {
    let known = migrations("sqlite");
    assert!(known.contains(migration), "there is no {migration}");
    let undone = known.iter().filter(|id| id.as_str() >= migration).count();
    for _ in 0..undone {
        db.revert_last_migration().unwrap();
    }
    undone
}

fn customers(db: &mut Db, vault: &Vault) -> Vec<Customer> {
    let last = number(db, "SELECT coalesce(max(id), 0) AS number FROM customers");
    customer::load(db, &(1..=last).collect::<Vec<_>>(), &[], vault).unwrap().customers
}

fn write(db: &mut Db, config: &Config, customer: &Customer) {
    let (id, answers) = (customer.id.0, &customer.answers);
    let birth_date = answers.birth_date.map(|date| date.to_string());
    let columns = [
        ("phone", customer.phone.as_ref().map(|phone| phone.as_e164())),
        ("surname", answers.surname.as_deref()),
        ("name", answers.name.as_deref()),
        ("patronymic", answers.patronymic.as_deref()),
        ("birth_date", birth_date.as_deref()),
        ("email", answers.email.as_deref()),
    ];
    let set = columns.map(|(column, text)| {
        let place = format!("customers.{column}:{id}");
        let sealed = text.map(|text| bytes(db, &seal(config, &place, text)));
        format!("{column}_sealed = {}", sealed.unwrap_or_else(|| "NULL".into()))
    });
    assert_eq!(run(db, &format!("UPDATE customers SET {} WHERE id = {id}", set.join(", "))), 1);
}

fn write_key_check(db: &mut Db, config: &Config) {
    let sealed = bytes(db, &seal(config, "key_check.sealed:1", "kopilka"));
    assert_eq!(run(db, &format!("INSERT INTO key_check (id, sealed) VALUES (1, {sealed})")), 1);
}

/// As a literal of the database.
pub fn bytes(db: &Db, bytes: &[u8]) -> String {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    if matches!(db, Db::Sqlite(_)) { format!("x'{hex}'") } else { format!("'\\x{hex}'::bytea") }
}

/// Key number one, a nonce, and the text sealed by the key that is derived for columns.
fn seal(config: &Config, place: &str, text: &str) -> Vec<u8> {
    let file = std::fs::read_to_string(config.security.key_file.as_ref().unwrap()).unwrap();
    let master = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, file.trim()).unwrap();
    let mut key = Hmac::<Sha256>::new_from_slice(&master).unwrap();
    key.update(b"columns");
    let key: [u8; 32] = key.finalize().into_bytes().into();
    let cipher = XChaCha20Poly1305::new(&key.into());
    let nonce: [u8; 24] = std::array::from_fn(|at| u8::try_from((text.len() + at) % 251).unwrap());
    let payload = Payload { msg: text.as_bytes(), aad: place.as_bytes() };
    let sealed = cipher.encrypt(&XNonce::from(nonce), payload).unwrap();
    [[1].as_slice(), &nonce, &sealed].concat()
}
