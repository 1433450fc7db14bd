//! Mistakes, planted to see that the rules find them, and what only looks like one.

use super::{
    Violation,
    purity::{GENERATED, LINES_MAX},
    violations,
    walls::Walls,
};

/// Mistakes, each planted in a file where it is one, and a word of the complaint.
const PLANTED: [(&str, &str, &str); 40] = [
    ("domain/card.rs", "use crate::working_set::WorkingSet;", "working_set::WorkingSet"),
    ("domain/card.rs", "use super::super::config::Config;", "config::Config"),
    ("domain/card.rs", "use serde::Serialize;", "serde"),
    ("domain/card.rs", "#[derive(serde::Serialize)] struct A;", "serde"),
    ("domain/card.rs", "fn f() -> f64 { 0 }", "f64"),
    ("service/sale.rs", "fn f() { let rate = 0.5; }", "0.5"),
    ("working_set.rs", "const RATE: u64 = 1e3;", "1e3"),
    ("store/load.rs", "use crate::service::sale::CancelReceipt;", "service::sale::CancelReceipt"),
    ("store/load.rs", "use crate::{domain::ids, config::{DatabaseUrl, Config}};", "config::Config"),
    ("service/card.rs", "use crate::soap::fault::FaultKind;", "soap::fault"),
    ("service/card.rs", "use crate::store::load::load;", "store::load"),
    ("working_set/command.rs", "use crate::store::load::load;", "store::load"),
    ("seam/executor.rs", "use crate::service::sale;", "service::sale"),
    ("soap/endpoint.rs", "use crate::seam::executor::Executor;", "seam::executor"),
    ("service/card.rs", "use diesel::prelude::*;", "diesel::prelude"),
    ("soap/endpoint.rs", "use crate::store::db::backend::Db;", "store::db"),
    ("soap/endpoint.rs", "use crate::{service::sale, http::Answer};", "http::Answer"),
    ("soap/xml/reader.rs", "use super::super::super::http::Answer;", "http::Answer"),
    ("soap/handlers.rs", "fn f() { crate::web::page() }", "web::page"),
    ("http/routes.rs", "fn f() { crate::soap::guard::admit() }", "soap::guard"),
    ("http/routes.rs", "use yaserde;", "yaserde"),
    ("notify/http.rs", "use crate::domain::phone::Phone;", "domain::phone"),
    ("app/demo.rs", "use hyper::body::Bytes;", "hyper::body"),
    ("app/entry.rs", "use hyper::body::{Bytes, Incoming};", "hyper::body::Bytes"),
    ("app/entry.rs", "use quick_xml::Reader;", "quick_xml"),
    ("cli.rs", "use crate::seam::executor::Executor;", "seam::executor"),
    ("cli.rs", "use crate::soap;", "soap"),
    ("cli.rs", "fn f() { crate::store::apply::apply() }", "store::apply"),
    ("main.rs", "fn main() { kopilka::app::run() }", "app::run"),
    ("app.rs", "fn f() { let now = chrono::Utc::now(); }", "Utc::now"),
    ("http/wsdl.rs", "use std::time; fn f() { time::SystemTime::now(); }", "SystemTime::now"),
    ("service/mod.rs", "", "mod.rs"),
    ("portal/page.rs", "", "no part"),
    ("web/page.rs", "use crate::soap::contract::Contract;", "soap::contract"),
    ("http/routes.rs", "use crate::web::Welcome;", "web::Welcome"),
    ("app.rs", "fn f() { todo!() }", "todo!"),
    ("app.rs", "fn f() { std::unimplemented!(\"later\") }", "unimplemented!"),
    ("app.rs", "// TODO: later", "TODO"),
    ("domain/card.rs", "#[cfg(test)] mod tests { const A: char = '{'; } use crate::app::Gateway;", "app::Gateway"),
    ("domain/card.rs", "fn f<'a>(a: &'a str) { g(r#\"\"#, '\"', b'\\'', \"\\\"\"); crate::app::f() }", "app::f"),
];

#[test]
fn every_planted_mistake_is_found_and_its_line_is_named() {
    let walls = Walls::new();
    for (file, text, word) in PLANTED {
        let found = violations(&walls, file, &format!("//! Two lines\n//! before it.\n{text}\n"));
        let named: Vec<String> = found.iter().map(Violation::to_string).collect();
        assert!(named.iter().any(|said| said.contains(word)), "{file}: {text} gave {named:?}");
        let at = format!("src/{file}:{}: ", if text.is_empty() { 1 } else { 3 });
        assert!(named.iter().all(|said| said.starts_with(&at)), "{named:?}");
    }
    let long = "fn f() {}\n".repeat(LINES_MAX + 1);
    assert_eq!(violations(&walls, "app.rs", &long).len(), 1);
}

#[test]
fn what_only_looks_like_a_mistake_is_none() {
    let walls = Walls::new();
    for (file, text) in [
        ("domain/card.rs", "// use crate::store::load; Utc::now() f64 0.5\n/* crate::app /* nested */ crate::soap */"),
        (
            "domain/card.rs",
            "const A: &str = \"crate::store::set todo!() \\\" 0.5\"; const B: &str = r#\"f64 \" hyper::x\"#;",
        ),
        ("domain/card.rs", "#[cfg(test)]\nmod tests { use crate::store::load; fn f() -> f64 { 0.5 } }"),
        ("domain/card.rs", "#[cfg(all(test, unix))]\nmod tests { use crate::store::load; }"),
        (
            "domain/card.rs",
            "#[cfg(test)]\n#[path = \"x.rs\"]\nmod tests;\nfn f(pair: ((u8, u8), u8)) -> u8 { pair.0.1 }",
        ),
        (
            "domain/card.rs",
            "use super::{money::Points, super::domain::ids}; fn f() { for _ in 0..10 {} 0x1E5; 1_usize; }",
        ),
        ("store/tests.rs", "use crate::app; fn f() -> f64 { 0.5 }"),
        ("store/books/tests/more.rs", "use crate::app; fn f() -> f64 { 0.5 }"),
        ("app/entry.rs", "use crate::{soap::endpoint, http::Entry, vault};"),
        ("clock.rs", "fn f() { chrono::Utc::now(); }"),
        ("app.rs", "fn f(xml: &Xml, config: &C) { let diesel = config.hyper; xml.depth; }"),
    ] {
        let named: Vec<String> = violations(&walls, file, text).iter().map(Violation::to_string).collect();
        assert_eq!(named, Vec::<String>::new(), "{file}: {text}");
    }
    let tested = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", "fn f() {}\n".repeat(LINES_MAX + 1));
    assert!(violations(&walls, "app.rs", &tested).is_empty());
    let generated = format!("{GENERATED}a table.\n{}", "fn f() {}\n".repeat(LINES_MAX + 1));
    assert!(violations(&walls, "app.rs", &generated).is_empty());
}
