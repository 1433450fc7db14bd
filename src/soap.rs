//! All XML: the guard validates requests, handlers turn them into commands, the envelope wraps answers.

pub mod call;
pub mod call_log;
pub mod codec;
pub mod contract;
pub mod endpoint;
pub mod envelope;
pub mod fault;
pub mod guard;
pub mod handlers;
mod hint;
pub mod messages;
pub mod operations;
pub mod xml;
