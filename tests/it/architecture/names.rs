//! The names: one noun has one file name on every floor.

use std::{collections::BTreeSet, iter};

use super::files::{root_files, sources};

/// Files of `service` that several commands share: no operation is called so.
const SHARED_BY_COMMANDS: [&str; 2] = ["code", "context"];
/// Files of `soap/handlers` that several handlers share.
const SHARED_BY_HANDLERS: [&str; 1] = ["wire"];
/// Files of `working_set/questions` that several questions share.
const SHARED_BY_QUESTIONS: [&str; 3] = ["inquiry", "page", "question"];
/// Tables of the program's own, which no command is about.
const OWN_TABLES: [&str; 9] =
    ["call_log", "chronicle", "chronicle_seal", "customer_key", "key", "outbox", "reference", "registry", "seal"];

#[test]
fn a_noun_has_one_file_name_on_every_floor() {
    let files = sources();
    let of = |folder: &str| -> BTreeSet<String> {
        let names = files.iter().filter_map(|(file, _)| file.strip_prefix(folder)?.strip_suffix(".rs"));
        names.filter(|name| !name.contains('/')).map(str::to_owned).collect()
    };
    let (domain, service) = (of("domain/"), of("service/"));
    let (asked, answered) = (of("working_set/questions/"), of("store/questions/"));
    let (handlers, tables) = (of("soap/handlers/"), of("store/tables/"));
    let table = files.iter().find(|(file, _)| file == "soap/operations.rs").map(|(_, text)| text.as_str()).unwrap();
    let rows: Vec<Row<'_>> = table.lines().filter_map(Row::read).collect();
    assert!(rows.len() > 40, "only {} rows were found in the table of operations", rows.len());
    let mut wrong = Vec::new();
    for Row { operation, noun, access } in &rows {
        let floors = if *access == "List" {
            vec![("working_set/questions", &asked), ("store/questions", &answered)]
        } else {
            vec![("service", &service)]
        };
        for (folder, names) in iter::once(("soap/handlers", &handlers)).chain(floors) {
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
    let listed: BTreeSet<&str> = rows.iter().filter(|row| row.access == "List").map(|row| row.noun).collect();
    strangers("working_set/questions", &asked, &|name| listed.contains(name) || SHARED_BY_QUESTIONS.contains(&name));
    strangers("store/questions", &answered, &|name| listed.contains(name));
    let is_noun = |name: &str| domain.contains(name) || service.contains(name) || OWN_TABLES.contains(&name);
    strangers("store/tables", &tables, &is_noun);
    assert!(wrong.is_empty(), "{wrong:#?}");
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
