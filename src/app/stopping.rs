//! What waits for the order to stop, and what is waited for after it.

use std::time::Duration;

use tokio::{sync::watch, time};

/// How often an ending thread is looked at.
pub(super) const JOIN_POLL: Duration = Duration::from_millis(5);

pub(super) async fn until(mut stopped: watch::Receiver<bool>) {
    // An error says that the gateway itself is gone, which is a stop too.
    let _ = stopped.wait_for(|stop| *stop).await;
}

/// Waits for a thread until `end`, and then leaves it to itself.
pub(super) async fn join(what: &str, thread: std::thread::JoinHandle<()>, end: time::Instant) {
    while !thread.is_finished() {
        if time::Instant::now() >= end {
            tracing::warn!(what, "is still at work, and is left");
            return;
        }
        time::sleep(JOIN_POLL).await;
    }
    if thread.join().is_err() {
        tracing::error!(what, "had ended badly");
    }
}
