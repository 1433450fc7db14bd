//! The composition root: builds store, services and adapters, starts them, and drains them in order.

mod call_log;
mod checkpoints;
mod demo;
pub mod desk;
mod entry;
mod error;
mod files;
mod jobs;
mod limits;
mod opened;
mod outbox;
mod readiness;
mod roots;
mod seals;
mod stopping;
mod watch;

use std::{
    fs::{File, TryLockError},
    net::SocketAddr,
    sync::{Arc, atomic::AtomicBool},
    time::{Duration, Instant},
};

use tokio::{sync::watch as signal, task::JoinHandle, time};

use self::{
    jobs::Jobs,
    opened::database_connections,
    stopping::{join, until},
};
use crate::{
    access::{Gate, GateLimits, Memory},
    clock::Clock,
    config::{Config, DatabaseUrl},
    domain::{moment::Span, reference::Roles, settings::Settings},
    http::{self, Backends, HttpSettings, Mount, ServeError, Tls},
    notify::Channel,
    seam::{
        dispatcher::Dispatcher,
        executor::{Executor, ExecutorLimits},
        lists::{ListLimits, Lists},
        worker::{Environment, ReferenceCache},
    },
    soap::{
        call_log::Recorder,
        endpoint::{Endpoint, TABLES},
        operations::Operation,
    },
    store::{
        admin,
        db::{
            backend::{BackendError, ConnectLimits, Connections, Purpose},
            upgrade::upgrade,
        },
        questions::SearchBounds,
        tables::{key, reference},
    },
    vault::Vault,
    wakeup::Wakeup,
    web::Welcome,
    working_set::Chance,
};

pub use self::{
    demo::DEMO_LOGINS,
    error::AppError,
    files::free_bytes,
    opened::{Opened, connect_limits},
    readiness::{DatabaseState, Readiness, Start, check_settings},
};

/// After `server.drain_timeout_ms`, how long all else may take to end. A database that does not answer must not keep
/// the process: nothing was acknowledged that is not durable.
const REST_MAX: Duration = Duration::from_millis(1_500);
/// How long commands whose callers have gone may still run after that.
const EXECUTOR_DRAIN_MAX: Duration = Duration::from_secs(1);
/// How long the gateway before this one may take to let go of an embedded database.
const LOCK_WAIT_MAX: Duration = Duration::from_millis(500);
/// The pause between two tries.
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// A running gateway.
pub struct Gateway {
    address: SocketAddr,
    dispatcher: Arc<Dispatcher>,
    stop: signal::Sender<bool>,
    server: JoinHandle<Result<(), ServeError>>,
    jobs: JoinHandle<()>,
    outbox: Option<std::thread::JoinHandle<()>>,
    outbox_wakeup: Wakeup,
    exchanges: Option<Exchanges>,
    _checkpoints: Option<checkpoints::Checkpoints>,
    drain_timeout: Duration,
    database: DatabaseState,
    has_partners: bool,
    // Held as long as the gateway runs: one gateway an embedded database.
    _lock: Option<File>,
}

/// The journal of exchanges and its writer.
type Exchanges = (Arc<call_log::ExchangeJournal>, std::thread::JoinHandle<()>);

/// Replaceable parts, for tests.
#[derive(Default)]
pub struct Parts {
    /// Time.
    pub clock: Option<Clock>,
    /// Where messages go.
    pub channel: Option<Box<dyn Channel>>,
    /// Whether demo data are to be made.
    pub demo: bool,
    /// How far one search looks.
    pub search: SearchBounds,
}

impl Gateway {
    /// Starts a gateway: looks at everything that it needs, opens the database, upgrades its schema, and listens.
    ///
    /// # Errors
    /// It cannot start; the sentence says what to do. With [`AppError::NotReady`] nothing was made or changed.
    pub async fn start(config: &Config, parts: Parts) -> Result<Self, AppError> {
        let (clock, memory) = (parts.clock.unwrap_or(Clock::System), Memory::in_the_making());
        let start = Start { demo: parts.demo, has_channel: parts.channel.is_some() };
        let readiness = Readiness::look(config, start);
        let (Some(database), []) = (readiness.database, readiness.problems.as_slice()) else {
            return Err(AppError::NotReady(readiness.problems));
        };
        readiness.warnings.iter().for_each(|warning| tracing::warn!("{warning}"));
        let channel = match parts.channel {
            Some(channel) => channel,
            None => readiness::channel(config, parts.demo)?,
        };
        let tls = Tls::load(&config.server.tls)?;
        let roots = roots::Roots::open(&config.seals)?;
        let lock = lock_file(&config.database.url)?;
        readiness::private_files(config).iter().for_each(|file| files::make_private(file));
        let opened = if database == DatabaseState::Absent { Opened::make(config)? } else { Opened::open(config)? };
        let mut db = opened.writers.get()?;
        if let DatabaseState::Older { from, to, migrations } = &database {
            tracing::info!(from, to, migrations, "the database's schema is upgraded");
        }
        let told = |progress| tracing::info!(%progress, "the database is brought up to date");
        let done = upgrade(&mut db, &opened.vault, clock.now(), told)?;
        if done > 0 {
            tracing::info!(migrations = done, "the schema was brought up to date");
        }
        if let Some(warning) = db.schema_version()?.warning() {
            tracing::warn!("{warning}");
        }
        key::open(&mut db, &opened.vault)?;
        let master = opened.vault.master().fingerprint();
        if key::escrowed_at(&mut db, master)?.is_none() {
            tracing::warn!(
                master = %master,
                "the master key has no copy on paper: without it nobody can read a customer's data again; make one with `kopilka keys escrow`"
            );
        }
        admin::note_limits(&mut db, &opened.vault, &limits::limits(config), clock.now())?;
        if parts.demo {
            demo::seed_reference(&mut db, &opened.vault, clock.now())?;
        }
        let has_partners = !reference::load(&mut db)?.partners.is_empty();
        drop(db);
        let dispatcher = Arc::new(dispatcher_with(config, &opened, &clock, memory, parts.search)?);
        dispatcher.refresh().await.map_err(|failure| AppError::Unreachable(failure.to_string()))?;
        if parts.demo {
            demo::seed_customers(&dispatcher, clock.now()).await.map_err(AppError::Demo)?;
        }
        let (stop, stopped) = signal::channel(false);
        let ready = Arc::new(AtomicBool::new(true));
        let exchanges = exchanges(config, &opened, &clock)?;
        let recorder = exchanges.as_ref().map(|(journal, _)| -> Arc<dyn Recorder> { journal.clone() });
        let endpoint = Endpoint::new(Arc::clone(&dispatcher), config.xml.clone(), recorder)?;
        let wanted = config.server.listen;
        let failed = |source| AppError::Listen { address: wanted, source };
        let listener = http::listen(wanted).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let welcome = Mount { prefix: "/", site: Arc::new(Welcome::new(entry::cards(&endpoint))) };
        let entry = Arc::new(entry::SoapEntry::new(endpoint, Arc::clone(&ready)));
        let roots = roots.map(|roots| Mount { prefix: roots::PATH, site: Arc::new(roots) });
        let backends = Backends { entry, sites: std::iter::once(welcome).chain(roots).collect() };
        let mut settings = HttpSettings::from(&config.server);
        settings.connections_max = files::connections(settings.connections_max, database_connections(config));
        let drain_timeout = settings.drain_timeout;
        let server = tokio::spawn(http::serve(listener, tls, backends, settings, until(stopped.clone())));
        // Background work starts after the server accepts calls.
        let outbox = outbox::start(&opened, channel, &clock, &config.sms, stopped.clone()).map_err(AppError::Thread)?;
        let checkpoints = checkpoints::start(config)?;
        let timeout = Duration::from_millis(config.database.command_deadline_ms);
        let following = watch::follow(Arc::clone(&dispatcher), timeout, stopped.clone());
        let jobs = Arc::new(Jobs {
            dispatcher: Arc::clone(&dispatcher),
            opened: opened.clone(),
            clock,
            config: config.clone(),
            ready,
            stopped,
        });
        let watch = Arc::clone(&jobs);
        // It ends with the gateway's stop, or at the latest with the runtime: nothing waits for it.
        tokio::spawn(async move { watch.watch().await });
        let jobs = tokio::spawn(async move {
            tokio::join!(jobs.run(), following);
        });
        Ok(Self {
            address,
            dispatcher,
            stop,
            server,
            jobs,
            outbox: Some(outbox),
            outbox_wakeup: opened.outbox,
            exchanges,
            _checkpoints: checkpoints,
            drain_timeout,
            database,
            has_partners,
            _lock: lock,
        })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it found in the place of the database.
    #[must_use]
    pub const fn found(&self) -> &DatabaseState {
        &self.database
    }

    /// Whether there was a partner when it started: without one nobody can call it.
    #[must_use]
    pub const fn has_partners(&self) -> bool {
        self.has_partners
    }

    /// The dispatcher, for tests and demo data.
    #[must_use]
    pub const fn dispatcher(&self) -> &Arc<Dispatcher> {
        &self.dispatcher
    }

    /// Serves until `shutdown`, then drains.
    ///
    /// # Errors
    /// The server stopped by itself.
    pub async fn run_until(self, shutdown: impl Future<Output = ()>) -> Result<(), AppError> {
        shutdown.await;
        self.stop().await
    }

    /// Stops accepting, drains and ends, in bounded time even when the database does not answer.
    ///
    /// # Errors
    /// The server stopped by itself before.
    pub async fn stop(mut self) -> Result<(), AppError> {
        // A send error means that every receiver has ended already.
        let _ = self.stop.send(true);
        self.outbox_wakeup.wake();
        let end = time::Instant::now() + self.drain_timeout + REST_MAX;
        let served = (&mut self.server).await;
        match time::timeout_at(end, &mut self.jobs).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "the jobs had ended badly"),
            Err(_) => self.jobs.abort(),
        }
        if let Some(outbox) = self.outbox.take() {
            join("the outbox", outbox, end).await;
        }
        if let Some((journal, writer)) = self.exchanges.take() {
            journal.close();
            join("the journal of exchanges", writer, end).await;
        }
        match served {
            Ok(result) => Ok(result?),
            Err(error) => {
                tracing::error!(%error, "the server had ended badly");
                Ok(())
            }
        }
    }
}

/// Starts the executor over an opened database.
///
/// # Errors
/// The system gives no thread, or no random numbers.
pub fn dispatcher(config: &Config, opened: &Opened, clock: &Clock) -> Result<Dispatcher, AppError> {
    dispatcher_with(config, opened, clock, Memory::default(), SearchBounds::default())
}

fn dispatcher_with(
    config: &Config,
    opened: &Opened,
    clock: &Clock,
    memory: Memory,
    search: SearchBounds,
) -> Result<Dispatcher, AppError> {
    let environment = Arc::new(Environment {
        clock: clock.clone(),
        vault: Arc::clone(&opened.vault),
        settings: Arc::new(settings(config)),
        chance: Chance::new(Vault::random),
        reference: Arc::new(ReferenceCache::default()),
        outbox: opened.outbox.clone(),
    });
    let database = &config.database;
    let limits = ExecutorLimits {
        reader_threads: database.readers(),
        writer_threads: database.writer_threads,
        batch_commands_max: database.batch_commands_max,
        write_queue_commands_max: database.write_queue_commands_max,
        read_queue_requests_max: database.read_queue_requests_max,
        queue_wait_max: Duration::from_millis(database.queue_wait_max_ms),
        command_deadline: Duration::from_millis(database.command_deadline_ms),
        retries_max: database.retries_max,
        drain_max: EXECUTOR_DRAIN_MAX,
    };
    let executor =
        Executor::start(&opened.writers, &opened.readers, &environment, &limits).map_err(AppError::Thread)?;
    let lists = lists(config, &environment, search)?;
    let security = &config.security;
    let limits = GateLimits {
        cache_ttl: Duration::from_secs(security.credential_cache_s),
        cache_entries_max: security.credential_cache_entries_max,
        checks_parallel_max: security.password_checks_parallel_max,
        checks_waiting_max: security.password_checks_waiting_max,
        failures_per_address_max: security.failures_per_address_max,
        failures_per_login_max: security.failures_per_login_max,
        failures_window: Duration::from_secs(security.failures_window_s),
    };
    Ok(Dispatcher::new(executor, lists, Gate::new(limits, memory)?, environment))
}

/// Starts the threads that answer lists, on connections of their own.
fn lists(config: &Config, environment: &Arc<Environment>, search: SearchBounds) -> Result<Lists, AppError> {
    let database = &config.database;
    let limits = ListLimits {
        connections_max: database.list_connections_max,
        waiting_max: database.list_waiting_max,
        timeout: Duration::from_millis(database.list_timeout_ms),
        drain_max: EXECUTOR_DRAIN_MAX,
        search,
    };
    let connect = ConnectLimits { statement_timeout: limits.timeout, ..connect_limits(config) };
    let size = u32::try_from(database.list_connections_max).unwrap_or(u32::MAX);
    let connections = Connections::open_aside(&database.url, Purpose::Read, size, &connect);
    Lists::start(&connections, environment, limits).map_err(AppError::Thread)
}

/// The paths below `/ws/` of the services that a login of these roles calls; at the least where it can be tried.
#[must_use]
pub fn services_of(roles: Roles) -> Vec<&'static str> {
    const OF_ALL: [&str; 3] = ["Ping", "WhoAmI", "GetVersions"];
    let paths = |counts: fn(&Operation) -> bool| -> Vec<&'static str> {
        let is_called =
            |table: &[Operation]| table.iter().any(|operation| counts(operation) && roles.meets(operation.roles));
        TABLES.into_iter().filter(|(_, table)| is_called(table)).map(|(path, _)| path).collect()
    };
    let called = paths(|operation| !OF_ALL.contains(&operation.name));
    if called.is_empty() { paths(|_| true) } else { called }
}

/// Takes the lock file of an embedded database.
///
/// # Errors
/// Another gateway holds it, or it cannot be made.
pub fn lock_file(url: &DatabaseUrl) -> Result<Option<File>, AppError> {
    let Some(path) = url.sqlite_path() else { return Ok(None) };
    let shown = path.display().to_string();
    let failed = |source| BackendError::Open { path: shown.clone(), source };
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir()) {
        return Err(AppError::NoFolder { folder: folder.to_owned(), what: "the database" });
    }
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let mut options = File::options();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(name).map_err(failed)?;
    // A gateway that has just ended may still hold it for a moment: by a child that it was starting, or in its last
    // step.
    let timeout = Instant::now() + LOCK_WAIT_MAX;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Some(file)),
            Err(TryLockError::WouldBlock) if Instant::now() < timeout => std::thread::sleep(LOCK_PAUSE),
            Err(TryLockError::WouldBlock) => return Err(BackendError::InUse { path: shown }.into()),
            Err(TryLockError::Error(source)) => return Err(failed(source).into()),
        }
    }
}

fn exchanges(config: &Config, opened: &Opened, clock: &Clock) -> Result<Option<Exchanges>, AppError> {
    if config.exchange.kept_days == 0 {
        return Ok(None);
    }
    let connections = Connections::open_aside(&config.database.url, Purpose::Evidence, 1, &connect_limits(config));
    call_log::start(connections, Arc::clone(&opened.vault), clock, &config.exchange).map(Some).map_err(AppError::Thread)
}

fn settings(config: &Config) -> Settings {
    let seconds = |value: u64| Span::seconds(i64::try_from(value).unwrap_or(i64::MAX));
    Settings {
        clock_ahead_tolerance: seconds(config.limits.clock_ahead_tolerance_s),
        receipt_age_max: Span::days(i64::from(config.limits.receipt_age_max_days)),
        receipt_age_office_max: Span::days(i64::from(config.limits.receipt_age_office_max_days)),
        receipt_claim_max: Span::days(i64::from(config.limits.receipt_claim_max_days)),
        code_digits: config.codes.digits,
        resend_after: seconds(config.codes.resend_after_s),
        codes_per_phone_per_day_max: i64::from(config.codes.per_phone_per_day_max),
        codes_per_till_per_day_max: i64::from(config.codes.per_till_per_day_max),
        receipt_lines_max: config.limits.receipt_lines_max,
        statement_page_lines_max: i64::try_from(config.limits.statement_page_entries_max).unwrap_or(i64::MAX),
        list_page_rows_max: config.limits.list_page_rows_max,
        cards_per_batch_max: usize::try_from(config.limits.cards_per_batch_max).unwrap_or(usize::MAX),
        exchanges_kept_days: config.exchange.kept_days,
    }
}
