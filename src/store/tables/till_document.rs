//! What the tables of sales and returns have in common: how a till names a document, and the fiscal document.

use crate::domain::{fiscal::Fiscal, till_document::ReceiptKey};

/// A till's name of a document as a row of columns.
pub(super) fn name(key: &ReceiptKey) -> (i64, i64, &str, &str) {
    (key.till.0, key.local_day, &key.shift, &key.number)
}

/// A fiscal document as columns: the drive, the document's number, its sign.
pub(super) fn fiscal_columns(fiscal: Option<&Fiscal>) -> (Option<String>, Option<String>, Option<String>) {
    match fiscal.cloned() {
        Some(Fiscal { fn_, fd, fp }) => (Some(fn_), Some(fd), Some(fp)),
        None => (None, None, None),
    }
}

/// A fiscal document from its columns; none when one of them is empty.
pub(super) fn fiscal(columns: (Option<String>, Option<String>, Option<String>)) -> Option<Fiscal> {
    let (fn_, fd, fp) = columns;
    Some(Fiscal { fn_: fn_?, fd: fd?, fp: fp? })
}
