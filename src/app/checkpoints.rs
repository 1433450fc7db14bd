//! Runs SQLite's checkpoints on its own thread ([`Wal`]), so commits do not wait for them; they took a sixth of the
//! writer's time. A page that was changed several times is written once.

use std::{
    sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    thread::{self, JoinHandle},
    time::Duration,
};

use crate::{
    app::{AppError, connect_limits},
    config::Config,
    store::db::{backend::BackendError, wal::Wal},
};

/// The pause between two checkpoints.
const PAUSE: Duration = Duration::from_millis(200);

/// A thread that runs checkpoints until this is dropped.
pub(super) struct Checkpoints {
    // Nothing is ever sent: the thread ends when it is closed.
    stop: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Starts the thread, where the database needs it.
pub(super) fn start(config: &Config) -> Result<Option<Checkpoints>, AppError> {
    let url = &config.database.url;
    let failed = |source| BackendError::Open { path: url.to_string(), source };
    let Some(mut wal) = Wal::open(url, &connect_limits(config)).map_err(failed)? else { return Ok(None) };
    let (stop, stopped) = sync_channel(0);
    let thread = thread::Builder::new()
        .name("checkpoints".into())
        .spawn(move || run(&mut wal, &stopped))
        .map_err(AppError::Thread)?;
    Ok(Some(Checkpoints { stop: Some(stop), thread: Some(thread) }))
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        self.stop = None;
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the thread of the checkpoints had panicked");
        }
    }
}

fn run(wal: &mut Wal, stopped: &Receiver<()>) {
    let mut failing = false;
    while stopped.recv_timeout(PAUSE) == Err(RecvTimeoutError::Timeout) {
        let done = wal.settle();
        // On a full disk every checkpoint fails; the writer logs it.
        if let Err(error) = &done
            && !failing
        {
            tracing::warn!(%error, "a checkpoint of the database failed; trying again");
        }
        failing = done.is_err();
    }
}
