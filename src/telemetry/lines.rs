//! Log lines on their way out: gathered for a moment and written together by a thread of their own.
//!
//! To wake a thread for each line cost more than all that was done for the line (docs/performance.md).

use std::{
    io::{self, Write},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use tracing_subscriber::fmt::MakeWriter;

/// How long the first line waits for others, and so the most of the log that is lost when the process is killed.
const GATHERING: Duration = Duration::from_millis(50);
/// What may wait, in bytes. When more comes than can be written (a terminal that nobody reads, a disk that stands still),
/// lines are lost and counted: a till does not wait for them.
const BYTES_WAITING_MAX: usize = 4 * 1_024 * 1_024;
/// How long the end of the process waits for what is not written yet.
const ENDING: Duration = Duration::from_secs(1);

/// Takes lines.
#[derive(Clone)]
pub(super) struct Lines(Arc<Shared>);

#[derive(Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Default)]
struct Waiting {
    text: Vec<u8>,
    lost: u64,
    closed: bool,
    ended: bool,
}

/// Sees to it, when it is dropped, that what waits is written out.
pub struct LinesGuard(Arc<Shared>);

impl Drop for LinesGuard {
    fn drop(&mut self) {
        let mut waiting = self.0.lock();
        waiting.closed = true;
        self.0.changed.notify_all();
        // A reader that has stopped must not keep the process from ending.
        let _ = self.0.changed.wait_timeout_while(waiting, ENDING, |waiting| !waiting.ended);
    }
}

impl Lines {
    /// Starts the thread that writes to `out`.
    pub(super) fn start(out: impl Write + Send + 'static) -> io::Result<(Self, LinesGuard)> {
        let shared = Arc::new(Shared::default());
        let writing = Arc::clone(&shared);
        thread::Builder::new().name("log".into()).spawn(move || writing.write_to(out))?;
        Ok((Self(Arc::clone(&shared)), LinesGuard(shared)))
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, line: &[u8]) {
        let mut waiting = self.lock();
        if waiting.text.len().saturating_add(line.len()) > BYTES_WAITING_MAX {
            waiting.lost = waiting.lost.saturating_add(1);
            return;
        }
        let is_first = waiting.text.is_empty();
        waiting.text.extend_from_slice(line);
        drop(waiting);
        if is_first {
            self.changed.notify_one();
        }
    }

    fn write_to(&self, mut out: impl Write) {
        let mut text = Vec::new();
        loop {
            let waiting = self.lock();
            let nothing = |waiting: &mut Waiting| waiting.text.is_empty() && !waiting.closed;
            let waiting = self.changed.wait_while(waiting, nothing).unwrap_or_else(PoisonError::into_inner);
            let gathered = self.changed.wait_timeout_while(waiting, GATHERING, |waiting| !waiting.closed);
            let mut waiting = gathered.unwrap_or_else(PoisonError::into_inner).0;
            text.clear();
            std::mem::swap(&mut text, &mut waiting.text);
            let lost = std::mem::take(&mut waiting.lost);
            if text.is_empty() {
                waiting.ended = true;
                self.changed.notify_all();
                return;
            }
            drop(waiting);
            // Nowhere to tell that the log cannot be written.
            let _ = out.write_all(&text).and_then(|()| out.flush());
            if lost > 0 {
                tracing::warn!(lost, "log lines were lost: more came than could be written");
            }
        }
    }
}

/// The writer of one line.
pub(super) struct Line<'a>(&'a Shared);

impl Write for Line<'_> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.push(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    struct Sent(mpsc::Sender<Vec<u8>>);

    impl Write for Sent {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.send(bytes.to_vec()).map_err(io::Error::other)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_come_together_in_order_and_the_last_before_the_end() {
        let (sender, sent) = mpsc::channel();
        let (lines, guard) = Lines::start(Sent(sender)).unwrap();
        for number in 0..100 {
            writeln!(lines.make_writer(), "{number}").unwrap();
        }
        drop(guard);
        let pieces: Vec<Vec<u8>> = sent.try_iter().collect();
        let whole = String::from_utf8(pieces.concat()).unwrap();
        let expected: Vec<String> = (0..100).map(|number| number.to_string()).collect();
        assert_eq!(whole.lines().collect::<Vec<_>>(), expected);
        assert!(pieces.len() < 20, "{} writes", pieces.len());
    }

    #[test]
    fn what_cannot_be_written_is_bounded_and_counted() {
        let shared = Shared::default();
        let line = vec![b'x'; 1_024 * 1_024];
        (0..6).for_each(|_| shared.push(&line));
        let waiting = shared.lock();
        assert_eq!((waiting.text.len(), waiting.lost), (BYTES_WAITING_MAX, 2));
    }
}
