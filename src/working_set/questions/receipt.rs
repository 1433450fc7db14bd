//! Receipts and returns of some days, with totals, for the daily reconciliation.

use chrono::NaiveDate;

use crate::{
    domain::{
        moment::Moment,
        money::{Kopecks, Points},
        reference::Actor,
        refusal::Refusal,
    },
    working_set::questions::{
        Question,
        page::{Page, Paging, Position},
    },
};

/// Days of one question at most.
const DAYS_MAX: i64 = 92;

/// Lists receipts and returns.
#[derive(Debug)]
pub struct ListReceipts {
    /// The caller.
    pub actor: Actor,
    /// What is looked for.
    pub search: ReceiptSearch,
    /// The page: after a document.
    pub paging: Paging<Spot>,
}

/// What documents are looked for; what is given must hold together.
#[derive(Debug, Clone)]
pub struct ReceiptSearch {
    /// The code of the partner; `None` is the caller's own.
    pub partner: Option<String>,
    /// The code of the network.
    pub network: Option<String>,
    /// The code of the store.
    pub store: Option<String>,
    /// The code of the till.
    pub till: Option<String>,
    /// The shift, as the till named it.
    pub shift: Option<String>,
    /// The first local day.
    pub from: NaiveDate,
    /// The last local day.
    pub to: NaiveDate,
}

/// A document's place in the list: till by till, day by day, sales first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    /// The till's id.
    pub till: i64,
    /// The local day, as days since 1970-01-01.
    pub day: i64,
    /// The kind of the document.
    pub source: Source,
    /// The shift.
    pub shift: String,
    /// The number.
    pub number: String,
}

/// Which table a document stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// Sales.
    Sale,
    /// Returns by a receipt.
    Return,
    /// Returns without a receipt.
    FreeReturn,
}

/// What a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentKind {
    /// A sale.
    Sale,
    /// A sale that was cancelled.
    Cancelled,
    /// A return.
    Return,
    /// A return without a receipt.
    FreeReturn,
}

/// A document.
#[derive(Debug, Clone)]
pub struct ReceiptRow {
    /// Its place in the list.
    pub spot: Spot,
    /// What it is.
    pub kind: DocumentKind,
    /// Its id.
    pub id: i64,
    /// The network's code.
    pub network: String,
    /// The store's code.
    pub store: String,
    /// The till's code.
    pub till: String,
    /// The store's offset from UTC in minutes.
    pub utc_offset_minutes: i32,
    /// When it was printed.
    pub at: Moment,
    /// When it was recorded.
    pub recorded_at: Moment,
    /// Of a sale what was due, of a return what was paid back.
    pub amount: Kopecks,
    /// Points earned.
    pub earned: Points,
    /// Points spent.
    pub spent: Points,
    /// Points restored.
    pub restored: Points,
    /// Points revoked.
    pub revoked: Points,
    /// The fiscal drive and the document's number on it.
    pub fiscal: Option<(String, String)>,
}

/// Totals of everything that was looked for, in kopecks and hundredths of points.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReceiptTotals {
    /// Sales that were not cancelled.
    pub sales: i64,
    /// What was due for them.
    pub sales_amount: i64,
    /// Points that they earned.
    pub earned: i64,
    /// Points that they spent.
    pub spent: i64,
    /// Cancelled sales.
    pub cancelled: i64,
    /// What was due for them.
    pub cancelled_amount: i64,
    /// Returns of both kinds.
    pub returns: i64,
    /// What was paid back.
    pub returns_amount: i64,
    /// Points restored.
    pub restored: i64,
    /// Points revoked.
    pub revoked: i64,
}

/// A page of documents.
#[derive(Debug)]
pub struct Receipts {
    /// The page.
    pub page: Page<ReceiptRow>,
    /// The totals; on the first page only.
    pub totals: Option<ReceiptTotals>,
}

impl ListReceipts {
    /// The question for a page.
    ///
    /// # Errors
    /// The period ends before it begins or is too long, or the cursor does not belong to this list.
    pub fn new(actor: Actor, search: ReceiptSearch, cursor: &str, rows: i32, rows_max: usize) -> Result<Self, Refusal> {
        let days = search.to.signed_duration_since(search.from).num_days();
        if !(0..=DAYS_MAX).contains(&days) {
            return Err(Refusal::PeriodInvalid);
        }
        let list = format!("ListReceipts {} {search:?}", actor.partner);
        Ok(Self { actor, search, paging: Paging::read(list, cursor, rows, rows_max)? })
    }
}

impl Source {
    /// Every source, in the list's order.
    pub const ALL: [Self; 3] = [Self::Sale, Self::Return, Self::FreeReturn];

    const fn letter(self) -> char {
        match self {
            Self::Sale => 's',
            Self::Return => 'r',
            Self::FreeReturn => 'f',
        }
    }
}

impl DocumentKind {
    /// The contract's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Sale => "sale",
            Self::Cancelled => "cancelled",
            Self::Return => "return",
            Self::FreeReturn => "free_return",
        }
    }
}

impl Position for Spot {
    fn text(&self) -> String {
        let Self { till, day, source, shift, number } = self;
        format!("{till}.{day}.{}.{}.{shift}{number}", source.letter(), shift.len())
    }

    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(5, '.');
        let (till, day) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        let letter = parts.next()?;
        let source = Source::ALL.into_iter().find(|source| letter.chars().eq([source.letter()]))?;
        let length: usize = parts.next()?.parse().ok()?;
        let (shift, number) = parts.next()?.split_at_checked(length)?;
        Some(Self { till, day, source, shift: shift.to_owned(), number: number.to_owned() })
    }
}

impl Question for ListReceipts {
    type Outcome = Receipts;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_documents_place_is_read_as_it_was_written() {
        for (shift, number) in [("", "1"), ("Смена 2.1", "17.б"), ("1", "")] {
            for source in Source::ALL {
                let spot = Spot { till: 7, day: -3, source, shift: shift.into(), number: number.into() };
                assert_eq!(Spot::parse(&spot.text()), Some(spot));
            }
        }
        assert_eq!((Spot::parse(""), Spot::parse("1.2.x.0.1"), Spot::parse("1.2.s.9.1")), (None, None, None));
    }
}
