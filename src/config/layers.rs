//! Merges file, environment and command line into one [`Config`].

use std::path::Path;

use figment::{
    Figment, Metadata, Profile, Provider,
    error::{Actual, Kind},
    providers::{Format, Toml},
    value::{Dict, Map, Value},
};

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
    let mut figment = Figment::new();
    if let Some(path) = file {
        // A file that was named and is missing is a mistake; the provider would pass over it in silence.
        std::fs::File::open(path).map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
        figment = figment.merge(Toml::file_exact(path));
    }
    for (name, value) in environment {
        if let Some(layer) = variable(name, &value)? {
            figment = figment.merge(layer);
        }
    }
    let typed = [("database.url", "--database", &overrides.database), ("server.listen", "--listen", &overrides.listen)];
    for (key, option, value) in typed {
        if let Some(value) = value {
            figment = figment.merge(Setting::new(key, option.to_owned(), Value::from(value.clone())));
        }
    }
    figment.extract().map_err(|error| ConfigError::Invalid(error.into_iter().map(sentence).collect()))
}

/// One key from one place, so that a complaint about it can name the place.
struct Setting {
    origin: String,
    value: Value,
}

impl Setting {
    fn new(key: &str, origin: String, value: Value) -> Self {
        Self { origin, value: figment::util::nest(key, value) }
    }
}

impl Provider for Setting {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.origin.clone())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let levels = self.value.clone().into_dict().unwrap_or_default();
        Ok(Map::from([(Profile::Default, levels)]))
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
    let key = key.replace(LEVEL_SEPARATOR, ".");
    let value = typed(&key, text);
    Ok(Some(Setting::new(&key, name, value)))
}

/// The variable that was probably meant by a name with single underscores only, its section left out or not.
fn mistyped(key: &str) -> Option<String> {
    let defaults = defaults();
    defaults.as_dict()?.iter().find_map(|(section, keys)| {
        let of_section = key.strip_prefix(section.as_str()).and_then(|rest| rest.strip_prefix('_'));
        let rest = of_section.unwrap_or(key);
        let known = keys.as_dict()?.contains_key(rest);
        known.then(|| format!("{section}{LEVEL_SEPARATOR}{rest}").to_ascii_uppercase())
    })
}

/// A variable is text; the default says what it is to become. A key of digits, a password `true`, must stay text.
fn typed(key: &str, text: &str) -> Value {
    let as_text = || Value::from(text.to_owned());
    let as_integer = || text.parse::<i64>().map(Value::from);
    match defaults().find_ref(key) {
        Some(Value::Num(..)) => as_integer().unwrap_or_else(|_| as_text()),
        Some(Value::Bool(..)) => text.parse::<bool>().map_or_else(|_| as_text(), Value::from),
        Some(Value::String(..) | Value::Char(..) | Value::Empty(..) | Value::Dict(..) | Value::Array(..)) => as_text(),
        None => guessed(text),
    }
}

/// For the SMS provider's settings, whose types only its adapter knows: an integer or a boolean when the text is
/// exactly how one is written (so `007` stays text), anything else is text; quotes force text.
fn guessed(text: &str) -> Value {
    if let Some(quoted) = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        return Value::from(quoted.to_owned());
    }
    match (text.parse::<i64>(), text.parse::<bool>()) {
        (Ok(number), _) if number.to_string() == text => Value::from(number),
        (_, Ok(flag)) => Value::from(flag),
        (_, Err(_)) => Value::from(text.to_owned()),
    }
}

/// The defaults as a tree: which keys there are, and of what type. A key without a default is there and empty.
fn defaults() -> Value {
    Value::serialize(Config::default()).unwrap_or_else(|_| Value::from(Dict::new()))
}

/// A complaint of the deserialiser in one sentence. The offending text is left out: it may be a password that was put
/// under the wrong key.
fn sentence(error: figment::Error) -> String {
    let what = match &error.kind {
        Kind::InvalidType(actual, expected) | Kind::InvalidValue(actual, expected) => {
            format!("found {}, expected {expected}", shown(actual))
        }
        Kind::UnknownField(name, _) if error.path.iter().all(|key| key == name) && OF_A_TEMPLATE.contains(&name.as_str()) => {
            "this describes an SMS provider and is no configuration: give the provider as `preset` in [sms], or put these keys \
             under [sms.template]"
                .to_owned()
        }
        Kind::UnknownField(name, known) => format!("there is no key `{name}` here; the keys are {}", known.join(", ")),
        Kind::UnknownVariant(_, known) => format!("the value is none of {}", known.join(", ")),
        Kind::Message(text) => without_source(text),
        other @ (Kind::InvalidLength(..)
        | Kind::MissingField(_)
        | Kind::DuplicateField(_)
        | Kind::ISizeOutOfRange(_)
        | Kind::USizeOutOfRange(_)
        | Kind::Unsupported(_)
        | Kind::UnsupportedKey(..)) => other.to_string(),
    };
    let key = if error.path.is_empty() { String::new() } else { format!("{}: ", error.path.join(".")) };
    let origin = match &error.metadata {
        Some(metadata) => match &metadata.source {
            Some(source) => format!(" (in {source})"),
            None => format!(" (in {})", metadata.name),
        },
        None => String::new(),
    };
    format!("{key}{what}{origin}")
}

/// A syntax error quotes the offending line between bars; the line number is enough.
fn without_source(text: &str) -> String {
    text.lines().filter(|line| !line.contains(" |")).collect::<Vec<_>>().join(": ")
}

fn shown(actual: &Actual) -> String {
    if matches!(actual, Actual::Str(_) | Actual::Char(_) | Actual::Bytes(_) | Actual::Other(_)) {
        "a text".to_owned()
    } else {
        actual.to_string()
    }
}
