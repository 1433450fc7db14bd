//! The journal: movements of points, each chained to the previous one by its digest.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use diesel::prelude::*;
use sha2::{Digest as _, Sha256};

use crate::{
    domain::{
        account::{Account, Bucket, Cause, ChainHead, Movement, MovementKind, PointsClass, Terms},
        ids::{LotNo, PartnerId, ReceiptId, ReservationId, ReturnId, StoreId, TillId},
        moment::Moment,
        money::Points,
    },
    store::{
        error::{StoreError, word},
        schema::journal,
        sealing::Keys,
        sql::insert::rows,
    },
};

/// The digest that an account's first entry is chained to.
const GENESIS: ChainHead = [0; 32];

rows! {
    #[derive(Clone, Queryable, Selectable)]
    #[diesel(table_name = journal)]
    pub(in crate::store) struct JournalRow in journal {
        pub account_id: i64,
        pub seq: i64,
        step: i64,
        pub lot_no: Option<i64>,
        pub from_bucket: String,
        pub to_bucket: String,
        pub points: i64,
        pub available_after: i64,
        kind: String,
        occurred_at: i64,
        pub recorded_at: i64,
        receipt_id: Option<i64>,
        return_id: Option<i64>,
        reservation_id: Option<i64>,
        partner_id: Option<i64>,
        store_id: Option<i64>,
        till_id: Option<i64>,
        rule: Option<String>,
        corrects: Option<i64>,
        terms_class: Option<String>,
        terms_issuer_id: Option<i64>,
        terms_activates_at: Option<i64>,
        terms_expires_at: Option<i64>,
        pub hash: Vec<u8>,
        terms_graced: Option<bool>,
    }
}

/// The two buckets of a journal row.
pub(in crate::store) fn buckets(from: &str, to: &str) -> Result<(Bucket, Bucket), StoreError> {
    Ok((word(Bucket::from_word, "journal.from_bucket", from)?, word(Bucket::from_word, "journal.to_bucket", to)?))
}

/// How `rule` begins where a person's own words stand in place of a rule of ours: sealed by the customer's key, in Base64. The
/// chain covers what is stored, so it holds on when that key is destroyed.
const SEALED: &str = "sealed:";

/// Where the words of an entry lie.
pub(in crate::store) fn words_place(account: i64, seq: i64) -> String {
    format!("journal.rule:{account}:{seq}")
}

/// An entry as it is kept, chained to the one before it.
pub(super) fn row(
    account: &Account,
    entry: &Movement,
    before: Option<&ChainHead>,
    keys: &Keys,
) -> Result<JournalRow, StoreError> {
    let place = || words_place(account.id.0, entry.seq);
    let words = entry.cause.words.as_deref();
    let sealed = words.map(|words| keys.seal(Some(account.customer), &place(), words.as_bytes())).transpose()?;
    let mut row = JournalRow {
        account_id: account.id.0,
        seq: entry.seq,
        step: entry.step,
        lot_no: entry.lot.map(|no| no.0),
        from_bucket: entry.from.word().into(),
        to_bucket: entry.to.word().into(),
        points: entry.points.0,
        available_after: entry.available_after.0,
        kind: entry.kind.word().into(),
        occurred_at: entry.occurred_at.0,
        recorded_at: entry.recorded_at.0,
        receipt_id: entry.cause.receipt.map(|id| id.0),
        return_id: entry.cause.return_id.map(|id| id.0),
        reservation_id: entry.cause.reservation.map(|id| id.0),
        partner_id: entry.cause.partner.map(|id| id.0),
        store_id: entry.cause.store.map(|id| id.0),
        till_id: entry.cause.till.map(|id| id.0),
        rule: sealed.map(|sealed| format!("{SEALED}{}", STANDARD.encode(sealed))).or_else(|| entry.cause.rule.clone()),
        corrects: entry.cause.corrects,
        terms_class: entry.terms.map(|terms| terms.class.word().into()),
        terms_issuer_id: entry.terms.map(|terms| terms.issuer.0),
        terms_activates_at: entry.terms.map(|terms| terms.activates_at.0),
        terms_expires_at: entry.terms.and_then(|terms| terms.expires_at).map(|at| at.0),
        hash: Vec::new(),
        terms_graced: entry.terms.and_then(|terms| graced(entry, terms)),
    };
    row.hash = row.chained_to(before).to_vec();
    Ok(row)
}

impl JournalRow {
    /// SHA-256 over the previous entry's digest and over all fields of this one (invariant 5). Texts are prefixed with
    /// their length and optional fields with a presence byte, so that different entries have different inputs.
    pub fn chained_to(&self, before: Option<&ChainHead>) -> ChainHead {
        let mut digest = Sha256::new();
        digest.update(before.unwrap_or(&GENESIS));
        let numbers = [
            Some(self.account_id),
            Some(self.seq),
            Some(self.step),
            self.lot_no,
            Some(self.points),
            Some(self.available_after),
            Some(self.occurred_at),
            Some(self.recorded_at),
            self.receipt_id,
            self.return_id,
            self.reservation_id,
            self.partner_id,
            self.store_id,
            self.till_id,
            self.corrects,
            self.terms_issuer_id,
            self.terms_activates_at,
            self.terms_expires_at,
        ];
        for number in numbers {
            digest.update([u8::from(number.is_some())]);
            digest.update(number.unwrap_or_default().to_le_bytes());
        }
        let texts = [
            Some(&self.from_bucket),
            Some(&self.to_bucket),
            Some(&self.kind),
            self.rule.as_ref(),
            self.terms_class.as_ref(),
        ];
        for text in texts {
            digest.update([u8::from(text.is_some())]);
            let text = text.map_or("", String::as_str);
            digest.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_le_bytes());
            digest.update(text);
        }
        // At the end, and only where it is there: what was written before it came reads as it did.
        if let Some(graced) = self.terms_graced {
            digest.update([u8::from(graced)]);
        }
        digest.finalize().into()
    }

    /// A person's own words, sealed, where the entry has some.
    pub(in crate::store) fn sealed_words(&self) -> Option<Vec<u8>> {
        STANDARD.decode(self.rule.as_deref()?.strip_prefix(SEALED)?).ok()
    }

    /// The entry that this row keeps, without the words that are sealed.
    ///
    /// # Errors
    /// It has an unknown word.
    pub fn movement(&self) -> Result<Movement, StoreError> {
        let (from, to) = buckets(&self.from_bucket, &self.to_bucket)?;
        Ok(Movement {
            seq: self.seq,
            step: self.step,
            lot: self.lot_no.map(LotNo),
            from,
            to,
            points: Points(self.points),
            available_after: Points(self.available_after),
            terms: self.terms()?,
            kind: word(MovementKind::from_word, "journal.kind", &self.kind)?,
            occurred_at: Moment(self.occurred_at),
            recorded_at: Moment(self.recorded_at),
            cause: cause(self),
        })
    }

    fn terms(&self) -> Result<Option<Terms>, StoreError> {
        let (Some(class), Some(issuer), Some(activates_at)) =
            (self.terms_class.as_ref(), self.terms_issuer_id, self.terms_activates_at)
        else {
            return Ok(None);
        };
        Ok(Some(Terms {
            class: word(PointsClass::from_word, "journal.terms_class", class)?,
            issuer: PartnerId(issuer),
            activates_at: Moment(activates_at),
            expires_at: self.terms_expires_at.map(Moment),
            // Before it was written down, only points that came back to a lapsed lot had terms beside those of a new lot.
            graced: self.terms_graced.unwrap_or_else(|| {
                [Bucket::Reserved, Bucket::Spent].iter().any(|bucket| bucket.word() == self.from_bucket)
            }),
        }))
    }
}

/// What an entry's terms say of the lot's grace, where that does not follow from the entry.
fn graced(entry: &Movement, terms: Terms) -> Option<bool> {
    let comes_back = matches!(entry.from, Bucket::Reserved | Bucket::Spent);
    (terms.graced || comes_back).then_some(terms.graced)
}

/// A digest as it is kept.
///
/// # Errors
/// It has another length.
pub(in crate::store) fn head(column: &str, bytes: &[u8]) -> Result<ChainHead, StoreError> {
    bytes.try_into().map_err(|_| StoreError::Unreadable(format!("{column}: {} bytes instead of 32", bytes.len())))
}

fn cause(row: &JournalRow) -> Cause {
    Cause {
        receipt: row.receipt_id.map(ReceiptId),
        return_id: row.return_id.map(ReturnId),
        reservation: row.reservation_id.map(ReservationId),
        partner: row.partner_id.map(PartnerId),
        store: row.store_id.map(StoreId),
        till: row.till_id.map(TillId),
        rule: row.rule.clone().filter(|rule| !rule.starts_with(SEALED)),
        words: None,
        corrects: row.corrects,
    }
}
