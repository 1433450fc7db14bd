//! What to do after a database was made: said by what makes one, so that nobody has to look for it.

use std::path::Path;

use crate::config::{Config, KeySource};

/// That a database was made, and what has to be kept of it.
pub(super) fn made(config: &Config) -> String {
    let url = &config.database.url;
    match config.key_source() {
        Some(KeySource::File { path, .. }) => {
            format!(
                "A NEW DATABASE WAS MADE: {url}. Its key is {}: keep copies of both (docs/backup.md).",
                path.display()
            )
        }
        Some(KeySource::Inline(_)) | None => {
            format!("A NEW DATABASE WAS MADE: {url}. Its key is in the settings: keep copies of both (docs/backup.md).")
        }
    }
}

/// The options by which another command works on the same database. A password is not repeated.
pub(super) fn options(config: Option<&Path>, database: Option<&str>) -> String {
    let mut options = String::new();
    if let Some(file) = config {
        options.push_str(&format!(" --config {}", quoted(&file.display().to_string())));
    }
    match database {
        Some(url) if url.starts_with("sqlite://") => options.push_str(&format!(" --database {}", quoted(url))),
        Some(_) => options.push_str(" --database \"$KOPILKA_DATABASE__URL\""),
        None => {}
    }
    options
}

/// The two commands after which a till can call, to be pasted into a shell.
pub(super) fn commands(program: &str, options: &str) -> String {
    let program = quoted(program);
    format!(
        "Nobody can call it yet: there is no partner. Paste these two commands into another terminal, in this folder:\n\
         \n  {program} partner add{options} --code shop --name 'Моя компания' --programme main --store M1='Первый магазин'\n  \
         {program} till add{options} --partner shop --store M1 --till M1-01 --login kassa-1\n\n\
         The second asks for a password. What to enter in 1C: docs/1c.md; what is still to be done: {program} doctor{options}"
    )
}

/// A word as a shell reads it as one.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-:=".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_database_is_named_without_its_password() {
        let given = |database| options(Some(Path::new("my shop.toml")), database);
        assert_eq!(given(None), " --config 'my shop.toml'");
        assert_eq!(given(Some("sqlite://k.db")), " --config 'my shop.toml' --database sqlite://k.db");
        assert!(!given(Some("postgres://u:s3cret@h/b")).contains("s3cret"));
        assert_eq!(options(None, None), "");
        assert_eq!(quoted("it's"), "'it'\\''s'");
        let said = commands("target/release/kopilka", " --config k.toml");
        assert!(said.contains("\n  target/release/kopilka partner add --config k.toml --code shop"), "{said}");
    }
}
