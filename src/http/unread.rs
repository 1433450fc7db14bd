//! Heads that hyper cannot read. Hyper answers them by itself, with an empty 400 that says nothing. Its answer is held back
//! here, so that ours can take its place: with a reason, a request id and a line in the log.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, ReadBuf};

use hyper::{Response, body::Bytes};

use crate::http::HttpFault;

/// How a response begins.
const RESPONSE: &[u8] = b"HTTP/1.1 ";
/// How a head ends.
const HEAD_END: &[u8] = b"\r\n\r\n";
/// A header that every answer of ours has, and none of hyper's own.
const OUR_HEADER: &[u8] = b"X-Request-Id";
/// The longest answer that hyper writes by itself, in bytes.
const OWN_ANSWER_BYTES_MAX: usize = 256;

/// A stream that holds hyper's own answer back. Hyper owns it; when hyper is done with it, it is in the slot.
#[derive(Debug)]
pub(super) struct Unread<S> {
    /// There, until it goes into the slot.
    stream: Option<S>,
    /// What was held back; nothing is written after it.
    held: Option<Vec<u8>>,
    slot: Slot<S>,
}

/// The stream of a connection that hyper has answered and ended by itself; empty for any other.
#[derive(Debug)]
pub(super) struct Slot<S>(Arc<Mutex<Option<Refused<S>>>>);

/// A stream without an answer.
#[derive(Debug)]
pub(super) struct Refused<S> {
    stream: S,
    held: Vec<u8>,
}

impl<S> Unread<S> {
    pub(super) fn new(stream: S) -> (Self, Slot<S>) {
        let slot = Arc::new(Mutex::new(None));
        (Self { stream: Some(stream), held: None, slot: Slot(Arc::clone(&slot)) }, Slot(slot))
    }
}

impl<S> Drop for Unread<S> {
    fn drop(&mut self) {
        if let (Some(stream), Some(held)) = (self.stream.take(), self.held.take()) {
            *self.slot.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Refused { stream, held });
        }
    }
}

impl<S> Slot<S> {
    pub(super) fn take(&self) -> Option<Refused<S>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl<S: AsyncWrite + Unpin> Refused<S> {
    /// Writes our answer in place of hyper's, and closes.
    ///
    /// # Errors
    /// The client does not take it.
    pub(super) async fn answer(mut self, response: &Response<Bytes>) -> io::Result<()> {
        let bytes = written(response, header(&self.held, "date"));
        self.stream.write_all(&bytes).await?;
        self.stream.flush().await?;
        self.stream.shutdown().await
    }
}

impl<S: Unpin> Unread<S> {
    /// The stream. It is gone only when this is dropped.
    fn inner(&mut self) -> io::Result<Pin<&mut S>> {
        self.stream.as_mut().map(Pin::new).ok_or_else(|| io::ErrorKind::NotConnected.into())
    }
}

/// Why hyper could not read a head, by its error.
pub(super) fn reason(error: &hyper::Error) -> HttpFault {
    // Hyper tells the kinds apart by their sentences alone; tests hold each.
    let told = error.to_string();
    if error.is_parse_too_large() {
        HttpFault::HeadTooLong
    } else if told.contains("content-length") || told.contains("transfer-encoding") {
        HttpFault::LengthUnclear
    } else {
        HttpFault::HeadMalformed
    }
}

/// A whole response as bytes; its names begin with capitals, as hyper writes ours.
fn written(response: &Response<Bytes>, date: Option<&str>) -> Vec<u8> {
    let status = response.status();
    let mut out =
        format!("HTTP/1.1 {} {}\r\n", status.as_str(), status.canonical_reason().unwrap_or_default()).into_bytes();
    for (name, value) in response.headers() {
        out.extend_from_slice(title_case(name.as_str()).as_bytes());
        out.extend_from_slice(b": ");
        out.extend_from_slice(value.as_bytes());
        out.extend_from_slice(b"\r\n");
    }
    if let Some(date) = date {
        out.extend_from_slice(format!("Date: {date}\r\n").as_bytes());
    }
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(response.body());
    out
}

fn title_case(name: &str) -> String {
    let words = name.split('-').map(|word| match word.split_at_checked(1) {
        Some((first, rest)) => first.to_ascii_uppercase() + rest,
        None => String::new(),
    });
    words.collect::<Vec<_>>().join("-")
}

/// The value of a header in a head.
fn header<'a>(head: &'a [u8], name: &str) -> Option<&'a str> {
    let head = std::str::from_utf8(head).ok()?;
    let mut lines = head.split("\r\n").filter_map(|line| line.split_once(": "));
    lines.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// Where hyper's own answer begins in what is about to be written; it is always the last.
fn own_answer(bytes: &[u8]) -> Option<usize> {
    if !bytes.ends_with(HEAD_END) {
        return None;
    }
    let begin = bytes.windows(RESPONSE.len()).rposition(|window| window == RESPONSE)?;
    let head = bytes.get(begin..)?;
    let is_refusal = head.get(RESPONSE.len()..).is_some_and(|rest| rest.starts_with(b"4"));
    let is_ours = head.windows(OUR_HEADER.len()).any(|window| window.eq_ignore_ascii_case(OUR_HEADER));
    let is_one_head = head.len() <= OWN_ANSWER_BYTES_MAX && header(head, "content-length") == Some("0");
    (is_refusal && !is_ours && is_one_head).then_some(begin)
}

impl<S: AsyncRead + Unpin> AsyncRead for Unread<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.inner()?.poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Unread<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if self.held.is_some() {
            return Poll::Ready(Ok(buf.len()));
        }
        match own_answer(buf) {
            Some(0) => {
                self.held = Some(buf.to_vec());
                Poll::Ready(Ok(buf.len()))
            }
            // An answer of ours goes before it.
            Some(begin) => self.inner()?.poll_write(cx, buf.get(..begin).unwrap_or_default()),
            None => self.inner()?.poll_write(cx, buf),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.inner()?.poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.held.is_some() {
            return Poll::Ready(Ok(()));
        }
        self.inner()?.poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut filled = bufs.iter().filter(|buf| !buf.is_empty());
        let first = filled.next();
        let last = filled.next_back().or(first);
        if self.held.is_some() || last.is_some_and(|last| own_answer(last).is_some()) {
            // One by one: what goes before it first.
            return self.poll_write(cx, first.map_or(&[], |first| first));
        }
        self.inner()?.poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.as_ref().is_some_and(AsyncWrite::is_write_vectored)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &[u8] = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\nDate: Tue, 01 Dec 2026 00:00:00 GMT\r\n\r\n";
    const OURS: &[u8] = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nX-Request-Id: 1\r\n\r\n";

    #[test]
    fn hyper_s_own_answer_is_told_from_ours() {
        assert_eq!(own_answer(OWN), Some(0));
        assert_eq!(own_answer(&[OURS, OWN].concat()), Some(OURS.len()));
        for other in [OURS, b"", b"\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 400", &[OWN, b"x"].concat()]
        {
            assert_eq!(own_answer(other), None, "{}", String::from_utf8_lossy(other));
        }
    }

    #[tokio::test]
    async fn ours_takes_its_place_however_it_is_written() {
        for before in [&b""[..], OURS] {
            for vectored in [false, true] {
                let (mut stream, slot) = Unread::new(Vec::new());
                let whole = [before, OWN].concat();
                if vectored {
                    let slices = [IoSlice::new(b""), IoSlice::new(before), IoSlice::new(OWN)];
                    let mut left: &[IoSlice<'_>] = &slices;
                    while !left.is_empty() {
                        let written = stream.write_vectored(left).await.unwrap();
                        let mut passed = written;
                        while let Some((first, rest)) = left.split_first().filter(|(first, _)| first.len() <= passed) {
                            passed -= first.len();
                            left = rest;
                        }
                    }
                } else {
                    stream.write_all(&whole).await.unwrap();
                }
                stream.shutdown().await.unwrap();
                assert!(slot.take().is_none(), "hyper has it");
                drop(stream);
                let response =
                    Response::builder().status(400).header("x-request-id", "7").body(Bytes::from("why")).unwrap();
                let Refused { mut stream, held } = slot.take().unwrap();
                Refused { stream: &mut stream, held }.answer(&response).await.unwrap();
                let told =
                    "HTTP/1.1 400 Bad Request\r\nX-Request-Id: 7\r\nDate: Tue, 01 Dec 2026 00:00:00 GMT\r\n\r\nwhy";
                assert_eq!(String::from_utf8(stream).unwrap(), String::from_utf8_lossy(before) + told);
            }
        }
    }
}
