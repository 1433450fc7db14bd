//! The outbox: takes due messages, passes them to the channel and records the outcome. It has threads of its own, so no
//! operation waits for a provider. Only the keeper thread uses the database. Several threads send, so one slow call
//! delays only its own phone.

mod pending;

use std::{
    collections::BTreeMap,
    panic::{self, AssertUnwindSafe},
    sync::Arc,
    thread::{self, JoinHandle},
    time::Duration,
};

use tokio::sync::watch;

use self::pending::Pending;
use crate::{
    app::Opened,
    clock::Clock,
    config::SmsConfig,
    domain::{
        ids::MessageId,
        moment::{Moment, Span},
        veil::veiled,
    },
    notify::{Channel, ChannelError, Message},
    store::{
        db::backend::Purpose,
        error::StoreError,
        tables::outbox::{self, Attempt, DueMessage, Outcome},
    },
};

/// Messages in progress for each sender. Enough that no sender is idle while the keeper waits to write, and few enough
/// that few wait for the end of their lease after a crash.
const TAKEN_PER_SENDER: usize = 8;
/// The lease of taken messages.
const LEASE: Span = Span::minutes(20);
/// The least remaining lease for passing a message to the channel: longer than the channel's timeouts.
const LEASE_LEFT_MIN: Span = Span::minutes(5);
/// The keeper's pause after each transaction. Messages that come and end meanwhile share the next one, so tills wait
/// for fewer commits.
const REST: Duration = Duration::from_millis(8);
/// The longest pause after the database has failed.
const FAILED_PAUSE_MAX: Duration = Duration::from_secs(1);
/// The first pause before a retry; doubles with each try.
const RETRY_FIRST: Span = Span::seconds(2);
/// The longest pause before a retry.
const RETRY_LAST: Span = Span::minutes(5);

/// Starts the threads. They end after `stopped`, when the messages in progress have ended.
pub(super) fn start(
    opened: &Opened,
    channel: Box<dyn Channel>,
    clock: &Clock,
    config: &SmsConfig,
    stopped: watch::Receiver<bool>,
) -> std::io::Result<JoinHandle<()>> {
    let pending = Arc::new(Pending::default());
    let sender = Arc::new(Sender {
        opened: opened.clone(),
        channel,
        clock: clock.clone(),
        attempts_max: i64::from(config.attempts_max),
        pending: Arc::clone(&pending),
    });
    let count = config.parallel_max.max(1);
    let keeper = Keeper {
        opened: opened.clone(),
        clock: clock.clone(),
        taken_max: count.saturating_mul(TAKEN_PER_SENDER),
        taken: BTreeMap::new(),
        ended: Vec::new(),
        pending: Arc::clone(&pending),
    };
    let pause = Duration::from_millis(config.outbox_poll_ms.max(10));
    let spawn = || {
        let senders = (0..count)
            .map(|number| {
                let sender = Arc::clone(&sender);
                thread::Builder::new().name(format!("sms-{number}")).spawn(move || sender.run())
            })
            .collect::<Result<Vec<_>, _>>()?;
        thread::Builder::new().name("outbox".into()).spawn(move || keeper.run(pause, &stopped, senders))
    };
    let started = spawn();
    if started.is_err() {
        pending.close();
    }
    started
}

/// Takes messages and records their outcomes. Only it uses the database.
struct Keeper {
    opened: Opened,
    clock: Clock,
    taken_max: usize,
    /// Messages taken, with no durable outcome yet, and the end of the lease.
    taken: BTreeMap<MessageId, Moment>,
    /// Outcomes to write.
    ended: Vec<(MessageId, Attempt)>,
    pending: Arc<Pending>,
}

impl Keeper {
    fn run(mut self, pause: Duration, stopped: &watch::Receiver<bool>, senders: Vec<JoinHandle<()>>) {
        // A closed channel also means a stop.
        while !*stopped.borrow() && stopped.has_changed().is_ok() {
            match self.step(true) {
                Ok(true) => thread::sleep(REST),
                Ok(false) => {
                    self.opened.outbox.wait(pause);
                }
                Err(error) => {
                    tracing::warn!(%error, "the outbox could not be read or written; trying again");
                    thread::sleep(pause.min(FAILED_PAUSE_MAX));
                }
            }
        }
        self.finish(pause);
        for sender in senders {
            if sender.join().is_err() {
                tracing::error!("a thread that sends messages had panicked");
            }
        }
    }

    /// One transaction, if there is work: writes outcomes and, if requested, takes due messages. Returns whether there
    /// was work.
    fn step(&mut self, takes: bool) -> Result<bool, StoreError> {
        self.ended.append(&mut self.pending.take_ended());
        // A read does not delay writers, so messages are only taken when there are any.
        if self.ended.is_empty()
            && !(takes
                && self.taken.len() < self.taken_max
                && outbox::is_due(&mut self.opened.readers.get()?, self.clock.now())?)
        {
            return Ok(false);
        }
        let (opened, clock, pending, ended) = (&self.opened, &self.clock, &self.pending, &mut self.ended);
        let (taken_max, taken) = (self.taken_max, &self.taken);
        let mut due = opened.writers.transaction(Purpose::Write, |db| {
            // Outcomes that came while waiting for the turn are included.
            ended.append(&mut pending.take_ended());
            let now = clock.now();
            outbox::finish(db, &outcomes(ended, taken), now)?;
            let room = taken_max.saturating_sub(taken.len().saturating_sub(ended.len()));
            if !takes || room == 0 {
                return Ok(Vec::new());
            }
            outbox::take_due(db, now, now.after(LEASE), i64::try_from(room).unwrap_or(i64::MAX), &opened.vault)
        })?;
        for (id, _) in self.ended.drain(..) {
            self.taken.remove(&id);
        }
        // A clock jump ends the leases of messages in progress here; they must not be sent twice.
        due.retain(|message| self.taken.insert(message.id, message.lease_until).is_none());
        self.pending.put(due);
        Ok(true)
    }

    /// Returns messages that no sender has taken, and records the outcomes of the rest.
    fn finish(&mut self, pause: Duration) {
        self.ended.extend(self.pending.close().into_iter().map(|id| (id, Attempt::Untried)));
        loop {
            match self.step(false) {
                Ok(true) => {}
                Ok(false) if self.pending.is_at_work() => {
                    self.opened.outbox.wait(pause);
                }
                Ok(false) => return,
                Err(error) => {
                    tracing::warn!(%error, messages = self.taken.len(), "how messages ended could not be written down");
                    return;
                }
            }
        }
    }
}

/// The attempts with the leases that are held now.
fn outcomes(ended: &[(MessageId, Attempt)], taken: &BTreeMap<MessageId, Moment>) -> Vec<Outcome> {
    let held = ended.iter().filter_map(|(id, attempt)| Some((*id, *taken.get(id)?, attempt.clone())));
    held.map(|(id, lease_until, attempt)| Outcome { id, lease_until, attempt }).collect()
}

/// Sends pending messages.
struct Sender {
    opened: Opened,
    channel: Box<dyn Channel>,
    clock: Clock,
    attempts_max: i64,
    pending: Arc<Pending>,
}

impl Sender {
    fn run(&self) {
        while let Some(message) = self.pending.next() {
            // A channel's defect must not end the thread. Whether this message was sent is unknown.
            let attempt = panic::catch_unwind(AssertUnwindSafe(|| self.send(&message))).unwrap_or_else(|_| {
                tracing::error!(message = message.id.0, channel = self.channel.name(), "the channel panicked");
                Attempt::Ended { state: "unknown", error: "the channel panicked".into() }
            });
            self.pending.end(message.id, &message.recipient, attempt);
            self.opened.outbox.wake();
        }
    }

    fn send(&self, due: &DueMessage) -> Attempt {
        let now = self.clock.now();
        if due.useless_after <= now {
            return Attempt::Ended { state: "too_late", error: "its time was over before it could be sent".into() };
        }
        if due.lease_until < now.after(LEASE_LEFT_MIN) {
            // Another gateway might take it before the channel answers here.
            return Attempt::Untried;
        }
        let message = Message {
            id: due.id.0,
            recipient: due.recipient.as_e164().to_owned(),
            text: due.text.clone(),
            sender: None,
        };
        match self.channel.submit(&message).map_err(told) {
            Ok(submitted) => {
                self.note_submitted(due, now);
                Attempt::Submitted { provider_id: submitted.provider_id }
            }
            Err(ChannelError::Temporary { what, retry_after_s })
                if due.attempts.saturating_add(1) < self.attempts_max =>
            {
                let exponent = u32::try_from(due.attempts).unwrap_or(0).min(16);
                let pause = Span(RETRY_FIRST.0.saturating_mul(1_i64 << exponent).min(RETRY_LAST.0));
                let asked = retry_after_s.map(|seconds| Span::seconds(i64::try_from(seconds).unwrap_or(i64::MAX)));
                tracing::warn!(
                    message = due.id.0,
                    channel = self.channel.name(),
                    what,
                    "a message did not go; trying again"
                );
                Attempt::Retry { at: now.after(asked.unwrap_or(pause).max(pause)), error: what }
            }
            Err(ChannelError::Temporary { what, .. } | ChannelError::Permanent { what }) => {
                tracing::warn!(
                    message = due.id.0,
                    channel = self.channel.name(),
                    what,
                    "a message did not go, and will not"
                );
                Attempt::Ended { state: "failed", error: what }
            }
            Err(ChannelError::Unknown { what }) => {
                // It may have arrived. A second code confuses more than a missing one, which the till can request
                // again.
                tracing::warn!(
                    message = due.id.0,
                    channel = self.channel.name(),
                    what,
                    "whether a message went is not known"
                );
                Attempt::Ended { state: "unknown", error: what }
            }
        }
    }

    /// How long the customer waited for the gateway, and how long for the provider.
    fn note_submitted(&self, due: &DueMessage, begun: Moment) {
        tracing::debug!(
            message = due.id.0,
            channel = self.channel.name(),
            attempts = due.attempts.saturating_add(1),
            waited_ms = begun.0.saturating_sub(due.created_at.0),
            sending_ms = self.clock.now().0.saturating_sub(begun.0),
            "a message left"
        );
    }
}

/// A provider's words as they may be logged and kept: it may repeat to whom the message was.
fn told(error: ChannelError) -> ChannelError {
    let shown = |what: String| veiled(&what).unwrap_or(what);
    match error {
        ChannelError::Temporary { what, retry_after_s } => ChannelError::Temporary { what: shown(what), retry_after_s },
        ChannelError::Permanent { what } => ChannelError::Permanent { what: shown(what) },
        ChannelError::Unknown { what } => ChannelError::Unknown { what: shown(what) },
    }
}
