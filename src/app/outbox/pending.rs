//! Messages that were taken and have not ended, between the thread that keeps the books of them and those that send.

use std::{
    collections::VecDeque,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
};

use crate::{
    domain::{ids::MessageId, phone::Phone},
    store::tables::outbox::{Attempt, DueMessage},
};

/// What is under way in this gateway. Messages to one phone leave one after the other, in the order in which they were put:
/// of two codes the later one is the right one, and must not come first.
#[derive(Default)]
pub(super) struct Pending {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<DueMessage>,
    /// To whom something is being sent right now.
    busy: Vec<Phone>,
    ended: Vec<(MessageId, Attempt)>,
    closed: bool,
}

impl Pending {
    /// Hands messages to the senders.
    pub(super) fn put(&self, messages: Vec<DueMessage>) {
        if !messages.is_empty() {
            self.state().waiting.extend(messages);
            self.changed.notify_all();
        }
    }

    /// Waits for a message to send; nothing when the pending is closed.
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

    /// Tells how a message ended that [`Self::next`] gave. Who does asks for the next one then, so nobody has to be woken
    /// for another to the same phone.
    pub(super) fn end(&self, id: MessageId, recipient: &Phone, attempt: Attempt) {
        let mut state = self.state();
        if let Some(place) = state.busy.iter().position(|busy| busy == recipient) {
            state.busy.swap_remove(place);
        }
        state.ended.push((id, attempt));
    }

    /// How messages ended since this was asked last.
    pub(super) fn take_ended(&self) -> Vec<(MessageId, Attempt)> {
        std::mem::take(&mut self.state().ended)
    }

    /// Whether something is being sent right now, or its ending was not taken.
    pub(super) fn is_at_work(&self) -> bool {
        let state = self.state();
        !state.busy.is_empty() || !state.ended.is_empty()
    }

    /// Gives nothing out any more; answers the messages that no sender has taken.
    pub(super) fn close(&self) -> Vec<MessageId> {
        let mut state = self.state();
        state.closed = true;
        let left = state.waiting.drain(..).map(|message| message.id).collect();
        drop(state);
        self.changed.notify_all();
        left
    }

    /// What the lock guards is whole whatever panicked beside it: each change is one step.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;
    use crate::domain::moment::Moment;

    fn message(id: i64, phone: &str) -> DueMessage {
        DueMessage {
            id: MessageId(id),
            recipient: Phone::parse(phone).unwrap(),
            text: Zeroizing::new("код".into()),
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
