//! One table maps every operation of the contract to its handler; the types of request and answer are the handler's own.

use std::sync::Arc;

use crate::{
    domain::{
        reference::{Actor, Roles},
        refusal::Refusal,
        settings::Settings,
    },
    service::{
        Command,
        desk::{Ending, Job, job},
    },
};

use super::{
    codec::{self, CodecError, Message},
    handlers::{account, card, customer, info, office, redemption, sale, statement},
    messages::{Headed, Keyed},
};

/// What a handler knows of the call beside the request.
#[derive(Debug)]
pub struct Call {
    /// Who calls.
    pub actor: Actor,
    /// Limits.
    pub settings: Arc<Settings>,
}

/// Whether an operation changes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// It answers.
    Read,
    /// It changes, and is repeatable by its key.
    Write,
}

/// A row of the table.
pub struct Operation {
    /// The contract's name of it.
    pub name: &'static str,
    /// Whether it changes anything.
    pub access: Access,
    /// Who may call it.
    pub roles: Roles,
    /// From a canonical request to something that can be decided.
    pub bind: fn(&str, Arc<Call>) -> Result<Bound, CodecError>,
    /// Decodes and encodes a sample of the request: for the test that holds types and contract together.
    pub reencode_request: fn(&str) -> Result<String, CodecError>,
    /// Decodes and encodes a sample of the answer.
    pub reencode_answer: fn(&str) -> Result<String, CodecError>,
}

/// A request that was understood.
pub struct Bound {
    /// To be decided.
    pub job: Job,
    /// Its operation key, if it changes anything.
    pub key: Option<String>,
}

/// What came of a command, as the message that answers it.
pub trait Reply: Sized {
    /// The answer's type.
    type Message: Message + Headed + Default;

    /// The sentence for «OK», and the data.
    fn reply(&self, call: &Call) -> (String, Self::Message);
}

macro_rules! operations {
    ($(#[$meta:meta])* $table:ident: $($name:ident => $handler:path, $access:ident, $($role:ident)|+;)+) => {
        $(#[$meta])*
        pub const $table: &[Operation] = &[$(
            Operation {
                name: stringify!($name),
                access: Access::$access,
                roles: Roles::NONE$(.or(Roles::$role))+,
                bind: |canonical, call| operations!(@bind $access)(canonical, call, $handler),
                reencode_request: |sample| reencode_request(sample, $handler),
                reencode_answer: |sample| reencode_answer(sample, $handler),
            },
        )+];
    };
    (@bind Read) => { bind_read };
    (@bind Write) => { bind_write };
}

operations! {
    /// For tills, shops, online shops and the partner page.
    POS:
    // operation            handler                          access  roles
    Ping                 => info::ping,                      Read,   TILL | ONLINE | PARTNER | OFFICE;
    GetVersions          => info::get_versions,              Read,   TILL | ONLINE | PARTNER | OFFICE;
    WhoAmI               => info::who_am_i,                  Read,   TILL | ONLINE | PARTNER | OFFICE;
    FindCustomer         => customer::find,                  Read,   TILL | ONLINE | PARTNER | OFFICE;
    RegisterCustomer     => customer::register,              Write,  TILL | ONLINE | PARTNER;
    IssueCard            => card::issue,                     Write,  TILL | ONLINE | PARTNER;
    ActivateCard         => card::activate,                  Write,  TILL | ONLINE | PARTNER;
    ReplaceCard          => card::replace,                   Write,  TILL | PARTNER;
    BlockCard            => card::block,                     Write,  TILL | ONLINE | PARTNER;
    UnblockCard          => card::unblock,                   Write,  TILL | PARTNER;
    CloseCard            => card::close,                     Write,  TILL | PARTNER;
    GetBalance           => customer::get_balance,           Read,   TILL | ONLINE | PARTNER | OFFICE;
    GetStatement         => statement::get,                  Read,   TILL | ONLINE | PARTNER | OFFICE;
    GetQuestionnaire     => customer::get_questionnaire,     Read,   TILL | ONLINE | PARTNER | OFFICE;
    SaveQuestionnaire    => customer::save_questionnaire,    Write,  TILL | ONLINE | PARTNER;
    GiveConsent          => customer::give_consent,          Write,  TILL | ONLINE | PARTNER;
    WithdrawConsent      => customer::withdraw_consent,      Write,  TILL | ONLINE | PARTNER;
    SendPhoneCode        => customer::send_phone_code,       Write,  TILL | ONLINE | PARTNER;
    VerifyPhone          => customer::verify_phone,          Write,  TILL | ONLINE | PARTNER;
    QuoteReceipt         => redemption::quote,               Read,   TILL | ONLINE;
    ReservePoints        => redemption::reserve,             Write,  TILL | ONLINE;
    ConfirmReservation   => redemption::confirm,             Write,  TILL | ONLINE;
    ResendCode           => redemption::resend,              Write,  TILL | ONLINE;
    ReleaseReservation   => redemption::release,             Write,  TILL | ONLINE;
    GetReservation       => redemption::get,                 Read,   TILL | ONLINE;
    RegisterReceipt      => sale::register,                  Write,  TILL | ONLINE;
    CancelReceipt        => sale::cancel,                    Write,  TILL | ONLINE;
    QuoteReturn          => sale::quote_return,              Read,   TILL | ONLINE;
    RegisterReturn       => sale::register_return,           Write,  TILL | ONLINE;
    GetOperation         => info::get_operation,             Read,   TILL | ONLINE | PARTNER | OFFICE;
    CancelOperation      => sale::cancel_operation,          Write,  TILL | ONLINE;
    RegisterReturnWithoutReceipt => sale::register_free_return, Write, SUPERVISOR;
}

operations! {
    /// For the head office.
    OFFICE:
    Ping                 => info::ping,                      Read,   OFFICE;
    WhoAmI               => info::who_am_i,                  Read,   OFFICE;
    RegisterCards        => office::register_cards,          Write,  OFFICE;
    GetProgramme         => office::get_programme,           Read,   OFFICE;
    SaveProgramme        => office::save_programme,          Write,  OFFICE;
    SaveTill             => office::save_till,               Write,  OFFICE;
    GetAccount           => account::get,                    Read,   OFFICE;
    FreezeAccount        => account::freeze,                 Write,  OFFICE;
    UnfreezeAccount      => account::unfreeze,               Write,  OFFICE;
    MergeCustomers       => account::merge,                  Write,  OFFICE;
    ChangePhone          => account::change_phone,           Write,  OFFICE;
    GetPointsTerms       => office::get_points_terms,        Read,   OFFICE;
    SavePointsTerms      => office::save_points_terms,       Write,  OFFICE;
    AdjustPoints         => account::adjust,                 Write,  OFFICE;
}

/// A handler turns a request into a command, or refuses it before anything is loaded.
type Handler<M, C> = fn(M, &Call) -> Result<C, Refusal>;

fn bind_read<M, C>(canonical: &str, call: Arc<Call>, handler: Handler<M, C>) -> Result<Bound, CodecError>
where
    M: Message,
    C: Command + Send,
    C::Outcome: Reply,
{
    let message: M = codec::decode(canonical)?;
    let command = handler(message, &call);
    Ok(Bound { job: job(command, move |ending| render(&call, ending)), key: None })
}

fn bind_write<M, C>(canonical: &str, call: Arc<Call>, handler: Handler<M, C>) -> Result<Bound, CodecError>
where
    M: Message + Keyed,
    C: Command + Send,
    C::Outcome: Reply,
{
    let message: M = codec::decode(canonical)?;
    let key = Some(message.operation_key().to_owned());
    let command = handler(message, &call);
    Ok(Bound { job: job(command, move |ending| render(&call, ending)), key })
}

fn reencode_request<M, C>(sample: &str, _: Handler<M, C>) -> Result<String, CodecError>
where
    M: Message,
{
    codec::encode(&codec::decode::<M>(sample)?)
}

fn reencode_answer<M, C>(sample: &str, _: Handler<M, C>) -> Result<String, CodecError>
where
    C: Command,
    C::Outcome: Reply,
{
    codec::encode_return(&codec::decode::<<C::Outcome as Reply>::Message>(sample)?)
}

/// The answer to a command, however it ended, as text; nothing when it cannot be written, which is a defect of ours.
fn render<O: Reply>(call: &Call, ending: &Ending<'_, O>) -> Option<String> {
    let (code, sentence, mut message) = match ending {
        Ending::Done(outcome) => {
            let (sentence, message) = outcome.reply(call);
            ("OK", sentence, message)
        }
        Ending::Refused(refusal, Some(outcome)) => (refusal.code(), refusal.to_string(), outcome.reply(call).1),
        Ending::Refused(refusal, None) => (refusal.code(), refusal.to_string(), O::Message::default()),
    };
    message.set_head(code, sentence);
    codec::encode_return(&message)
        .inspect_err(|error| tracing::error!(%error, code, "an answer could not be encoded"))
        .ok()
}
