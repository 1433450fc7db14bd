//! The sections of the configuration file, one struct each. Units are in the names: `_ms` milliseconds, `_s` seconds,
//! `_bytes` bytes; `_max` is the largest accepted value.

use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    config::{DatabaseUrl, Networks},
    secret::Secret,
};

/// `[server]`: the HTTP listener.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerConfig {
    /// The address and port to listen on.
    pub listen: SocketAddr,
    /// The public URL without a service's path, for the WSDL's `soap:address`. Without it the request's own `Host` is
    /// used.
    pub public_url: Option<String>,
    /// Open connections; one more is answered 503 and closed.
    pub connections_max: usize,
    /// Proxies that are trusted to name the client: `X-Forwarded-For`, `-Proto`, `-Host`, and the PROXY protocol. From
    /// all other peers these headers are ignored.
    pub trusted_proxies: Networks,
    /// Whether connections from the trusted proxies begin with a line of the PROXY protocol, version 1 or 2.
    pub proxy_protocol: bool,
    /// How long a request's head may take, from the connection or the first byte. Milliseconds.
    pub header_read_timeout_ms: u64,
    /// How long a kept connection may be silent between two requests. Milliseconds.
    pub idle_timeout_ms: u64,
    /// How long a request's body may take, from first byte to last. Milliseconds.
    pub body_read_timeout_ms: u64,
    /// How long an answer may take once the body is read. Milliseconds.
    pub answer_timeout_ms: u64,
    /// How long a client may read no byte of an answer. Milliseconds.
    pub write_timeout_ms: u64,
    /// The longest body, also after decompression. Bytes.
    pub body_bytes_max: usize,
    /// The shortest answer that is worth compressing for a client that asks for it. Bytes.
    pub gzip_answer_bytes_min: usize,
    /// How long running requests may take after shutdown begins. Milliseconds.
    pub drain_timeout_ms: u64,
    /// TLS on this very port; without it a reverse proxy does that work.
    pub tls: TlsConfig,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            public_url: None,
            connections_max: 10_000,
            trusted_proxies: Networks::default(),
            proxy_protocol: false,
            header_read_timeout_ms: 8_000,
            idle_timeout_ms: 60_000,
            body_read_timeout_ms: 15_000,
            answer_timeout_ms: 30_000,
            write_timeout_ms: 30_000,
            body_bytes_max: 1_048_576,
            gzip_answer_bytes_min: 2_048,
            drain_timeout_ms: 6_000,
            tls: TlsConfig::default(),
        }
    }
}

/// `[server.tls]`: the certificate; both files or neither.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TlsConfig {
    /// The certificate chain, in PEM.
    pub certificate_file: Option<PathBuf>,
    /// The certificate's private key, in PEM, unencrypted.
    pub key_file: Option<PathBuf>,
    /// How long a handshake may take. Milliseconds.
    pub handshake_timeout_ms: u64,
    /// How often the files are polled; changed ones are reloaded. Seconds.
    pub reload_interval_s: u64,
}

impl Default for TlsConfig {
    fn default() -> Self {
        Self { certificate_file: None, key_file: None, handshake_timeout_ms: 10_000, reload_interval_s: 60 }
    }
}

/// `[database]`: where the data live, and how commands are queued in front of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DatabaseConfig {
    /// The database.
    pub url: DatabaseUrl,
    /// Reader threads, each with its own connection; 0 for one to every two processors. Fewer threads batch more reads,
    /// which makes each cheaper.
    pub reader_threads: usize,
    /// Threads that write. PostgreSQL only: SQLite has one writer.
    pub writer_threads: usize,
    /// Commands that one transaction takes together.
    pub batch_commands_max: usize,
    /// Commands that may wait; one more is answered 503.
    pub write_queue_commands_max: usize,
    /// Reads that may wait; one more is answered 503.
    pub read_queue_requests_max: usize,
    /// How long a command or a read may have to wait before its turn; what would wait longer is answered 503 at once.
    /// Milliseconds.
    pub queue_wait_max_ms: u64,
    /// How long a command may wait before it is refused undone. Milliseconds.
    pub command_deadline_ms: u64,
    /// How long connecting may take. Milliseconds.
    pub connect_timeout_ms: u64,
    /// How long one SQL statement may take. Milliseconds.
    pub statement_timeout_ms: u64,
    /// Lists and reports that are answered at a time, each on a connection of its own beside those of the tills.
    pub list_connections_max: usize,
    /// Lists that may wait for that; one more is answered 503.
    pub list_waiting_max: usize,
    /// How long a list may wait and be answered. Milliseconds.
    pub list_timeout_ms: u64,
    /// How often a transaction that lost to another one is tried again.
    pub retries_max: u32,
}

impl DatabaseConfig {
    /// How many threads answer reads.
    #[must_use]
    pub fn readers(&self) -> usize {
        match self.reader_threads {
            0 => std::thread::available_parallelism().map_or(1, |processors| processors.get().div_ceil(2)),
            given => given,
        }
    }
}

impl Default for DatabaseConfig {
    fn default() -> Self {
        Self {
            url: DatabaseUrl::default(),
            reader_threads: 0,
            writer_threads: 2,
            batch_commands_max: 64,
            write_queue_commands_max: 2_048,
            read_queue_requests_max: 4_096,
            queue_wait_max_ms: 1_500,
            command_deadline_ms: 10_000,
            connect_timeout_ms: 5_000,
            statement_timeout_ms: 10_000,
            list_connections_max: 2,
            list_waiting_max: 16,
            list_timeout_ms: 20_000,
            retries_max: 5,
        }
    }
}

/// `[xml]`: limits of a request's XML.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct XmlLimits {
    /// Elements open at once.
    pub depth_max: usize,
    /// Attributes of one element, namespace declarations included.
    pub attributes_max: usize,
    /// Namespace declarations in scope at one place.
    pub namespace_bindings_max: usize,
    /// Elements of one request.
    pub elements_max: usize,
    /// Text between two tags. Bytes of UTF-8.
    pub text_bytes_max: usize,
    /// One attribute's name and value together. Bytes of UTF-8.
    pub attribute_bytes_max: usize,
}

impl Default for XmlLimits {
    fn default() -> Self {
        Self {
            depth_max: 32,
            attributes_max: 64,
            namespace_bindings_max: 128,
            elements_max: 50_000,
            text_bytes_max: 65_536,
            attribute_bytes_max: 8_192,
        }
    }
}

/// `[security]`: the key that encrypts personal columns and hashes codes, and the limits of password checks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SecurityConfig {
    /// The file with the key. Without it and without `key`: `kopilka.key` beside the SQLite file.
    pub key_file: Option<PathBuf>,
    /// The key itself, for systems that pass secrets in the environment.
    pub key: Option<Secret>,
    /// How long a checked password is remembered. Seconds.
    pub credential_cache_s: u64,
    /// Checked passwords that are remembered at once.
    pub credential_cache_entries_max: usize,
    /// Password checks that run at once; each costs tens of milliseconds of a core and 19 MiB.
    pub password_checks_parallel_max: usize,
    /// Password checks that may wait; one more is answered 503.
    pub password_checks_waiting_max: usize,
    /// Wrong passwords from one address within `failures_window_s`; after that its unknown passwords are answered 429.
    pub failures_per_address_max: u32,
    /// Wrong passwords for one login from one address within `failures_window_s`.
    pub failures_per_login_max: u32,
    /// How long a wrong password counts. Seconds.
    pub failures_window_s: u64,
}

impl Default for SecurityConfig {
    fn default() -> Self {
        Self {
            key_file: None,
            key: None,
            credential_cache_s: 300,
            credential_cache_entries_max: 100_000,
            password_checks_parallel_max: 2,
            password_checks_waiting_max: 64,
            failures_per_address_max: 50,
            failures_per_login_max: 10,
            failures_window_s: 60,
        }
    }
}

/// `[codes]`: confirmation codes sent by SMS.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CodesConfig {
    /// Digits of a code.
    pub digits: u32,
    /// The pause before the next code for the same phone. Seconds.
    pub resend_after_s: u64,
    /// Codes for one phone in 24 hours.
    pub per_phone_per_day_max: u32,
    /// Codes from one till in 24 hours.
    pub per_till_per_day_max: u32,
}

impl Default for CodesConfig {
    fn default() -> Self {
        Self { digits: 6, resend_after_s: 60, per_phone_per_day_max: 10, per_till_per_day_max: 500 }
    }
}

/// `[limits]`: what one request may ask for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitsConfig {
    /// How far a till's clock may run ahead of the server's. Seconds.
    pub clock_ahead_tolerance_s: u64,
    /// How old a till's receipt or return may be when it comes, and the time of any other operation. Days.
    pub receipt_age_max_days: u32,
    /// How old a receipt or a return may be that the head office enters. Days.
    pub receipt_age_office_max_days: u32,
    /// How old an anonymous sale may be that a customer claims. Days.
    pub receipt_claim_max_days: u32,
    /// Lines of one receipt.
    pub receipt_lines_max: usize,
    /// Entries on one page of a statement.
    pub statement_page_entries_max: usize,
    /// Rows on one page of a list; a request may ask for fewer.
    pub list_page_rows_max: usize,
    /// Cards of one batch.
    pub cards_per_batch_max: u32,
    /// How long the answer to an operation key is kept for repeats. Days.
    pub operation_answers_kept_days: u32,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            clock_ahead_tolerance_s: 600,
            receipt_age_max_days: 30,
            receipt_age_office_max_days: 365,
            receipt_claim_max_days: 14,
            receipt_lines_max: 1_000,
            statement_page_entries_max: 200,
            list_page_rows_max: 500,
            cards_per_batch_max: 10_000,
            operation_answers_kept_days: 90,
        }
    }
}

/// `[jobs]`: background work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct JobsConfig {
    /// The pause between two rounds. Seconds.
    pub interval_s: u64,
    /// The most rows in one step. Steps of due changes last some milliseconds and adapt their size; they are longer
    /// while no command waits.
    pub rows_per_step_max: usize,
}

/// `[seals]`: how often the chronicle is sealed, and where the roots of its seals are kept beside the database.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SealsConfig {
    /// The shortest time between two seals. Seconds.
    pub period_s: u64,
    /// The file to which each root is added, a line each: on another disk than the database's.
    pub file: Option<PathBuf>,
    /// Where each root is handed over by POST, as a line of text. A secret, because a token may stand in it.
    pub url: Option<Secret>,
    /// What is sent to the URL as `Authorization: Bearer`: the secret of the gateway that receives there.
    pub url_secret: Option<Secret>,
    /// How long handing over may take. Milliseconds.
    pub url_timeout_ms: u64,
    /// To which phone the last root goes by SMS.
    pub phone: Option<String>,
    /// How often it goes there: with the first seal of each such period, counted from 1970. Seconds.
    pub phone_period_s: u64,
    /// The file that keeps roots of another gateway's database, taken by POST to `/roots`: what `verify --roots-file`
    /// reads. Without it none are taken.
    pub receive_file: Option<PathBuf>,
    /// What the other gateway has as its `url_secret`.
    pub receive_secret: Option<Secret>,
}

impl SealsConfig {
    /// Scheme, host and port of the URL: all of it that may be shown. Empty without one; `…` for a host that is none.
    #[must_use]
    pub fn shown_url(&self) -> String {
        let Some((scheme, rest)) = self.url.as_ref().and_then(|url| url.reveal().split_once("://")) else {
            return String::new();
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let host = authority.rsplit('@').next().unwrap_or_default();
        let port = host.rsplit_once(':').filter(|_| !host.ends_with(']')).map_or("", |(_, port)| port);
        let is_host = port.bytes().all(|byte| byte.is_ascii_digit())
            && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte));
        format!("{scheme}://{}", if is_host { host } else { "…" })
    }
}

impl Default for SealsConfig {
    fn default() -> Self {
        Self {
            period_s: 3_600,
            file: None,
            url: None,
            url_secret: None,
            url_timeout_ms: 10_000,
            phone: None,
            phone_period_s: 86_400,
            receive_file: None,
            receive_secret: None,
        }
    }
}

impl Default for JobsConfig {
    fn default() -> Self {
        Self { interval_s: 5, rows_per_step_max: 2_000 }
    }
}

/// The channel that prints messages.
const CONSOLE: &str = "console";

/// `[sms]`: the outbox, and the channel with settings that only its adapter knows.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SmsConfig {
    /// Which adapter sends: `console` prints messages and keeps them in a file, for a test stand. Without one a gateway
    /// starts with demo data only.
    pub channel: Option<String>,
    /// How often the outbox is polled for retries and for other gateways' messages. Milliseconds.
    pub outbox_poll_ms: u64,
    /// How many messages are sent at once.
    pub parallel_max: usize,
    /// How often one message is tried before it is given up.
    pub attempts_max: u32,
    /// Every other key of the section, for the adapter to parse; may hold the provider's password.
    #[serde(flatten, skip_serializing)]
    pub settings: toml::Table,
}

impl SmsConfig {
    /// The adapter's own view: `channel` together with every key that this section does not know, as the adapter's type
    /// (a `#[serde(tag = "channel")]` enum is the usual one). Without a channel it is `console`: whether that is meant,
    /// the caller has to know.
    ///
    /// # Errors
    /// The deserialiser's, when the settings do not fit the type.
    pub fn adapter<T: DeserializeOwned>(&self) -> Result<T, toml::de::Error> {
        let mut table = self.settings.clone();
        let channel = self.channel.as_deref().unwrap_or(CONSOLE);
        table.insert("channel".to_owned(), toml::Value::String(channel.to_owned()));
        table.try_into()
    }
}

impl Default for SmsConfig {
    fn default() -> Self {
        Self { channel: None, outbox_poll_ms: 500, parallel_max: 8, attempts_max: 8, settings: toml::Table::new() }
    }
}

impl fmt::Debug for SmsConfig {
    /// Settings by name only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmsConfig")
            .field("channel", &self.channel)
            .field("outbox_poll_ms", &self.outbox_poll_ms)
            .field("parallel_max", &self.parallel_max)
            .field("attempts_max", &self.attempts_max)
            .field("settings", &self.settings.keys().collect::<Vec<_>>())
            .finish()
    }
}

/// `[exchange]`: the masked journal of exchanges.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ExchangeConfig {
    /// How long it is kept; 0: nothing is written. Days.
    pub kept_days: u32,
    /// Exchanges that may wait to be written; more are dropped, and counted in the log.
    pub queue_max: usize,
    /// The memory that those may take. Bytes.
    pub queue_bytes_max: usize,
}

impl Default for ExchangeConfig {
    fn default() -> Self {
        Self { kept_days: 7, queue_max: 10_000, queue_bytes_max: 16 * 1_024 * 1_024 }
    }
}

/// `[log]`: log lines on the standard error stream.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogConfig {
    /// How a line looks.
    pub format: LogFormat,
    /// The least important line that is still written, of the gateway's own lines.
    pub level: LogLevel,
}

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line, for collectors.
    Json,
}

/// The log level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// Errors only.
    Error,
    /// Also warnings for the operator.
    Warn,
    /// Also one line for each request.
    #[default]
    Info,
    /// Also the steps of a request.
    Debug,
    /// Everything.
    Trace,
}

impl LogLevel {
    /// The level's word, as in the file.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}
