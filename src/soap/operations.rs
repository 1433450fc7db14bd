//! One table maps every operation of the contract to its handler; the types of request and answer are the handler's own.

use std::sync::Arc;

use crate::{
    domain::{reference::Roles, refusal::Refusal},
    soap::{
        call::{Call, Reply},
        codec::{self, CodecError, Message},
        handlers::{
            account, adjustment, balance, card, card_batch, consent, customer, expiry, info, login, operation, phone,
            programme, questionnaire, receipt, registration, reservation, return_without_receipt, returns, sale,
            settlement, statement, till,
        },
        messages::{Headed, Keyed},
    },
    working_set::{
        command::{Command, Ending, Job, job},
        questions::{Inquiry, Question, inquiry},
    },
};

/// Whether an operation changes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// It answers.
    Read,
    /// It changes, and is repeatable by its key.
    Write,
    /// It answers from many rows, a page at a time, beside the road of the tills.
    List,
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
pub enum Bound {
    /// To be decided, and nothing changes.
    Read(Job),
    /// To be decided once, however often it comes with this operation key.
    Write(Job, String),
    /// To be asked.
    List(Inquiry),
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
                reencode_answer: |sample| operations!(@answer $access)(sample, $handler),
                #[cfg(test)]
                remap_request: |sample| tests::remap_request(sample, $handler),
                #[cfg(test)]
                remap_answer: |sample| operations!(@remap $access)(sample, $handler),
            },
        )+];
    };
    (@bind Read) => { bind_read };
    (@bind Write) => { bind_write };
    (@bind List) => { bind_list };
    (@answer Read) => { reencode_answer };
    (@answer Write) => { reencode_answer };
    (@answer List) => { reencode_list };
    (@remap Read) => { tests::remap_answer };
    (@remap Write) => { tests::remap_answer };
    (@remap List) => { tests::remap_list };
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
    GetReceipt           => sale::get,                       Read,   TILL | ONLINE | PARTNER | OFFICE;
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
    ListExpiringPoints   => expiry::list,                    List,   OFFICE;
    ListSettlement       => settlement::list,                List,   OFFICE;
    ListTills            => till::list,                      List,   OFFICE;
    DisableLogin         => login::disable,                  Write,  OFFICE;
}

/// A handler turns a request into a command or a question, or refuses it before anything is loaded.
type Handler<M, C> = fn(M, &Call) -> Result<C, Refusal>;

fn bind_read<M, C>(canonical: &str, call: Arc<Call>, handler: Handler<M, C>) -> Result<Bound, CodecError>
where
    M: Message,
    C: Command + Send,
    C::Outcome: Reply,
{
    let message: M = codec::decode(canonical)?;
    let command = handler(message, &call);
    Ok(Bound::Read(job(command, move |ending| render(&call, ending))))
}

fn bind_write<M, C>(canonical: &str, call: Arc<Call>, handler: Handler<M, C>) -> Result<Bound, CodecError>
where
    M: Message + Keyed,
    C: Command + Send,
    C::Outcome: Reply,
{
    let message: M = codec::decode(canonical)?;
    let key = message.operation_key().to_owned();
    let command = handler(message, &call);
    Ok(Bound::Write(job(command, move |ending| render(&call, ending)), key))
}

fn bind_list<M, Q>(canonical: &str, call: Arc<Call>, handler: Handler<M, Q>) -> Result<Bound, CodecError>
where
    M: Message,
    Q: Question,
    Q::Outcome: Reply,
{
    let message: M = codec::decode(canonical)?;
    let question = handler(message, &call);
    Ok(Bound::List(inquiry(question, move |ending| render(&call, ending))))
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
    reencode::<C::Outcome>(sample)
}

fn reencode_list<M, Q>(sample: &str, _: Handler<M, Q>) -> Result<String, CodecError>
where
    Q: Question,
    Q::Outcome: Reply,
{
    reencode::<Q::Outcome>(sample)
}

fn reencode<O: Reply>(sample: &str) -> Result<String, CodecError> {
    codec::encode_return(&codec::decode::<O::Message>(sample)?)
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
        remap::<C::Outcome>(sample)
    }

    pub(super) fn remap_list<M, Q>(sample: &str, _: Handler<M, Q>) -> Result<String, CodecError>
    where
        Q: Question,
        Q::Outcome: Reply,
    {
        remap::<Q::Outcome>(sample)
    }

    fn remap<O: Reply>(sample: &str) -> Result<String, CodecError> {
        mapper::encode(&mapper::decode::<O::Message>(sample)?, "m:", Some("return"))
    }
}
