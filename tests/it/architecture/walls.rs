//! The walls: who may name whom, and which outside crate lives where.

use std::collections::BTreeSet;

use super::{
    files::{dependencies, is_in, is_within, module_of, part_of},
    source::{Named, Source},
};

/// Who may name whom of ours: a part (a file or folder right under `src`) and the paths that it may name besides its
/// own. `*` is everything.
pub(super) const PARTS: [(&str, &[&str]); 20] = [
    ("lib", &[]),
    ("main", &["cli"]),
    ("domain", &[]),
    ("clock", &["domain::moment"]),
    ("config", &["secret"]),
    ("secret", &[]),
    ("telemetry", &["config"]),
    ("vault", &[]),
    ("wakeup", &[]),
    ("working_set", &["domain", "secret", "vault"]),
    ("access", &["domain::reference", "secret"]),
    // Service and store are siblings: neither knows the other.
    ("service", &["domain", "secret", "working_set"]),
    ("store", &["domain", "secret", "working_set", "vault", "config::DatabaseUrl", "clock"]),
    ("seam", &["domain", "working_set", "store", "access", "vault", "wakeup", "clock"]),
    (
        "soap",
        &[
            "domain",
            "working_set::command",
            "working_set::questions",
            "service",
            "access",
            "secret",
            "seam::dispatcher",
            "config::XmlLimits",
            "telemetry::LogFields",
        ],
    ),
    // What HTTP asks of SOAP it says by a trait of its own, which the composition root fulfils.
    ("http", &["config", "secret", "telemetry"]),
    // A client of the services: what it shows it is handed.
    ("web", &["http"]),
    ("notify", &["secret"]),
    ("app", &["*"]),
    (
        "cli",
        &[
            "access",
            "app",
            "clock",
            "config",
            "domain",
            "secret",
            "store::admin",
            "store::books",
            "store::db",
            "store::error",
            "store::questions",
            "store::tables",
            "telemetry",
            "vault",
            "working_set::questions",
        ],
    ),
];

/// Outside crates that a pure part may name; the other parts may name any.
pub(super) const PURE: [(&str, &[&str]); 3] = [
    ("domain", &["std", "core", "chrono", "rust_decimal", "thiserror", "unicode_normalization"]),
    // Digests and encodings are functions.
    ("working_set", &["std", "core", "chrono", "thiserror", "sha2", "base64"]),
    ("service", &["std", "core", "chrono", "sha2"]),
];

/// Outside crates that live in one place: a path, and where it may be named.
pub(super) const ONLY_IN: [(&str, &str); 21] = [
    ("unicode_normalization", "domain/spelling.rs"),
    ("diesel", "store"),
    ("diesel_migrations", "store"),
    ("chacha20poly1305", "vault"),
    ("bip39", "vault/escrow.rs"),
    ("argon2", "access"),
    ("lz4_flex", "store/db/compress.rs"),
    ("yaserde", "soap"),
    ("quick_xml", "soap"),
    ("xml", "soap"),
    ("hyper", "http"),
    ("hyper_util", "http"),
    ("http_body_util", "http"),
    ("ureq", "notify"),
    ("config_rs", "config"),
    ("quick_cache", "access"),
    ("tracing_subscriber", "telemetry"),
    ("mimalloc", "main.rs"),
    ("clap", "cli"),
    ("rpassword", "cli/typed.rs"),
    ("rustix", "app/files.rs"),
];

/// The tables above, ready to be applied to files.
pub(super) struct Walls {
    crates: BTreeSet<String>,
}

impl Walls {
    pub(super) fn new() -> Self {
        Self { crates: dependencies() }
    }

    pub(super) fn has_crate(&self, name: &str) -> bool {
        self.crates.contains(name)
    }

    /// What a file names and may not, with the lines; `file` is its path under `src`.
    pub(super) fn broken(&self, file: &str, source: &Source) -> Vec<(usize, String)> {
        let mut rules = Vec::new();
        if file.ends_with("mod.rs") {
            rules.push((1, "a module is foo.rs beside foo/, not a mod.rs".to_owned()));
        }
        let part = part_of(file);
        let Some((_, may_name)) = PARTS.iter().find(|(name, _)| *name == part) else {
            let unknown = "is no part of the architecture; put it into the table of parts, or elsewhere";
            rules.push((1, format!("{part} {unknown}")));
            return rules;
        };
        for Named { line, path, .. } in source.named() {
            rules.extend(self.broken_by_path(file, may_name, &path).map(|rule| (line, rule)));
        }
        rules
    }

    fn broken_by_path(&self, file: &str, may_name: &[&str], path: &[String]) -> Option<String> {
        let (part, shown) = (part_of(file), path.join("::"));
        match self.target(file, path) {
            Target::Ours(inner) => {
                let is_own = inner.first().is_none_or(|first| first == part);
                let inner = inner.join("::");
                let is_allowed = is_own || may_name.iter().any(|allowed| *allowed == "*" || is_within(&inner, allowed));
                (!is_allowed).then(|| format!("{part} may not name {inner}"))
            }
            Target::Outside(name) => {
                if PURE.iter().any(|(pure, allowed)| *pure == part && !allowed.contains(&name)) {
                    return Some(format!("{part} is pure and may not name {shown}"));
                }
                let mut places = ONLY_IN.iter().filter(|(kept, _)| is_within(kept, name)).peekable();
                let is_kept = places.peek().is_some();
                let is_elsewhere =
                    is_kept && !places.any(|(kept, place)| is_within(&shown, kept) && is_in(file, place));
                is_elsewhere.then(|| format!("{part} may not name {shown}: {name} lives elsewhere"))
            }
            Target::Local => None,
        }
    }

    /// What a path leads to, from a file.
    pub(super) fn target<'p>(&self, file: &str, path: &'p [String]) -> Target<'p> {
        let Some((first, rest)) = path.split_first() else { return Target::Local };
        match first.as_str() {
            "crate" | "kopilka" => Target::Ours(rest.to_vec()),
            "self" | "super" => {
                let mut module: Vec<String> = module_of(file);
                let ups = path.iter().take_while(|part| *part == "super").count();
                module.truncate(module.len().saturating_sub(ups));
                let below = path.iter().skip_while(|part| *part == "super" || *part == "self");
                Target::Ours(module.into_iter().chain(below.cloned()).collect())
            }
            "std" | "core" | "alloc" => Target::Outside(first),
            name if self.crates.contains(name) => Target::Outside(first),
            _ => Target::Local,
        }
    }
}

/// Where a path leads.
pub(super) enum Target<'p> {
    /// Into this crate, from its root.
    Ours(Vec<String>),
    /// Into another crate.
    Outside(&'p str),
    /// To a name in scope, whose import is judged where it stands.
    Local,
}
