//! Waiting for the order to stop, and for threads to end after it.

use std::time::Duration;

use tokio::{sync::watch, time};

/// The pause between two looks at whether a thread has ended.
pub(super) const JOIN_POLL: Duration = Duration::from_millis(5);

pub(super) async fn until(mut stopped: watch::Receiver<bool>) {
    // An error means that the sender was dropped, so the gateway is gone: that is a stop too.
    let _ = stopped.wait_for(|stop| *stop).await;
}

/// Waits for a thread until `end`. A thread that has not ended by then is not waited for.
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
