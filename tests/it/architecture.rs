//! The architecture. One crate has no walls that the compiler holds, so these tests read the source and hold them: a room
//! of tests for each kind of rule, over one reader of the source.

#![allow(clippy::unwrap_used, reason = "a source that cannot be read fails the test")]

mod circles;
mod files;
mod lexer;
mod names;
mod planted;
mod purity;
mod source;
mod walls;

use std::{collections::BTreeSet, fmt};

use self::{
    files::{is_in, is_of_tests, sources},
    purity::{MAY_ASK_THE_TIME, WITHOUT_FLOATS},
    source::Source,
    walls::{ONLY_IN, PARTS, Walls},
};

#[test]
fn the_source_keeps_to_the_architecture() {
    let files = sources();
    assert!(files.len() > 80, "only {} files were found", files.len());
    let walls = Walls::new();
    let violations: Vec<String> = files
        .iter()
        .flat_map(|(file, text)| violations(&walls, file, text))
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
    let walls = Walls::new();
    for (path, place) in ONLY_IN {
        assert!(is_there(place), "{place} is in the tables and not in the source");
        let name = path.split("::").next().unwrap_or_default();
        assert!(walls.has_crate(name), "{name} is in the tables and not in Cargo.toml");
    }
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

/// What a file breaks of the rules that look at one file; `file` is its path under `src`.
fn violations(walls: &Walls, file: &str, text: &str) -> Vec<Violation> {
    if is_of_tests(file) {
        return Vec::new();
    }
    let source = Source::read(text);
    let broken = walls.broken(file, &source).into_iter().chain(purity::broken(file, text, &source));
    broken.map(|(line, rule)| Violation { file: file.to_owned(), line, rule }).collect()
}
