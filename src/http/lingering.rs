//! Lingering close: the client can still read the last answer.
//!
//! When a request is refused before its body is read, the body is still arriving. Closing the socket then makes the
//! system send a reset, which discards what the client has not read yet. The client would see a broken connection
//! instead of a 413. So the writing half is closed first, and arriving bytes are discarded for a moment.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::Sleep,
};

/// How long arriving bytes are discarded.
const LINGER_TIMEOUT: Duration = Duration::from_secs(1);
/// The most bytes that are discarded.
const LINGER_BYTES_MAX: usize = 4 * 1_048_576;
const CHUNK_BYTES: usize = 4_096;

/// Set when an answer leaves a body unread.
#[derive(Debug, Clone, Default)]
pub(super) struct LingerWanted(Arc<AtomicBool>);

impl LingerWanted {
    pub(super) fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A socket whose shutdown lingers when the flag is set.
#[derive(Debug)]
pub(super) struct Lingering<S> {
    stream: S,
    wanted: LingerWanted,
    deadline: Option<Pin<Box<Sleep>>>,
    thrown_away_bytes: usize,
}

impl<S> Lingering<S> {
    pub(super) fn new(stream: S, wanted: LingerWanted) -> Self {
        Self { stream, wanted, deadline: None, thrown_away_bytes: 0 }
    }
}

impl<S: AsyncRead + Unpin> Lingering<S> {
    /// Ready when the client has closed, or the time or the bytes are used up.
    fn poll_throw_away(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let deadline = self.deadline.get_or_insert_with(|| Box::pin(tokio::time::sleep(LINGER_TIMEOUT)));
        if deadline.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        while self.thrown_away_bytes < LINGER_BYTES_MAX {
            let mut chunk = [0; CHUNK_BYTES];
            let mut chunk = ReadBuf::new(&mut chunk);
            let read = ready!(Pin::new(&mut self.stream).poll_read(cx, &mut chunk));
            if read.is_err() || chunk.filled().is_empty() {
                break;
            }
            self.thrown_away_bytes = self.thrown_away_bytes.saturating_add(chunk.filled().len());
        }
        Poll::Ready(())
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Lingering<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Lingering<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.deadline.is_none() {
            ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
        }
        if self.wanted.0.load(Ordering::Relaxed) {
            ready!(self.poll_throw_away(cx));
        }
        Poll::Ready(Ok(()))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
