//! Interprets a provider's answer: accepted, refused for now, refused for good, or unknown.
//!
//! Pure: bytes in, [`Verdict`] out. Only the message's id and values that the template lists are repeated from an
//! answer, since it may quote the recipient or the text.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    notify::{
        ConfigError, Status,
        answer_template::AnswerTemplate,
        template::{Pattern, Place, Values},
    },
    secret::Secret,
};

/// The most characters of a provider's message id that are kept.
const PROVIDER_ID_CHARS_MAX: usize = 128;

/// What an answer means for the message.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Taken {
        provider_id: Option<String>,
        status: Status,
    },
    Temporary {
        what: String,
        retry_after_s: Option<u64>,
    },
    Permanent {
        what: String,
    },
    /// The answer is inconclusive.
    Unclear {
        what: &'static str,
    },
}

/// An [`AnswerTemplate`] that has been checked.
pub(super) struct AnswerReader {
    /// Each pointer with whether it may accept.
    status: Vec<(Pattern, bool)>,
    id: Option<Pattern>,
    accepted_by_id: bool,
    meaning_of: BTreeMap<String, Meaning>,
    http_temporary: Vec<u16>,
    retry_after_s: BTreeMap<String, u64>,
    meanings: BTreeMap<String, String>,
}

#[derive(Clone, Copy)]
enum Meaning {
    Accepted,
    Delivered,
    Temporary,
    Permanent,
}

impl AnswerReader {
    pub(super) fn new(template: &AnswerTemplate) -> Result<Self, ConfigError> {
        let status: Vec<_> =
            template.status.iter().map(|path| pointer("answer.status", path)).collect::<Result<_, _>>()?;
        let status = status.into_iter().enumerate().map(|(rank, path)| (path, rank == 0)).collect::<Vec<_>>();
        let id = template.id.as_deref().map(|path| pointer("answer.id", path)).transpose()?;
        let can_accept = !template.accepted.is_empty() || !template.delivered.is_empty();
        let by_status = can_accept && !status.is_empty();
        let by_id = template.accepted_by_id && id.is_some();
        if !by_status && !by_id {
            let why =
                "nothing can ever be accepted; give `status` with `accepted`, or `id` with `accepted_by_id = true`";
            return Err(ConfigError::setting("answer", why));
        }
        Ok(Self {
            status,
            id,
            accepted_by_id: template.accepted_by_id,
            meaning_of: meanings_of(template)?,
            http_temporary: template.http_temporary.clone(),
            retry_after_s: template.retry_after_s.clone(),
            meanings: template.meanings.clone(),
        })
    }

    /// Whether this HTTP status means «not accepted, retry later».
    pub(super) fn is_temporary_http(&self, http_status: u16) -> bool {
        self.http_temporary.contains(&http_status)
    }

    /// Reads the body of an answer with a successful HTTP status.
    pub(super) fn read(&self, body: &[u8], values: &Values<'_>) -> Verdict {
        let Ok(answer) = serde_json::from_slice::<Value>(body) else {
            return Verdict::Unclear { what: "the answer is not JSON" };
        };
        let provider_id = self.id.as_ref().and_then(|path| provider_id(&answer, &path.render(values)));
        let found = self.status.iter().find_map(|(path, may_accept)| {
            answer.pointer(&path.render(values)).and_then(text_of).map(|text| (text, *may_accept))
        });
        match found {
            Some((status, may_accept)) => self.judge(&status, may_accept, provider_id),
            None if self.accepted_by_id && provider_id.is_some() => {
                Verdict::Taken { provider_id, status: Status::Submitted }
            }
            None => Verdict::Unclear { what: "the answer has no status where the template expects one" },
        }
    }

    fn judge(&self, status: &str, may_accept: bool, provider_id: Option<String>) -> Verdict {
        let Some(meaning) = self.meaning_of.get(status) else {
            return Verdict::Unclear { what: "the answer's status is in none of the template's lists" };
        };
        match (meaning, may_accept) {
            (Meaning::Accepted, true) => Verdict::Taken { provider_id, status: Status::Submitted },
            (Meaning::Delivered, true) => Verdict::Taken { provider_id, status: Status::Delivered },
            (Meaning::Accepted | Meaning::Delivered, false) => {
                Verdict::Unclear { what: "the request was accepted, but the answer does not name the message" }
            }
            (Meaning::Temporary, _) => Verdict::Temporary {
                what: self.describe(status),
                retry_after_s: self.retry_after_s.get(status).copied(),
            },
            (Meaning::Permanent, _) => Verdict::Permanent { what: self.describe(status) },
        }
    }

    /// Only for a status that is in the lists: it is then a text of the template's, not of the provider's.
    fn describe(&self, status: &str) -> String {
        match self.meanings.get(status) {
            Some(meaning) => format!("the provider answered {status}: {meaning}"),
            None => format!("the provider answered {status}"),
        }
    }
}

fn pointer(place: &str, path: &str) -> Result<Pattern, ConfigError> {
    if !path.starts_with('/') {
        return Err(ConfigError::setting(place, "a JSON pointer begins with «/», such as \"/status_code\""));
    }
    let no_secrets = |_: &str| -> Option<Secret> { None };
    Pattern::compile(place, path, Place::Pointer, &no_secrets)
}

fn meanings_of(template: &AnswerTemplate) -> Result<BTreeMap<String, Meaning>, ConfigError> {
    let lists = [
        (&template.accepted, Meaning::Accepted),
        (&template.delivered, Meaning::Delivered),
        (&template.temporary, Meaning::Temporary),
        (&template.permanent, Meaning::Permanent),
    ];
    let mut meaning_of = BTreeMap::new();
    for (codes, meaning) in lists {
        for code in codes {
            if meaning_of.insert(code.text(), meaning).is_some() {
                let why = format!("the status {} is listed twice; leave it in one list", code.text());
                return Err(ConfigError::setting("answer", why));
            }
        }
    }
    let mut explained = template.retry_after_s.keys().chain(template.meanings.keys());
    match explained.find(|status| !meaning_of.contains_key(*status)) {
        Some(stray) => {
            let why = format!("the status {stray} has a meaning or a delay but is in no list; add it to one");
            Err(ConfigError::setting("answer", why))
        }
        None => Ok(meaning_of),
    }
}

/// A status or an id may come as a number or as text.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// An id that is empty, too long or unprintable is ignored.
fn provider_id(answer: &Value, path: &str) -> Option<String> {
    let id = answer.pointer(path).and_then(text_of)?;
    let sane = !id.is_empty() && id.chars().count() <= PROVIDER_ID_CHARS_MAX && !id.chars().any(char::is_control);
    sane.then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUES: Values<'static> = Values { id: 7, phone_plus: "+79161234567", text: "текст", sender: None };

    fn reader(toml: &str) -> AnswerReader {
        AnswerReader::new(&toml::from_str(toml).unwrap()).unwrap()
    }

    fn refused(toml: &str) -> String {
        AnswerReader::new(&toml::from_str(toml).unwrap()).err().unwrap().to_string()
    }

    #[test]
    fn numbers_and_texts_are_the_same_status() {
        let reader = reader("status = ['/s']\naccepted = [0, 'ok', true]\npermanent = ['1']");
        for body in [r#"{"s":0}"#, r#"{"s":"0"}"#, r#"{"s":"ok"}"#, r#"{"s":true}"#] {
            assert!(matches!(reader.read(body.as_bytes(), &VALUES), Verdict::Taken { .. }), "{body}");
        }
        assert!(matches!(reader.read(br#"{"s":1}"#, &VALUES), Verdict::Permanent { .. }));
    }

    #[test]
    fn only_the_first_pointer_accepts() {
        let reader = reader("status = ['/sms/{{phone}}/code', '/code']\naccepted = [100]\npermanent = [201]");
        let yes = br#"{"code":100,"sms":{"79161234567":{"code":100}}}"#;
        assert!(matches!(reader.read(yes, &VALUES), Verdict::Taken { .. }));
        assert!(matches!(reader.read(br#"{"code":201}"#, &VALUES), Verdict::Permanent { .. }));
        let other = br#"{"code":100,"sms":{"79990000000":{"code":100}}}"#;
        assert!(matches!(reader.read(other, &VALUES), Verdict::Unclear { .. }), "an answer about another phone");
    }

    #[test]
    fn an_id_alone_accepts_only_where_the_template_says_so() {
        let by_id = reader("id = '/id'\nstatus = ['/error']\npermanent = [3]\naccepted_by_id = true");
        let taken = Verdict::Taken { provider_id: Some("5".into()), status: Status::Submitted };
        assert_eq!(by_id.read(br#"{"id":5}"#, &VALUES), taken);
        assert!(matches!(by_id.read(br#"{"id":5,"error":3}"#, &VALUES), Verdict::Permanent { .. }));
        let by_status = reader("id = '/id'\nstatus = ['/s']\naccepted = [0]");
        assert!(matches!(by_status.read(br#"{"id":5}"#, &VALUES), Verdict::Unclear { .. }));
    }

    #[test]
    fn a_status_nobody_listed_is_unclear_and_is_not_repeated() {
        let reader = reader("status = ['/s']\naccepted = [0]");
        let verdict = reader.read(r#"{"s":"+79161234567 текст"}"#.as_bytes(), &VALUES);
        assert!(matches!(verdict, Verdict::Unclear { .. }));
        assert!(!format!("{verdict:?}").contains("7916"));
    }

    #[test]
    fn delivered_at_once_is_known() {
        let reader = reader("status = ['/s']\naccepted = ['sent']\ndelivered = ['done']");
        let taken = Verdict::Taken { provider_id: None, status: Status::Delivered };
        assert_eq!(reader.read(br#"{"s":"done"}"#, &VALUES), taken);
    }

    #[test]
    fn a_monstrous_id_is_none() {
        let reader = reader("id = '/id'\nstatus = ['/s']\naccepted = [0]");
        let long = format!(r#"{{"s":0,"id":"{}"}}"#, "9".repeat(PROVIDER_ID_CHARS_MAX + 1));
        let taken = Verdict::Taken { provider_id: None, status: Status::Submitted };
        assert_eq!(reader.read(long.as_bytes(), &VALUES), taken);
        assert_eq!(reader.read(br#"{"s":0,"id":""}"#, &VALUES), taken);
    }

    #[test]
    fn a_template_that_contradicts_itself_is_refused() {
        assert!(refused("").contains("nothing can ever be accepted"));
        assert!(refused("status = ['/s']\naccepted = [1]\npermanent = ['1']").contains("listed twice"));
        assert!(refused("status = ['s']\naccepted = [1]").contains("begins with"));
        assert!(refused("status = ['/{{text}}']\naccepted = [1]").contains("{{text}}"));
        assert!(refused("status = ['/s']\naccepted = [1]\n[meanings]\n9 = 'x'").contains("in no list"));
    }
}
