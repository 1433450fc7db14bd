//! What is written once, and how much an account may hold: fiscal documents, and the largest sum of the contract.

use super::*;

/// The most that the contract tells of an account's points.
pub const POINTS_MAX: i128 = 99_999_999_999;

/// A fiscal document as a till writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fiscal {
    pub drive: String,
    pub fd: String,
    pub fp: String,
}

/// The number that a text means: blanks and zeros in front aside; nothing where it means none.
fn number(text: &str) -> Option<String> {
    let digits: String = text.split_whitespace().collect();
    if digits.is_empty() || digits.bytes().any(|byte| !byte.is_ascii_digit()) {
        return None;
    }
    let cut = digits.trim_start_matches('0');
    Some(if cut.is_empty() { "0" } else { cut }.to_owned())
}

impl Fiscal {
    fn key(&self) -> Option<(String, String)> {
        number(&self.fp)?;
        Some((number(&self.drive)?, number(&self.fd)?))
    }
}

impl Deed {
    /// Whether all that should be a number is one.
    pub(super) fn is_readable(&self) -> bool {
        let fiscal = match self {
            Self::Quote { receipt, .. } | Self::Reserve { receipt, .. } | Self::Sell { receipt, .. } => &receipt.fiscal,
            Self::QuoteReturn(back) | Self::Return(back) => &back.fiscal,
            Self::ReturnFreely(back) => &back.fiscal,
            _ => return true,
        };
        fiscal.as_ref().is_none_or(|fiscal| fiscal.key().is_some())
    }
}

impl Book {
    /// Whether nobody has a fiscal document; a cancelled sale has none any more.
    pub(super) fn is_new(&self, fiscal: Option<&Fiscal>) -> Result<(), Refused> {
        let Some(holder) = fiscal.and_then(Fiscal::key).and_then(|key| self.fiscals.get(&key)) else { return Ok(()) };
        let is_given_up = holder.is_some_and(|sale| self.sales[sale].state == "cancelled");
        if is_given_up { Ok(()) } else { Err("FISCAL_DUPLICATE") }
    }

    pub(super) fn enter(&mut self, fiscal: Option<&Fiscal>, sale: Option<usize>) {
        if let Some(key) = fiscal.and_then(Fiscal::key) {
            self.fiscals.insert(key, sale);
        }
    }

    /// Whether somebody has a fiscal document.
    pub fn is_written(&self, fiscal: &Fiscal) -> bool {
        self.is_new(Some(fiscal)).is_err()
    }

    /// The fiscal documents that are written, in the one spelling.
    pub fn written(&self) -> Vec<(String, String)> {
        self.fiscals.keys().cloned().collect()
    }

    /// All points but those that count towards the status.
    pub fn held(&self) -> i128 {
        self.sums()[0]
    }

    /// What is held, owed, and counted towards the status.
    pub(super) fn sums(&self) -> [i128; 3] {
        let counted = self.lots.iter().filter(|lot| lot.state == LotState::Status).map(|lot| lot.remaining).sum();
        let held = self.lots.iter().filter(|lot| lot.state != LotState::Status);
        [held.map(|lot| lot.remaining + lot.reserved).sum(), self.debt, counted]
    }

    /// Whether no sum has grown above what the contract tells.
    pub(super) fn is_within(&self, before: [i128; 3]) -> Result<(), Refused> {
        let over = self.sums().into_iter().zip(before).any(|(is, was)| is > POINTS_MAX && is > was);
        if over { Err("POINTS_TOO_MANY") } else { Ok(()) }
    }

    /// A deed with whom its identifiers mean.
    pub(super) fn with_meant(&self, deed: &Deed) -> Deed {
        let mut deed = deed.clone();
        match &mut deed {
            Deed::Quote { receipt, .. } | Deed::Reserve { receipt, .. } | Deed::Sell { receipt, .. } => {
                receipt.who = self.meant(receipt.who);
            }
            Deed::ReturnFreely(back) => back.who = self.meant(back.who),
            Deed::Balance { who }
            | Deed::Statement { who, .. }
            | Deed::Account { who }
            | Deed::Freeze { who }
            | Deed::Unfreeze { who }
            | Deed::ChangePhone { who, .. }
            | Deed::Adjust { who, .. } => *who = self.meant(*who),
            Deed::Merge { who, into } => (*who, *into) = (self.meant(*who), self.meant(*into)),
            _ => {}
        }
        deed
    }
}
