//! The few pages for people, in Russian, and the two for monitors. No scripts, nothing from other servers.

use std::sync::LazyLock;

use base64::{Engine, prelude::BASE64_STANDARD};
use hyper::body::Bytes;
use sha2::{Digest, Sha256};

use crate::{
    http::{Answer, ServiceCard},
    telemetry::LogFields,
};

const HTML: &str = "text/html; charset=utf-8";
const JSON: &str = "application/json";

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1d2b26;--soft:#5b6b64;--paper:#f5f7f4;--card:#fff;--line:#dde4de;--accent:#0b7a53}\
@media(prefers-color-scheme:dark){:root{--ink:#e6eee9;--soft:#9db0a6;--paper:#121815;--card:#1a221e;--line:#2c3932;--accent:#4fd1a0}}\
*{box-sizing:border-box}\
body{margin:0;background:var(--paper);color:var(--ink);font:17px/1.55 system-ui,'Segoe UI',Roboto,sans-serif}\
main{max-width:44rem;margin:0 auto;padding:3rem 1.25rem 4rem}\
h1{font-size:2rem;line-height:1.2;margin:0 0 .5rem}\
h2{font-size:1.15rem;margin:2.25rem 0 .75rem}\
h3{font-size:1.05rem;margin:0 0 .25rem}\
p{margin:0 0 .75rem}\
a{color:var(--accent)}\
.lead{color:var(--soft)}\
.card{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:1rem 1.25rem;margin:0 0 .75rem}\
.card p:last-child{margin:0}\
code,pre{font:14px/1.5 ui-monospace,Consolas,'DejaVu Sans Mono',monospace}\
code{overflow-wrap:anywhere}\
pre{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:1rem;overflow-x:auto;margin:0 0 .75rem}\
";

/// Only this very style, and nothing else, is allowed to the pages.
static CONTENT_SECURITY_POLICY: LazyLock<String> = LazyLock::new(|| {
    let style = BASE64_STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
});

/// The first page: what this is, which services there are, how to check that it works.
pub(super) fn home(services: &[ServiceCard]) -> Answer {
    let cards: String = services.iter().map(card).collect();
    let example = services.first().map_or("pos_1", |service| service.name.as_str());
    let example = escape(example);
    let body = format!(
        "<h1>Копилка</h1>\
<p class=\"lead\">Шлюз бонусной программы для магазинов, работающих на 1С: карты, баллы, списание с подтверждением по SMS.</p>\
<h2>Веб-сервисы SOAP</h2>{cards}\
<h2>Как подключить</h2>\
<p>В конфигурации 1С добавьте WS-ссылку и укажите адрес описания, то есть ссылку WSDL из этого списка. Имя и пароль \
выдаёт владелец бонусной программы; они передаются при каждом вызове (HTTP Basic).</p>\
<h2>Как проверить</h2>\
<p>Описание открывается без пароля, а операция <code>Ping</code> показывает, что вызовы доходят:</p>\
<pre>curl -u имя:пароль -H 'Content-Type: text/xml; charset=utf-8' \\\n     --data @ping.xml http://адрес-сервера/ws/{example}</pre>\
<p>Для систем наблюдения: <a href=\"health/live\">работает ли сервер</a>, \
<a href=\"health/ready\">готов ли он принимать запросы</a>.</p>"
    );
    html(200, "Копилка: шлюз бонусной программы", &body)
}

fn card(service: &ServiceCard) -> String {
    let (name, title, text) = (escape(&service.name), escape(&service.title), escape(&service.text));
    format!(
        "<section class=\"card\"><h3>{title}</h3><p>{text}</p>\
<p><a href=\"ws/{name}?wsdl\">WSDL</a> · <a href=\"ws/{name}\">о сервисе</a> · <code>/ws/{name}</code></p></section>"
    )
}

/// What a browser shows at a service's address.
pub(super) fn service(name: &str, card: Option<&ServiceCard>, address: &str) -> Answer {
    let title = card.map_or(name, |card| card.title.as_str());
    let text = card.map_or("", |card| card.text.as_str());
    let body = format!(
        "<h1>{}</h1><p class=\"lead\">{}</p>\
<p>Это адрес веб-сервиса SOAP. Им пользуются кассы и учётные системы, страницы для людей здесь нет.</p>\
<section class=\"card\"><p>Описание для подключения: <a href=\"?wsdl\">WSDL</a></p>\
<p>Адрес для вызовов: <code>{}</code></p></section>\
<p><a href=\"../\">На главную</a></p>",
        escape(title),
        escape(text),
        escape(address)
    );
    html(200, title, &body)
}

/// An address that is not here.
pub(super) fn not_found() -> Answer {
    let body = "<h1>Страница не найдена</h1><p>По этому адресу ничего нет. Проверьте, не пропущена ли в нём буква: \
адреса веб-сервисов начинаются с <code>/ws/</code>.</p><p><a href=\"/\">На главную</a></p>";
    html(404, "Страница не найдена", body)
}

/// A page that is only read.
pub(super) fn method_not_allowed() -> Answer {
    html(405, "Так обратиться нельзя", "<h1>Так обратиться нельзя</h1><p>Эту страницу можно только прочитать.</p>")
}

/// When even a fault could not be made.
pub(super) fn internal() -> Answer {
    html(500, "Ошибка сервера", "<h1>Ошибка сервера</h1><p>Повторите запрос позднее.</p>")
}

/// The process runs.
pub(super) fn live() -> Answer {
    json(200, &serde_json::json!({ "status": "live" }))
}

/// Requests can be served, or why not.
pub(super) fn ready(state: &Result<(), String>) -> Answer {
    match state {
        Ok(()) => json(200, &serde_json::json!({ "status": "ready" })),
        Err(reason) => json(503, &serde_json::json!({ "status": "not_ready", "reason": reason })),
    }
}

fn json(status: u16, value: &serde_json::Value) -> Answer {
    Answer {
        status,
        content_type: JSON,
        body: Bytes::from(value.to_string()),
        headers: vec![("Cache-Control", "no-store".to_owned())],
        log: LogFields::default(),
    }
}

fn html(status: u16, title: &str, body: &str) -> Answer {
    let page = format!(
        "<!DOCTYPE html><html lang=\"ru\"><head><meta charset=\"utf-8\"><title>{}</title>\
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><style>{STYLE}</style></head>\
<body><main>{body}</main></body></html>\n",
        escape(title)
    );
    Answer {
        status,
        content_type: HTML,
        body: Bytes::from(page),
        log: LogFields::default(),
        headers: vec![
            ("Content-Security-Policy", CONTENT_SECURITY_POLICY.clone()),
            ("X-Content-Type-Options", "nosniff".to_owned()),
            ("Referrer-Policy", "no-referrer".to_owned()),
        ],
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(answer: &Answer) -> String {
        String::from_utf8(answer.body.to_vec()).unwrap()
    }

    #[test]
    fn what_the_entry_says_is_escaped() {
        let card = ServiceCard { name: "a\"b".into(), title: "<b>".into(), text: "x & y".into() };
        for answer in [home(std::slice::from_ref(&card)), service("a\"b", Some(&card), "http://<x>/")] {
            let page = text(&answer);
            assert!(page.contains("&lt;b&gt;") && !page.contains("<b>") && page.contains("x &amp; y"), "{page}");
            assert!(!page.contains("a\"b") && !page.contains("<x>"), "{page}");
        }
    }

    #[test]
    fn pages_take_nothing_from_elsewhere() {
        let card = ServiceCard { name: "pos_1".into(), title: "Касса".into(), text: "Для касс".into() };
        for answer in
            [home(&[card]), service("pos_1", None, "/ws/pos_1"), not_found(), method_not_allowed(), internal()]
        {
            let page = text(&answer);
            for forbidden in ["<script", "<img", "<link", "@import", "url(", "//cdn"] {
                assert!(!page.contains(forbidden), "{forbidden} in {page}");
            }
            assert!(answer.headers.iter().any(|(name, _)| *name == "Content-Security-Policy"));
        }
    }

    #[test]
    fn the_reason_for_not_being_ready_is_told_as_json() {
        let answer = ready(&Err("the database \"x\" is away".into()));
        let value: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!((answer.status, value["reason"].as_str()), (503, Some("the database \"x\" is away")));
    }
}
