//! The call's caller and limits for a handler, and the trait that turns an outcome into the answer's message.

use std::sync::Arc;

use crate::{
    domain::{reference::Actor, settings::Settings},
    soap::{codec::Message, messages::Headed},
};

/// What a handler gets beside the request.
#[derive(Debug)]
pub struct Call {
    /// The caller.
    pub actor: Actor,
    /// Limits.
    pub settings: Arc<Settings>,
    /// The namespace of an operation's answers, by its name.
    pub namespace_of: fn(&str) -> &'static str,
}

/// An outcome that has an answer message.
pub trait Reply: Sized {
    /// The answer's type.
    type Message: Message + Headed + Default;

    /// The sentence for «OK», and the data.
    fn reply(&self, call: &Call) -> (String, Self::Message);
}
