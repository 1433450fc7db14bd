//! Background jobs: due changes (holds expire, lots become available and expire), daily seals, deletion of old answers,
//! and the refresh of reference data.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{runtime::Handle, sync::watch, task::JoinHandle, time};

use crate::{
    app::{Opened, seals::Seals, stopping::until},
    clock::Clock,
    config::Config,
    domain::moment::{Moment, Span},
    seam::dispatcher::Dispatcher,
    store::{
        books::seal,
        db::backend::Purpose,
        error::StoreError,
        forgetting::forget_answers,
        tables::{call_log, seal::SealRow},
    },
};

/// How often it is looked whether the database can be reached.
const WATCH_EVERY: Duration = Duration::from_secs(1);
/// How often old stored answers and exchanges are deleted.
const FORGET_EVERY: Duration = Duration::from_secs(3_600);
/// Answers deleted in one step, for which tills wait.
const FORGOTTEN_MAX: i64 = 100;
/// Answers are forgotten by whole hours, and the chronicle says up to which.
const HOUR_MS: i64 = 60 * 60 * 1_000;
/// The pause after a step, as a multiple of the step's duration.
const PAUSE_TIMES: u32 = 3;

/// The jobs, and what they need.
pub(super) struct Jobs {
    pub(super) dispatcher: Arc<Dispatcher>,
    pub(super) opened: Opened,
    pub(super) clock: Clock,
    pub(super) config: Config,
    /// Whether the database is reachable.
    pub(super) ready: Arc<AtomicBool>,
    pub(super) stopped: watch::Receiver<bool>,
}

impl Jobs {
    /// Until the gateway stops.
    pub(super) async fn run(self: Arc<Self>) {
        let config = &self.config;
        let rows_max = i64::try_from(config.jobs.rows_per_step_max).unwrap_or(i64::MAX);
        let timeout = Duration::from_millis(config.database.command_deadline_ms);
        let mut ticks = time::interval(Duration::from_secs(config.jobs.interval_s.max(1)));
        let (mut sealing, mut forgetting) = (Aside::new("sealing the journal"), Aside::new("forgetting"));
        let mut last_forget: Option<Instant> = None;
        let seals = Arc::new(Seals::new(&config.seals));
        let stop = until(self.stopped.clone());
        tokio::pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => break,
                _ = ticks.tick() => {}
            }
            let sealer = self.sealer(Arc::clone(&seals));
            sealing.begin(move || sealer.seal());
            if !self.reaches_database(timeout).await {
                continue;
            }
            if last_forget.is_none_or(|at| at.elapsed() >= FORGET_EVERY) {
                last_forget = Some(Instant::now());
                let forgetter = self.forgetter(rows_max);
                forgetting.begin(move || forgetter.forget());
            }
            tokio::select! {
                () = &mut stop => break,
                () = bring_up_to_date(&self.dispatcher, rows_max, timeout) => {}
            }
        }
        sealing.end().await;
        forgetting.end().await;
    }

    /// Looks at the database every second until the gateway stops: a load balancer must learn soon that calls are not to be sent
    /// here, and that they are again.
    pub(super) async fn watch(&self) {
        let timeout = Duration::from_millis(self.config.database.command_deadline_ms);
        let mut ticks = time::interval(WATCH_EVERY);
        ticks.set_missed_tick_behavior(time::MissedTickBehavior::Delay);
        let stop = until(self.stopped.clone());
        tokio::pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => break,
                _ = ticks.tick() => {}
            }
            tokio::select! {
                () = &mut stop => break,
                _ = self.reaches_database(timeout) => {}
            }
        }
    }

    /// Reads from the database, and notes whether this gateway is ready. An unresponsive database counts as unreachable: the load
    /// balancer must not send calls here, and a stop must not wait.
    async fn reaches_database(&self, timeout: Duration) -> bool {
        let reachable = matches!(time::timeout(timeout, self.dispatcher.refresh()).await, Ok(Ok(())));
        // A gateway whose master key was replaced refuses what newer keys sealed; another one is to get the calls.
        let is_ready = reachable && !self.opened.vault.is_retired();
        if self.ready.swap(is_ready, Ordering::Relaxed) != is_ready {
            tracing::warn!(reachable, "the database");
        }
        reachable
    }

    fn sealer(&self, seals: Arc<Seals>) -> Sealer {
        Sealer { opened: self.opened.clone(), clock: self.clock.clone(), stopped: self.stopped.clone(), seals }
    }

    fn forgetter(&self, rows_max: i64) -> Forgetter {
        let days = |days: u32| Span::days(i64::from(days));
        Forgetter {
            opened: self.opened.clone(),
            clock: self.clock.clone(),
            answers_kept: days(self.config.limits.operation_answers_kept_days),
            exchanges_kept: days(self.config.exchange.kept_days),
            rows_max: rows_max.min(FORGOTTEN_MAX),
            stopped: self.stopped.clone(),
        }
    }
}

/// Applies due changes in steps that are short enough for the tills.
async fn bring_up_to_date(dispatcher: &Dispatcher, rows_max: i64, timeout: Duration) {
    let mut pace = dispatcher.pace(rows_max);
    while let Ok(Ok(step)) = time::timeout(timeout, dispatcher.bring_some_up_to_date(pace.accounts())).await
        && pace.learn(step)
    {}
}

/// A job that may take longer than a tick. It runs on its own thread, and never twice at once.
struct Aside {
    what: &'static str,
    running: Option<JoinHandle<()>>,
}

impl Aside {
    fn new(what: &'static str) -> Self {
        Self { what, running: None }
    }

    fn begin(&mut self, work: impl FnOnce() + Send + 'static) {
        if self.running.as_ref().is_none_or(JoinHandle::is_finished) {
            self.running = Some(tokio::task::spawn_blocking(work));
        }
    }

    async fn end(self) {
        if let Some(running) = self.running
            && let Err(error) = running.await
        {
            tracing::error!(what = self.what, %error, "had ended badly");
        }
    }
}

/// Seals the journal's days that are over.
struct Sealer {
    opened: Opened,
    clock: Clock,
    stopped: watch::Receiver<bool>,
    seals: Arc<Seals>,
}

impl Sealer {
    fn seal(&self) {
        let done = self.opened.writer().and_then(|mut db| {
            // The root is logged too, so that a copy of it exists outside this database.
            let told = &mut |seal: &SealRow| {
                let (day, root) = (seal::day_text(seal.day), seal::hex(&seal.root));
                tracing::info!(%day, accounts = seal.accounts, entries = seal.entries, %root, "journal sealed");
            };
            Ok(seal::seal(&mut db, self.clock.now(), &|| *self.stopped.borrow(), told)?)
        });
        if let Err(error) = done {
            tracing::warn!(%error, "the journal could not be sealed; it is tried again with the next run of the jobs");
        }
        if let Err(error) = self.seals.seal(&self.opened, self.clock.now()) {
            tracing::warn!(%error, "the chronicle could not be sealed; it is tried again with the next run of the jobs");
        }
    }
}

/// Deletes old stored answers and exchanges.
struct Forgetter {
    opened: Opened,
    clock: Clock,
    answers_kept: Span,
    exchanges_kept: Span,
    rows_max: i64,
    stopped: watch::Receiver<bool>,
}

impl Forgetter {
    fn forget(&self) {
        let (mut answers, mut exchanges) = (0_usize, 0_i64);
        let done = self.steps(&mut answers, &mut exchanges);
        if answers > 0 || exchanges > 0 {
            tracing::info!(answers, exchanges, "what had outlived its time was forgotten");
        }
        if let Err(error) = done {
            tracing::warn!(%error, "old answers could not be forgotten; it is tried again within the hour");
        }
    }

    /// In small steps with pauses, so that tills wait little.
    fn steps(&self, answers: &mut usize, exchanges: &mut i64) -> Result<(), StoreError> {
        let now = self.clock.now();
        let answers_before = Moment(now.before(self.answers_kept).0.div_euclid(HOUR_MS).saturating_mul(HOUR_MS));
        let exchanges_before = now.before(self.exchanges_kept);
        loop {
            let begun = Instant::now();
            let gone = self.opened.writers.transaction(Purpose::Write, |db| {
                let answers = forget_answers(db, &self.opened.vault, answers_before, self.rows_max, now)?;
                Ok::<_, StoreError>((answers, call_log::forget(db, exchanges_before)?))
            })?;
            if gone == (0, 0) {
                return Ok(());
            }
            *answers = answers.saturating_add(gone.0);
            *exchanges = exchanges.saturating_add(gone.1);
            if self.is_stopped_within(begun.elapsed().saturating_mul(PAUSE_TIMES)) {
                return Ok(());
            }
        }
    }

    /// Waits, or until the gateway stops; returns whether it stops.
    fn is_stopped_within(&self, pause: Duration) -> bool {
        Handle::current().block_on(time::timeout(pause, until(self.stopped.clone()))).is_ok()
    }
}
