//! Timeouts of a connection outside a request's body: a slow head, an idle kept-alive connection, an answer that the
//! client does not read.
//!
//! hyper has one timeout for the first two and none for the third. So the socket is watched here, and the phase of the
//! connection decides the timeout.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep},
};

use crate::http::lingering::LingerWanted;

/// The timeout of each phase.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timeouts {
    /// For a head, from the connection or from its first byte.
    pub(super) head: Duration,
    /// For the next request's first byte.
    pub(super) idle: Duration,
    /// For the client to read anything of an answer.
    pub(super) write: Duration,
}

/// The phase of a connection, set by the socket and by the routes.
#[derive(Debug, Clone, Default)]
pub(super) struct Phase(Arc<AtomicU8>);

/// Nothing has come yet.
const FRESH: u8 = 0;
/// A head has begun.
const HEAD: u8 = 1;
/// A request is being answered; its body has its own timeout.
const ANSWERING: u8 = 2;
/// The last request is answered.
const IDLE: u8 = 3;

impl Phase {
    pub(super) fn answering(&self) {
        self.0.store(ANSWERING, Ordering::Relaxed);
    }

    pub(super) fn answered(&self) {
        self.0.store(IDLE, Ordering::Relaxed);
    }

    fn get(&self) -> u8 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A socket with timeouts.
#[derive(Debug)]
pub(super) struct TimedStream<S> {
    stream: S,
    timeouts: Timeouts,
    phase: Phase,
    linger: LingerWanted,
    reading: Alarm,
    /// Whether the running timeout is that for the next request.
    idling: bool,
    writing: Alarm,
}

impl<S> TimedStream<S> {
    pub(super) fn new(stream: S, timeouts: Timeouts, phase: Phase, linger: LingerWanted) -> Self {
        Self { stream, timeouts, phase, linger, reading: Alarm::default(), idling: false, writing: Alarm::default() }
    }

    /// Bytes have arrived: the next phase has its own timeout.
    fn heard(&mut self) {
        self.idling = false;
        match self.phase.get() {
            // The timeout of the first head runs from the connection.
            FRESH => self.phase.0.store(HEAD, Ordering::Relaxed),
            IDLE => {
                self.phase.0.store(HEAD, Ordering::Relaxed);
                self.reading.stop();
            }
            ANSWERING => self.reading.stop(),
            _ => {}
        }
    }

    fn silent(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let phase = self.phase.get();
        let timeout = match phase {
            ANSWERING => return Poll::Pending,
            IDLE => self.timeouts.idle,
            _ => self.timeouts.head,
        };
        // The head's timeout may still run when the head arrived together with its body.
        if phase == IDLE && !std::mem::replace(&mut self.idling, true) {
            self.reading.stop();
        }
        self.reading.poll(timeout, cx).map(Err)
    }

    fn written<T>(&mut self, progress: Poll<io::Result<T>>, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        if progress.is_pending() {
            return self.writing.poll(self.timeouts.write, cx).map(Err);
        }
        self.writing.stop();
        progress
    }
}

/// A timer that fires once, unless it is stopped before.
#[derive(Debug, Default)]
struct Alarm {
    sleep: Option<Pin<Box<Sleep>>>,
    running: bool,
}

impl Alarm {
    fn stop(&mut self) {
        self.running = false;
    }

    /// Starts the timer if it is not running; ready when it fires.
    fn poll(&mut self, timeout: Duration, cx: &mut Context<'_>) -> Poll<io::Error> {
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(tokio::time::sleep(timeout)));
        if !self.running {
            sleep.as_mut().reset(Instant::now() + timeout);
            self.running = true;
        }
        sleep.as_mut().poll(cx).map(|()| io::ErrorKind::TimedOut.into())
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for TimedStream<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        if read.is_pending() {
            return self.silent(cx);
        }
        if buf.filled().len() > before {
            self.heard();
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for TimedStream<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let progress = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.written(progress, cx)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let progress = Pin::new(&mut self.stream).poll_flush(cx);
        self.written(progress, cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // A head was refused before it reached the routes, and more of it may still arrive.
        if self.phase.get() == HEAD {
            self.linger.set();
        }
        let progress = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.written(progress, cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let progress = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.written(progress, cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
