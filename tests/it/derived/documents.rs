//! What the documents say of the contract by list and by number: refusals in docs/1c.md, roles in docs/roles.md, operations in
//! both READMEs.

use std::{collections::BTreeSet, fmt::Write as _};

use super::{read, wsdl::described};
use kopilka::{
    domain::{reference::Roles, refusal::Refusal},
    soap::{contract::Contract, endpoint::services},
};

/// The head of a table of refusals.
const REFUSALS: &str = "| Код | Что увидит кассир | Что делать |";

/// A README with the words in which it counts operations and groups them.
struct Readme {
    path: &'static str,
    /// The number of a service's operations, with its word.
    count: fn(usize) -> String,
    /// The group of operations that stand in no other.
    others: &'static str,
}

const READMES: [Readme; 2] = [
    Readme { path: "README.ru.md", count: in_russian, others: "остальное" },
    Readme { path: "README.md", count: |count| format!("{count} operations"), others: "others" },
];

fn in_russian(count: usize) -> String {
    let word = match (count % 10, count % 100) {
        (_, 11..=14) => "операций",
        (1, _) => "операция",
        (2..=4, _) => "операции",
        (_, _) => "операций",
    };
    format!("{count} {word}")
}

/// The documents as they follow.
pub fn derived(contracts: &[(&str, Contract)]) -> Vec<(String, String)> {
    let page = "docs/1c.md";
    let mut derived = vec![(page.to_owned(), with_refusals(&read(page))), ("docs/roles.md".to_owned(), roles())];
    for readme in &READMES {
        let counted = with_counts(&read(readme.path), contracts, readme);
        derived.push((readme.path.to_owned(), with_operations(&counted, contracts, readme)));
    }
    derived
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
fn with_counts(text: &str, contracts: &[(&str, Contract)], readme: &Readme) -> String {
    let mut out = String::new();
    let mut counted = BTreeSet::new();
    for line in text.lines() {
        let row = contracts.iter().find(|(path, _)| line.starts_with(&format!("| `/ws/{path}?wsdl` | ")));
        match (row, line.rsplit_once(": ")) {
            (Some((path, contract)), Some((about, _))) => {
                counted.insert(*path);
                out += &format!("{about}: {} |\n", (readme.count)(contract.operations().len()));
            }
            _ => out += &format!("{line}\n"),
        }
    }
    let missing: Vec<&str> = contracts.iter().map(|(path, _)| *path).filter(|path| !counted.contains(path)).collect();
    assert!(missing.is_empty(), "{} has no row for the services {missing:?}", readme.path);
    out
}

/// The rows «| `Pos_1` | group | `A`, `B` |»: each operation stands in one group, and what stands in none is added to the last.
fn with_operations(text: &str, contracts: &[(&str, Contract)], readme: &Readme) -> String {
    let mut out = text.to_owned();
    for (_, contract) in contracts {
        let service = contract.service();
        let known: Vec<&str> = contract.operations().iter().map(|operation| operation.name.as_str()).collect();
        let (start, others) = (format!("| `{service}` | "), format!("| `{service}` | {} | ", readme.others));
        let rows: Vec<String> = out
            .lines()
            .filter(|line| line.starts_with(&start) && !line.starts_with(&others))
            .map(str::to_owned)
            .collect();
        let last = rows.last().unwrap_or_else(|| panic!("{} groups no operations of {service}", readme.path));
        let mut grouped = BTreeSet::new();
        for name in rows.iter().flat_map(|row| row.split('`').skip(3).step_by(2)) {
            assert!(known.contains(&name), "{}: {service} has no operation {name}", readme.path);
            assert!(grouped.insert(name), "{}: {name} stands in two groups", readme.path);
        }
        let left: Vec<String> =
            known.iter().filter(|name| !grouped.contains(*name)).map(|name| format!("`{name}`")).collect();
        let row = if left.is_empty() { String::new() } else { format!("{others}{} |\n", left.join(", ")) };
        let lines = out.lines().filter(|line| !line.starts_with(&others));
        out = lines.map(|line| if line == last { format!("{line}\n{row}") } else { format!("{line}\n") }).collect();
    }
    out
}

#[test]
fn operations_in_no_group_are_added_and_unknown_ones_noticed() {
    let contract = super::wsdl::contract(&read("wsdl/node_1.wsdl"));
    let contracts = [("node_1", contract)];
    let [russian, _] = READMES;
    let text = "# К\n| `Node_1` | связь | `Ping` |\n\nконец\n";
    let filled = with_operations(text, &contracts, &russian);
    assert!(filled.contains("| `Node_1` | связь | `Ping` |\n| `Node_1` | остальное | `WhoAmI`"), "{filled}");
    assert_eq!(with_operations(&filled, &contracts, &russian), filled);
    let unknown = text.replace("`Ping`", "`Pong`");
    assert!(std::panic::catch_unwind(|| with_operations(&unknown, &contracts, &READMES[0])).is_err());
    assert_eq!(
        [1, 2, 5, 11, 21, 33, 112].map(in_russian).concat(),
        "1 операция2 операции5 операций11 операций21 операция33 операции112 операций"
    );
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
