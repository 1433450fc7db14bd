//! Writes the journal of exchanges on a thread of its own: an answer never waits for it, and when it cannot follow, rows are
//! dropped and counted, not queued without bound.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use crate::{
    clock::Clock,
    domain::moment::Moment,
    soap::exchange::{Exchange, Recorder},
    store::{
        backend::{Connections, Purpose},
        error::StoreError,
        tables::{
            exchange::{self, ExchangeRow},
            reference,
        },
    },
};

/// Rows written together.
const ROWS_PER_STEP: usize = 200;
/// How long the first of them waits for others.
const GATHERING: Duration = Duration::from_millis(200);
/// Ids taken from the database at a time.
const IDS_PER_BLOCK: i64 = 10_000;

/// Takes exchanges for the writer's thread.
pub(super) struct ExchangeJournal {
    queue: Mutex<Option<Sender<(Moment, Exchange)>>>,
    clock: Clock,
    dropped: Arc<AtomicU64>,
}

impl Recorder for ExchangeJournal {
    fn record(&self, exchange: Exchange) {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let full = queue.as_ref().is_some_and(|queue| queue.try_send((self.clock.now(), exchange)).is_err());
        if full {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl ExchangeJournal {
    /// Lets the writer finish what waits and end.
    pub(super) fn close(&self) {
        *self.queue.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// Starts the writer.
pub(super) fn start(
    connections: Connections,
    clock: &Clock,
    queue_max: usize,
) -> std::io::Result<(Arc<ExchangeJournal>, JoinHandle<()>)> {
    let (sender, receiver) = bounded(queue_max);
    let dropped = Arc::new(AtomicU64::new(0));
    let journal =
        ExchangeJournal { queue: Mutex::new(Some(sender)), clock: clock.clone(), dropped: Arc::clone(&dropped) };
    let mut writer = Writer { connections, dropped, ids: 0..0 };
    let thread = thread::Builder::new().name("exchanges".into()).spawn(move || writer.run(&receiver))?;
    Ok((Arc::new(journal), thread))
}

struct Writer {
    connections: Connections,
    dropped: Arc<AtomicU64>,
    ids: std::ops::Range<i64>,
}

impl Writer {
    fn run(&mut self, queue: &Receiver<(Moment, Exchange)>) {
        while let Ok(first) = queue.recv() {
            let mut batch = vec![first];
            while batch.len() < ROWS_PER_STEP {
                match queue.recv_timeout(GATHERING) {
                    Ok(next) => batch.push(next),
                    Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
                }
            }
            let count = batch.len();
            if let Err(error) = self.write(batch) {
                tracing::warn!(%error, rows = count, "exchanges were not written down");
            }
            let dropped = self.dropped.swap(0, Ordering::Relaxed);
            if dropped > 0 {
                tracing::warn!(dropped, "exchanges were dropped: more came than could be written down");
            }
        }
    }

    fn write(&mut self, batch: Vec<(Moment, Exchange)>) -> Result<(), StoreError> {
        let mut db = self.connections.get()?;
        let wanted = i64::try_from(batch.len()).unwrap_or(i64::MAX);
        if self.ids.end.saturating_sub(self.ids.start) < wanted {
            let first = db.transaction(Purpose::Evidence, |db| reference::take_ids(db, IDS_PER_BLOCK))?;
            self.ids = first..first.saturating_add(IDS_PER_BLOCK);
        }
        let rows: Vec<ExchangeRow> =
            batch.into_iter().zip(&mut self.ids).map(|((at, exchange), id)| row(id, at, exchange)).collect();
        db.transaction(Purpose::Evidence, |db| exchange::save(db, &rows))
    }
}

fn row(id: i64, at: Moment, exchange: Exchange) -> ExchangeRow {
    ExchangeRow {
        id,
        at: at.0,
        request_id: exchange.request_id,
        service: exchange.service,
        operation: exchange.operation,
        code: exchange.code,
        http_status: i64::from(exchange.http_status),
        partner_id: exchange.partner,
        login: exchange.login,
        operation_key: exchange.operation_key,
        card: exchange.card,
        till: exchange.till,
        duration_ms: i64::try_from(exchange.duration_ms).unwrap_or(i64::MAX),
        request: exchange.request,
        answer: exchange.answer,
    }
}
