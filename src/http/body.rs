//! Reads a whole request body within a size and a time, and decompresses it.

use std::{
    io::{self, Write},
    time::Duration,
};

use flate2::write::MultiGzDecoder;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};

use crate::http::{HttpFault, coding::Coding};

/// The whole body, at most `bytes_max` on the wire and after decompression. Trailers are dropped.
///
/// # Errors
/// [`HttpFault::BodyTooLarge`], [`HttpFault::BodyTimeout`], [`HttpFault::BodyBroken`], [`HttpFault::BodyMalformed`] or
/// [`HttpFault::BodyUndecodable`]; the connection must then be closed.
pub(super) async fn read(
    body: Incoming,
    coding: Coding,
    bytes_max: usize,
    timeout: Duration,
) -> Result<Bytes, HttpFault> {
    let body = Limited::new(body, bytes_max);
    let read = async {
        match coding {
            Coding::Identity => Ok(body.collect().await.map_err(broken)?.to_bytes()),
            Coding::Gzip => unpack(body, bytes_max).await,
        }
    };
    tokio::time::timeout(timeout, read).await.unwrap_or(Err(HttpFault::BodyTimeout))
}

/// Decompresses each piece as it arrives, so an oversized body is refused before the rest of it is read.
async fn unpack(mut body: Limited<Incoming>, bytes_max: usize) -> Result<Bytes, HttpFault> {
    let mut unpacker = Unpacker::new(bytes_max);
    while let Some(frame) = body.frame().await {
        if let Ok(piece) = frame.map_err(broken)?.into_data() {
            unpacker.take(&piece)?;
        }
    }
    unpacker.finish()
}

fn broken(error: Box<dyn std::error::Error + Send + Sync>) -> HttpFault {
    if error.is::<LengthLimitError>() {
        return HttpFault::BodyTooLarge;
    }
    // Of all that can go wrong only bad chunks are the client's doing; a connection that ends is nobody's.
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error.as_ref());
    while let Some(error) = cause {
        let kind = error.downcast_ref::<io::Error>().map(io::Error::kind);
        if matches!(kind, Some(io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput)) {
            return HttpFault::BodyMalformed;
        }
        cause = error.source();
    }
    HttpFault::BodyBroken
}

/// A gzip stream of any number of members, decompressed up to a limit.
struct Unpacker(MultiGzDecoder<Capped>);

/// Refuses the first byte over the limit.
struct Capped {
    bytes: Vec<u8>,
    bytes_max: usize,
    overflown: bool,
}

impl Unpacker {
    fn new(bytes_max: usize) -> Self {
        Self(MultiGzDecoder::new(Capped { bytes: Vec::new(), bytes_max, overflown: false }))
    }

    fn take(&mut self, piece: &[u8]) -> Result<(), HttpFault> {
        self.0.write_all(piece).map_err(|_| self.fault())
    }

    fn finish(mut self) -> Result<Bytes, HttpFault> {
        match self.0.try_finish() {
            Ok(()) => Ok(Bytes::from(std::mem::take(&mut self.0.get_mut().bytes))),
            Err(_) => Err(self.fault()),
        }
    }

    fn fault(&self) -> HttpFault {
        if self.0.get_ref().overflown { HttpFault::BodyTooLarge } else { HttpFault::BodyUndecodable }
    }
}

impl Write for Capped {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() > self.bytes_max.saturating_sub(self.bytes.len()) {
            self.overflown = true;
            return Err(io::Error::other("the unpacked body is too long"));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::coding::packed;

    fn unpacked(pieces: &[&[u8]], bytes_max: usize) -> Result<Bytes, HttpFault> {
        let mut unpacker = Unpacker::new(bytes_max);
        for piece in pieces {
            unpacker.take(piece)?;
        }
        unpacker.finish()
    }

    #[test]
    fn members_are_joined_wherever_the_pieces_are_cut() {
        let stream = [packed(b"<a>").unwrap(), packed("привет".as_bytes()).unwrap(), packed(b"</a>").unwrap()].concat();
        let whole = "<a>привет</a>".as_bytes();
        for cut in 0..=stream.len() {
            let (head, tail) = stream.split_at(cut);
            assert_eq!(unpacked(&[head, tail], whole.len()), Ok(Bytes::from_static(whole)), "cut at {cut}");
        }
        let single: Vec<&[u8]> = stream.chunks(1).collect();
        assert_eq!(unpacked(&single, whole.len()), Ok(Bytes::from_static(whole)));
        assert_eq!(unpacked(&[&stream], whole.len() - 1), Err(HttpFault::BodyTooLarge));
    }

    #[test]
    fn a_stream_cut_anywhere_is_refused() {
        let stream = packed(b"<a>some text</a>").unwrap();
        for cut in 0..stream.len() {
            assert_eq!(unpacked(&[&stream[..cut]], 100), Err(HttpFault::BodyUndecodable), "cut at {cut}");
        }
    }

    #[test]
    fn a_damaged_stream_is_never_taken_for_whole() {
        let stream = packed(b"<a>some text</a>").unwrap();
        for at in 0..stream.len() {
            let mut damaged = stream.clone();
            damaged[at] ^= 0x10;
            // Some bits do not affect the text: the time, the system, the padding of the last byte.
            let unpacked = unpacked(&[&damaged], 1_000);
            assert!(unpacked.as_deref().map_or(true, |text| text == b"<a>some text</a>"), "byte {at}: {unpacked:?}");
        }
        let mut followed = stream;
        followed.extend(b"<b/>");
        assert_eq!(unpacked(&[&followed], 100), Err(HttpFault::BodyUndecodable));
        assert_eq!(unpacked(&[b"<a/>"], 100), Err(HttpFault::BodyUndecodable));
    }

    #[test]
    fn a_bomb_is_stopped_early() {
        let bomb = packed(&vec![0; 10 * 1_048_576]).unwrap();
        let mut unpacker = Unpacker::new(1_048_576);
        let taken = bomb.chunks(256).take_while(|piece| unpacker.take(piece).is_ok()).count();
        assert!(taken * 256 < bomb.len() / 5, "{taken} pieces of {} bytes", bomb.len());
        assert!(unpacker.0.get_ref().bytes.len() <= 1_048_576);
        assert_eq!(unpacker.finish(), Err(HttpFault::BodyTooLarge));
    }
}
