//! The format of compressed bytes: a version byte, the uncompressed length (four bytes, little-endian), and one LZ4
//! block.

/// The version of the format.
const VERSION: u8 = 1;

/// Compresses.
#[must_use]
pub fn pack(bytes: &[u8]) -> Vec<u8> {
    let mut packed = vec![VERSION];
    packed.extend_from_slice(&lz4_flex::block::compress_prepend_size(bytes));
    packed
}

/// Decompresses the result of [`pack`]. More than `bytes_max` is refused: such a length is damaged and must not use up
/// memory.
///
/// # Errors
/// The format is invalid; the text says how.
pub fn unpack(packed: &[u8], bytes_max: usize) -> Result<Vec<u8>, String> {
    let Some((&VERSION, sized)) = packed.split_first() else { return Err("of another version".into()) };
    let (length, block) = lz4_flex::block::uncompressed_size(sized).map_err(|error| error.to_string())?;
    if length > bytes_max {
        return Err("too long".into());
    }
    let bytes = lz4_flex::block::decompress(block, length).map_err(|error| error.to_string())?;
    if bytes.len() != length {
        return Err("cut off".into());
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_packed_is_unpacked_and_what_is_damaged_is_told() {
        let text = "<m:line>1</m:line>".repeat(100);
        let packed = pack(text.as_bytes());
        assert!(packed.len() < text.len() / 10, "{} bytes", packed.len());
        assert_eq!(unpack(&packed, text.len()).unwrap(), text.as_bytes());
        assert_eq!(unpack(&pack(b""), 0).unwrap(), b"");
        assert_eq!(unpack(&packed, text.len() - 1).unwrap_err(), "too long");
        assert_eq!(unpack(b"<m:return/>", 100).unwrap_err(), "of another version");
        assert_eq!(unpack(b"", 100).unwrap_err(), "of another version");
        for cut in 1..packed.len() {
            unpack(&packed[..cut], text.len()).unwrap_err();
        }
    }
}
