//! The outbox worker: takes messages whose turn it is, hands them to the channel, writes down how that ended. A thread of
//! its own, so that no operation ever waits for a provider.

use std::{
    thread::{self, JoinHandle},
    time::Duration,
};

use tokio::sync::watch;

use crate::{
    clock::Clock,
    config::SmsConfig,
    domain::moment::Span,
    notify::{Channel, ChannelError, Message},
    store::{
        backend::Purpose,
        error::StoreError,
        tables::outbox::{self, Attempt, DueMessage},
    },
};

use super::Opened;

/// Messages taken at a time.
const MESSAGES_PER_STEP: i64 = 20;
/// For how long taken messages are this worker's: longer than the channel's own timeouts for all of them together.
const LEASE: Span = Span::minutes(20);
/// The first pause before a message is tried again; doubles with each try.
const RETRY_FIRST: Span = Span::seconds(2);
/// The longest.
const RETRY_LAST: Span = Span::minutes(5);

struct Worker {
    opened: Opened,
    channel: Box<dyn Channel>,
    clock: Clock,
    attempts_max: i64,
}

/// Starts the worker; it ends when `stopped` says so.
pub(super) fn start(
    opened: &Opened,
    channel: Box<dyn Channel>,
    clock: &Clock,
    config: &SmsConfig,
    stopped: watch::Receiver<bool>,
) -> std::io::Result<JoinHandle<()>> {
    let worker =
        Worker { opened: opened.clone(), channel, clock: clock.clone(), attempts_max: i64::from(config.attempts_max) };
    let pause = Duration::from_millis(config.outbox_poll_ms.max(10));
    thread::Builder::new().name("outbox".into()).spawn(move || {
        while !*stopped.borrow() {
            match worker.step() {
                Ok(0) => thread::sleep(pause),
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(%error, "the outbox could not be read; trying again");
                    thread::sleep(pause);
                }
            }
        }
    })
}

impl Worker {
    /// Sends what is due; answers how many messages it took.
    fn step(&self) -> Result<usize, StoreError> {
        let now = self.clock.now();
        // Looking costs the writers nothing; only what is there is taken.
        if !outbox::is_due(&mut self.opened.readers.get()?, now)? {
            return Ok(0);
        }
        let taken = self.opened.writers.get()?.transaction(Purpose::Write, |db| {
            outbox::take_due(db, now, now.after(LEASE), MESSAGES_PER_STEP, &self.opened.vault)
        })?;
        let count = taken.len();
        for message in taken {
            let id = message.id;
            let attempt = self.send(message);
            self.opened
                .writers
                .get()?
                .transaction(Purpose::Write, |db| outbox::finish(db, id, &attempt, self.clock.now()))?;
        }
        Ok(count)
    }

    fn send(&self, due: DueMessage) -> Attempt {
        let now = self.clock.now();
        if due.useless_after <= now {
            return Attempt::Ended { state: "too_late", error: "its time was over before it could be sent".into() };
        }
        let message = Message {
            id: due.id.0,
            recipient: due.recipient.as_e164().to_owned(),
            text: due.text.to_string(),
            sender: None,
        };
        match self.channel.submit(&message) {
            Ok(submitted) => Attempt::Submitted { provider_id: submitted.provider_id },
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
                // It may have arrived: a second code would confuse more than a missing one, which the till can ask for anew.
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
}
