//! A SOAP client as small as one can be: it writes the envelope by hand, as legacy tills do, and looks elements up by
//! name.

use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex},
    time::Duration,
};

pub const POS: &str = "urn:kopilka:ws:pos:1";
pub const OFFICE: &str = "urn:kopilka:ws:office:1";

/// A client with a login.
#[derive(Clone)]
pub struct Client {
    /// Where the gateway listens.
    pub base: String,
    authorization: String,
    agent: ureq::Agent,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    pub body: String,
}

/// What was sent, by the address that it was sent to.
static SENT: LazyLock<Mutex<HashMap<String, Vec<String>>>> = LazyLock::new(Mutex::default);

/// Takes what was sent to an address since it was last asked.
pub fn take_sent(base: &str) -> Vec<String> {
    SENT.lock().unwrap().remove(base).unwrap_or_default()
}

impl Client {
    pub fn new(base: &str, login: &str, password: &str) -> Self {
        use base64::Engine as _;
        let token = base64::engine::general_purpose::STANDARD.encode(format!("{login}:{password}"));
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(30)))
            .build()
            .new_agent();
        Self { base: base.into(), authorization: format!("Basic {token}"), agent }
    }

    pub async fn pos(&self, operation: &str, arguments: &str) -> Reply {
        self.post("pos_1", &envelope(POS, operation, arguments)).await
    }

    pub async fn post(&self, service: &str, body: &str) -> Reply {
        let (client, url, body) = (self.clone(), format!("{}/ws/{service}", self.base), body.to_owned());
        tokio::task::spawn_blocking(move || client.post_blocking(&url, &body)).await.unwrap()
    }

    pub fn post_blocking(&self, url: &str, body: &str) -> Reply {
        SENT.lock().unwrap().entry(self.base.clone()).or_default().push(body.to_owned());
        let mut response = self
            .agent
            .post(url)
            .header("Content-Type", "text/xml; charset=utf-8")
            .header("Authorization", &self.authorization)
            .send(body)
            .unwrap();
        Reply { status: response.status().as_u16(), body: response.body_mut().read_to_string().unwrap() }
    }
}

pub fn envelope(namespace: &str, operation: &str, arguments: &str) -> String {
    format!(
        "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body>\
         <{operation} xmlns=\"{namespace}\">{arguments}</{operation}></soap:Body></soap:Envelope>"
    )
}

impl Reply {
    /// The text of the first element of a name.
    pub fn find(&self, name: &str) -> Option<&str> {
        let (_, rest) = self.body.split_once(&format!("<m:{name}>"))?;
        rest.split_once(&format!("</m:{name}>")).map(|(text, _)| text)
    }

    pub fn get(&self, name: &str) -> &str {
        self.find(name).unwrap_or_else(|| panic!("no {name} in {}", self.body))
    }

    /// The texts of all elements of a name.
    pub fn all(&self, name: &str) -> Vec<&str> {
        let (open, close) = (format!("<m:{name}>"), format!("</m:{name}>"));
        self.body.split(&open).skip(1).filter_map(|rest| rest.split_once(&close)).map(|(text, _)| text).collect()
    }

    pub fn code(&self) -> &str {
        self.get("code")
    }

    #[track_caller]
    pub fn ok(self) -> Self {
        assert_eq!((self.status, self.find("code")), (200, Some("OK")), "{}", self.body);
        self
    }

    #[track_caller]
    pub fn refused(self, code: &str) -> Self {
        assert_eq!((self.status, self.find("code")), (200, Some(code)), "{}", self.body);
        assert!(!self.get("message").is_empty());
        self
    }

    /// A fault of a kind, with its HTTP status.
    #[track_caller]
    pub fn fault(self, status: u16, code: &str) -> Self {
        assert_eq!((self.status, self.find("code")), (status, Some(code)), "{}", self.body);
        assert!(self.body.contains("<faultcode>") && !self.get("requestId").is_empty(), "{}", self.body);
        self
    }
}
