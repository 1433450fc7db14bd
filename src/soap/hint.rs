//! A cheap guess at the operation of a request.
//!
//! Under overload a request is refused before its password is checked and its XML is read. Only its queue must be
//! known, so this finds the name of the first element in the body and reads nothing else. The guess may fail, or a
//! crafted message may mislead it. Then the request takes the usual way, or an overloaded gateway refuses it.

use crate::soap::operations::{Access, Operation};

/// How many bytes of a message are searched. Only headers such as WS-Security make an envelope's head longer.
const BYTES_MAX: usize = 4_096;

/// The access kind of a message's operation, if it can be guessed.
pub(super) fn access(body: &[u8], table: &[Operation]) -> Option<Access> {
    let name = operation(body)?;
    table.iter().find(|row| row.name.as_bytes() == name).map(|row| row.access)
}

/// The name of a message's operation, if it can be guessed.
pub(super) fn operation(body: &[u8]) -> Option<&[u8]> {
    first_of_body(body.get(..BYTES_MAX).unwrap_or(body))
}

/// The local name of the element that follows the opening tag of `Body`.
fn first_of_body(message: &[u8]) -> Option<&[u8]> {
    let mut rest = message;
    let mut is_next = false;
    loop {
        let open = rest.iter().position(|byte| *byte == b'<')?;
        rest = rest.get(open.checked_add(1)?..)?;
        let end = rest.iter().position(|byte| matches!(byte, b'>' | b'/' | b' ' | b'\t' | b'\r' | b'\n'))?;
        let name = rest.get(..end)?;
        let local = name.iter().position(|byte| *byte == b':').and_then(|colon| name.get(colon.checked_add(1)?..));
        let local = local.unwrap_or(name);
        if is_next {
            return Some(local);
        }
        is_next = local == b"Body";
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::soap::operations::POS;

    fn guessed(message: &str) -> Option<Access> {
        access(message.as_bytes(), POS)
    }

    #[test]
    fn the_operation_is_found_whatever_the_prefixes_are() {
        let messages = [
            "<s:Envelope xmlns:s=\"e\"><s:Body><GetBalance xmlns=\"p\"/></s:Body></s:Envelope>",
            "<?xml version=\"1.0\"?>\r\n<Envelope><Header><a>b</a></Header><Body id='1'>\n <m:GetBalance>",
        ];
        for message in messages {
            assert_eq!(guessed(message), Some(Access::Read), "{message}");
        }
        assert_eq!(guessed("<E><Body><RegisterReceipt >"), Some(Access::Write));
    }

    #[test]
    fn what_is_no_such_message_is_let_be() {
        for message in
            ["", "<", "<Body", "<Body>", "<Body><", "<Body></Body>", "<Body><!-- --><GetBalance>", "<a><b><c>"]
        {
            assert_eq!(guessed(message), None, "{message}");
        }
        let far = format!("<Header>{}</Header><Body><GetBalance>", "x".repeat(BYTES_MAX));
        assert_eq!(guessed(&far), None);
    }
}
