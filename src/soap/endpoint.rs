//! One SOAP call from bytes to bytes: the guard, the caller's rights, the table's row, the dispatcher, the envelope.

use std::{net::IpAddr, sync::Arc, time::Instant};

use crate::{
    access::{Denied, Login},
    config::XmlLimits,
    domain::reference::Actor,
    seam::dispatcher::{AdmitError, Dispatcher},
    secret::Secret,
    soap::{
        call::Call,
        call_log::{RawCall, Recorder},
        contract::{Contract, ContractError},
        envelope::{self, SoapVersion},
        fault::{self, BlockName, FaultKind},
        guard::{self, Admitted},
        hint,
        operations::{self, Access, Bound, Operation},
        xml::failure::Rejected,
    },
    telemetry::LogFields,
    working_set::command::{Answer, Failure},
};

/// The contracts as they are served.
const POS_WSDL: &str = include_str!("../../wsdl/pos_1.wsdl");
const OFFICE_WSDL: &str = include_str!("../../wsdl/office_1.wsdl");
const MARKETING_WSDL: &str = include_str!("../../wsdl/marketing_1.wsdl");
const NODE_WSDL: &str = include_str!("../../wsdl/node_1.wsdl");

/// A published service.
pub struct Service {
    /// Its name in the path.
    pub path: &'static str,
    /// Its WSDL, byte for byte.
    pub wsdl: &'static str,
    /// The WSDL, read.
    pub contract: Contract,
    /// Its operations.
    pub table: &'static [Operation],
}

/// A call, as HTTP passes it on.
#[derive(Debug)]
pub struct Request<'a> {
    /// The service's name in the path.
    pub service: &'a str,
    /// The credentials, not yet checked.
    pub login: Option<Login>,
    /// The body's media type with its parameters.
    pub content_type: Option<&'a str>,
    /// The body.
    pub body: &'a [u8],
    /// The request id, for the log and for faults.
    pub request_id: &'a str,
    /// The client's address.
    pub peer: IpAddr,
}

/// An answer, for HTTP.
#[derive(Debug)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The media type.
    pub content_type: &'static str,
    /// The envelope.
    pub body: Vec<u8>,
    /// `Retry-After` in seconds, when a retry can help.
    pub retry_after_s: Option<u32>,
    /// Fields for the log line.
    pub log: LogFields,
}

/// Answers SOAP calls.
pub struct Endpoint {
    dispatcher: Arc<Dispatcher>,
    services: Vec<Service>,
    limits: XmlLimits,
    recorder: Option<Arc<dyn Recorder>>,
}

/// What is collected about a call while it is answered.
struct Trace {
    /// For the journal of exchanges.
    record: RawCall,
    /// For the log's line.
    log: LogFields,
}

/// A fault, before it is rendered.
struct Fault {
    kind: FaultKind,
    version: SoapVersion,
    description: String,
    not_understood: Vec<BlockName>,
}

impl Fault {
    fn new(kind: FaultKind, version: SoapVersion, description: &str) -> Self {
        Self { kind, version, description: description.into(), not_understood: Vec::new() }
    }
}

/// The services' paths below `/ws/`, and their operations.
pub const TABLES: [(&str, &[Operation]); 4] = [
    ("pos_1", operations::POS),
    ("office_1", operations::OFFICE),
    ("marketing_1", operations::MARKETING),
    ("node_1", operations::NODE),
];

/// The namespaces of the services, in the order of [`TABLES`].
const NAMESPACES: [&str; 4] =
    ["urn:kopilka:ws:pos:1", "urn:kopilka:ws:office:1", "urn:kopilka:ws:marketing:1", "urn:kopilka:ws:node:1"];

/// The namespace of an operation's answers: of the first service that has it.
fn namespace_of(operation: &str) -> &'static str {
    let has = |table: &[Operation]| table.iter().any(|row| row.name == operation);
    let mut services = TABLES.iter().zip(NAMESPACES);
    services.find(|((_, table), _)| has(table)).map_or("", |(_, namespace)| namespace)
}

/// The published services.
///
/// # Errors
/// A WSDL cannot be read: a defect that a test excludes.
pub fn services() -> Result<Vec<Service>, ContractError> {
    let documents = [POS_WSDL, OFFICE_WSDL, MARKETING_WSDL, NODE_WSDL];
    let service = |((path, table), wsdl)| Ok(Service { path, wsdl, contract: Contract::parse(wsdl)?, table });
    TABLES.into_iter().zip(documents).map(service).collect()
}

impl Endpoint {
    /// An endpoint for all services.
    ///
    /// # Errors
    /// A WSDL cannot be read.
    pub fn new(
        dispatcher: Arc<Dispatcher>,
        limits: XmlLimits,
        recorder: Option<Arc<dyn Recorder>>,
    ) -> Result<Self, ContractError> {
        Ok(Self { dispatcher, services: services()?, limits, recorder })
    }

    /// The published services.
    #[must_use]
    pub fn services(&self) -> &[Service] {
        &self.services
    }

    /// Answers one call.
    pub async fn answer(&self, request: Request<'_>) -> Response {
        let Some(service) = self.services.iter().find(|service| service.path == request.service) else {
            let paths: Vec<String> = self.services.iter().map(|known| format!("/ws/{}", known.path)).collect();
            let description = format!("Такого сервиса нет. Проверьте адрес; есть {}.", paths.join(", "));
            return self.fault(Some(request.service), FaultKind::UnknownOperation, &description, request.request_id);
        };
        // A refusal must be cheap, or refused calls use up what the others need: no password, no XML, no journal. The
        // answer does not depend on the caller, so it reveals nothing.
        if self.refuses(service, request.body) {
            let fault = failed(Failure::Overloaded, spoken_version(request.content_type));
            return render_fault(service.contract.namespace(), &fault, request.request_id);
        }
        let begun = Instant::now();
        let mut trace = Trace { record: RawCall::new(request.request_id, service.path), log: LogFields::default() };
        let mut response = match self.call(service, &request, &mut trace).await {
            Ok(response) => response,
            Err(fault) => {
                trace.record.failed(fault.kind.code(), &fault.description);
                trace.log.code = Some(fault.kind.code().to_owned());
                render_fault(service.contract.namespace(), &fault, request.request_id)
            }
        };
        let Trace { mut record, log } = trace;
        response.log = log;
        if let Some(recorder) = &self.recorder {
            record.ended(response.status, u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX));
            recorder.record(record);
        }
        response
    }

    /// The fault for a request that HTTP refuses, in SOAP 1.1.
    #[must_use]
    pub fn fault(&self, service: Option<&str>, kind: FaultKind, description: &str, request_id: &str) -> Response {
        let found = self.services.iter().find(|known| Some(known.path) == service).or_else(|| self.services.first());
        let namespace = found.map(|service| service.contract.namespace()).unwrap_or_default();
        render_fault(namespace, &Fault::new(kind, SoapVersion::V11, description), request_id)
    }

    /// Whether the queue would refuse the operation that the message seems to ask for.
    fn refuses(&self, service: &Service, body: &[u8]) -> bool {
        let (writes, reads, lists) =
            (self.dispatcher.refuses_writes(), self.dispatcher.refuses_reads(), self.dispatcher.refuses_lists());
        (writes || reads || lists)
            && match hint::access(body, service.table) {
                Some(Access::Write) => writes,
                Some(Access::Read) => reads,
                Some(Access::List) => lists,
                None => false,
            }
    }

    async fn call(&self, service: &Service, request: &Request<'_>, trace: &mut Trace) -> Result<Response, Fault> {
        let actor = self.admit(request, spoken_version(request.content_type)).await?;
        trace.log.credential = Some(actor.credential.0);
        let answered = self.answer_known(service, request, &actor, trace).await;
        trace.record.from(actor.partner.0, actor.login);
        answered
    }

    /// Answers the request of an authenticated caller. The journal takes the texts over, without a copy.
    async fn answer_known(
        &self,
        service: &Service,
        request: &Request<'_>,
        actor: &Actor,
        trace: &mut Trace,
    ) -> Result<Response, Fault> {
        let charset = request.content_type.and_then(charset);
        let admitted = guard::admit(request.body, charset, &service.contract, &self.limits)
            .map_err(|refused| self.with_other_service(service, request.body, rejected(refused)))?;
        let done = self.perform(service, actor, &admitted, &mut trace.log).await;
        trace.record.asked(admitted.operation, admitted.canonical);
        let (response, given) = done?;
        (trace.log.code, trace.log.repeated) = (Some(given.code.clone()), Some(given.repeated));
        trace.record.answered(given.code, given.body);
        Ok(response)
    }

    /// The fault; for an operation that only another service has, that one is named.
    fn with_other_service(&self, service: &Service, body: &[u8], mut fault: Fault) -> Fault {
        let has = |service: &Service, name: &[u8]| service.table.iter().any(|row| row.name.as_bytes() == name);
        if fault.kind == FaultKind::UnknownOperation
            && let Some(name) = hint::operation(body).filter(|name| !has(service, name))
            && let Some(other) = self.services.iter().find(|other| has(other, name))
        {
            fault.description.push_str(&format!(" Она есть у {}, /ws/{}.", other.contract.service(), other.path));
        }
        fault
    }

    async fn perform(
        &self,
        service: &Service,
        actor: &Actor,
        admitted: &Admitted,
        log: &mut LogFields,
    ) -> Result<(Response, Answer), Fault> {
        let fault = |kind, description: &str| Fault::new(kind, admitted.version, description);
        let row = service.table.iter().find(|row| row.name == admitted.operation).ok_or_else(|| {
            fault(
                FaultKind::Internal,
                "Ошибка шлюза: у операции нет обработчика. Сообщите администратору номер запроса.",
            )
        })?;
        log.operation = Some(row.name);
        if !actor.roles.meets(row.roles) {
            return Err(fault(
                FaultKind::Forbidden,
                &format!("У этого имени нет права на операцию {}. Попросите роль в офисе программы.", row.name),
            ));
        }
        let given =
            self.decide(row, actor, &admitted.canonical).await.map_err(|failure| failed(failure, admitted.version))?;
        let response = Response {
            status: 200,
            content_type: admitted.version.content_type(),
            body: envelope::reply(admitted.version, service.contract.namespace(), row.name, &given.body),
            retry_after_s: None,
            log: LogFields::default(),
        };
        Ok((response, given))
    }

    async fn admit(&self, request: &Request<'_>, version: SoapVersion) -> Result<Actor, Fault> {
        let fault = |kind, description: &str| Fault::new(kind, version, description);
        let Some(login) = &request.login else {
            return Err(fault(
                FaultKind::Unauthenticated,
                "В запросе нет имени и пароля. Передайте заголовок Authorization (Basic).",
            ));
        };
        match self.dispatcher.admit(login, request.peer).await {
            Ok(actor) => Ok(actor),
            Err(AdmitError::Denied(Denied::Wrong)) => Err(fault(
                FaultKind::Unauthenticated,
                "Неизвестное имя или неверный пароль. Проверьте настройки подключения.",
            )),
            Err(AdmitError::Denied(Denied::Busy)) => Err(fault(
                FaultKind::Overloaded,
                "Проверяется слишком много паролей сразу. Повторите тот же запрос через секунду.",
            )),
            Err(AdmitError::Denied(Denied::TooMany)) => Err(fault(
                FaultKind::TooManyRequests,
                "С этого адреса пришло слишком много неверных паролей. Исправьте пароль и подождите минуту.",
            )),
            Err(AdmitError::Failed(failure)) => Err(failed(failure, version)),
        }
    }

    async fn decide(&self, row: &'static Operation, actor: &Actor, canonical: &str) -> Result<Answer, Failure> {
        let call = Arc::new(Call { actor: actor.clone(), settings: self.dispatcher.settings(), namespace_of });
        let bound = if row.hashes_password {
            let request = Secret::new(canonical);
            self.dispatcher.hash(move || (row.bind)(request.reveal(), call)).await?
        } else {
            (row.bind)(canonical, call)
        };
        let bound = bound.map_err(|error| {
            tracing::error!(%error, operation = row.name, "a request that the guard let in could not be decoded");
            Failure::Internal
        })?;
        match bound {
            Bound::Write(job, key) => self.dispatcher.write(job, actor, row.name, key, canonical).await,
            Bound::Read(job) => self.dispatcher.read(job).await,
            Bound::List(inquiry) => self.dispatcher.list(inquiry).await,
        }
    }
}

/// The SOAP version to answer in before the envelope was read.
fn spoken_version(content_type: Option<&str>) -> SoapVersion {
    let soap12 =
        content_type.is_some_and(|text| text.trim_start().to_ascii_lowercase().starts_with("application/soap+xml"));
    if soap12 { SoapVersion::V12 } else { SoapVersion::V11 }
}

/// The `charset` parameter of a media type.
#[must_use]
pub fn charset(content_type: &str) -> Option<&str> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"'))
    })
}

fn rejected(rejected: Rejected) -> Fault {
    let description = rejected.to_string();
    Fault { kind: rejected.fault, version: rejected.version, description, not_understood: rejected.not_understood }
}

fn failed(failure: Failure, version: SoapVersion) -> Fault {
    let (kind, description) = match failure {
        Failure::Overloaded => {
            (FaultKind::Overloaded, "В очереди слишком много запросов. Повторите тот же запрос через секунду.")
        }
        Failure::Deadline | Failure::Unavailable => (
            FaultKind::TemporarilyUnavailable,
            "База данных не ответила вовремя. Повторите тот же запрос через 5 секунд.",
        ),
        Failure::Internal => (
            FaultKind::Internal,
            "Ошибка шлюза, она записана в журнал под этим номером запроса. Сообщите номер администратору.",
        ),
    };
    Fault::new(kind, version, description)
}

fn render_fault(namespace: &str, fault: &Fault, request_id: &str) -> Response {
    let version = fault::answered_in(fault.version, fault.kind);
    Response {
        status: fault.kind.http_status(version),
        content_type: version.content_type(),
        body: fault::render(
            fault.version,
            namespace,
            fault.kind,
            &fault.description,
            request_id,
            &fault.not_understood,
        ),
        retry_after_s: fault.kind.retry_after_s(),
        log: LogFields { code: Some(fault.kind.code().to_owned()), ..LogFields::default() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_is_answered_in_the_namespace_of_its_service() {
        for service in services().unwrap() {
            for row in service.table.iter().filter(|row| row.access == Access::Write) {
                assert_eq!(namespace_of(row.name), service.contract.namespace(), "{}", row.name);
            }
        }
    }

    #[test]
    fn a_media_type_names_charset_and_version() {
        assert_eq!(charset("text/xml; charset=\"windows-1251\""), Some("windows-1251"));
        assert_eq!(charset("text/xml"), None);
        assert_eq!(spoken_version(Some("application/soap+xml; charset=utf-8")), SoapVersion::V12);
        assert_eq!(spoken_version(None), SoapVersion::V11);
    }
}
