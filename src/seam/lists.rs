//! Lists: questions about many rows, answered on threads and connections of their own, so that no report delays a till.
//!
//! The number of questions, waiting and running, is bounded; one more is refused at once. Each has a time limit for
//! waiting and running together.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, Sender, SyncSender, channel, sync_channel},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::{
    seam::{executor::join_within, worker::Environment},
    store::{
        db::backend::{Connections, Purpose},
        questions::{Reader, SearchBounds},
    },
    working_set::{
        command::{Answer, Failure},
        questions::{Inquiry, Unanswered},
    },
};

/// The limits of lists, each with its unit.
#[derive(Debug, Clone)]
pub struct ListLimits {
    /// Questions that are answered at a time, each by a thread with a connection.
    pub connections_max: usize,
    /// Questions that may wait for that.
    pub waiting_max: usize,
    /// How long a question may wait and be answered.
    pub timeout: Duration,
    /// How long the threads may take to finish once nothing new is taken.
    pub drain_max: Duration,
    /// How far one search looks.
    pub search: SearchBounds,
}

/// A question that waits to be answered.
struct Asked {
    inquiry: Inquiry,
    deadline: Instant,
    reply: oneshot::Sender<Result<Answer, Failure>>,
    /// One of the places, until it is answered or dropped.
    _place: OwnedSemaphorePermit,
}

/// The threads that answer questions.
pub struct Lists {
    places: Arc<Semaphore>,
    /// Nothing once no more is taken.
    asked: Option<Sender<Asked>>,
    threads: Vec<JoinHandle<()>>,
    // Nothing is ever sent: it is closed when the last thread has ended.
    ended: Mutex<Receiver<()>>,
    limits: ListLimits,
}

impl Lists {
    /// Starts the threads.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(
        connections: &Connections,
        environment: &Arc<Environment>,
        limits: ListLimits,
    ) -> std::io::Result<Self> {
        let threads_max = limits.connections_max.max(1);
        let places = threads_max.saturating_add(limits.waiting_max).min(Semaphore::MAX_PERMITS);
        let (asked, waiting) = channel();
        let waiting = Arc::new(Mutex::new(waiting));
        let (running, ended) = sync_channel(1);
        let mut threads = Vec::new();
        for number in 0..threads_max {
            let lister = Lister {
                waiting: Arc::clone(&waiting),
                connections: connections.clone(),
                environment: Arc::clone(environment),
                search: limits.search,
                _running: running.clone(),
            };
            threads.push(thread::Builder::new().name(format!("list-{number}")).spawn(move || lister.run())?);
        }
        let places = Arc::new(Semaphore::new(places));
        Ok(Self { places, asked: Some(asked), threads, ended: Mutex::new(ended), limits })
    }

    /// Answers a question from one consistent state.
    ///
    /// # Errors
    /// It was not answered; it may be asked again.
    pub async fn answer(&self, inquiry: Inquiry) -> Result<Answer, Failure> {
        let _place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| Failure::Overloaded)?;
        let (reply, answer) = oneshot::channel();
        let deadline = Instant::now() + self.limits.timeout;
        let asked = self.asked.as_ref().ok_or(Failure::Unavailable)?;
        asked.send(Asked { inquiry, deadline, reply, _place }).map_err(|_| Failure::Unavailable)?;
        match tokio::time::timeout(self.limits.timeout, answer).await {
            Ok(answered) => answered.unwrap_or(Err(Failure::Internal)),
            Err(_) => Err(Failure::Deadline),
        }
    }

    /// Whether a question would be refused now.
    #[must_use]
    pub fn refuses(&self) -> bool {
        self.places.available_permits() == 0
    }
}

impl Drop for Lists {
    fn drop(&mut self) {
        self.asked = None;
        let ended = self.ended.get_mut().unwrap_or_else(PoisonError::into_inner);
        join_within("lists", &mut self.threads, ended, self.limits.drain_max);
    }
}

/// A thread that answers questions.
struct Lister {
    waiting: Arc<Mutex<Receiver<Asked>>>,
    connections: Connections,
    environment: Arc<Environment>,
    search: SearchBounds,
    /// As long as this is there, so is the thread.
    _running: SyncSender<()>,
}

impl Lister {
    /// Until nothing more can come.
    fn run(&self) {
        while let Some(asked) = self.next() {
            let Asked { inquiry, deadline, reply, _place } = asked;
            // The caller has gone: a client that still wants the answer asks again.
            if reply.is_closed() {
                continue;
            }
            // A defect in one answer must not end the thread; the caller gets an internal error.
            match catch_unwind(AssertUnwindSafe(|| self.answer(&inquiry, deadline))) {
                // The caller may have gone.
                Ok(answer) => drop(reply.send(answer)),
                Err(_) => tracing::error!("a question panicked"),
            }
        }
    }

    fn next(&self) -> Option<Asked> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
    }

    /// Answers one question, a second time after a passing failure: its connection may have died while it was idle.
    fn answer(&self, inquiry: &Inquiry, deadline: Instant) -> Result<Answer, Failure> {
        let first = self.ask(inquiry, deadline);
        let answered = if matches!(first, Err(Unanswered::Passing(_))) { self.ask(inquiry, deadline) } else { first };
        answered.unwrap_or_else(|unanswered| {
            let failure = match &unanswered {
                Unanswered::Late => Failure::Deadline,
                Unanswered::Passing(_) => Failure::Unavailable,
                // An inquiry makes a refusal an answer.
                Unanswered::Broken(_) | Unanswered::Refused(_) => Failure::Internal,
            };
            tracing::error!(error = %unanswered, "a question was not answered");
            Err(failure)
        })
    }

    fn ask(&self, inquiry: &Inquiry, deadline: Instant) -> Result<Result<Answer, Failure>, Unanswered> {
        if Instant::now() >= deadline {
            return Err(Unanswered::Late);
        }
        let now = self.environment.clock.now();
        self.connections.transaction(Purpose::Read, |db| {
            inquiry.ask(&mut Reader::new(db, &self.environment.vault, now, deadline).within(self.search))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;
    use crate::{
        clock::Clock,
        config::DatabaseUrl,
        domain::{moment::Moment, settings::Settings},
        seam::worker::ReferenceCache,
        store::db::backend::ConnectLimits,
        vault::{MasterKey, Vault},
        wakeup::Wakeup,
        working_set::Chance,
    };

    /// Longer than any wait that can succeed.
    const PATIENCE: Duration = Duration::from_secs(10);

    /// A folder for a database, which goes with the test.
    struct Folder(std::path::PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("kopilka-lists-{name}-{}", std::process::id()));
            std::fs::create_dir_all(&path).unwrap();
            Self(path)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    /// Does what a test wants of it instead of asking.
    fn odd(ask: impl Fn() -> Result<u8, Unanswered> + Send + 'static) -> Inquiry {
        Inquiry::new(move |_| {
            ask().map(|number| Ok(Answer { code: "OK".into(), body: number.to_string(), repeated: false }))
        })
    }

    fn lists(folder: &Folder, timeout: Duration) -> Lists {
        let url: DatabaseUrl = format!("sqlite://{}/k.db", folder.0.display()).parse().unwrap();
        let limits = ConnectLimits { connect_timeout: PATIENCE, statement_timeout: PATIENCE };
        drop(Connections::open(&url, Purpose::Write, 1, &limits).unwrap());
        let connections = Connections::open_aside(&url, Purpose::Read, 1, &limits);
        let environment = Arc::new(Environment {
            clock: Clock::manual(Moment(0)),
            vault: Arc::new(Vault::new(MasterKey::fresh().unwrap())),
            settings: Arc::new(Settings::default()),
            chance: Chance::new(Vault::random),
            reference: Arc::new(ReferenceCache::default()),
            outbox: Wakeup::default(),
        });
        let limits = ListLimits {
            connections_max: 1,
            waiting_max: 1,
            timeout,
            drain_max: Duration::from_millis(50),
            search: SearchBounds::default(),
        };
        Lists::start(&connections, &environment, limits).unwrap()
    }

    #[tokio::test]
    async fn one_question_too_many_is_refused_and_a_freed_place_is_given_again() {
        let folder = Folder::new("places");
        let lists = Arc::new(lists(&folder, PATIENCE));
        let (entered, is_in) = mpsc::channel();
        let (leave, may_leave) = mpsc::channel();
        let (entered, may_leave) = (Mutex::new(entered), Mutex::new(may_leave));
        let held = odd(move || {
            entered.lock().unwrap().send(()).unwrap();
            may_leave.lock().unwrap().recv_timeout(PATIENCE).unwrap();
            Ok(1)
        });
        let ask = |question: Inquiry| {
            let lists = Arc::clone(&lists);
            tokio::spawn(async move { lists.answer(question).await.map(|answer| answer.body) })
        };
        let first = ask(held);
        tokio::task::spawn_blocking(move || is_in.recv_timeout(PATIENCE).unwrap()).await.unwrap();
        let second = ask(odd(|| Ok(2)));
        while !lists.refuses() {
            tokio::task::yield_now().await;
        }
        assert_eq!(ask(odd(|| Ok(3))).await.unwrap(), Err(Failure::Overloaded));
        leave.send(()).unwrap();
        assert_eq!((first.await.unwrap(), second.await.unwrap()), (Ok("1".into()), Ok("2".into())));
        while lists.refuses() {
            tokio::task::yield_now().await;
        }
        assert_eq!(ask(odd(|| Ok(4))).await.unwrap(), Ok("4".into()));
    }

    #[tokio::test]
    async fn what_fails_is_said_and_the_next_question_is_answered() {
        let folder = Folder::new("failures");
        let lists = lists(&folder, PATIENCE);
        assert_eq!(lists.answer(odd(|| panic!("the answer panics"))).await, Err(Failure::Internal));
        assert_eq!(lists.answer(odd(|| Err(Unanswered::Late))).await, Err(Failure::Deadline));
        assert_eq!(lists.answer(odd(|| Err(Unanswered::Broken("x".into())))).await, Err(Failure::Internal));
        assert_eq!(lists.answer(odd(|| Err(Unanswered::Passing("x".into())))).await, Err(Failure::Unavailable));
        let tries = std::sync::atomic::AtomicU8::new(0);
        let second_time = odd(move || match tries.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
            0 => Err(Unanswered::Passing("x".into())),
            tried => Ok(tried),
        });
        assert_eq!(lists.answer(second_time).await.unwrap().body, "1");
    }

    #[tokio::test]
    async fn a_question_that_takes_too_long_is_told_so_and_keeps_nobody_from_ending() {
        let folder = Folder::new("lateness");
        let lists = lists(&folder, Duration::from_millis(50));
        let (_never, may_leave) = mpsc::channel::<()>();
        let may_leave = Mutex::new(may_leave);
        let held = odd(move || {
            let _ = may_leave.lock().unwrap().recv_timeout(PATIENCE);
            Ok(1)
        });
        assert_eq!(lists.answer(held).await, Err(Failure::Deadline));
        let begun = Instant::now();
        drop(lists);
        assert!(begun.elapsed() < PATIENCE / 2, "the end took {:?}", begun.elapsed());
    }
}
