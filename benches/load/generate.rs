//! A retailer's database: customers with cards in their hands, accounts with a past, everything chained and sealed, so that
//! `kopilka verify` finds nothing wrong.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use diesel::{QueryableByName, RunQueryDsl as _, connection::SimpleConnection as _, sql_query, sql_types::BigInt};
use sha2::{Digest as _, Sha256};

use crate::ground::{self, TILLS, card_number, deep};
use kopilka::{
    app::{Gateway, Opened, Parts},
    clock::Clock,
    domain::{
        account::{Account, Cause, Grant, MovementKind, PointsClass, Step},
        card::{Card, CardState},
        customer::Customer,
        ids::{AccountId, CardId, CustomerId, NetworkId, PartnerId, ProgrammeId, StoreId, TillId},
        moment::{Moment, Span},
        money::Points,
        phone::Phone,
        questionnaire::Answers,
        reference::Till,
    },
    store::{
        books::seal::last_day_to_seal,
        db::backend::{Db, Purpose},
        error::StoreError,
        facts::Facts,
        sealing::Keys,
        sql::batch::write_together,
        tables::{account, card, chronicle, customer, reference, registry::By, seal},
    },
    vault::Vault,
    working_set::{ReferenceChange, RegistryChange},
};

/// Cards in one transaction.
const CARDS_PER_STEP: u64 = 2_000;
/// The same where an account has a thousand entries.
const DEEP_PER_STEP: u64 = 50;
/// Accounts sealed in one transaction.
const SEALED_PER_STEP: i64 = 2_000;
/// Entries of the deep accounts, the first half and the second.
const ENTRIES: [i64; 2] = [10, 1_000];
/// How long a deep account's past is.
const PAST_DAYS: i64 = 3 * 365;
const LIFETIME: Span = Span::days(365);
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// Whose everything is.
#[derive(Clone, Copy)]
struct Scene {
    partner: PartnerId,
    programme: ProgrammeId,
    network: NetworkId,
    store: StoreId,
    /// When what is there was written down: so long ago that its day is over and can be sealed.
    now: Moment,
    first_id: i64,
    cards: u64,
}

/// Fills an empty database.
pub fn database(url: &str, cards: u64) {
    let config = ground::config(url);
    // The gateway makes the schema and the demo's partners, tills and logins.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let demo = Parts { demo: true, ..Parts::default() };
        Gateway::start(&config, demo).await.unwrap().stop().await.unwrap();
    });
    let (opened, mut db) = Opened::with_keys(&config).unwrap();
    // That start has sealed yesterday, when there was nothing: it is sealed anew with what is made here.
    at_once(&mut db);
    match &mut db {
        Db::Sqlite(c) => c.batch_execute("DELETE FROM journal_seals"),
        Db::Postgres(c) => c.batch_execute("DELETE FROM journal_seals"),
    }
    .unwrap();
    let scene = scene(&mut db, &opened.vault, cards);
    let mut progress = Progress::new("cards made", cards);
    let usual = ground::usual(cards).end;
    let mut first = 0;
    while first < cards {
        let step = if first >= usual { DEEP_PER_STEP } else { CARDS_PER_STEP.min(usual - first) };
        let range = first..(first + step).min(cards);
        fill(&mut db, &opened.vault, &scene, range.clone());
        first = range.end;
        progress.tell(first);
    }
    progress.end();
    seal_all(&mut db, &scene);
    if let Db::Sqlite(c) = &mut db {
        c.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    }
}

/// Gives each account a lot that has lapsed a moment ago, all at once as at midnight, beside those that it has.
pub fn lapse(url: &str, lots: u64) {
    let (opened, mut db) = Opened::with_keys(&ground::config(url)).unwrap();
    at_once(&mut db);
    let scene = known(&mut db, lots);
    let lapsed = Clock::System.now();
    // What is written down now would lapse now.
    let now = lapsed.before(Span::seconds(1));
    let grant = Grant {
        points: Points(10_000),
        class: PointsClass::Bonus,
        activates_at: lapsed.before(LIFETIME),
        expires_at: Some(lapsed),
        issuer: scene.partner,
    };
    let step = step(&scene, MovementKind::Accrual, grant.activates_at, now, "1 балл за каждые 100,00 руб.");
    let mut progress = Progress::new("lots lapsed", lots);
    let (mut after, mut done) = (i64::MIN, 0);
    while done < lots {
        let left = i64::try_from(CARDS_PER_STEP.min(lots - done)).unwrap();
        let ids: Vec<i64> = ids_after(&mut db, after, left);
        assert!(!ids.is_empty(), "there are fewer accounts than lots");
        db.transaction(Purpose::Write, |db| {
            let mut accounts: BTreeMap<i64, Account> =
                account::load(db, &ids, true)?.into_iter().map(|account| (account.id.0, account)).collect();
            for (id, lot) in account::lot::load_live(db, &ids)? {
                accounts.get_mut(&id.0).unwrap().lots.insert(lot.no, lot);
            }
            for account in accounts.values_mut() {
                account.accrue(grant, &step);
            }
            let keys = Keys::of(db, &opened.vault, &BTreeSet::new())?;
            let mut facts = Facts::default();
            write_together(db, |out| {
                account::save(out, &accounts.values().collect::<Vec<_>>(), &keys, |_| false, &mut facts)?;
                chronicle::append(out, &facts, step.now, &opened.vault)
            })
        })
        .unwrap();
        after = *ids.last().unwrap();
        done += u64::try_from(ids.len()).unwrap();
        progress.tell(done);
    }
    progress.end();
    if let Db::Sqlite(c) = &mut db {
        c.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    }
}

/// Nothing here waits for the disk.
fn at_once(db: &mut Db) {
    match db {
        Db::Sqlite(c) => c.batch_execute("PRAGMA synchronous = OFF; PRAGMA cache_size = -200000"),
        Db::Postgres(c) => c.batch_execute("SET synchronous_commit = off; SET statement_timeout = 0"),
    }
    .unwrap();
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

/// The accounts after one, in the order of their ids.
fn ids_after(db: &mut Db, after: i64, count: i64) -> Vec<i64> {
    let found: Vec<Id> = match db {
        Db::Sqlite(c) => sql_query("SELECT id FROM accounts WHERE id > ? ORDER BY id LIMIT ?")
            .bind::<BigInt, _>(after)
            .bind::<BigInt, _>(count)
            .load(&mut **c),
        Db::Postgres(c) => sql_query("SELECT id FROM accounts WHERE id > $1 ORDER BY id LIMIT $2")
            .bind::<BigInt, _>(after)
            .bind::<BigInt, _>(count)
            .load(&mut **c),
    }
    .unwrap();
    found.into_iter().map(|row| row.id).collect()
}

/// Whose everything is, as the demo has it.
fn known(db: &mut Db, cards: u64) -> Scene {
    let known = reference::load(db).unwrap();
    let partner = known.partners.values().find(|partner| partner.code == "demo").unwrap().id;
    let network = known.networks.values().find(|network| network.partner == partner).unwrap();
    let store = known.stores.values().find(|store| store.network == network.id && store.code == "M1").unwrap().id;
    let now = Clock::System.now().before(Span::days(2));
    Scene { partner, programme: network.programme, network: network.id, store, now, first_id: 0, cards }
}

fn scene(db: &mut Db, vault: &Vault, cards: u64) -> Scene {
    let scene = known(db, cards);
    let now = scene.now;
    db.transaction(Purpose::Write, |db| {
        let tills = i64::try_from(TILLS).unwrap();
        let first = reference::take_ids(db, tills)?;
        let changes: Vec<RegistryChange> = (0..tills)
            .map(|number| {
                let code = format!("B-{:04}", number + 1);
                let id = TillId(first + number);
                let till = Till { id, network: scene.network, store: scene.store, code, name: None, disabled: false };
                RegistryChange {
                    actor: By::COMMAND_LINE.actor.into(),
                    employee: None,
                    change: ReferenceChange::Till(till),
                }
            })
            .collect();
        let mut facts = Facts::default();
        let keys = Keys::of(db, vault, &BTreeSet::new())?;
        reference::save(db, &changes, now, &keys, &mut facts)?;
        write_together(db, |out| chronicle::append(out, &facts, now, vault))?;
        let first_id = reference::take_ids(db, i64::try_from(cards * 3).unwrap())?;
        Ok::<_, StoreError>(Scene { first_id, ..scene })
    })
    .unwrap()
}

/// Some cards with all that belongs to them.
fn fill(db: &mut Db, vault: &Vault, scene: &Scene, places: std::ops::Range<u64>) {
    let count = i64::try_from(scene.cards).unwrap();
    let (mut customers, mut accounts, mut cards) = (Vec::new(), Vec::new(), Vec::new());
    for place in places {
        let number = i64::try_from(place).unwrap();
        let customer = CustomerId(scene.first_id + number);
        let account = AccountId(scene.first_id + count + number);
        customers.push(Customer {
            id: customer,
            programme: scene.programme,
            phone: Some(Phone::parse(&phone(place)).unwrap()),
            phone_confirmed_at: None,
            answers: Answers::default(),
            referrer: None,
            registered_at: scene.now,
            store: Some(scene.store),
            merged_into: None,
        });
        accounts.push(match place.checked_sub(ground::usual(scene.cards).end) {
            None => usual(Account::open(account, customer, scene.programme), scene, number),
            Some(nth) => {
                let entries = ENTRIES[usize::from(nth >= deep(scene.cards) / 2)];
                long(Account::open(account, customer, scene.programme), scene, entries)
            }
        });
        cards.push(Card {
            id: CardId(scene.first_id + 2 * count + number),
            programme: scene.programme,
            number: card_number(place),
            kind: Some("Пластиковая".into()),
            state: CardState::Active,
            before_block: None,
            account: Some(account),
            customer: Some(customer),
            successor: None,
            issued_at: Some(scene.now),
            store: None,
            source: None,
        });
    }
    db.transaction(Purpose::Write, |db| {
        let mut keys = Keys::of(db, vault, &BTreeSet::new())?;
        customers.iter().try_for_each(|customer| keys.make(customer.id))?;
        write_together(db, |out| {
            let mut facts = Facts::default();
            customer::save(out, &customers.iter().collect::<Vec<_>>(), vault, &keys, &mut facts)?;
            keys.save_made(out)?;
            account::save(out, &accounts.iter().collect::<Vec<_>>(), &keys, |_| true, &mut facts)?;
            card::save(out, &cards.iter().collect::<Vec<_>>(), &mut facts)?;
            chronicle::append(out, &facts, scene.now, vault)
        })
    })
    .unwrap();
}

/// A customer's phone by the place of the card.
pub fn phone(place: u64) -> String {
    format!("+79{place:09}")
}

/// Two purchases: the points of the first were spent, those of the second are there.
fn usual(mut account: Account, scene: &Scene, number: i64) -> Account {
    let days = |days: i64| scene.now.before(Span::days(days));
    let (first, second) = (days(120 + number % 80), days(10 + number % 80));
    purchase(&mut account, scene, first, Points(100 * (100 + number % 900)), scene.now);
    spend(&mut account, scene, first.after(Span::days(20)), scene.now);
    purchase(&mut account, scene, second, Points(100 * (500 + number * 7 % 1_500)), scene.now);
    account
}

/// Years of purchases, each spent at the next; the points of the last are there.
fn long(mut account: Account, scene: &Scene, entries: i64) -> Account {
    let purchases = (entries - 1) / 3;
    let between = Span::days(PAST_DAYS).0 / (purchases + 1);
    for nth in 0..purchases {
        let at = scene.now.before(Span(between * (purchases + 1 - nth)));
        purchase(&mut account, scene, at, Points(100 * (10 + nth % 50)), at);
        let spent_at = at.after(Span(between / 2));
        spend(&mut account, scene, spent_at, spent_at);
    }
    purchase(&mut account, scene, scene.now, Points(100_000), scene.now);
    assert_eq!(account.next_seq - 1, entries);
    account
}

fn purchase(account: &mut Account, scene: &Scene, at: Moment, points: Points, now: Moment) {
    let grant = Grant {
        points,
        class: PointsClass::Bonus,
        activates_at: at,
        expires_at: Some(at.after(LIFETIME)),
        issuer: scene.partner,
    };
    account.accrue(grant, &step(scene, MovementKind::Accrual, at, now, "1 балл за каждые 100,00 руб."));
}

/// Everything that is there.
fn spend(account: &mut Account, scene: &Scene, at: Moment, now: Moment) {
    let points = account.balances.available;
    let held = account.reserve(points, &step(scene, MovementKind::Reservation, at, now, "")).unwrap();
    account.capture(&held, &step(scene, MovementKind::Redemption, at, now, ""));
}

fn step(scene: &Scene, kind: MovementKind, at: Moment, now: Moment, rule: &str) -> Step {
    let rule = (!rule.is_empty()).then(|| rule.to_owned());
    let cause = Cause { partner: Some(scene.partner), store: Some(scene.store), rule, ..Cause::default() };
    Step { kind, occurred_at: at, now, cause }
}

/// Seals what was made, as the gateway would at its first start, but without its pauses for tills: a start on a kept database
/// has then nothing to seal but what was measured on it.
fn seal_all(db: &mut Db, scene: &Scene) {
    let day = last_day_to_seal(Clock::System.now());
    assert!(scene.now.0.div_euclid(DAY_MS) <= day);
    let end = Moment((day + 1) * DAY_MS);
    let mut root = Sha256::new();
    root.update([0; 32]);
    root.update(day.to_le_bytes());
    let (mut after, mut accounts, mut entries) = (i64::MIN, 0_i64, 0_i64);
    let mut progress = Progress::new("accounts sealed", scene.cards);
    loop {
        let found = seal::unsealed(db, day, end, after, SEALED_PER_STEP, SEALED_PER_STEP).unwrap();
        for head in &found.heads {
            root.update(head.account_id.to_le_bytes());
            root.update(head.seq.to_le_bytes());
            root.update(&head.head);
            accounts += 1;
            entries += head.seq;
        }
        db.transaction(Purpose::Write, |db| seal::save_heads(db, day, found.heads)).unwrap();
        progress.tell(accounts.try_into().unwrap());
        match found.last {
            Some(last) => after = last,
            None => break,
        }
    }
    progress.end();
    let sealed_at = Clock::System.now().0;
    let row = seal::SealRow { day, sealed_at, accounts, entries, root: root.finalize().to_vec() };
    db.transaction(Purpose::Write, |db| seal::save(db, &row)).unwrap();
}

/// Tells how far a long work is.
struct Progress {
    what: &'static str,
    all: u64,
    begun: Instant,
    told: Instant,
}

impl Progress {
    const EVERY: Duration = Duration::from_secs(2);

    fn new(what: &'static str, all: u64) -> Self {
        Self { what, all, begun: Instant::now(), told: Instant::now() }
    }

    fn tell(&mut self, done: u64) {
        if self.told.elapsed() >= Self::EVERY {
            self.told = Instant::now();
            eprintln!("  {} {done} of {}, {:.0} s", self.what, self.all, self.begun.elapsed().as_secs_f64());
        }
    }

    fn end(self) {
        eprintln!("  {} {} in {:.1} s", self.what, self.all, self.begun.elapsed().as_secs_f64());
    }
}
