//! What the documents say of the contract by list and by number: refusals in docs/1c.md, operations in README.md.

use std::collections::BTreeSet;

use kopilka::{domain::refusal::Refusal, soap::contract::Contract};

use super::{read, wsdl::described};

/// The head of a table of refusals.
const REFUSALS: &str = "| Код | Что увидит кассир | Что делать |";

/// The documents as they follow.
pub fn derived(contracts: &[(&str, Contract)]) -> Vec<(String, String)> {
    let page = "docs/1c.md";
    let readme = "README.md";
    vec![(page.to_owned(), with_refusals(&read(page))), (readme.to_owned(), with_counts(&read(readme), contracts))]
}

/// The rows of a refusal: its code and its sentence follow from the refusal, what to do about it is written by hand.
fn with_refusals(page: &str) -> String {
    let mut explained = BTreeSet::new();
    let mut is_table = false;
    let lines = page.lines().map(|line| {
        is_table = line == REFUSALS || (is_table && line.starts_with('|'));
        let Some((code, template, advice)) = refusal_row(line).filter(|_| is_table) else {
            return format!("{line}\n");
        };
        assert!(explained.insert(code), "docs/1c.md explains {code} twice");
        format!("| `{code}` | {} | {advice} |\n", described(template))
    });
    let page: String = lines.collect();
    let missing: Vec<&str> =
        Refusal::ALL.iter().map(|(code, _)| *code).filter(|code| !explained.contains(code)).collect();
    assert!(missing.is_empty(), "docs/1c.md has no row for {missing:?}: add «| `CODE` |  | what to do |» to a table");
    page
}

fn refusal_row(line: &str) -> Option<(&'static str, &'static str, &str)> {
    let (code, rest) = line.strip_prefix("| `")?.split_once("` | ")?;
    let (code, template) = Refusal::ALL.iter().find(|(known, _)| *known == code)?;
    let advice = rest.strip_suffix(" |")?.rsplit_once("| ")?.1;
    Some((*code, *template, advice))
}

/// «`Pos_1`: …: 32 operations |», with the number that there are.
fn with_counts(readme: &str, contracts: &[(&str, Contract)]) -> String {
    let mut out = String::new();
    let mut counted = BTreeSet::new();
    for line in readme.lines() {
        let row = contracts.iter().find(|(path, _)| line.starts_with(&format!("| `/ws/{path}?wsdl` | ")));
        match (row, line.rsplit_once(": ")) {
            (Some((path, contract)), Some((about, _))) => {
                counted.insert(*path);
                out += &format!("{about}: {} operations |\n", contract.operations().len());
            }
            _ => out += &format!("{line}\n"),
        }
    }
    let missing: Vec<&str> = contracts.iter().map(|(path, _)| *path).filter(|path| !counted.contains(path)).collect();
    assert!(missing.is_empty(), "README.md has no row for the services {missing:?}");
    out
}
