//! The chronicle is sealed as often as the operator wants, and the root of each seal goes where it is kept: into the
//! log, into a file, to a URL. What could not be handed over is handed over with the next.

use std::{
    collections::VecDeque,
    fs::OpenOptions,
    io::Write as _,
    path::Path,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use crate::{
    app::{Opened, error::AppError},
    config::SealsConfig,
    domain::moment::{Moment, Span},
    notify::post,
    store::books::chronicle_seal::{root_line, seal_chronicle},
};

/// Roots that wait for a URL that does not answer; older ones are dropped, since each stands for those before it.
const WAITING_MAX: usize = 100;

/// Seals, and hands roots over.
pub(super) struct Seals {
    config: SealsConfig,
    waiting: Mutex<VecDeque<String>>,
}

impl Seals {
    pub(super) fn new(config: &SealsConfig) -> Self {
        Self { config: config.clone(), waiting: Mutex::default() }
    }

    /// Makes a seal if one is due, and hands over what has not been.
    ///
    /// # Errors
    /// The database fails.
    pub(super) fn seal(&self, opened: &Opened, now: Moment) -> Result<(), AppError> {
        let period = Span::seconds(i64::try_from(self.config.period_s).unwrap_or(i64::MAX));
        let made = seal_chronicle(&mut opened.writer()?, &opened.vault, now, period)?;
        if let Some(seal) = made {
            let line = root_line(&seal);
            // It goes into the log too, so that a copy of it leaves this database.
            tracing::info!(root = %line, "chronicle sealed");
            if let Some(file) = &self.config.file
                && let Err(error) = append(file, &line)
            {
                tracing::error!(file = %file.display(), %error, "the root of a seal could not be written down");
            }
            if self.config.url.is_some() {
                let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
                if waiting.len() >= WAITING_MAX {
                    waiting.pop_front();
                }
                waiting.push_back(line);
            }
        }
        self.hand_over();
        Ok(())
    }

    /// Hands over the roots that wait, in their order, up to the first that is not taken.
    fn hand_over(&self) {
        let Some(url) = &self.config.url else { return };
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(line) = waiting.front() {
            if let Err(error) = post(url, line, Duration::from_millis(self.config.url_timeout_ms)) {
                tracing::warn!(%url, %error, waiting = waiting.len(), "the root of a seal could not be handed over");
                return;
            }
            waiting.pop_front();
        }
    }
}

/// Adds a line to a file, and waits until it is on the disk.
fn append(file: &Path, line: &str) -> std::io::Result<()> {
    let mut file = OpenOptions::new().create(true).append(true).open(file)?;
    file.write_all(format!("{line}\n").as_bytes())?;
    file.sync_all()
}
