//! Faults: a closed list of technical failures, and their form in both SOAP versions.
//!
//! A business refusal is not a fault: it is in `return/code` of a normal reply.

use crate::soap::{
    envelope::{SoapVersion, enclosed},
    xml::characters::push_escaped,
};

/// How a description begins that is about an element; its path and a colon follow.
pub const ELEMENT: &str = "Элемент ";
/// The longest path that a faultstring repeats, in bytes of UTF-8.
const PATH_BYTES_MAX: usize = 200;

/// Why a request was not carried out. Each kind has one stable code that client programs may compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// The bytes are not a well-formed XML document with namespaces.
    MalformedXml,
    /// Nesting, attributes, elements, namespaces or a text exceed a limit.
    LimitExceeded,
    /// The message has a document type declaration.
    DtdForbidden,
    /// The message has a processing instruction.
    InstructionForbidden,
    /// The envelope's SOAP version is not supported.
    VersionMismatch,
    /// A header block with `mustUnderstand` is not understood.
    MustUnderstand,
    /// The request is written in a data encoding of SOAP 1.2.
    DataEncodingUnknown,
    /// The document is not a SOAP envelope with exactly one request.
    InvalidEnvelope,
    /// The service has no such operation.
    UnknownOperation,
    /// The request contradicts the WSDL.
    InvalidRequest,
    /// The request breaks the rules of HTTP.
    InvalidHttp,
    /// The request did not arrive whole, or not in time.
    RequestIncomplete,
    /// Not POST.
    MethodNotAllowed,
    /// Not XML, or in an unsupported encoding.
    UnsupportedMediaType,
    /// The body exceeds the limit.
    BodyTooLarge,
    /// No credentials, or wrong ones.
    Unauthenticated,
    /// The credentials do not allow this operation.
    Forbidden,
    /// The client exceeds its rate limit.
    TooManyRequests,
    /// The gateway is overloaded.
    Overloaded,
    /// The gateway cannot work now: its database, its disk, a restart.
    TemporarilyUnavailable,
    /// A defect of the gateway.
    Internal,
}

/// Which side is at fault, in SOAP's terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Blame {
    Client,
    Server,
    VersionMismatch,
    MustUnderstand,
    DataEncodingUnknown,
}

/// The qualified name of a header block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockName {
    /// Its namespace.
    pub namespace: String,
    /// Its name without a prefix.
    pub local: String,
}

impl FaultKind {
    /// Every kind, in the order of the list.
    pub const ALL: [Self; 21] = [
        Self::MalformedXml,
        Self::LimitExceeded,
        Self::DtdForbidden,
        Self::InstructionForbidden,
        Self::VersionMismatch,
        Self::MustUnderstand,
        Self::DataEncodingUnknown,
        Self::InvalidEnvelope,
        Self::UnknownOperation,
        Self::InvalidRequest,
        Self::InvalidHttp,
        Self::RequestIncomplete,
        Self::MethodNotAllowed,
        Self::UnsupportedMediaType,
        Self::BodyTooLarge,
        Self::Unauthenticated,
        Self::Forbidden,
        Self::TooManyRequests,
        Self::Overloaded,
        Self::TemporarilyUnavailable,
        Self::Internal,
    ];

    /// The stable code in `detail/error/code`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::MalformedXml => "MALFORMED_XML",
            Self::LimitExceeded => "LIMIT_EXCEEDED",
            Self::DtdForbidden => "DTD_FORBIDDEN",
            Self::InstructionForbidden => "INSTRUCTION_FORBIDDEN",
            Self::VersionMismatch => "VERSION_MISMATCH",
            Self::MustUnderstand => "MUST_UNDERSTAND",
            Self::DataEncodingUnknown => "DATA_ENCODING_UNKNOWN",
            Self::InvalidEnvelope => "INVALID_ENVELOPE",
            Self::UnknownOperation => "UNKNOWN_OPERATION",
            Self::InvalidRequest => "INVALID_REQUEST",
            Self::InvalidHttp => "INVALID_HTTP",
            Self::RequestIncomplete => "REQUEST_INCOMPLETE",
            Self::MethodNotAllowed => "METHOD_NOT_ALLOWED",
            Self::UnsupportedMediaType => "UNSUPPORTED_MEDIA_TYPE",
            Self::BodyTooLarge => "BODY_TOO_LARGE",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::TooManyRequests => "TOO_MANY_REQUESTS",
            Self::Overloaded => "OVERLOADED",
            Self::TemporarilyUnavailable => "TEMPORARILY_UNAVAILABLE",
            Self::Internal => "INTERNAL",
        }
    }

    /// One Russian sentence for the person at the till: `faultstring`, or the 1.2 reason.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::MalformedXml => "Запрос не является правильным документом XML",
            Self::LimitExceeded => "Запрос слишком велик или слишком сложен",
            Self::DtdForbidden => "Запрос содержит DTD, это запрещено",
            Self::InstructionForbidden => "Запрос содержит инструкцию обработки XML, это запрещено",
            Self::VersionMismatch => "Версия SOAP не поддерживается, нужна 1.1 или 1.2",
            Self::MustUnderstand => "Запрос содержит обязательный заголовок SOAP, который сервис не поддерживает",
            Self::DataEncodingUnknown => "Запрос записан в кодировке данных SOAP, которую сервис не поддерживает",
            Self::InvalidEnvelope => "Запрос не является сообщением SOAP с одной операцией",
            Self::UnknownOperation => "У сервиса нет такой операции",
            Self::InvalidRequest => "Запрос не соответствует описанию сервиса (WSDL)",
            Self::InvalidHttp => "Запрос нарушает правила HTTP",
            Self::RequestIncomplete => "Запрос не дошёл целиком, повторите его",
            Self::MethodNotAllowed => "Запрос должен отправляться методом POST",
            Self::UnsupportedMediaType => "Вид или кодировка содержимого запроса не поддерживается",
            Self::BodyTooLarge => "Запрос слишком длинный",
            Self::Unauthenticated => "Неверные имя пользователя или пароль",
            Self::Forbidden => "Этому пользователю операция не разрешена",
            Self::TooManyRequests => "Слишком много запросов, повторите немного позже",
            Self::Overloaded => "Сервис перегружен, повторите запрос немного позже",
            Self::TemporarilyUnavailable => "Сервис временно недоступен, повторите запрос немного позже",
            Self::Internal => "Внутренняя ошибка сервиса, повторите запрос или сообщите администратору",
        }
    }

    /// The HTTP status: 500, unless HTTP has a more exact one. SOAP 1.2 asks for 400 where the sender is at fault.
    #[must_use]
    pub const fn http_status(self, version: SoapVersion) -> u16 {
        match self {
            Self::InvalidHttp => 400,
            Self::MethodNotAllowed => 405,
            Self::RequestIncomplete => 408,
            Self::UnsupportedMediaType => 415,
            Self::BodyTooLarge => 413,
            Self::Unauthenticated => 401,
            Self::TooManyRequests => 429,
            Self::Overloaded | Self::TemporarilyUnavailable => 503,
            Self::VersionMismatch | Self::MustUnderstand | Self::DataEncodingUnknown | Self::Internal => 500,
            Self::MalformedXml
            | Self::LimitExceeded
            | Self::DtdForbidden
            | Self::InstructionForbidden
            | Self::InvalidEnvelope
            | Self::UnknownOperation
            | Self::InvalidRequest
            | Self::Forbidden => match version {
                SoapVersion::V11 => 500,
                SoapVersion::V12 => 400,
            },
        }
    }

    /// `Retry-After` in seconds; `None` when a retry of the same request cannot help.
    #[must_use]
    pub const fn retry_after_s(self) -> Option<u32> {
        match self {
            Self::Overloaded | Self::RequestIncomplete => Some(1),
            Self::TemporarilyUnavailable => Some(5),
            Self::TooManyRequests => Some(10),
            Self::MalformedXml
            | Self::LimitExceeded
            | Self::DtdForbidden
            | Self::InstructionForbidden
            | Self::VersionMismatch
            | Self::MustUnderstand
            | Self::DataEncodingUnknown
            | Self::InvalidEnvelope
            | Self::UnknownOperation
            | Self::InvalidRequest
            | Self::InvalidHttp
            | Self::MethodNotAllowed
            | Self::UnsupportedMediaType
            | Self::BodyTooLarge
            | Self::Unauthenticated
            | Self::Forbidden
            | Self::Internal => None,
        }
    }

    /// The SOAP 1.1 `faultcode`, with the prefix that the envelope binds.
    #[must_use]
    pub const fn faultcode(self) -> &'static str {
        match self.blame() {
            Blame::Client | Blame::DataEncodingUnknown => "soap:Client",
            Blame::Server => "soap:Server",
            Blame::VersionMismatch => "soap:VersionMismatch",
            Blame::MustUnderstand => "soap:MustUnderstand",
        }
    }

    /// The SOAP 1.2 `Code/Value`, with the prefix that the envelope binds.
    #[must_use]
    pub const fn code_value(self) -> &'static str {
        match self.blame() {
            Blame::Client => "soap:Sender",
            Blame::DataEncodingUnknown => "soap:DataEncodingUnknown",
            Blame::Server => "soap:Receiver",
            Blame::VersionMismatch => "soap:VersionMismatch",
            Blame::MustUnderstand => "soap:MustUnderstand",
        }
    }

    const fn blame(self) -> Blame {
        match self {
            Self::MalformedXml
            | Self::LimitExceeded
            | Self::DtdForbidden
            | Self::InstructionForbidden
            | Self::InvalidEnvelope
            | Self::UnknownOperation
            | Self::InvalidRequest
            | Self::InvalidHttp
            | Self::MethodNotAllowed
            | Self::UnsupportedMediaType
            | Self::BodyTooLarge
            | Self::Unauthenticated
            | Self::Forbidden => Blame::Client,
            // Who repeats the same bytes may succeed: SOAP says that of the server's faults alone.
            Self::RequestIncomplete
            | Self::TooManyRequests
            | Self::Overloaded
            | Self::TemporarilyUnavailable
            | Self::Internal => Blame::Server,
            Self::VersionMismatch => Blame::VersionMismatch,
            Self::MustUnderstand => Blame::MustUnderstand,
            Self::DataEncodingUnknown => Blame::DataEncodingUnknown,
        }
    }
}

/// The version that a fault of this kind is answered in. A version mismatch is always answered in 1.1, as SOAP 1.2
/// requires.
#[must_use]
pub const fn answered_in(version: SoapVersion, kind: FaultKind) -> SoapVersion {
    if matches!(kind, FaultKind::VersionMismatch) { SoapVersion::V11 } else { version }
}

/// A fault's bytes. `description` is Russian, for the client's programmer; `request_id` is the one in the log. Both are
/// escaped here. `not_understood` are the header blocks that a MustUnderstand fault of SOAP 1.2 names. Send it with the
/// content type of [`answered_in`].
#[must_use]
pub fn render(
    version: SoapVersion,
    namespace: &str,
    kind: FaultKind,
    description: &str,
    request_id: &str,
    not_understood: &[BlockName],
) -> Vec<u8> {
    let version = answered_in(version, kind);
    let header = match (kind, version) {
        (FaultKind::VersionMismatch, _) => upgrade_header(),
        (FaultKind::MustUnderstand, SoapVersion::V12) => not_understood_header(not_understood),
        _ => String::new(),
    };
    let error = error_element(namespace, kind, description, request_id);
    let body = match version {
        SoapVersion::V11 => format!(
            "<soap:Fault><faultcode>{}</faultcode><faultstring>{}</faultstring><detail>{error}</detail></soap:Fault>",
            kind.faultcode(),
            reason(kind, description),
        ),
        SoapVersion::V12 => format!(
            "<soap:Fault><soap:Code><soap:Value>{}</soap:Value>\
             <soap:Subcode><soap:Value xmlns:m=\"{}\">m:{}</soap:Value></soap:Subcode></soap:Code>\
             <soap:Reason><soap:Text xml:lang=\"ru\">{}</soap:Text></soap:Reason>\
             <soap:Detail>{error}</soap:Detail></soap:Fault>",
            kind.code_value(),
            attribute(namespace),
            kind.code(),
            reason(kind, description),
        ),
    };
    enclosed(version, &header, &body)
}

/// The kind's sentence with the path of the element that it is about: many stacks show a programmer no more than this. It is
/// escaped.
fn reason(kind: FaultKind, description: &str) -> String {
    let mut reason = kind.text().to_owned();
    if kind == FaultKind::InvalidRequest
        && let Some((path, _)) = description.strip_prefix(ELEMENT).and_then(|rest| rest.split_once(": "))
        && path.len() <= PATH_BYTES_MAX
    {
        reason.push_str(", элемент ");
        push_escaped(&mut reason, path);
    }
    reason
}

fn error_element(namespace: &str, kind: FaultKind, description: &str, request_id: &str) -> String {
    let mut error = format!("<m:error xmlns:m=\"{}\"><m:code>{}</m:code>", attribute(namespace), kind.code());
    error.push_str("<m:description>");
    push_escaped(&mut error, description);
    error.push_str("</m:description><m:requestId>");
    push_escaped(&mut error, request_id);
    error.push_str("</m:requestId></m:error>");
    error
}

fn upgrade_header() -> String {
    let v12 = SoapVersion::V12.namespace();
    let v11 = SoapVersion::V11.namespace();
    format!(
        "<soap:Header><env:Upgrade xmlns:env=\"{v12}\">\
         <env:SupportedEnvelope qname=\"ns1:Envelope\" xmlns:ns1=\"{v12}\"/>\
         <env:SupportedEnvelope qname=\"ns2:Envelope\" xmlns:ns2=\"{v11}\"/>\
         </env:Upgrade></soap:Header>"
    )
}

fn not_understood_header(blocks: &[BlockName]) -> String {
    let mut header = String::new();
    for block in blocks {
        let namespace = attribute(&block.namespace);
        let name = attribute(&block.local);
        header.push_str(&format!("<soap:NotUnderstood qname=\"h:{name}\" xmlns:h=\"{namespace}\"/>"));
    }
    if header.is_empty() { header } else { format!("<soap:Header>{header}</soap:Header>") }
}

/// Escaped as an attribute's value. A tab and a line feed must be references, or the reader turns them into spaces.
fn attribute(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    push_escaped(&mut out, text);
    out.replace('"', "&quot;").replace('\t', "&#9;").replace('\n', "&#10;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(version: SoapVersion, kind: FaultKind) -> String {
        String::from_utf8(render(version, "urn:x", kind, "a<b> & \u{0}c", "r-1", &[])).unwrap()
    }

    #[test]
    fn codes_are_unique_and_texts_are_never_mistaken_for_a_prefix() {
        let mut codes: Vec<_> = FaultKind::ALL.iter().map(|kind| kind.code()).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), FaultKind::ALL.len());
        for kind in FaultKind::ALL {
            assert!(!kind.text().contains(": "), "{kind:?}");
            assert!(!kind.text().is_empty() && kind.code().chars().all(|c| c.is_ascii_uppercase() || c == '_'));
        }
    }

    #[test]
    fn a_1_1_fault_has_unprefixed_children_and_escaped_text() {
        assert_eq!(
            rendered(SoapVersion::V11, FaultKind::InvalidRequest),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body><soap:Fault>\
             <faultcode>soap:Client</faultcode>\
             <faultstring>Запрос не соответствует описанию сервиса (WSDL)</faultstring>\
             <detail><m:error xmlns:m=\"urn:x\"><m:code>INVALID_REQUEST</m:code>\
             <m:description>a&lt;b&gt; &amp; c</m:description><m:requestId>r-1</m:requestId></m:error></detail>\
             </soap:Fault></soap:Body></soap:Envelope>"
        );
    }

    #[test]
    fn the_sentence_names_the_element_by_its_path_and_never_a_value() {
        let description = "Элемент GetBalance/a<: нужно число. Строка 1, символ 2.";
        let text = |kind, description: &str| {
            String::from_utf8(render(SoapVersion::V11, "urn:x", kind, description, "r-1", &[])).unwrap()
        };
        let named =
            "<faultstring>Запрос не соответствует описанию сервиса (WSDL), элемент GetBalance/a&lt;</faultstring>";
        assert!(text(FaultKind::InvalidRequest, description).contains(named));
        assert!(!text(FaultKind::Internal, description).contains(", элемент"));
        let long = format!("Элемент {}: нужно число.", "a".repeat(PATH_BYTES_MAX + 1));
        assert!(text(FaultKind::InvalidRequest, &long).contains("(WSDL)</faultstring>"));
    }

    #[test]
    fn a_1_2_fault_has_code_subcode_reason_and_detail() {
        let text = rendered(SoapVersion::V12, FaultKind::Overloaded);
        assert!(text.contains("<soap:Code><soap:Value>soap:Receiver</soap:Value><soap:Subcode>"));
        assert!(text.contains("<soap:Value xmlns:m=\"urn:x\">m:OVERLOADED</soap:Value>"));
        assert!(text.contains("<soap:Text xml:lang=\"ru\">Сервис перегружен"));
        assert!(text.contains("<soap:Detail><m:error xmlns:m=\"urn:x\">"));
    }

    #[test]
    fn a_version_mismatch_is_answered_in_1_1_and_says_what_is_spoken() {
        let text = rendered(SoapVersion::V12, FaultKind::VersionMismatch);
        assert!(text.contains("xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Header><env:Upgrade"));
        assert!(text.contains("<faultcode>soap:VersionMismatch</faultcode>"));
        assert!(text.contains("qname=\"ns1:Envelope\"") && text.contains("qname=\"ns2:Envelope\""));
    }

    #[test]
    fn a_1_2_fault_names_the_header_blocks_that_were_not_understood() {
        let blocks = [
            BlockName { namespace: "urn:a?x=\"1\"&y".into(), local: "Security".into() },
            BlockName { namespace: "urn:b".into(), local: "Ёж".into() },
        ];
        let text = |version, kind| String::from_utf8(render(version, "urn:x", kind, "", "r-1", &blocks)).unwrap();
        let fault = text(SoapVersion::V12, FaultKind::MustUnderstand);
        assert!(fault.contains(
            "<soap:Header><soap:NotUnderstood qname=\"h:Security\" xmlns:h=\"urn:a?x=&quot;1&quot;&amp;y\"/>\
             <soap:NotUnderstood qname=\"h:Ёж\" xmlns:h=\"urn:b\"/></soap:Header><soap:Body>"
        ));
        assert!(fault.contains("<soap:Value>soap:MustUnderstand</soap:Value>"));
        assert!(!text(SoapVersion::V11, FaultKind::MustUnderstand).contains("NotUnderstood"));
        assert!(!rendered(SoapVersion::V12, FaultKind::MustUnderstand).contains("Header"));
    }

    #[test]
    fn an_unknown_data_encoding_has_a_code_of_its_own_in_1_2_only() {
        let text = rendered(SoapVersion::V12, FaultKind::DataEncodingUnknown);
        assert!(text.contains("<soap:Value>soap:DataEncodingUnknown</soap:Value>"));
        assert_eq!(FaultKind::DataEncodingUnknown.http_status(SoapVersion::V12), 500);
        assert!(rendered(SoapVersion::V11, FaultKind::DataEncodingUnknown).contains("<faultcode>soap:Client<"));
    }

    #[test]
    fn the_status_is_500_unless_http_knows_better() {
        assert_eq!(FaultKind::InvalidRequest.http_status(SoapVersion::V11), 500);
        assert_eq!(FaultKind::InvalidRequest.http_status(SoapVersion::V12), 400);
        assert_eq!(FaultKind::MustUnderstand.http_status(SoapVersion::V12), 500);
        assert_eq!(FaultKind::Unauthenticated.http_status(SoapVersion::V12), 401);
        for kind in FaultKind::ALL {
            let retryable = matches!(kind.http_status(SoapVersion::V11), 408 | 429 | 503);
            assert_eq!(kind.retry_after_s().is_some(), retryable, "{kind:?}");
        }
    }
}
