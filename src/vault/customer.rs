//! A customer's own key, and which key sealed a value.

use std::fmt;

use chacha20poly1305::XChaCha20Poly1305;
use zeroize::Zeroizing;

use crate::vault::{
    error::VaultError,
    primitives::{KEY_BYTES, cipher, open, random, seal},
    ring::{BY_CUSTOMER, Ring, SealingKeyId},
};

const ID_BYTES: usize = 8;

/// A customer's own key. It is wiped from memory when dropped; Debug shows whose it is.
pub struct CustomerKey {
    customer: i64,
    bytes: Zeroizing<[u8; KEY_BYTES]>,
    cipher: XChaCha20Poly1305,
}

impl fmt::Debug for CustomerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CustomerKey({})", self.customer)
    }
}

/// The key that sealed a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealedBy {
    /// The key of this customer.
    Customer(i64),
    /// The database's key of this number.
    Database(SealingKeyId),
}

impl SealedBy {
    /// Reads it from the sealed value's first bytes.
    ///
    /// # Errors
    /// The value is too short.
    pub fn of(sealed: &[u8]) -> Result<Self, VaultError> {
        match sealed.split_first() {
            Some((&BY_CUSTOMER, rest)) => {
                let (id, _) = rest.split_first_chunk::<ID_BYTES>().ok_or(VaultError::Sealed)?;
                Ok(Self::Customer(i64::from_le_bytes(*id)))
            }
            Some((id, _)) => Ok(Self::Database(*id)),
            None => Err(VaultError::Sealed),
        }
    }
}

impl CustomerKey {
    fn new(customer: i64, bytes: Zeroizing<[u8; KEY_BYTES]>) -> Self {
        let cipher = cipher(&bytes);
        Self { customer, bytes, cipher }
    }

    /// A fresh key for a new customer.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub fn fresh(customer: i64) -> Result<Self, VaultError> {
        Ok(Self::new(customer, random()?))
    }

    /// Seals this key with the database's newest key.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub fn sealed_by(&self, ring: &Ring) -> Result<Vec<u8>, VaultError> {
        ring.seal(&own_place(self.customer), self.bytes.as_slice())
    }

    /// Opens a customer's key with the database's key that sealed it.
    ///
    /// # Errors
    /// It was sealed with another key or for another customer, or is damaged.
    pub fn opened_by(ring: &Ring, customer: i64, sealed: &[u8]) -> Result<Self, VaultError> {
        let bytes = ring.open(&own_place(customer), sealed)?;
        let bytes: [u8; KEY_BYTES] = bytes.as_slice().try_into().map_err(|_| VaultError::Sealed)?;
        Ok(Self::new(customer, Zeroizing::new(bytes)))
    }

    /// Seals a value of this customer. `place` names the column and the row, so that a value that was copied elsewhere
    /// cannot be opened.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub fn seal(&self, place: &str, value: &[u8]) -> Result<Vec<u8>, VaultError> {
        let mut head = [BY_CUSTOMER; 1 + ID_BYTES];
        let (_, id) = head.split_at_mut(1);
        id.copy_from_slice(&self.customer.to_le_bytes());
        seal(&self.cipher, &head, place, value)
    }

    /// Opens a value that this key sealed for the same place.
    ///
    /// # Errors
    /// It was sealed with another key or for another place, or is damaged.
    pub fn open(&self, place: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        if SealedBy::of(sealed)? != SealedBy::Customer(self.customer) {
            return Err(VaultError::Sealed);
        }
        open(&self.cipher, place, sealed.get(1 + ID_BYTES..).unwrap_or_default())
    }
}

fn own_place(customer: i64) -> String {
    format!("customer_keys.key_sealed:{customer}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_opens_for_its_customer_only() {
        let ring = Ring::of(Ring::fresh().unwrap()).unwrap();
        let key = CustomerKey::fresh(7).unwrap();
        let sealed = key.sealed_by(&ring).unwrap();
        assert_eq!(CustomerKey::opened_by(&ring, 7, &sealed).unwrap().bytes, key.bytes);
        assert!(CustomerKey::opened_by(&ring, 8, &sealed).is_err());
    }

    #[test]
    fn a_value_says_whose_it_is_and_opens_by_that_key_alone() {
        let (key, other) = (CustomerKey::fresh(7).unwrap(), CustomerKey::fresh(7).unwrap());
        let sealed = key.seal("customers.name:7", "Анна".as_bytes()).unwrap();
        assert_eq!(SealedBy::of(&sealed).unwrap(), SealedBy::Customer(7));
        assert_eq!(key.open("customers.name:7", &sealed).unwrap().as_slice(), "Анна".as_bytes());
        assert!(key.open("customers.name:8", &sealed).is_err());
        assert!(other.open("customers.name:7", &sealed).is_err());
        let mut moved = sealed.clone();
        moved[1] = 8;
        assert!(CustomerKey::new(8, key.bytes.clone()).open("customers.name:8", &moved).is_err());
        for length in 0..sealed.len() {
            assert!(key.open("customers.name:7", &sealed[..length]).is_err(), "{length}");
        }
    }
}
