//! Log lines and request ids.
//!
//! Every line is written inside the request's span, so it has the request id that the client sees in the fault or
//! header. It **never holds a confirmation code, a credential or personal data**: no name, phone, card number, e-mail,
//! birth date or request text. Lines refer to objects by ids.
//!
//! Libraries log at `warn` and above only: at lower levels some write whole requests. The XML mapper is silenced,
//! because it logs every value that it reads.

mod lines;

use std::sync::{
    LazyLock,
    atomic::{AtomicU64, Ordering},
};

use tracing_subscriber::{EnvFilter, fmt::MakeWriter, util::SubscriberInitExt};

use self::lines::Lines;
use crate::config::{LogFormat, LogLevel};

pub use self::lines::LinesGuard;

/// The log fields of a call. No name, no phone, no text of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogFields {
    /// The operation, once it is known.
    pub operation: Option<&'static str>,
    /// `OK`, the refusal's code or the fault's.
    pub code: Option<String>,
    /// Whether it is the stored answer to an earlier call.
    pub repeated: Option<bool>,
    /// The id of the login.
    pub credential: Option<i64>,
}

/// The length of a request id in characters.
pub const REQUEST_ID_CHARACTERS: usize = 16;

/// Why the log could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The process already has a log.
    #[error("the log is already set up: {0}")]
    AlreadySet(#[from] tracing_subscriber::util::TryInitError),
    /// The system gives no thread.
    #[error("no thread can be started for the log: {0}")]
    Thread(#[from] std::io::Error),
}

/// Sends log lines to the standard error stream from now on, and the place of every panic. A separate thread writes
/// them; dropping the guard flushes them.
///
/// # Errors
/// [`TelemetryError::AlreadySet`] when it is called twice in one process; [`TelemetryError::Thread`].
pub fn init(format: LogFormat, level: LogLevel) -> Result<LinesGuard, TelemetryError> {
    let (lines, guard) = Lines::start(std::io::stderr())?;
    subscriber(format, level, lines).try_init()?;
    std::panic::set_hook(Box::new(|panic| {
        // The place only: a panic's message may quote data.
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panic");
    }));
    Ok(guard)
}

/// A new request id: 16 hexadecimal characters, unique enough to find one request among all of a year. Those of a
/// process never repeat and look random; where they begin is random.
#[must_use]
pub fn request_id() -> String {
    static NEXT: LazyLock<AtomicU64> = LazyLock::new(|| {
        let mut bytes = [0; REQUEST_ID_CHARACTERS / 2];
        // Without randomness the process's number tells gateways of one machine apart.
        AtomicU64::new(match getrandom::fill(&mut bytes) {
            Ok(()) => u64::from_ne_bytes(bytes),
            Err(_) => std::process::id().into(),
        })
    });
    format!("{:016x}", scattered(NEXT.fetch_add(1, Ordering::Relaxed)))
}

/// A bijective mixing function, the finalizer of SplitMix64. Random bytes from the system would cost a system call for
/// each request.
const fn scattered(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

type BoxedSubscriber = Box<dyn tracing::Subscriber + Send + Sync>;

fn subscriber<W>(format: LogFormat, level: LogLevel, writer: W) -> BoxedSubscriber
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let builder = tracing_subscriber::fmt().with_env_filter(filter(level)).with_writer(writer);
    match format {
        LogFormat::Text => Box::new(builder.with_ansi(false).finish()),
        LogFormat::Json => Box::new(builder.json().flatten_event(true).with_span_list(false).finish()),
    }
}

fn filter(level: LogLevel) -> EnvFilter {
    let libraries = match level {
        LogLevel::Error => "error",
        LogLevel::Warn | LogLevel::Info | LogLevel::Debug | LogLevel::Trace => "warn",
    };
    EnvFilter::new(format!("{libraries},kopilka={},yaserde=off", level.as_str()))
}

#[cfg(test)]
mod tests {
    use std::{
        collections::HashSet,
        io,
        sync::{Arc, Mutex},
    };

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(format: LogFormat, level: LogLevel, act: impl FnOnce()) -> String {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = subscriber(format, level, move || writer.clone());
        tracing::subscriber::with_default(subscriber, act);
        let bytes = lines.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_request_id_is_sixteen_hexadecimal_characters_and_never_the_same() {
        let ids: HashSet<String> = (0..1_000).map(|_| request_id()).collect();
        assert_eq!(ids.len(), 1_000);
        for id in ids {
            assert!(id.len() == REQUEST_ID_CHARACTERS && id.bytes().all(|b| b"0123456789abcdef".contains(&b)), "{id}");
        }
    }

    #[test]
    fn each_line_of_a_request_holds_its_id() {
        for format in [LogFormat::Text, LogFormat::Json] {
            let text = logged(format, LogLevel::Info, || {
                let span = tracing::info_span!(target: "kopilka", "request", id = "00c0ffee00c0ffee");
                let _inside = span.enter();
                tracing::info!(target: "kopilka::service", "one");
                tracing::warn!(target: "kopilka::store", "two");
            });
            assert_eq!(text.lines().count(), 2, "{text}");
            assert!(text.lines().all(|line| line.contains("00c0ffee00c0ffee")), "{text}");
        }
    }

    #[test]
    fn a_json_line_is_one_json_object() {
        let text =
            logged(LogFormat::Json, LogLevel::Info, || tracing::info!(target: "kopilka", status = 200, "answered"));
        let line: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!((line["message"].as_str(), line["status"].as_u64()), (Some("answered"), Some(200)));
    }

    #[test]
    fn libraries_are_quiet_and_the_xml_mapper_is_silent_at_every_level() {
        for level in [LogLevel::Error, LogLevel::Warn, LogLevel::Info, LogLevel::Debug, LogLevel::Trace] {
            let text = logged(LogFormat::Text, level, || {
                tracing::error!(target: "yaserde", "code 123456");
                tracing::error!(target: "yaserde::de", "code 123456");
                tracing::info!(target: "hyper::proto", "Authorization: Basic");
                tracing::error!(target: "kopilka::http", "ours");
            });
            assert!(text.contains("ours") && text.lines().count() == 1, "{text}");
        }
    }
}
