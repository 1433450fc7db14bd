//! The walls of the house. One crate has none that the compiler holds, so this reads the source and holds them: who may
//! name whom, which outside crate lives where, and a few things that no part may do.

#![allow(clippy::unwrap_used, reason = "a source that cannot be read fails the test")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, fs,
    path::{Path, PathBuf},
};

/// Who may name whom of ours: a part (a file or folder right under `src`) and the paths that it may name besides its
/// own. `*` is everything.
const PARTS: [(&str, &[&str]); 20] = [
    ("lib", &[]),
    ("main", &["cli"]),
    ("domain", &[]),
    ("clock", &["domain::moment"]),
    ("config", &["secret"]),
    ("secret", &[]),
    ("telemetry", &["config"]),
    ("vault", &[]),
    ("wakeup", &[]),
    ("working_set", &["domain", "vault"]),
    ("access", &["domain::reference", "secret"]),
    // Service and store are siblings: neither knows the other.
    ("service", &["domain", "working_set"]),
    ("store", &["domain", "working_set", "vault", "config::DatabaseUrl", "clock"]),
    ("seam", &["domain", "working_set", "store", "access", "vault", "wakeup", "clock"]),
    (
        "soap",
        &[
            "domain",
            "working_set::command",
            "working_set::questions",
            "service",
            "access",
            "seam::dispatcher",
            "telemetry::LogFields",
        ],
    ),
    // What HTTP asks of SOAP it says by a trait of its own, which the composition root fulfils.
    ("http", &["config", "secret", "telemetry"]),
    // A client of the services: what it shows it is handed.
    ("web", &["http"]),
    ("notify", &["secret"]),
    ("app", &["*"]),
    (
        "cli",
        &[
            "access",
            "app",
            "clock",
            "config",
            "domain",
            "store::admin",
            "store::books",
            "store::db",
            "store::error",
            "store::questions",
            "store::tables",
            "telemetry",
            "vault",
            "working_set::questions",
        ],
    ),
];

/// Outside crates that a pure part may name; the other parts may name any.
const PURE: [(&str, &[&str]); 3] = [
    ("domain", &["std", "core", "chrono", "rust_decimal", "thiserror"]),
    // Digests and encodings are functions; what is wiped is no less pure.
    ("working_set", &["std", "core", "chrono", "thiserror", "zeroize", "sha2", "base64"]),
    ("service", &["std", "core", "chrono", "zeroize", "sha2"]),
];

/// Outside crates that live in one place: a path, and where it may be named.
const ONLY_IN: [(&str, &str); 17] = [
    ("diesel", "store"),
    ("diesel_migrations", "store"),
    ("chacha20poly1305", "vault.rs"),
    ("argon2", "access"),
    ("lz4_flex", "store/db/compress.rs"),
    ("yaserde", "soap"),
    ("quick_xml", "soap"),
    ("xml", "soap"),
    ("hyper", "http"),
    ("hyper_util", "http"),
    ("http_body_util", "http"),
    ("ureq", "notify"),
    ("figment", "config"),
    ("tracing_subscriber", "telemetry"),
    ("mimalloc", "main.rs"),
    ("clap", "cli"),
    ("rustix", "app/files.rs"),
];

/// What tells the time of day, and where it may be asked: everybody else asks the clock, which a test can turn.
const TELL_TIME: [&str; 3] = ["Utc::now", "Local::now", "SystemTime::now"];
const MAY_ASK_THE_TIME: [&str; 2] = ["clock.rs", "notify/console.rs"];

/// Points and money are integers all the way.
const WITHOUT_FLOATS: [&str; 5] = ["domain", "working_set", "service", "store", "seam"];

/// Macros and words that say that something is not done.
const UNFINISHED_MACROS: [&str; 2] = ["todo", "unimplemented"];
const UNFINISHED_WORDS: [&str; 2] = ["TODO", "FIXME"];

/// Lines of a file, tests aside: what is longer is two things in one.
const LINES_MAX: usize = 700;

/// How a file begins that a test writes: nobody reads it from end to end.
const GENERATED: &str = "//! Made from ";

#[test]
fn the_source_keeps_to_the_architecture() {
    let files = sources();
    assert!(files.len() > 80, "only {} files were found", files.len());
    let rules = Rules::new();
    let violations: Vec<String> = files
        .iter()
        .flat_map(|(file, text)| rules.check(file, text))
        .map(|violation| format!("\n  {violation}"))
        .collect();
    assert!(violations.is_empty(), "{}", violations.concat());
}

#[test]
fn every_rule_of_the_tables_is_about_something_that_is_there() {
    let files: BTreeSet<String> = sources().into_iter().map(|(file, _)| file).collect();
    let is_there = |place: &str| files.iter().any(|file| is_in(file, place));
    for place in PARTS.iter().map(|(part, _)| *part).chain(WITHOUT_FLOATS).chain(MAY_ASK_THE_TIME) {
        assert!(is_there(place), "{place} is in the tables and not in the source");
    }
    let crates = dependencies();
    for (path, place) in ONLY_IN {
        assert!(is_there(place), "{place} is in the tables and not in the source");
        let name = path.split("::").next().unwrap_or_default();
        assert!(crates.contains(name), "{name} is in the tables and not in Cargo.toml");
    }
}

#[test]
fn no_source_files_import_each_other_in_a_circle() {
    let circles = circles(&imports(&sources()));
    assert!(circles.is_empty(), "these files import each other in a circle; move what they share: {circles:#?}");
    let planted = |files: &[(&str, &str)]| {
        let owned: Vec<_> = files.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned())).collect();
        circles_of_names(&owned)
    };
    let back =
        [("a.rs", "use crate::b::X;"), ("b.rs", "use crate::c::d::Y;"), ("c/d.rs", "use crate::a::Z;"), ("c.rs", "")];
    assert_eq!(planted(&back), [["a.rs", "b.rs", "c/d.rs"]]);
    assert!(planted(&[("a.rs", "use crate::b::X;"), ("b.rs", "mod tests;")]).is_empty());
}

fn circles_of_names(files: &[(String, String)]) -> Vec<Vec<String>> {
    circles(&imports(files))
}

/// Which of our files each file names in paths, tests left out.
fn imports(files: &[(String, String)]) -> BTreeMap<String, BTreeSet<String>> {
    let rules = Rules::new();
    let is_file = |module: &[String]| {
        let file = format!("{}.rs", module.join("/"));
        files.iter().any(|(known, _)| *known == file).then_some(file)
    };
    let source = files.iter().filter(|(file, _)| !file.split('/').any(|part| part == "tests" || part == "tests.rs"));
    source
        .map(|(file, text)| {
            let targets =
                Source::read(text).paths().into_iter().filter_map(|(_, path)| match rules.target(file, &path) {
                    Target::Ours(inner) => (1..=inner.len()).rev().find_map(|end| is_file(inner.get(..end)?)),
                    Target::Outside(_) | Target::Local => None,
                });
            // A module and its parts are one room: a part may name what its module's own file declares.
            let is_above = |target: &String| target.strip_suffix(".rs").is_some_and(|above| is_in(file, above));
            (file.clone(), targets.filter(|target| !is_above(target)).collect())
        })
        .collect()
}

/// The circles of a graph: each a set of files, every one of which reaches every other.
fn circles(imports: &BTreeMap<String, BTreeSet<String>>) -> Vec<Vec<String>> {
    let reached_from = |start: &String| {
        let (mut reached, mut open) = (BTreeSet::new(), vec![start]);
        while let Some(file) = open.pop() {
            for next in imports.get(file).into_iter().flatten() {
                if reached.insert(next.clone()) {
                    open.push(next);
                }
            }
        }
        reached
    };
    let reach: BTreeMap<&String, BTreeSet<String>> = imports.keys().map(|file| (file, reached_from(file))).collect();
    let both = |a: &String, b: &String| reach.get(a).is_some_and(|far| far.contains(b));
    let mut found: BTreeSet<Vec<String>> = BTreeSet::new();
    for file in imports.keys().filter(|file| both(file, file)) {
        found.insert(imports.keys().filter(|other| both(file, other) && both(other, file)).cloned().collect());
    }
    found.into_iter().collect()
}

/// Files of `service` that several commands share: no operation is called so.
const SHARED_BY_COMMANDS: [&str; 2] = ["code", "context"];
/// Files of `soap/handlers` that several handlers share.
const SHARED_BY_HANDLERS: [&str; 1] = ["wire"];
/// Tables of the program's own, which no command is about.
const OWN_TABLES: [&str; 7] = ["call_log", "chronicle", "chronicle_seal", "outbox", "reference", "registry", "seal"];

#[test]
fn a_noun_has_one_file_name_on_every_floor() {
    let files = sources();
    let of = |folder: &str| -> BTreeSet<String> {
        let names = files.iter().filter_map(|(file, _)| file.strip_prefix(folder)?.strip_suffix(".rs"));
        names.filter(|name| !name.contains('/')).map(str::to_owned).collect()
    };
    let (domain, service, questions) = (of("domain/"), of("service/"), of("store/questions/"));
    let (handlers, tables) = (of("soap/handlers/"), of("store/tables/"));
    let table = files.iter().find(|(file, _)| file == "soap/operations.rs").map(|(_, text)| text.as_str()).unwrap();
    let rows: Vec<Row<'_>> = table.lines().filter_map(Row::read).collect();
    assert!(rows.len() > 40, "only {} rows were found in the table of operations", rows.len());
    let mut wrong = Vec::new();
    for Row { operation, noun, access } in &rows {
        let floor = if *access == "List" { ("store/questions", &questions) } else { ("service", &service) };
        for (folder, names) in [("soap/handlers", &handlers), floor] {
            if !names.contains(*noun) {
                wrong.push(format!("{operation} is handled by {noun}: src/{folder}/{noun}.rs is missing"));
            }
        }
    }
    let nouns: BTreeSet<&str> = rows.iter().map(|row| row.noun).collect();
    let stories = root_files("tests/it");
    wrong.extend(
        nouns.iter().filter(|noun| !stories.contains(**noun)).map(|noun| format!("tests/it/{noun}.rs is missing")),
    );
    let mut strangers = |folder: &str, names: &BTreeSet<String>, is_known: &dyn Fn(&str) -> bool| {
        let unknown = names.iter().filter(|name| !is_known(name));
        wrong.extend(unknown.map(|name| format!("src/{folder}/{name}.rs: no operation is about «{name}»")));
    };
    strangers("soap/handlers", &handlers, &|name| nouns.contains(name) || SHARED_BY_HANDLERS.contains(&name));
    strangers("service", &service, &|name| nouns.contains(name) || SHARED_BY_COMMANDS.contains(&name));
    let is_noun = |name: &str| domain.contains(name) || service.contains(name) || OWN_TABLES.contains(&name);
    strangers("store/tables", &tables, &is_noun);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The names of the Rust files of a folder of the project.
fn root_files(folder: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter_map(|name| name.strip_suffix(".rs").map(str::to_owned)).collect()
}

/// A row of the table of operations: `GetBalance => balance::get, Read, TILL | OFFICE;`.
struct Row<'t> {
    operation: &'t str,
    noun: &'t str,
    access: &'t str,
}

impl<'t> Row<'t> {
    fn read(line: &'t str) -> Option<Self> {
        let (operation, rest) = line.trim().split_once("=>")?;
        let mut parts = rest.split(',').map(str::trim);
        let (handler, access) = (parts.next()?, parts.next()?);
        let (noun, _) = handler.split_once("::")?;
        let is_name = operation.trim().chars().all(char::is_alphanumeric);
        (is_name && ["Read", "Write", "List"].contains(&access)).then_some(Self {
            operation: operation.trim(),
            noun,
            access,
        })
    }
}

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
    let rules = Rules::new();
    for (file, text, word) in PLANTED {
        let found = rules.check(file, &format!("//! Two lines\n//! before it.\n{text}\n"));
        let named: Vec<String> = found.iter().map(Violation::to_string).collect();
        assert!(named.iter().any(|said| said.contains(word)), "{file}: {text} gave {named:?}");
        let at = format!("src/{file}:{}: ", if text.is_empty() { 1 } else { 3 });
        assert!(named.iter().all(|said| said.starts_with(&at)), "{named:?}");
    }
    let long = "fn f() {}\n".repeat(LINES_MAX + 1);
    assert_eq!(rules.check("app.rs", &long).len(), 1);
}

#[test]
fn what_only_looks_like_a_mistake_is_none() {
    let rules = Rules::new();
    for (file, text) in [
        ("domain/card.rs", "// use crate::store::load; Utc::now() f64 0.5\n/* crate::app /* nested */ crate::soap */"),
        (
            "domain/card.rs",
            "const A: &str = \"crate::store::set todo!() \\\" 0.5\"; const B: &str = r#\"f64 \" hyper::x\"#;",
        ),
        ("domain/card.rs", "#[cfg(test)]\nmod tests { use crate::store::load; fn f() -> f64 { 0.5 } }"),
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
        let named: Vec<String> = rules.check(file, text).iter().map(Violation::to_string).collect();
        assert_eq!(named, Vec::<String>::new(), "{file}: {text}");
    }
    let tested = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", "fn f() {}\n".repeat(LINES_MAX + 1));
    assert!(rules.check("app.rs", &tested).is_empty());
    let generated = format!("{GENERATED}a table.\n{}", "fn f() {}\n".repeat(LINES_MAX + 1));
    assert!(rules.check("app.rs", &generated).is_empty());
}

/// A rule that is broken.
struct Violation {
    file: String,
    line: usize,
    rule: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "src/{}:{}: {}", self.file, self.line, self.rule)
    }
}

/// The tables above, ready to be applied to files.
struct Rules {
    crates: BTreeSet<String>,
}

impl Rules {
    fn new() -> Self {
        Self { crates: dependencies() }
    }

    /// What a file breaks; `file` is its path under `src`.
    fn check(&self, file: &str, text: &str) -> Vec<Violation> {
        let mut found = Vec::new();
        let mut broken = |line, rule| found.push(Violation { file: file.to_owned(), line, rule });
        if file.split('/').any(|part| part == "tests" || part == "tests.rs") {
            return found;
        }
        if file.ends_with("mod.rs") {
            broken(1, "a module is foo.rs beside foo/, not a mod.rs".to_owned());
        }
        let part = file.split(['/', '.']).next().unwrap_or_default();
        let Some((_, may_name)) = PARTS.iter().find(|(name, _)| *name == part) else {
            broken(1, format!("{part} is no part of the architecture; put it into the table of parts, or elsewhere"));
            return found;
        };
        let source = Source::read(text);
        let lines = source.lines_without_tests();
        if lines > LINES_MAX && !text.starts_with(GENERATED) {
            broken(LINES_MAX, format!("{lines} lines without tests; a file has {LINES_MAX} at most"));
        }
        for (line, rule) in unfinished(text, &source) {
            broken(line, rule);
        }
        for token in &source.tokens {
            if WITHOUT_FLOATS.contains(&part) && token.is_float() {
                broken(token.line, format!("{} is a float; {part} counts in integers", token.text));
            }
        }
        for (line, path) in source.paths() {
            for rule in self.broken_by_path(file, part, may_name, &path) {
                broken(line, rule);
            }
        }
        found
    }

    fn broken_by_path(&self, file: &str, part: &str, may_name: &[&str], path: &[String]) -> Vec<String> {
        let shown = path.join("::");
        let mut rules = Vec::new();
        let asks = TELL_TIME.iter().any(|teller| shown == *teller || shown.ends_with(&format!("::{teller}")));
        if asks && !MAY_ASK_THE_TIME.contains(&file) {
            rules.push(format!("{shown}: only {} may ask for the time", MAY_ASK_THE_TIME.join(" and ")));
        }
        match self.target(file, path) {
            Target::Ours(inner) => {
                let is_own = inner.first().is_none_or(|first| first == part);
                let inner = inner.join("::");
                if !is_own && !may_name.iter().any(|allowed| *allowed == "*" || is_within(&inner, allowed)) {
                    rules.push(format!("{part} may not name {inner}"));
                }
            }
            Target::Outside(name) => {
                if PURE.iter().any(|(pure, allowed)| *pure == part && !allowed.contains(&name)) {
                    rules.push(format!("{part} is pure and may not name {shown}"));
                }
                let mut places = ONLY_IN.iter().filter(|(kept, _)| is_within(kept, name)).peekable();
                let is_kept = places.peek().is_some();
                if is_kept && !places.any(|(kept, place)| is_within(&shown, kept) && is_in(file, place)) {
                    rules.push(format!("{part} may not name {shown}: {name} lives elsewhere"));
                }
            }
            Target::Local => {}
        }
        rules
    }

    /// What a path leads to, from a file.
    fn target<'p>(&self, file: &str, path: &'p [String]) -> Target<'p> {
        let Some((first, rest)) = path.split_first() else { return Target::Local };
        match first.as_str() {
            "crate" | "kopilka" => Target::Ours(rest.to_vec()),
            "self" | "super" => {
                let mut module: Vec<String> = module_of(file);
                let ups = path.iter().take_while(|part| *part == "super").count();
                module.truncate(module.len().saturating_sub(ups));
                let below = path.iter().skip_while(|part| *part == "super" || *part == "self");
                Target::Ours(module.into_iter().chain(below.cloned()).collect())
            }
            "std" | "core" | "alloc" => Target::Outside(first),
            name if self.crates.contains(name) => Target::Outside(first),
            _ => Target::Local,
        }
    }
}

/// Where a path leads.
enum Target<'p> {
    /// Into this crate, from its root.
    Ours(Vec<String>),
    /// Into another crate.
    Outside(&'p str),
    /// To a name in scope, whose import is judged where it stands.
    Local,
}

fn unfinished(text: &str, source: &Source) -> Vec<(usize, String)> {
    let calls = source.tokens.windows(2).filter_map(|pair| match pair {
        [name, bang] if bang.text == "!" && UNFINISHED_MACROS.contains(&name.text.as_str()) => {
            Some((name.line, format!("{}! is not finished", name.text)))
        }
        _ => None,
    });
    let words = text.lines().zip(1..).flat_map(|(line, number)| {
        let said = UNFINISHED_WORDS.iter().filter(move |word| line.contains(**word));
        said.map(move |word| (number, format!("{word}: do it, or write it down elsewhere")))
    });
    calls.chain(words).collect()
}

/// Whether a file of `src` is a part, or in it.
fn is_in(file: &str, place: &str) -> bool {
    let below = file.strip_prefix(place);
    below.is_some_and(|rest| rest.is_empty() || rest == ".rs" || rest.starts_with('/'))
}

/// Whether a path is another one, or goes on from there.
fn is_within(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// The module of a file, from the crate's root.
fn module_of(file: &str) -> Vec<String> {
    let path = file.strip_suffix(".rs").unwrap_or(file);
    path.split('/').filter(|part| !["lib", "main"].contains(part)).map(str::to_owned).collect()
}

fn source_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// All files of the source, by their paths under `src`.
fn sources() -> Vec<(String, String)> {
    let root = source_folder();
    let (mut folders, mut files) = (vec![root.clone()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
                files.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    files.sort();
    files
}

/// The crates that the source may name, as it names them.
fn dependencies() -> BTreeSet<String> {
    let manifest = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).unwrap();
    let manifest: toml::Table = manifest.parse().unwrap();
    let table = manifest.get("dependencies").and_then(toml::Value::as_table).unwrap();
    table.keys().map(|name| name.replace('-', "_")).collect()
}

/// A file without comments, literals and tests, as tokens.
struct Source {
    tokens: Vec<Token>,
    lines: usize,
    lines_of_tests: usize,
}

struct Token {
    text: String,
    line: usize,
}

impl Token {
    fn is_name(&self) -> bool {
        self.text.starts_with(|c: char| c.is_alphabetic() || c == '_')
    }

    fn is_float(&self) -> bool {
        if !self.text.starts_with(|c: char| c.is_ascii_digit()) {
            return ["f32", "f64"].contains(&self.text.as_str());
        }
        let unit = self.text.find(|c: char| c.is_alphabetic()).map_or("", |at| self.text.get(at..).unwrap_or_default());
        self.text.contains('.') || unit.starts_with(['e', 'E']) || unit.starts_with("f32") || unit.starts_with("f64")
    }
}

impl Source {
    fn read(text: &str) -> Self {
        let mut tokens = Lexer { rest: text.chars().collect::<Vec<_>>().as_slice(), line: 1 }.tokens();
        let lines_of_tests = drop_tests(&mut tokens);
        Self { tokens, lines: text.lines().count(), lines_of_tests }
    }

    const fn lines_without_tests(&self) -> usize {
        self.lines.saturating_sub(self.lines_of_tests)
    }

    /// All paths with their lines: `a::b` wherever it stands, and whatever a `use` names, groups taken apart.
    fn paths(&self) -> Vec<(usize, Vec<String>)> {
        let mut paths = Vec::new();
        let mut rest = self.tokens.as_slice();
        let mut before = "";
        while let Some((token, after)) = rest.split_first() {
            let starts = token.is_name() && before != "::" && before != ".";
            if starts && token.text != "use" {
                let mut found = Vec::new();
                rest = tree(rest, &[], &mut found);
                let is_import = before == "use";
                paths.extend(found.into_iter().filter(|(_, path)| is_import || path.len() > 1));
            } else {
                rest = after;
            }
            before = &token.text;
        }
        paths
    }
}

/// Reads one path, or a group of them, into `found`; returns what follows.
fn tree<'t>(tokens: &'t [Token], prefix: &[String], found: &mut Vec<(usize, Vec<String>)>) -> &'t [Token] {
    let Some((name, rest)) = tokens.split_first() else { return tokens };
    let mut path = prefix.to_vec();
    path.push(name.text.clone());
    match rest {
        [colons, next, ..] if colons.text == "::" && (next.is_name() || next.text == "*") => {
            tree(rest.get(1..).unwrap_or_default(), &path, found)
        }
        [colons, brace, inside @ ..] if colons.text == "::" && brace.text == "{" => {
            let mut inside = inside;
            while let Some((token, after)) = inside.split_first() {
                match token.text.as_str() {
                    "}" => return after,
                    "," => inside = after,
                    "as" => inside = after.get(1..).unwrap_or_default(),
                    _ => inside = tree(inside, &path, found),
                }
            }
            inside
        }
        _ => {
            // «receipt::{self}» names the module.
            path.truncate(path.len() - usize::from(name.text == "self" && path.len() > 1));
            found.push((name.line, path));
            rest
        }
    }
}

/// Removes every item that is compiled for tests only; answers how many lines they take.
fn drop_tests(tokens: &mut Vec<Token>) -> usize {
    const MARK: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut lines = 0;
    let is_mark = |tokens: &[Token]| tokens.len() == MARK.len() && tokens.iter().map(|token| &token.text).eq(MARK);
    while let Some(start) = tokens.windows(MARK.len()).position(is_mark) {
        let mut depth = 0_usize;
        let mut end = tokens.len();
        for (index, token) in tokens.iter().enumerate().skip(start + MARK.len()) {
            match token.text.as_str() {
                "{" | "(" | "[" => depth += 1,
                "}" | ")" | "]" => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 && ["}", ";"].contains(&token.text.as_str()) {
                end = index + 1;
                break;
            }
        }
        let gone: Vec<Token> = tokens.drain(start..end).collect();
        if let [first, .., last] = gone.as_slice() {
            lines += last.line - first.line + 1;
        }
    }
    lines
}

/// Takes a source apart, roughly: enough for names and paths, and never misled by a comment or a literal.
struct Lexer<'s> {
    rest: &'s [char],
    line: usize,
}

impl Lexer<'_> {
    fn tokens(mut self) -> Vec<Token> {
        let mut tokens: Vec<Token> = Vec::new();
        loop {
            let line = self.line;
            let text: String = match *self.rest {
                [] => return tokens,
                ['/', '/', ..] => self.skip(|rest| rest.starts_with(&['\n'])),
                ['/', '*', ..] => self.skip_block_comment(),
                ['"', ..] => self.skip_string(1, "\""),
                ['\'', '\\', ..] => self.skip_char(3),
                ['\'', c, '\'', ..] if c != '\'' => self.skip_char(2),
                [c, ..] if c.is_alphabetic() || c == '_' => self.name_or_literal(),
                [c, ..] if c.is_ascii_digit() => {
                    let is_field = tokens.last().is_some_and(|token| token.text == ".");
                    self.number(is_field)
                }
                [':', ':', ..] => self.take(2),
                [_, ..] => self.take(1),
            };
            if !text.trim().is_empty() {
                tokens.push(Token { text, line });
            }
        }
    }

    fn take(&mut self, count: usize) -> String {
        let (taken, rest) = self.rest.split_at(count.min(self.rest.len()));
        self.line += taken.iter().filter(|c| **c == '\n').count();
        self.rest = rest;
        taken.iter().collect()
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> String {
        self.take(self.rest.iter().take_while(|c| wanted(**c)).count())
    }

    /// Leaves out everything before the place where `ends` holds; what is left out becomes a blank.
    fn skip(&mut self, ends: impl Fn(&[char]) -> bool) -> String {
        while !self.rest.is_empty() && !ends(self.rest) {
            self.take(1);
        }
        " ".to_owned()
    }

    fn skip_block_comment(&mut self) -> String {
        let mut depth = 0_usize;
        loop {
            match self.rest {
                [] => break,
                ['/', '*', ..] => {
                    depth += 1;
                    self.take(2);
                }
                ['*', '/', ..] => {
                    depth = depth.saturating_sub(1);
                    self.take(2);
                    if depth == 0 {
                        break;
                    }
                }
                [_, ..] => {
                    self.take(1);
                }
            }
        }
        " ".to_owned()
    }

    /// A string whose opening quote has so many characters that are still to be taken: none are, of a raw string, and
    /// only that has no escapes.
    fn skip_string(&mut self, opening: usize, closing: &str) -> String {
        let closing: Vec<char> = closing.chars().collect();
        let has_escapes = opening > 0;
        self.take(opening);
        loop {
            match self.rest {
                [] => break,
                ['\\', ..] if has_escapes => {
                    self.take(2);
                }
                rest if rest.starts_with(&closing) => {
                    self.take(closing.len());
                    break;
                }
                [_, ..] => {
                    self.take(1);
                }
            }
        }
        " ".to_owned()
    }

    /// A character literal; its closing quote is not among the first `before` characters.
    fn skip_char(&mut self, before: usize) -> String {
        self.take(before);
        self.skip(|rest| rest.starts_with(&['\'']));
        self.take(1);
        " ".to_owned()
    }

    /// A name, or the literal that a prefix such as `r#` or `b` begins.
    fn name_or_literal(&mut self) -> String {
        let name = self.take_while(|c| c.is_alphanumeric() || c == '_');
        let is_raw = ["r", "br", "cr"].contains(&name.as_str());
        let hashes = self.rest.iter().take_while(|c| **c == '#').count();
        let quote = self.rest.get(hashes).copied();
        match quote {
            Some('"') if is_raw => {
                self.take(hashes + 1);
                self.skip_string(0, &format!("\"{}", "#".repeat(hashes)))
            }
            Some('"') if hashes == 0 && ["b", "c"].contains(&name.as_str()) => self.skip_string(1, "\""),
            Some('\'') if hashes == 0 && name == "b" => {
                self.skip_char(if self.rest.get(1) == Some(&'\\') { 3 } else { 2 })
            }
            Some(_) | None => name,
        }
    }

    /// A number; after a dot it is the number of a field, which another dot may follow.
    fn number(&mut self, is_field: bool) -> String {
        let mut number = self.take_while(|c| c.is_alphanumeric() || c == '_');
        if !is_field && matches!(self.rest, ['.', digit, ..] if digit.is_ascii_digit()) {
            number.push_str(&self.take(1));
            number.push_str(&self.take_while(|c| c.is_alphanumeric() || c == '_'));
        }
        number
    }
}
