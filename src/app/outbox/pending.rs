//! Messages in progress, shared by the keeper thread and the senders.

use std::{
    collections::VecDeque,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
};

use crate::{
    domain::{ids::MessageId, phone::Phone},
    store::tables::outbox::{Attempt, DueMessage},
};

/// The messages in progress of this gateway. Messages to one phone are sent one after another, in order: of two codes
/// the later one is valid, and must not arrive first.
#[derive(Default)]
pub(super) struct Pending {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<DueMessage>,
    /// The phones that a message is being sent to.
    busy: Vec<Phone>,
    ended: Vec<(MessageId, Attempt)>,
    closed: bool,
}

impl Pending {
    /// Adds messages for the senders.
    pub(super) fn put(&self, messages: Vec<DueMessage>) {
        if !messages.is_empty() {
            self.state().waiting.extend(messages);
            self.changed.notify_all();
        }
    }

    /// Waits for a message to send; `None` once closed.
    pub(super) fn next(&self) -> Option<DueMessage> {
        let mut state = self.state();
        loop {
            if state.closed {
                return None;
            }
            let free = state.waiting.iter().position(|message| !state.busy.contains(&message.recipient));
            if let Some(message) = free.and_then(|place| state.waiting.remove(place)) {
                state.busy.push(message.recipient.clone());
                return Some(message);
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Records the outcome of a message from [`Self::next`]. The caller then takes the next one, so no thread has to be
    /// woken for another message to the same phone.
    pub(super) fn end(&self, id: MessageId, recipient: &Phone, attempt: Attempt) {
        let mut state = self.state();
        if let Some(place) = state.busy.iter().position(|busy| busy == recipient) {
            state.busy.swap_remove(place);
        }
        state.ended.push((id, attempt));
    }

    /// Takes the outcomes since the last call.
    pub(super) fn take_ended(&self) -> Vec<(MessageId, Attempt)> {
        std::mem::take(&mut self.state().ended)
    }

    /// Whether a message is being sent, or its outcome was not taken yet.
    pub(super) fn is_at_work(&self) -> bool {
        let state = self.state();
        !state.busy.is_empty() || !state.ended.is_empty()
    }

    /// Closes the queue; returns the messages that no sender has taken.
    pub(super) fn close(&self) -> Vec<MessageId> {
        let mut state = self.state();
        state.closed = true;
        let left = state.waiting.drain(..).map(|message| message.id).collect();
        drop(state);
        self.changed.notify_all();
        left
    }

    /// Ignores poisoning: each change is one step, so the state is consistent after a panic.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domain::moment::Moment, secret::Secret};

    fn message(id: i64, phone: &str) -> DueMessage {
        DueMessage {
            id: MessageId(id),
            recipient: Phone::parse(phone).unwrap(),
            text: Secret::new("код"),
            created_at: Moment(0),
            useless_after: Moment(1),
            lease_until: Moment(1),
            attempts: 0,
        }
    }

    #[test]
    fn a_phone_gets_one_message_at_a_time_and_others_do_not_wait_for_it() {
        let (pending, anna, boris) = (Pending::default(), "+79160000001", "+79160000002");
        pending.put(vec![message(1, anna), message(2, anna), message(3, boris), message(4, anna)]);
        let first = pending.next().unwrap();
        assert_eq!((first.id.0, pending.next().unwrap().id.0), (1, 3));
        assert!(pending.is_at_work());
        pending.end(first.id, &first.recipient, Attempt::Submitted { provider_id: None });
        assert_eq!(pending.next().unwrap().id.0, 2);
        assert_eq!(pending.take_ended().into_iter().map(|(id, _)| id.0).collect::<Vec<_>>(), [1]);
        assert_eq!(pending.close(), [MessageId(4)]);
        assert!(pending.next().is_none());
        assert!(pending.is_at_work());
    }

    #[test]
    fn closing_wakes_who_waits() {
        let pending = Pending::default();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| pending.next().is_none());
            assert!(pending.close().is_empty());
            assert!(waiting.join().unwrap());
        });
        assert!(!pending.is_at_work());
    }
}
