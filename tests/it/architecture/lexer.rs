//! Takes a source apart, roughly: enough for names and paths, and never misled by a comment or a literal.

pub(super) struct Token {
    pub(super) text: String,
    pub(super) line: usize,
}

impl Token {
    pub(super) fn is_name(&self) -> bool {
        self.text.starts_with(|c: char| c.is_alphabetic() || c == '_')
    }

    pub(super) fn is_float(&self) -> bool {
        if !self.text.starts_with(|c: char| c.is_ascii_digit()) {
            return ["f32", "f64"].contains(&self.text.as_str());
        }
        let unit = self.text.find(|c: char| c.is_alphabetic()).map_or("", |at| self.text.get(at..).unwrap_or_default());
        self.text.contains('.') || unit.starts_with(['e', 'E']) || unit.starts_with("f32") || unit.starts_with("f64")
    }
}

/// The tokens of a source, without comments and literals.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    Lexer { rest: &text.chars().collect::<Vec<_>>(), line: 1 }.tokens()
}

struct Lexer<'s> {
    rest: &'s [char],
    line: usize,
}

impl Lexer<'_> {
    fn tokens(mut self) -> Vec<Token> {
        let mut tokens: Vec<Token> = Vec::new();
        loop {
            let line = self.line;
            let text: String = match *self.rest {
                [] => return tokens,
                ['/', '/', ..] => self.skip(|rest| rest.starts_with(&['\n'])),
                ['/', '*', ..] => self.skip_block_comment(),
                ['"', ..] => self.skip_string(1, "\""),
                ['\'', '\\', ..] => self.skip_char(3),
                ['\'', c, '\'', ..] if c != '\'' => self.skip_char(2),
                [c, ..] if c.is_alphabetic() || c == '_' => self.name_or_literal(),
                [c, ..] if c.is_ascii_digit() => {
                    let is_field = tokens.last().is_some_and(|token| token.text == ".");
                    self.number(is_field)
                }
                [':', ':', ..] => self.take(2),
                [_, ..] => self.take(1),
            };
            if !text.trim().is_empty() {
                tokens.push(Token { text, line });
            }
        }
    }

    fn take(&mut self, count: usize) -> String {
        let (taken, rest) = self.rest.split_at(count.min(self.rest.len()));
        self.line += taken.iter().filter(|c| **c == '\n').count();
        self.rest = rest;
        taken.iter().collect()
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> String {
        self.take(self.rest.iter().take_while(|c| wanted(**c)).count())
    }

    /// Leaves out everything before the place where `ends` holds; what is left out becomes a blank.
    fn skip(&mut self, ends: impl Fn(&[char]) -> bool) -> String {
        while !self.rest.is_empty() && !ends(self.rest) {
            self.take(1);
        }
        " ".to_owned()
    }

    fn skip_block_comment(&mut self) -> String {
        let mut depth = 0_usize;
        loop {
            match self.rest {
                [] => break,
                ['/', '*', ..] => {
                    depth += 1;
                    self.take(2);
                }
                ['*', '/', ..] => {
                    depth = depth.saturating_sub(1);
                    self.take(2);
                    if depth == 0 {
                        break;
                    }
                }
                [_, ..] => {
                    self.take(1);
                }
            }
        }
        " ".to_owned()
    }

    /// A string whose opening quote has so many characters that are still to be taken: none are, of a raw string, and
    /// only that has no escapes.
    fn skip_string(&mut self, opening: usize, closing: &str) -> String {
        let closing: Vec<char> = closing.chars().collect();
        let has_escapes = opening > 0;
        self.take(opening);
        loop {
            match self.rest {
                [] => break,
                ['\\', ..] if has_escapes => {
                    self.take(2);
                }
                rest if rest.starts_with(&closing) => {
                    self.take(closing.len());
                    break;
                }
                [_, ..] => {
                    self.take(1);
                }
            }
        }
        " ".to_owned()
    }

    /// A character literal; its closing quote is not among the first `before` characters.
    fn skip_char(&mut self, before: usize) -> String {
        self.take(before);
        self.skip(|rest| rest.starts_with(&['\'']));
        self.take(1);
        " ".to_owned()
    }

    /// A name, or the literal that a prefix such as `r#` or `b` begins.
    fn name_or_literal(&mut self) -> String {
        let name = self.take_while(|c| c.is_alphanumeric() || c == '_');
        let is_raw = ["r", "br", "cr"].contains(&name.as_str());
        let hashes = self.rest.iter().take_while(|c| **c == '#').count();
        let quote = self.rest.get(hashes).copied();
        match quote {
            Some('"') if is_raw => {
                self.take(hashes + 1);
                self.skip_string(0, &format!("\"{}", "#".repeat(hashes)))
            }
            Some('"') if hashes == 0 && ["b", "c"].contains(&name.as_str()) => self.skip_string(1, "\""),
            Some('\'') if hashes == 0 && name == "b" => {
                self.skip_char(if self.rest.get(1) == Some(&'\\') { 3 } else { 2 })
            }
            Some(_) | None => name,
        }
    }

    /// A number; after a dot it is the number of a field, which another dot may follow.
    fn number(&mut self, is_field: bool) -> String {
        let mut number = self.take_while(|c| c.is_alphanumeric() || c == '_');
        if !is_field && matches!(self.rest, ['.', digit, ..] if digit.is_ascii_digit()) {
            number.push_str(&self.take(1));
            number.push_str(&self.take_while(|c| c.is_alphanumeric() || c == '_'));
        }
        number
    }
}
