//! The escrow of the master key: a copy sealed with a passphrase, as words to be kept on paper. Words and passphrase
//! together give the key. The words alone give nothing.

use bip39::Language;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::vault::{
    error::VaultError,
    master::MasterKey,
    primitives::{KEY_BYTES, cipher, random},
};
use chacha20poly1305::{
    XNonce,
    aead::{Aead as _, Payload},
};

/// The version of the format: the passphrase's key comes from Argon2id with the parameters of `access::passphrase_key`.
const VERSION: u8 = 1;
const SALT_BYTES: usize = 12;
const SEALED_BYTES: usize = KEY_BYTES + 16;
const CHECKSUM_BYTES: usize = 5;
const BODY_BYTES: usize = 1 + SALT_BYTES + SEALED_BYTES;
/// 66 bytes are 48 words of eleven bits.
const BITS_PER_WORD: usize = 11;
/// The number of words of a copy.
const WORDS: usize = (BODY_BYTES + CHECKSUM_BYTES) * 8 / BITS_PER_WORD;
/// A constant nonce is safe: each passphrase has a fresh salt, so its key seals only once.
const NONCE: [u8; 24] = [0; 24];
const PLACE: &[u8] = b"escrow of the master key";

/// What is wrong with an escrow.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum EscrowError {
    /// Too few words or too many.
    #[error("an escrow has {WORDS} words, and these are {0}")]
    Count(usize),
    /// A word that is not in the list.
    #[error("word {place} is «{word}», which is not in the list of words; check how it is written")]
    Word {
        /// Its position, from 1.
        place: usize,
        /// The word.
        word: String,
    },
    /// Every word is in the list, but the checksum is wrong.
    #[error("the words do not fit together: one was misread, or two were exchanged")]
    Checksum,
    /// A newer program made the copy.
    #[error("the words are of an escrow of version {0}, which this program does not know")]
    Version(u8),
    /// The copy cannot be opened: the passphrase is wrong.
    #[error("the passphrase is not the one that the escrow was made with")]
    Passphrase,
}

/// A sealed copy of a master key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Escrowed([u8; BODY_BYTES]);

impl Escrowed {
    /// A fresh salt for a passphrase.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub fn fresh_salt() -> Result<Vec<u8>, VaultError> {
        Ok(random::<SALT_BYTES>()?.to_vec())
    }

    /// Seals a copy with the key of a passphrase with this salt.
    ///
    /// # Errors
    /// The salt does not come from [`Self::fresh_salt`].
    pub fn seal(master: &MasterKey, salt: &[u8], passphrase_key: &[u8; KEY_BYTES]) -> Result<Self, VaultError> {
        let payload = Payload { msg: master.bytes(), aad: PLACE };
        let sealed = cipher(passphrase_key).encrypt(&XNonce::from(NONCE), payload).map_err(|_| VaultError::Sealed)?;
        let body = [&[VERSION], salt, &sealed].concat();
        body.try_into().map(Self).map_err(|_| VaultError::Sealed)
    }

    /// The salt of its passphrase.
    #[must_use]
    pub fn salt(&self) -> &[u8] {
        self.0.get(1..=SALT_BYTES).unwrap_or_default()
    }

    /// Opens the copy.
    ///
    /// # Errors
    /// The key belongs to another passphrase.
    pub fn open(&self, passphrase_key: &[u8; KEY_BYTES]) -> Result<MasterKey, EscrowError> {
        let sealed = self.0.get(1 + SALT_BYTES..).unwrap_or_default();
        let payload = Payload { msg: sealed, aad: PLACE };
        let opened = cipher(passphrase_key).decrypt(&XNonce::from(NONCE), payload).map(Zeroizing::new);
        let bytes = opened.ok().and_then(|bytes| <[u8; KEY_BYTES]>::try_from(bytes.as_slice()).ok());
        bytes.map(|bytes| MasterKey::new(Zeroizing::new(bytes))).ok_or(EscrowError::Passphrase)
    }

    /// The copy as words.
    #[must_use]
    pub fn words(&self) -> Vec<&'static str> {
        let bytes: Vec<u8> = [self.0.as_slice(), &checksum(&self.0)].concat();
        let bit = |at: usize| bytes.get(at / 8).is_some_and(|byte| byte & (0x80 >> (at % 8)) != 0);
        let number = |word: usize| {
            (0..BITS_PER_WORD)
                .fold(0_usize, |number, place| number << 1 | usize::from(bit(word * BITS_PER_WORD + place)))
        };
        (0..WORDS).filter_map(|word| Language::English.word_list().get(number(word)).copied()).collect()
    }

    /// Whether a text has as many words as a copy, or more.
    #[must_use]
    pub fn is_whole(text: &str) -> bool {
        split(text).count() >= WORDS
    }

    /// Reads a copy from its words. Case and separators do not matter, and line numbers are skipped.
    ///
    /// # Errors
    /// They are not the words of an escrow.
    pub fn from_words(text: &str) -> Result<Self, EscrowError> {
        let text = Zeroizing::new(text.to_lowercase());
        let words: Vec<&str> = split(&text).collect();
        if words.len() != WORDS {
            return Err(EscrowError::Count(words.len()));
        }
        let mut bytes = [0_u8; BODY_BYTES + CHECKSUM_BYTES];
        for (place, word) in words.into_iter().enumerate() {
            let unknown = || EscrowError::Word { place: place + 1, word: word.to_owned() };
            let number = Language::English.find_word(word).ok_or_else(unknown)?;
            for bit in (0..BITS_PER_WORD).filter(|bit| number >> (BITS_PER_WORD - 1 - bit) & 1 == 1) {
                let at = place * BITS_PER_WORD + bit;
                if let Some(byte) = bytes.get_mut(at / 8) {
                    *byte |= 0x80 >> (at % 8);
                }
            }
        }
        let (body, given) = bytes.split_first_chunk::<BODY_BYTES>().ok_or(EscrowError::Checksum)?;
        if checksum(body) != given {
            return Err(EscrowError::Checksum);
        }
        match body.first() {
            Some(&VERSION) => Ok(Self(*body)),
            Some(other) => Err(EscrowError::Version(*other)),
            None => Err(EscrowError::Checksum),
        }
    }
}

/// The words of a text, without line numbers and whatever else stands between them.
fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty())
}

fn checksum(body: &[u8]) -> Vec<u8> {
    Sha256::digest(body).iter().copied().take(CHECKSUM_BYTES).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn escrowed() -> (MasterKey, Escrowed) {
        let master = MasterKey::fresh().unwrap();
        let escrowed = Escrowed::seal(&master, &Escrowed::fresh_salt().unwrap(), &[3; KEY_BYTES]).unwrap();
        (master, escrowed)
    }

    #[test]
    fn the_words_and_the_passphrase_give_the_key_back() {
        let (master, escrowed) = escrowed();
        let words = escrowed.words();
        assert_eq!(words.len(), WORDS);
        assert!(Escrowed::is_whole(&words.join(" 7\n")) && !Escrowed::is_whole(&words[1..].join(" 7\n")));
        let paper: String =
            words.chunks(6).enumerate().map(|(n, line)| format!("{:>2}  {}\n", n + 1, line.join("  "))).collect();
        let read = Escrowed::from_words(&paper.to_uppercase()).unwrap();
        assert_eq!(read, escrowed);
        assert_eq!(read.salt().len(), SALT_BYTES);
        assert_eq!(read.open(&[3; KEY_BYTES]).unwrap().fingerprint(), master.fingerprint());
        assert_eq!(read.open(&[4; KEY_BYTES]).unwrap_err(), EscrowError::Passphrase);
    }

    #[test]
    fn a_misread_word_is_told() {
        let words = escrowed().1.words();
        let with = |place: usize, word: &'static str| {
            let mut words = words.clone();
            words[place] = word;
            Escrowed::from_words(&words.join(" "))
        };
        assert_eq!(with(4, "копилка"), Err(EscrowError::Word { place: 5, word: "копилка".into() }));
        for (place, word) in words.iter().enumerate() {
            let other = if *word == "zoo" { "abandon" } else { "zoo" };
            assert_eq!(with(place, other), Err(EscrowError::Checksum), "{place}");
        }
        let mut exchanged = words.clone();
        if let Some(place) = (1..words.len()).find(|place| words[*place] != words[0]) {
            exchanged.swap(0, place);
        }
        assert_eq!(Escrowed::from_words(&exchanged.join(" ")), Err(EscrowError::Checksum));
        assert_eq!(Escrowed::from_words(&words[1..].join(" ")), Err(EscrowError::Count(WORDS - 1)));
    }
}
