//! A channel that prints messages to the console, for trials and development.
//!
//! What it prints is not a log. It is the message itself, with its phone and its code, and the only copy there is: do
//! not choose this channel where real customers are served.

use std::{
    fmt,
    fs::{File, OpenOptions},
    io::{self, Write},
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

use chrono::{DateTime, Local};

use crate::notify::{Channel, ChannelError, ConfigError, Message, Status, Submitted};

/// The line above and below a message on the console.
const FRAME: &str = "────────────────────────────────────────";

/// Shows every message on the server's own output and appends it to a file.
pub struct ConsoleChannel {
    writer: Mutex<Box<dyn Write + Send>>,
    file: PathBuf,
    now: fn() -> DateTime<Local>,
}

impl ConsoleChannel {
    /// A channel that prints to `writer` (standard output in production) and appends to `file`.
    ///
    /// The file is opened for each message, so that it may be moved away at any time; where it does not exist it is
    /// created for its owner's eyes only (mode 0600 on Unix).
    pub fn new(writer: Box<dyn Write + Send>, file: PathBuf) -> Self {
        Self { writer: Mutex::new(writer), file, now: Local::now }
    }

    /// The same channel with another clock.
    pub fn with_clock(mut self, now: fn() -> DateTime<Local>) -> Self {
        self.now = now;
        self
    }

    /// Opens the file once, to learn at start rather than at the first message that it cannot be written.
    pub(super) fn check_file(&self) -> Result<(), ConfigError> {
        self.open().map(drop).map_err(|error| {
            let why = format!("{} cannot be written ({error}); name a file in a writable folder", self.file.display());
            ConfigError::setting("file", why)
        })
    }

    fn open(&self) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&self.file)
    }

    /// One write, so that lines of several processes do not run into each other.
    fn append(&self, message: &Message) -> io::Result<()> {
        let at = (self.now)().format("%Y-%m-%d %H:%M:%S%:z");
        let text = printable(message.text.reveal()).replace('\n', "\\n");
        let line = format!("{at} №{} {}{}: {text}\n", message.id, printable(&message.recipient), sender(message));
        let mut file = self.open()?;
        file.write_all(line.as_bytes())?;
        file.flush()
    }

    fn print(&self, message: &Message) -> io::Result<()> {
        let (recipient, text) = (printable(&message.recipient), printable(message.text.reveal()));
        let shown = format!("{FRAME}\nSMS для {recipient}{}: {text}\n{FRAME}\n", sender(message));
        // A panic of another writer leaves at worst half a frame behind: no reason to stop.
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        writer.write_all(shown.as_bytes())?;
        writer.flush()
    }
}

impl Channel for ConsoleChannel {
    fn name(&self) -> &'static str {
        "console"
    }

    /// The file is written first: a message is delivered when it is there, though the console be closed.
    fn submit(&self, message: &Message) -> Result<Submitted, ChannelError> {
        self.append(message).map_err(|error| ChannelError::Temporary {
            what: format!("the console channel's file cannot be written: {}", error.kind()),
            retry_after_s: None,
        })?;
        if let Err(error) = self.print(message) {
            tracing::warn!(message_id = message.id, kind = %error.kind(), "message is in the file but not on the console");
        }
        tracing::info!(message_id = message.id, channel = self.name(), "message submitted");
        Ok(Submitted { provider_id: None, status: Status::Delivered })
    }
}

impl fmt::Debug for ConsoleChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConsoleChannel").field("file", &self.file).finish_non_exhaustive()
    }
}

fn sender(message: &Message) -> String {
    message.sender.as_deref().map(|name| format!(" от {}", printable(name))).unwrap_or_default()
}

/// A message is text from a template and a customer's own name; it must not be able to steer a terminal.
fn printable(text: &str) -> String {
    text.replace("\r\n", "\n").chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::secret::Secret;

    #[derive(Clone, Default)]
    struct Screen(Arc<Mutex<Vec<u8>>>);

    impl Screen {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    impl Write for Screen {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    struct Closed;

    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
    }

    /// A folder of this test's own, gone when the test ends.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("kopilka-console-{name}-{}", std::process::id()));
            std::fs::create_dir_all(&path).unwrap();
            Self(path)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    fn message(text: &str) -> Message {
        Message { id: 42, recipient: "+79161234567".into(), text: Secret::new(text), sender: None }
    }

    fn noon() -> DateTime<Local> {
        use chrono::TimeZone;
        Local.with_ymd_and_hms(2025, 11, 21, 12, 0, 0).unwrap()
    }

    #[test]
    fn a_message_is_shown_on_the_console_and_kept_in_the_file() {
        let folder = Folder::new("shown");
        let (screen, file) = (Screen::default(), folder.0.join("sms.log"));
        let channel = ConsoleChannel::new(Box::new(screen.clone()), file.clone()).with_clock(noon);
        let done = channel.submit(&message("Код списания: 123456")).unwrap();
        assert_eq!(done, Submitted { provider_id: None, status: Status::Delivered });
        assert!(screen.text().contains("SMS для +79161234567: Код списания: 123456\n"), "{}", screen.text());
        channel.submit(&Message { sender: Some("KOPILKA".into()), ..message("Второе") }).unwrap();
        let kept = std::fs::read_to_string(&file).unwrap();
        let lines: Vec<_> = kept.lines().collect();
        assert_eq!(lines.len(), 2);
        assert!(lines[0].starts_with("2025-11-21 12:00:00"), "{kept}");
        assert!(lines[0].ends_with("№42 +79161234567: Код списания: 123456"), "{kept}");
        assert!(lines[1].ends_with("№42 +79161234567 от KOPILKA: Второе"), "{kept}");
    }

    #[cfg(unix)]
    #[test]
    fn the_file_is_created_for_its_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let folder = Folder::new("mode");
        let file = folder.0.join("sms.log");
        ConsoleChannel::new(Box::new(io::sink()), file.clone()).submit(&message("x")).unwrap();
        assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_message_of_several_lines_stays_one_line_of_the_file_and_cannot_steer_the_terminal() {
        let folder = Folder::new("lines");
        let (screen, file) = (Screen::default(), folder.0.join("sms.log"));
        let channel = ConsoleChannel::new(Box::new(screen.clone()), file.clone());
        channel.submit(&message("первая\r\nвторая\u{1b}[2J")).unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap().lines().count(), 1);
        assert!(screen.text().contains("первая\nвторая [2J"));
        assert!(!screen.text().contains('\u{1b}'));
    }

    #[test]
    fn a_closed_console_does_not_lose_a_message_that_is_in_the_file() {
        let folder = Folder::new("closed");
        let file = folder.0.join("sms.log");
        ConsoleChannel::new(Box::new(Closed), file.clone()).submit(&message("x")).unwrap();
        assert_eq!(std::fs::read_to_string(file).unwrap().lines().count(), 1);
    }

    #[test]
    fn an_unwritable_file_is_a_temporary_failure_that_tells_no_secrets() {
        let folder = Folder::new("unwritable");
        let channel = ConsoleChannel::new(Box::new(io::sink()), folder.0.join("no/such/folder/sms.log"));
        let error = channel.submit(&message("тайна")).unwrap_err();
        assert!(matches!(error, ChannelError::Temporary { .. }));
        assert!(!format!("{error} {error:?} {channel:?}").contains("тайна"));
        assert!(channel.check_file().unwrap_err().to_string().contains("writable folder"));
    }
}
