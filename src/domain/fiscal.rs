//! Fiscal documents and their register: one for sales and returns, so that no document accrues twice (invariant 18).

use std::fmt;

use crate::domain::{
    ids::{ReceiptId, ReturnId, StoreId},
    spelling::{digit, is_blank},
};

/// A fiscal document, its numbers in their one spelling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fiscal {
    /// Номер фискального накопителя.
    pub fn_: String,
    /// Номер фискального документа.
    pub fd: String,
    /// Фискальный признак.
    pub fp: String,
}

/// Why a fiscal document is refused; a cashier reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} — не число")]
pub struct FiscalProblem(&'static str);

/// The identity of a fiscal document: the drive and the document's number. The sign follows from them, and does not count.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FiscalKey {
    /// Номер фискального накопителя.
    pub fn_: String,
    /// Номер фискального документа.
    pub fd: String,
}

/// A fiscal document in the register of sales and returns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FiscalEntry {
    /// Its identity.
    pub key: FiscalKey,
    /// How many had it before, each a sale that was cancelled.
    pub turn: i64,
    /// Who has it.
    pub holder: FiscalHolder,
    /// Where it was registered.
    pub store: StoreId,
}

/// Who has a fiscal document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FiscalHolder {
    /// A sale.
    Sale(ReceiptId),
    /// A return, with a receipt or without.
    Return(ReturnId),
}

/// A fiscal document's holder as a refusal names it; only the caller's own network learns the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShownHolder {
    /// One of the caller's network.
    Own(FiscalHolder),
    /// Somebody else's.
    Foreign,
}

impl fmt::Display for ShownHolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own(FiscalHolder::Sale(id)) => write!(f, "чек {id}"),
            Self::Own(FiscalHolder::Return(id)) => write!(f, "возврат {id}"),
            Self::Foreign => f.write_str("документ другого партнёра"),
        }
    }
}

impl Fiscal {
    /// A fiscal document from what a till sent: its parts are numbers, so blanks and leading zeros do not count.
    ///
    /// # Errors
    /// A part is not a number, or has none.
    pub fn parse(fn_: &str, fd: &str, fp: &str) -> Result<Self, FiscalProblem> {
        let part = |text, name| number(text).ok_or(FiscalProblem(name));
        Ok(Self {
            fn_: part(fn_, "номер фискального накопителя (fn)")?,
            fd: part(fd, "номер фискального документа (fd)")?,
            fp: part(fp, "фискальный признак (fp)")?,
        })
    }

    /// Its identity.
    #[must_use]
    pub fn key(&self) -> FiscalKey {
        FiscalKey { fn_: self.fn_.clone(), fd: self.fd.clone() }
    }
}

impl FiscalKey {
    /// The identity of a recorded document; `None` when a part has nothing but blanks. Earlier programs recorded letters too.
    #[must_use]
    pub fn recorded(fn_: &str, fd: &str) -> Option<Self> {
        Some(Self { fn_: one_spelling(fn_)?, fd: one_spelling(fd)? })
    }
}

/// A number in its one spelling; `None` when there is nothing but blanks, or something that is no digit.
fn number(text: &str) -> Option<String> {
    let plain: String = text.chars().filter(|c| !is_blank(*c)).map(|c| digit(c).unwrap_or(c)).collect();
    one_spelling(&plain).filter(|text| text.chars().all(|c| c.is_ascii_digit()))
}

/// Without white space and leading zeros, as the register has it; `None` when there is nothing but blanks.
fn one_spelling(text: &str) -> Option<String> {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let significant = text.trim_start_matches('0');
    match (text.is_empty(), significant.is_empty()) {
        (true, _) => None,
        (false, true) => Some("0".to_owned()),
        (false, false) => Some(significant.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_fiscal_document_is_its_numbers() {
        let key = |fn_: &str, fd: &str| Fiscal::parse(fn_, fd, "777").unwrap().key();
        let plain = key("9960440300000001", "15");
        for (fn_, fd) in [
            ("9960440300000001", "0000015"),
            (" 9960 4403 0000 0001\u{a0}", "15\t"),
            ("\u{feff}9960440300000001", "１５\u{200b}"),
        ] {
            assert_eq!(key(fn_, fd), plain, "{fn_:?} {fd:?}");
        }
        assert_ne!(key("9960440300000001", "150"), plain);
        assert_eq!(key("1", "000"), key("1", "0"));
    }

    #[test]
    fn what_is_no_number_is_refused_by_its_name() {
        for (parts, name) in [
            ([" ", "15", "7"], "накопителя (fn)"),
            (["1", "\u{a0}", "7"], "документа (fd)"),
            (["1", "15", "\u{a0}\t"], "признак (fp)"),
            (["99O1", "15", "7"], "накопителя (fn)"),
            (["1", "-15", "7"], "документа (fd)"),
            (["1", "١٥", "7"], "документа (fd)"),
            (["1", "15", "7.0"], "признак (fp)"),
        ] {
            let problem = Fiscal::parse(parts[0], parts[1], parts[2]).unwrap_err();
            assert!(problem.to_string().contains(name), "{parts:?}: {problem}");
        }
    }

    proptest! {
        /// A part is a number in whatever spelling, or it is refused; it is never dropped and never kept otherwise.
        #[test]
        fn a_part_is_its_number_or_refused(
            digits in "[0-9]{1,20}",
            zeros in "0{0,5}",
            blanks in "[ \\t\u{a0}\u{2009}]{0,4}",
            cut in 0_usize..20,
            other in "[^0-9\\s\\p{Default_Ignorable_Code_Point}０-９]",
        ) {
            let of = |fd: &str| Fiscal::parse("1", fd, "1");
            let plain = of(&digits).unwrap();
            let (head, tail) = digits.split_at(cut.min(digits.len()));
            prop_assert_eq!(of(&format!("{blanks}{zeros}{head}{blanks}{tail}{blanks}")).unwrap(), plain.clone());
            prop_assert_eq!(of(&plain.fd).unwrap(), plain);
            let spoilt = format!("{head}{other}{tail}");
            prop_assert!(of(&spoilt).is_err());
            prop_assert!(of(&blanks).is_err());
        }
    }
}
