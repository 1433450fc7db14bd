//! The chronicle is sealed as often as the operator wants, and the root of each seal goes where it is kept: into the log, into a file,
//! to a URL, once a day to a phone. File and URL get what the table has after the last root that they took, whichever gateway of the
//! database made the seal.

use std::{
    fs::OpenOptions,
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::{
    app::{Opened, error::AppError},
    config::SealsConfig,
    domain::{
        moment::{Moment, Span},
        phone::Phone,
    },
    notify::{PostError, post},
    secret::Secret,
    store::{
        books::chronicle_seal::{root_line, seal_chronicle},
        db::backend::Db,
        error::StoreError,
        tables::{
            chronicle_seal::{SealRow, last, load_after},
            outbox,
        },
    },
};

/// Roots handed over in one request; older ones are left out, since each stands for those before it.
const HANDED_OVER_MAX: i64 = 100;
/// Seals read at a time for the file.
const SEALS_PER_STEP: i64 = 500;
/// The end of the file in which its last line is looked for. Bytes.
const TAIL_BYTES_MAX: u64 = 4_096;
/// How long the message with a root may be late: then the next one is due.
const MESSAGE_LIFE: Span = Span::days(1);
/// What a message begins with: ASCII, so that one message takes it whole.
const MESSAGE_HEAD: &str = "Kopilka root\n";
/// The answer of who has a root that contradicts.
const CONFLICT: u16 = 409;

/// The phone to which roots go, of a configuration that names one.
///
/// # Errors
/// It is no phone.
pub(super) fn phone(config: &SealsConfig) -> Result<Option<Phone>, AppError> {
    let Some(text) = &config.phone else { return Ok(None) };
    Phone::parse(text).filter(Phone::takes_messages).map(Some).ok_or(AppError::SealsPhone)
}

/// How far one of the places has come. Numbers are of seals.
#[derive(Debug, Default)]
struct Place {
    /// The last one that it took; none before the first try of this gateway.
    taken: Option<i64>,
    /// The last one of a request that it refused for what it has: not tried again before there is a newer one.
    refused: Option<i64>,
    /// Up to which seal the last failure was logged, and what it was: each is logged once.
    told: Option<(i64, String)>,
}

impl Place {
    /// Whether a failure up to this seal has not been logged yet.
    fn is_new(&mut self, number: i64, error: &str) -> bool {
        let told = Some((number, error.to_owned()));
        let is_new = self.told != told;
        self.told = told;
        is_new
    }

    fn took(&mut self, number: i64) {
        *self = Self { taken: Some(number), ..Self::default() };
    }
}

/// Seals, and hands roots over.
pub(super) struct Seals {
    config: SealsConfig,
    file: Mutex<Place>,
    url: Mutex<Place>,
}

impl Seals {
    pub(super) fn new(config: &SealsConfig) -> Self {
        Self { config: config.clone(), file: Mutex::default(), url: Mutex::default() }
    }

    /// Makes a seal if one is due, and hands over what has not been.
    ///
    /// # Errors
    /// The database fails.
    pub(super) fn seal(&self, opened: &Opened, now: Moment) -> Result<(), AppError> {
        let period = Span::seconds(i64::try_from(self.config.period_s).unwrap_or(i64::MAX));
        let made = seal_chronicle(&mut opened.writer()?, &opened.vault, now, period)?;
        if let Some(seal) = &made {
            // It goes into the log too, so that a copy of it leaves this database.
            tracing::info!(root = %root_line(seal), "chronicle sealed");
        }
        let handed_over = self.hand_over(opened);
        // Last: a message is a copy more, and must not cost the others.
        if let Some(seal) = &made
            && let Err(error) = self.tell(opened, seal, now)
        {
            tracing::error!(%error, "the message with the root of a seal could not be written");
        }
        handed_over
    }

    /// Brings file and URL up to the last seal.
    fn hand_over(&self, opened: &Opened) -> Result<(), AppError> {
        if self.config.file.is_none() && self.config.url.is_none() {
            return Ok(());
        }
        let mut db = opened.writer()?;
        let Some(newest) = last(&mut db)?.map(|seal| seal.number) else { return Ok(()) };
        self.write_down(&mut db, newest);
        let (after, lines) = self.due_at_url(&mut db, newest)?;
        // Nobody waits for a connection while the other side is waited for.
        drop(db);
        self.send(after, &lines);
        Ok(())
    }

    /// Adds to the file what the table has after the file's last line.
    fn write_down(&self, db: &mut Db, newest: i64) {
        let Some(file) = &self.config.file else { return };
        let mut place = lock(&self.file);
        if place.taken == Some(newest) {
            return;
        }
        match append(file, db) {
            Ok(()) => place.took(newest),
            Err(error) if place.is_new(newest, &error.to_string()) => {
                tracing::error!(file = %file.display(), %error, "the roots of seals could not be written down");
            }
            Err(_) => {}
        }
    }

    /// What is to be sent to the URL: the number of the last root, and the lines; none if there is nothing to send.
    fn due_at_url(&self, db: &mut Db, newest: i64) -> Result<(i64, Vec<String>), StoreError> {
        let nothing = (newest, Vec::new());
        if self.config.url.is_none() {
            return Ok(nothing);
        }
        let (taken, refused) = {
            let place = lock(&self.url);
            (place.taken, place.refused)
        };
        if taken == Some(newest) || refused == Some(newest) {
            return Ok(nothing);
        }
        let oldest = newest.saturating_sub(HANDED_OVER_MAX);
        // A database that was put back has fewer seals than were taken: the other side is to see what it has.
        let after = taken.filter(|taken| *taken < newest).unwrap_or(oldest).max(oldest);
        let seals = load_after(db, after, HANDED_OVER_MAX)?;
        let number = seals.last().map_or(newest, |seal| seal.number);
        Ok((number, seals.iter().map(root_line).collect()))
    }

    /// Sends lines to the URL, all in one request.
    fn send(&self, number: i64, lines: &[String]) {
        let Some(url) = self.config.url.as_ref().filter(|_| !lines.is_empty()) else { return };
        let timeout = Duration::from_millis(self.config.url_timeout_ms);
        let sent = post(url, self.config.url_secret.as_ref(), &lines.join("\n"), timeout);
        let mut place = lock(&self.url);
        let (url, roots) = (self.config.shown_url(), lines.len());
        match sent {
            Ok(()) => place.took(number),
            Err(PostError::Answered(CONFLICT)) => {
                place.refused = Some(number);
                tracing::error!(
                    url,
                    roots,
                    "the roots of seals contradict those that are kept there: this database was put back, or rewritten; after a \
                     lawful restore the receiver begins a new file, see docs/integrity.md"
                );
            }
            Err(error) if place.is_new(number, &error.to_string()) => {
                tracing::warn!(url, %error, roots, "the roots of seals could not be handed over; they are tried again");
            }
            Err(_) => {}
        }
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
        let text = Secret::new(format!("{MESSAGE_HEAD}{}", root_line(seal)));
        outbox::add(&mut db, &opened.vault, phone, text, now, now.after(MESSAGE_LIFE))?;
        opened.outbox.wake();
        Ok(())
    }
}

fn lock(place: &Mutex<Place>) -> MutexGuard<'_, Place> {
    place.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Why the file was not brought up to the last seal.
#[derive(Debug, thiserror::Error)]
enum FileError {
    /// The disk.
    #[error(transparent)]
    Disk(#[from] io::Error),
    /// The table of seals.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file goes on from seals that the table does not have.
    #[error(
        "its last line, «{0}», is no root of this database: the database was put back, or rewritten, or the file is another one's; after \
         a lawful restore put the file aside, see docs/integrity.md"
    )]
    Foreign(String),
}

/// Adds to a file what the table has after the file's last line, and waits until it is on the disk. A line that was not written to its
/// end is written anew.
fn append(path: &Path, db: &mut Db) -> Result<(), FileError> {
    let mut file = OpenOptions::new().create(true).append(true).read(true).open(path)?;
    // Gateways of one machine may share it.
    file.lock()?;
    let length = file.metadata()?.len();
    let from = length.saturating_sub(TAIL_BYTES_MAX);
    file.seek(SeekFrom::Start(from))?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail)?;
    let whole = tail.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end.saturating_add(1));
    if whole < tail.len() {
        file.set_len(from.saturating_add(u64::try_from(whole).unwrap_or(u64::MAX)))?;
    }
    let tail = String::from_utf8_lossy(tail.get(..whole).unwrap_or_default());
    let mut after = match tail.lines().map(str::trim).rfind(|line| !line.is_empty()) {
        Some(line) => {
            let number = line.split(' ').next().and_then(|word| word.parse::<i64>().ok());
            let number = number.ok_or_else(|| FileError::Foreign(line.to_owned()))?;
            let seal = load_after(db, number.saturating_sub(1), 1)?.pop();
            if seal.is_none_or(|seal| root_line(&seal) != line) {
                return Err(FileError::Foreign(line.to_owned()));
            }
            number
        }
        None => 0,
    };
    loop {
        let seals = load_after(db, after, SEALS_PER_STEP)?;
        let Some(last) = seals.last() else { break };
        after = last.number;
        let text: String = seals.iter().map(|seal| format!("{}\n", root_line(seal))).collect();
        file.write_all(text.as_bytes())?;
    }
    file.sync_all()?;
    Ok(())
}
