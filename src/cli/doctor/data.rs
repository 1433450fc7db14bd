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
        Some(KeySource::Inline(_)) => Finding::fine(CHECK, "Главный ключ задан в настройках или в окружении."),
        Some(KeySource::File { path, .. }) => {
            let shown = path.display();
            match fs::metadata(&path) {
                Ok(file) if is_wider(&file) => Finding::warning(
                    CHECK,
                    format!("Файл ключа {shown} открыт не только владельцу (права {}).", mode_text(&file)),
                    format!("chmod 600 {shown}"),
                ),
                Ok(_) => Finding::fine(CHECK, format!("Файл ключа {shown} на месте, читает его только владелец.")),
                Err(error) => Finding::broken(
                    CHECK,
                    format!("Файл ключа {shown} не прочитать: {error}."),
                    "верните файл или восстановите его с бумаги: kopilka keys recover --to ФАЙЛ",
                ),
            }
        }
        None => Finding::broken(CHECK, "Главный ключ не задан.", "security.key_file или KOPILKA_SECURITY__KEY"),
    }
}

/// The database and everything that is read from it.
pub(super) fn database(config: &Config) -> Vec<Finding> {
    const CHECK: &str = "database";
    let url = &config.database.url;
    if let Some(path) = url.sqlite_path().filter(|path| !path.exists()) {
        let text = format!("Базы {} нет.", path.display());
        return vec![Finding::broken(CHECK, text, "проверьте --database; новую базу создаёт kopilka migrate")];
    }
    let opened = Opened::open(config).and_then(|opened| Ok((opened.writer()?, opened)));
    let (mut db, opened) = match opened {
        Ok(opened) => opened,
        Err(error) => {
            let advice = "проверьте адрес, имя и пароль базы, и что сервер базы работает";
            return vec![Finding::broken(CHECK, format!("База {url} не открывается: {error}."), advice)];
        }
    };
    let mut findings = Vec::new();
    match db.schema_version() {
        Err(error) => {
            let advice = "запустите программу той версии, которая обновила базу";
            return vec![Finding::broken(CHECK, format!("База не этой версии: {error}."), advice)];
        }
        Ok(version) if !version.pending.is_empty() => {
            let text =
                format!("База {url} отстаёт от программы, не выполнены миграции: {}.", version.pending.join(", "));
            let advice = "остановите шлюзы и выполните kopilka migrate (или запустите kopilka serve)";
            return vec![Finding::broken(CHECK, text, advice)];
        }
        Ok(version) if !version.newer.is_empty() => findings.push(Finding::warning(
            CHECK,
            format!("Базу {url} расширила более новая программа: {}.", version.newer.join(", ")),
            "обновите программу и здесь",
        )),
        Ok(_) => findings.push(Finding::fine(CHECK, format!("База {url} открывается, версия её — этой программы."))),
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
                let text = format!("База отвечает ошибкой: {error}.");
                findings.push(Finding::broken(check, text, "смотрите журнал базы; проверка — kopilka verify"));
            }
        }
    }
    findings
}

fn upgrade(db: &mut Db) -> Result<Vec<Finding>, StoreError> {
    let left = unfinished_steps(db)?;
    Ok(vec![if left.is_empty() {
        Finding::fine("upgrade", "Обновления базы закончены.")
    } else {
        let text = format!("Обновление базы не закончено, осталось: {}.", left.join(", "));
        Finding::warning("upgrade", text, "kopilka migrate продолжит с того же места")
    }])
}

/// Whether the key is the database's, is on paper, and alone opens it.
fn keys(opened: &Opened, db: &mut Db) -> Result<Vec<Finding>, StoreError> {
    const CHECK: &str = "keys";
    match key::open(db, &opened.vault) {
        Ok(()) => {}
        Err(KeyError::Store(error)) => return Err(error),
        Err(KeyError::WrongKey | KeyError::TwoMasters) => {
            let text = "Главный ключ не от этой базы: личные данные им не прочитать.";
            return Ok(vec![Finding::broken(CHECK, text, "дайте прежний файл ключа (security.key_file)")]);
        }
    }
    let own = opened.vault.master().fingerprint();
    let mut findings = vec![Finding::fine(CHECK, format!("Главный ключ {own} подходит к базе."))];
    findings.push(match key::escrowed_at(db, own)? {
        Some(at) => Finding::fine("escrow", format!("Копия ключа на бумаге сделана {}.", date(at))),
        None => Finding::warning(
            "escrow",
            "Копии главного ключа на бумаге нет: пропадёт файл — данные клиентов не прочитает никто.",
            "kopilka keys escrow, затем kopilka keys escrow --check",
        ),
    });
    let masters = key::masters(db)?;
    if let [.., newest] = masters.as_slice()
        && masters.len() > 1
    {
        let newest = &newest.fingerprint;
        findings.push(if newest == own {
            let text = format!(
                "Замена главного ключа не закончена: базу открывает и прежний ключ; в настройках новый, {own}."
            );
            Finding::warning(CHECK, text, "когда новый ключ у всех шлюзов: kopilka keys retire")
        } else {
            let text =
                format!("Замена главного ключа не закончена: в настройках прежний ключ {own}, новый — {newest}.");
            Finding::warning(
                CHECK,
                text,
                "задайте всем шлюзам новый ключ (security.key_file), затем с ним же kopilka keys retire",
            )
        });
    }
    let newest = opened.vault.ring()?.newest();
    let old: u64 = customer_key::count(db)?.iter().filter(|(id, _)| **id != newest).map(|(_, count)| count).sum();
    if old > 0 {
        let text = format!("Ключей клиентов, ещё запечатанных прежним ключом базы: {old}.");
        findings.push(Finding::warning(CHECK, text, "kopilka keys rotate продолжит замену"));
    }
    Ok(findings)
}

fn date(at: Moment) -> String {
    at.local(0).format("%d.%m.%Y").to_string()
}

/// Whether the clocks agree, and nothing comes from the future.
fn times(db: &mut Db) -> Result<Vec<Finding>, StoreError> {
    const CHECK: &str = "clock";
    let server = clock(db)?;
    let now = Clock::System.now();
    if let Some(server) = server {
        let apart = now.since(server).0;
        if apart.abs() > CLOCK_MAX.0 {
            let word = if apart > 0 { "спешат" } else { "отстают" };
            let text = format!("Часы этого компьютера {word} по сравнению с часами базы на {} с.", apart.abs() / 1_000);
            return Ok(vec![Finding::warning(CHECK, text, "включите сверку времени (NTP) на обоих")]);
        }
    }
    if let Some(last) = last_change(db)?.filter(|last| *last > now.after(CLOCK_MAX)) {
        let at = last.local(0).format("%d.%m.%Y %H:%M:%S");
        let text = format!("Последняя запись в базе из будущего: {at} UTC. Часы здесь отстают или раньше спешили.");
        return Ok(vec![Finding::warning(CHECK, text, "сверьте время (NTP)")]);
    }
    let with = if server.is_some() {
        "сходятся с часами базы"
    } else {
        "не отстают от записей базы"
    };
    Ok(vec![Finding::fine(CHECK, format!("Часы {with}."))])
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
            format!("Последняя печать летописи — {} UTC, и с тех пор есть записи.", minute(seal.sealed_at)),
            "печати ставит работающий шлюз: посмотрите его журнал",
        ),
        Some(seal) => Finding::fine(CHECK, format!("Последняя печать летописи — {} UTC.", minute(seal.sealed_at))),
        None => Finding::note(CHECK, "Печатей летописи ещё нет.", "первую поставит kopilka serve"),
    });
    let advice = "задайте seals.file на другом диске, seals.url или seals.phone: docs/integrity.md";
    if config.seals.file.is_none() && config.seals.url.is_none() && config.seals.phone.is_none() {
        let text = "Корни печатей не хранятся снаружи: подмену всей базы сверкой не найти.";
        findings.push(Finding::warning(CHECK, text, advice));
    }
    if let Some(file) = &config.seals.file {
        findings.push(kept_outside(config, file, last.as_ref()));
    }
    if config.seals.url.is_some() {
        let text = format!("Корни печатей отправляются на {}.", config.seals.shown_url());
        findings.push(Finding::note(
            CHECK,
            text,
            "не принятые видны в журнале шлюза: could not be handed over, contradict",
        ));
    }
    if config.seals.phone.is_some() {
        findings.push(if config.sms.channel.as_deref().is_none_or(|channel| channel == "console") {
            let text = "Корни печатей должны уходить по SMS на seals.phone, но канал console никуда их не отправляет.";
            Finding::warning(
                CHECK,
                text,
                "настройте поставщика в разделе [sms]: docs/config.example.toml, examples/sms",
            )
        } else {
            let text = "Корни печатей уходят по SMS на seals.phone.";
            Finding::note(
                CHECK,
                text,
                "храните эти сообщения: kopilka verify --roots-file читает такие же строки из файла",
            )
        });
    }
    Ok(findings)
}

fn minute(at: i64) -> String {
    Moment(at).local(0).format("%d.%m.%Y %H:%M").to_string()
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
            let text = format!("Файл корней печатей {shown} не прочитать: {error}.");
            return Finding::warning(CHECK, text, "проверьте seals.file и права на папку");
        }
    };
    let written = text.lines().map(str::trim).rfind(|line| !line.is_empty());
    let number = |line: &str| line.split_whitespace().next().and_then(|word| word.parse::<i64>().ok());
    let (of_file, of_database) = (written.and_then(number), last.map(|seal| seal.number));
    if of_file > of_database {
        let text = format!("В файле {shown} печатей больше, чем в базе: базу вернули к прежнему состоянию.");
        return Finding::broken(CHECK, text, format!("kopilka verify --roots-file {shown}"));
    }
    if written.is_some_and(|line| of_file == of_database && last.is_some_and(|seal| root_line(seal) != line)) {
        let text = format!("Последний корень в файле {shown} не тот, что в базе.");
        return Finding::broken(CHECK, text, format!("kopilka verify --roots-file {shown}"));
    }
    if of_file < of_database {
        let text = format!("В файле {shown} нет последней печати.");
        return Finding::warning(CHECK, text, "проверьте, что шлюз может писать в него");
    }
    if is_beside {
        let text = format!("Файл корней печатей {shown} лежит рядом с базой.");
        return Finding::warning(CHECK, text, "держите его там, куда не пишут администраторы базы");
    }
    Finding::fine(CHECK, format!("Корни печатей пишутся в {shown}, последний на месте."))
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
        Finding::fine(CHECK, "Демонстрационных имён с известными паролями нет.")
    } else {
        let text = format!("Открыты демонстрационные имена с паролями, которые знают все: {}.", open.join(", "));
        Finding::warning(CHECK, text, "закройте их (DisableLogin) или смените пароли; для работы нужна своя база")
    }])
}
