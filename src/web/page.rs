//! The common parts of pages: the frame, the style and the security headers.

use std::sync::LazyLock;

use base64::{Engine, prelude::BASE64_STANDARD};
use sha2::{Digest, Sha256};

use crate::http::Answer;

const HTML: &str = "text/html; charset=utf-8";

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
table{border-collapse:collapse;width:100%}\
th{text-align:left;font-weight:600;color:var(--soft);font-size:.85rem;padding:0 1rem .4rem 0}\
td{vertical-align:top;padding:.45rem 1rem .45rem 0;border-top:1px solid var(--line)}\
th:last-child,td:last-child{padding-right:0}\
td:last-child{color:var(--soft)}\
td code{white-space:nowrap}\
@media(max-width:34rem){main{padding:1.5rem 1rem 3rem}thead{display:none}tr,td{display:block}td{padding:0}\
td:first-child{padding-top:.6rem}tbody tr:first-child td{border:0}tbody tr:first-child td:first-child{padding-top:0}td:last-child{border:0;padding-bottom:.6rem}}\
code,pre{font:14px/1.5 ui-monospace,Consolas,'DejaVu Sans Mono',monospace}\
code{overflow-wrap:anywhere}\
pre{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:1rem;white-space:pre-wrap;overflow-wrap:anywhere;margin:0 0 .75rem}\
";

/// The Content-Security-Policy: it allows only this style.
static CONTENT_SECURITY_POLICY: LazyLock<String> = LazyLock::new(|| {
    let style = BASE64_STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
});

/// The page of an unknown path.
pub(super) fn not_found() -> Answer {
    let body = "<h1>Страница не найдена</h1><p>По этому адресу ничего нет. Проверьте, не пропущена ли в нём буква. \
Все веб-сервисы перечислены по адресу <a href=\"/ws/\"><code>/ws/</code></a>.</p><p><a href=\"/\">На главную</a></p>";
    html(404, "Страница не найдена", body)
}

/// Leads to a page by an address relative to the one that was asked for.
pub(super) fn moved(address: &str, query: &str) -> Answer {
    let address = if query.is_empty() { address.to_owned() } else { format!("{address}?{query}") };
    let shown = escape(&address);
    let mut answer = html(301, "Адрес другой", &format!("<h1>Адрес другой</h1><p><a href=\"{shown}\">{shown}</a></p>"));
    answer.headers.push(("Location", address));
    answer
}

/// A page.
pub(super) fn html(status: u16, title: &str, body: &str) -> Answer {
    let page = format!(
        "<!DOCTYPE html><html lang=\"ru\"><head><meta charset=\"utf-8\"><title>{}</title>\
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><style>{STYLE}</style></head>\
<body><main>{body}</main></body></html>\n",
        escape(title)
    );
    let mut answer = Answer::new(status, HTML, page);
    answer.headers.extend([
        ("Content-Security-Policy", CONTENT_SECURITY_POLICY.clone()),
        ("X-Content-Type-Options", "nosniff".to_owned()),
        ("Referrer-Policy", "no-referrer".to_owned()),
    ]);
    answer
}

/// A text, escaped for HTML.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}
