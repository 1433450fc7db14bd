//! The database URL. Only its scheme selects the database.
//!
//! SQLite opens any path, so a mistyped `postgre://…` would silently start an empty gateway. Any other form is
//! therefore refused.

use std::{fmt, path::Path, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

const SQLITE_SCHEME: &str = "sqlite://";
const POSTGRES_SCHEMES: [&str; 2] = ["postgres://", "postgresql://"];
const DEFAULT_URL_PATH: &str = "kopilka.db";

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
            return if rest.is_empty() {
                refuse("the PostgreSQL URL names no server")
            } else {
                Ok(Self(Kind::Postgres(text.to_owned())))
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

/// Everything from the end of the user's name to the **last** `@` is hidden: a password with an unescaped `@` or
/// `/` in it must not show its tail. Parameters are all hidden but for their names.
fn without_passwords(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", ""));
    let (user, rest) = match rest.rsplit_once('@') {
        Some((login, rest)) => (Some(login.split([':', '/', '?']).next().unwrap_or_default()), rest),
        None => (None, rest),
    };
    let (place, parameters) = rest.split_once('?').map_or((rest, None), |(place, list)| (place, Some(list)));
    let login = user.map(|user| format!("{user}:***@")).unwrap_or_default();
    let parameters = parameters.map(|list| {
        let hidden = list.split('&').map(|pair| format!("{}=***", pair.split_once('=').map_or("", |(name, _)| name)));
        format!("?{}", hidden.collect::<Vec<_>>().join("&"))
    });
    format!("{scheme}://{login}{place}{}", parameters.unwrap_or_default())
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
            "postgres://anna:p@/s3cret@db/loyalty",
            "postgresql://db/loyalty?user=anna&password=s3cret",
            "postgres://anna@db/loyalty?sslpassword=s3cret&password=s3cret@x",
            "postgres://anna:s3cret@db/loyalty?options=a@b",
        ];
        for url in urls {
            let parsed: DatabaseUrl = url.parse().unwrap();
            let shown = format!("{parsed} {parsed:?}");
            assert!(!shown.contains("s3cret"), "{shown}");
        }
        let shown = urls[0].parse::<DatabaseUrl>().unwrap().to_string();
        assert_eq!(shown, "postgres://anna:***@db:5432/loyalty");
    }
}
