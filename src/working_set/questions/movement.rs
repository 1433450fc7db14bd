//! Movements of points for bookkeeping: each once, in the order in which they became visible.

use std::collections::BTreeMap;

use crate::{
    domain::{account::MovementKind, moment::Moment, reference::Actor, refusal::Refusal},
    working_set::questions::{
        Question,
        page::{Page, Paging, Position},
    },
};

/// Lists movements of points, of the caller's partner or of the programme that it runs.
#[derive(Debug)]
pub struct ListMovements {
    /// The caller.
    pub actor: Actor,
    /// The page: after what was read of each lane of the chronicle.
    pub paging: Paging<LaneEnds>,
}

/// How far the chronicle was read. A lane's entries become visible in its order, whatever other lanes do meanwhile; so
/// what is committed late is read late, and once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LaneEnds {
    /// The last entry that was read whole, by lane.
    pub lanes: BTreeMap<i64, i64>,
    /// Of a further entry, in which lane, so many movements were read.
    pub part: Option<(i64, usize)>,
}

/// What happened to points, by the bucket that is not the customer's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bookkept {
    /// Issued to the customer; negative when they were taken back by the office.
    Accrual,
    /// Accepted as payment; negative when they came back with goods.
    Redemption,
    /// Lapsed.
    Expiry,
    /// Revoked for returned goods.
    Revocation,
    /// Kept for a debt; negative when a debt arose.
    DebtClosing,
}

/// A movement of points.
#[derive(Debug, Clone)]
pub struct MovementRow {
    /// The account and the number of its journal's entry: with [`Self::what`] they name it for ever.
    pub entry: (i64, i64),
    /// What happened.
    pub what: Bookkept,
    /// What caused it.
    pub cause: MovementKind,
    /// Points in hundredths, with their sign.
    pub points: i64,
    /// The code of the partner that issued them.
    pub issued_by: String,
    /// The code of the partner where it happened.
    pub taken_by: Option<String>,
    /// The codes of the network and the store where it happened.
    pub place: Option<(String, String)>,
    /// The sale.
    pub receipt: Option<i64>,
    /// The return.
    pub return_id: Option<i64>,
    /// When it happened.
    pub occurred_at: Moment,
    /// When it was recorded.
    pub recorded_at: Moment,
}

/// A page of movements.
#[derive(Debug)]
pub struct Movements {
    /// The page; its cursor is there even at the end.
    pub page: Page<MovementRow>,
    /// Whether more was recorded already.
    pub is_more: bool,
}

impl ListMovements {
    /// The question for a page.
    ///
    /// # Errors
    /// The cursor does not belong to this list.
    pub fn new(actor: Actor, cursor: &str, rows: i32, rows_max: usize) -> Result<Self, Refusal> {
        let list = format!("ListMovements {} {}", actor.partner, actor.programme);
        Ok(Self { actor, paging: Paging::read(list, cursor, rows, rows_max)? })
    }
}

impl Bookkept {
    /// The contract's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Accrual => "accrual",
            Self::Redemption => "redemption",
            Self::Expiry => "expiry",
            Self::Revocation => "revocation",
            Self::DebtClosing => "debt_closing",
        }
    }
}

impl MovementRow {
    /// What names it for ever.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}-{}-{}", self.entry.0, self.entry.1, self.what.word())
    }
}

impl Position for LaneEnds {
    fn text(&self) -> String {
        let lanes: Vec<String> = self.lanes.iter().map(|(lane, seq)| format!("{lane}.{seq}")).collect();
        let part = self.part.map(|(lane, moves)| format!("{lane}.{moves}")).unwrap_or_default();
        format!("{};{part}", lanes.join(","))
    }

    fn parse(text: &str) -> Option<Self> {
        let (lanes, part) = text.split_once(';')?;
        let pair = |text: &str| {
            let (lane, seq) = text.split_once('.')?;
            Some((lane.parse::<i64>().ok()?, seq.parse::<i64>().ok()?))
        };
        let lanes = lanes.split(',').filter(|lane| !lane.is_empty()).map(pair).collect::<Option<_>>()?;
        let part = match part {
            "" => None,
            text => {
                let (lane, moves) = pair(text)?;
                Some((lane, usize::try_from(moves).ok()?))
            }
        };
        Some(Self { lanes, part })
    }
}

impl Question for ListMovements {
    type Outcome = Movements;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_the_chronicle_is_read_as_it_was_written() {
        for (lanes, part) in [(vec![], None), (vec![(1, 7), (3, 900)], None), (vec![(2, 1)], Some((2, 13)))] {
            let ends = LaneEnds { lanes: lanes.into_iter().collect(), part };
            assert_eq!(LaneEnds::parse(&ends.text()), Some(ends));
        }
        assert_eq!((LaneEnds::parse(""), LaneEnds::parse("1"), LaneEnds::parse("1.x;")), (None, None, None));
        assert_eq!(LaneEnds::parse("1.2;3.-1"), None);
    }
}
