//! Who changed what, when, and how it was before: of the registry, or of a customer's cards and account.

use chrono::{Days, NaiveDate, NaiveTime};

use crate::{
    domain::{
        history::{FieldChange, subject},
        moment::Moment,
        phone::Identifier,
        reference::{Actor, Roles},
        refusal::Refusal,
    },
    working_set::questions::{
        Question,
        page::{Page, Paging},
    },
};

/// Lists changes, the latest first.
#[derive(Debug)]
pub struct ListHistory {
    /// Who asks.
    pub viewer: Viewer,
    /// What is looked for.
    pub search: HistorySearch,
    /// The start, by recording time.
    pub from: Moment,
    /// The end, excluded.
    pub to: Moment,
    /// The offset from UTC in which times within values are told, in minutes.
    pub utc_offset_minutes: i32,
    /// The page: after a change's position.
    pub paging: Paging<[i64; 4]>,
}

/// Who asks, and so what is shown.
#[derive(Debug, Clone)]
pub enum Viewer {
    /// The operator at the command line: everything.
    CommandLine,
    /// A login. One of the partner that runs the programme sees what every partner of the programme did; any other sees
    /// what is its own partner's.
    Login(Box<Actor>),
}

/// What changes are looked for; what is given must hold together.
#[derive(Debug, Clone, Default)]
pub struct HistorySearch {
    /// The first local day.
    pub from: Option<NaiveDate>,
    /// The last local day.
    pub to: Option<NaiveDate>,
    /// The kind: `till`, `login` and so on.
    pub kind: Option<String>,
    /// The code or login of what was changed.
    pub name: Option<String>,
    /// Who did it: a login.
    pub login: Option<String>,
    /// A card or a phone: changes of that card and its account instead of the registry's.
    pub identifier: Option<Identifier>,
}

/// A partner, store or till as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
}

/// Who made a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// What kind of author.
    pub kind: AuthorKind,
    /// The login; of an edition that came into force, the one that saved it.
    pub login: Option<String>,
    /// The employee, as the caller said; shown to offices alone.
    pub employee: Option<String>,
    /// What the login might do at that time.
    pub roles: Roles,
    /// Its partner.
    pub partner: Option<Named>,
}

/// What kind of author made a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthorKind {
    /// A login.
    Login,
    /// Somebody at the command line.
    CommandLine,
    /// The program, when it was upgraded: it wrote down what was there.
    Upgrade,
    /// A gateway that started with other settings.
    Gateway,
    /// Nobody: what was planned came to its time.
    Schedule,
}

/// A change.
#[derive(Debug, Clone)]
pub struct HistoryRow {
    /// Its position in the list.
    pub position: [i64; 4],
    /// When it was recorded.
    pub at: Moment,
    /// The kind of what was changed.
    pub kind: String,
    /// Its code, login or number.
    pub name: String,
    /// The partner whose it is.
    pub partner: Option<Named>,
    /// Of rules, the number of the edition.
    pub version: Option<i64>,
    /// What was done, as the contract's word.
    pub act: &'static str,
    /// What was done, in Russian.
    pub text: String,
    /// Why; shown to offices alone.
    pub reason: Option<String>,
    /// The code of the store where it was done.
    pub store: Option<String>,
    /// The code of the till where it was done.
    pub till: Option<String>,
    /// Who did it.
    pub author: Author,
    /// What it changed.
    pub fields: Vec<FieldChange>,
}

impl ListHistory {
    /// The question for a page, in a login's name.
    ///
    /// # Errors
    /// The period ends before it begins, or the cursor does not belong to this list.
    pub fn new(actor: Actor, search: HistorySearch, cursor: &str, rows: i32, rows_max: usize) -> Result<Self, Refusal> {
        let offset = actor.utc_offset_minutes;
        // Another login may see other rows.
        let list = format!("ListHistory {} {search:?} {:?}", actor.login, named(search.identifier.as_ref()));
        let paging = Paging::read(list, cursor, rows, rows_max)?;
        Self::read(Viewer::Login(Box::new(actor)), search, offset, paging)
    }

    /// The question of the operator at the command line.
    ///
    /// # Errors
    /// The period ends before it begins, or the cursor does not belong to this list.
    pub fn of_operator(
        search: HistorySearch,
        utc_offset_minutes: i32,
        cursor: &str,
        rows_max: usize,
    ) -> Result<Self, Refusal> {
        let list = format!("history {search:?} {:?}", named(search.identifier.as_ref()));
        let paging = Paging::read(list, cursor, 0, rows_max)?;
        Self::read(Viewer::CommandLine, search, utc_offset_minutes, paging)
    }

    fn read(
        viewer: Viewer,
        search: HistorySearch,
        utc_offset_minutes: i32,
        paging: Paging<[i64; 4]>,
    ) -> Result<Self, Refusal> {
        if search.from.zip(search.to).is_some_and(|(from, to)| from > to) {
            return Err(Refusal::PeriodInvalid);
        }
        let midnight = |day: NaiveDate| Moment::from_local(day.and_time(NaiveTime::MIN), utc_offset_minutes);
        let after = |day: NaiveDate| day.checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX);
        let from = search.from.map_or(Moment(i64::MIN), midnight);
        let to = search.to.map_or(Moment(i64::MAX), |day| midnight(after(day)));
        Ok(Self { viewer, search, from, to, utc_offset_minutes, paging })
    }
}

/// An identifier as a cursor is tied to it; its own notation hides it.
fn named(identifier: Option<&Identifier>) -> Option<(&str, &str)> {
    identifier.map(|identifier| match identifier {
        Identifier::Phone(phone) => ("", phone.as_e164()),
        Identifier::Card(card) => (card.as_str(), ""),
        Identifier::Either { card, phone } => (card.as_str(), phone.as_e164()),
    })
}

impl HistorySearch {
    /// Whether a change of this kind, name and author is looked for. A name is looked for as it is shown or as it is kept.
    #[must_use]
    pub fn takes(&self, kind: &str, name: &str, login: &str) -> bool {
        let is_it = |wanted: &Option<String>, is: &str| wanted.as_deref().is_none_or(|wanted| wanted == is);
        let is_named = is_it(&self.name, name) || is_it(&self.name, subject(kind, name));
        is_it(&self.kind, kind) && is_named && is_it(&self.login, login)
    }
}

impl AuthorKind {
    /// The contract's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::CommandLine => "command_line",
            Self::Upgrade => "upgrade",
            Self::Gateway => "gateway",
            Self::Schedule => "schedule",
        }
    }

    /// In Russian; of a login nothing: its name is told.
    #[must_use]
    pub const fn told(self) -> &'static str {
        match self {
            Self::Login => "вход",
            Self::CommandLine => "командная строка",
            Self::Upgrade => "обновление программы",
            Self::Gateway => "запуск шлюза",
            Self::Schedule => "по плану",
        }
    }
}

impl Question for ListHistory {
    type Outcome = Page<HistoryRow>;
}
