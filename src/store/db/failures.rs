//! What a database's error means for the caller.
//!
//! The server's messages come in the language of its `lc_messages`, which only its administrator may change; libpq gives
//! no code for most of them. So they are known in English and in Russian (PostgreSQL's and glibc's own catalogues). In
//! another language such a failure is answered as an internal error, and the caller may repeat the call all the same.

use diesel::result::Error;

/// Whether the whole transaction may be retried after this error.
#[must_use]
pub fn is_transient(error: &Error) -> bool {
    use diesel::result::DatabaseErrorKind as Kind;
    const TEXTS: [&str; 8] = [
        "deadlock detected",
        "обнаружена взаимоблокировка",
        "database is locked",
        "server closed the connection",
        "terminating connection",
        "закрытие подключения",
        "no connection to the server",
        "connection not open",
    ];
    if matches!(error, Error::BrokenTransactionManager) {
        return true;
    }
    let Error::DatabaseError(kind, info) = error else { return false };
    matches!(kind, Kind::SerializationFailure | Kind::ClosedConnection | Kind::UnableToSendCommand)
        || TEXTS.iter().any(|text| info.message().contains(text))
}

/// Whether the server cancelled a statement by its timeout.
#[must_use]
pub fn is_cancelled(error: &Error) -> bool {
    let Error::DatabaseError(_, info) = error else { return false };
    // The Russian text of a lock's timeout goes on; the statement's ends here.
    info.message().contains("canceling statement due to statement timeout")
        || info.message().trim_end().ends_with("выполнение оператора отменено из-за тайм-аута")
}

/// Whether the database's disk is full, broken or read-only.
#[must_use]
pub fn is_unwritable(error: &Error) -> bool {
    const TEXTS: [&str; 10] = [
        // SQLite.
        "disk I/O error",
        "database or disk is full",
        "unable to open database file",
        "attempt to write a readonly database",
        // PostgreSQL.
        "На устройстве не осталось свободного места",
        "Ошибка ввода/вывода",
        "Файловая система доступна только для чтения",
        "No space left on device",
        "Input/output error",
        "Read-only file system",
    ];
    let Error::DatabaseError(_, info) = error else { return false };
    TEXTS.iter().any(|text| info.message().contains(text))
}

#[cfg(test)]
mod tests {
    use diesel::result::DatabaseErrorKind;

    use super::*;

    fn said(message: &str) -> Error {
        Error::DatabaseError(DatabaseErrorKind::Unknown, Box::new(message.to_owned()))
    }

    #[test]
    fn a_server_is_understood_in_english_and_in_russian() {
        for text in
            ["deadlock detected", "обнаружена взаимоблокировка", "закрытие подключения по команде администратора"]
        {
            assert!(is_transient(&said(text)), "{text}");
            assert!(!is_cancelled(&said(text)) && !is_unwritable(&said(text)), "{text}");
        }
        for text in ["canceling statement due to statement timeout", "выполнение оператора отменено из-за тайм-аута"]
        {
            assert!(is_cancelled(&said(text)) && !is_transient(&said(text)), "{text}");
        }
        for text in
            ["canceling statement due to lock timeout", "выполнение оператора отменено из-за тайм-аута блокировки"]
        {
            assert!(!is_cancelled(&said(text)), "{text}");
        }
        let full = "не удалось увеличить файл \"base/5/1259\": На устройстве не осталось свободного места";
        for text in [full, "could not extend file \"base/5/1259\": No space left on device", "disk I/O error"] {
            assert!(is_unwritable(&said(text)) && !is_transient(&said(text)), "{text}");
        }
    }
}
