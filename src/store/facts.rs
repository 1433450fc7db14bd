//! Facts: how a transaction leaves the rows that a balance, a right or an answer rests on. They are an entry of the
//! chronicle (`tables/chronicle.rs`); `kopilka verify` compares the last one of each row with the row.

use sha2::{Digest as _, Sha256};

use crate::store::sql::{
    digest::{Digester, ROW_DIGEST_BYTES, RowDigest},
    insert::Row,
};

/// Bytes of a fact: a kind, an id, a digest.
const FACT_BYTES: usize = 1 + 8 + ROW_DIGEST_BYTES;

/// Declares the kinds with the byte and the words that stand for each.
macro_rules! kinds {
    ($($(#[$meta:meta])* $kind:ident = $code:literal, $word:literal;)+) => {
        /// What a fact is about.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Kind {
            $($(#[$meta])* $kind,)+
        }

        impl Kind {
            /// What a fact's byte stands for.
            #[must_use]
            pub const fn of(code: u8) -> Option<Self> {
                match code {
                    $($code => Some(Self::$kind),)+
                    _ => None,
                }
            }

            /// The byte of a fact.
            #[must_use]
            pub const fn code(self) -> u8 {
                match self {
                    $(Self::$kind => $code,)+
                }
            }

            /// In plain words.
            #[must_use]
            pub const fn words(self) -> &'static str {
                match self {
                    $(Self::$kind => $word,)+
                }
            }
        }
    };
}

kinds! {
    /// An account: whose it is, its state, its balances, where its journal ends.
    Account = 1, "account";
    /// A card: its state, whose it is.
    Card = 2, "card";
    /// A customer, sealed columns as they are kept.
    Customer = 3, "customer";
    /// A hold with its lots.
    Hold = 4, "hold";
    /// A confirmation code.
    Code = 5, "confirmation code";
    /// A sale with its lines and lots.
    Sale = 6, "receipt";
    /// A return with its lines.
    Return = 7, "return";
    /// A return without the receipt, with its lines.
    FreeReturn = 8, "return without a receipt";
    /// A consent or its withdrawal.
    Consent = 9, "consent";
    /// A change in a card's life.
    CardChange = 10, "change of a card";
    /// A change in an account's life.
    AccountChange = 11, "change of an account";
    /// A stored answer. Its id is the beginning of a digest of partner and operation key.
    Answer = 12, "stored answer";
    /// Answers older than the id, a moment in milliseconds, may have been forgotten.
    Forgotten = 13, "forgetting";
    /// Where the registry's chain ended: the id is an entry's number.
    Registry = 14, "registry";
    /// A case that an office looks at.
    Case = 15, "case";
    /// Which entries a transaction appended to an account's journal: their numbers stand in place of a digest.
    Entries = 16, "entries of the journal";
}

impl Kind {
    /// The kinds whose rows have an id of their own.
    pub const WITH_ID: [Self; 12] = [
        Self::Account,
        Self::Card,
        Self::Customer,
        Self::Hold,
        Self::Code,
        Self::Sale,
        Self::Return,
        Self::FreeReturn,
        Self::Consent,
        Self::CardChange,
        Self::AccountChange,
        Self::Case,
    ];
}

/// One fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fact {
    /// About what.
    pub kind: Kind,
    /// Which.
    pub id: i64,
    /// What the row said.
    pub digest: RowDigest,
}

/// The facts of a transaction, in the order in which its rows were written: the last one of a row counts.
#[derive(Debug, Default)]
pub struct Facts {
    bytes: Vec<u8>,
    digester: Digester,
}

impl Facts {
    /// A row was left so.
    pub fn row<R: Row>(&mut self, kind: Kind, id: i64, row: &R) {
        let digest = self.digester.row(row).finish();
        self.add(kind, id, digest);
    }

    /// Rows that belong together were left so.
    pub fn rows(&mut self, kind: Kind, id: i64, put: impl FnOnce(&mut Digester)) {
        put(&mut self.digester);
        let digest = self.digester.finish();
        self.add(kind, id, digest);
    }

    /// The same, where the digest is known.
    pub fn add(&mut self, kind: Kind, id: i64, digest: RowDigest) {
        self.bytes.push(kind.code());
        self.bytes.extend_from_slice(&id.to_le_bytes());
        self.bytes.extend_from_slice(&digest);
    }

    /// An account's journal was continued, from one entry to another.
    pub fn entries(&mut self, account: i64, (first, last): (i64, i64)) {
        let mut numbers = [0; ROW_DIGEST_BYTES];
        let bytes = first.to_le_bytes().into_iter().chain(last.to_le_bytes());
        numbers.iter_mut().zip(bytes).for_each(|(place, byte)| *place = byte);
        self.add(Kind::Entries, account, numbers);
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> i64 {
        i64::try_from(self.bytes.len() / FACT_BYTES).unwrap_or(i64::MAX)
    }

    /// As they are kept.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl Fact {
    /// The first and the last entry of the journal that it tells of; `None` of any other fact.
    #[must_use]
    pub fn extent(&self) -> Option<(i64, i64)> {
        let (first, rest) = self.digest.split_first_chunk::<8>()?;
        let extent = (i64::from_le_bytes(*first), i64::from_le_bytes(rest.try_into().ok()?));
        (self.kind == Kind::Entries).then_some(extent)
    }
}

/// The facts of an entry; nothing for one that cannot be read.
pub fn facts_of(bytes: &[u8]) -> impl Iterator<Item = Option<Fact>> {
    bytes.chunks(FACT_BYTES).map(|chunk| {
        let (kind, rest) = chunk.split_first()?;
        let (id, digest) = rest.split_first_chunk::<8>()?;
        Some(Fact { kind: Kind::of(*kind)?, id: i64::from_le_bytes(*id), digest: digest.try_into().ok()? })
    })
}

/// What stands for a stored answer's partner and key. Never negative.
#[must_use]
pub fn answer_id(partner: i64, key: &str) -> i64 {
    let digest: [u8; 32] = Sha256::new().chain_update(partner.to_le_bytes()).chain_update(key).finalize().into();
    let (head, _) = digest.split_first_chunk().unwrap_or((&[0; 8], &[]));
    i64::from_le_bytes(*head) & i64::MAX
}
