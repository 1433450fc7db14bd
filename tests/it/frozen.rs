//! From version 1.0 on a published service is frozen: 1C reads strictly and caches a WSDL for a day, so a changed type or
//! operation breaks tills that cannot all be updated at once. New operations with types of their own may still be added.
//! Until then a change is accepted when the section «Договор» of CHANGELOG.md names the changed type.
//!
//! `fixtures/contract/<service>.txt` lists every published operation, structure and simple type, a line each. After a change
//! run the test with `KOPILKA_BLESS=1`: it rewrites them.

use std::{collections::BTreeSet, fs, path::PathBuf};

use kopilka::soap::{
    contract::{ComplexType, Contract, ElementType},
    endpoint::services,
};

fn structure(complex: &ComplexType) -> String {
    let elements = complex.elements.iter().map(|element| {
        let kind = match &element.kind {
            ElementType::Simple(simple) => simple.name.clone(),
            ElementType::Complex(complex) => complex.name.clone(),
        };
        let max = element.max.map_or_else(|| "unbounded".to_owned(), |max| max.to_string());
        format!("{}:{kind}[{}..{max}]", element.name, element.min)
    });
    elements.collect::<Vec<_>>().join(" ")
}

fn published(contract: &Contract) -> BTreeSet<String> {
    let operations = contract.operations().iter().map(|operation| {
        let (asked, answered) = (structure(&operation.request.content), structure(&operation.response.content));
        format!("operation {} {} ({asked}) -> ({answered})", operation.name, operation.soap_action)
    });
    let structures =
        contract.complex_types().iter().map(|complex| format!("type {} {}", complex.name, structure(complex)));
    let simples = contract.simple_types().iter().map(|simple| {
        let mut facets = simple.as_ref().clone();
        // A description may be improved at any time.
        facets.documentation.clear();
        format!("simple {facets:?}")
    });
    operations.chain(structures).chain(simples).collect()
}

/// Whether the contract may still be changed.
const IS_DRAFT: bool = matches!(env!("CARGO_PKG_VERSION").as_bytes(), [b'0', b'.', ..]);

/// The name of the operation or type that a line is about.
fn subject(line: &str) -> &str {
    let quoted = line.strip_prefix("simple ").and_then(|facets| facets.split('"').nth(1));
    quoted.or_else(|| line.split(' ').nth(1)).unwrap_or_default()
}

/// What the section «Договор» of the version that is not released yet says: earlier ones are about earlier changes.
fn told_changes(changelog: &str) -> String {
    let (mut is_unreleased, mut is_contract) = (false, false);
    let lines = changelog.lines().filter(|line| {
        if let Some(title) = line.strip_prefix("## ") {
            is_unreleased = title.trim() == "Не выпущено";
        }
        if line.starts_with('#') {
            is_contract = line.trim_start_matches('#').trim() == "Договор";
        }
        is_unreleased && is_contract
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The changed lines that may not be changed: all from 1.0 on, until then those that the list of changes does not name.
fn forbidden<'a>(changed: &[&'a String], told: &str, is_draft: bool) -> Vec<&'a String> {
    let is_told = |line: &str| told.contains(&format!("`{}`", subject(line)));
    changed.iter().copied().filter(|line| !is_draft || !is_told(line)).collect()
}

#[test]
fn what_was_published_stays_as_it_was() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let told = told_changes(&fs::read_to_string(root.join("CHANGELOG.md")).unwrap());
    for service in services().unwrap() {
        let path = root.join(format!("fixtures/contract/{}.txt", service.path));
        let now = published(&service.contract);
        let text = fs::read_to_string(&path).unwrap_or_default();
        let frozen: BTreeSet<String> = text.lines().map(str::to_owned).collect();
        let changed: Vec<&String> = frozen.difference(&now).collect();
        let forbidden = forbidden(&changed, &told, IS_DRAFT);
        assert!(
            forbidden.is_empty(),
            "{} was changed. Until 1.0 name each changed operation and type in the section «Договор» of CHANGELOG.md; from then on \
             leave what is published as it is, and add operations with new types or a new version of the service. Published and \
             gone:\n{forbidden:#?}",
            service.path
        );
        assert!(now.len() > 5, "hardly anything of {} was found", service.path);
        if std::env::var_os("KOPILKA_BLESS").is_some() {
            let lines: Vec<String> = now.iter().cloned().collect();
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, lines.join("\n") + "\n").unwrap();
            continue;
        }
        let differs: Vec<&String> = now.symmetric_difference(&frozen).collect();
        assert!(differs.is_empty(), "{} has changed: run with KOPILKA_BLESS=1 and commit:\n{differs:#?}", service.path);
    }
}

#[test]
fn a_change_is_accepted_only_before_1_0_and_when_the_changelog_names_it() {
    let lines = ["operation Ping urn:x () -> ()".to_owned(), "simple SimpleType { name: \"Role\" }".to_owned()];
    let changed: Vec<&String> = lines.iter().collect();
    let told = told_changes(
        "# Изменения\n\n## Не выпущено\n\n`Ping`\n\n### Договор\n\n- `Role`: слова.\n\n### Прочее\n\n`Ping`\n",
    );
    assert_eq!(forbidden(&changed, &told, true), [&lines[0]]);
    assert_eq!(forbidden(&changed, &told, false).len(), 2);
}
