//! What the documents say of the contract by list and by number: refusals in docs/1c.md, roles in docs/roles.md, operations in
//! README.md.

use std::{collections::BTreeSet, fmt::Write as _};

use super::{read, wsdl::described};
use kopilka::{
    domain::{reference::Roles, refusal::Refusal},
    soap::{contract::Contract, endpoint::services},
};

/// The head of a table of refusals.
const REFUSALS: &str = "| Код | Что увидит кассир | Что делать |";

/// The documents as they follow.
pub fn derived(contracts: &[(&str, Contract)]) -> Vec<(String, String)> {
    let page = "docs/1c.md";
    let readme = "README.md";
    vec![
        (page.to_owned(), with_refusals(&read(page))),
        (readme.to_owned(), with_counts(&read(readme), contracts)),
        ("docs/roles.md".to_owned(), roles()),
    ]
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

/// The roles in Russian, in the order of their words.
const ROLES: [&str; 14] = [
    "покупатель на своей странице (пока только проверка входа)",
    "касса",
    "старший кассир: всё, что касса, и возврат без чека продажи",
    "интернет-магазин",
    "колл-центр",
    "страница магазина: кассир без 1С",
    "офис партнёра",
    "головной офис",
    "маркетинг",
    "аудитор: видит всё, кроме персональных данных",
    "служба безопасности",
    "программа партнёра, которая обменивается данными",
    "узел магазина",
    "процессинговый центр другой программы",
];

/// The page of roles: who they are, and a table of operations for each service, of the roles that have business with it.
fn roles() -> String {
    let mut out = "<!-- Эту страницу пишет tests/it/derived.rs по таблице операций (src/soap/operations.rs). -->\n\n\
                   # Роли: кто что может вызвать\n\n\
                   У имени для входа одна роль или несколько; их задают `kopilka till add --role` и `SaveTill`, показывает `WhoAmI`.\n\
                   Чего в таблице нет, на то сервис ответит ошибкой `FORBIDDEN`. `Ping` и `WhoAmI` есть у каждой роли, которой\n\
                   сервис нужен сейчас или понадобится: так вход можно проверить заранее.\n\n\
                   | Роль | Кто это |\n| --- | --- |\n"
        .to_owned();
    for ((_, word), about) in Roles::WORDS.into_iter().zip(ROLES) {
        let _ = writeln!(out, "| `{word}` | {about} |");
    }
    for service in services().unwrap() {
        let has_business = |role: Roles| service.table.iter().any(|row| row.roles.meets(role));
        let columns: Vec<_> = Roles::WORDS.into_iter().filter(|(role, _)| has_business(*role)).collect();
        let words: Vec<String> = columns.iter().map(|(_, word)| format!("`{word}`")).collect();
        let rule = " --- |".repeat(columns.len() + 1);
        let _ = write!(out, "\n## {}\n\n| Операция | {} |\n|{rule}\n", service.contract.service(), words.join(" | "));
        for row in service.table {
            let marks = columns.iter().map(|(role, _)| if row.roles.meets(*role) { " да |" } else { " |" });
            let _ = writeln!(out, "| `{}` |{}", row.name, marks.collect::<String>());
        }
    }
    out
}
