//! The files of the source, and the modules that they are.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Whether a file of `src` is a part, or in it.
pub(super) fn is_in(file: &str, place: &str) -> bool {
    let below = file.strip_prefix(place);
    below.is_some_and(|rest| rest.is_empty() || rest == ".rs" || rest.starts_with('/'))
}

/// Whether a path is another one, or goes on from there.
pub(super) fn is_within(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// Whether a file holds tests alone.
pub(super) fn is_of_tests(file: &str) -> bool {
    file.split('/').any(|part| part == "tests" || part == "tests.rs")
}

/// The part of the source that a file belongs to: what stands right under `src`.
pub(super) fn part_of(file: &str) -> &str {
    file.split(['/', '.']).next().unwrap_or_default()
}

/// The module of a file, from the crate's root.
pub(super) fn module_of(file: &str) -> Vec<String> {
    let path = file.strip_suffix(".rs").unwrap_or(file);
    path.split('/').filter(|part| !["lib", "main"].contains(part)).map(str::to_owned).collect()
}

fn source_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// All files of the source, by their paths under `src`.
pub(super) fn sources() -> Vec<(String, String)> {
    let root = source_folder();
    let (mut folders, mut files) = (vec![root.clone()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
                files.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    files.sort();
    files
}

/// The crates that the source may name, as it names them.
pub(super) fn dependencies() -> BTreeSet<String> {
    let manifest = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).unwrap();
    let manifest: toml::Table = manifest.parse().unwrap();
    let table = |of: &toml::Table| of.get("dependencies").and_then(toml::Value::as_table).cloned().unwrap_or_default();
    // Those of all systems, and those of some.
    let targets = manifest.get("target").and_then(toml::Value::as_table).cloned().unwrap_or_default();
    let of_targets = targets.values().filter_map(toml::Value::as_table).flat_map(table);
    table(&manifest).into_iter().chain(of_targets).map(|(name, _)| name.replace('-', "_")).collect()
}

/// The names in a folder of the project: its Rust files and its folders, without endings.
pub(super) fn entries(folder: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.map(|name| name.strip_suffix(".rs").unwrap_or(&name).to_owned()).collect()
}
