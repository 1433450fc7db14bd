//! Pages for people, in Russian. No scripts, nothing from other servers.
//!
//! It implements [`Site`] for HTTP. It gets the service cards as data and knows nothing of SOAP.

mod page;

use std::pin::Pin;

use self::page::{escape, html};
use crate::http::{Answer, Site, SiteMethods, SiteRequest};

/// The path prefix of the web services.
const SERVICES_PREFIX: &str = "/ws/";
/// The suffix of older 1C publications.
const OLD_EXTENSION: &str = ".1cws";

/// A service for the first page, in Russian.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceCard {
    /// The name in the path: `pos_1`.
    pub name: String,
    /// Its title.
    pub title: String,
    /// A sentence or two: for whom, and what it does.
    pub text: String,
    /// Its operations, in the contract's order.
    pub operations: Vec<OperationLine>,
}

/// An operation for the page of its service, in Russian.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationLine {
    /// Its name in the WSDL.
    pub name: String,
    /// What it does, in one sentence.
    pub text: String,
}

/// The first page and a page for each service. It is at `/` and answers every path without another handler.
pub struct Welcome {
    services: Vec<ServiceCard>,
}

impl Welcome {
    /// Pages about these services.
    #[must_use]
    pub const fn new(services: Vec<ServiceCard>) -> Self {
        Self { services }
    }

    /// The service whose address a path is.
    fn card(&self, path: &str) -> Option<&ServiceCard> {
        let name = path.strip_prefix(SERVICES_PREFIX)?;
        let name = name.strip_suffix(OLD_EXTENSION).unwrap_or(name);
        self.services.iter().find(|card| card.name == name)
    }

    fn page(&self, request: &SiteRequest) -> Answer {
        match (request.path.as_str(), self.card(&request.path)) {
            ("/", _) => home(&self.services, &request.base_url),
            (_, Some(card)) => service_page(card, &format!("{}{SERVICES_PREFIX}{}", request.base_url, card.name)),
            (_, None) => page::not_found(),
        }
    }
}

impl Site for Welcome {
    fn methods(&self, path: &str) -> SiteMethods {
        if path == "/" || self.card(path).is_some() { SiteMethods::Read } else { SiteMethods::None }
    }

    fn answer<'a>(&'a self, request: SiteRequest) -> Pin<Box<dyn Future<Output = Answer> + Send + 'a>> {
        Box::pin(async move { self.page(&request) })
    }
}

/// The first page: the product, its services, how to check that it works.
fn home(services: &[ServiceCard], base_url: &str) -> Answer {
    let cards: String = services.iter().map(card).collect();
    let example = services.first().map_or("pos_1", |service| service.name.as_str());
    let call = escape(&ping(example, base_url));
    let body = format!(
        "<h1>Копилка</h1>\
<p class=\"lead\">Шлюз бонусной программы для магазинов, работающих на 1С: карты, баллы, списание с подтверждением по SMS.</p>\
<h2>Веб-сервисы SOAP</h2>{cards}\
<h2>Как подключить</h2>\
<p>В конфигурации 1С добавьте WS-ссылку и укажите адрес описания, то есть ссылку WSDL из этого списка. Имя и пароль \
выдаёт владелец бонусной программы; они передаются при каждом вызове (HTTP Basic).</p>\
<h2>Как проверить</h2>\
<p>Описание открывается без пароля, а операция <code>Ping</code> показывает, что вызовы доходят:</p>\
<pre>{call}</pre>\
<p>Для систем наблюдения: <a href=\"health/live\">работает ли сервер</a>, \
<a href=\"health/ready\">готов ли он принимать запросы</a>.</p>"
    );
    html(200, "Копилка: шлюз бонусной программы", &body)
}

/// A command that calls `Ping`, to be pasted as it is.
fn ping(service: &str, base_url: &str) -> String {
    format!(
        "curl -u имя:пароль -H 'Content-Type: text/xml; charset=utf-8' {base_url}{SERVICES_PREFIX}{service} --data-binary '\n\
<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body>\n  \
<m:Ping xmlns:m=\"urn:kopilka:ws:{}\"/>\n</soap:Body></soap:Envelope>'",
        service.replace('_', ":")
    )
}

fn card(service: &ServiceCard) -> String {
    let (name, title, text) = (escape(&service.name), escape(&service.title), escape(&service.text));
    format!(
        "<section class=\"card\"><h3>{title}</h3><p>{text}</p>\
<p><a href=\"ws/{name}?wsdl\">WSDL</a> · <a href=\"ws/{name}\">операции: {}</a> · <code>/ws/{name}</code></p></section>",
        service.operations.len()
    )
}

/// The page at a service's address.
fn service_page(card: &ServiceCard, address: &str) -> Answer {
    let operations: String = card.operations.iter().map(operation).collect();
    let body = format!(
        "<h1>{}</h1><p class=\"lead\">{}</p>\
<p>Это адрес веб-сервиса SOAP. Его вызывают кассы и учётные системы.</p>\
<section class=\"card\"><p>Описание для подключения: <a href=\"?wsdl\">WSDL</a></p>\
<p>Адрес для вызовов: <code>{}</code></p></section>\
<h2>Операции</h2><dl class=\"card\">{operations}</dl>\
<p><a href=\"../\">На главную</a></p>",
        escape(&card.title),
        escape(&card.text),
        escape(address)
    );
    html(200, &card.title, &body)
}

fn operation(line: &OperationLine) -> String {
    format!("<dt><code>{}</code></dt><dd>{}</dd>", escape(&line.name), escape(&line.text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::SiteMethod;

    fn card(name: &str, title: &str, text: &str) -> ServiceCard {
        let ping = OperationLine { name: "Ping<".into(), text: "Проверка & связь.".into() };
        ServiceCard { name: name.into(), title: title.into(), text: text.into(), operations: vec![ping] }
    }

    fn asked(welcome: &Welcome, path: &str) -> Answer {
        welcome.page(&SiteRequest {
            method: SiteMethod::Get,
            path: path.into(),
            query: String::new(),
            headers: Vec::new(),
            body: Vec::new().into(),
            peer: [127, 0, 0, 1].into(),
            base_url: "http://shop.example".into(),
            request_id: "1".into(),
        })
    }

    fn text(answer: &Answer) -> String {
        String::from_utf8(answer.body.to_vec()).unwrap()
    }

    #[test]
    fn pages_say_what_this_is() {
        let welcome = Welcome::new(vec![card("pos_1", "Касса", "Для касс.")]);
        let home = asked(&welcome, "/");
        assert_eq!((home.status, home.content_type), (200, "text/html; charset=utf-8"));
        assert!(text(&home).contains("Копилка") && text(&home).contains("href=\"ws/pos_1?wsdl\""), "{}", text(&home));
        let call = text(&home);
        assert!(call.contains("http://shop.example/ws/pos_1 --data-binary"), "{call}");
        assert!(call.contains("&lt;m:Ping xmlns:m=&quot;urn:kopilka:ws:pos:1&quot;/&gt;"), "{call}");
        for path in ["/ws/pos_1", "/ws/pos_1.1cws"] {
            let page = asked(&welcome, path);
            let text = text(&page);
            assert!(page.status == 200 && text.contains("Касса"), "{text}");
            assert!(text.contains("http://shop.example/ws/pos_1<"), "{text}");
            assert!(text.contains("<code>Ping&lt;</code></dt><dd>Проверка &amp; связь.</dd>"), "{text}");
        }
        for path in ["/nowhere", "/ws/none", "/ws/"] {
            let lost = asked(&welcome, path);
            assert!(lost.status == 404 && text(&lost).contains("Страница не найдена"), "{path}");
            assert_eq!(welcome.methods(path), SiteMethods::None, "{path}");
        }
        for path in ["/", "/ws/pos_1", "/ws/pos_1.1cws"] {
            assert_eq!(welcome.methods(path), SiteMethods::Read, "{path}");
        }
    }

    #[test]
    fn what_the_cards_say_is_escaped() {
        let welcome = Welcome::new(vec![card("a\"b", "<b>", "x & y")]);
        for path in ["/", "/ws/a\"b"] {
            let page = text(&asked(&welcome, path));
            assert!(page.contains("&lt;b&gt;") && !page.contains("<b>") && page.contains("x &amp; y"), "{page}");
            assert!(!page.contains("a\"b"), "{page}");
        }
    }

    #[test]
    fn pages_take_nothing_from_elsewhere() {
        let welcome = Welcome::new(vec![card("pos_1", "Касса", "Для касс")]);
        for path in ["/", "/ws/pos_1", "/nowhere"] {
            let answer = asked(&welcome, path);
            let page = text(&answer);
            for forbidden in ["<script", "<img", "<link", "@import", "url(", "//cdn"] {
                assert!(!page.contains(forbidden), "{forbidden} in {page}");
            }
            assert!(answer.headers.iter().any(|(name, _)| *name == "Content-Security-Policy"));
        }
    }
}
