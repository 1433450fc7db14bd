//! What `Pos_1` and `Office_1` have published is frozen: 1C reads strictly and keeps a WSDL for a day, so a changed
//! type or operation breaks tills that nobody can update at once. New operations with types of their own may still
//! join.
//!
//! `fixtures/contract/<service>.txt` lists every operation, structure and simple type that was published, a line each.
//! After adding to a contract run the test with `KOPILKA_BLESS=1`: it appends what is new and never changes a line.

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

#[test]
fn what_was_published_stays_as_it_was() {
    for service in services().unwrap() {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("fixtures/contract/{}.txt", service.path));
        let now = published(&service.contract);
        let text = fs::read_to_string(&path).unwrap_or_default();
        let mut frozen: BTreeSet<String> = text.lines().map(str::to_owned).collect();
        let changed: Vec<&String> = frozen.difference(&now).collect();
        assert!(
            changed.is_empty(),
            "{} was changed where it is frozen. Leave what is published as it is; add an operation with new types, or \
             publish a new version with a new name, namespace and path. Published and gone:\n{changed:#?}",
            service.path
        );
        if std::env::var_os("KOPILKA_BLESS").is_some() {
            frozen.extend(now.iter().cloned());
            let lines: Vec<String> = frozen.iter().cloned().collect();
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, lines.join("\n") + "\n").unwrap();
        }
        let added: Vec<&String> = now.difference(&frozen).collect();
        assert!(added.is_empty(), "{} has grown: run with KOPILKA_BLESS=1 and commit:\n{added:#?}", service.path);
        assert!(now.len() > 20, "hardly anything of {} was found", service.path);
    }
}
