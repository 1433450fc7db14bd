//! The documents: links lead somewhere, the short ones stay short, and figures say which program they were measured on.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Words that a document may have.
const WORDS_MAX: [(&str, usize); 2] = [("docs/architecture.md", 1_500), ("docs/performance.md", 800)];
/// Folders to skip: build output, and git's own.
const NOT_OURS: [&str; 2] = ["target", ".git"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every document by its path from the root, with its text.
fn documents() -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    let mut open = vec![root().to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() {
                if !NOT_OURS.contains(&name.as_str()) {
                    open.push(path);
                }
            } else if path.extension().is_some_and(|extension| extension == "md") {
                let text = fs::read_to_string(&path).unwrap();
                found.insert(path.strip_prefix(root()).unwrap().to_path_buf(), text);
            }
        }
    }
    found
}

/// The targets of `[text](target)` outside of code, anchors left out; of the web none.
fn links(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    // A fence opens or closes a block; within a line every second piece between backticks is code.
    for prose in text.split("```").step_by(2) {
        let plain: String =
            prose.split('`').enumerate().map(|(at, part)| if at % 2 == 0 { part } else { "code" }).collect();
        for rest in plain.split("](").skip(1) {
            let target = rest.split(')').next().unwrap_or_default();
            let path = target.split('#').next().unwrap_or_default();
            if !path.is_empty() && !path.contains("://") && !path.starts_with("mailto:") {
                found.push(path.to_owned());
            }
        }
    }
    found
}

#[test]
fn every_link_leads_to_a_file_that_is_there() {
    let documents = documents();
    for name in [
        "README.md",
        "README.ru.md",
        "CHANGELOG.md",
        "THIRD-PARTY.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "docs/architecture.md",
        "migrations/README.md",
    ] {
        assert!(documents.contains_key(Path::new(name)), "{name} is missing");
    }
    let mut broken = Vec::new();
    let mut checked = 0;
    for (document, text) in &documents {
        for link in links(text) {
            checked += 1;
            if !root().join(document).parent().unwrap().join(&link).exists() {
                broken.push(format!("{}: {link}", document.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
    assert!(checked > 40, "only {checked} links were found");
}

#[test]
fn links_are_read_out_of_prose_alone() {
    let text = "[a](b.md) and [c](d/e.md#f), [g](#h), [i](https://j) `[k](l)`\n```\n[m](n)\n```\n![o](p.svg)";
    assert_eq!(links(text), ["b.md", "d/e.md", "p.svg"]);
}

#[test]
fn short_documents_stay_short() {
    for (name, max) in WORDS_MAX {
        let words = fs::read_to_string(root().join(name)).unwrap().split_whitespace().count();
        assert!(words <= max, "{name} has {words} words, at most {max} are allowed");
        assert!(words > max / 4, "{name} has {words} words only");
    }
}

#[test]
fn every_file_of_figures_names_its_commit_and_is_linked() {
    let documents = documents();
    let linked: Vec<PathBuf> = ["docs/performance.md", "docs/reliability.md", "docs/decisions.md"]
        .iter()
        .flat_map(|name| links(&documents[Path::new(name)]))
        .map(|link| Path::new("docs").join(link))
        .collect();
    let figures = documents.iter().filter(|(path, _)| path.starts_with("docs/figures"));
    let mut count = 0;
    for (path, text) in figures {
        count += 1;
        assert!(text.contains("commit"), "{} does not say what was measured", path.display());
        assert!(linked.contains(path), "{} is linked from no document", path.display());
    }
    assert!(count > 5, "only {count} files of figures were found");
}

/// The commands of the program in a document's blocks of shell: the words up to the first that is none, and the options.
fn commands(text: &str) -> Vec<(Vec<String>, Vec<String>)> {
    let mut found = Vec::new();
    for block in text.split("```sh\n").skip(1) {
        let block = block.split("```").next().unwrap_or_default().replace("\\\n", " ");
        for line in block.lines() {
            let mut words = line.split_whitespace().skip_while(|word| word.starts_with("KOPILKA_PASSWORD="));
            if words.next() != Some("kopilka") {
                continue;
            }
            let words: Vec<&str> = words.take_while(|word| *word != "#").collect();
            let is_word = |word: &str| word.starts_with(|c: char| c.is_ascii_lowercase());
            let plain = words.iter().take_while(|word| is_word(word)).map(|word| (*word).to_owned());
            let options = words.iter().filter(|word| word.starts_with("--")).map(|word| (*word).to_owned());
            found.push((plain.collect(), options.collect()));
        }
    }
    found
}

#[test]
fn every_command_of_the_first_installation_is_there() {
    let text = fs::read_to_string(root().join("docs/first-installation.md")).unwrap();
    let commands = commands(&text);
    assert!(commands.len() > 20, "{commands:?}");
    for (mut words, options) in commands {
        // A last plain word may be an argument, as a partner's code is.
        let help = loop {
            let output = Command::new(env!("CARGO_BIN_EXE_kopilka")).args(&words).arg("--help").output().unwrap();
            if output.status.success() {
                break String::from_utf8(output.stdout).unwrap();
            }
            assert!(words.len() > 1, "there is no command {words:?}");
            words.pop();
        };
        for option in options {
            assert!(help.contains(&option), "kopilka {words:?} has no {option}");
        }
    }
}
