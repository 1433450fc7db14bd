//! The limits for decisions, each with its unit, from the configuration.

use crate::domain::moment::Span;

/// The operator's settings that decisions depend on.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How far a till's clock may be ahead of the server's.
    pub clock_ahead_tolerance: Span,
    /// How old a till's receipt or return may be when it comes, and the time of any other operation.
    pub receipt_age_max: Span,
    /// How old a receipt or a return may be that the head office enters.
    pub receipt_age_office_max: Span,
    /// How old an anonymous sale may be that a customer claims.
    pub receipt_claim_max: Span,
    /// How many digits a confirmation code has.
    pub code_digits: u32,
    /// How long after one code the next may be sent.
    pub resend_after: Span,
    /// How many codes a phone may get in 24 hours.
    pub codes_per_phone_per_day_max: i64,
    /// How many codes a till may request in 24 hours.
    pub codes_per_till_per_day_max: i64,
    /// How many lines a receipt may have.
    pub receipt_lines_max: usize,
    /// How many lines of a statement one answer carries.
    pub statement_page_lines_max: i64,
    /// How many rows one page of a list carries.
    pub list_page_rows_max: usize,
    /// How many cards one batch registers.
    pub cards_per_batch_max: usize,
    /// How many days the journal of exchanges is kept; 0: it is not.
    pub exchanges_kept_days: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            clock_ahead_tolerance: Span::minutes(10),
            receipt_age_max: Span::days(30),
            receipt_age_office_max: Span::days(365),
            receipt_claim_max: Span::days(14),
            code_digits: 6,
            resend_after: Span::seconds(60),
            codes_per_phone_per_day_max: 10,
            codes_per_till_per_day_max: 500,
            receipt_lines_max: 1_000,
            statement_page_lines_max: 200,
            list_page_rows_max: 500,
            cards_per_batch_max: 10_000,
            exchanges_kept_days: 7,
        }
    }
}
