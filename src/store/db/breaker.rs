//! What is known of a database server's reach. Once it refuses connections, nobody waits for one: callers are told at once and may
//! try again. The pools keep trying in the background, and the first connection ends it.

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, LazyLock, Mutex, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
};

use diesel::r2d2::{Error, HandleError};

/// Whether the last thing that was heard of a server is that it could not be reached; shared by all pools of a process.
#[derive(Debug, Default)]
pub struct Breaker {
    is_open: AtomicBool,
}

impl Breaker {
    /// That of the server at `url`.
    pub fn of(url: &str) -> Arc<Self> {
        static KNOWN: LazyLock<Mutex<HashMap<String, Weak<Breaker>>>> = LazyLock::new(Mutex::default);
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, breaker| breaker.strong_count() > 0);
        if let Some(breaker) = known.get(url).and_then(Weak::upgrade) {
            return breaker;
        }
        let breaker = Arc::new(Self::default());
        known.insert(url.to_owned(), Arc::downgrade(&breaker));
        breaker
    }

    /// Whether the server is known to be out of reach.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.is_open.load(Ordering::Relaxed)
    }

    /// A connection was made: it is in reach.
    pub fn close(&self) {
        if self.is_open.swap(false, Ordering::Relaxed) {
            tracing::info!("the database server can be reached again");
        }
    }

    /// A connection could not be made.
    fn open(&self, error: &dyn fmt::Display) {
        if !self.is_open.swap(true, Ordering::Relaxed) {
            tracing::warn!(%error, "the database server cannot be reached; calls are refused until it can");
        }
    }
}

/// What a pool tells when a connection could not be made.
#[derive(Debug)]
pub struct OpensBreaker(pub Arc<Breaker>);

impl HandleError<Error> for OpensBreaker {
    fn handle_error(&self, error: Error) {
        self.0.open(&error);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pools_of_one_server_know_the_same_and_of_another_nothing() {
        let (one, same, other) =
            (Breaker::of("postgres://a"), Breaker::of("postgres://a"), Breaker::of("postgres://b"));
        assert!(!one.is_open());
        OpensBreaker(Arc::clone(&one))
            .handle_error(Error::ConnectionError(diesel::ConnectionError::BadConnection("x".into())));
        assert_eq!([one.is_open(), same.is_open(), other.is_open()], [true, true, false]);
        same.close();
        assert!(!one.is_open());
        drop((one, same));
        assert!(!Breaker::of("postgres://a").is_open(), "what a server was is forgotten with its pools");
    }
}
