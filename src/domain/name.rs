//! Names that are chosen once and sent with every call: logins and codes of tills and stores; and passwords.
//!
//! A name that a call cannot carry, or that nobody can type again, is refused when it is chosen.

use crate::domain::{
    history::AUTHORS,
    refusal::Refusal,
    spelling::{is_mark, is_unseen, tidy},
};

/// Characters of a login, as the contract has it.
const LOGIN_CHARS_MAX: usize = 64;
/// Characters of a code, as the contract has it.
const CODE_CHARS_MAX: usize = 32;
/// Characters of a password, as the contract has it.
const PASSWORD_CHARS_MIN: usize = 8;
/// Characters of a password, as the contract has it.
const PASSWORD_CHARS_MAX: usize = 128;

/// The name of a login as HTTP Basic can carry it: trimmed, without a colon and without invisible characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginName(String);

/// A code of a till, store or partner: trimmed, and without invisible characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code(String);

/// The kind of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Login,
    Code,
    Password,
}

/// What is wrong with a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flaw {
    Blank,
    Colon,
    Hidden,
    Mark,
    Author,
    Short(usize),
    Long(usize),
}

/// Why a name, a code or a password is refused. The text itself is not kept: it may be a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.english())]
pub struct NameProblem(Kind, Flaw);

/// A character that nobody would know to type: a control character, a line's or a paragraph's end, or one that nobody
/// sees.
fn is_hidden(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') || is_unseen(c)
}

impl LoginName {
    /// A login's name from what was written.
    ///
    /// # Errors
    /// HTTP Basic cannot carry it, or it is blank or too long.
    pub fn parse(text: &str) -> Result<Self, NameProblem> {
        let name = tidy(seen(Kind::Login, text)?);
        if name.contains(':') {
            return Err(NameProblem(Kind::Login, Flaw::Colon));
        }
        check_visible(Kind::Login, &name, LOGIN_CHARS_MAX)?;
        // What such a login did would read as done by the program.
        if AUTHORS.contains(&name.as_ref()) {
            return Err(NameProblem(Kind::Login, Flaw::Author));
        }
        Ok(Self(name.into_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Code {
    /// A code from what was written.
    ///
    /// # Errors
    /// It has invisible characters, or is blank or too long for the contract.
    pub fn parse(text: &str) -> Result<Self, NameProblem> {
        let code = tidy(seen(Kind::Code, text)?);
        check_visible(Kind::Code, &code, CODE_CHARS_MAX)?;
        Ok(Self(code.into_owned()))
    }

    /// The code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Checks that HTTP Basic can carry a password. It is not trimmed: its spaces count.
///
/// # Errors
/// It cannot, or the password is too short or too long.
pub fn check_password(text: &str) -> Result<(), NameProblem> {
    let chars = text.chars().count();
    let flaw = if text.trim().is_empty() {
        Flaw::Blank
    } else if text.chars().any(is_hidden) {
        Flaw::Hidden
    } else if chars < PASSWORD_CHARS_MIN {
        Flaw::Short(PASSWORD_CHARS_MIN)
    } else if chars > PASSWORD_CHARS_MAX {
        Flaw::Long(PASSWORD_CHARS_MAX)
    } else {
        return Ok(());
    };
    Err(NameProblem(Kind::Password, flaw))
}

/// The name, trimmed, if all of it can be seen. Where a name is chosen, an unseen character is refused and not removed: who
/// pasted it in would go on sending it, and a mistake is told while somebody looks. Where a name is looked up, it is removed.
fn seen(kind: Kind, text: &str) -> Result<&str, NameProblem> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    if text.chars().any(is_hidden) { Err(NameProblem(kind, Flaw::Hidden)) } else { Ok(text) }
}

/// Checks that a name is not blank or too long, and has visible characters only.
fn check_visible(kind: Kind, name: &str, chars_max: usize) -> Result<(), NameProblem> {
    let flaw = if name.is_empty() {
        Flaw::Blank
    } else if name.chars().any(is_mark) {
        Flaw::Mark
    } else if name.chars().count() > chars_max {
        Flaw::Long(chars_max)
    } else {
        return Ok(());
    };
    Err(NameProblem(kind, flaw))
}

impl NameProblem {
    /// For the command line.
    fn english(&self) -> String {
        let kind = match self.0 {
            Kind::Login => "a login",
            Kind::Code => "a code",
            Kind::Password => "a password",
        };
        match self.1 {
            Flaw::Blank => format!("{kind} must not be blank"),
            Flaw::Colon => format!("{kind} must not contain a colon: HTTP Basic ends the name there"),
            Flaw::Hidden => format!("{kind} must not contain line ends, control or invisible characters"),
            Flaw::Mark => format!("{kind} must have its letters whole, without combining marks"),
            Flaw::Author => format!("{kind} must not be what the history calls the program itself"),
            Flaw::Short(chars) => format!("{kind} has at least {chars} characters"),
            Flaw::Long(chars) => format!("{kind} has at most {chars} characters"),
        }
    }

    /// For the office.
    #[must_use]
    pub fn russian(self) -> String {
        let kind = match self.0 {
            Kind::Login => "имя для входа",
            Kind::Code => "код",
            Kind::Password => "пароль",
        };
        match self.1 {
            Flaw::Blank => format!("{kind} состоит из одних пробелов"),
            Flaw::Colon => format!("{kind} содержит двоеточие"),
            Flaw::Hidden => format!("{kind} содержит перевод строки, табуляцию или другой невидимый знак"),
            Flaw::Mark => format!("{kind} содержит знак над буквой, набранный отдельно от неё"),
            Flaw::Author => format!("{kind} занято: так в истории изменений названа сама программа"),
            Flaw::Short(chars) => format!("{kind} короче {chars} знаков"),
            Flaw::Long(chars) => format!("{kind} длиннее {chars} знаков"),
        }
    }
}

impl From<NameProblem> for Refusal {
    fn from(problem: NameProblem) -> Self {
        Self::NameInvalid { what: problem.russian() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_spelling() {
        for text in ["касса й", " касса й\n", "\u{a0}касса и\u{306} "] {
            assert_eq!(LoginName::parse(text).unwrap().as_str(), "касса й", "{text:?}");
            assert_eq!(Code::parse(text).unwrap().as_str(), "касса й", "{text:?}");
        }
        assert_eq!(LoginName::parse("andre\u{301}").unwrap().as_str(), "andré");
    }

    #[test]
    fn what_basic_cannot_carry_is_no_login() {
        for (text, flaw) in [
            ("", Flaw::Blank),
            (" \u{a0}\t", Flaw::Blank),
            ("a:b", Flaw::Colon),
            (":", Flaw::Colon),
            ("a\tb", Flaw::Hidden),
            ("a\u{85}b", Flaw::Hidden),
            ("a\u{0}b", Flaw::Hidden),
            ("a\u{200b}b", Flaw::Hidden),
            ("a\u{180e}b", Flaw::Hidden),
            ("a\u{3164}b", Flaw::Hidden),
            ("a\u{fe0f}b", Flaw::Hidden),
            ("x\u{301}", Flaw::Mark),
            (" command line", Flaw::Author),
        ] {
            assert_eq!(LoginName::parse(text), Err(NameProblem(Kind::Login, flaw)), "{text:?}");
        }
        assert_eq!(LoginName::parse(&"я".repeat(65)), Err(NameProblem(Kind::Login, Flaw::Long(64))));
        assert!(LoginName::parse(&"я".repeat(64)).is_ok());
    }

    #[test]
    fn a_code_is_what_the_contract_can_name() {
        assert_eq!(Code::parse("M:1").unwrap().as_str(), "M:1");
        for text in ["", "  ", "M\n1", "123456789012345678901234567890123"] {
            assert!(Code::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_password_keeps_its_spaces_and_has_no_line_ends() {
        assert_eq!(check_password(" a:b c d "), Ok(()));
        for text in ["1234567", "12345678\n", "1234\t5678", "1234\u{200b}5678", "         "] {
            assert!(check_password(text).is_err(), "{text:?}");
        }
        assert!(check_password(&"1".repeat(129)).is_err());
    }

    #[test]
    fn a_problem_is_told_in_two_languages() {
        let problem = LoginName::parse("a:b").unwrap_err();
        assert!(problem.to_string().starts_with("a login must not contain a colon"));
        let told =
            "Имя, код или пароль указаны неверно: имя для входа содержит двоеточие. Исправьте и сохраните ещё раз.";
        assert_eq!(Refusal::from(problem).to_string(), told);
    }
}
