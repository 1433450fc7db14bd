//! Reading a request's body: all of it, within a size and a time.

use std::time::Duration;

use http_body_util::{BodyExt, Limited};
use hyper::body::{Bytes, Incoming};

use super::HttpFault;

/// The whole body. Trailers are dropped.
///
/// # Errors
/// [`HttpFault::BodyTooLarge`], [`HttpFault::BodyTimeout`] or [`HttpFault::BodyBroken`]; the connection is then of no
/// further use.
pub(super) async fn read(body: Incoming, bytes_max: usize, timeout: Duration) -> Result<Bytes, HttpFault> {
    match tokio::time::timeout(timeout, Limited::new(body, bytes_max).collect()).await {
        Err(_) => Err(HttpFault::BodyTimeout),
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => Err(HttpFault::BodyTooLarge),
        Ok(Err(_)) => Err(HttpFault::BodyBroken),
    }
}
