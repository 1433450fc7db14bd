//! The format of a page: its exchanges, oldest first, compressed together because they are similar.
//!
//! A body is compressed ([`compress`]), then sealed by the database's key, as the filter of its names is. In it an
//! exchange is its numbers (eight bytes each, little-endian), then its texts. A text is preceded by its length plus one
//! (four bytes); zero stands for «none».

use diesel::prelude::*;

use crate::{
    domain::moment::Span,
    store::{
        db::compress,
        error::StoreError,
        schema::exchange_pages,
        tables::call_log::{ExchangeRow, Search, names},
    },
    vault::{Ring, VaultError},
};

/// The most exchanges of a page …
const EXCHANGES_MAX: usize = 512;
/// … and the most bytes, before it is closed.
const BYTES_MAX: usize = 256 * 1_024;
/// The most bytes of a page. A longer one is damaged, and must not use up memory.
const UNPACKED_BYTES_MAX: usize = 256 * 1_024 * 1_024;
/// The longest time span of a page: a page is deleted when its last exchange expires, and a search looks so far beyond
/// its end for pages that begin before it.
pub(super) const SPAN_MAX: Span = Span::minutes(60);

/// A page as it is stored.
#[derive(Insertable)]
#[diesel(table_name = exchange_pages)]
pub struct PageRow {
    id: i64,
    first_at: i64,
    last_at: i64,
    exchanges: i64,
    names: Vec<u8>,
    body: Vec<u8>,
}

/// A page that is being filled.
#[derive(Debug, Default)]
pub struct Draft {
    times: Option<(i64, i64)>,
    exchanges: usize,
    names: Vec<u64>,
    text: Vec<u8>,
}

impl Draft {
    /// Whether it is empty.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.exchanges == 0
    }

    /// Whether it is full.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        self.exchanges >= EXCHANGES_MAX || self.text.len() >= BYTES_MAX
    }

    /// Whether an exchange of this moment belongs on this page, or on the next: clocks are set, and queues wait.
    #[must_use]
    pub fn takes(&self, at: i64) -> bool {
        self.times.is_none_or(|(first, last)| last.max(at).saturating_sub(first.min(at)) <= SPAN_MAX.0)
    }

    /// The number of its exchanges.
    #[must_use]
    pub const fn exchanges(&self) -> usize {
        self.exchanges
    }

    /// Appends an exchange.
    pub fn push(&mut self, row: &ExchangeRow) {
        self.spread(row.at, row.at);
        self.exchanges = self.exchanges.saturating_add(1);
        self.names.extend(names::of_exchange(row));
        for number in [row.at, row.http_status, row.duration_ms, row.partner_id.unwrap_or(i64::MIN)] {
            self.text.extend_from_slice(&number.to_le_bytes());
        }
        let texts = [
            Some(&row.request_id),
            row.operation_key.as_ref(),
            row.card.as_ref(),
            row.till.as_ref(),
            Some(&row.service),
            row.operation.as_ref(),
            Some(&row.code),
            row.login.as_ref(),
            row.request.as_ref(),
            row.answer.as_ref(),
        ];
        for text in texts {
            let text = text.map(String::as_bytes);
            let length = text.map_or(0, |text| u32::try_from(text.len().saturating_add(1)).unwrap_or_default());
            self.text.extend_from_slice(&length.to_le_bytes());
            if length > 0 {
                self.text.extend_from_slice(text.unwrap_or_default());
            }
        }
    }

    /// Whether an older page and this one can be joined within the limits of size and time.
    #[must_use]
    pub(super) fn may_follow(&self, older: &Self) -> bool {
        let lasts = match (self.times, older.times) {
            (Some((first, last)), Some((older_first, older_last))) => {
                last.max(older_last).saturating_sub(first.min(older_first))
            }
            (None, _) | (_, None) => 0,
        };
        lasts <= SPAN_MAX.0
            && self.exchanges.saturating_add(older.exchanges) <= EXCHANGES_MAX
            && self.text.len().saturating_add(older.text.len()) <= BYTES_MAX
    }

    /// Inserts an older page's exchanges before this page's own.
    pub(super) fn follow(&mut self, mut older: Self) {
        if let Some((first, last)) = older.times {
            self.spread(first, last);
        }
        self.exchanges = self.exchanges.saturating_add(older.exchanges);
        self.names.append(&mut older.names);
        older.text.append(&mut self.text);
        self.text = older.text;
    }

    fn spread(&mut self, first: i64, last: i64) {
        self.times = Some(self.times.map_or((first, last), |times| (times.0.min(first), times.1.max(last))));
    }

    /// The page as it is stored.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub fn pack(&self, id: i64, ring: &Ring) -> Result<PageRow, VaultError> {
        let (first_at, last_at) = self.times.unwrap_or_default();
        Ok(PageRow {
            id,
            first_at,
            last_at,
            exchanges: i64::try_from(self.exchanges).unwrap_or(i64::MAX),
            names: ring.seal(&names_place(id), &names::filter(&self.names))?,
            body: ring.seal(&body_place(id), &compress::pack(&self.text))?,
        })
    }
}

/// Where the filter of a page lies.
pub(in crate::store) fn names_place(id: i64) -> String {
    format!("exchange_pages.names:{id}")
}

/// Where the exchanges of a page lie.
pub(in crate::store) fn body_place(id: i64) -> String {
    format!("exchange_pages.body:{id}")
}

/// The exchanges of an opened page that match, the latest first; and how many bytes the page had unpacked.
pub(super) fn unpack(body: &[u8], search: &Search) -> Result<(Vec<ExchangeRow>, usize), StoreError> {
    let unreadable = |what: &str| StoreError::Unreadable(format!("exchange_pages.body: {what}"));
    let text = compress::unpack(body, UNPACKED_BYTES_MAX).map_err(|what| unreadable(&what))?;
    let mut rest = Reader(&text);
    let mut found = Vec::new();
    while !rest.0.is_empty() {
        found.extend(rest.exchange(search).ok_or_else(|| unreadable("cut off"))?);
    }
    found.reverse();
    Ok((found, text.len()))
}

/// The rest of a page.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// The next exchange, if it matches; the outer `None` when the page is truncated.
    fn exchange(&mut self, search: &Search) -> Option<Option<ExchangeRow>> {
        let (at, http_status, duration_ms, partner) = (self.number()?, self.number()?, self.number()?, self.number()?);
        let (request_id, operation_key, card, till) = (self.text()?, self.text()?, self.text()?, self.text()?);
        let (service, operation, code, login) = (self.text()?, self.text()?, self.text()?, self.text()?);
        let (request, answer) = (self.text()?, self.text()?);
        let partner = (partner != i64::MIN).then_some(partner);
        let is_it = |wanted: &Option<String>, is: Option<&str>| wanted.as_deref().is_none_or(|name| is == Some(name));
        let matches = search.takes(at, partner)
            && is_it(&search.request_id, request_id)
            && is_it(&search.operation_key, operation_key)
            && is_it(&search.card, card)
            && is_it(&search.till, till);
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Some(matches.then(|| ExchangeRow {
            at,
            request_id: request_id.unwrap_or_default().to_owned(),
            service: service.unwrap_or_default().to_owned(),
            operation: owned(operation),
            code: code.unwrap_or_default().to_owned(),
            http_status,
            partner_id: partner,
            login: owned(login),
            operation_key: owned(operation_key),
            card: owned(card),
            till: owned(till),
            duration_ms,
            request: owned(request),
            answer: owned(answer),
        }))
    }

    fn number(&mut self) -> Option<i64> {
        let (number, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(i64::from_le_bytes(*number))
    }

    fn text(&mut self) -> Option<Option<&'a str>> {
        let (length, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        let Some(length) = usize::try_from(u32::from_le_bytes(*length)).ok()?.checked_sub(1) else { return Some(None) };
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        std::str::from_utf8(text).ok().map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domain::moment::Moment, store::tables::call_log::Whose, vault::Ring};

    fn row(number: i64) -> ExchangeRow {
        ExchangeRow {
            at: number,
            request_id: format!("{number:016x}"),
            service: "pos_1".into(),
            operation: (number % 2 == 0).then(|| "GetBalance".into()),
            code: "OK".into(),
            http_status: 200,
            partner_id: (number % 3 == 0).then_some(number),
            login: Some("kassa".into()),
            operation_key: None,
            card: Some(format!("{}", 7_000_000_000 + number)),
            till: Some(String::new()),
            duration_ms: 1,
            request: Some("<GetBalance><identifier>7000000101</identifier></GetBalance>".into()),
            answer: Some("<m:return><m:code>OK</m:code><m:message>Готово</m:message></m:return>".into()),
        }
    }

    fn ring() -> Ring {
        Ring::of(Ring::fresh().unwrap()).unwrap()
    }

    /// A page's filter and its exchanges, opened.
    fn opened(draft: &Draft) -> (PageRow, Vec<u8>, Vec<u8>) {
        let ring = ring();
        let page = draft.pack(1, &ring).unwrap();
        let names = ring.open(&names_place(1), &page.names).unwrap().to_vec();
        let body = ring.open(&body_place(1), &page.body).unwrap().to_vec();
        assert!(ring.open(&body_place(2), &page.body).is_err());
        (page, names, body)
    }

    fn filled(numbers: std::ops::Range<i64>) -> Draft {
        let mut draft = Draft::default();
        numbers.for_each(|number| draft.push(&row(number)));
        draft
    }

    #[test]
    fn what_was_packed_is_unpacked_the_latest_first() {
        let (packed, names, body) = opened(&filled(10..30));
        assert_eq!((packed.first_at, packed.last_at, packed.exchanges), (10, 29, 20));
        let (found, _) = unpack(&body, &Search::default()).unwrap();
        assert_eq!(found, (10..30).rev().map(row).collect::<Vec<_>>());
        let one = Search { card: row(17).card, till: Some(String::new()), ..Search::default() };
        assert_eq!(unpack(&body, &one).unwrap().0, [row(17)]);
        let none = Search { operation_key: Some("k".into()), ..Search::default() };
        assert_eq!(unpack(&body, &none).unwrap().0, []);
        let period = Search { from: Some(Moment(12)), to: Some(Moment(14)), ..Search::default() };
        assert_eq!(unpack(&body, &period).unwrap().0, [row(13), row(12)]);
        let whose = Whose::Partners { ids: [12].into(), and_nobody: false };
        assert_eq!(unpack(&body, &Search { whose, ..Search::default() }).unwrap().0, [row(12)]);
        let nobody = Whose::Partners { ids: [12].into(), and_nobody: true };
        let found = unpack(&body, &Search { whose: nobody, ..Search::default() }).unwrap().0;
        assert_eq!(found.len(), 1 + 14, "those of no partner, and of one");
        assert!(names::may_hold(&names, &names::of_search(&one)));
        let raw = filled(10..30).text.len();
        assert!(packed.body.len() * 3 < raw, "{} of {raw}", packed.body.len());
    }

    #[test]
    fn a_page_takes_up_an_older_one_unless_it_grows_too_large_or_lasts_too_long() {
        let mut page = filled(5..9);
        assert!(page.may_follow(&filled(1..5)));
        page.follow(filled(1..5));
        let (packed, _, body) = opened(&page);
        assert_eq!((packed.first_at, packed.last_at, packed.exchanges), (1, 8, 8));
        let (found, _) = unpack(&body, &Search::default()).unwrap();
        assert_eq!(found, (1..9).rev().map(row).collect::<Vec<_>>());
        assert!(!page.may_follow(&filled(0..510)));
        assert!(!filled(SPAN_MAX.0..SPAN_MAX.0 + 2).may_follow(&filled(0..1)));
        assert!(filled(0..512).is_full() && !filled(0..511).is_full());
        assert!(filled(0..1).takes(SPAN_MAX.0) && !filled(0..1).takes(SPAN_MAX.0 + 1));
        assert!(!filled(SPAN_MAX.0 + 1..SPAN_MAX.0 + 2).takes(0), "a clock was set back");
    }

    #[test]
    fn a_damaged_page_is_an_error_and_nothing_worse() {
        let (_, _, body) = opened(&filled(0..20));
        for length in 0..body.len() {
            assert!(unpack(body.get(..length).unwrap(), &Search::default()).is_err(), "{length}");
        }
        for at in 0..body.len() {
            let mut damaged = body.clone();
            damaged[at] ^= 0x55;
            // Damaged bytes may decompress into other texts, but must neither panic nor use up memory.
            let _ = unpack(&damaged, &Search::default());
        }
    }
}
