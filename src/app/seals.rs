//! The chronicle is sealed as often as the operator wants, and the root of each seal goes where it is kept: into the
//! log, into a file, to a URL, once a day to a phone. What the URL did not take is handed over with the next.

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
    domain::{
        moment::{Moment, Span},
        phone::Phone,
    },
    notify::post,
    secret::Secret,
    store::{
        books::chronicle_seal::{root_line, seal_chronicle},
        tables::{
            chronicle_seal::{SealRow, load_after},
            outbox,
        },
    },
};

/// Roots that wait for a URL that does not answer; older ones are dropped, since each stands for those before it.
const WAITING_MAX: usize = 100;

/// How long the message with a root may be late: then the next one is due.
const MESSAGE_LIFE: Span = Span::days(1);

/// The phone to which roots go, of a configuration that names one.
///
/// # Errors
/// It is no phone.
pub(super) fn phone(config: &SealsConfig) -> Result<Option<Phone>, AppError> {
    let Some(text) = &config.phone else { return Ok(None) };
    Phone::parse(text).map(Some).ok_or(AppError::SealsPhone)
}

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
            self.tell(opened, &seal, now)?;
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

    /// Writes a root to the phone with the first seal of a period: the seal before it says whether it is the first, so that a
    /// gateway that starts anew, or another one, sends none twice.
    fn tell(&self, opened: &Opened, seal: &SealRow, now: Moment) -> Result<(), AppError> {
        let Some(phone) = phone(&self.config)? else { return Ok(()) };
        let mut db = opened.writer()?;
        let before = load_after(&mut db, seal.number.saturating_sub(2), 1)?;
        let before = before.into_iter().find(|before| before.number < seal.number);
        let period_ms = i64::try_from(self.config.phone_period_s).unwrap_or(i64::MAX).saturating_mul(1_000);
        let period = |seal: &SealRow| seal.sealed_at.div_euclid(period_ms.max(1));
        if before.is_some_and(|before| period(&before) >= period(seal)) {
            return Ok(());
        }
        let text = Secret::new(format!("Копилка, корень хроники:\n{}", root_line(seal)));
        outbox::add(&mut db, &opened.vault, phone, text, now, now.after(MESSAGE_LIFE))?;
        opened.outbox.wake();
        Ok(())
    }

    /// Hands over the roots that wait, in their order, up to the first that is not taken.
    fn hand_over(&self) {
        let Some(url) = &self.config.url else { return };
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(line) = waiting.front() {
            if let Err(error) =
                post(url, self.config.url_secret.as_ref(), line, Duration::from_millis(self.config.url_timeout_ms))
            {
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
