//! Cases: what went otherwise than it should, for an office to look at and close. They are opened by the program, never by hand.

use crate::domain::{
    ids::{CaseId, CredentialId, CustomerId, PartnerId, ProgrammeId, ReceiptId, ReturnId, StoreId},
    moment::Moment,
    refusal::Refusal,
};

/// A case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Identity.
    pub id: CaseId,
    /// The word of its kind, see [`CaseKind`]; a newer program may have written another.
    pub kind: String,
    /// The programme.
    pub programme: ProgrammeId,
    /// Whose case it is.
    pub partner: PartnerId,
    /// The store where it happened, if it happened in one.
    pub store: Option<StoreId>,
    /// The customer whom it concerns, if it concerns one: by that one's key the texts are sealed.
    pub customer: Option<CustomerId>,
    /// What it is about.
    pub subject: Option<CaseSubject>,
    /// What happened, in Russian. `None` once the customer has been erased.
    pub text: Option<String>,
    /// When it was opened.
    pub opened_at: Moment,
    /// How it was closed; `None` while it is open.
    pub closing: Option<Closing>,
}

/// How a case was closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing {
    /// When.
    pub at: Moment,
    /// By which login.
    pub by: CredentialId,
    /// By which employee, as the caller says.
    pub employee: Option<String>,
    /// What was found and done. `None` once the customer has been erased.
    pub resolution: Option<String>,
}

/// The kinds of cases that this program opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaseKind {
    /// A sale or a return was printed with a fiscal document that another one has.
    FiscalTaken,
}

impl CaseKind {
    /// Every kind.
    pub const ALL: [Self; 1] = [Self::FiscalTaken];

    /// The contract's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::FiscalTaken => "fiscal_taken",
        }
    }
}

/// What a case is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaseSubject {
    /// A registered sale.
    Receipt(ReceiptId),
    /// A registered return.
    Return(ReturnId),
}

impl CaseSubject {
    const RECEIPT: &str = "receipt";
    /// The word of a return.
    pub const RETURN: &str = "return";

    /// The word for its kind.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Receipt(_) => Self::RECEIPT,
            Self::Return(_) => Self::RETURN,
        }
    }

    /// Its id.
    #[must_use]
    pub const fn id(self) -> i64 {
        match self {
            Self::Receipt(id) => id.0,
            Self::Return(id) => id.0,
        }
    }

    /// Of a word and an id; `None` for a word that this program does not know.
    #[must_use]
    pub fn of(word: &str, id: i64) -> Option<Self> {
        match word {
            Self::RECEIPT => Some(Self::Receipt(ReceiptId(id))),
            Self::RETURN => Some(Self::Return(ReturnId(id))),
            _ => None,
        }
    }
}

impl Case {
    /// Closes it.
    ///
    /// # Errors
    /// It is closed already.
    pub fn close(&mut self, closing: Closing) -> Result<(), Refusal> {
        if self.closing.is_some() {
            return Err(Refusal::CaseClosed);
        }
        self.closing = Some(closing);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_is_closed_once() {
        let closing = |resolution: &str| Closing {
            at: Moment(2),
            by: CredentialId(3),
            employee: None,
            resolution: Some(resolution.into()),
        };
        let mut case = Case {
            id: CaseId(1),
            kind: CaseKind::FiscalTaken.word().into(),
            programme: ProgrammeId(1),
            partner: PartnerId(1),
            store: None,
            customer: None,
            subject: CaseSubject::of("receipt", 7),
            text: Some("Чек 7".into()),
            opened_at: Moment(1),
            closing: None,
        };
        case.close(closing("ошибка кассы")).unwrap();
        assert_eq!(case.close(closing("ещё раз")), Err(Refusal::CaseClosed));
        assert_eq!(case.closing, Some(closing("ошибка кассы")));
    }

    #[test]
    fn a_subject_is_its_word_and_its_id() {
        for subject in [CaseSubject::Receipt(ReceiptId(7)), CaseSubject::Return(ReturnId(7))] {
            assert_eq!(CaseSubject::of(subject.word(), subject.id()), Some(subject));
        }
        assert_eq!(CaseSubject::of("parcel", 7), None);
    }
}
