//! From version 1.0 on a published service is frozen: 1C reads strictly and caches a WSDL for a day, so a changed type or
//! operation breaks tills that cannot all be updated at once. New operations with types of their own may still be added.
//! Until then a change is accepted when the section «Договор» of CHANGELOG.md tells of it: an entry names the changed type, and
//! is new or altered since the type's last change.
//!
//! `fixtures/contract/<service>.txt` lists every published operation, structure and simple type, a line each.
//! `fixtures/contract/told.txt` has the digest of what the section told of each name. After a change run the test with
//! `KOPILKA_BLESS=1`: it rewrites them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::PathBuf,
};

use kopilka::soap::{
    contract::{ComplexType, Contract, ElementType},
    endpoint::services,
};
use sha2::{Digest as _, Sha256};

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

/// The digest of what is told of each name in backticks.
type Told = BTreeMap<String, String>;

/// What the section «Договор» of the unreleased version tells, entry by entry. Earlier versions are about earlier changes.
fn told(changelog: &str) -> Told {
    let (mut is_unreleased, mut is_contract) = (false, false);
    let mut entries: Vec<String> = Vec::new();
    for line in changelog.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            is_unreleased = title.trim() == "Не выпущено";
        }
        if line.starts_with('#') {
            is_contract = line.trim_start_matches('#').trim() == "Договор";
        } else if is_unreleased && is_contract {
            match entries.last_mut() {
                Some(entry) if !line.starts_with("- ") => entry.extend([" ", line.trim()]),
                Some(_) | None => entries.push(line.to_owned()),
            }
        }
    }
    let mut of_name: BTreeMap<&str, Sha256> = BTreeMap::new();
    for entry in &entries {
        let names: BTreeSet<&str> = entry.split('`').skip(1).step_by(2).collect();
        for name in names {
            of_name.entry(name).or_default().update(entry.trim_end());
        }
    }
    of_name.into_iter().map(|(name, digest)| (name.to_owned(), short(&digest.finalize()))).collect()
}

/// The first eight bytes, enough to tell two texts apart.
fn short(digest: &[u8]) -> String {
    digest.iter().take(8).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn read_told(text: &str) -> Told {
    let lines = text.lines().filter_map(|line| line.rsplit_once(' '));
    lines.map(|(name, digest)| (name.to_owned(), digest.to_owned())).collect()
}

/// The changed lines that may not be changed: all from 1.0 on, until then those of which nothing new is told.
fn forbidden<'a>(changed: &[&'a String], (then, now): (&Told, &Told), is_draft: bool) -> Vec<&'a String> {
    let is_told = |line: &str| {
        let told = now.get(subject(line));
        told.is_some() && told != then.get(subject(line))
    };
    changed.iter().copied().filter(|line| !is_draft || !is_told(line)).collect()
}

#[test]
fn what_was_published_stays_as_it_was() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let is_blessing = std::env::var_os("KOPILKA_BLESS").is_some();
    let told_file = root.join("fixtures/contract/told.txt");
    let then = read_told(&fs::read_to_string(&told_file).unwrap_or_default());
    let now_told = told(&fs::read_to_string(root.join("CHANGELOG.md")).unwrap());
    for service in services().unwrap() {
        let path = root.join(format!("fixtures/contract/{}.txt", service.path));
        let now = published(&service.contract);
        let text = fs::read_to_string(&path).unwrap_or_default();
        let frozen: BTreeSet<String> = text.lines().map(str::to_owned).collect();
        let changed: Vec<&String> = frozen.difference(&now).collect();
        let forbidden = forbidden(&changed, (&then, &now_told), IS_DRAFT);
        assert!(
            forbidden.is_empty(),
            "{} was changed. Until 1.0 name each changed operation and type in the section «Договор» of CHANGELOG.md, in an entry \
             that is new or altered since its last change; from then on leave what is published as it is, and add operations with new types or a new version of the service. Published and \
             gone:\n{forbidden:#?}",
            service.path
        );
        assert!(now.len() > 5, "hardly anything of {} was found", service.path);
        if is_blessing {
            let lines: Vec<String> = now.iter().cloned().collect();
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, lines.join("\n") + "\n").unwrap();
            continue;
        }
        let differs: Vec<&String> = now.symmetric_difference(&frozen).collect();
        assert!(differs.is_empty(), "{} has changed: run with KOPILKA_BLESS=1 and commit:\n{differs:#?}", service.path);
    }
    if is_blessing {
        let lines: String = now_told.iter().map(|(name, digest)| format!("{name} {digest}\n")).collect();
        fs::write(&told_file, lines).unwrap();
    } else {
        assert!(
            then == now_told,
            "CHANGELOG.md tells something else of the contract: run with KOPILKA_BLESS=1 and commit"
        );
    }
}

#[test]
fn a_change_is_accepted_only_before_1_0_and_when_the_changelog_newly_tells_of_it() {
    let lines = ["operation Ping urn:x () -> ()".to_owned(), "simple SimpleType { name: \"Role\" }".to_owned()];
    let changed: Vec<&String> = lines.iter().collect();
    let changelog = |entries: &str| {
        told(&format!("# Изменения\n\n## Не выпущено\n\n`Ping`\n\n### Договор\n\n{entries}\n### Прочее\n\n`Ping`\n"))
    };
    let (none, first) = (Told::new(), changelog("- `Role`: слова.\n"));
    assert_eq!(forbidden(&changed, (&none, &first), true), [&lines[0]]);
    assert_eq!(forbidden(&changed, (&none, &first), false).len(), 2);
    // A second change needs another entry, or another word in the first; an entry about another type is none.
    assert_eq!(forbidden(&changed, (&first, &first), true).len(), 2);
    assert_eq!(forbidden(&changed, (&first, &changelog("- `Role`: слова.\n- `Ping`: ответ.\n")), true), [&lines[1]]);
    for entries in ["- `Role`: слова\n  и ещё.\n", "- `Role`: слова.\n- `Role`: ещё.\n"] {
        assert_eq!(forbidden(&changed, (&first, &changelog(entries)), true), [&lines[0]], "{entries}");
    }
    let written: String = first.iter().map(|(name, digest)| format!("{name} {digest}\n")).collect();
    assert_eq!(read_told(&written), first);
}
