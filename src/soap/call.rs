//! What a handler knows of a call beside the request, and how an outcome becomes the message that answers it.

use std::sync::Arc;

use crate::{
    domain::{reference::Actor, settings::Settings},
    soap::{codec::Message, messages::Headed},
};

/// What a handler knows of the call beside the request.
#[derive(Debug)]
pub struct Call {
    /// Who calls.
    pub actor: Actor,
    /// Limits.
    pub settings: Arc<Settings>,
}

/// What came of a command, as the message that answers it.
pub trait Reply: Sized {
    /// The answer's type.
    type Message: Message + Headed + Default;

    /// The sentence for «OK», and the data.
    fn reply(&self, call: &Call) -> (String, Self::Message);
}
