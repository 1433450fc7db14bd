//! Pages of a list and their cursors.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};

use crate::domain::refusal::Refusal;

/// Bytes of a cursor that tie it to its question.
const TIE_BYTES: usize = 6;

/// A row's position in a list. Positions do not change when rows are added or removed.
pub trait Position: Sized {
    /// As text.
    fn text(&self) -> String;

    /// Parses a text; `None` when it is invalid.
    fn parse(text: &str) -> Option<Self>;
}

impl<const N: usize> Position for [i64; N] {
    fn text(&self) -> String {
        self.map(|number| number.to_string()).join(".")
    }

    fn parse(text: &str) -> Option<Self> {
        let numbers: Option<Vec<i64>> = text.split('.').map(|number| number.parse().ok()).collect();
        numbers?.try_into().ok()
    }
}

impl Position for String {
    fn text(&self) -> String {
        self.clone()
    }

    fn parse(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }
}

/// A row's place in a list that is ordered by several names, one after another. Names have no control characters.
#[must_use]
pub fn place(names: &[&str]) -> String {
    names.join("\u{1}")
}

/// A requested page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paging<P> {
    /// The list with all its filters: a cursor belongs to one such list.
    list: String,
    /// The position of the previous page's last row; `None` for the first page.
    pub after: Option<P>,
    /// The most rows on the page.
    pub rows_max: usize,
}

/// One page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<R> {
    /// The rows, in the list's order.
    pub rows: Vec<R>,
    /// The cursor of the next page; `None` on the last.
    pub next: Option<String>,
}

impl<P: Position> Paging<P> {
    /// The page of a list at a cursor; an empty one means the first page. It has `rows_wanted` rows, or `rows_max` when
    /// that is not positive or is more.
    ///
    /// # Errors
    /// [`Refusal::CursorInvalid`]: the cursor is malformed or belongs to another list.
    pub fn read(list: String, cursor: &str, rows_wanted: i32, rows_max: usize) -> Result<Self, Refusal> {
        let cursor = cursor.trim();
        let after = if cursor.is_empty() {
            None
        } else {
            Some(position(&list, cursor).and_then(|text| P::parse(&text)).ok_or(Refusal::CursorInvalid)?)
        };
        let wanted = usize::try_from(rows_wanted).unwrap_or(0);
        Ok(Self { list, after, rows_max: if wanted == 0 { rows_max } else { wanted.min(rows_max) } })
    }

    /// The rest of a whole list that is in memory, in its order, as a page.
    pub fn page_of<R>(&self, mut rows: Vec<R>, position: impl Fn(&R) -> P) -> Page<R>
    where
        P: Ord,
    {
        rows.sort_by_cached_key(&position);
        let rest = rows.into_iter().filter(|row| self.after.as_ref().is_none_or(|after| position(row) > *after));
        self.page(rest, &position)
    }

    /// How many rows [`Paging::page`] needs at most: one more than the page has says that there are more.
    #[must_use]
    pub fn rows_wanted(&self) -> i64 {
        i64::try_from(self.rows_max).unwrap_or(i64::MAX).saturating_add(1)
    }

    /// The page of these rows. They are in the list's order and go on after the page if there are more.
    pub fn page<R>(&self, rows: impl IntoIterator<Item = R>, position: impl Fn(&R) -> P) -> Page<R> {
        let mut rows = rows.into_iter();
        let page: Vec<R> = rows.by_ref().take(self.rows_max).collect();
        let is_more = rows.next().is_some();
        let last = page.last().filter(|_| is_more);
        let next = last.map(|row| cursor(&self.list, &position(row).text()));
        Page { rows: page, next }
    }

    /// The page of a search that stopped before its end: the next one goes on after `stopped`, also when this one has no
    /// row.
    pub fn cut<R>(&self, rows: Vec<R>, stopped: &P) -> Page<R> {
        Page { rows, next: Some(cursor(&self.list, &stopped.text())) }
    }
}

/// The checksum that binds a position to its list. It detects mistakes, not forgery: a position never gives access to
/// other callers' rows.
fn tie(list: &str, position: &str) -> Vec<u8> {
    let mut digest = Sha256::new();
    digest.update(list);
    digest.update([0]);
    digest.update(position);
    digest.finalize().into_iter().take(TIE_BYTES).collect()
}

fn cursor(list: &str, position: &str) -> String {
    let mut bytes = tie(list, position);
    bytes.extend_from_slice(position.as_bytes());
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

fn position(list: &str, cursor: &str) -> Option<String> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let (tied, position) = bytes.split_at_checked(TIE_BYTES)?;
    let position = std::str::from_utf8(position).ok()?;
    (tie(list, position) == tied).then(|| position.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paging(list: &str, cursor: &str, rows_wanted: i32) -> Result<Paging<[i64; 2]>, Refusal> {
        Paging::read(list.into(), cursor, rows_wanted, 3)
    }

    #[test]
    fn a_cursor_leads_from_page_to_page() {
        let rows: Vec<[i64; 2]> = (0..8).map(|number| [number / 3, -number]).collect();
        let (mut cursor, mut pages) = (String::new(), Vec::new());
        loop {
            let paging = paging("tills", &cursor, 0).unwrap();
            let rest = rows.iter().skip_while(|row| paging.after.is_some_and(|after| row[1] >= after[1]));
            let page = paging.page(rest.copied(), |row| *row);
            pages.push(page.rows.len());
            match page.next {
                Some(next) => cursor = next,
                None => break,
            }
        }
        assert_eq!(pages, [3, 3, 2]);
    }

    #[test]
    fn a_cursor_of_another_list_or_of_nobody_is_refused() {
        let next = paging("tills", "", 1).unwrap().page([[1, 2], [3, 4]], |row| *row).next.unwrap();
        assert_eq!(paging("tills", &format!(" {next} "), 0).unwrap().after, Some([1, 2]));
        let mut forged = next.clone();
        forged.insert(3, 'A');
        for (list, cursor) in [("stores", next.as_str()), ("tills", &forged), ("tills", "1"), ("tills", "привет")]
        {
            assert_eq!(paging(list, cursor, 0), Err(Refusal::CursorInvalid), "{list}: {cursor}");
        }
        assert_eq!(Paging::<String>::read("tills".into(), &next, 0, 9).unwrap().after.as_deref(), Some("1.2"));
        assert_eq!(Paging::<[i64; 3]>::read("tills".into(), &next, 0, 9), Err(Refusal::CursorInvalid));
    }

    #[test]
    fn a_search_that_stopped_goes_on_where_it_stopped() {
        let page = paging("tills", "", 0).unwrap().cut(Vec::<[i64; 2]>::new(), &[5, -7]);
        assert_eq!(page.rows, [[0_i64; 2]; 0]);
        assert_eq!(paging("tills", &page.next.unwrap(), 0).unwrap().after, Some([5, -7]));
    }

    #[test]
    fn a_page_has_no_more_rows_than_its_limit() {
        let rows_max = |wanted| paging("tills", "", wanted).unwrap().rows_max;
        assert_eq!([0, 1, 3, 4, -1, i32::MAX].map(rows_max), [3, 1, 3, 3, 3, 3]);
        let page = |rows: usize| paging("tills", "", 0).unwrap().page(vec![[0, 0]; rows], |row| *row);
        assert_eq!((page(3).next, page(0).rows.len()), (None, 0));
        assert!(page(4).next.is_some());
    }
}
