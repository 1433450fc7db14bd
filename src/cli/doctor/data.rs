//! The database, its keys, seals and logins.

use std::{fs, path::Path};

use crate::{
    access,
    app::{DEMO_LOGINS, Opened},
    cli::doctor::{
        files::{is_wider, mode_text},
        finding::Finding,
    },
    clock::Clock,
    config::{Config, KeySource},
    domain::moment::{Moment, Span},
    store::{
        books::chronicle_seal::root_line,
        db::{
            backend::Db,
            health::{clock, last_change, unfinished_steps},
        },
        error::StoreError,
        tables::{
            chronicle_seal, customer_key,
            key::{self, KeyError},
            reference,
        },
    },
};

/// How far clocks may differ: the holds and codes of gateways live by their own clocks.
const CLOCK_MAX: Span = Span::seconds(2);

/// Looks at one part of an opened database.
type Look = fn(&Config, &Opened, &mut Db) -> Result<Vec<Finding>, StoreError>;

/// How much longer than its period a seal may be late.
const SEAL_LATE_MAX: Span = Span::minutes(60);

/// Where the key is, and who may read it.
pub(super) fn key_file(config: &Config) -> Finding {
    const CHECK: &str = "key";
    match config.key_source() {
        Some(KeySource::Inline(_)) => {
            Finding::fine(CHECK, "The master key is given in the settings or the environment.")
        }
        Some(KeySource::File { path, .. }) => {
            let shown = path.display();
            match fs::metadata(&path) {
                Ok(file) if is_wider(&file) => Finding::warning(
                    CHECK,
                    format!("The key file {shown} is open to others than its owner (mode {}).", mode_text(&file)),
                    format!("chmod 600 {shown}"),
                ),
                Ok(_) => {
                    Finding::fine(CHECK, format!("The key file {shown} is there, and only its owner can read it."))
                }
                Err(error) => Finding::broken(
                    CHECK,
                    format!("The key file {shown} cannot be read: {error}."),
                    "put the file back, or recover it from paper: kopilka keys recover --to FILE",
                ),
            }
        }
        None => Finding::broken(CHECK, "No master key is given.", "security.key_file or KOPILKA_SECURITY__KEY"),
    }
}

/// The database and everything that is read from it.
pub(super) fn database(config: &Config) -> Vec<Finding> {
    const CHECK: &str = "database";
    let url = &config.database.url;
    if let Some(path) = url.sqlite_path().filter(|path| !path.exists()) {
        let text = format!("There is no database {}.", path.display());
        return vec![Finding::broken(CHECK, text, "check --database; kopilka migrate makes a new database")];
    }
    let opened = Opened::open(config).and_then(|opened| Ok((opened.writer()?, opened)));
    let (mut db, opened) = match opened {
        Ok(opened) => opened,
        Err(error) => {
            let advice = "check the database's address, user and password, and that its server runs";
            return vec![Finding::broken(CHECK, format!("The database {url} cannot be opened: {error}."), advice)];
        }
    };
    let mut findings = Vec::new();
    match db.schema_version() {
        Err(error) => {
            let advice = "run the version of the program that upgraded the database";
            return vec![Finding::broken(CHECK, format!("The database is of another version: {error}."), advice)];
        }
        Ok(version) if !version.pending.is_empty() => {
            let text = format!(
                "The database {url} is older than the program; migrations to run: {}.",
                version.pending.join(", ")
            );
            let advice = "stop the gateways and run kopilka migrate (or kopilka serve)";
            return vec![Finding::broken(CHECK, text, advice)];
        }
        Ok(version) if !version.newer.is_empty() => findings.push(Finding::warning(
            CHECK,
            format!("A newer program has extended the database {url}: {}.", version.newer.join(", ")),
            "upgrade the program here too",
        )),
        Ok(_) => {
            findings.push(Finding::fine(CHECK, format!("The database {url} opens and is of this program's version.")))
        }
    }
    let rest: [(&'static str, Look); 5] = [
        ("upgrade", |_, _, db| upgrade(db)),
        ("keys", |_, opened, db| keys(opened, db)),
        ("clock", |_, _, db| times(db)),
        ("seals", |config, _, db| seals(config, db)),
        ("demo", |_, _, db| demo(db)),
    ];
    for (check, look) in rest {
        match look(config, &opened, &mut db) {
            Ok(found) => findings.extend(found),
            Err(error) => {
                let text = format!("The database answers with an error: {error}.");
                findings.push(Finding::broken(
                    check,
                    text,
                    "see the database's log; kopilka verify checks its content",
                ));
            }
        }
    }
    findings
}

fn upgrade(db: &mut Db) -> Result<Vec<Finding>, StoreError> {
    let left = unfinished_steps(db)?;
    Ok(vec![if left.is_empty() {
        Finding::fine("upgrade", "All upgrades of the database are finished.")
    } else {
        let text = format!("An upgrade of the database is unfinished; left: {}.", left.join(", "));
        Finding::warning("upgrade", text, "kopilka migrate goes on where it stopped")
    }])
}

/// Whether the key is the database's, is on paper, and alone opens it.
fn keys(opened: &Opened, db: &mut Db) -> Result<Vec<Finding>, StoreError> {
    const CHECK: &str = "keys";
    match key::open(db, &opened.vault) {
        Ok(()) => {}
        Err(KeyError::Store(error)) => return Err(error),
        Err(KeyError::WrongKey | KeyError::TwoMasters) => {
            let text = "The master key is another database's: personal data cannot be read with it.";
            return Ok(vec![Finding::broken(
                CHECK,
                text,
                "give the key file that was used before (security.key_file)",
            )]);
        }
    }
    let own = opened.vault.master().fingerprint();
    let mut findings = vec![Finding::fine(CHECK, format!("The master key {own} fits the database."))];
    findings.push(match key::escrowed_at(db, own)? {
        Some(at) => Finding::fine("escrow", format!("The key's copy on paper was made on {}.", date(at))),
        None => Finding::warning(
            "escrow",
            "The master key has no copy on paper: without its file nobody can read the customers' data.",
            "kopilka keys escrow, then kopilka keys escrow --check",
        ),
    });
    let masters = key::masters(db)?;
    if let [.., newest] = masters.as_slice()
        && masters.len() > 1
    {
        let newest = &newest.fingerprint;
        findings.push(if newest == own {
            let text = format!(
                "The replacement of the master key is unfinished: the old key opens the database too; the new one, {own}, is configured."
            );
            Finding::warning(CHECK, text, "once all gateways have the new key: kopilka keys retire")
        } else {
            let text =
                format!("The replacement of the master key is unfinished: the old key {own} is configured, the new one is {newest}.");
            Finding::warning(
                CHECK,
                text,
                "give all gateways the new key (security.key_file), then run kopilka keys retire with it",
            )
        });
    }
    let newest = opened.vault.ring()?.newest();
    let old: u64 = customer_key::count(db)?.iter().filter(|(id, _)| **id != newest).map(|(_, count)| count).sum();
    if old > 0 {
        let text = format!("Customers' keys still sealed by an older key of the database: {old}.");
        findings.push(Finding::warning(CHECK, text, "kopilka keys rotate goes on with the replacement"));
    }
    Ok(findings)
}

fn date(at: Moment) -> String {
    at.local(0).format("%Y-%m-%d").to_string()
}

/// Whether the clocks agree, and nothing comes from the future.
fn times(db: &mut Db) -> Result<Vec<Finding>, StoreError> {
    const CHECK: &str = "clock";
    let server = clock(db)?;
    let now = Clock::System.now();
    if let Some(server) = server {
        let apart = now.since(server).0;
        if apart.abs() > CLOCK_MAX.0 {
            let word = if apart > 0 { "ahead of" } else { "behind" };
            let text = format!("This computer's clock is {} s {word} the database's.", apart.abs() / 1_000);
            return Ok(vec![Finding::warning(CHECK, text, "synchronise both clocks (NTP)")]);
        }
    }
    if let Some(last) = last_change(db)?.filter(|last| *last > now.after(CLOCK_MAX)) {
        let at = last.local(0).format("%Y-%m-%d %H:%M:%S");
        let text = format!(
            "The latest row of the database is of the future: {at} UTC. The clock here is behind, or was ahead before."
        );
        return Ok(vec![Finding::warning(CHECK, text, "synchronise the clock (NTP)")]);
    }
    let with = if server.is_some() { "agrees with the database's" } else { "is not behind the rows of the database" };
    Ok(vec![Finding::fine(CHECK, format!("The clock {with}."))])
}

/// Whether the chronicle is sealed in time and the roots are kept outside.
fn seals(config: &Config, db: &mut Db) -> Result<Vec<Finding>, StoreError> {
    const CHECK: &str = "seals";
    let last = chronicle_seal::last(db)?;
    let changed = last_change(db)?;
    let mut findings = Vec::new();
    let period = Span::seconds(i64::try_from(config.seals.period_s).unwrap_or(i64::MAX));
    let late = Span(period.0.saturating_mul(2).saturating_add(SEAL_LATE_MAX.0));
    findings.push(match &last {
        Some(seal) if changed.is_some_and(|at| at.since(Moment(seal.sealed_at)) > late) => Finding::warning(
            CHECK,
            format!(
                "The last seal of the chronicle is of {} UTC, and rows were written since.",
                minute(seal.sealed_at)
            ),
            "a running gateway makes the seals: see its log",
        ),
        Some(seal) => {
            Finding::fine(CHECK, format!("The last seal of the chronicle is of {} UTC.", minute(seal.sealed_at)))
        }
        None => Finding::note(CHECK, "The chronicle has no seal yet.", "kopilka serve makes the first one"),
    });
    let advice = "set seals.file on another disk, seals.url or seals.phone: docs/integrity.md";
    if config.seals.file.is_none() && config.seals.url.is_none() && config.seals.phone.is_none() {
        let text = "The seals' roots are not kept outside: no check can find that the whole database was replaced.";
        findings.push(Finding::warning(CHECK, text, advice));
    }
    if let Some(file) = &config.seals.file {
        findings.push(kept_outside(config, file, last.as_ref()));
    }
    if config.seals.url.is_some() {
        let text = format!("The seals' roots are sent to {}.", config.seals.shown_url());
        findings.push(Finding::note(
            CHECK,
            text,
            "the gateway's log names those that were not taken: could not be handed over, contradict",
        ));
    }
    if config.seals.phone.is_some() {
        findings.push(if config.sms.channel.as_deref().is_none_or(|channel| channel == "console") {
            let text = "The seals' roots should go by SMS to seals.phone, but the console channel sends them nowhere.";
            Finding::warning(CHECK, text, "set a provider in [sms]: docs/config.example.toml, examples/sms")
        } else {
            let text = "The seals' roots go by SMS to seals.phone.";
            Finding::note(
                CHECK,
                text,
                "keep these messages: kopilka verify --roots-file reads the same lines from a file",
            )
        });
    }
    Ok(findings)
}

fn minute(at: i64) -> String {
    Moment(at).local(0).format("%Y-%m-%d %H:%M").to_string()
}

/// Whether the file of roots has the last seal, and lies elsewhere than the database.
fn kept_outside(config: &Config, file: &Path, last: Option<&chronicle_seal::SealRow>) -> Finding {
    const CHECK: &str = "seals";
    let shown = file.display();
    let is_beside = config.database.url.sqlite_path().is_some_and(|database| database.parent() == file.parent());
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && last.is_none() => String::new(),
        Err(error) => {
            let text = format!("The file of roots {shown} cannot be read: {error}.");
            return Finding::warning(CHECK, text, "check seals.file and the folder's permissions");
        }
    };
    let written = text.lines().map(str::trim).rfind(|line| !line.is_empty());
    let number = |line: &str| line.split_whitespace().next().and_then(|word| word.parse::<i64>().ok());
    let (of_file, of_database) = (written.and_then(number), last.map(|seal| seal.number));
    if of_file > of_database {
        let text = format!(
            "The file {shown} has more seals than the database: an earlier state of the database was put back."
        );
        return Finding::broken(CHECK, text, format!("kopilka verify --roots-file {shown}"));
    }
    if written.is_some_and(|line| of_file == of_database && last.is_some_and(|seal| root_line(seal) != line)) {
        let text = format!("The last root in {shown} is not the database's.");
        return Finding::broken(CHECK, text, format!("kopilka verify --roots-file {shown}"));
    }
    if of_file < of_database {
        let text = format!("The file {shown} lacks the last seal.");
        return Finding::warning(CHECK, text, "check that the gateway may write into it");
    }
    if is_beside {
        let text = format!("The file of roots {shown} lies beside the database.");
        return Finding::warning(CHECK, text, "keep it where the database's administrators cannot write");
    }
    Finding::fine(CHECK, format!("The seals' roots are written to {shown}, and the last one is there."))
}

/// Whether somebody can get in by a password that everybody knows.
fn demo(db: &mut Db) -> Result<Vec<Finding>, StoreError> {
    const CHECK: &str = "demo";
    let known = reference::load(db)?;
    let is_open = |login: &str, password: &str| {
        let found = known.credential(login).filter(|found| !found.disabled);
        found.is_some_and(|found| access::is_password(password, &found.password_hash))
    };
    let open: Vec<&str> =
        DEMO_LOGINS.iter().filter(|(login, password, _)| is_open(login, password)).map(|(login, ..)| *login).collect();
    Ok(vec![if open.is_empty() {
        Finding::fine(CHECK, "There are no demo logins with known passwords.")
    } else {
        let text = format!("Demo logins with passwords that everybody knows are open: {}.", open.join(", "));
        Finding::warning(
            CHECK,
            text,
            "disable them (kopilka login disable) or change their passwords; for real work use a database of its own",
        )
    }])
}
