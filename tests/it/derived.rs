//! What follows from the WSDL is up to date: its own mechanical half, the Rust messages, the lists and counts in the documents.
//!
//! By hand one writes an operation's types, its request wrapper, and in the wrapper's annotation one sentence and the type of
//! the answer («… Ответ: CardResult.»). Run with `KOPILKA_BLESS=1` to write the rest; without, a file that differs from what
//! follows fails the test at its first line that does.

mod documents;
mod messages;
mod pictures;
mod wsdl;

pub use self::wsdl::described;

use std::{fs, path::Path};

use crate::clients::root;

/// The services, in the order in which they are published; each has a WSDL of that name.
const SERVICES: [&str; 4] = ["pos_1", "office_1", "marketing_1", "node_1"];

#[test]
fn what_follows_from_the_wsdl_is_up_to_date() {
    let mut contracts = Vec::new();
    for service in SERVICES {
        let path = format!("wsdl/{service}.wsdl");
        let whole = wsdl::derived(&read(&path));
        hold(&path, &whole);
        contracts.push((service, wsdl::contract(&whole)));
    }
    for (path, text) in messages::derived(&contracts).into_iter().chain(documents::derived(&contracts)) {
        hold(&path, &text);
    }
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_default()
}

/// Holds a file to what follows, or writes it when asked to.
fn hold(path: &str, derived: &str) {
    let written = read(path);
    if written == derived {
        return;
    }
    if std::env::var_os("KOPILKA_BLESS").is_some() {
        fs::write(root().join(path), derived).unwrap();
        return;
    }
    panic!("{}", difference(Path::new(path), &written, derived));
}

/// The first line that differs, and what to do about it.
fn difference(path: &Path, written: &str, derived: &str) -> String {
    let mut pairs = written.lines().map(Some).chain([None]).zip(derived.lines().map(Some).chain([None]));
    let same = pairs.by_ref().take_while(|(was, is)| was == is).count();
    let line = |text: &str| text.lines().nth(same).map_or_else(|| "the end of the file".to_owned(), str::to_owned);
    format!(
        "{}:{} is not what follows from the WSDL. Run this test with KOPILKA_BLESS=1 and commit what it writes.\n  is:      {}\n  \
         follows: {}",
        path.display(),
        same + 1,
        line(written),
        line(derived)
    )
}

#[test]
fn a_difference_is_reported_by_file_and_line() {
    let told = difference(Path::new("wsdl/x.wsdl"), "one\ntwo\nthree\n", "one\n2\nthree\n");
    assert!(told.starts_with("wsdl/x.wsdl:2 is not what follows"), "{told}");
    assert!(told.contains("KOPILKA_BLESS=1") && told.ends_with("is:      two\n  follows: 2"), "{told}");
    let shorter = difference(Path::new("a"), "one\n", "one\ntwo\n");
    assert!(shorter.starts_with("a:2 ") && shorter.contains("is:      the end of the file"), "{shorter}");
}
