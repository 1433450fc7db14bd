//! Buffers log lines for a moment and writes them together on a separate thread.
//!
//! Waking a thread for each line cost more than formatting it (docs/performance.md).

use std::{
    io::{self, Write},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use tracing_subscriber::fmt::MakeWriter;

/// How long the first line waits for others. Lines of this time are lost when the process is killed.
const GATHERING: Duration = Duration::from_millis(50);
/// The buffer's limit, in bytes. When the output is too slow (a stopped terminal, a stalled disk), lines are dropped
/// and counted: tills do not wait for them.
const BYTES_WAITING_MAX: usize = 4 * 1_024 * 1_024;
/// How long the exit waits for unwritten lines.
const ENDING: Duration = Duration::from_secs(1);

/// Accepts lines.
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

/// Flushes the buffer when dropped.
pub struct LinesGuard(Arc<Shared>);

impl Drop for LinesGuard {
    fn drop(&mut self) {
        let mut waiting = self.0.lock();
        waiting.closed = true;
        self.0.changed.notify_all();
        // A stopped reader must not delay the exit.
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
            // A failure of the log cannot be logged.
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
