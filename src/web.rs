//! Pages for people, in Russian. No scripts, nothing from other servers.
//!
//! It implements [`Site`] for HTTP. It gets the service cards as data and knows nothing of SOAP.

mod page;

use std::pin::Pin;

use self::page::{escape, html};
use crate::http::{Answer, Site, SiteMethods, SiteRequest};

/// The path prefix of the web services.
const SERVICES_PREFIX: &str = "/ws/";
/// The path of their list, without its slash.
const SERVICES_LIST: &str = "/ws";
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

/// The first page, the list of the services, and a page for each. It is at `/` and answers every path without another
/// handler. The services' pages are found behind the prefix of a proxy too, so their links are relative.
pub struct Welcome {
    services: Vec<ServiceCard>,
}

/// What a path leads to.
enum Found<'a> {
    Home,
    List,
    Service(&'a ServiceCard),
    /// A page under another spelling: the relative address of the right one.
    Elsewhere(String),
    Nothing,
}

impl Welcome {
    /// Pages about these services.
    #[must_use]
    pub const fn new(services: Vec<ServiceCard>) -> Self {
        Self { services }
    }

    fn find(&self, path: &str) -> Found<'_> {
        if path == "/" {
            return Found::Home;
        }
        let Some((_, given)) = path.rsplit_once(SERVICES_PREFIX) else {
            // Relative: behind a proxy the browser knows more of the path.
            return if path.ends_with(SERVICES_LIST) { Found::Elsewhere("ws/".to_owned()) } else { Found::Nothing };
        };
        if given.is_empty() {
            return Found::List;
        }
        let (bare, ends_with_slash) = given.strip_suffix('/').map_or((given, false), |bare| (bare, true));
        let lower = bare.to_ascii_lowercase();
        let name = lower.strip_suffix(OLD_EXTENSION).unwrap_or(&lower);
        match self.services.iter().find(|card| card.name == name) {
            Some(card) if !ends_with_slash && bare.strip_suffix(OLD_EXTENSION).unwrap_or(bare) == card.name => {
                Found::Service(card)
            }
            Some(card) => Found::Elsewhere(format!("{}{}", if ends_with_slash { "../" } else { "" }, card.name)),
            None => Found::Nothing,
        }
    }

    fn page(&self, request: &SiteRequest) -> Answer {
        match self.find(&request.path) {
            Found::Home => home(&self.services, &request.base_url),
            Found::List => list(&self.services),
            Found::Service(card) => service_page(card, &request.base_url),
            Found::Elsewhere(address) => page::moved(&address, &request.query),
            Found::Nothing => page::not_found(),
        }
    }
}

impl Site for Welcome {
    fn methods(&self, path: &str) -> SiteMethods {
        if matches!(self.find(path), Found::Nothing) { SiteMethods::None } else { SiteMethods::Read }
    }

    fn answer<'a>(&'a self, request: SiteRequest) -> Pin<Box<dyn Future<Output = Answer> + Send + 'a>> {
        Box::pin(async move { self.page(&request) })
    }
}

/// The first page: the product, its services, how to check that it works.
fn home(services: &[ServiceCard], base_url: &str) -> Answer {
    let cards: String = services.iter().map(|service| card(service, "ws/")).collect();
    let example = services.first().map_or("pos_1", |service| service.name.as_str());
    let body = format!(
        "<h1>Копилка</h1>\
<p class=\"lead\">Шлюз бонусной программы для магазинов, работающих на 1С: карты, баллы, списание с подтверждением по SMS.</p>\
<h2>Веб-сервисы SOAP</h2>{cards}\
<h2>Как подключить</h2>\
<p>В конфигурации 1С добавьте WS-ссылку и укажите адрес описания, то есть ссылку WSDL из этого списка. Имя и пароль \
выдаёт владелец бонусной программы; они передаются при каждом вызове (HTTP Basic).</p>{}\
<p>Для систем наблюдения: <a href=\"health/live\">работает ли сервер</a>, \
<a href=\"health/ready\">готов ли он принимать запросы</a>.</p>",
        check(example, base_url)
    );
    html(200, "Копилка: шлюз бонусной программы", &body)
}

/// The page at the services' common path.
fn list(services: &[ServiceCard]) -> Answer {
    let cards: String = services.iter().map(|service| card(service, "")).collect();
    let body = format!(
        "<h1>Веб-сервисы SOAP</h1><p class=\"lead\">Выберите сервис: его описание (WSDL) нужно для подключения, список операций \
читают люди.</p>{cards}<p><a href=\"../\">На главную</a></p>"
    );
    html(200, "Веб-сервисы SOAP", &body)
}

/// How to see that calls arrive.
fn check(service: &str, base_url: &str) -> String {
    format!(
        "<h2>Как проверить</h2>\
<p>Описание открывается без пароля, а операция <code>Ping</code> показывает, что вызовы доходят. Замените имя и пароль на свои и \
вставьте команду в терминал одной строкой:</p><pre>{}</pre>\
<p>В ответе <code>PingResponse</code> — всё в порядке; <code>UNAUTHENTICATED</code> — имя или пароль не те.</p>",
        escape(&ping(service, base_url))
    )
}

/// A command that calls `Ping`, to be pasted as it is: one line.
fn ping(service: &str, base_url: &str) -> String {
    format!(
        "curl -u имя:пароль -H 'Content-Type: text/xml; charset=utf-8' -d '<soap:Envelope \
xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body><m:Ping xmlns:m=\"urn:kopilka:ws:{}\"/></soap:Body>\
</soap:Envelope>' {base_url}{SERVICES_PREFIX}{service}",
        service.replace('_', ":")
    )
}

fn card(service: &ServiceCard, folder: &str) -> String {
    let (name, title, text) = (escape(&service.name), escape(&service.title), escape(&service.text));
    format!(
        "<section class=\"card\"><h3>{title}</h3><p>{text}</p>\
<p><a href=\"{folder}{name}?wsdl\">WSDL</a> · <a href=\"{folder}{name}\">операции: {}</a> · <code>/ws/{name}</code></p></section>",
        service.operations.len()
    )
}

/// The page at a service's address.
fn service_page(card: &ServiceCard, base_url: &str) -> Answer {
    let operations: String = card.operations.iter().map(operation).collect();
    let address = format!("{base_url}{SERVICES_PREFIX}{}", card.name);
    let body = format!(
        "<h1>{}</h1><p class=\"lead\">{}</p>\
<p>Это адрес веб-сервиса SOAP. Его вызывают кассы и учётные системы.</p>\
<section class=\"card\"><p>Описание для подключения: <a href=\"?wsdl\">WSDL</a></p>\
<p>Адрес для вызовов: <code>{}</code></p></section>\
<h2>Операции</h2><div class=\"card\"><table><thead><tr><th scope=\"col\">Операция</th><th scope=\"col\">Что делает</th></tr></thead>\
<tbody>{operations}</tbody></table></div>{}\
<p><a href=\"./\">Все сервисы</a> · <a href=\"../\">На главную</a></p>",
        escape(&card.title),
        escape(&card.text),
        escape(&address),
        check(&card.name, base_url)
    );
    html(200, &card.title, &body)
}

fn operation(line: &OperationLine) -> String {
    format!("<tr><td><code>{}</code></td><td>{}</td></tr>", escape(&line.name), escape(&line.text))
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
        for path in ["/ws/pos_1", "/ws/pos_1.1cws", "/shop/ws/pos_1"] {
            let page = asked(&welcome, path);
            let text = text(&page);
            assert!(page.status == 200 && text.contains("Касса"), "{text}");
            assert!(text.contains("http://shop.example/ws/pos_1<"), "{text}");
            assert!(text.contains("<td><code>Ping&lt;</code></td><td>Проверка &amp; связь.</td>"), "{text}");
        }
        for path in ["/ws/", "/shop/ws/"] {
            let list = asked(&welcome, path);
            assert!(list.status == 200 && text(&list).contains("href=\"pos_1?wsdl\""), "{path}: {}", text(&list));
        }
        for path in ["/nowhere", "/ws/none", "/ws/pos_1/more", "/wsx/pos_1", "/shop/"] {
            let lost = asked(&welcome, path);
            assert!(lost.status == 404 && text(&lost).contains("Страница не найдена"), "{path}");
            assert_eq!(welcome.methods(path), SiteMethods::None, "{path}");
        }
        for path in ["/", "/ws", "/ws/", "/ws/pos_1", "/ws/pos_1.1cws", "/ws/Pos_1/", "/shop/ws/POS_1"] {
            assert_eq!(welcome.methods(path), SiteMethods::Read, "{path}");
        }
    }

    #[test]
    fn another_spelling_leads_to_the_page_by_a_relative_address() {
        let welcome = Welcome::new(vec![card("pos_1", "Касса", "Для касс.")]);
        for (path, there) in [
            ("/ws", "ws/"),
            ("/shop/ws", "ws/"),
            ("/ws/Pos_1", "pos_1"),
            ("/ws/pos_1/", "../pos_1"),
            ("/ws/Pos_1/", "../pos_1"),
            ("/ws/POS_1.1CWS", "pos_1"),
            ("/shop/ws/Pos_1/", "../pos_1"),
        ] {
            let moved = asked(&welcome, path);
            let location = moved.headers.iter().find(|(name, _)| *name == "Location").map(|(_, value)| value.as_str());
            assert_eq!((moved.status, location), (301, Some(there)), "{path}");
            assert!(text(&moved).contains(&format!("href=\"{there}\"")), "{path}");
        }
        let moved = page::moved("pos_1", "a=\"<b>");
        assert!(moved.headers.contains(&("Location", "pos_1?a=\"<b>".to_owned())));
        assert!(text(&moved).contains("pos_1?a=&quot;&lt;b&gt;"), "{}", text(&moved));
    }

    #[test]
    fn a_call_is_there_to_be_pasted() {
        let welcome = Welcome::new(vec![card("pos_1", "Касса", "Для касс.")]);
        for path in ["/", "/ws/pos_1"] {
            let page = text(&asked(&welcome, path));
            let (_, rest) = page.split_once("<pre>").unwrap();
            let (command, _) = rest.split_once("</pre>").unwrap();
            assert!(!command.contains('\n'), "{command}");
            assert!(
                command.starts_with("curl -u имя:пароль ") && command.ends_with(" http://shop.example/ws/pos_1"),
                "{command}"
            );
            assert!(command.contains("&lt;m:Ping xmlns:m=&quot;urn:kopilka:ws:pos:1&quot;/&gt;"), "{command}");
        }
    }

    #[test]
    fn what_the_cards_say_is_escaped() {
        let welcome = Welcome::new(vec![card("a\"b", "<b>", "x & y")]);
        for path in ["/", "/ws/", "/ws/a\"b"] {
            let page = text(&asked(&welcome, path));
            assert!(page.contains("&lt;b&gt;") && !page.contains("<b>") && page.contains("x &amp; y"), "{page}");
            assert!(!page.contains("a\"b"), "{page}");
        }
    }

    #[test]
    fn pages_take_nothing_from_elsewhere() {
        let welcome = Welcome::new(vec![card("pos_1", "Касса", "Для касс")]);
        for path in ["/", "/ws/", "/ws/pos_1", "/nowhere", "/ws"] {
            let answer = asked(&welcome, path);
            let page = text(&answer);
            for forbidden in ["<script", "<img", "<link", "@import", "url(", "//cdn"] {
                assert!(!page.contains(forbidden), "{forbidden} in {page}");
            }
            assert!(answer.headers.iter().any(|(name, _)| *name == "Content-Security-Policy"));
        }
    }
}
