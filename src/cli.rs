//! The command line. Exit codes: 0 done, 1 not done or something was found, 2 wrong arguments or configuration.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "what a command has to say goes to the terminal")]

mod admin;
mod backup;
mod explain;
mod replay;
mod reports;
mod schema;
mod seals;
mod serve;
mod show;
mod verify;

use std::{path::PathBuf, process::ExitCode};

use chrono::NaiveDate;
use clap::{Args, Parser, Subcommand};

use crate::{
    access,
    app::{self, Opened},
    config::{Config, Overrides},
    domain::reference::Roles,
    store::{
        admin::{NewPartner, NewTill},
        books::{seal::day_of_text, verify::KnownRoot},
        db::backend::Db,
        tables::call_log::Search,
    },
};

const FAILED: u8 = 1;
const MISUSED: u8 = 2;

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
    Migrate {
        /// Also write down anew how every row is, so that `verify` accepts rows that an older gateway has written meanwhile, or that
        /// were mended by hand. Run `verify` first and read what it finds: all of it is accepted. The gateways must be stopped.
        #[arg(long)]
        cover: bool,
    },
    /// Read the configuration, say what is wrong with it, and print it as it is understood (secrets hidden).
    CheckConfig,
    /// Recompute every balance, lot and hold from the journal, its chain and its seals; exit code 1 names what differs.
    Verify {
        /// Compare a day's seal with a copy of its root that was kept elsewhere; may be repeated.
        #[arg(long = "root", value_name = "DAY=HEX", value_parser = known_root)]
        roots: Vec<KnownRoot>,
        /// Compare the chronicle's seals with the roots in this file, a line each as `seals.file` has them: the file must come
        /// from outside, or an earlier state that was put back is not noticed.
        #[arg(long, value_name = "FILE")]
        roots_file: Option<PathBuf>,
    },
    /// Print the daily seals of the journal: day (UTC), accounts and entries that it covers, root.
    Seals {
        /// Print the roots of the chronicle's seals instead, as `verify --roots-file` reads them.
        #[arg(long)]
        chronicle: bool,
    },
    /// Say in Russian why a balance was what it was: every step up to then, and the lots at that time; exit code 1 when there
    /// is no such card, or it had no account then.
    Explain(explain::Question),
    /// Rebuild balances and lots from the journal alone, and say what differs; exit code 1 when something does.
    Replay {
        /// Only compare: the default.
        #[arg(long, conflicts_with = "write")]
        check: bool,
        /// Mend what differs; the gateway of an SQLite database must be stopped.
        #[arg(long)]
        write: bool,
    },
    /// Copy a live SQLite database into a new file; for PostgreSQL it says what to do instead.
    Backup {
        /// The new file; an existing one is never overwritten.
        file: PathBuf,
    },
    /// Put a copy in the place of an SQLite database that is not there; an existing one is never overwritten.
    Restore {
        /// The copy.
        file: PathBuf,
        /// Verify the copy before it is put in its place.
        #[arg(long)]
        verify: bool,
    },
    /// Print points that lapse soon: date, card and phone (masked), points.
    Expiring {
        /// How many days ahead.
        #[arg(long, value_name = "N")]
        within_days: u16,
        /// As CSV.
        #[arg(long)]
        csv: bool,
    },
    /// Print what partners owe each other for points: taken by whom, issued by whom, and what became of what each issued.
    Settlement {
        /// The first day, as 2026-11-01.
        #[arg(long, value_name = "DATE")]
        from: NaiveDate,
        /// The last day.
        #[arg(long, value_name = "DATE")]
        to: NaiveDate,
        /// As CSV.
        #[arg(long)]
        csv: bool,
    },
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
        /// What it may do (docs/roles.md): till, senior_till (returns without a receipt), online_shop, call_centre, store,
        /// partner_office, head_office, marketing, auditor, security, integration, node, processing_centre; may be repeated.
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
        Command::Serve { demo, .. } => serve::serve(&config, demo),
        Command::Migrate { cover } => schema::migrate(&config, cover),
        Command::CheckConfig => {
            let text = toml::to_string_pretty(&config)?;
            app::check_files(&config)?;
            println!("{text}# The configuration is usable.");
            Ok(ExitCode::SUCCESS)
        }
        Command::Verify { roots, roots_file } => verify::verify(&config, &roots, roots_file.as_deref()),
        Command::Seals { chronicle: false } => seals::show(&config),
        Command::Seals { chronicle: true } => seals::show_chronicle(&config),
        Command::Explain(question) => explain::run(&config, &question),
        Command::Replay { write, .. } => replay::replay(&config, write),
        Command::Expiring { within_days, csv } => reports::show_expiring(&config, within_days, csv),
        Command::Settlement { from, to, csv } => reports::show_settlement(&config, from, to, csv),
        Command::Backup { file } => backup::backup(&config, &file),
        Command::Restore { file, verify } => backup::restore(&config, &file, verify),
        Command::Partner(PartnerCommand::Add { code, name, programme, programme_name, stores, utc_offset_minutes }) => {
            let programme_name = programme_name.unwrap_or_else(|| programme.clone());
            admin::add_partner(
                &config,
                &NewPartner { code, name, programme, programme_name, stores, utc_offset_minutes },
            )
        }
        Command::Till(TillCommand::Add { partner, store, till, login, roles }) => {
            let roles = Roles::from_words(roles.iter().map(String::as_str)).ok_or_else(|| {
                let words: Vec<&str> = Roles::WORDS.iter().map(|(_, word)| *word).collect();
                Failure(format!("a role is one of {}", words.join(", ")), MISUSED)
            })?;
            let password_hash = access::hash_password(&admin::password()?)?;
            admin::add_till(&config, &NewTill { partner, store, till, login, password_hash, roles })
        }
        Command::Card(CardCommand::Show { number }) => show::show_card(&config, &number),
        Command::Exchange(ExchangeCommand::Show { request_id, operation_key, card, till, limit }) => {
            show::show_exchanges(&config, &Search { request_id, operation_key, card, till }, limit)
        }
    }
}

/// A connection to a database that is there with a schema of this program's.
fn existing(config: &Config) -> Result<Db, Failure> {
    if let Some(path) = config.database.url.sqlite_path().filter(|path| !path.exists()) {
        return Err(Failure(format!("there is no database {}; check --database", path.display()), FAILED));
    }
    let mut db = Opened::open(config)?.writer()?;
    let version = db.schema_version()?;
    if version.pending > 0 {
        let missing = version.pending;
        return Err(Failure(format!("the schema is {missing} migrations behind; run `kopilka migrate` first"), FAILED));
    }
    if let Some(warning) = version.warning() {
        eprintln!("warning: {warning}");
    }
    Ok(db)
}

fn store(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((code, name)) if !code.is_empty() && !name.is_empty() => Ok((code.into(), name.into())),
        Some(_) | None => Err("a store is given as CODE=NAME".into()),
    }
}

/// The digest that 64 hexadecimal digits stand for.
fn digest_of_hex(text: &str) -> Option<Vec<u8>> {
    let is_hex = text.len() == 64 && text.is_ascii();
    let bytes = (0..32).map(|at| u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok());
    bytes.collect::<Option<Vec<u8>>>().filter(|_| is_hex)
}

fn known_root(text: &str) -> Result<KnownRoot, String> {
    let known = text
        .split_once('=')
        .and_then(|(day, root)| Some(KnownRoot { day: day_of_text(day)?, root: digest_of_hex(root)? }));
    known.ok_or_else(|| "a root is given as 2026-11-21= and 64 hexadecimal digits, as `kopilka seals` prints it".into())
}
