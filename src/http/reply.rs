//! From an [`Answer`] to the response on the wire.

use hyper::{
    Response, StatusCode,
    body::Bytes,
    header::{
        CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER, SET_COOKIE, WWW_AUTHENTICATE,
    },
};

use crate::http::{Answer, credentials::CHALLENGE};

/// The default `Retry-After` of a 503, in seconds.
const RETRY_AFTER_S: HeaderValue = HeaderValue::from_static("1");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// An answer, and whether the connection must end with it.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) answer: Answer,
    /// True when a body is left unread: the start of the next request is then unknown.
    pub(super) close: bool,
}

impl From<Answer> for Reply {
    fn from(answer: Answer) -> Self {
        Self { answer, close: false }
    }
}

impl Reply {
    /// Adds the headers that every response has.
    pub(super) fn into_response(self, request_id: &str) -> Response<Bytes> {
        let Answer { status, content_type, body, headers, log: _ } = self.answer;
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let length = HeaderValue::from(body.len());
        let mut response = Response::new(body);
        *response.status_mut() = status;
        let wire = response.headers_mut();
        if status != StatusCode::NOT_MODIFIED {
            wire.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
            // Set explicitly, so that the answer to a HEAD has it too.
            wire.insert(CONTENT_LENGTH, length);
        }
        for (name, value) in headers {
            match (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(&value)) {
                // Each cookie is a header of its own.
                (Ok(SET_COOKIE), Ok(value)) => {
                    wire.append(SET_COOKIE, value);
                }
                (Ok(name), Ok(value)) => {
                    wire.insert(name, value);
                }
                (Err(_), _) | (_, Err(_)) => tracing::warn!(header = name, "a header cannot be sent and is left out"),
            }
        }
        if status == StatusCode::UNAUTHORIZED {
            wire.insert(WWW_AUTHENTICATE, HeaderValue::from_static(CHALLENGE));
        }
        if status == StatusCode::SERVICE_UNAVAILABLE && !wire.contains_key(RETRY_AFTER) {
            wire.insert(RETRY_AFTER, RETRY_AFTER_S);
        }
        if self.close {
            wire.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        if let Ok(id) = HeaderValue::from_str(request_id) {
            wire.insert(REQUEST_ID, id);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: Vec<(&'static str, String)>) -> Answer {
        Answer {
            status,
            content_type: "text/plain",
            body: Bytes::from_static(b"abc"),
            headers,
            log: crate::telemetry::LogFields::default(),
        }
    }

    #[test]
    fn a_header_that_http_cannot_carry_is_left_out() {
        let headers = vec![("X-Good", "1".into()), ("X-Bad", "a\r\nb".into()), ("bad name", "1".into())];
        let response = Reply::from(answer(200, headers)).into_response("id");
        assert!(response.headers().contains_key("x-good") && !response.headers().contains_key("x-bad"));
    }

    #[test]
    fn every_cookie_is_sent_and_of_another_header_the_last() {
        let headers = ["a=1", "b=2"].map(|value| ("Set-Cookie", value.to_owned()));
        let twice = ["1", "2"].map(|value| ("X-Twice", value.to_owned()));
        let response = Reply::from(answer(200, headers.into_iter().chain(twice).collect())).into_response("id");
        let sent = |name: &str| response.headers().get_all(name).iter().count();
        assert_eq!((sent("set-cookie"), sent("x-twice")), (2, 1));
    }

    #[test]
    fn an_impossible_status_is_our_own_error() {
        assert_eq!(Reply::from(answer(7, vec![])).into_response("id").status(), 500);
    }

    #[test]
    fn an_answer_that_says_when_to_come_back_is_believed() {
        let retry = |headers| {
            Reply::from(answer(503, headers)).into_response("id").headers()[RETRY_AFTER].to_str().unwrap().to_owned()
        };
        assert_eq!(retry(vec![]), "1");
        assert_eq!(retry(vec![("Retry-After", "30".into())]), "30");
    }
}
