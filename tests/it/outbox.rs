//! Messages leave at once, beside each other, and each once (R18).

use std::{
    collections::BTreeSet,
    sync::{Arc, Condvar, Mutex},
    time::Duration,
};

use diesel::{QueryDsl as _, RunQueryDsl as _};

use crate::books::run;
use crate::support::{App, Backend, Folder, START, config, database, on_both};
use kopilka::{
    app::{Gateway, Opened, Parts},
    clock::Clock,
    config::Config,
    domain::{
        ids::MessageId,
        moment::{Moment, Span},
        phone::Phone,
    },
    notify::{Channel, ChannelError, Message, Status, Submitted},
    secret::Secret,
    store::{
        db::backend::{Db, Purpose},
        schema::outbox::dsl,
        sealing::Keys,
        sql::batch::write_together,
        tables::outbox::{self, Attempt, Outcome, Retried},
    },
    working_set::OutboundMessage,
};

on_both! {
    backend:
    a_burst_goes_out_in_parallel,
    a_slow_call_delays_only_its_own_phone,
    a_stop_returns_unsent_messages,
    failures_are_retried_and_a_defect_delays_no_other_message,
    a_clock_that_jumps_sends_nothing_twice,
    whose_lease_is_over_changes_nothing_that_another_has_done,
    what_cannot_be_opened_ends,
    the_outbox_is_woken_by_the_operation,
    what_waits_is_listed_and_tried_again_when_somebody_asks,
}

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);
/// The ids of messages that no operation has written.
const FIRST_ID: i64 = 9_000_000_000;

/// A scripted provider.
#[derive(Clone, Default)]
struct Provider(Arc<(Mutex<Seen>, Condvar)>);

#[derive(Default)]
struct Seen {
    /// Messages in the order in which they came, from 0.
    begun: Vec<i64>,
    /// How many were answered.
    ended: usize,
    /// Messages to these are not answered.
    held: BTreeSet<String>,
    /// Messages are answered when so many have come together.
    together: usize,
    /// How many further messages fail temporarily.
    failing: usize,
    /// A message to this one makes the channel panic.
    poison: Option<String>,
}

impl Provider {
    fn tell(&self, change: impl FnOnce(&mut Seen)) {
        change(&mut self.0.0.lock().unwrap());
        self.0.1.notify_all();
    }

    /// Waits until it is so.
    fn until(&self, is_so: impl Fn(&Seen) -> bool) -> Vec<i64> {
        let seen = self.0.0.lock().unwrap();
        let (seen, timeout) = self.0.1.wait_timeout_while(seen, PATIENCE, |seen| !is_so(seen)).unwrap();
        assert!(!timeout.timed_out(), "begun {:?}, ended {}", seen.begun, seen.ended);
        seen.begun.clone()
    }
}

impl Channel for Provider {
    fn name(&self) -> &'static str {
        "test"
    }

    fn submit(&self, message: &Message) -> Result<Submitted, ChannelError> {
        let mut seen = self.0.0.lock().unwrap();
        if seen.poison.as_ref() == Some(&message.recipient) {
            drop(seen);
            panic!("as the test asked");
        }
        let place = seen.begun.len();
        seen.begun.push(message.id - FIRST_ID);
        self.0.1.notify_all();
        let waits = |seen: &mut Seen| {
            seen.held.contains(&message.recipient)
                || (seen.together > 0 && seen.begun.len() < (place / seen.together + 1) * seen.together)
        };
        let (mut seen, timeout) = self.0.1.wait_timeout_while(seen, PATIENCE, waits).unwrap();
        seen.ended += 1;
        self.0.1.notify_all();
        if timeout.timed_out() {
            return Err(ChannelError::Unknown { what: "too late".into() });
        }
        if seen.failing > 0 {
            seen.failing -= 1;
            return Err(ChannelError::Temporary { what: "busy".into(), retry_after_s: None });
        }
        let provider_id = (message.id % 2 == 0).then(|| format!("p{}", message.id));
        Ok(Submitted { provider_id, status: Status::Submitted })
    }
}

/// A gateway whose messages the test writes itself.
struct Stage {
    gateway: Option<Gateway>,
    provider: Provider,
    clock: Clock,
    config: Config,
    _folder: Folder,
}

impl Stage {
    async fn new(backend: Backend, parallel_max: usize) -> Self {
        let folder = Folder::new();
        let mut config = config(&database(backend, &folder), &folder);
        config.sms.parallel_max = parallel_max;
        let (provider, clock) = (Provider::default(), Clock::manual(START));
        let gateway = Some(start(&config, &clock, &provider).await);
        Self { gateway, provider, clock, config, _folder: folder }
    }

    async fn stop(&mut self) {
        self.gateway.take().unwrap().stop().await.unwrap();
    }

    fn db(&self) -> (Opened, Db) {
        Opened::with_keys(&self.config).unwrap()
    }

    /// Writes messages to these phones in one transaction, as a batch does.
    fn write(&self, phones: &[String]) {
        let (opened, mut db) = self.db();
        let messages: Vec<OutboundMessage> = (FIRST_ID..)
            .zip(phones)
            .map(|(id, phone)| OutboundMessage {
                id: MessageId(id),
                customer: None,
                recipient: Phone::parse(phone).unwrap(),
                text: Secret::new(format!("Код {id}")),
                useless_after: START.after(Span::minutes(5)),
            })
            .collect();
        db.transaction(Purpose::Write, |db| {
            let keys = Keys::of(db, &opened.vault, &BTreeSet::new())?;
            write_together(db, |out| outbox::save(out, &messages, &keys, START))
        })
        .unwrap();
    }

    /// State, attempts and the provider's name of each message; and whether its text is still there.
    fn rows(&self) -> Vec<(String, i64, Option<String>, bool)> {
        type Row = (String, i64, Option<String>, Option<Vec<u8>>);
        let query = dsl::outbox.order(dsl::id).select((dsl::state, dsl::attempts, dsl::provider_id, dsl::text_sealed));
        let rows: Vec<Row> = match &mut self.db().1 {
            Db::Sqlite(c) => query.load(&mut **c),
            Db::Postgres(c) => query.load(&mut **c),
        }
        .unwrap();
        rows.into_iter().map(|(state, attempts, provider, text)| (state, attempts, provider, text.is_some())).collect()
    }
}

async fn start(config: &Config, clock: &Clock, provider: &Provider) -> Gateway {
    let parts =
        Parts { clock: Some(clock.clone()), channel: Some(Box::new(provider.clone())), demo: true, ..Parts::default() };
    Gateway::start(config, parts).await.unwrap()
}

fn phones(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("+7916{number:07}")).collect()
}

async fn a_burst_goes_out_in_parallel(backend: Backend) {
    let mut stage = Stage::new(backend, 8).await;
    // None is answered before seven others have come: one after the other, nothing would leave.
    stage.provider.tell(|seen| seen.together = 8);
    stage.write(&phones(200));
    let mut begun = stage.provider.until(|seen| seen.ended == 200);
    begun.sort_unstable();
    assert_eq!(begun, (0..200).collect::<Vec<i64>>());
    stage.stop().await;
    for (number, row) in stage.rows().into_iter().enumerate() {
        let provider = (number % 2 == 0).then(|| format!("p{}", FIRST_ID + number as i64));
        assert_eq!(row, ("submitted".into(), 1, provider, false));
    }
}

async fn a_slow_call_delays_only_its_own_phone(backend: Backend) {
    let mut stage = Stage::new(backend, 2).await;
    let mut to = phones(40);
    // The second message is to the phone of the first.
    to[1] = to[0].clone();
    stage.provider.tell(|seen| seen.held.extend([to[0].clone()]));
    stage.write(&to);
    let begun = stage.provider.until(|seen| seen.ended == 38);
    assert_eq!((begun.len(), begun.contains(&0), begun.contains(&1)), (39, true, false));
    stage.provider.tell(|seen| seen.held.clear());
    let begun = stage.provider.until(|seen| seen.ended == 40);
    assert_eq!(begun.last(), Some(&1));
    stage.stop().await;
}

async fn a_stop_returns_unsent_messages(backend: Backend) {
    let mut stage = Stage::new(backend, 1).await;
    let to = phones(3);
    stage.provider.tell(|seen| seen.held.extend([to[0].clone()]));
    stage.write(&to);
    stage.provider.until(|seen| seen.begun == [0]);
    let stopping = tokio::spawn(stage.gateway.take().unwrap().stop());
    // It does so while the first is still on its way.
    let given_back = [("sending", 1), ("queued", 0), ("queued", 0)];
    for tries in 0.. {
        let rows = stage.rows();
        if rows.iter().map(|(state, attempts, ..)| (state.as_str(), *attempts)).eq(given_back) {
            break;
        }
        assert!(tries < 3_000, "{rows:?}");
        tokio::time::timeout(Duration::from_millis(10), std::future::pending::<()>()).await.unwrap_err();
    }
    stage.provider.tell(|seen| seen.held.clear());
    stopping.await.unwrap().unwrap();
    assert_eq!(stage.provider.until(|seen| seen.ended == 1), [0]);
    // The next gateway has them at once, and not when a lease is over.
    stage.gateway = Some(start(&stage.config, &stage.clock, &stage.provider).await);
    assert_eq!(stage.provider.until(|seen| seen.ended == 3), [0, 1, 2]);
    stage.stop().await;
    assert!(
        stage
            .rows()
            .iter()
            .all(|(state, attempts, _, text)| (state.as_str(), *attempts, *text) == ("submitted", 1, false))
    );
}

async fn failures_are_retried_and_a_defect_delays_no_other_message(backend: Backend) {
    let mut stage = Stage::new(backend, 1).await;
    let to = phones(2);
    stage.provider.tell(|seen| (seen.failing, seen.poison) = (2, Some(to[0].clone())));
    stage.write(&to);
    for pause in [2, 4] {
        stage.provider.until(|seen| seen.ended == if pause == 2 { 1 } else { 2 });
        stage.clock.advance(Span::seconds(pause));
    }
    assert_eq!(stage.provider.until(|seen| seen.ended == 3), [1, 1, 1]);
    stage.stop().await;
    let rows = stage.rows();
    assert_eq!(rows[0], ("unknown".into(), 1, None, false));
    assert_eq!((rows[1].0.as_str(), rows[1].1), ("submitted", 3));
}

async fn a_clock_that_jumps_sends_nothing_twice(backend: Backend) {
    let mut stage = Stage::new(backend, 2).await;
    let to = phones(2);
    stage.provider.tell(|seen| seen.held.extend(to.clone()));
    stage.write(&to);
    stage.provider.until(|seen| seen.begun.len() == 2);
    // The leases are over while the provider still thinks.
    stage.clock.advance(Span::minutes(21));
    let retaken = |stage: &Stage| stage.rows().iter().all(|(_, attempts, ..)| *attempts == 2);
    for tries in 0.. {
        if retaken(&stage) {
            break;
        }
        assert!(tries < 3_000, "{:?}", stage.rows());
        tokio::time::timeout(Duration::from_millis(10), std::future::pending::<()>()).await.unwrap_err();
    }
    stage.provider.tell(|seen| seen.held.clear());
    stage.provider.until(|seen| seen.ended == 2);
    stage.stop().await;
    assert_eq!(stage.provider.until(|_| true).len(), 2);
    assert!(stage.rows().iter().all(|(state, ..)| state == "submitted"));
}

/// A gateway that lost the database for longer than its lease tells what it knew before another sent the message.
async fn whose_lease_is_over_changes_nothing_that_another_has_done(backend: Backend) {
    let mut stage = Stage::new(backend, 1).await;
    stage.stop().await;
    stage.write(&phones(3));
    let (opened, mut db) = stage.db();
    let mut taken_at = |now: Moment| {
        let lease = now.after(Span::minutes(20));
        let due = db.transaction(Purpose::Write, |db| outbox::take_due(db, now, lease, 10, &opened.vault)).unwrap();
        (lease, due.into_iter().map(|message| message.id).collect::<Vec<_>>())
    };
    let (first, ids) = taken_at(START);
    assert_eq!(ids.len(), 3);
    let later = START.after(Span::minutes(21));
    let (second, again) = taken_at(later);
    assert_eq!(again, ids);
    let mut end = |lease_until, attempt: Attempt, ids: &[MessageId]| {
        let outcomes: Vec<Outcome> =
            ids.iter().map(|id| Outcome { id: *id, lease_until, attempt: attempt.clone() }).collect();
        db.transaction(Purpose::Write, |db| outbox::finish(db, &outcomes, later)).unwrap();
    };
    end(second, Attempt::Submitted { provider_id: None }, &ids[..1]);
    end(first, Attempt::Retry { at: later, error: "late".into() }, &ids[..1]);
    end(first, Attempt::Ended { state: "failed", error: "late".into() }, &ids[1..2]);
    end(first, Attempt::Untried, &ids[2..]);
    let states: Vec<(String, i64)> = stage.rows().into_iter().map(|(state, attempts, ..)| (state, attempts)).collect();
    assert_eq!(states, [("submitted".into(), 2), ("sending".into(), 2), ("sending".into(), 2)]);
    end(second, Attempt::Ended { state: "failed", error: "its own".into() }, &ids[1..2]);
    end(second, Attempt::Untried, &ids[2..]);
    let states: Vec<(String, i64)> = stage.rows().into_iter().map(|(state, attempts, ..)| (state, attempts)).collect();
    assert_eq!(states, [("submitted".into(), 2), ("failed".into(), 2), ("queued".into(), 1)]);
}

async fn what_cannot_be_opened_ends(backend: Backend) {
    let mut stage = Stage::new(backend, 1).await;
    stage.stop().await;
    stage.write(&phones(2));
    let (opened, mut db) = stage.db();
    run(&mut db, &format!("UPDATE outbox SET recipient_sealed = NULL WHERE id = {FIRST_ID}"));
    run(&mut db, &format!("UPDATE outbox SET text_sealed = recipient_sealed WHERE id = {}", FIRST_ID + 1));
    let mut states_at = |now: Moment| {
        let lease = now.after(Span::minutes(20));
        let due = db.transaction(Purpose::Write, |db| outbox::take_due(db, now, lease, 10, &opened.vault)).unwrap();
        assert!(due.is_empty());
        stage.rows().into_iter().map(|(state, ..)| state).collect::<Vec<_>>()
    };
    // Another key may come; nothing brings back what is not there.
    assert_eq!(states_at(START), ["failed", "sending"]);
    assert_eq!(states_at(START.after(Span::minutes(21))), ["failed", "failed"]);
}

/// `kopilka outbox list` and `retry`: what an operator does once the provider is in order again.
async fn what_waits_is_listed_and_tried_again_when_somebody_asks(backend: Backend) {
    let mut stage = Stage::new(backend, 1).await;
    let to = phones(3);
    stage.provider.tell(|seen| seen.failing = 2);
    stage.write(&to);
    stage.provider.until(|seen| seen.ended == 3);
    stage.stop().await;
    let (opened, mut db) = stage.db();
    let waiting = outbox::list(&mut db, &opened.vault, false, 10).unwrap();
    let shown: Vec<_> = waiting.iter().map(|message| (message.id.0 - FIRST_ID, message.attempts)).collect();
    assert_eq!(shown, [(0, 1), (1, 1)]);
    let first = &waiting[0];
    assert_eq!((first.state.as_str(), first.error.as_deref()), ("queued", Some("busy")));
    assert_eq!(first.recipient.as_ref().map(Phone::as_e164), Some(to[0].as_str()));
    assert!(first.next_attempt_at.is_some_and(|at| at > START) && first.ended_at.is_none());
    assert_eq!(outbox::list(&mut db, &opened.vault, false, 1).unwrap().len(), 1);
    let ended = outbox::list(&mut db, &opened.vault, true, 10).unwrap();
    assert_eq!(ended.iter().map(|message| message.id.0 - FIRST_ID).collect::<Vec<_>>(), [2]);
    assert!(ended[0].recipient.is_none() && ended[0].ended_at.is_some(), "what was sent is erased");

    // One of them now; what was sent is not sent once more, nor is what never was.
    let named = [0, 2, 7].map(|number| MessageId(FIRST_ID + number));
    let done = outbox::retry(&mut db, &named, START).unwrap();
    assert_eq!(done, Retried { retried: 1, others: named[1..].to_vec() });
    let is_due = |db: &mut Db| outbox::list(db, &opened.vault, false, 10).unwrap();
    assert_eq!(is_due(&mut db).iter().filter(|message| message.next_attempt_at == Some(START)).count(), 1);
    // One that a gateway is sending stays with it.
    run(&mut db, &format!("UPDATE outbox SET state = 'sending' WHERE id = {}", FIRST_ID + 1));
    assert_eq!(outbox::retry(&mut db, &[], START).unwrap(), Retried { retried: 1, others: Vec::new() });
    run(&mut db, &format!("UPDATE outbox SET state = 'queued' WHERE id = {}", FIRST_ID + 1));
    assert_eq!(outbox::retry(&mut db, &[], START).unwrap(), Retried { retried: 2, others: Vec::new() });
    drop((db, opened));
    stage.gateway = Some(start(&stage.config, &stage.clock, &stage.provider).await);
    stage.provider.until(|seen| seen.ended == 5);
    stage.stop().await;
    assert!(stage.rows().iter().all(|(state, _, _, has_text)| state == "submitted" && !has_text), "{:?}", stage.rows());
}

async fn the_outbox_is_woken_by_the_operation(backend: Backend) {
    let folder = Folder::new();
    let mut config = config(&database(backend, &folder), &folder);
    // Who looks only once an hour neither sends a code in time nor stops in time.
    config.sms.outbox_poll_ms = 3_600_000;
    let app = App::start_with(config, folder).await;
    for (nth, key) in ["a", "b"].into_iter().enumerate() {
        app.reserve(key, "7000000102", 1_000, 10).await.ok();
        app.phone.code("+79160000102", nth).await;
        app.advance(Span::minutes(2));
    }
    app.finish().await;
}
