//! Writes the journal of exchanges on its own thread, so answers never wait for it. When it is too slow, exchanges are
//! dropped and counted; the queue is bounded.

use std::{
    collections::VecDeque,
    ops::Range,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use crate::{
    clock::Clock,
    config::ExchangeConfig,
    domain::moment::Moment,
    soap::call_log::{CallRecord, RawCall, Recorder},
    store::{
        db::backend::{Connections, Purpose},
        error::StoreError,
        tables::{
            call_log::{Draft, ExchangeRow, Tail},
            reference,
        },
    },
    vault::Vault,
};

/// The most exchanges written together, … (Each commit invalidates the page caches of an embedded database's readers,
/// so a few large commits are better than many.)
const EXCHANGES_PER_STEP: usize = 2_048;
/// … and the most bytes.
const BYTES_PER_STEP: usize = 2 * 1_024 * 1_024;
/// How long the first exchange waits for others. The writer sleeps meanwhile: waking it for each would cost the tills
/// more than the writing itself.
const GATHERING: Duration = Duration::from_millis(200);
/// The shortest time between two log lines about lost exchanges.
const TELLING: Duration = Duration::from_secs(1);
/// Ids taken from the database at a time.
const IDS_PER_BLOCK: i64 = 1_000;

/// Accepts exchanges for the writer's thread.
pub(super) struct ExchangeJournal {
    queue: Arc<Queue>,
    clock: Clock,
}

impl Recorder for ExchangeJournal {
    fn record(&self, call: RawCall) {
        self.queue.push(self.clock.now(), call);
    }
}

impl ExchangeJournal {
    /// Lets the writer finish its queue and end.
    pub(super) fn close(&self) {
        self.queue.close();
    }
}

/// The queue of the writer, bounded in number and in bytes.
struct Queue {
    waiting: Mutex<Waiting>,
    changed: Condvar,
    exchanges_max: usize,
    bytes_max: usize,
}

#[derive(Default)]
struct Waiting {
    exchanges: VecDeque<(Moment, RawCall)>,
    bytes: usize,
    dropped: u64,
    closed: bool,
}

impl Waiting {
    fn is_enough(&self) -> bool {
        self.closed || self.exchanges.len() >= EXCHANGES_PER_STEP || self.bytes >= BYTES_PER_STEP
    }
}

/// The writer's next task.
struct Step {
    exchanges: Vec<(Moment, RawCall)>,
    dropped: u64,
    is_last: bool,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, at: Moment, call: RawCall) {
        let bytes = call.bytes();
        let mut waiting = self.lock();
        // A single exchange may exceed the limit of bytes: it is in memory already.
        let is_full = waiting.exchanges.len() >= self.exchanges_max
            || (!waiting.exchanges.is_empty() && waiting.bytes.saturating_add(bytes) > self.bytes_max);
        if is_full || waiting.closed {
            waiting.dropped = waiting.dropped.saturating_add(1);
            return;
        }
        let was_enough = waiting.is_enough();
        waiting.exchanges.push_back((at, call));
        waiting.bytes = waiting.bytes.saturating_add(bytes);
        let is_due = waiting.exchanges.len() == 1 || (waiting.is_enough() && !was_enough);
        drop(waiting);
        if is_due {
            self.changed.notify_one();
        }
    }

    fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_one();
    }

    /// Waits for the next batch: until there is an exchange, and then until there are enough or the first has waited
    /// long enough. Returns earlier and empty when dropped exchanges must be logged.
    fn next(&self, tell_within: Option<Duration>) -> Step {
        let waiting = self.lock();
        let nothing = |waiting: &mut Waiting| waiting.exchanges.is_empty() && !waiting.closed;
        let mut waiting = match tell_within {
            Some(time) => {
                let waited = self.changed.wait_timeout_while(waiting, time, nothing);
                waited.unwrap_or_else(PoisonError::into_inner).0
            }
            None => self.changed.wait_while(waiting, nothing).unwrap_or_else(PoisonError::into_inner),
        };
        if !waiting.exchanges.is_empty() {
            let gathered = self.changed.wait_timeout_while(waiting, GATHERING, |waiting| !waiting.is_enough());
            waiting = gathered.unwrap_or_else(PoisonError::into_inner).0;
        }
        let mut bytes = 0_usize;
        let fit = waiting.exchanges.iter().take(EXCHANGES_PER_STEP).take_while(|(_, call)| {
            let fits = bytes < BYTES_PER_STEP;
            bytes = bytes.saturating_add(if fits { call.bytes() } else { 0 });
            fits
        });
        let count = fit.count();
        let exchanges: Vec<_> = waiting.exchanges.drain(..count).collect();
        waiting.bytes = waiting.bytes.saturating_sub(bytes);
        let dropped = std::mem::take(&mut waiting.dropped);
        Step { exchanges, dropped, is_last: waiting.closed && waiting.exchanges.is_empty() }
    }
}

/// Starts the writer.
pub(super) fn start(
    connections: Connections,
    vault: Arc<Vault>,
    clock: &Clock,
    config: &ExchangeConfig,
) -> std::io::Result<(Arc<ExchangeJournal>, JoinHandle<()>)> {
    let queue = Arc::new(Queue {
        waiting: Mutex::default(),
        changed: Condvar::new(),
        exchanges_max: config.queue_max,
        bytes_max: config.queue_bytes_max,
    });
    let journal = ExchangeJournal { queue: Arc::clone(&queue), clock: clock.clone() };
    let mut writer = Writer { connections, vault, tail: Tail::default(), ids: 0..0, losses: Losses::default() };
    let thread = thread::Builder::new().name("exchanges".into()).spawn(move || writer.run(&queue))?;
    Ok((Arc::new(journal), thread))
}

struct Writer {
    connections: Connections,
    vault: Arc<Vault>,
    tail: Tail,
    ids: Range<i64>,
    losses: Losses,
}

impl Writer {
    fn run(&mut self, queue: &Queue) {
        loop {
            let step = queue.next(self.losses.to_be_told_within());
            self.losses.dropped = self.losses.dropped.saturating_add(step.dropped);
            let count = u64::try_from(step.exchanges.len()).unwrap_or(u64::MAX);
            if let Err(error) = self.write(step.exchanges) {
                self.losses.unwritten = self.losses.unwritten.saturating_add(count);
                self.losses.error = error.to_string();
            }
            self.losses.tell(step.is_last);
            if step.is_last {
                return;
            }
        }
    }

    fn write(&mut self, exchanges: Vec<(Moment, RawCall)>) -> Result<(), StoreError> {
        if exchanges.is_empty() {
            return Ok(());
        }
        let mut pages = vec![Draft::default()];
        for (at, call) in exchanges {
            if pages.last().is_some_and(|page| page.is_full() || !page.takes(at.0)) {
                pages.push(Draft::default());
            }
            if let Some(page) = pages.last_mut() {
                page.push(&row(at, call.masked()));
            }
        }
        let mut db = self.connections.get()?;
        let wanted = i64::try_from(pages.len()).unwrap_or(i64::MAX);
        if self.ids.end.saturating_sub(self.ids.start) < wanted {
            let block = IDS_PER_BLOCK.max(wanted);
            let first = db.transaction(Purpose::Evidence, |db| reference::take_ids(db, block))?;
            self.ids = first..first.saturating_add(block);
        }
        let pages = (&mut self.ids).zip(pages).collect();
        self.tail.save(&mut db, &self.vault, pages)
    }
}

fn row(at: Moment, record: CallRecord) -> ExchangeRow {
    ExchangeRow {
        at: at.0,
        request_id: record.request_id,
        service: record.service.to_owned(),
        operation: record.operation,
        code: record.code,
        http_status: i64::from(record.http_status),
        partner_id: record.partner,
        login: record.login,
        operation_key: record.names.operation_key,
        card: record.names.card,
        till: record.names.till,
        duration_ms: i64::try_from(record.duration_ms).unwrap_or(i64::MAX),
        request: record.request,
        answer: record.answer,
    }
}

/// Exchanges that were lost and not logged yet.
#[derive(Default)]
struct Losses {
    dropped: u64,
    unwritten: u64,
    error: String,
    told: Option<Instant>,
}

impl Losses {
    /// How long the log line may still wait; `None` when nothing was lost.
    fn to_be_told_within(&self) -> Option<Duration> {
        let is_any = self.dropped > 0 || self.unwritten > 0;
        is_any.then(|| self.told.map_or(Duration::ZERO, |told| TELLING.saturating_sub(told.elapsed())))
    }

    fn tell(&mut self, is_last: bool) {
        if !self.to_be_told_within().is_some_and(|time| time.is_zero() || is_last) {
            return;
        }
        let (dropped, unwritten) = (self.dropped, self.unwritten);
        tracing::warn!(
            dropped,
            unwritten,
            error = self.error,
            "exchanges were lost: more came than could be written down, or the database did not take them"
        );
        *self = Self { told: Some(Instant::now()), ..Self::default() };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(exchanges_max: usize, bytes_max: usize) -> Queue {
        Queue { waiting: Mutex::default(), changed: Condvar::new(), exchanges_max, bytes_max }
    }

    #[test]
    fn what_waits_is_bounded_in_number_and_the_rest_is_counted() {
        let queue = queue(EXCHANGES_PER_STEP + 900, usize::MAX);
        let all = i64::try_from(EXCHANGES_PER_STEP).unwrap() + 900;
        (0..all + 500).for_each(|at| queue.push(Moment(at), RawCall::default()));
        let first = queue.next(None);
        assert_eq!((first.exchanges.len(), first.dropped, first.is_last), (EXCHANGES_PER_STEP, 500, false));
        queue.close();
        queue.push(Moment(0), RawCall::default());
        let second = queue.next(None);
        assert_eq!((second.exchanges.len(), second.dropped, second.is_last), (900, 1, true));
        let times = first.exchanges.iter().chain(&second.exchanges).map(|(at, _)| at.0);
        assert!(times.eq(0..all));
    }

    #[test]
    fn what_waits_is_bounded_in_bytes_and_one_alone_may_be_larger() {
        let each = RawCall::default().bytes();
        let queue = queue(usize::MAX, each * 10);
        (0..25).for_each(|at| queue.push(Moment(at), RawCall::default()));
        let waiting = |queue: &Queue| {
            let waiting = queue.lock();
            (waiting.exchanges.len(), waiting.bytes, waiting.dropped)
        };
        assert_eq!(waiting(&queue), (10, each * 10, 15));
        queue.close();
        let step = queue.next(None);
        assert_eq!((step.exchanges.len(), step.dropped, step.is_last), (10, 15, true));
        assert_eq!(waiting(&queue), (0, 0, 0));
        let narrow = super::tests::queue(usize::MAX, 1);
        narrow.push(Moment(0), RawCall::default());
        narrow.push(Moment(1), RawCall::default());
        assert_eq!(waiting(&narrow), (1, each, 1));
    }

    #[test]
    fn the_log_is_told_of_losses_once_a_second_and_at_the_end() {
        let mut losses = Losses { dropped: 3, ..Losses::default() };
        assert_eq!(losses.to_be_told_within(), Some(Duration::ZERO));
        losses.tell(false);
        assert_eq!((losses.dropped, losses.to_be_told_within()), (0, None));
        losses.unwritten = 1;
        losses.tell(false);
        assert!(losses.unwritten == 1 && losses.to_be_told_within() > Some(Duration::ZERO));
        losses.tell(true);
        assert_eq!(losses.unwritten, 0);
    }
}
