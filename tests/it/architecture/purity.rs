//! What a file may not hold wherever it stands: floats in the core, the time of day, unfinished work, too many lines.

use super::{files::part_of, source::Source};

/// What tells the time of day, and where it may be asked: everybody else asks the clock, which a test can turn.
const TELL_TIME: [&str; 3] = ["Utc::now", "Local::now", "SystemTime::now"];
pub(super) const MAY_ASK_THE_TIME: [&str; 2] = ["clock.rs", "notify/console.rs"];

/// Points and money are integers all the way.
pub(super) const WITHOUT_FLOATS: [&str; 5] = ["domain", "working_set", "service", "store", "seam"];

/// Macros and words that say that something is not done.
const UNFINISHED_MACROS: [&str; 2] = ["todo", "unimplemented"];
const UNFINISHED_WORDS: [&str; 2] = ["TODO", "FIXME"];

/// Lines of a file, tests aside: what is longer is two things in one.
pub(super) const LINES_MAX: usize = 700;

/// How a file begins that a test writes: nobody reads it from end to end.
pub(super) const GENERATED: &str = "//! Made from ";

/// What a file holds and may not, with the lines; `file` is its path under `src`.
pub(super) fn broken(file: &str, text: &str, source: &Source) -> Vec<(usize, String)> {
    let mut rules = unfinished(text, source);
    let lines = source.lines_without_tests();
    if lines > LINES_MAX && !text.starts_with(GENERATED) {
        rules.push((LINES_MAX, format!("{lines} lines without tests; a file has {LINES_MAX} at most")));
    }
    let part = part_of(file);
    if WITHOUT_FLOATS.contains(&part) {
        let floats = source.tokens.iter().filter(|token| token.is_float());
        rules.extend(floats.map(|token| (token.line, format!("{} is a float; {part} counts in integers", token.text))));
    }
    if !MAY_ASK_THE_TIME.contains(&file) {
        let shown = source.named().into_iter().map(|named| (named.line, named.path.join("::")));
        let asks = shown.filter(|(_, path)| TELL_TIME.iter().any(|teller| is_at_the_end(teller, path)));
        let may = MAY_ASK_THE_TIME.join(" and ");
        rules.extend(asks.map(|(line, path)| (line, format!("{path}: only {may} may ask for the time"))));
    }
    rules
}

/// Whether a path is the wanted one, or ends with it.
fn is_at_the_end(wanted: &str, path: &str) -> bool {
    path.strip_suffix(wanted).is_some_and(|before| before.is_empty() || before.ends_with("::"))
}

fn unfinished(text: &str, source: &Source) -> Vec<(usize, String)> {
    let calls = source.tokens.windows(2).filter_map(|pair| match pair {
        [name, bang] if bang.text == "!" && UNFINISHED_MACROS.contains(&name.text.as_str()) => {
            Some((name.line, format!("{}! is not finished", name.text)))
        }
        _ => None,
    });
    let words = text.lines().zip(1..).flat_map(|(line, number)| {
        let said = UNFINISHED_WORDS.iter().filter(move |word| line.contains(**word));
        said.map(move |word| (number, format!("{word}: do it, or write it down elsewhere")))
    });
    calls.chain(words).collect()
}
