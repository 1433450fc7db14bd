//! The command line. Exit codes: 0 done, 1 not done or something was found, 2 wrong arguments or configuration.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "what a command has to say goes to the terminal")]

mod admin;
mod arguments;
mod backup;
mod books;
mod cards;
mod database;
mod day;
mod doctor;
mod explain;
mod failure;
mod first_steps;
mod history;
mod keys;
mod line;
mod outbox;
mod output;
mod programme;
mod ready;
mod registry;
mod replay;
mod reports;
mod schema;
mod seals;
mod serve;
mod sheet;
mod show;
mod typed;
mod verify;

use std::{
    panic,
    path::{Path, PathBuf},
    process::{self, ExitCode},
};

use chrono::NaiveDate;
use clap::{Args, Parser, Subcommand};

use self::{
    arguments::{code, login, name, store},
    day::day,
    failure::{Failure, MISUSED},
    output::Csv,
};
use crate::{
    access,
    config::{Config, Overrides},
    domain::{moment::GivenTime, reference::Roles},
    store::{
        admin::{NewPartner, NewTill},
        books::verify::KnownRoot,
        tables::call_log::Search,
    },
};

/// The exit code when the reader of the output has gone: 128 and the number of SIGPIPE, as a shell shows it.
const PIPE_CLOSED: i32 = 141;
/// What a configuration file is usually called.
const USUAL_FILE: &str = "kopilka.toml";
/// The variable that names the database.
const DATABASE: &str = "KOPILKA_DATABASE__URL";

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
    /// Run the gateway until it is told to stop (Ctrl-C, SIGTERM). Without --database it makes `kopilka.db` here when there
    /// is none; any other new database is made by `migrate`.
    Serve {
        /// The address and port to listen on [default: 127.0.0.1:8080].
        #[arg(long, value_name = "ADDRESS:PORT")]
        listen: Option<String>,
        /// Make demo data first: a partner, stores, tills, cards with points; login demo, password demo. Refused in a
        /// database with other partners, and on an address that other computers reach.
        #[arg(long)]
        demo: bool,
    },
    /// Bring the database's schema up to date; make the database when there is none.
    Migrate {
        /// Also write down anew how every row is, so that `verify` accepts rows that an older gateway has written
        /// meanwhile, or that were mended by hand. Run `verify` first and read what it finds: all of it is accepted.
        /// The gateways must be stopped.
        #[arg(long)]
        cover: bool,
    },
    /// Look at all that a start needs, the database too, say what is wrong, and print the configuration as it is understood
    /// (secrets hidden). Nothing is changed.
    CheckConfig,
    /// Recompute every balance, lot and hold from the journal, its chain and its seals; exit code 1 names what differs.
    Verify {
        /// Compare a day's seal with a copy of its root that was kept elsewhere; may be repeated.
        #[arg(long = "root", value_name = "DAY=HEX", value_parser = verify::known_root)]
        roots: Vec<KnownRoot>,
        /// Compare the chronicle's seals with the roots in this file, a line each as `seals.file` has them: the file
        /// must come from outside, or an earlier state that was put back is not noticed.
        #[arg(long, value_name = "FILE")]
        roots_file: Option<PathBuf>,
    },
    /// Print the daily seals of the journal: day (UTC), accounts and entries that it covers, root.
    Seals {
        /// Print the roots of the chronicle's seals instead, as `verify --roots-file` reads them.
        #[arg(long)]
        chronicle: bool,
    },
    /// Say in Russian why a balance was what it was: every step up to then, and the lots at that time; exit code 1 when
    /// there is no such card, or it had no account then.
    Explain(explain::Question),
    /// Say in Russian who changed what, when, and how it was before: rules, rights, limits, stores, tills, logins; of a
    /// card or a phone, what became of the card and its account. The latest comes first; exit code 1 when there is none.
    History(history::Question),
    /// Look over the installation and say, line by line, what is fine and what to do. Exit code 0: all is
    /// fine, 1: there is something to do, 2: it cannot work like this.
    Doctor {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
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
    /// Print in Russian the points that lapse soon: date, card and phone (masked), points.
    Expiring {
        /// How many days ahead.
        #[arg(long, value_name = "N")]
        within_days: u16,
        /// The login in whose name they are printed: points of its partner, cards and phones as whole as its roles see
        /// them. Without it all points, masked.
        #[arg(long)]
        login: Option<String>,
        /// As CSV: for Excel with Russian settings, or `--csv=rfc4180` for programs.
        #[arg(long, value_name = "DIALECT", num_args = 0..=1, require_equals = true, default_missing_value = "excel")]
        csv: Option<Csv>,
    },
    /// Print in Russian what partners owe each other for points: taken by whom, issued by whom, and what became of what each
    /// issued.
    Settlement {
        /// The first day, as 2026-11-01.
        #[arg(long, value_name = "DATE", value_parser = day)]
        from: NaiveDate,
        /// The last day.
        #[arg(long, value_name = "DATE", value_parser = day)]
        to: NaiveDate,
        /// As CSV: for Excel with Russian settings, or `--csv=rfc4180` for programs.
        #[arg(long, value_name = "DIALECT", num_args = 0..=1, require_equals = true, default_missing_value = "excel")]
        csv: Option<Csv>,
    },
    /// Reports for reconciliation and bookkeeping.
    #[command(subcommand)]
    Report(books::ReportCommand),
    /// Partners.
    #[command(subcommand)]
    Partner(PartnerCommand),
    /// Trade networks of partners.
    #[command(subcommand)]
    Network(registry::NetworkCommand),
    /// Stores.
    #[command(subcommand)]
    Store(registry::StoreCommand),
    /// Tills, and logins that go with them.
    #[command(subcommand)]
    Till(TillCommand),
    /// Logins.
    #[command(subcommand)]
    Login(LoginCommand),
    /// Cards.
    #[command(subcommand)]
    Card(CardCommand),
    /// The journal of what was asked and answered.
    #[command(subcommand)]
    Exchange(ExchangeCommand),
    /// Programmes and their rules.
    #[command(subcommand)]
    Programme(ProgrammeCommand),
    /// Messages to customers: which wait, and trying again.
    #[command(subcommand)]
    Outbox(outbox::OutboxCommand),
    /// The keys that seal what is personal: which there are, replacing them, the master key's copy on paper.
    #[command(subcommand)]
    Keys(keys::KeysCommand),
}

#[derive(Debug, Subcommand)]
enum PartnerCommand {
    /// Add a partner with its network, stores and programme.
    Add {
        /// The partner's code.
        #[arg(long, value_parser = code)]
        code: String,
        /// The partner's name.
        #[arg(long, value_parser = name)]
        name: String,
        /// The programme's code; partners of one programme share cards and points. One that is not there yet is made.
        #[arg(long, value_parser = code)]
        programme: String,
        /// The programme's name, if it is new.
        #[arg(long, value_parser = name)]
        programme_name: Option<String>,
        /// A store as CODE=NAME; may be repeated.
        #[arg(long = "store", value_name = "CODE=NAME", required = true, value_parser = store)]
        stores: Vec<(String, String)>,
        /// What the stores' clocks show against UTC, in minutes (Moscow: 180).
        #[arg(long, default_value_t = 180, allow_negative_numbers = true)]
        utc_offset_minutes: i32,
    },
    #[command(flatten)]
    Of(registry::OfPartner),
}

#[derive(Debug, Subcommand)]
enum TillCommand {
    /// Add a till with its login, or a login of a whole store or network. A disabled login of the same partner is
    /// enabled as it is given now, and a login of the same till gets the password and the roles. Other logins of the
    /// till with one of these roles are disabled. The password is read from KOPILKA_PASSWORD or from standard input,
    /// never from the arguments.
    Add(NewLogin),
    #[command(flatten)]
    Of(registry::OfTill),
}

#[derive(Debug, Subcommand)]
enum LoginCommand {
    /// The same as `till add`: a login of a network, a store or a till.
    Add(NewLogin),
    #[command(flatten)]
    Of(registry::OfLogin),
}

/// A login that is given, and to what.
#[derive(Debug, Args)]
struct NewLogin {
    /// The partner's code.
    #[arg(long)]
    partner: String,
    /// The store's code; without it the login is the whole network's.
    #[arg(long)]
    store: Option<String>,
    /// The till's code; without it the login is the whole store's.
    #[arg(long, requires = "store", value_parser = code)]
    till: Option<String>,
    /// The login.
    #[arg(long, value_parser = login)]
    login: String,
    /// What it may do (docs/roles.md): till, senior_till (returns without a receipt), online_shop, call_centre,
    /// store, partner_office, head_office, marketing, auditor, security, integration, node, processing_centre; may
    /// be repeated.
    #[arg(long = "role", value_name = "ROLE", default_value = "till")]
    roles: Vec<String>,
}

#[derive(Debug, Subcommand)]
enum CardCommand {
    /// Show a card, its account and its balance, in Russian.
    Show {
        /// The number.
        number: String,
    },
    #[command(flatten)]
    Of(cards::OfCard),
}

#[derive(Debug, Subcommand)]
enum ProgrammeCommand {
    /// Say in Russian who takes part in a programme, by which rules, and what is to change; exit code 1 when there is none.
    Show {
        /// The programme's code; without it all are shown.
        code: Option<String>,
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
        /// Answered at this time or later: 2026-11-21T18:30, local to the first store, or with an offset; or a day.
        #[arg(long, value_name = "TIME", value_parser = explain::time)]
        from: Option<GivenTime>,
        /// Answered at this time or before; a day is meant whole.
        #[arg(long, value_name = "TIME", value_parser = explain::time)]
        to: Option<GivenTime>,
        /// At most so many.
        #[arg(long, default_value_t = 10)]
        limit: u16,
    },
}

/// Runs the program.
#[must_use]
pub fn run() -> ExitCode {
    end_with_the_reader();
    let cli = Cli::parse();
    match execute(cli) {
        Ok(code) => code,
        Err(Failure(message, code)) => {
            eprintln!("kopilka: {message}");
            ExitCode::from(code)
        }
    }
}

/// Ends quietly when whoever reads the output has gone (`kopilka history | head`), as other programs do. Rust's printing
/// macros panic then.
fn end_with_the_reader() {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let said = info.payload_as_str().unwrap_or_default();
        if said.starts_with("failed printing to std") && said.contains("Broken pipe") {
            process::exit(PIPE_CLOSED);
        }
        usual(info);
    }));
}

fn execute(cli: Cli) -> Result<ExitCode, Failure> {
    let listen = if let Command::Serve { listen, .. } = &cli.command { listen.clone() } else { None };
    let overrides = Overrides { database: cli.common.database, listen };
    let file = cli.common.config.as_deref();
    let environment = crate::config::environment();
    beside_an_unnamed_file(file, overrides.database.is_some() || environment.iter().any(|(name, _)| name == DATABASE))?;
    let config = Config::load(file, environment, &overrides).map_err(|error| Failure(error.to_string(), MISUSED))?;
    match cli.command {
        Command::Serve { demo, .. } => {
            serve::serve(&config, demo, &first_steps::options(file, overrides.database.as_deref()), file)
        }
        Command::Migrate { cover } => schema::migrate(&config, cover),
        Command::CheckConfig => ready::check_config(&config, file),
        Command::Verify { roots, roots_file } => verify::verify(&config, &roots, roots_file.as_deref()),
        Command::Seals { chronicle: false } => seals::show(&config),
        Command::Seals { chronicle: true } => seals::show_chronicle(&config),
        Command::Explain(question) => explain::run(&config, &question),
        Command::History(question) => history::run(&config, &question),
        Command::Doctor { json } => doctor::run(&config, json),
        Command::Replay { write, .. } => replay::replay(&config, write),
        Command::Expiring { within_days, login, csv } => {
            reports::show_expiring(&config, within_days, login.as_deref(), csv)
        }
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
        Command::Partner(PartnerCommand::Of(command)) => registry::of_partner(&config, &command),
        Command::Report(command) => books::run(&config, &command),
        Command::Network(command) => registry::of_network(&config, &command),
        Command::Store(command) => registry::of_store(&config, &command),
        Command::Till(TillCommand::Add(new)) | Command::Login(LoginCommand::Add(new)) => add_login(&config, new),
        Command::Till(TillCommand::Of(command)) => registry::of_till(&config, &command),
        Command::Login(LoginCommand::Of(command)) => registry::of_login(&config, &command),
        Command::Programme(ProgrammeCommand::Show { code }) => programme::show(&config, code.as_deref()),
        Command::Outbox(command) => outbox::run(&config, &command),
        Command::Keys(command) => keys::run(&config, &command),
        Command::Card(CardCommand::Show { number }) => show::show_card(&config, &number),
        Command::Card(CardCommand::Of(command)) => cards::run(&config, &command),
        Command::Exchange(ExchangeCommand::Show { request_id, operation_key, card, till, from, to, limit }) => {
            let search = Search { request_id, operation_key, card, till, ..Search::default() };
            show::show_exchanges(&config, &search, (from, to), limit)
        }
    }
}

/// Refuses to guess when a configuration file lies here, was not named, and nothing else says which database is meant: the
/// command would work on another one than the gateway does.
fn beside_an_unnamed_file(named: Option<&Path>, is_database_given: bool) -> Result<(), Failure> {
    if named.is_some() || !Path::new(USUAL_FILE).is_file() {
        return Ok(());
    }
    if is_database_given {
        eprintln!("warning: {USUAL_FILE} lies here and is not read; to read it: --config {USUAL_FILE}");
        return Ok(());
    }
    let what = format!(
        "{USUAL_FILE} lies here, and it was not said whether it is meant: give --config {USUAL_FILE} (or KOPILKA_CONFIG), or \
         --database for a database without it"
    );
    Err(Failure(what, MISUSED))
}

fn add_login(config: &Config, new: NewLogin) -> Result<ExitCode, Failure> {
    let NewLogin { partner, store, till, login, roles } = new;
    let roles = Roles::from_words(roles.iter().map(String::as_str)).ok_or_else(|| {
        let words: Vec<&str> = Roles::WORDS.iter().map(|(_, word)| *word).collect();
        Failure(format!("роль — одна из: {}", words.join(", ")), MISUSED)
    })?;
    let password_hash = access::hash_password(admin::password()?.reveal())?;
    admin::add_till(config, &NewTill { partner, store, till, login, password_hash, roles })
}
