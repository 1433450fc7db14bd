//! No circles: which of our files each file imports, and which of them import each other.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    files::{is_of_tests, module_of, sources},
    source::{Named, Source},
    walls::{Target, Walls},
};

/// How many re-exports of re-exports are followed.
const RE_EXPORTS_MAX: usize = 8;

#[test]
fn no_source_files_import_each_other_in_a_circle() {
    let circles = Imports::read(&sources()).circles();
    assert!(circles.is_empty(), "these files import each other in a circle; move what they share: {circles:#?}");
}

#[test]
fn a_planted_circle_is_found() {
    let planted = |files: &[(&str, &str)]| {
        let owned: Vec<_> = files.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned())).collect();
        Imports::read(&owned).circles()
    };
    let none: Vec<Vec<String>> = Vec::new();
    let back =
        [("a.rs", "use crate::b::X;"), ("b.rs", "use crate::c::d::Y;"), ("c/d.rs", "use crate::a::Z;"), ("c.rs", "")];
    assert_eq!(planted(&back), [["a.rs", "b.rs", "c/d.rs"]]);
    assert_eq!(planted(&[("a.rs", "use crate::b::X;"), ("b.rs", "mod tests;")]), none);
    // A re-export leads to the file that it names.
    let behind = [("a.rs", "use crate::b::X;"), ("b.rs", "mod c; pub use c::X;"), ("b/c.rs", "use crate::a::Y;")];
    assert_eq!(planted(&behind), [["a.rs", "b/c.rs"]]);
    // A module and its part, when both use the other, and not when the module only names and re-exports it.
    let used = [("a.rs", "mod b; use b::X; struct Y(X);"), ("a/b.rs", "use super::Y;")];
    assert_eq!(planted(&used), [["a.rs", "a/b.rs"]]);
    let used_and_shown = [("a.rs", "mod b; pub use self::b::X; struct Y(X);"), ("a/b.rs", "use super::Y;")];
    assert_eq!(planted(&used_and_shown), [["a.rs", "a/b.rs"]]);
    let called = [("a.rs", "mod b; fn f() { b::g() }"), ("a/b.rs", "use crate::a; fn g() { a::f() }")];
    assert_eq!(planted(&called), [["a.rs", "a/b.rs"]]);
    assert_eq!(planted(&[("a.rs", "mod b; pub use b::X; struct Y;"), ("a/b.rs", "use super::Y;")]), none);
    let siblings = [("a.rs", "mod b; mod c; pub use c::Z;"), ("a/b.rs", "use super::Z;"), ("a/c.rs", "")];
    assert_eq!(planted(&siblings), none);
}

/// A file as its neighbours see it.
struct File {
    module: Vec<String>,
    /// What it names of ours, from the crate's root.
    names: Vec<Vec<String>>,
    /// What it re-exports: the name, and where that comes from.
    re_exports: BTreeMap<String, Vec<String>>,
}

/// Which of our files each file imports, tests left out.
struct Imports(BTreeMap<String, BTreeSet<String>>);

impl Imports {
    fn read(files: &[(String, String)]) -> Self {
        let walls = Walls::new();
        let modules: BTreeSet<Vec<String>> = files.iter().map(|(file, _)| module_of(file)).collect();
        let source = files.iter().filter(|(file, _)| !is_of_tests(file));
        let read: Vec<(&String, File)> =
            source.map(|(file, text)| (file, File::read(file, &Source::read(text), &modules, &walls))).collect();
        let by_module: BTreeMap<&[String], (&String, &File)> =
            read.iter().map(|(name, file)| (file.module.as_slice(), (*name, file))).collect();
        let targets = |name: &String, file: &File| {
            let leads = file.names.iter().filter_map(|path| lead(path, &by_module, RE_EXPORTS_MAX));
            leads.filter(|target| target != name).collect()
        };
        Self(read.iter().map(|(name, file)| ((*name).clone(), targets(name, file))).collect())
    }

    /// The circles of the graph: each a set of files, every one of which reaches every other.
    fn circles(&self) -> Vec<Vec<String>> {
        let reach: BTreeMap<&String, BTreeSet<&String>> =
            self.0.keys().map(|file| (file, self.reached_from(file))).collect();
        let both = |a: &String, b: &String| reach.get(a).is_some_and(|far| far.contains(b));
        let mut found: BTreeSet<Vec<String>> = BTreeSet::new();
        for file in self.0.keys().filter(|file| both(file, file)) {
            found.insert(self.0.keys().filter(|other| both(file, other) && both(other, file)).cloned().collect());
        }
        found.into_iter().collect()
    }

    fn reached_from<'g>(&'g self, start: &'g String) -> BTreeSet<&'g String> {
        let (mut reached, mut open) = (BTreeSet::new(), vec![start]);
        while let Some(file) = open.pop() {
            open.extend(self.0.get(file).into_iter().flatten().filter(|next| reached.insert(*next)));
        }
        reached
    }
}

impl File {
    fn read(file: &str, source: &Source, modules: &BTreeSet<Vec<String>>, walls: &Walls) -> Self {
        let module = module_of(file);
        let named = source.named();
        // A path may begin with a part of this module, or with what an import has brought into scope.
        let absolute = |path: &[String], imported: &BTreeMap<String, Vec<String>>| match walls.target(file, path) {
            Target::Ours(inner) => Some(inner),
            Target::Outside(_) => None,
            Target::Local => {
                let (first, rest) = path.split_first()?;
                let part: Vec<String> = module.iter().chain([first]).cloned().collect();
                let start = imported.get(first).cloned().or_else(|| modules.contains(&part).then_some(part))?;
                Some(start.into_iter().chain(rest.iter().cloned()).collect())
            }
        };
        let none = BTreeMap::new();
        let imported: BTreeMap<String, Vec<String>> = named
            .iter()
            .filter(|named| named.is_import)
            .filter_map(|named| Some((named.path.last()?.clone(), absolute(&named.path, &none)?)))
            .collect();
        let is_used = |named: &Named| {
            let name = named.path.last().map(String::as_str).unwrap_or_default();
            source.tokens.iter().filter(|token| token.text == name).count() > 1
        };
        let names = named
            .iter()
            // What is re-exported and not used here does not make this file depend on it.
            .filter(|named| !named.is_re_export || is_used(named))
            .filter_map(|named| absolute(&named.path, if named.is_import { &none } else { &imported }))
            // The import of a module says nothing: what is taken from it stands in the text.
            .filter(|path| !modules.contains(path))
            .collect();
        let re_exports = named
            .iter()
            .filter(|named| named.is_re_export)
            .filter_map(|named| Some((named.path.last()?.clone(), absolute(&named.path, &none)?)))
            .collect();
        Self { module, names, re_exports }
    }
}

/// The file that a path leads to, through what the files on the way re-export.
fn lead(path: &[String], files: &BTreeMap<&[String], (&String, &File)>, re_exports_left: usize) -> Option<String> {
    let (end, (name, file)) = (1..=path.len()).rev().find_map(|end| Some((end, *files.get(path.get(..end)?)?)))?;
    let (first, rest) = path.get(end..)?.split_first()?;
    match file.re_exports.get(first) {
        Some(origin) if re_exports_left > 0 => {
            let further: Vec<String> = origin.iter().chain(rest).cloned().collect();
            lead(&further, files, re_exports_left - 1)
        }
        Some(_) | None => Some(name.clone()),
    }
}
