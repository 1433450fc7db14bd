//! A source without comments, literals and tests: its paths, and how long it is.

use super::lexer::{self, Token};

/// A file without comments, literals and tests, as tokens.
pub(super) struct Source {
    pub(super) tokens: Vec<Token>,
    lines: usize,
    lines_of_tests: usize,
}

impl Source {
    pub(super) fn read(text: &str) -> Self {
        let mut tokens = lexer::tokens(text);
        let lines_of_tests = drop_tests(&mut tokens);
        Self { tokens, lines: text.lines().count(), lines_of_tests }
    }

    pub(super) const fn lines_without_tests(&self) -> usize {
        self.lines.saturating_sub(self.lines_of_tests)
    }

    /// All paths: `a::b` wherever it stands, and whatever a `use` names, groups taken apart.
    pub(super) fn named(&self) -> Vec<Named> {
        let mut named = Vec::new();
        let mut rest = self.tokens.as_slice();
        let (mut before, mut before_use) = ("", "");
        while let Some((token, after)) = rest.split_first() {
            let starts = token.is_name() && before != "::" && before != ".";
            if starts && token.text != "use" {
                let mut found = Vec::new();
                rest = tree(rest, &[], &mut found);
                let is_import = before == "use";
                // «pub use», and «pub(crate) use».
                let is_re_export = is_import && ["pub", ")"].contains(&before_use);
                let paths = found.into_iter().filter(|(_, path)| is_import || path.len() > 1);
                named.extend(paths.map(|(line, path)| Named { line, path, is_import, is_re_export }));
            } else {
                rest = after;
            }
            (before_use, before) = (before, &token.text);
        }
        named
    }
}

/// A path that a source names.
pub(super) struct Named {
    pub(super) line: usize,
    pub(super) path: Vec<String>,
    /// It stands in a `use`.
    pub(super) is_import: bool,
    /// It stands in a `pub use`.
    pub(super) is_re_export: bool,
}

/// Reads one path, or a group of them, into `found`; returns what follows.
fn tree<'t>(tokens: &'t [Token], prefix: &[String], found: &mut Vec<(usize, Vec<String>)>) -> &'t [Token] {
    let Some((name, rest)) = tokens.split_first() else { return tokens };
    let mut path = prefix.to_vec();
    path.push(name.text.clone());
    match rest {
        [colons, next, ..] if colons.text == "::" && (next.is_name() || next.text == "*") => {
            tree(rest.get(1..).unwrap_or_default(), &path, found)
        }
        [colons, brace, inside @ ..] if colons.text == "::" && brace.text == "{" => {
            let mut inside = inside;
            while let Some((token, after)) = inside.split_first() {
                match token.text.as_str() {
                    "}" => return after,
                    "," => inside = after,
                    "as" => inside = after.get(1..).unwrap_or_default(),
                    _ => inside = tree(inside, &path, found),
                }
            }
            inside
        }
        _ => {
            // «receipt::{self}» names the module.
            path.truncate(path.len() - usize::from(name.text == "self" && path.len() > 1));
            found.push((name.line, path));
            rest
        }
    }
}

/// Removes every item that is compiled for tests only; answers how many lines they take.
fn drop_tests(tokens: &mut Vec<Token>) -> usize {
    const MARKS: [&[&str]; 2] =
        [&["#", "[", "cfg", "(", "test", ")", "]"], &["#", "[", "cfg", "(", "all", "(", "test", ","]];
    let mut lines = 0;
    let begins_with = |tokens: &[Token], mark: &[&str]| {
        tokens.len() >= mark.len() && tokens.iter().zip(mark).all(|(token, wanted)| token.text == *wanted)
    };
    let is_marked = |tokens: &[Token]| MARKS.iter().any(|mark| begins_with(tokens, mark));
    while let Some(start) = (0..tokens.len()).find(|start| is_marked(tokens.get(*start..).unwrap_or_default())) {
        let mut depth = 0_usize;
        let mut end = tokens.len();
        for (index, token) in tokens.iter().enumerate().skip(start + 1) {
            match token.text.as_str() {
                "{" | "(" | "[" => depth += 1,
                "}" | ")" | "]" => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 && ["}", ";"].contains(&token.text.as_str()) {
                end = index + 1;
                break;
            }
        }
        let gone: Vec<Token> = tokens.drain(start..end).collect();
        if let [first, .., last] = gone.as_slice() {
            lines += last.line - first.line + 1;
        }
    }
    lines
}
