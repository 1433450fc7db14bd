//! HTTP's own answers outside SOAP: one line of Russian text for people, JSON for monitors.

use crate::http::{Answer, HttpFault};

const TEXT: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json";

/// A path without a handler.
pub(super) fn not_found() -> Answer {
    Answer::new(
        404,
        TEXT,
        "Страница не найдена. Адреса веб-сервисов: /ws/pos_1 — кассы, /ws/office_1 — офис; все они на первой странице, /.\n",
    )
}

/// A refused request for a page.
pub(super) fn fault(kind: HttpFault) -> Answer {
    let text = match kind {
        HttpFault::BadRequest => "В запросе нет заголовка Host, он неверен или повторён.\n",
        HttpFault::HeadMalformed => "Запрос записан не по правилам HTTP: строка запроса или заголовок.\n",
        HttpFault::HeadTooLong => "Заголовки запроса слишком длинные.\n",
        HttpFault::LengthUnclear => "Не понять, где кончается запрос: проверьте Content-Length и Transfer-Encoding.\n",
        HttpFault::TransferCodingUnknown => "Transfer-Encoding запроса не chunked.\n",
        HttpFault::BodyMalformed => "Тело запроса разбито на части (chunked) неверно.\n",
        HttpFault::BodyBroken | HttpFault::BodyTimeout => "Запрос не дошёл целиком. Повторите его.\n",
        HttpFault::BodyUndecodable => "Тело запроса не распаковывается как gzip.\n",
        HttpFault::Unauthenticated => "Нужны имя и пароль.\n",
        HttpFault::MethodNotAllowed => {
            "Так обратиться нельзя. Веб-сервисы: /ws/pos_1 — кассы, /ws/office_1 — офис; все на странице /.\n"
        }
        HttpFault::LengthRequired => "В запросе HTTP/1.0 нет Content-Length.\n",
        HttpFault::BodyTooLarge => "Запрос слишком велик.\n",
        HttpFault::UnsupportedMediaType => "Content-Encoding запроса не gzip.\n",
        HttpFault::Internal => "Ошибка сервера. Повторите запрос позднее.\n",
        HttpFault::Overloaded => "Открыто слишком много соединений. Повторите запрос через секунду.\n",
        HttpFault::AnswerTimeout => "Ответ не успели подготовить. Повторите запрос.\n",
    };
    Answer::new(kind.status(), TEXT, text)
}

/// The process runs.
pub(super) fn live() -> Answer {
    json(200, &serde_json::json!({ "status": "live" }))
}

/// Whether requests can be served, or why not.
pub(super) fn ready(state: &Result<(), String>) -> Answer {
    match state {
        Ok(()) => json(200, &serde_json::json!({ "status": "ready" })),
        Err(reason) => json(503, &serde_json::json!({ "status": "not_ready", "reason": reason })),
    }
}

fn json(status: u16, value: &serde_json::Value) -> Answer {
    let mut answer = Answer::new(status, JSON, value.to_string());
    answer.headers.push(("Cache-Control", "no-store".to_owned()));
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_for_not_being_ready_is_told_as_json() {
        let answer = ready(&Err("the database \"x\" is away".into()));
        let value: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!((answer.status, value["reason"].as_str()), (503, Some("the database \"x\" is away")));
    }

    #[test]
    fn every_fault_has_its_status_and_a_sentence() {
        for kind in HttpFault::ALL {
            let answer = fault(kind);
            assert_eq!(answer.status, kind.status(), "{kind:?}");
            assert!(answer.body.ends_with(".\n".as_bytes()), "{kind:?}");
        }
    }
}
