//! The database URL. Only its scheme selects the database.
//!
//! SQLite opens any path, so a mistyped `postgre://…` would silently start an empty gateway. Any other form is
//! therefore refused.

use std::{fmt, path::Path, str::FromStr};

use percent_encoding::percent_decode_str;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

const SQLITE_SCHEME: &str = "sqlite://";
const POSTGRES_SCHEMES: [&str; 2] = ["postgres://", "postgresql://"];
const DEFAULT_URL_PATH: &str = "kopilka.db";
/// What stands in place of a secret.
const MASK: &str = "***";

/// A database that the gateway can use. `Display` and `Debug` never show a password.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(Kind);

#[derive(Clone, PartialEq, Eq)]
enum Kind {
    /// The path of the file.
    Sqlite(String),
    /// The whole URL, password included.
    Postgres(String),
}

/// Why a text is not a usable database URL. The text itself is not repeated: it may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}; use sqlite://path/to/kopilka.db or postgres://user:password@host:5432/base")]
pub struct DatabaseUrlError {
    reason: String,
}

impl DatabaseUrl {
    /// The file of a SQLite database; relative paths are relative to the working directory.
    #[must_use]
    pub fn sqlite_path(&self) -> Option<&Path> {
        match &self.0 {
            Kind::Sqlite(path) => Some(Path::new(path)),
            Kind::Postgres(_) => None,
        }
    }

    /// The URL for PostgreSQL's client library, **with the password**: for connecting only, never for a log.
    #[must_use]
    pub fn postgres_url(&self) -> Option<&str> {
        match &self.0 {
            Kind::Sqlite(_) => None,
            Kind::Postgres(url) => Some(url),
        }
    }

    /// A text of the client library's without what it may quote of the URL: the password, and the values of parameters.
    #[must_use]
    pub fn hidden_in(&self, text: &str) -> String {
        let Kind::Postgres(url) = &self.0 else { return text.to_owned() };
        let parts = PostgresParts::of(url.split_once("://").map_or("", |(_, rest)| rest));
        let values = parts.parameters().filter_map(|pair| pair.split_once('=')).map(|(_, value)| value);
        let secrets = values.chain(parts.login.and_then(|(_, password)| password)).filter(|secret| !secret.is_empty());
        secrets.fold(text.to_owned(), |text, secret| {
            let decoded = percent_decode_str(secret).decode_utf8_lossy();
            text.replace(secret, MASK).replace(&*decoded, MASK)
        })
    }

    /// Whether this is SQLite.
    #[must_use]
    pub fn is_sqlite(&self) -> bool {
        self.sqlite_path().is_some()
    }
}

impl Default for DatabaseUrl {
    fn default() -> Self {
        Self(Kind::Sqlite(DEFAULT_URL_PATH.to_owned()))
    }
}

impl FromStr for DatabaseUrl {
    type Err = DatabaseUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(path) = text.strip_prefix(SQLITE_SCHEME) {
            return sqlite(path);
        }
        if let Some(rest) = POSTGRES_SCHEMES.iter().find_map(|scheme| text.strip_prefix(scheme)) {
            return match postgres_problem(rest) {
                Some(problem) => refuse(problem),
                None => Ok(Self(Kind::Postgres(text.to_owned()))),
            };
        }
        if text.starts_with("sqlite:") && text.contains(":memory:") {
            return refuse(IN_MEMORY);
        }
        match text.split_once(':') {
            // A drive letter is a path, not a scheme.
            Some((scheme, _)) if scheme.len() > 1 && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+') => {
                refuse(&format!(
                    "`{scheme}:` without the right slashes or spelling is not a database this gateway knows"
                ))
            }
            _ => refuse("a database is named by a URL, not by a bare path"),
        }
    }
}

const IN_MEMORY: &str = "a database in memory would lose every acknowledged operation at the first restart";

fn sqlite(path: &str) -> Result<DatabaseUrl, DatabaseUrlError> {
    if path.is_empty() {
        refuse("the SQLite URL names no file")
    } else if path.contains(":memory:") || path.starts_with("file:") {
        refuse(IN_MEMORY)
    } else if path.contains(['?', '#', '\0']) {
        refuse("a SQLite URL takes no parameters: everything after sqlite:// is the file's path")
    } else if path.ends_with(['/', '\\']) {
        refuse("the SQLite URL names a directory, not a file")
    } else {
        Ok(DatabaseUrl(Kind::Sqlite(path.to_owned())))
    }
}

fn refuse(reason: &str) -> Result<DatabaseUrl, DatabaseUrlError> {
    Err(DatabaseUrlError { reason: reason.to_owned() })
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Sqlite(path) => write!(f, "{SQLITE_SCHEME}{path}"),
            Kind::Postgres(url) => f.write_str(&without_passwords(url)),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The parameters that libpq 18 knows. It would quote the name of another one, which may be the tail of a password with an
/// unescaped `&`.
const PARAMETERS: [&str; 52] = [
    "application_name",
    "channel_binding",
    "client_encoding",
    "connect_timeout",
    "dbname",
    "fallback_application_name",
    "gssdelegation",
    "gssencmode",
    "gsslib",
    "host",
    "hostaddr",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "krbsrvname",
    "load_balance_hosts",
    "max_protocol_version",
    "min_protocol_version",
    "oauth_client_id",
    "oauth_client_secret",
    "oauth_issuer",
    "oauth_scope",
    "options",
    "passfile",
    "password",
    "port",
    "replication",
    "require_auth",
    "requirepeer",
    "scram_client_key",
    "scram_server_key",
    "service",
    "servicefile",
    "ssl",
    "ssl_max_protocol_version",
    "ssl_min_protocol_version",
    "sslcert",
    "sslcertmode",
    "sslcompression",
    "sslcrl",
    "sslcrldir",
    "sslkey",
    "sslkeylogfile",
    "sslmode",
    "sslnegotiation",
    "sslpassword",
    "sslrootcert",
    "sslsni",
    "target_session_attrs",
    "tcp_user_timeout",
    "user",
];

/// The parts of a PostgreSQL URL, as libpq divides it.
struct PostgresParts<'a> {
    /// The name and the password, before the first `@`, if that comes before any `/`.
    login: Option<(&'a str, Option<&'a str>)>,
    /// Hosts with their ports, separated by commas.
    hosts: &'a str,
    /// The database's name, with what is before its parameters.
    name: &'a str,
    /// The parameters, separated by `&`.
    parameters: Option<&'a str>,
}

impl<'a> PostgresParts<'a> {
    /// Divides what follows the scheme.
    fn of(rest: &'a str) -> Self {
        let before_path = rest.split('/').next().unwrap_or_default();
        let (login, rest) = match before_path.split_once('@') {
            Some((login, _)) => (Some(login), rest.get(login.len().saturating_add(1)..).unwrap_or_default()),
            None => (None, rest),
        };
        let login = login.map(|login| match login.split_once(':') {
            Some((user, password)) => (user, Some(password)),
            None => (login, None),
        });
        let (place, parameters) = rest.split_once('?').map_or((rest, None), |(place, list)| (place, Some(list)));
        let (hosts, name) = place.split_once('/').unwrap_or((place, ""));
        Self { login, hosts, name, parameters }
    }

    fn parameters(&self) -> impl Iterator<Item = &'a str> {
        self.parameters.into_iter().flat_map(|list| list.split('&')).filter(|pair| !pair.is_empty())
    }
}

/// What is wrong with what follows the scheme of a PostgreSQL URL. libpq would quote what it cannot read, and an unescaped
/// sign in a password makes the rest of it a host, a port or a parameter: so it is never handed such a URL.
fn postgres_problem(rest: &str) -> Option<&'static str> {
    const UNESCAPED: &str = "in the user, the password and the names a `/`, `@`, `:`, `#`, `?`, `&`, `%` or blank is written by its \
                             number: %2F, %40, %3A, %23, %3F, %26, %25, %20";
    if rest.is_empty() {
        return Some("the PostgreSQL URL names no server");
    }
    let parts = PostgresParts::of(rest);
    if !is_escaped(rest) || rest.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Some(UNESCAPED);
    }
    // One `@` ends the login. Any other would be within a password, whose rest libpq takes for something else.
    if rest.matches('@').count() != usize::from(parts.login.is_some()) {
        return Some(UNESCAPED);
    }
    let login = parts.login.map(|(user, password)| [user, password.unwrap_or_default()]).unwrap_or_default();
    if login.iter().any(|text| text.contains(['#', ':', '?', '&'])) {
        return Some(UNESCAPED);
    }
    if parts.hosts.contains('#') || parts.name.contains('#') || !parts.hosts.split(',').all(is_host) {
        return Some(UNESCAPED);
    }
    let is_parameter =
        |pair: &str| pair.split_once('=').is_some_and(|(name, value)| is_known(name) && is_value(name, value));
    let are_known = parts.parameters().all(is_parameter);
    (!are_known).then_some("a parameter of the URL is none that PostgreSQL's library knows, or cannot have this value")
}

/// Whether a value can be one of this parameter: libpq would quote another one, which may be the tail of a password.
fn is_value(parameter: &str, value: &str) -> bool {
    const NUMBERS: [&str; 7] = [
        "port",
        "connect_timeout",
        "keepalives",
        "keepalives_count",
        "keepalives_idle",
        "keepalives_interval",
        "tcp_user_timeout",
    ];
    const MODES: [&str; 6] = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];
    const SERVERS: [&str; 6] = ["any", "read-write", "read-only", "primary", "standby", "prefer-standby"];
    match parameter {
        number if NUMBERS.contains(&number) => value.bytes().all(|byte| byte.is_ascii_digit() || byte == b','),
        "sslmode" => MODES.contains(&value),
        "target_session_attrs" => SERVERS.contains(&value),
        _ => !value.contains('='),
    }
}

fn is_known(parameter: &str) -> bool {
    PARAMETERS.contains(&parameter)
}

/// Whether every `%` begins the number of a byte.
fn is_escaped(text: &str) -> bool {
    let is_number = |tail: &str| {
        let digits = tail.as_bytes().first_chunk::<2>();
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit) && digits != b"00")
    };
    text.split('%').skip(1).all(is_number)
}

/// A host, a folder of sockets written by numbers, or an address in brackets, each with a port or without; or nothing.
fn is_host(text: &str) -> bool {
    let is_port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
    match text.strip_prefix('[') {
        Some(rest) => rest.split_once(']').is_some_and(|(address, port)| {
            !address.is_empty()
                && address.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":.%".contains(&byte))
                && (port.is_empty() || port.strip_prefix(':').is_some_and(is_port))
        }),
        None => {
            let (name, port) = text.split_once(':').unwrap_or((text, ""));
            is_port(port) && !name.contains(['[', ']', ':'])
        }
    }
}

/// The URL as it may be shown: without the password and without the values of parameters.
fn without_passwords(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", ""));
    let parts = PostgresParts::of(rest);
    let login = parts.login.map(|(user, _)| format!("{user}:***@")).unwrap_or_default();
    let slash = if parts.name.is_empty() { "" } else { "/" };
    let hidden = |pair: &str| {
        let name = pair.split('=').next().filter(|name| is_known(name));
        format!("{}=***", name.unwrap_or("…"))
    };
    let parameters: Vec<String> = parts.parameters().map(hidden).collect();
    let parameters = if parameters.is_empty() { String::new() } else { format!("?{}", parameters.join("&")) };
    format!("{scheme}://{login}{}{slash}{}{parameters}", parts.hosts, parts.name)
}

impl Serialize for DatabaseUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DatabaseUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        text.parse::<DatabaseUrl>().unwrap_err().to_string()
    }

    #[test]
    fn two_forms_are_accepted() {
        let sqlite: DatabaseUrl = "sqlite:///var/lib/kopilka/kopilka.db".parse().unwrap();
        assert_eq!(sqlite.sqlite_path(), Some(Path::new("/var/lib/kopilka/kopilka.db")));
        assert_eq!(sqlite.postgres_url(), None);
        for url in ["postgres://u:p@h/b", "postgresql://h/b"] {
            assert_eq!(url.parse::<DatabaseUrl>().unwrap().postgres_url(), Some(url));
        }
        assert_eq!(DatabaseUrl::default(), "sqlite://kopilka.db".parse().unwrap());
    }

    #[test]
    fn a_mistyped_url_is_never_taken_for_a_file_name() {
        let mistyped = [
            "postgre://u:s3cret@h/b",
            "sqllite://kopilka.db",
            "sqlite:kopilka.db",
            "sqlite:/kopilka.db",
            "kopilka.db",
            "/var/lib/kopilka.db",
            "C:\\kopilka.db",
            "Postgres://h/b",
            "postgres:h/b",
            "postgres://",
            "mysql://h/b",
            "",
            "sqlite://",
            "sqlite://data/",
            "sqlite://kopilka.db?mode=rwc",
        ];
        for text in mistyped {
            let sentence = refused(text);
            assert!(sentence.contains("sqlite://") && sentence.contains("postgres://"), "{text}: {sentence}");
            assert!(!sentence.contains("s3cret"), "{sentence}");
        }
    }

    #[test]
    fn a_database_in_memory_is_refused_with_the_reason() {
        for text in ["sqlite::memory:", "sqlite://:memory:", "sqlite://file:x?mode=memory", "sqlite:file::memory:"] {
            assert!(refused(text).contains("lose every acknowledged operation"), "{text}");
        }
    }

    #[test]
    fn passwords_are_hidden_in_display_and_debug() {
        let urls = [
            "postgres://anna:s3cret@db:5432/loyalty",
            "postgres://anna:p%40%2Fs3cret@db/loyalty",
            "postgresql://db/loyalty?user=anna&password=s3cret",
            "postgres://anna@db/loyalty?sslpassword=s3cret&password=s3cret%40x",
            "postgres://anna:s3cret@db/loyalty?options=a%40b",
            "postgres://anna:s3cret@[::1]:5432,db2:5433/loyalty?passfile=s3cret",
            "postgres://:s3cret@/loyalty?host=%2Frun%2Fpostgresql",
        ];
        for url in urls {
            let parsed: DatabaseUrl = url.parse().unwrap();
            let shown = format!("{parsed} {parsed:?}");
            assert!(!shown.contains("s3cret"), "{shown}");
        }
        let shown = |url: &str| url.parse::<DatabaseUrl>().unwrap().to_string();
        assert_eq!(shown(urls[0]), "postgres://anna:***@db:5432/loyalty");
        assert_eq!(shown(urls[5]), "postgres://anna:***@[::1]:5432,db2:5433/loyalty?passfile=***");
    }

    #[test]
    fn urls_that_libpq_reads_are_taken() {
        for url in [
            "postgres://h/b",
            "postgres:///b",
            "postgres://u@dead:1,alive:2/db?target_session_attrs=primary",
            "postgresql://u:p@h",
            "postgres://%2Frun%2Fpostgresql/b",
            "postgres://u@[fe80::1%25eth0]:5432/b?sslmode=require&",
            "postgres://h/b?",
        ] {
            assert_eq!(url.parse::<DatabaseUrl>().unwrap().postgres_url(), Some(url));
        }
        for url in ["postgres://u:p@h:12x/b", "postgres://u:p@[::1/b", "postgres://u:p@q@h/b", "postgres://u:p/q@h/b"] {
            assert!(refused(url).contains("%2F"), "{url}");
        }
        for url in [
            "postgres://h/b?ssl",
            "postgres://h/b?port=1=2",
            "postgres://h/b?mode=1",
            "postgres://h/b?port=s3cret",
            "postgres://h/b?sslmode=s3cret",
            "postgres://h/b?target_session_attrs=s3cret",
        ] {
            assert!(refused(url).contains("a parameter"), "{url}");
        }
    }

    #[test]
    fn what_the_library_quotes_is_hidden() {
        let url: DatabaseUrl = "postgres://anna:pa%2Fss@h/b?sslpassword=s3cret".parse().unwrap();
        assert_eq!(url.hidden_in("«pa/ss», «pa%2Fss», «s3cret»: wrong"), "«***», «***», «***»: wrong");
        assert_eq!(DatabaseUrl::default().hidden_in("kopilka.db"), "kopilka.db");
    }

    proptest::proptest! {
        /// However a password is written into a URL: it is taken whole and hidden, or refused, and no piece of it is said.
        #[test]
        fn no_piece_of_a_password_is_ever_said(
            pieces in proptest::collection::vec("[k-z]{5,9}", 1..4),
            signs in proptest::collection::vec("[/@:#?&%= ,;\\[\\]+!$'\"]|%2[0-9A-F]|%zz", 4),
            place in 0..4_usize,
        ) {
            let password: String = pieces.iter().zip(&signs).map(|(piece, sign)| format!("{sign}{piece}")).collect();
            let url = match place {
                0 => format!("postgres://anna:{password}@db:1/loyalty"),
                1 => format!("postgres://anna:x{password}@db/loyalty?sslmode=disable"),
                2 => format!("postgresql://db/loyalty?user=anna&password={password}&sslmode=disable"),
                _ => format!("postgres://anna:{password}@db,[::1]:1"),
            };
            let said = match url.parse::<DatabaseUrl>() {
                Ok(taken) => format!("{taken} {taken:?} {}", serde_json::to_string(&taken).unwrap()),
                Err(error) => format!("{error} {error:?}"),
            };
            for piece in &pieces {
                proptest::prop_assert!(!said.contains(piece.as_str()), "{piece} of {url} is in {said}");
            }
        }
    }
}
