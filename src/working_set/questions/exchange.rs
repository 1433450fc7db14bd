//! What was sent and answered, from the journal of exchanges.

use crate::{
    domain::{
        moment::{GivenTime, Moment},
        reference::Actor,
        refusal::Refusal,
    },
    working_set::questions::{
        Question,
        page::{Page, Paging, Position},
    },
};

/// Lists exchanges, the latest first.
#[derive(Debug)]
pub struct ListExchanges {
    /// The caller.
    pub actor: Actor,
    /// What is looked for.
    pub search: ExchangeSearch,
    /// The start.
    pub from: Moment,
    /// The end, excluded.
    pub to: Moment,
    /// The page: after an exchange.
    pub paging: Paging<Spot>,
}

/// What exchanges are looked for; what is given must hold together.
#[derive(Debug, Clone, Default)]
pub struct ExchangeSearch {
    /// The start.
    pub from: Option<GivenTime>,
    /// The end, excluded.
    pub to: Option<GivenTime>,
    /// The request id.
    pub request_id: Option<String>,
    /// The operation key, as the journal keeps it.
    pub operation_key: Option<String>,
    /// The card.
    pub card: Option<String>,
    /// The till's code, as the journal keeps it.
    pub till: Option<String>,
}

/// A place in the journal, which is read backwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    /// When the exchange was answered, in milliseconds since 1970.
    pub at: i64,
    /// Which of those answered then; `None` for before all of them.
    pub request_id: Option<String>,
}

/// An exchange, masked.
#[derive(Debug, Clone)]
pub struct ExchangeShown {
    /// When it was answered.
    pub at: Moment,
    /// What names the call in the log and in faults.
    pub request_id: String,
    /// The service.
    pub service: String,
    /// The operation; `None` when the request was not understood.
    pub operation: Option<String>,
    /// `OK`, the refusal's code, or the fault's.
    pub code: String,
    /// The HTTP status.
    pub http_status: i64,
    /// How long the answer took, in milliseconds.
    pub duration_ms: i64,
    /// The code of the caller's partner.
    pub partner: Option<String>,
    /// The caller's login.
    pub login: Option<String>,
    /// The operation key.
    pub operation_key: Option<String>,
    /// The card.
    pub card: Option<String>,
    /// The till.
    pub till: Option<String>,
    /// The request, masked.
    pub request: Option<String>,
    /// The answer, masked, or the fault's description.
    pub answer: Option<String>,
}

/// A page of exchanges.
#[derive(Debug)]
pub struct Exchanges {
    /// The page.
    pub page: Page<ExchangeShown>,
    /// Where the search stopped: what was answered at this moment or earlier has not been looked through. `None` when
    /// the page is full or the whole period was.
    pub looked_back_to: Option<Moment>,
}

impl ListExchanges {
    /// The question for a page.
    ///
    /// # Errors
    /// The period ends before it begins, or the cursor does not belong to this list.
    pub fn new(
        actor: Actor,
        search: ExchangeSearch,
        cursor: &str,
        rows: i32,
        rows_max: usize,
    ) -> Result<Self, Refusal> {
        let list = format!("ListExchanges {} {search:?}", actor.login);
        let moment = |time: Option<GivenTime>| time.map(|time| time.at(actor.utc_offset_minutes));
        let (from, to) = (moment(search.from), moment(search.to));
        if from.zip(to).is_some_and(|(from, to)| from > to) {
            return Err(Refusal::PeriodInvalid);
        }
        let (from, to) = (from.unwrap_or(Moment(i64::MIN)), to.unwrap_or(Moment(i64::MAX)));
        Ok(Self { actor, search, from, to, paging: Paging::read(list, cursor, rows, rows_max)? })
    }
}

impl Position for Spot {
    fn text(&self) -> String {
        format!("{}.{}", self.at, self.request_id.as_deref().unwrap_or_default())
    }

    fn parse(text: &str) -> Option<Self> {
        let (at, request_id) = text.split_once('.')?;
        let request_id = (!request_id.is_empty()).then(|| request_id.to_owned());
        Some(Self { at: at.parse().ok()?, request_id })
    }
}

impl Question for ListExchanges {
    type Outcome = Exchanges;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spot_is_read_as_it_was_written() {
        for request_id in [None, Some("00af.7".to_owned())] {
            let spot = Spot { at: -5, request_id };
            assert_eq!(Spot::parse(&spot.text()), Some(spot));
        }
        assert_eq!((Spot::parse(""), Spot::parse("5"), Spot::parse("x.1")), (None, None, None));
    }
}
