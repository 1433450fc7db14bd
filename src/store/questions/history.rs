//! The answer to `ListHistory`: changes of the registry from its chain, or those of a customer's cards and account.
//!
//! The positions of all that is looked for are found first; only what is on the page is read whole.

mod cards;
mod entries;
mod names;
mod position;
pub(super) mod sight;

use std::cmp::Reverse;

use self::{
    cards::Holding,
    entries::Registry,
    position::{Position, Positions},
    sight::Sight,
};
use crate::{
    store::{error::StoreError, questions::Reader},
    working_set::questions::{
        Answers, Unanswered,
        history::{HistoryRow, ListHistory},
        page::Page,
    },
};

impl Answers<ListHistory> for Reader<'_> {
    /// A page of changes, the latest first.
    fn answer(&mut self, question: &ListHistory) -> Result<Page<HistoryRow>, Unanswered> {
        let sight = Sight::of_history(self.db, &question.viewer)?;
        match &question.search.identifier {
            Some(identifier) => {
                let holding = Holding::find(self.db, self.vault, &sight, identifier)?;
                let positions = holding.positions(question, &sight);
                page(question, positions, |wanted| holding.rows(self.db, self.vault, &sight, question, wanted))
            }
            None => {
                let registry = Registry::load(self.db, &sight)?;
                let positions = registry.positions(self, &sight, question)?;
                page(question, positions, |wanted| registry.rows(self.db, self.vault, &sight, question, wanted))
            }
        }
    }
}

/// The page of what was found, with its rows read.
fn page(
    question: &ListHistory,
    positions: Positions,
    rows: impl FnOnce(&[Position]) -> Result<Vec<HistoryRow>, StoreError>,
) -> Result<Page<HistoryRow>, Unanswered> {
    let paging = &question.paging;
    let Positions { mut found, stopped } = positions;
    found.retain(|position| paging.after.is_none_or(|after| *position < after));
    // Older ones than where the search stopped come with a later page.
    found.retain(|position| stopped.is_none_or(|stopped| *position >= stopped));
    found.sort_unstable_by_key(|position| Reverse(*position));
    found.dedup();
    let Page { rows: wanted, next } = match stopped {
        Some(stopped) if found.len() <= paging.rows_max => paging.cut(found, &stopped),
        Some(_) | None => paging.page(found, |position| *position),
    };
    let mut rows = rows(&wanted)?;
    rows.sort_unstable_by_key(|row| Reverse(row.position));
    Ok(Page { rows, next })
}
