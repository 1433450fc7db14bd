//! The first start, and every later one: what makes a database, what is refused before anything is changed, and what is said.

use super::*;

/// Commands that work on a database that is there.
const ON_A_DATABASE: [&str; 17] = [
    "verify",
    "seals",
    "explain --card 1",
    "history",
    "replay",
    "replay --write",
    "backup copy.db",
    "expiring --within-days 3",
    "settlement --from 2026-11-01 --to 2026-11-30",
    "partner add --code a --name A --programme a --store M=M",
    "card show 1",
    "exchange show",
    "keys status",
    "keys rotate",
    "programme show",
    "outbox list",
    "outbox retry --all",
];

fn names(program: &Program) -> Vec<String> {
    let name = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
    let mut names: Vec<String> = program.files().iter().map(name).collect();
    names.sort();
    names
}

#[test]
fn a_new_database_is_made_only_by_what_makes_one() {
    let program = Program::bare().with("KOPILKA_SMS__CHANNEL", "console");
    for command in ON_A_DATABASE {
        let named = program.run(&format!("{command} --database sqlite://none.db"));
        named.ends(1).says("there is no database sqlite://none.db");
        program.run(command).ends(1).says("there is no database sqlite://kopilka.db").says("kopilka migrate");
    }
    program.run("serve --listen 127.0.0.1:0 --database sqlite://none.db").ends(1).says("kopilka migrate");
    program.run("check-config --database sqlite://none.db").ends(1).says("kopilka migrate");
    // Nor is a folder made.
    let makers = ["serve --listen 127.0.0.1:0", "serve --listen 127.0.0.1:0 --demo", "migrate", "check-config"];
    for command in makers.into_iter().chain(["restore x.db"]) {
        let said = program.run(&format!("{command} --database sqlite://no/such/folder/k.db"));
        said.ends(1).says("there is no folder no/such/folder");
    }
    assert_eq!(names(&program), [""; 0]);

    let made = program.run("migrate --database sqlite://made.db").ends(0);
    made.says("A NEW DATABASE WAS MADE: sqlite://made.db").says("kopilka.key");
    program.run("migrate --database sqlite://made.db").ends(0).says("0 migrations were run");
    assert_eq!(names(&program), ["kopilka.key", "made.db", "made.db.lock"]);
}

#[test]
fn an_empty_server_is_made_a_database_by_migrate_alone() {
    let program = Program::on(Backend::Postgres);
    for command in ["serve --listen 127.0.0.1:0", "check-config"] {
        program.run(command).ends(1).says("there is no database postgres://").says("kopilka migrate");
    }
    for command in ON_A_DATABASE.into_iter().filter(|command| !command.starts_with("backup")) {
        program.run(command).ends(1).says("is empty").says("kopilka migrate");
    }
    let count: i64 = {
        let config = config(program.url.as_ref().unwrap(), &program.folder);
        let Db::Postgres(mut c) = Opened::open(&config).unwrap().writer().unwrap() else { panic!("no server") };
        let tables =
            diesel::dsl::sql::<diesel::sql_types::BigInt>("count(*) FROM pg_tables WHERE schemaname = 'public'");
        diesel::select(tables).get_result(&mut *c).unwrap()
    };
    assert_eq!(count, 0, "looking has made a table");
    program.run("migrate").ends(0).says("A NEW DATABASE WAS MADE");
    program.run("check-config").ends(0).says("is up to date at");
    program.serve("").stop().ends(0).says("partner add");
}

/// Whoever starts the program for the first time is told what to do next, and it works as it is printed.
#[test]
fn a_first_start_says_the_next_two_commands() {
    let program = Program::bare();
    let file = program.file("my settings.toml", "[sms]\nchannel = \"console\"\n[exchange]\nkept_days = 3\n");
    let program = program.with("KOPILKA_CONFIG", &file);
    let mut running = program.start("serve --listen 127.0.0.1:0", "");
    let mut said: Vec<String> = Vec::new();
    while said.iter().filter(|line| line.contains(" add ")).count() < 2 {
        said.push(running.line().unwrap());
    }
    let text = said.join("\n");
    assert!(text.contains("A NEW DATABASE WAS MADE: sqlite://kopilka.db. Its key is kopilka.key"), "{text}");
    let (_, rest) = text.split_once(" listens on http://").unwrap();
    let base = format!("http://{}", rest.split('/').next().unwrap());
    for command in said.iter().filter(|line| line.contains(" add ")) {
        assert!(command.contains("my settings.toml"), "{command}");
        let mut shell = Command::new("sh");
        shell.args(["-c", command]).current_dir(&program.folder.0).env("KOPILKA_PASSWORD", TILL_PASSWORD);
        let output = shell.output().unwrap();
        assert!(output.status.success(), "{command}: {output:?}");
    }
    let gateway = Gateway { running, base };
    let client = Client::new(&gateway.base, "kassa-1", TILL_PASSWORD);
    let who = client.post_blocking(&format!("{}/ws/pos_1", gateway.base), &envelope(POS, "WhoAmI", "")).ok();
    assert_eq!(who.get("partner"), "Моя компания", "{}", who.body);
    let stopped = gateway.stop().ends(0);
    assert!(stopped.err.contains("sms.channel is `console`"), "{stopped:?}");
    // With a partner there is nothing left to say.
    let again = program.serve("").stop().ends(0);
    assert!(!again.out.contains("partner add") && !again.out.contains("NEW DATABASE"), "{again:?}");
    program.run("programme show main").ends(0).says("Программа «main», код main").says("Моя компания (shop)");
}

#[test]
fn a_configuration_that_lies_here_is_not_passed_over() {
    let program = Program::bare();
    let file = program.file("kopilka.toml", "[database]\nurl = \"postgres://127.0.0.1:1/b\"\n");
    let partner = "partner add --code a --name A --programme a --store M=M";
    for command in [partner, "serve", "migrate", "check-config", "verify"] {
        program.run(command).ends(2).says("--config kopilka.toml").says("KOPILKA_CONFIG");
    }
    assert_eq!(names(&program), ["kopilka.toml"]);
    // Who names a database says which one is meant.
    program.run("migrate --database sqlite://other.db").ends(0).says("kopilka.toml lies here and is not read");
    let program = program.with("KOPILKA_DATABASE__URL", "sqlite://other.db");
    program.run("verify").ends(0).says("kopilka.toml lies here and is not read");
    let mut program = program.with("KOPILKA_CONFIG", &file);
    program.environment.remove("KOPILKA_DATABASE__URL");
    program.run("verify").ends(2).says("KOPILKA_SECURITY__KEY");
}

#[test]
fn without_a_channel_only_a_demo_starts() {
    let program = Program::bare();
    for command in ["serve --listen 127.0.0.1:0", "check-config"] {
        program.run(command).ends(2).says("no SMS channel is configured").says("sms.channel = \"console\"");
    }
    assert_eq!(names(&program), [""; 0]);
    let demo = program.serve("--demo").stop().ends(0);
    assert!(!demo.err.contains("sms.channel"), "{demo:?}");
    // A demo's channel may be a provider all the same.
    let program = Program::bare().with("KOPILKA_SMS__CHANNEL", "http").with("KOPILKA_SMS__PRESET", "sms.ru");
    program.run("serve --demo --listen 127.0.0.1:0").ends(2).says("KOPILKA_SMS_API_ID");
    let program = Program::on(Backend::Sqlite);
    program.run("migrate").ends(0);
    for _ in 0..2 {
        let said = program.serve("").stop().ends(0);
        assert!(said.err.contains("no confirmation code reaches a customer"), "each start warns: {said:?}");
    }
}

fn a_demo_is_for_this_computer_and_for_its_own_database(backend: Backend) {
    let partner = "partner add --code roga --name Рога --programme bonus --store M1=М";
    let program = Program::on(backend);
    for address in ["0.0.0.0:0", "[::]:0"] {
        program.run(&format!("serve --demo --listen {address}")).ends(2).says("passwords that everybody knows");
    }
    program.run("migrate").ends(0);
    program.run(partner).ends(0);
    program.run("serve --demo --listen 127.0.0.1:0").ends(1).says("partners of its own (roga)");
    program.run("history --kind login").ends(1).says("таких изменений нет");
    let program = Program::on(backend);
    program.serve("--demo").stop().ends(0);
    // It is there already, and may be started again.
    program.serve("--demo").stop().ends(0);
    program.run(partner).ends(0);
    program.run("serve --demo --listen 127.0.0.1:0").ends(1).says("partners of its own (roga)");
    let here = program.serve("").stop().ends(0);
    assert!(!here.err.contains("passwords everybody knows"), "{here:?}");
    let program = program.with("KOPILKA_SERVER__PUBLIC_URL", "https://loyalty.example.ru");
    program.serve("").stop().ends(0).says("whose passwords everybody knows");
}

fn rules_are_shown_in_russian(backend: Backend) {
    let program = Program::on(backend);
    program.run("migrate").ends(0);
    program.run("programme show").ends(1).says("программ ещё нет");
    program.serve("--demo").stop().ends(0);
    let shown = program.run("programme show demo").ends(0).says("Программа «Копилка», код demo");
    for words in [
        "правила меняет: Торговый дом «Пример» (demo)",
        "участвуют: Другой партнёр (other), Торговый дом «Пример» (demo)",
        "Редакция 1, действует",
        "Начисление: шаг суммы: 100,00",
        "Списание: доля чека не больше: 50",
        "Срок действия баллов: ",
    ] {
        assert!(shown.out.contains(words), "{words} is not in\n{}", shown.out);
    }
    assert_eq!(program.run("programme show").ends(0).out, shown.out);
    program.run("programme show nothing").ends(1).says("программы «nothing» нет");
}

on_both_databases! {
    a_demo_is_for_this_computer_and_for_its_own_database
    rules_are_shown_in_russian
}

/// What is wrong is said at once, all of it, and the older database stays as it was; then the upgrade says from where to where.
#[test]
fn an_upgrade_begins_when_all_else_is_right() {
    let fixture = |name: &str| {
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/older").join(name)).unwrap()
    };
    let mut program = Program::bare();
    let database = program.folder.0.join("older.db");
    rusqlite::Connection::open(&database).unwrap().execute_batch(&fixture("000011.sql")).unwrap();
    program.file("kopilka.key", &fixture("000011.key"));
    program.url = Some("sqlite://older.db".into());
    let before = fs::read(&database).unwrap();
    let wrong = program.file(
        "wrong.toml",
        "[server.tls]\ncertificate_file = \"c.pem\"\nkey_file = \"k.pem\"\n[seals]\nphone = \"8 916\"\nfile = \"no/such/f\"\n",
    );
    for command in ["serve --listen 127.0.0.1:0", "check-config"] {
        let said = program.run(&format!("{command} --config {wrong}")).ends(2).says("nothing was made or changed");
        for words in ["no SMS channel", "c.pem", "seals.phone", "there is no folder no/such", "wrong.toml"] {
            assert!(said.err.contains(words), "{words} is not in {said:?}");
        }
        assert!(fs::read(&database).unwrap() == before, "{command} has changed the database");
    }
    let mut program = program.with("KOPILKA_SMS__CHANNEL", "console");
    let upgrades = "a start upgrades the schema of sqlite://older.db from 20261130000011 to 2026";
    program.run("check-config").ends(0).says(upgrades);
    assert!(fs::read(&database).unwrap() == before, "check-config has changed the database");
    program.run("verify").ends(1).says("migrations behind (it stands at 20261130000011)");
    // Another key changes nothing either.
    let key = program.file("kopilka.key", &Vault::fresh_key().unwrap());
    program.run("serve --listen 127.0.0.1:0").ends(1).says("the key does not fit this database");
    program.run("check-config").ends(0).says(upgrades);
    fs::write(key, fixture("000011.key")).unwrap();

    fs::copy(&database, program.folder.0.join("copy.db")).unwrap();
    let said = program.serve("").stop().ends(0);
    assert!(said.out.contains("was upgraded from 20261130000011 to 2026"), "{said:?}");
    program.run("check-config").ends(0).says("is up to date at 2026");
    program.run("verify").ends(0).says(" 0 findings.");
    program.url = Some("sqlite://copy.db".into());
    program.run("migrate").ends(0).says("from 20261130000011 to 2026").says("migrations were run");
    program.run("verify").ends(0).says(" 0 findings.");
}

#[test]
#[cfg(unix)]
fn files_that_others_may_read_are_taken_from_them() {
    use std::os::unix::fs::PermissionsExt;

    let program = Program::bare().with("KOPILKA_SMS__CHANNEL", "console");
    program.serve("").stop().ends(0);
    let files = ["kopilka.db", "kopilka.key", "sms.log"].map(|name| program.folder.0.join(name));
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    for file in &files {
        assert_eq!(mode(file), 0o600, "{}", file.display());
        fs::set_permissions(file, fs::Permissions::from_mode(0o644)).unwrap();
    }
    let gateway = program.serve("");
    for path in program.files() {
        let name = path.file_name().unwrap().to_str().unwrap();
        assert_eq!(mode(&path), 0o600, "{name}");
    }
    program.run("backup copy.db").ends(0);
    assert_eq!(mode(&program.folder.0.join("copy.db")), 0o600);
    let said = gateway.stop().ends(0);
    for file in ["kopilka.db", "kopilka.key", "sms.log"] {
        assert!(said.err.contains(&format!("{file} was open to others (mode 644)")), "{file}: {said:?}");
    }
}

/// The password of a database may hold any sign; no message repeats a piece of it.
#[test]
fn no_message_says_a_piece_of_the_databases_password() {
    let mut program = Program::bare()
        .with("KOPILKA_SECURITY__KEY", &Vault::fresh_key().unwrap())
        .with("KOPILKA_SMS__CHANNEL", "console")
        .with("KOPILKA_DATABASE__CONNECT_TIMEOUT_MS", "100");
    program.secrets.extend(["xqzk".to_owned(), "wvjk".to_owned()]);
    let signs = ["#", "/", "@", "?", "&", "%", ":", "=", "[", "%23", "%2F", "%40", "%3F", "%zz", "&port="];
    for (nth, sign) in signs.into_iter().enumerate() {
        let place = format!("postgres://anna:xqzk{sign}wvjk@127.0.0.1:1/b");
        let parameter = format!("postgres://127.0.0.1:1/b?user=anna&password=xqzk{sign}wvjk");
        for url in [&place, &parameter] {
            let command = ["check-config", "verify", "doctor", "migrate", "seals"][nth % 5];
            let said = program.start_with(&[command, "--database", url], "").finish();
            assert!(matches!(said.code, Some(1 | 2)), "{url}: {said:?}");
        }
        program.environment.insert("KOPILKA_DATABASE__URL".into(), place);
        assert!(matches!(program.run("verify").code, Some(1 | 2)), "{sign}");
        program.environment.remove("KOPILKA_DATABASE__URL");
    }
}
