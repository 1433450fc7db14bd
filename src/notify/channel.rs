//! A way out for messages: what it takes, and what it answers.

use std::fmt;

use thiserror::Error;

use crate::secret::Secret;

/// A way out for messages: an SMS provider, or the console in place of one.
pub trait Channel: Send + Sync {
    /// The channel's stable name, for logs and metrics: `console`, a preset's name, or `http`.
    fn name(&self) -> &'static str;

    /// Hands one message over and waits for the answer, for as long as the channel's own time limits allow.
    ///
    /// # Errors
    ///
    /// See [`ChannelError`]: what the caller may do next is the variant.
    fn submit(&self, message: &Message) -> Result<Submitted, ChannelError>;
}

/// One message, as the outbox hands it over.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// The outbox row's id; to a provider that knows such a thing, the idempotency key.
    pub id: i64,
    /// The recipient's phone in E.164, with the plus: `+79161234567`.
    pub recipient: String,
    /// What the customer reads.
    pub text: Secret,
    /// The sender's name as agreed with the provider; `None` takes the configured one.
    pub sender: Option<String>,
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("id", &self.id)
            .field("recipient", &Redacted)
            .field("text", &Redacted)
            .field("sender", &self.sender)
            .finish()
    }
}

/// A message that the channel has taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submitted {
    /// The provider's own id of the message, where it gave one.
    pub provider_id: Option<String>,
    /// How far the message has come.
    pub status: Status,
}

/// How far a taken message has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// The provider has taken it; whether it is delivered will be known later, or never.
    Submitted,
    /// It is with its recipient.
    Delivered,
}

/// Why a message did not leave, by what the caller may do next.
///
/// No variant carries the recipient, the text, a credential or a URL: all of them may be logged as they are.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ChannelError {
    /// The message did not leave, or the provider will recognise its id when it comes again: send it again later.
    #[error("temporary failure: {what}")]
    Temporary {
        /// What happened, in English, for the operator.
        what: String,
        /// How long the provider asks to wait, in seconds, where it or its template says so.
        retry_after_s: Option<u64>,
    },
    /// The message did not leave and will not: sending it again changes nothing until an administrator acts.
    #[error("permanent failure: {what}")]
    Permanent {
        /// What happened, in English, for the operator.
        what: String,
    },
    /// The request was sent, the outcome is not known, and the provider would not recognise a repeat.
    ///
    /// The message may have been delivered. The outbox must not send it again on its own: a second confirmation code
    /// confuses the customer and costs money, and a customer who got nothing asks the cashier for another. A person may
    /// decide otherwise.
    #[error("outcome unknown: {what}")]
    Unknown {
        /// What happened, in English, for the operator.
        what: String,
    },
}

/// What stands in a `Debug` form where a personal datum or a credential would be.
pub(super) struct Redacted;

impl fmt::Debug for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<redacted>")
    }
}
