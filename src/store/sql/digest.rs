//! Rows in digests, and as JSON for people.
//!
//! A column that says nothing leaves no trace in either, so that a later one, which older rows do not have, changes
//! nothing of theirs.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use crate::store::sql::{fields::Value, insert::Row};

/// Bytes of a row's digest: nobody finds another row of the same one.
pub const ROW_DIGEST_BYTES: usize = 16;

/// The first half of SHA-256 over what a row says.
pub type RowDigest = [u8; 16];

/// Gathers rows that belong together, and digests them.
#[derive(Debug, Default)]
pub struct Digester {
    bytes: Vec<u8>,
}

impl Digester {
    /// Takes the next row.
    pub fn row<R: Row>(&mut self, row: &R) -> &mut Self {
        let bytes = &mut self.bytes;
        bytes.extend_from_slice(&R::TABLE.tag.to_le_bytes());
        row.each_field(&mut |column, value| {
            bytes.extend_from_slice(&column.tag.to_le_bytes());
            match value {
                Value::Number(number) => bytes.extend_from_slice(&number.to_le_bytes()),
                Value::Flag(flag) => bytes.push(u8::from(flag)),
                Value::Text(text) => sized(bytes, text.as_bytes()),
                Value::Bytes(value) => sized(bytes, value),
            }
        });
        self
    }

    /// The digest of the rows taken; the next one begins anew.
    pub fn finish(&mut self) -> RowDigest {
        let digest = short_digest(&self.bytes);
        self.bytes.clear();
        digest
    }
}

/// Bytes after their count.
fn sized(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_le_bytes());
    out.extend_from_slice(bytes);
}

/// The first half of a SHA-256.
#[must_use]
pub fn short_digest(bytes: &[u8]) -> RowDigest {
    let whole: [u8; 32] = Sha256::digest(bytes).into();
    let (half, _) = whole.split_first_chunk().unwrap_or((&[0; ROW_DIGEST_BYTES], &[]));
    *half
}

/// A row as JSON, column by column.
pub fn described<R: Row>(row: &R) -> serde_json::Map<String, serde_json::Value> {
    let mut object = serde_json::Map::new();
    row.each_field(&mut |column, value| {
        let value = match value {
            Value::Number(number) => number.into(),
            Value::Flag(flag) => flag.into(),
            Value::Text(text) => text.into(),
            Value::Bytes(bytes) => bytes
                .iter()
                .fold(String::new(), |mut text, byte| {
                    // Writing into a text does not fail.
                    let _ = write!(text, "{byte:02x}");
                    text
                })
                .into(),
        };
        object.insert(column.name.into(), value);
    });
    object
}
