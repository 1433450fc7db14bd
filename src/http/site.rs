//! Pages beside SOAP: a site answers all paths under a prefix, within the same limits and with the same protection from
//! panics.

use std::{net::IpAddr, pin::Pin, sync::Arc};

use hyper::body::Bytes;

use crate::http::Answer;

/// Pages under a path prefix. HTTP has checked method, length, coding and body.
pub trait Site: Send + Sync + 'static {
    /// What is at a path. HTTP refuses the other methods by it and names these in `Allow`, so a site need not.
    fn methods(&self, path: &str) -> SiteMethods;

    /// Answers one request. The future may be dropped when the client is gone or the answer is late. Of an answer 404
    /// the log keeps no path, since it may hold anything; the paths of other answers are logged and must not name a
    /// customer.
    fn answer<'a>(&'a self, request: SiteRequest) -> Pin<Box<dyn Future<Output = Answer> + Send + 'a>>;
}

/// A site and its path.
#[derive(Clone)]
pub struct Mount {
    /// The path prefix: `/`, `/my`. The longest prefix wins; SOAP and `/health` come first.
    pub prefix: &'static str,
    /// The site.
    pub site: Arc<dyn Site>,
}

/// The methods that a path of a site takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SiteMethods {
    /// The site has no page there. GET and HEAD are passed on all the same, so that the site answers with its own page
    /// «not found».
    None,
    /// GET and HEAD.
    Read,
    /// GET, HEAD, and POST of a form.
    ReadAndSend,
    /// POST alone.
    Send,
}

/// What a site answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SiteMethod {
    /// GET, or HEAD, whose body is not sent.
    Get,
    /// POST of a form.
    Post,
}

/// One request for a page, its body read and within the limits.
pub struct SiteRequest {
    /// The method.
    pub method: SiteMethod,
    /// The whole path, prefix included, still percent-encoded.
    pub path: String,
    /// What follows the `?`; empty when nothing does.
    pub query: String,
    /// The headers: names in lower case; values that are not text are left out.
    pub headers: Vec<(String, String)>,
    /// The body's bytes, decompressed; empty for a GET.
    pub body: Bytes,
    /// The client's address, or a proxy's where no trusted proxy names the client.
    pub peer: IpAddr,
    /// The public URL before the path, without the last slash.
    pub base_url: String,
    /// The id for log lines and messages.
    pub request_id: String,
}

impl SiteRequest {
    /// A header's first value, by its name in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl Mount {
    /// Whether a path is this one or below it.
    fn has(&self, path: &str) -> bool {
        let prefix = self.prefix.trim_end_matches('/');
        path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

/// The site of a path: the one with the longest prefix.
pub(super) fn of<'a>(mounts: &'a [Mount], path: &str) -> Option<&'a Mount> {
    mounts.iter().filter(|mount| mount.has(path)).max_by_key(|mount| mount.prefix.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Silent;

    impl Site for Silent {
        fn methods(&self, _: &str) -> SiteMethods {
            SiteMethods::Read
        }

        fn answer<'a>(&'a self, _: SiteRequest) -> Pin<Box<dyn Future<Output = Answer> + Send + 'a>> {
            Box::pin(std::future::pending())
        }
    }

    #[test]
    fn the_longest_prefix_wins_and_ends_where_a_segment_does() {
        let mounts = ["/", "/my", "/my/cards"].map(|prefix| Mount { prefix, site: Arc::new(Silent) });
        let found = |path: &str| of(&mounts, path).map(|mount| mount.prefix);
        for (path, prefix) in
            [("/", "/"), ("/my", "/my"), ("/my/", "/my"), ("/mystery", "/"), ("/my/cards/1", "/my/cards")]
        {
            assert_eq!(found(path), Some(prefix), "{path}");
        }
        assert!(of(&mounts[1..], "/else").is_none());
    }
}
