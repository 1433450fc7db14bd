//! The primitives: random bytes, sealing, keyed digests.

use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead as _, KeyInit as _, Payload},
};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::vault::error::VaultError;

/// Bytes of every key.
pub const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;

/// Random bytes.
pub(super) fn random<const COUNT: usize>() -> Result<Zeroizing<[u8; COUNT]>, VaultError> {
    let mut bytes = Zeroizing::new([0_u8; COUNT]);
    getrandom::fill(bytes.as_mut_slice()).map_err(VaultError::Random)?;
    Ok(bytes)
}

/// `head`, a fresh nonce and the sealed value. The head is not secret; it says which key opens the rest.
pub(super) fn seal(cipher: &XChaCha20Poly1305, head: &[u8], place: &str, value: &[u8]) -> Result<Vec<u8>, VaultError> {
    let nonce = random::<NONCE_BYTES>()?;
    let payload = Payload { msg: value, aad: place.as_bytes() };
    let sealed = cipher.encrypt(&XNonce::from(*nonce), payload).map_err(|_| VaultError::Sealed)?;
    Ok([head, nonce.as_slice(), &sealed].concat())
}

/// Opens what is behind the head.
pub(super) fn open(cipher: &XChaCha20Poly1305, place: &str, rest: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    let (nonce, sealed) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(VaultError::Sealed)?;
    let payload = Payload { msg: sealed, aad: place.as_bytes() };
    cipher.decrypt(&XNonce::from(*nonce), payload).map(Zeroizing::new).map_err(|_| VaultError::Sealed)
}

/// The cipher of a key.
pub(super) fn cipher(key: &[u8; KEY_BYTES]) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.into())
}

/// An opened value as a text.
pub(super) fn text(bytes: &[u8]) -> Result<String, VaultError> {
    std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| VaultError::Sealed)
}

/// A keyed digest, not finished: to be compared in constant time.
pub(super) fn mac(key: &[u8; KEY_BYTES], parts: &[&[u8]]) -> Hmac<Sha256> {
    // RFC 2104: a key that is shorter than a block of the hash is filled up with zeros. A whole block cannot be refused.
    let mut block = Zeroizing::new([0_u8; 64]);
    for (to, from) in block.iter_mut().zip(key) {
        *to = *from;
    }
    let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new((&*block).into());
    for part in parts {
        mac.update(part);
    }
    mac
}

/// A keyed digest.
pub(super) fn keyed(key: &[u8; KEY_BYTES], parts: &[&[u8]]) -> [u8; KEY_BYTES] {
    mac(key, parts).finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_is_filled_up_gives_the_standard_digest() {
        let key = [0x0b; KEY_BYTES];
        let mut standard = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(&key).unwrap();
        standard.update(b"Hi There");
        assert_eq!(keyed(&key, &[b"Hi ", b"There"]), <[u8; 32]>::from(standard.finalize().into_bytes()));
    }
}
