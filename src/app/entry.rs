//! Adapts the SOAP endpoint to HTTP's trait.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use chrono::{DateTime, Utc};

use crate::{
    access::Login,
    http::{Answer, Entry, HttpFault, SoapCall, WsdlPage},
    soap::{
        contract::Operation,
        endpoint::{Endpoint, Request, Response, Service},
        fault::FaultKind,
    },
    web::{OperationLine, ServiceCard},
};

/// The endpoint, for HTTP.
pub(super) struct SoapEntry {
    endpoint: Endpoint,
    ready: Arc<AtomicBool>,
    wsdls: Vec<(&'static str, Arc<str>)>,
    since: DateTime<Utc>,
}

/// The service cards of the first page.
pub(super) fn cards(endpoint: &Endpoint) -> Vec<ServiceCard> {
    let line =
        |operation: &Operation| OperationLine { name: operation.name.clone(), text: operation.documentation.clone() };
    let card = |service: &Service| ServiceCard {
        name: service.path.to_owned(),
        title: service.contract.service().to_owned(),
        text: service.contract.documentation().to_owned(),
        operations: service.contract.operations().iter().map(line).collect(),
    };
    endpoint.services().iter().map(card).collect()
}

impl SoapEntry {
    pub(super) fn new(endpoint: Endpoint, ready: Arc<AtomicBool>) -> Self {
        let wsdls = endpoint.services().iter().map(|service| (service.path, Arc::from(service.wsdl))).collect();
        // A contract is part of the program, so it was last changed before the program started.
        let since = DateTime::from_timestamp_millis(crate::clock::Clock::System.now().0).unwrap_or_default();
        Self { endpoint, ready, wsdls, since }
    }
}

impl Entry for SoapEntry {
    fn wsdl(&self, service: &str) -> Option<WsdlPage> {
        let (_, text) = self.wsdls.iter().find(|(path, _)| *path == service)?;
        Some(WsdlPage { text: Arc::clone(text), last_modified: self.since })
    }

    fn soap<'a>(&'a self, call: SoapCall) -> Pin<Box<dyn Future<Output = Answer> + Send + 'a>> {
        Box::pin(async move {
            let login = call
                .credentials
                .as_ref()
                .map(|credentials| Login { name: credentials.name.clone(), password: credentials.password.clone() });
            let response = self
                .endpoint
                .answer(Request {
                    service: &call.service,
                    login,
                    content_type: call.content_type.as_deref(),
                    body: &call.body,
                    request_id: &call.request_id,
                    peer: call.peer,
                })
                .await;
            answer(response)
        })
    }

    fn fault(&self, service: Option<&str>, kind: HttpFault, request_id: &str) -> Answer {
        let (kind, description) = match kind {
            HttpFault::HeadMalformed => (
                FaultKind::InvalidHttp,
                "Строка запроса или заголовок записаны не по правилам HTTP/1.1: перенос заголовка на другую строку, пробел перед \
                 двоеточием, запрещённый знак. Исправьте заголовки.",
            ),
            HttpFault::HeadTooLong => {
                (FaultKind::InvalidHttp, "Заголовки запроса длиннее 32 КБ или их больше 100. Уберите лишние.")
            }
            HttpFault::LengthUnclear => (
                FaultKind::InvalidHttp,
                "Не понять, где кончается тело: Content-Length — не целое число или передан дважды с разными значениями, либо \
                 Transfer-Encoding не кончается на chunked. Передайте одну длину тела в байтах.",
            ),
            HttpFault::TransferCodingUnknown => (
                FaultKind::InvalidHttp,
                "Transfer-Encoding понимается только chunked. Сжатое тело передавайте с Content-Encoding: gzip.",
            ),
            HttpFault::BodyMalformed => {
                (FaultKind::InvalidHttp, "Тело разбито на части (chunked) неверно. Исправьте длины частей.")
            }
            HttpFault::BadRequest => (
                FaultKind::InvalidHttp,
                "В запросе HTTP/1.1 нет заголовка Host, он неверен или повторён. Передайте один Host с именем сервера.",
            ),
            HttpFault::BodyBroken => (
                FaultKind::RequestIncomplete,
                "Тело запроса оборвалось: связь прервалась, или Content-Length больше тела. Повторите тот же запрос.",
            ),
            HttpFault::BodyUndecodable => (
                FaultKind::InvalidHttp,
                "Тело не распаковывается как gzip. Отправьте его целиком или без Content-Encoding.",
            ),
            HttpFault::Unauthenticated => {
                (FaultKind::Unauthenticated, "В запросе нет имени и пароля. Передайте заголовок Authorization (Basic).")
            }
            HttpFault::MethodNotAllowed => {
                (FaultKind::MethodNotAllowed, "Операции вызываются методом POST. Исправьте метод.")
            }
            HttpFault::BodyTimeout => (
                FaultKind::RequestIncomplete,
                "Тело запроса не пришло вовремя. Проверьте связь и Content-Length и повторите тот же запрос.",
            ),
            HttpFault::LengthRequired => {
                (FaultKind::InvalidHttp, "В запросе HTTP/1.0 нет Content-Length. Передайте длину тела в байтах.")
            }
            HttpFault::BodyTooLarge => (
                FaultKind::BodyTooLarge,
                "Тело запроса, распакованное, длиннее предела (server.body_bytes_max). Разделите его на несколько запросов.",
            ),
            HttpFault::UnsupportedMediaType => (
                FaultKind::UnsupportedMediaType,
                "Content-Type не XML, или Content-Encoding не gzip. Нужно text/xml; charset=utf-8.",
            ),
            HttpFault::Internal => (
                FaultKind::Internal,
                "Ошибка шлюза, она записана в журнал под этим номером запроса. Сообщите номер администратору.",
            ),
            HttpFault::Overloaded => {
                (FaultKind::Overloaded, "Открыто слишком много соединений. Повторите тот же запрос через секунду.")
            }
            HttpFault::AnswerTimeout => (
                FaultKind::TemporarilyUnavailable,
                "Ответ не успели подготовить вовремя. Повторите тот же запрос с тем же operationKey.",
            ),
        };
        answer(self.endpoint.fault(service, kind, description, request_id))
    }

    fn ready(&self) -> Result<(), String> {
        if self.ready.load(Ordering::Relaxed) {
            Ok(())
        } else {
            Err("База данных недоступна, или главный ключ заменён: причина в журнале шлюза.".into())
        }
    }
}

fn answer(response: Response) -> Answer {
    Answer {
        headers: response.retry_after_s.map(|seconds| ("Retry-After", seconds.to_string())).into_iter().collect(),
        log: response.log,
        ..Answer::new(response.status, response.content_type, response.body)
    }
}
