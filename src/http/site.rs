//! Pages beside SOAP: whoever answers all paths under a prefix, by the same limits and as safe from its own panics.

use std::{net::IpAddr, pin::Pin, sync::Arc};

use hyper::body::Bytes;

use crate::http::Answer;

/// Pages under a path prefix. HTTP has checked method, length, coding and body; [`Site::answer`] says the rest.
pub trait Site: Send + Sync + 'static {
    /// What is at a path. HTTP refuses the other methods by it and names these in `Allow`, so a site need not.
    fn methods(&self, path: &str) -> SiteMethods;

    /// Answers one request. The future may be dropped when the client is gone or the answer is late. Of an answer 404 the
    /// log keeps no path, since it may hold anything; the paths of other answers are logged and must not name a customer.
    fn answer<'a>(&'a self, request: SiteRequest) -> Pin<Box<dyn Future<Output = Answer> + Send + 'a>>;
}

/// A site and where it is.
#[derive(Clone)]
pub struct Mount {
    /// The path that it answers, with everything below: `/`, `/my`. The longest prefix wins; SOAP and `/health` come first.
    pub prefix: &'static str,
    /// The site.
    pub site: Arc<dyn Site>,
}

/// What may be done at a path of a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SiteMethods {
    /// Nothing: nobody has a page there. It can be read all the same: the site says in a page that there is none.
    None,
    /// It is read.
    Read,
    /// It is read, and a form is sent to it.
    ReadAndSend,
}

/// What a site answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SiteMethod {
    /// A page is read. A HEAD comes as this, and its body is not sent.
    Get,
    /// A form is sent, where [`Site::methods`] has it.
    Post,
}

/// One request for a page, its body read and within the limits.
pub struct SiteRequest {
    /// The method.
    pub method: SiteMethod,
    /// The whole path, the prefix with it, percent-encoded as it came.
    pub path: String,
    /// What follows the `?`; empty when nothing does.
    pub query: String,
    /// The headers: names in lower case, values as far as they are text.
    pub headers: Vec<(String, String)>,
    /// The body's bytes, unpacked; empty for a GET.
    pub body: Bytes,
    /// The address of the client; of a proxy where it is not trusted to name the client, or does not.
    pub peer: IpAddr,
    /// The URL that the client sees, up to the path and without the last slash.
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
    /// Whether a path is here or below.
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
