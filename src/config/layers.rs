//! Merges file, environment and command line into one [`Config`].
//!
//! The library keeps for each value where it came from. Each value is then read alone, so that every wrong one is told at
//! once, with its key and its place; the library itself would take «7» and «yes» for numbers.

use std::{collections::BTreeMap, path::Path};

use config_rs::{File, FileFormat, Map, Source, Value as Given, ValueKind};
use serde::Deserialize as _;
use serde_json::Value;

use crate::config::{Config, ConfigError, Overrides};

/// The prefix of every variable of the gateway.
pub(super) const ENVIRONMENT_PREFIX: &str = "KOPILKA_";
/// Between the levels of a variable's name; key names have single underscores of their own.
const LEVEL_SEPARATOR: &str = "__";
/// Keys that begin an SMS provider's description, as those of `examples/sms`.
const OF_A_TEMPLATE: [&str; 6] = ["method", "url", "body_kind", "dedupes_by_id", "form", "answer"];

pub(super) fn merge(
    file: Option<&Path>,
    environment: impl IntoIterator<Item = (String, String)>,
    overrides: &Overrides,
) -> Result<Config, ConfigError> {
    let mut layers = config_rs::Config::builder();
    if let Some(path) = file {
        // The library would look for a file of another name when this one is missing.
        std::fs::File::open(path).map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
        layers = layers.add_source(File::from(path).format(FileFormat::Toml));
    }
    for (name, value) in environment {
        if let Some(layer) = variable(name, &value)? {
            layers = layers.add_source(layer);
        }
    }
    let typed = [("database.url", "--database", &overrides.database), ("server.listen", "--listen", &overrides.listen)];
    for (key, option, value) in typed {
        if let Some(value) = value {
            layers = layers.add_source(Setting::new(key, option.to_owned(), value.as_str()));
        }
    }
    let merged = layers.build().map_err(|error| ConfigError::Invalid(vec![unread(&error)]))?;
    read(&merged.cache)
}

/// One key from one place, so that a complaint about it can name the place.
#[derive(Debug, Clone)]
struct Setting {
    key: String,
    value: Given,
}

impl Setting {
    fn new(key: &str, origin: String, value: impl Into<ValueKind>) -> Self {
        Self { key: key.to_owned(), value: Given::new(Some(&origin), value) }
    }
}

impl Source for Setting {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Given>, config_rs::ConfigError> {
        Ok(Map::from_iter([(self.key.clone(), self.value.clone())]))
    }
}

/// A variable as a setting; `None` when the variable is not one.
///
/// A variable without a double underscore is foreign: container systems inject their own. One that resembles a setting
/// with single underscores is refused, since it would silently have no effect. An empty one is «not given».
fn variable(name: String, text: &str) -> Result<Option<Setting>, ConfigError> {
    let Some(key) = name.strip_prefix(ENVIRONMENT_PREFIX) else { return Ok(None) };
    let key = key.to_ascii_lowercase();
    if !key.contains(LEVEL_SEPARATOR) {
        return match mistyped(&key) {
            Some(meant) => Err(ConfigError::Invalid(vec![format!(
                "{name} sets nothing: two underscores go between levels, as in {ENVIRONMENT_PREFIX}{meant}"
            )])),
            None => Ok(None),
        };
    }
    if text.is_empty() {
        return Ok(None);
    }
    let is_a_path = key.split(LEVEL_SEPARATOR).all(|level| {
        level.starts_with(|c: char| c.is_ascii_lowercase())
            && level.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    });
    if !is_a_path {
        let what = format!("{name} sets nothing: its name is not that of a key");
        return Err(ConfigError::Invalid(vec![what]));
    }
    let key = key.replace(LEVEL_SEPARATOR, ".");
    let value = typed(&key, text);
    Ok(Some(Setting::new(&key, name, value)))
}

/// The variable that was probably meant by a name with single underscores only, its section left out or not.
fn mistyped(key: &str) -> Option<String> {
    let defaults = defaults();
    defaults.as_object()?.iter().find_map(|(section, keys)| {
        let of_section = key.strip_prefix(section.as_str()).and_then(|rest| rest.strip_prefix('_'));
        let rest = of_section.unwrap_or(key);
        let known = keys.as_object()?.contains_key(rest);
        known.then(|| format!("{section}{LEVEL_SEPARATOR}{rest}").to_ascii_uppercase())
    })
}

/// A variable is text; the default says what it is to become. A key of digits, a password `true`, must stay text.
fn typed(key: &str, text: &str) -> ValueKind {
    let as_text = || ValueKind::from(text);
    match defaults().pointer(&format!("/{}", key.replace('.', "/"))) {
        Some(Value::Number(_)) => text.parse::<i64>().map_or_else(|_| as_text(), ValueKind::from),
        Some(Value::Bool(_)) => text.parse::<bool>().map_or_else(|_| as_text(), ValueKind::from),
        Some(Value::String(_) | Value::Null | Value::Object(_) | Value::Array(_)) => as_text(),
        None => guessed(text),
    }
}

/// For the SMS provider's settings, whose types only its adapter knows: an integer or a boolean when the text is
/// exactly how one is written (so `007` stays text), anything else is text; quotes force text.
fn guessed(text: &str) -> ValueKind {
    if let Some(quoted) = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        return ValueKind::from(quoted);
    }
    match (text.parse::<i64>(), text.parse::<bool>()) {
        (Ok(number), _) if number.to_string() == text => ValueKind::from(number),
        (_, Ok(flag)) => ValueKind::from(flag),
        (_, Err(_)) => ValueKind::from(text),
    }
}

/// The defaults as a tree: which keys there are, and of what type. A key without a default is there and empty.
pub(super) fn defaults() -> Value {
    serde_json::to_value(Config::default()).unwrap_or_default()
}

/// A value that was given, with its place.
struct Leaf {
    path: Vec<String>,
    origin: Option<String>,
    value: Value,
}

impl Leaf {
    /// The value alone, in its sections.
    fn nested(&self) -> Value {
        self.path
            .iter()
            .rev()
            .fold(self.value.clone(), |inner, key| Value::Object(serde_json::Map::from_iter([(key.clone(), inner)])))
    }

    /// What is wrong with it, in one sentence. The value is left out: it may be a password that was put under the wrong
    /// key.
    fn problem(&self) -> Option<String> {
        let error = Config::deserialize(self.nested()).err()?.to_string();
        let (path, what) = self.told(&error);
        let key = if path.is_empty() { String::new() } else { format!("{}: ", path.join(".")) };
        let origin = self.origin.as_ref().map(|origin| format!(" (in {origin})")).unwrap_or_default();
        Some(format!("{key}{what}{origin}"))
    }

    /// The path that a complaint is about, and the complaint.
    fn told(&self, error: &str) -> (&[String], String) {
        let expected = |error: &str| error.rsplit_once(", expected ").map(|(_, what)| what.replace('`', ""));
        if let Some(rest) = error.strip_prefix("unknown field `") {
            let name = rest.split('`').next().unwrap_or_default();
            let place = self.path.iter().position(|key| key == name).unwrap_or_default();
            let path = self.path.get(..place).unwrap_or_default();
            if path.is_empty() && OF_A_TEMPLATE.contains(&name) {
                let what = "this describes an SMS provider and is no configuration: give the provider as `preset` in [sms], or put \
                            these keys under [sms.template]";
                return (&[], what.to_owned());
            }
            let known = expected(rest).unwrap_or_default();
            let known = known.strip_prefix("one of ").unwrap_or(&known).to_owned();
            return (path, format!("there is no key `{name}` here; the keys are {known}"));
        }
        let what = if error.starts_with("unknown variant ") {
            let known = expected(error).unwrap_or_default();
            format!("the value is none of {}", known.strip_prefix("one of ").unwrap_or(&known))
        } else if error.starts_with("invalid type: ") || error.starts_with("invalid value: ") {
            format!("found {}, expected {}", shown(&self.value), expected(error).unwrap_or_default())
        } else {
            error.to_owned()
        };
        (&self.path, what)
    }
}

/// What was given, in words that do not show a text.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(flag) => format!("{flag}"),
        Value::Number(number) => format!("{number}"),
        Value::String(_) => "a text".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a section".to_owned(),
    }
}

/// Reads the merged layers: every wrong value is told, not the first one alone.
fn read(merged: &Given) -> Result<Config, ConfigError> {
    let mut leaves = BTreeMap::new();
    collect(merged, Vec::new(), &mut leaves);
    let mut problems: Vec<String> = leaves.values().filter_map(Leaf::problem).collect();
    // A file of the wrong kind is told once, not with each of its keys.
    problems.dedup();
    if !problems.is_empty() {
        return Err(ConfigError::Invalid(problems));
    }
    // Nothing of the text is shown here either: what is wrong alone was told above.
    let whole = Config::deserialize(as_json(merged));
    whole.map_err(|_| ConfigError::Invalid(vec!["the settings do not fit together".to_owned()]))
}

/// The values below a value, by their paths. An empty section is a value.
fn collect(given: &Given, path: Vec<String>, leaves: &mut BTreeMap<Vec<String>, Leaf>) {
    match &given.kind {
        ValueKind::Table(table) if path.is_empty() || !table.is_empty() => {
            for (key, inner) in table {
                collect(inner, [path.as_slice(), std::slice::from_ref(key)].concat(), leaves);
            }
        }
        ValueKind::Nil
        | ValueKind::Boolean(_)
        | ValueKind::I64(_)
        | ValueKind::I128(_)
        | ValueKind::U64(_)
        | ValueKind::U128(_)
        | ValueKind::Float(_)
        | ValueKind::String(_)
        | ValueKind::Table(_)
        | ValueKind::Array(_) => {
            let origin = given.origin().map(str::to_owned);
            leaves.insert(path.clone(), Leaf { path, origin, value: as_json(given) });
        }
    }
}

fn as_json(given: &Given) -> Value {
    match &given.kind {
        ValueKind::Nil => Value::Null,
        ValueKind::Boolean(flag) => Value::from(*flag),
        ValueKind::I64(number) => Value::from(*number),
        ValueKind::U64(number) => Value::from(*number),
        // TOML has no numbers as large as these.
        ValueKind::I128(number) => Value::from(number.to_string()),
        ValueKind::U128(number) => Value::from(number.to_string()),
        ValueKind::Float(number) => Value::from(*number),
        ValueKind::String(text) => Value::from(text.as_str()),
        ValueKind::Table(table) => table.iter().map(|(key, inner)| (key.clone(), as_json(inner))).collect(),
        ValueKind::Array(list) => list.iter().map(as_json).collect(),
    }
}

/// A file that is no TOML.
fn unread(error: &config_rs::ConfigError) -> String {
    without_source(&error.to_string())
}

/// A syntax error quotes the offending line between bars; the line number is enough.
fn without_source(text: &str) -> String {
    text.lines().filter(|line| !line.contains(" |")).collect::<Vec<_>>().join(": ")
}
