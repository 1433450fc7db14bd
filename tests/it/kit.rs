//! What a programmer of 1C is given: the modules and their page agree with the contract and with the faults, and a
//! client that reads by 1C's positional rules gets through the till's day, on both backends.

use std::{fs, process::Command};

use crate::{
    clients::{python, root, story},
    support::Backend,
};
use kopilka::soap::fault::FaultKind;

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// Runs the checker of the modules; what it said.
fn check(arguments: &[&str]) -> String {
    let script = root().join("tests/clients/bsl_check.py");
    let output = Command::new(python()).arg(script).args(arguments).output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");
    assert!(said.contains(" 0 failed"), "{said}");
    said
}

#[test]
fn the_modules_agree_with_the_contract() {
    let said = check(&[]);
    for module in ["Копилка", "КопилкаБСП", "КопилкаПовтИсп", "ОчередьЧеков", "ФормаКассы"]
    {
        assert!(said.contains(&format!("ok {module}.bsl against the WSDL")), "{said}");
    }
}

#[test]
fn the_check_of_the_modules_finds_planted_mistakes() {
    let said = check(&["--self-test"]);
    for module in ["Копилка", "КопилкаБСП", "КопилкаПовтИсп", "ОчередьЧеков", "ФормаКассы"]
    {
        assert!(said.contains(&format!("found {module}.bsl")), "{said}");
    }
}

#[test]
fn the_modules_and_the_page_know_the_faults() {
    let page = read("docs/1c.md");
    for kind in FaultKind::ALL {
        assert!(page.contains(&format!("| `{}` |", kind.code())), "docs/1c.md does not explain {}", kind.code());
    }
    // The module recognises a fault by its sentence too, so each pair must be the service's own.
    for module in ["examples/1c/Копилка.bsl", "examples/1c/КопилкаБСП.bsl"] {
        let source = read(module);
        let mut known = 0;
        for line in source.lines().filter(|line| line.contains("Сбои.Добавить(НовыйСбой(")) {
            known += 1;
            let has_pair = |kind: &FaultKind| line.contains(&format!("(\"{}\", \"{}\")", kind.code(), kind.text()));
            assert!(FaultKind::ALL.iter().any(has_pair), "{module}: no such fault: {line}");
        }
        assert!(known > 0, "{module} recognises no fault");
    }
}

#[test]
fn the_queue_waits_for_what_is_no_answer_about_a_receipt() {
    let queue = read("examples/1c/ОчередьЧеков.bsl");
    let waits = |kind: FaultKind| queue.contains(&format!("Коды.Добавить(\"{}\")", kind.code()));
    for kind in FaultKind::ALL {
        // Later, or with other settings, the same request may be answered; another fault is the request's own.
        let is_passing = kind.retry_after_s().is_some()
            || matches!(kind, FaultKind::Internal | FaultKind::Unauthenticated | FaultKind::Forbidden);
        assert!(waits(kind) || !is_passing, "the queue would put {} before a person", kind.code());
    }
    assert!(queue.contains("Коды.Добавить(\"CALL_FAILED\")") && !waits(FaultKind::InvalidRequest));
}

#[test]
fn a_positional_client_tells_the_story_on_sqlite() {
    story(Backend::Sqlite, &python(), "positional.py");
}

#[test]
fn a_positional_client_tells_the_story_on_postgres() {
    story(Backend::Postgres, &python(), "positional.py");
}
