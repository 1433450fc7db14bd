//! The table that maps every operation of the contract to its handler. The handler's types are the request and the
//! answer.

use std::sync::Arc;

use crate::{
    domain::{reference::Roles, refusal::Refusal, spelling::operation_key},
    soap::{
        call::{Call, Reply},
        codec::{self, CodecError, Message},
        handlers::{
            account, adjustment, balance, card, card_batch, card_stock, case, consent, customer, exchange, expiry,
            fiscal, history, info, liability, login, movement, network, operation, partner, phone, programme,
            questionnaire, receipt, registration, reservation, return_without_receipt, returns, sale, settlement,
            statement, store, till,
        },
        messages::{Headed, Keyed},
    },
    working_set::{
        command::{Command, Ending, Job, job},
        questions::{AllQuestions, Answers, Inquiry, Question, inquiry},
    },
};

/// The access kind of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Changes nothing; answers from the working set.
    Read,
    /// Changes something, once for each operation key.
    Write,
    /// Changes nothing; answers a page of many rows, on threads and connections of its own.
    List,
}

/// A row of the table.
pub struct Operation {
    /// The operation's name in the contract.
    pub name: &'static str,
    /// Its access kind.
    pub access: Access,
    /// The roles that may call it.
    pub roles: Roles,
    /// Whether [`Self::bind`] hashes a password, which takes tens of milliseconds.
    pub hashes_password: bool,
    /// Decodes a canonical request.
    pub bind: fn(&str, Arc<Call>) -> Result<Bound, CodecError>,
    /// Decodes and encodes a sample of the request, for the test that compares types and contract.
    pub reencode_request: fn(&str) -> Result<String, CodecError>,
    /// The same for the answer.
    pub reencode_answer: fn(&str) -> Result<String, CodecError>,
    /// The same for the request by yaserde, to check the direct codec.
    #[cfg(test)]
    pub remap_request: fn(&str) -> Result<String, CodecError>,
    /// The same for the answer by yaserde.
    #[cfg(test)]
    pub remap_answer: fn(&str) -> Result<String, CodecError>,
}

/// A decoded request.
pub enum Bound {
    /// A command that changes nothing.
    Read(Job),
    /// A command that is decided once for its operation key.
    Write(Job, String),
    /// A question for `store/questions`.
    List(Inquiry),
}

macro_rules! operations {
    ($(#[$meta:meta])* $table:ident: $($name:ident => $handler:path, $access:ident, $roles:expr $(, $hashes:ident a password)?;)+) => {
        $(#[$meta])*
        pub const $table: &[Operation] = &[$(
            Operation {
                name: stringify!($name),
                access: Access::$access,
                roles: $roles,
                hashes_password: operations!(@hashes $($hashes)?),
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
    (@hashes) => { false };
    (@hashes hashes) => { true };
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

// `Ping` and `WhoAmI` are open to every role that uses a service now or will by its plan, so that a login can be tested
// early. No other role may call them there.

/// Roles that sell and take returns.
const SELLS: Roles = Roles::TILL.or(Roles::SENIOR_TILL).or(Roles::ONLINE_SHOP);
/// Roles that enter receipts and returns: those that sell, and the head office, which may enter older ones.
const ENTERS_RECEIPTS: Roles = SELLS.or(Roles::HEAD_OFFICE);
/// Roles that record a forgotten card: those that sell, and those that answer the customer's questions.
const CLAIMS: Roles = ENTERS_RECEIPTS.or(Roles::STORE).or(Roles::CALL_CENTRE);
/// Roles that meet the customer and hand out cards.
const HANDS_OUT_CARDS: Roles = Roles::TILL.or(Roles::SENIOR_TILL).or(Roles::STORE);
/// Roles that register customers and record their data.
const TAKES_IN: Roles = HANDS_OUT_CARDS.or(Roles::ONLINE_SHOP);
/// Roles that answer a customer's questions.
const SERVES_CUSTOMERS: Roles = TAKES_IN.or(Roles::CALL_CENTRE).or(Roles::PARTNER_OFFICE).or(Roles::HEAD_OFFICE);
/// Roles that may see points, also without seeing personal data.
const READS_POINTS: Roles = SERVES_CUSTOMERS.or(Roles::AUDITOR).or(Roles::SECURITY);
/// All roles except marketing, nodes and the processing centre, which have their own services. Customers will have a
/// page.
const POS_CALLERS: Roles = READS_POINTS.or(Roles::CUSTOMER).or(Roles::INTEGRATION);
/// The offices, each for its own partner.
const OFFICES: Roles = Roles::HEAD_OFFICE.or(Roles::PARTNER_OFFICE);
/// Roles that may read lists without personal data.
const READS_LISTS: Roles = OFFICES.or(Roles::AUDITOR);
/// Roles that may read what bookkeeping needs, and programs that take it over, such as 1C's.
const KEEPS_BOOKS: Roles = READS_LISTS.or(Roles::INTEGRATION);
/// Roles that may read the programme's rules, and who changed what.
const READS_RULES: Roles = OFFICES.or(Roles::AUDITOR).or(Roles::SECURITY);
/// The offices, auditors and security, the call centre (goodwill points) and partners' programs (goods, imports).
const OFFICE_CALLERS: Roles = READS_RULES.or(Roles::CALL_CENTRE).or(Roles::INTEGRATION);
/// Marketing, the head office, and the roles that read its reports or supply its segments.
const MARKETING_CALLERS: Roles = Roles::MARKETING.or(Roles::HEAD_OFFICE).or(Roles::AUDITOR).or(Roles::INTEGRATION);
/// Nodes, the processing centre, and the office that manages them.
const NODE_CALLERS: Roles = Roles::NODE.or(Roles::PROCESSING_CENTRE).or(Roles::HEAD_OFFICE);

operations! {
    /// For tills, shops, online shops and the partner page.
    POS:
    // operation            handler                          access  roles
    Ping                 => info::ping,                      Read,   POS_CALLERS;
    GetVersions          => info::get_versions,              Read,   POS_CALLERS;
    WhoAmI               => info::who_am_i,                  Read,   POS_CALLERS;
    FindCustomer         => customer::find,                  Read,   SERVES_CUSTOMERS;
    RegisterCustomer     => registration::register,          Write,  TAKES_IN;
    IssueCard            => card::issue,                     Write,  TAKES_IN;
    ActivateCard         => card::activate,                  Write,  TAKES_IN;
    ReplaceCard          => card::replace,                   Write,  HANDS_OUT_CARDS;
    BlockCard            => card::block,                     Write,  TAKES_IN;
    UnblockCard          => card::unblock,                   Write,  HANDS_OUT_CARDS;
    CloseCard            => card::close,                     Write,  HANDS_OUT_CARDS;
    GetBalance           => balance::get,                    Read,   READS_POINTS;
    GetStatement         => statement::get,                  Read,   READS_POINTS;
    GetQuestionnaire     => questionnaire::get,              Read,   SERVES_CUSTOMERS;
    SaveQuestionnaire    => questionnaire::save,             Write,  TAKES_IN;
    GiveConsent          => consent::give,                   Write,  TAKES_IN;
    WithdrawConsent      => consent::withdraw,               Write,  TAKES_IN;
    SendPhoneCode        => phone::send_code,                Write,  TAKES_IN;
    VerifyPhone          => phone::verify,                   Write,  TAKES_IN;
    QuoteReceipt         => receipt::quote,                  Read,   ENTERS_RECEIPTS;
    ReservePoints        => reservation::reserve,            Write,  SELLS;
    ConfirmReservation   => reservation::confirm,            Write,  SELLS;
    ResendCode           => reservation::resend,             Write,  SELLS;
    ReleaseReservation   => reservation::release,            Write,  SELLS;
    GetReservation       => reservation::get,                Read,   SELLS;
    RegisterReceipt      => sale::register,                  Write,  ENTERS_RECEIPTS;
    CancelReceipt        => sale::cancel,                    Write,  ENTERS_RECEIPTS;
    QuoteReturn          => returns::quote,                  Read,   ENTERS_RECEIPTS;
    RegisterReturn       => returns::register,               Write,  ENTERS_RECEIPTS;
    GetOperation         => operation::get,                  Read,   SERVES_CUSTOMERS;
    CancelOperation      => operation::cancel,               Write,  ENTERS_RECEIPTS;
    RegisterReturnWithoutReceipt => return_without_receipt::register, Write,  Roles::SENIOR_TILL;
    GetReceipt           => sale::get,                       Read,   SERVES_CUSTOMERS;
    AttachFiscal         => fiscal::attach,                  Write,  ENTERS_RECEIPTS;
    ClaimReceipt         => sale::claim,                     Write,  CLAIMS;
}

operations! {
    /// For the head office and the partners' offices.
    OFFICE:
    Ping                 => info::ping,                      Read,   OFFICE_CALLERS;
    WhoAmI               => info::who_am_i,                  Read,   OFFICE_CALLERS;
    RegisterCards        => card_batch::register,            Write,  Roles::HEAD_OFFICE;
    GetProgramme         => programme::get,                  Read,   READS_RULES;
    SaveProgramme        => programme::save,                 Write,  Roles::HEAD_OFFICE;
    SaveTill             => till::save,                      Write,  Roles::HEAD_OFFICE, hashes a password;
    GetAccount           => account::get,                    Read,   Roles::HEAD_OFFICE;
    FreezeAccount        => account::freeze,                 Write,  Roles::HEAD_OFFICE;
    UnfreezeAccount      => account::unfreeze,               Write,  Roles::HEAD_OFFICE;
    MergeCustomers       => customer::merge,                 Write,  Roles::HEAD_OFFICE;
    ChangePhone          => phone::change,                   Write,  Roles::HEAD_OFFICE;
    AdjustPoints         => adjustment::adjust,              Write,  Roles::HEAD_OFFICE;
    ListExpiringPoints   => expiry::list,                    List,   OFFICES;
    ListSettlement       => settlement::list,                List,   READS_LISTS;
    ListTills            => till::list,                      List,   READS_LISTS;
    DisableLogin         => login::disable,                  Write,  Roles::HEAD_OFFICE;
    ListLogins           => login::list,                     List,   READS_LISTS;
    EnableLogin          => login::enable,                   Write,  Roles::HEAD_OFFICE, hashes a password;
    ListHistory          => history::list,                   List,   READS_RULES;
    ListExchanges        => exchange::list,                  List,   OFFICES;
    SavePartner          => partner::save,                   Write,  Roles::HEAD_OFFICE;
    SaveNetwork          => network::save,                   Write,  Roles::HEAD_OFFICE;
    SaveStore            => store::save,                     Write,  Roles::HEAD_OFFICE;
    SetPassword          => login::set_password,             Write,  Roles::HEAD_OFFICE, hashes a password;
    ListPartners         => partner::list,                   List,   READS_LISTS;
    ListNetworks         => network::list,                   List,   READS_LISTS;
    ListStores           => store::list,                     List,   READS_LISTS;
    ListCardStock        => card_stock::list,                List,   READS_LISTS;
    ListReceipts         => receipt::list,                   List,   KEEPS_BOOKS;
    ListLiability        => liability::list,                 List,   KEEPS_BOOKS;
    ListMovements        => movement::list,                  List,   KEEPS_BOOKS;
    ListCases            => case::list,                      List,   OFFICES;
    CloseCase            => case::close,                     Write,  OFFICES;
}

operations! {
    /// For marketing.
    MARKETING:
    Ping                 => info::ping,                      Read,   MARKETING_CALLERS;
    WhoAmI               => info::who_am_i,                  Read,   MARKETING_CALLERS;
}

operations! {
    /// For shop nodes and other masters.
    NODE:
    Ping                 => info::ping,                      Read,   NODE_CALLERS;
    WhoAmI               => info::who_am_i,                  Read,   NODE_CALLERS;
}

/// A handler turns a request into a command or a question, or refuses it before any data are loaded.
type Handler<M, C> = fn(M, &Call) -> Result<C, Refusal>;

/// A command or question, unless the caller's place is closed: then only what is for all is answered.
fn admitted<C>(call: &Call, asked: Result<C, Refusal>, is_for_all: impl Fn(&C) -> bool) -> Result<C, Refusal> {
    match &call.actor.closed {
        Some(what) if !asked.as_ref().is_ok_and(is_for_all) => Err(Refusal::PlaceClosed { what: what.clone() }),
        Some(_) | None => asked,
    }
}

fn bind_read<M, C>(canonical: &str, call: Arc<Call>, handler: Handler<M, C>) -> Result<Bound, CodecError>
where
    M: Message,
    C: Command + Send,
    C::Outcome: Reply,
{
    let message: M = codec::decode(canonical)?;
    let command = admitted(&call, handler(message, &call), Command::is_for_all);
    Ok(Bound::Read(job(command, move |ending| render(&call, ending))))
}

fn bind_write<M, C>(canonical: &str, call: Arc<Call>, handler: Handler<M, C>) -> Result<Bound, CodecError>
where
    M: Message + Keyed,
    C: Command + Send,
    C::Outcome: Reply,
{
    let message: M = codec::decode(canonical)?;
    let key = operation_key(message.operation_key());
    let command = admitted(&call, handler(message, &call), Command::is_for_all);
    Ok(Bound::Write(job(command, move |ending| render(&call, ending)), key))
}

fn bind_list<M, Q>(canonical: &str, call: Arc<Call>, handler: Handler<M, Q>) -> Result<Bound, CodecError>
where
    M: Message,
    Q: Question,
    for<'a> dyn AllQuestions + 'a: Answers<Q>,
    Q::Outcome: Reply,
{
    let message: M = codec::decode(canonical)?;
    let question = admitted(&call, handler(message, &call), |_| false);
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

/// The answer to a command, as text; `None` when it cannot be written, which is a defect.
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
