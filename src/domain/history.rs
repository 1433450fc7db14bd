//! Changes of the registry and of cards as people read them: Russian names of columns, values in the units of people.
//!
//! A row before and after a change is its columns by name. Of a password only that it was changed is told.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{
    account::AccountState,
    card::CardState,
    moment::Moment,
    money::{Kopecks, Points},
    russian,
};

/// The kind of the gateway's limits in the registry.
pub const LIMITS: &str = "limits";
/// The kind of an entry which says that rows were accepted as they were.
pub const ACCEPTANCE: &str = "acceptance";
/// What an acceptance is about, as its entry names it.
pub const ALL_ROWS: &str = "all rows";
/// Whose the limits are, as their entry names it.
pub const THE_GATEWAY: &str = "gateway";
/// The kind of a change of a card.
pub const CARD: &str = "card";
/// The kind of a change of an account.
pub const ACCOUNT: &str = "account";
/// Who changes what from the command line.
pub const COMMAND_LINE: &str = "command line";
/// Who wrote down what was there before there was a registry's chain.
pub const UPGRADE: &str = "upgrade";
/// A gateway that started with other limits than the one before it.
pub const GATEWAY: &str = "gateway start";
/// Authors that are no login: no login may be called so.
pub const AUTHORS: [&str; 3] = [COMMAND_LINE, UPGRADE, GATEWAY];
/// How the reason of a change of phone begins.
pub const PHONE_CHANGE: &str = "Смена телефона: ";

/// Milliseconds in a minute.
const MINUTE_MS: i64 = 60_000;
/// Milliseconds in a day.
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// What a column says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A number.
    Number(i64),
    /// Yes or no.
    Flag(bool),
    /// A text.
    Text(String),
}

/// A row: its columns that say something.
pub type Columns = BTreeMap<String, Value>;

/// A field that a change changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldChange {
    /// The column, as the database has it.
    pub name: String,
    /// Its name in Russian.
    pub label: String,
    /// What it said; `None` when it said nothing, and of a new row.
    pub before: Option<String>,
    /// What it says; `None` when it says nothing now.
    pub after: Option<String>,
}

/// What a reference leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// A partner.
    Partner,
    /// A programme.
    Programme,
    /// A network.
    Network,
    /// A store.
    Store,
    /// A till.
    Till,
}

/// What a column's number or text means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    /// Not told: an id, a counter, or what the entry says anyway.
    Hidden,
    /// Only that it was changed is told.
    Password,
    /// As it is.
    Plain,
    Points,
    Roubles,
    /// Hundredths of a percent.
    Percent,
    /// Milliseconds, told in minutes.
    Minutes,
    /// Milliseconds, told in days.
    DaysOfMs,
    Days,
    Seconds,
    YesNo,
    /// Milliseconds since 1970, told in local time.
    Time,
    /// Minutes from UTC.
    Offset,
    Roles,
    Rounding,
    Returns,
    To(Place),
}

/// A kind of row: its title, and how it is told that one was added and changed.
struct Kind {
    word: &'static str,
    title: &'static str,
    added: &'static str,
    changed: &'static str,
    columns: &'static [(&'static str, &'static str, Unit)],
}

impl Kind {
    /// «Закрыт» or «закрыта», as the title's gender is.
    fn closed(&self) -> &'static str {
        if self.added.ends_with('а') { "закрыта" } else { "закрыт" }
    }

    /// «Открыт» or «открыта».
    fn opened(&self) -> &'static str {
        if self.added.ends_with('а') { "открыта" } else { "открыт" }
    }
}

/// Every kind of the registry, each with its columns in the order in which they are told.
const KINDS: [Kind; 8] = [
    Kind {
        word: "partner",
        title: "Партнёр",
        added: "добавлен",
        changed: "изменён",
        columns: &[
            ("id", "", Unit::Hidden),
            ("code", "Код", Unit::Plain),
            ("name", "Наименование", Unit::Plain),
            ("disabled", "Закрыт", Unit::YesNo),
        ],
    },
    Kind {
        word: "programme",
        title: "Программа",
        added: "добавлена",
        changed: "изменена",
        columns: &[
            ("id", "", Unit::Hidden),
            ("code", "Код", Unit::Plain),
            ("name", "Наименование", Unit::Plain),
            ("owner_id", "Владелец", Unit::To(Place::Partner)),
        ],
    },
    Kind {
        word: "rules",
        title: "Правила программы",
        added: "заданы",
        changed: "изменены",
        columns: &[
            ("programme_id", "", Unit::Hidden),
            ("version", "", Unit::Hidden),
            ("recorded_at", "", Unit::Hidden),
            ("valid_from", "Начало действия", Unit::Time),
            ("earn_points", "Начисление: баллов за шаг суммы", Unit::Points),
            ("earn_step", "Начисление: шаг суммы", Unit::Roubles),
            ("earn_unit", "Начисление: точность округления", Unit::Points),
            ("earn_rounding", "Начисление: округление", Unit::Rounding),
            ("spend_share_max", "Списание: доля чека не больше", Unit::Percent),
            ("spend_unit", "Списание: кратно", Unit::Points),
            ("code_required", "Списание подтверждается кодом", Unit::YesNo),
            ("card_only", "Списание только по карте", Unit::YesNo),
            ("code_ttl_ms", "Код действует", Unit::Minutes),
            ("code_tries", "Попыток ввести код", Unit::Plain),
            ("reservation_ttl_ms", "Резерв действует", Unit::Minutes),
            ("activation_delay_days", "Начисленное доступно через", Unit::Days),
            (LIFETIME, "Срок действия баллов", Unit::Plain),
            ("status_points", "Статусные баллы за шаг суммы", Unit::Points),
            ("status_step", "Статусные баллы: шаг суммы", Unit::Roubles),
            ("grace_ms", "Отсрочка сгорания", Unit::DaysOfMs),
            ("return_policy", "Отзыв начисленного при возврате", Unit::Returns),
        ],
    },
    Kind {
        word: "network",
        title: "Сеть",
        added: "добавлена",
        changed: "изменена",
        columns: &[
            ("id", "", Unit::Hidden),
            ("partner_id", "Партнёр", Unit::To(Place::Partner)),
            ("programme_id", "Программа", Unit::To(Place::Programme)),
            ("code", "Код", Unit::Plain),
            ("name", "Наименование", Unit::Plain),
            ("disabled", "Закрыта", Unit::YesNo),
        ],
    },
    Kind {
        word: "store",
        title: "Магазин",
        added: "добавлен",
        changed: "изменён",
        columns: &[
            ("id", "", Unit::Hidden),
            ("network_id", "Сеть", Unit::To(Place::Network)),
            ("code", "Код", Unit::Plain),
            ("name", "Наименование", Unit::Plain),
            ("utc_offset_minutes", "Часовой пояс", Unit::Offset),
            ("disabled", "Закрыт", Unit::YesNo),
        ],
    },
    Kind {
        word: "till",
        title: "Касса",
        added: "добавлена",
        changed: "изменена",
        columns: &[
            ("id", "", Unit::Hidden),
            ("network_id", "Сеть", Unit::To(Place::Network)),
            ("store_id", "Магазин", Unit::To(Place::Store)),
            ("code", "Код", Unit::Plain),
            ("name", "Наименование", Unit::Plain),
            ("disabled", "Закрыта", Unit::YesNo),
        ],
    },
    Kind {
        word: "login",
        title: "Вход",
        added: "добавлен",
        changed: "изменён",
        columns: &[
            ("id", "", Unit::Hidden),
            ("version", "", Unit::Hidden),
            ("login", "Имя для входа", Unit::Plain),
            ("password", "Пароль", Unit::Password),
            ("roles", "Роли", Unit::Roles),
            ("disabled", "Закрыт", Unit::YesNo),
            ("partner_id", "Партнёр", Unit::To(Place::Partner)),
            ("network_id", "Сеть", Unit::To(Place::Network)),
            ("store_id", "Магазин", Unit::To(Place::Store)),
            ("till_id", "Касса", Unit::To(Place::Till)),
        ],
    },
    Kind {
        word: LIMITS,
        title: "Пределы шлюза",
        added: "записаны",
        changed: "изменены",
        columns: &[
            ("codes.digits", "Цифр в коде подтверждения", Unit::Plain),
            ("codes.resend_after_s", "Следующий код не раньше чем через", Unit::Seconds),
            ("codes.per_phone_per_day_max", "Кодов на телефон в сутки", Unit::Plain),
            ("codes.per_till_per_day_max", "Кодов с кассы в сутки", Unit::Plain),
            ("limits.clock_ahead_tolerance_s", "Допустимое опережение часов кассы", Unit::Seconds),
            ("limits.receipt_age_max_days", "Чек принимается не старше", Unit::Days),
            ("limits.receipt_age_office_max_days", "Чек от головного офиса принимается не старше", Unit::Days),
            ("limits.receipt_claim_max_days", "Покупку без карты можно записать на клиента", Unit::Days),
            ("limits.receipt_lines_max", "Строк в чеке", Unit::Plain),
            ("limits.statement_page_entries_max", "Записей на странице выписки", Unit::Plain),
            ("limits.list_page_rows_max", "Строк на странице списка", Unit::Plain),
            ("limits.cards_per_batch_max", "Карт в партии", Unit::Plain),
            ("limits.operation_answers_kept_days", "Ответы на операции хранятся", Unit::Days),
            ("exchange.kept_days", "Журнал обмена хранится", Unit::Days),
            ("seals.period_s", "Период печатей летописи", Unit::Seconds),
            ("security.credential_cache_s", "Проверенный пароль помнится", Unit::Seconds),
            ("security.failures_per_address_max", "Неверных паролей с одного адреса", Unit::Plain),
            ("security.failures_per_login_max", "Неверных паролей к одному имени", Unit::Plain),
            ("security.failures_window_s", "Неверный пароль помнится", Unit::Seconds),
        ],
    },
];

/// The two columns of a lifetime, told as one.
const LIFETIME: &str = "lifetime";
const LIFETIME_UNIT: &str = "lifetime_unit";
const LIFETIME_COUNT: &str = "lifetime_count";

fn kind(word: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.word == word)
}

/// Whether a column of a kind has a name in Russian, or is one that is not told.
#[must_use]
pub fn is_named(word: &str, column: &str) -> bool {
    let is_lifetime = word == "rules" && [LIFETIME_UNIT, LIFETIME_COUNT].contains(&column);
    is_lifetime || kind(word).is_some_and(|kind| kind.columns.iter().any(|(name, ..)| *name == column))
}

/// The fields that differ, in the order of their kind; columns that this program does not know come last, as they are.
/// `place` names what an id leads to.
#[must_use]
pub fn fields(
    word: &str,
    before: Option<&Columns>,
    after: &Columns,
    utc_offset_minutes: i32,
    place: &dyn Fn(Place, i64) -> Option<String>,
) -> Vec<FieldChange> {
    let [before, after] = [before.cloned().unwrap_or_default(), after.clone()].map(|row| told_lifetime(word, row));
    let known = kind(word).map(|kind| kind.columns).unwrap_or_default();
    let is_known = |column: &str| known.iter().any(|(name, ..)| *name == column);
    let unknown: BTreeSet<&str> =
        before.keys().chain(after.keys()).map(String::as_str).filter(|column| !is_known(column)).collect();
    let known = known.iter().copied();
    let columns = known.chain(unknown.into_iter().map(|column| (column, column, Unit::Plain)));
    let differs =
        columns.filter(|(column, _, unit)| *unit != Unit::Hidden && before.get(*column) != after.get(*column));
    differs
        .map(|(column, label, unit)| {
            let shown = |value: &Value| told(unit, value, utc_offset_minutes, place);
            let (name, label) = (column.to_owned(), label.to_owned());
            if unit == Unit::Password {
                let after = if before.contains_key(column) { "сменён" } else { "задан" };
                return FieldChange { name, label, before: None, after: Some(after.into()) };
            }
            FieldChange { name, label, before: before.get(column).map(shown), after: after.get(column).map(shown) }
        })
        .collect()
}

/// Which rows of other tables the columns of a row lead to.
pub fn references<'r>(word: &str, row: &'r Columns) -> impl Iterator<Item = (Place, i64)> + use<'r> {
    let columns = kind(word).map(|kind| kind.columns).unwrap_or_default();
    columns.iter().filter_map(|(column, _, unit)| match (unit, row.get(*column)) {
        (Unit::To(place), Some(Value::Number(id))) => Some((*place, *id)),
        _ => None,
    })
}

/// The sentence for a change of the registry.
#[must_use]
pub fn sentence(word: &str, name: &str, version: Option<i64>, before: Option<&Columns>, after: &Columns) -> String {
    if word == ACCEPTANCE {
        return accepted(after);
    }
    let Some(kind) = kind(word) else { return format!("Изменено: {word} «{name}».") };
    let titled = if word == LIMITS { kind.title.to_owned() } else { format!("{} «{name}»", kind.title) };
    let Some(before) = before else { return format!("{titled} {}{}.", kind.added, edition(version)) };
    let is_disabled = |row: &Columns| row.get("disabled") == Some(&Value::Flag(true));
    match (is_disabled(before), is_disabled(after)) {
        (false, true) => format!("{titled} {}.", kind.closed()),
        (true, false) => format!("{titled} снова {}.", kind.opened()),
        (false, false) | (true, true) => format!("{titled} {}{}.", kind.changed, edition(version)),
    }
}

/// What an acceptance of rows as they stand tells: it has begun, was interrupted and goes on, or is done.
fn accepted(row: &Columns) -> String {
    let text = |name: &str| match row.get(name) {
        Some(Value::Text(text)) => Some(text.as_str()),
        Some(Value::Number(_) | Value::Flag(_)) | None => None,
    };
    let Some(program) = text("program") else {
        return "Строки базы приняты такими, какие они есть.".into();
    };
    let did = match text("stage") {
        Some("begun") => "начала принимать строки базы",
        Some("resumed") => "продолжила прерванное и принимает строки базы",
        Some(_) | None => "приняла строки базы",
    };
    format!("Программа версии {program} {did} такими, какие они есть.")
}

fn edition(version: Option<i64>) -> String {
    version.map(|version| format!(": редакция {version}")).unwrap_or_default()
}

/// The sentence for an edition of the rules that came into force as planned.
#[must_use]
pub fn in_force(programme: &str, version: i64) -> String {
    format!("Правила программы «{programme}»: начала действовать запланированная редакция {version}.")
}

/// A card's state in Russian.
#[must_use]
pub const fn card_state(state: CardState) -> &'static str {
    match state {
        CardState::Registered => "зарегистрирована",
        CardState::Issued => "выдана",
        CardState::Active => "активна",
        CardState::Blocked => "заблокирована",
        CardState::Replaced => "заменена",
        CardState::Closed => "закрыта",
    }
}

/// An account's state in Russian.
#[must_use]
pub const fn account_state(state: AccountState) -> &'static str {
    match state {
        AccountState::Open => "открыт",
        AccountState::Frozen => "списание приостановлено",
        AccountState::Closed => "закрыт",
    }
}

/// The name of what an entry is about. The registry's chain names what has no code of its own in English.
#[must_use]
pub fn subject<'a>(word: &str, name: &'a str) -> &'a str {
    match (word, name) {
        (ACCEPTANCE, ALL_ROWS) => "все строки",
        (LIMITS, THE_GATEWAY) => "шлюз",
        (_, name) => name,
    }
}

/// A kind in Russian; a word of a newer program as it is.
#[must_use]
pub fn title(word: &str) -> &str {
    match word {
        CARD => "Карта",
        ACCOUNT => "Счёт",
        ACCEPTANCE => "База",
        word => kind(word).map_or(word, |kind| kind.title),
    }
}

/// Makes one column of the two that a lifetime is.
fn told_lifetime(word: &str, mut row: Columns) -> Columns {
    if word != "rules" {
        return row;
    }
    let (unit, count) = (row.remove(LIFETIME_UNIT), row.remove(LIFETIME_COUNT));
    if let (Some(Value::Text(unit)), Some(Value::Number(count))) = (unit, count) {
        let text = match (unit.as_str(), count) {
            ("never", _) => "бессрочно".to_owned(),
            ("days", _) => format!("{count} дн."),
            ("months", _) => format!("{count} мес."),
            ("month_end", 0) => "до конца месяца".to_owned(),
            ("month_end", _) => format!("до конца месяца, ещё {count} мес."),
            ("year_end", 0) => "до конца года".to_owned(),
            ("year_end", _) => format!("до конца года, ещё {count} г."),
            _ => format!("{unit} {count}"),
        };
        row.insert(LIFETIME.into(), Value::Text(text));
    }
    row
}

fn told(unit: Unit, value: &Value, offset: i32, place: &dyn Fn(Place, i64) -> Option<String>) -> String {
    match (unit, value) {
        (_, Value::Flag(flag)) => if *flag { "да" } else { "нет" }.into(),
        (Unit::Roles, Value::Text(roles)) => roles.split_whitespace().map(role).collect::<Vec<_>>().join(", "),
        (Unit::Rounding, Value::Text(word)) => worded(word, &ROUNDINGS),
        (Unit::Returns, Value::Text(word)) => worded(word, &RETURNS),
        (_, Value::Text(text)) => text.clone(),
        (Unit::Points, Value::Number(number)) => russian::points_exact(Points(*number)),
        (Unit::Roubles, Value::Number(number)) => russian::roubles(Kopecks(*number)),
        (Unit::Percent, Value::Number(number)) => russian::percent(*number),
        (Unit::Minutes, Value::Number(number)) => span(*number, MINUTE_MS, "мин."),
        (Unit::DaysOfMs, Value::Number(number)) => span(*number, DAY_MS, "дн."),
        (Unit::Days, Value::Number(number)) => format!("{number} дн."),
        (Unit::Seconds, Value::Number(number)) => format!("{number} с"),
        (Unit::Time, Value::Number(number)) => time(Moment(*number), offset),
        (Unit::Offset, Value::Number(number)) => {
            format!("UTC{:+03}:{:02}", number / 60, number.unsigned_abs() % 60)
        }
        (Unit::To(to), Value::Number(id)) => place(to, *id).unwrap_or_else(|| format!("№ {id}")),
        (_, Value::Number(number)) => number.to_string(),
    }
}

/// A moment in local time: «21.11.2026 12:00:00». Rules of the very beginning are in force «с самого начала».
#[must_use]
pub fn time(at: Moment, utc_offset_minutes: i32) -> String {
    if at == Moment(0) {
        return "с самого начала".into();
    }
    at.local(utc_offset_minutes).format("%d.%m.%Y %H:%M:%S").to_string()
}

/// Milliseconds in a larger unit; as seconds where that is not whole.
fn span(ms: i64, unit: i64, word: &str) -> String {
    if ms.checked_rem(unit) == Some(0) { format!("{} {word}", ms / unit) } else { format!("{} с", ms / 1_000) }
}

const ROUNDINGS: [(&str, &str); 3] = [("down", "вниз"), ("half_up", "до ближайшего"), ("up", "вверх")];
const RETURNS: [(&str, &str); 3] = [
    ("only_pending", "только из ожидающих активации"),
    ("within_balance", "в пределах остатка"),
    ("unlimited", "полностью, нехватка становится долгом"),
];
/// Roles in Russian.
const ROLES: [(&str, &str); 14] = [
    ("customer", "покупатель"),
    ("till", "касса"),
    ("senior_till", "старший кассир"),
    ("online_shop", "интернет-магазин"),
    ("call_centre", "колл-центр"),
    ("store", "страница магазина"),
    ("partner_office", "офис партнёра"),
    ("head_office", "головной офис"),
    ("marketing", "маркетинг"),
    ("auditor", "аудитор"),
    ("security", "служба безопасности"),
    ("integration", "интеграция"),
    ("node", "узел магазина"),
    ("processing_centre", "процессинговый центр"),
];

/// A role in Russian; an unknown word as it is.
#[must_use]
pub fn role(word: &str) -> String {
    worded(word, &ROLES)
}

fn worded(word: &str, words: &[(&str, &str)]) -> String {
    words.iter().find(|(known, _)| *known == word).map_or(word, |(_, told)| told).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{account::ReturnPolicy, money::Rounding, reference::Roles};

    fn row(columns: &[(&str, Value)]) -> Columns {
        columns.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
    }

    fn shown(word: &str, before: Option<&Columns>, after: &Columns) -> Vec<(String, Option<String>, Option<String>)> {
        let place = |to: Place, id: i64| (id < 10).then(|| format!("{to:?} {id}"));
        let fields = fields(word, before, after, 180, &place);
        fields.into_iter().map(|field| (field.label, field.before, field.after)).collect()
    }

    #[test]
    fn values_are_told_in_the_units_of_people() {
        let before = row(&[
            ("earn_points", Value::Number(100)),
            ("spend_share_max", Value::Number(5_000)),
            ("lifetime_unit", Value::Text("days".into())),
            ("lifetime_count", Value::Number(365)),
            ("grace_ms", Value::Number(3 * DAY_MS)),
            ("code_ttl_ms", Value::Number(90_000)),
            ("valid_from", Value::Number(0)),
            ("version", Value::Number(1)),
        ]);
        let after = row(&[
            ("earn_points", Value::Number(1_050)),
            ("spend_share_max", Value::Number(1_250)),
            ("lifetime_unit", Value::Text("month_end".into())),
            ("lifetime_count", Value::Number(1)),
            ("grace_ms", Value::Number(0)),
            ("code_ttl_ms", Value::Number(300_000)),
            ("valid_from", Value::Number(1_795_251_600_000)),
            ("version", Value::Number(2)),
        ]);
        let told = shown("rules", Some(&before), &after);
        let told: Vec<String> = told
            .into_iter()
            .map(|(label, before, after)| format!("{label}: {} → {}", before.unwrap(), after.unwrap()))
            .collect();
        assert_eq!(
            told,
            [
                "Начало действия: с самого начала → 21.11.2026 12:00:00",
                "Начисление: баллов за шаг суммы: 1,00 балла → 10,50 балла",
                "Списание: доля чека не больше: 50 % → 12,5 %",
                "Код действует: 90 с → 5 мин.",
                "Срок действия баллов: 365 дн. → до конца месяца, ещё 1 мес.",
                "Отсрочка сгорания: 3 дн. → 0 дн.",
            ]
        );
    }

    #[test]
    fn a_password_is_told_to_be_changed_and_nothing_of_it() {
        let before = row(&[("password", Value::Text("aaaa".into())), ("roles", Value::Text("till".into()))]);
        let after = row(&[("password", Value::Text("bbbb".into())), ("roles", Value::Text("till head_office".into()))]);
        let given = |text: &str| Some(text.to_owned());
        assert_eq!(
            shown("login", Some(&before), &after),
            [("Пароль".into(), None, given("сменён")), ("Роли".into(), given("касса"), given("касса, головной офис"))]
        );
        assert_eq!(shown("login", None, &before)[0], ("Пароль".into(), None, given("задан")));
    }

    #[test]
    fn a_reference_is_told_by_name_and_an_unknown_column_as_it_is() {
        let after = row(&[
            ("store_id", Value::Number(7)),
            ("network_id", Value::Number(70)),
            ("novelty", Value::Number(5)),
            ("id", Value::Number(3)),
        ]);
        let given = |text: &str| Some(text.to_owned());
        assert_eq!(
            shown("till", None, &after),
            [
                ("Сеть".into(), None, given("№ 70")),
                ("Магазин".into(), None, given("Store 7")),
                ("novelty".into(), None, given("5"))
            ]
        );
        assert_eq!(shown("novelty", None, &row(&[("a", Value::Flag(true))])), [("a".into(), None, given("да"))]);
        let found: Vec<_> = references("till", &after).collect();
        assert_eq!(found, [(Place::Network, 70), (Place::Store, 7)]);
    }

    #[test]
    fn a_sentence_says_what_became_of_a_login() {
        let [open, shut] = [false, true].map(|disabled| row(&[("disabled", Value::Flag(disabled))]));
        let told = |before: Option<&Columns>, after| sentence("login", "kassa", None, before, after);
        assert_eq!(told(None, &open), "Вход «kassa» добавлен.");
        assert_eq!(told(Some(&open), &shut), "Вход «kassa» закрыт.");
        assert_eq!(told(Some(&shut), &open), "Вход «kassa» снова открыт.");
        assert_eq!(told(Some(&open), &open), "Вход «kassa» изменён.");
        assert_eq!(
            sentence("rules", "demo", Some(2), Some(&open), &open),
            "Правила программы «demo» изменены: редакция 2."
        );
    }

    #[test]
    fn every_word_of_the_domain_has_its_russian() {
        for (_, word) in Roles::WORDS {
            assert!(ROLES.iter().any(|(known, _)| *known == word), "{word}");
        }
        for rounding in [Rounding::Down, Rounding::HalfUp, Rounding::Up] {
            assert!(ROUNDINGS.iter().any(|(known, _)| *known == rounding.word()));
        }
        for policy in [ReturnPolicy::OnlyPending, ReturnPolicy::WithinBalance, ReturnPolicy::Unlimited] {
            assert!(RETURNS.iter().any(|(known, _)| *known == policy.word()));
        }
    }
}
