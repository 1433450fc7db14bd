//! Points that expire soon, for reminders.

use crate::{
    domain::{ids::AccountId, moment::Moment, money::Points, phone::Phone, reference::Actor, refusal::Refusal},
    working_set::questions::{
        Question,
        page::{Page, Paging},
    },
};

/// Lists the points issued by the caller's partner that expire soon.
#[derive(Debug)]
pub struct ListExpiringPoints {
    /// The caller.
    pub actor: Actor,
    /// The number of days from now.
    pub within_days: i64,
    /// The page: after a row's due time, account and expiry.
    pub paging: Paging<[i64; 3]>,
}

/// Points of one account that expire at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpiringPoints {
    /// The expiry.
    pub at: Moment,
    /// When the account is next due, which is the list's order.
    pub due_at: Moment,
    /// The account.
    pub account: AccountId,
    /// The number of the customer's card; `None` without a working card.
    pub card: Option<String>,
    /// The customer's phone.
    pub phone: Phone,
    /// How many points.
    pub points: Points,
}

impl ListExpiringPoints {
    /// The question for a page.
    ///
    /// # Errors
    /// The cursor does not belong to this list.
    pub fn new(actor: Actor, within_days: i64, cursor: &str, rows: i32, rows_max: usize) -> Result<Self, Refusal> {
        let list = format!("ListExpiringPoints {} {within_days}", actor.partner);
        Ok(Self { actor, within_days, paging: Paging::read(list, cursor, rows, rows_max)? })
    }
}

impl ExpiringPoints {
    /// Its position in the list.
    #[must_use]
    pub const fn position(&self) -> [i64; 3] {
        [self.due_at.0, self.account.0, self.at.0]
    }
}

impl Question for ListExpiringPoints {
    type Outcome = Page<ExpiringPoints>;
}
