//! One table maps every operation of the contract to its handler; the types of request and answer are the handler's own.

use std::sync::Arc;

use crate::{
    domain::{reference::Roles, refusal::Refusal},
    soap::{
        call::{Call, Reply},
        codec::{self, CodecError, Message},
        handlers::{
            account, adjustment, balance, card, card_batch, consent, customer, info, operation, phone, programme,
            questionnaire, receipt, registration, reservation, return_without_receipt, returns, sale, statement, till,
        },
        messages::{Headed, Keyed},
    },
    working_set::command::{Command, Ending, Job, job},
};

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
    /// The same by yaserde: the second opinion on a codec of ours.
    #[cfg(test)]
    pub remap_request: fn(&str) -> Result<String, CodecError>,
    /// The same of the answer.
    #[cfg(test)]
    pub remap_answer: fn(&str) -> Result<String, CodecError>,
}

/// A request that was understood.
pub struct Bound {
    /// To be decided.
    pub job: Job,
    /// Its operation key, if it changes anything.
    pub key: Option<String>,
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
                #[cfg(test)]
                remap_request: |sample| tests::remap_request(sample, $handler),
                #[cfg(test)]
                remap_answer: |sample| tests::remap_answer(sample, $handler),
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
    RegisterCustomer     => registration::register,              Write,  TILL | ONLINE | PARTNER;
    IssueCard            => card::issue,                     Write,  TILL | ONLINE | PARTNER;
    ActivateCard         => card::activate,                  Write,  TILL | ONLINE | PARTNER;
    ReplaceCard          => card::replace,                   Write,  TILL | PARTNER;
    BlockCard            => card::block,                     Write,  TILL | ONLINE | PARTNER;
    UnblockCard          => card::unblock,                   Write,  TILL | PARTNER;
    CloseCard            => card::close,                     Write,  TILL | PARTNER;
    GetBalance           => balance::get,           Read,   TILL | ONLINE | PARTNER | OFFICE;
    GetStatement         => statement::get,                  Read,   TILL | ONLINE | PARTNER | OFFICE;
    GetQuestionnaire     => questionnaire::get,     Read,   TILL | ONLINE | PARTNER | OFFICE;
    SaveQuestionnaire    => questionnaire::save,    Write,  TILL | ONLINE | PARTNER;
    GiveConsent          => consent::give,          Write,  TILL | ONLINE | PARTNER;
    WithdrawConsent      => consent::withdraw,      Write,  TILL | ONLINE | PARTNER;
    SendPhoneCode        => phone::send_code,       Write,  TILL | ONLINE | PARTNER;
    VerifyPhone          => phone::verify,          Write,  TILL | ONLINE | PARTNER;
    QuoteReceipt         => receipt::quote,               Read,   TILL | ONLINE;
    ReservePoints        => reservation::reserve,             Write,  TILL | ONLINE;
    ConfirmReservation   => reservation::confirm,             Write,  TILL | ONLINE;
    ResendCode           => reservation::resend,              Write,  TILL | ONLINE;
    ReleaseReservation   => reservation::release,             Write,  TILL | ONLINE;
    GetReservation       => reservation::get,                 Read,   TILL | ONLINE;
    RegisterReceipt      => sale::register,                  Write,  TILL | ONLINE;
    CancelReceipt        => sale::cancel,                    Write,  TILL | ONLINE;
    QuoteReturn          => returns::quote,              Read,   TILL | ONLINE;
    RegisterReturn       => returns::register,           Write,  TILL | ONLINE;
    GetOperation         => operation::get,             Read,   TILL | ONLINE | PARTNER | OFFICE;
    CancelOperation      => operation::cancel,          Write,  TILL | ONLINE;
    RegisterReturnWithoutReceipt => return_without_receipt::register, Write, SUPERVISOR;
}

operations! {
    /// For the head office.
    OFFICE:
    Ping                 => info::ping,                      Read,   OFFICE;
    WhoAmI               => info::who_am_i,                  Read,   OFFICE;
    RegisterCards        => card_batch::register,          Write,  OFFICE;
    GetProgramme         => programme::get,           Read,   OFFICE;
    SaveProgramme        => programme::save,          Write,  OFFICE;
    SaveTill             => till::save,               Write,  OFFICE;
    GetAccount           => account::get,                    Read,   OFFICE;
    FreezeAccount        => account::freeze,                 Write,  OFFICE;
    UnfreezeAccount      => account::unfreeze,               Write,  OFFICE;
    MergeCustomers       => account::merge,                  Write,  OFFICE;
    ChangePhone          => account::change_phone,           Write,  OFFICE;
    GetPointsTerms       => programme::get_points_terms,        Read,   OFFICE;
    SavePointsTerms      => programme::save_points_terms,       Write,  OFFICE;
    AdjustPoints         => adjustment::adjust,                 Write,  OFFICE;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::soap::codec::mapper;

    pub(super) fn remap_request<M, C>(sample: &str, _: Handler<M, C>) -> Result<String, CodecError>
    where
        M: Message,
    {
        mapper::encode(&mapper::decode::<M>(sample)?, "", None)
    }

    pub(super) fn remap_answer<M, C>(sample: &str, _: Handler<M, C>) -> Result<String, CodecError>
    where
        C: Command,
        C::Outcome: Reply,
    {
        mapper::encode(&mapper::decode::<<C::Outcome as Reply>::Message>(sample)?, "m:", Some("return"))
    }
}
