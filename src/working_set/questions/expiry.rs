//! Points that lapse soon: whom to remind, and of how many.

use crate::{
    domain::{ids::AccountId, moment::Moment, money::Points, phone::Phone, reference::Actor, refusal::Refusal},
    working_set::questions::{
        Question,
        page::{Page, Paging},
    },
};

/// Asks for the points of the asking partner that lapse soon.
#[derive(Debug)]
pub struct ListExpiringPoints {
    /// Who asks.
    pub actor: Actor,
    /// Within how many days from now.
    pub within_days: i64,
    /// The page: after a row's due time, account and lapse.
    pub paging: Paging<[i64; 3]>,
}

/// Points of one account that lapse at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpiringPoints {
    /// When.
    pub at: Moment,
    /// When the account is next due, by this or by something before it: what the list is ordered by.
    pub due_at: Moment,
    /// The account.
    pub account: AccountId,
    /// The number of the customer's card; none when the customer has none that works.
    pub card: Option<String>,
    /// The customer's phone.
    pub phone: Phone,
    /// How many.
    pub points: Points,
}

impl ListExpiringPoints {
    /// The question for a page.
    ///
    /// # Errors
    /// The cursor is none of this list's.
    pub fn new(actor: Actor, within_days: i64, cursor: &str, rows: i32, rows_max: usize) -> Result<Self, Refusal> {
        let list = format!("ListExpiringPoints {} {within_days}", actor.partner);
        Ok(Self { actor, within_days, paging: Paging::read(list, cursor, rows, rows_max)? })
    }
}

impl ExpiringPoints {
    /// Where it stands in the list.
    #[must_use]
    pub const fn position(&self) -> [i64; 3] {
        [self.due_at.0, self.account.0, self.at.0]
    }
}

impl Question for ListExpiringPoints {
    type Outcome = Page<ExpiringPoints>;
}
