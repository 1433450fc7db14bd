//! The fixed fields of the questionnaire («анкета клиента»).

use std::fmt;

use chrono::NaiveDate;

use crate::domain::refusal::Refusal;

/// The fixed fields of the questionnaire. Debug shows none of them.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Answers {
    /// Фамилия.
    pub surname: Option<String>,
    /// Имя.
    pub name: Option<String>,
    /// Отчество.
    pub patronymic: Option<String>,
    /// Дата рождения.
    pub birth_date: Option<NaiveDate>,
    /// Пол.
    pub sex: Option<Sex>,
    /// E-mail.
    pub email: Option<String>,
}

/// Пол.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sex {
    /// Мужской.
    Male,
    /// Женский.
    Female,
}

impl Answers {
    /// Merges the given answers; absent ones stay unchanged.
    pub fn update(&mut self, given: Self) {
        fn keep<T>(old: &mut Option<T>, new: Option<T>) {
            if new.is_some() {
                *old = new;
            }
        }
        keep(&mut self.surname, given.surname);
        keep(&mut self.name, given.name);
        keep(&mut self.patronymic, given.patronymic);
        keep(&mut self.birth_date, given.birth_date);
        keep(&mut self.sex, given.sex);
        keep(&mut self.email, given.email);
    }

    /// Checks the answers.
    ///
    /// # Errors
    /// The first invalid answer, in Russian.
    pub fn check(&self, today: NaiveDate) -> Result<(), Refusal> {
        let wrong = |what: &str| Err(Refusal::QuestionnaireInvalid { what: what.into() });
        if let Some(birth) = self.birth_date {
            let oldest = today.checked_sub_months(chrono::Months::new(120 * 12)).unwrap_or(NaiveDate::MIN);
            if birth > today || birth < oldest {
                return wrong("дата рождения в будущем или слишком давняя");
            }
        }
        if let Some(email) = &self.email {
            let parts: Vec<&str> = email.split('@').collect();
            let plausible = matches!(parts.as_slice(), [user, host] if !user.is_empty() && host.contains('.') && !host.starts_with('.') && !host.ends_with('.'));
            if !plausible || email.chars().any(char::is_whitespace) {
                return wrong("адрес электронной почты");
            }
        }
        Ok(())
    }

    /// How to address the customer in full: «Иванова Анна Петровна».
    #[must_use]
    pub fn full_name(&self) -> Option<String> {
        let parts: Vec<&str> =
            [&self.surname, &self.name, &self.patronymic].into_iter().flatten().map(String::as_str).collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    }

    /// The short form for cashiers: «Анна И.».
    #[must_use]
    pub fn masked_name(&self) -> Option<String> {
        let initial = self.surname.as_ref().and_then(|surname| surname.chars().next()).map(|c| format!("{c}."));
        match (&self.name, initial) {
            (Some(name), Some(initial)) => Some(format!("{name} {initial}")),
            (Some(name), None) => Some(name.clone()),
            (None, initial) => initial,
        }
    }
}

impl fmt::Debug for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Answers(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_not_given_stays() {
        let mut answers = Answers { name: Some("Анна".into()), email: Some("a@b.ru".into()), ..Answers::default() };
        answers.update(Answers {
            surname: Some("Иванова".into()), email: Some("c@d.ru".into()), ..Answers::default()
        });
        assert_eq!(answers.full_name().unwrap(), "Иванова Анна");
        assert_eq!(answers.masked_name().unwrap(), "Анна И.");
        assert_eq!(answers.email.unwrap(), "c@d.ru");
    }

    #[test]
    fn what_cannot_be_is_named() {
        let today = day("2026-11-21");
        let refused = |answers: Answers| answers.check(today).unwrap_err().to_string();
        assert!(
            refused(Answers { birth_date: Some(day("2026-11-22")), ..Answers::default() }).contains("дата рождения")
        );
        assert!(
            refused(Answers { birth_date: Some(day("1900-01-01")), ..Answers::default() }).contains("дата рождения")
        );
        for email in ["нет", "a@", "@b.ru", "a b@c.ru", "a@b@c.ru", "a@.ru"] {
            assert!(refused(Answers { email: Some(email.into()), ..Answers::default() }).contains("почты"), "{email}");
        }
        assert_eq!(Answers { email: Some("анна@почта.рф".into()), ..Answers::default() }.check(today), Ok(()));
    }

    #[test]
    fn debug_tells_nothing() {
        let answers = Answers { name: Some("Анна".into()), ..Answers::default() };
        assert!(!format!("{answers:?}").contains("Анна"));
    }
}
