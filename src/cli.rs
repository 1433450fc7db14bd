//! The command line. Exit codes: 0 done, 1 not done or something was found, 2 wrong arguments or configuration.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "what a command has to say goes to the terminal")]

use std::{path::PathBuf, process::ExitCode, time::Duration};

use clap::{Args, Parser, Subcommand};
use zeroize::Zeroizing;

use crate::{
    app::{self, DEMO_LOGINS, Gateway, Opened, Parts},
    clock::Clock,
    config::{Config, Overrides},
    domain::{moment::Moment, reference::Roles},
    service::access,
    store::{
        admin::{self, NewPartner, NewTill},
        backend::Purpose,
        error::StoreError,
        tables::{
            card,
            exchange::{self, Search},
            ledger,
        },
        upgrade::upgrade,
        verify::verify,
    },
    telemetry,
};

const FAILED: u8 = 1;
const MISUSED: u8 = 2;
/// How long threads that wait for something may keep a stopped gateway.
const RUNTIME_END_MAX: Duration = Duration::from_millis(400);
/// Findings printed before the rest is only counted.
const FINDINGS_SHOWN_MAX: usize = 50;

/// Kopilka: a loyalty gateway for retailers who run 1C.
#[derive(Debug, Parser)]
#[command(
    name = "kopilka",
    version,
    about,
    after_help = "Exit codes: 0 done, 1 failed or something was found, 2 wrong arguments or configuration."
)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Args)]
struct Common {
    /// The configuration file (TOML); docs/config.example.toml has every key.
    #[arg(long, global = true, env = "KOPILKA_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// The database: sqlite://FILE or postgres://USER:PASSWORD@HOST/NAME.
    #[arg(long, global = true, value_name = "URL")]
    database: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the gateway until it is told to stop (Ctrl-C, SIGTERM).
    Serve {
        /// The address and port to listen on [default: 127.0.0.1:8080].
        #[arg(long, value_name = "ADDRESS:PORT")]
        listen: Option<String>,
        /// Make demo data first: a partner, stores, tills, cards with points; login demo, password demo.
        #[arg(long)]
        demo: bool,
    },
    /// Bring the database's schema up to date.
    Migrate,
    /// Read the configuration, say what is wrong with it, and print it as it is understood (secrets hidden).
    CheckConfig,
    /// Recompute every balance from the journal; exit code 1 names the accounts that differ.
    Verify,
    /// Partners.
    #[command(subcommand)]
    Partner(PartnerCommand),
    /// Tills and logins.
    #[command(subcommand)]
    Till(TillCommand),
    /// Cards.
    #[command(subcommand)]
    Card(CardCommand),
    /// The journal of what was asked and answered.
    #[command(subcommand)]
    Exchange(ExchangeCommand),
}

#[derive(Debug, Subcommand)]
enum PartnerCommand {
    /// Add a partner with its network, stores and programme.
    Add {
        /// The partner's code.
        #[arg(long)]
        code: String,
        /// The partner's name.
        #[arg(long)]
        name: String,
        /// The programme's code; partners of one programme share cards and points.
        #[arg(long)]
        programme: String,
        /// The programme's name, if it is new.
        #[arg(long)]
        programme_name: Option<String>,
        /// A store as CODE=NAME; may be repeated.
        #[arg(long = "store", value_name = "CODE=NAME", required = true, value_parser = store)]
        stores: Vec<(String, String)>,
        /// What the stores' clocks show against UTC, in minutes (Moscow: 180).
        #[arg(long, default_value_t = 180, allow_negative_numbers = true)]
        utc_offset_minutes: i32,
    },
}

#[derive(Debug, Subcommand)]
enum TillCommand {
    /// Add a till with its login, or a login of a whole store or network. The password is read from KOPILKA_PASSWORD or
    /// from standard input, never from the arguments.
    Add {
        /// The partner's code.
        #[arg(long)]
        partner: String,
        /// The store's code; without it the login is the whole network's.
        #[arg(long)]
        store: Option<String>,
        /// The till's code; without it the login is the whole store's.
        #[arg(long, requires = "store")]
        till: Option<String>,
        /// The login.
        #[arg(long)]
        login: String,
        /// What it may do: till, online, partner, office, supervisor (returns without a receipt); may be repeated.
        #[arg(long = "role", value_name = "ROLE", default_value = "till")]
        roles: Vec<String>,
    },
}

#[derive(Debug, Subcommand)]
enum CardCommand {
    /// Show a card, its account and its balance.
    Show {
        /// The number.
        number: String,
    },
}

#[derive(Debug, Subcommand)]
enum ExchangeCommand {
    /// Show the latest exchanges that match, personal data and codes masked; exit code 1 when there is none.
    Show {
        /// The request id that a fault or a log line names.
        #[arg(long)]
        request_id: Option<String>,
        /// The operation key that the till sent.
        #[arg(long)]
        operation_key: Option<String>,
        /// The card's number.
        #[arg(long)]
        card: Option<String>,
        /// The till's code.
        #[arg(long)]
        till: Option<String>,
        /// At most so many.
        #[arg(long, default_value_t = 10)]
        limit: u16,
    },
}

/// Why a command was not done: what is said, and the exit code.
struct Failure(String, u8);

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.to_string(), FAILED)
    }
}

/// Runs the program.
#[must_use]
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    match execute(cli) {
        Ok(code) => code,
        Err(Failure(message, code)) => {
            eprintln!("kopilka: {message}");
            ExitCode::from(code)
        }
    }
}

fn execute(cli: Cli) -> Result<ExitCode, Failure> {
    let listen = if let Command::Serve { listen, .. } = &cli.command { listen.clone() } else { None };
    let overrides = Overrides { database: cli.common.database, listen };
    let config = Config::load(cli.common.config.as_deref(), crate::config::environment(), &overrides)
        .map_err(|error| Failure(error.to_string(), MISUSED))?;
    match cli.command {
        Command::Serve { demo, .. } => serve(&config, demo),
        Command::Migrate => migrate(&config),
        Command::CheckConfig => {
            let text = toml::to_string_pretty(&config)?;
            app::check_files(&config)?;
            println!("{text}# The configuration is usable.");
            Ok(ExitCode::SUCCESS)
        }
        Command::Verify => check(&config),
        Command::Partner(PartnerCommand::Add { code, name, programme, programme_name, stores, utc_offset_minutes }) => {
            let programme_name = programme_name.unwrap_or_else(|| programme.clone());
            add_partner(&config, &NewPartner { code, name, programme, programme_name, stores, utc_offset_minutes })
        }
        Command::Till(TillCommand::Add { partner, store, till, login, roles }) => {
            let roles = Roles::from_words(roles.iter().map(String::as_str))
                .ok_or_else(|| Failure("a role is one of till, online, partner, office, supervisor".into(), MISUSED))?;
            let password_hash = access::hash_password(&password()?)?;
            add_till(&config, &NewTill { partner, store, till, login, password_hash, roles })
        }
        Command::Card(CardCommand::Show { number }) => show_card(&config, &number),
        Command::Exchange(ExchangeCommand::Show { request_id, operation_key, card, till, limit }) => {
            show_exchanges(&config, &Search { request_id, operation_key, card, till }, limit)
        }
    }
}

fn serve(config: &Config, demo: bool) -> Result<ExitCode, Failure> {
    telemetry::init(config.log.format, config.log.level)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let result = runtime.block_on(async {
        let shutdown = shutdown();
        let gateway = Gateway::start(config, Parts { demo, ..Parts::default() }).await?;
        let address = gateway.address();
        let scheme = if config.server.tls.certificate_file.is_some() { "https" } else { "http" };
        println!(
            "Kopilka {} listens on {scheme}://{address}/ (database {})",
            env!("CARGO_PKG_VERSION"),
            config.database.url
        );
        if demo {
            println!("Демо. Имя и пароль — кто это:");
            for (login, password, who) in DEMO_LOGINS {
                println!("  {login} / {password} — {who}");
            }
            println!("WSDL: {scheme}://{address}/ws/pos_1?wsdl");
        }
        gateway.run_until(shutdown).await?;
        println!("Kopilka has stopped.");
        Ok(ExitCode::SUCCESS)
    });
    // What still waits for a silent database must not keep the process.
    runtime.shutdown_timeout(RUNTIME_END_MAX);
    result
}

/// Until Ctrl-C or SIGTERM. They are caught from the call on, not only once somebody waits: a service manager may stop
/// the gateway the moment it says that it listens.
#[cfg(unix)]
fn shutdown() -> impl Future<Output = ()> {
    use tokio::signal::unix::{SignalKind, signal};
    let caught =
        signal(SignalKind::terminate()).and_then(|terminate| Ok((terminate, signal(SignalKind::interrupt())?)));
    async move {
        match caught {
            Ok((mut terminate, mut interrupt)) => tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            },
            // Without signals the process is ended from outside, and the next start finds everything in order.
            Err(_) => std::future::pending().await,
        }
    }
}

/// Until Ctrl-C.
#[cfg(not(unix))]
async fn shutdown() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

fn migrate(config: &Config) -> Result<ExitCode, Failure> {
    let _lock = app::lock_file(&config.database.url)?;
    let mut db = Opened::open(config)?.writer()?;
    let done = upgrade(&mut db, |accounts| eprint!("\rThe journal of {accounts} older accounts is chained…"))?;
    println!("{done} migrations were run; the schema of {} is up to date.", config.database.url);
    Ok(ExitCode::SUCCESS)
}

fn check(config: &Config) -> Result<ExitCode, Failure> {
    let mut db = existing(config)?;
    let report = verify(&mut db, |so_far| {
        eprint!("\r{} accounts, {} entries…", so_far.accounts, so_far.entries);
    })?;
    eprintln!();
    for finding in report.findings.iter().take(FINDINGS_SHOWN_MAX) {
        println!("account {}: {}", finding.account, finding.what);
    }
    let hidden = report.findings.len().saturating_sub(FINDINGS_SHOWN_MAX);
    if hidden > 0 {
        println!("… and {hidden} more.");
    }
    println!("{} accounts, {} entries, {} findings.", report.accounts, report.entries, report.findings.len());
    Ok(if report.findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
}

fn add_partner(config: &Config, new: &NewPartner) -> Result<ExitCode, Failure> {
    let mut db = Opened::open(config)?.writer()?;
    upgrade(&mut db, |_| {})?;
    admin::add_partner(&mut db, new, Clock::System.now())?;
    println!("Partner {} was added. Next: kopilka till add --partner {} …", new.code, new.code);
    Ok(ExitCode::SUCCESS)
}

fn add_till(config: &Config, new: &NewTill) -> Result<ExitCode, Failure> {
    let mut db = existing(config)?;
    admin::add_till(&mut db, new, Clock::System.now())?;
    println!("Login {} was added. Hand over: the login, its password, and the address …/ws/pos_1?wsdl", new.login);
    Ok(ExitCode::SUCCESS)
}

fn show_card(config: &Config, number: &str) -> Result<ExitCode, Failure> {
    let mut db = existing(config)?;
    let found = db.transaction(Purpose::Read, |db| {
        let cards = card::load_by_number(db, &[number.to_owned()], false)?;
        let ids: Vec<i64> = cards.iter().filter_map(|card| card.account).map(|id| id.0).collect();
        Ok::<_, StoreError>((cards, ledger::load(db, &ids, false)?))
    })?;
    let (cards, accounts) = found;
    if cards.is_empty() {
        return Err(Failure(format!("there is no card {number}"), FAILED));
    }
    for card in cards {
        println!(
            "card {}: {}{}",
            card.number,
            card.state.word(),
            card.kind.map(|kind| format!(", {kind}")).unwrap_or_default()
        );
        if let Some(successor) = card.successor {
            println!("  replaced by {successor}");
        }
        let Some(account) = accounts.iter().find(|account| Some(account.id) == card.account) else { continue };
        let balance = account.balances;
        println!(
            "  account {} ({}): available {}, pending {}, reserved {}, debt {}",
            account.id,
            account.state.word(),
            balance.available,
            balance.pending,
            balance.reserved,
            balance.debt
        );
    }
    Ok(ExitCode::SUCCESS)
}

fn show_exchanges(config: &Config, search: &Search, limit: u16) -> Result<ExitCode, Failure> {
    let mut db = existing(config)?;
    let found = exchange::find(&mut db, search, i64::from(limit))?;
    if found.is_empty() {
        return Err(Failure("no exchange matches; they are kept for exchange.kept_days".into(), FAILED));
    }
    for row in found.iter().rev() {
        let at = Moment(row.at).local(0);
        println!(
            "── {at} UTC  {} {}  {} (HTTP {}, {} ms)",
            row.service,
            row.operation.as_deref().unwrap_or("—"),
            row.code,
            row.http_status,
            row.duration_ms
        );
        println!(
            "   request {}  login {}  key {}  card {}  till {}",
            row.request_id,
            row.login.as_deref().unwrap_or("—"),
            row.operation_key.as_deref().unwrap_or("—"),
            row.card.as_deref().unwrap_or("—"),
            row.till.as_deref().unwrap_or("—")
        );
        println!("   asked:    {}", row.request.as_deref().unwrap_or("—"));
        println!("   answered: {}", row.answer.as_deref().unwrap_or("—"));
    }
    Ok(ExitCode::SUCCESS)
}

/// A connection to a database that is there with a schema of this program's.
fn existing(config: &Config) -> Result<crate::store::backend::Db, Failure> {
    if let Some(path) = config.database.url.sqlite_path().filter(|path| !path.exists()) {
        return Err(Failure(format!("there is no database {}; check --database", path.display()), FAILED));
    }
    let mut db = Opened::open(config)?.writer()?;
    let missing = db.pending_migrations()?;
    if missing > 0 {
        return Err(Failure(format!("the schema is {missing} migrations behind; run `kopilka migrate` first"), FAILED));
    }
    Ok(db)
}

fn password() -> Result<Zeroizing<String>, Failure> {
    let given = std::env::var("KOPILKA_PASSWORD").ok().filter(|password| !password.is_empty()).map(Zeroizing::new);
    let password = match given {
        Some(password) => password,
        None => {
            eprintln!("Password (one line from standard input):");
            let mut line = Zeroizing::new(String::new());
            std::io::stdin().read_line(&mut line)?;
            Zeroizing::new(line.trim_end_matches(['\r', '\n']).to_owned())
        }
    };
    if password.chars().count() < 8 {
        return Err(Failure("a password has at least 8 characters".into(), MISUSED));
    }
    Ok(password)
}

fn store(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((code, name)) if !code.is_empty() && !name.is_empty() => Ok((code.into(), name.into())),
        Some(_) | None => Err("a store is given as CODE=NAME".into()),
    }
}
