//! `card import|stock|issue|activate|block|unblock|close`: cards without SOAP, by the same commands.

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    io::{IsTerminal as _, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Args, Subcommand};

use crate::{
    app::{
        self, Opened,
        desk::{Act, Desk, ImportRow, RowOutcome, Way},
    },
    cli::{
        arguments::code,
        database::existing,
        failure::{FAILED, Failure, MISUSED},
        output::{Cell, Column, Csv, Table},
        sheet,
    },
    clock::Clock,
    config::Config,
    domain::{
        history::card_state,
        moment::GivenTime,
        phone::{Identifier, Phone, card_number},
        questionnaire::Answers,
        registry::Registrar,
    },
    store::{admin, questions::card_stock},
};

/// Changes of cards.
#[derive(Debug, Subcommand)]
pub(super) enum OfCard {
    /// Take over cards from a CSV file: numbers, and if the file has them kinds, holders' phones and names, opening
    /// balances with their own expiry, and stores. A row that was taken over before is left out, so the same file may be
    /// imported again after an interruption. Exit code 1: some rows were not taken.
    Import(Import),
    /// Print how many cards of each state the stores of a partner were handed.
    Stock {
        /// The partner's code.
        #[arg(long, value_parser = code)]
        partner: String,
        /// As CSV: for Excel with Russian settings, or `--csv=rfc4180` for programs.
        #[arg(long, value_name = "DIALECT", num_args = 0..=1, require_equals = true, default_missing_value = "excel")]
        csv: Option<Csv>,
    },
    /// Issue a card to a phone; an unknown one is registered.
    Issue {
        /// The card's number.
        number: String,
        /// The holder's phone, or another card of the holder's.
        #[arg(long = "to", value_name = "PHONE")]
        to: String,
        #[command(flatten)]
        by: By,
    },
    /// Activate an issued card: it may spend from now on.
    Activate {
        #[command(flatten)]
        change: Change,
    },
    /// Block a card; its holds are released.
    Block {
        #[command(flatten)]
        change: Change,
    },
    /// Unblock a card.
    Unblock {
        #[command(flatten)]
        change: Change,
    },
    /// Close a card for good.
    Close {
        #[command(flatten)]
        change: Change,
    },
}

/// In whose name, and where.
#[derive(Debug, Args)]
pub(super) struct By {
    /// The login in whose name it is done [default: that of the only head office].
    #[arg(long)]
    login: Option<String>,
    /// The code of the till at which it is done [default: the login's own].
    #[arg(long, value_parser = code)]
    till: Option<String>,
}

/// A card and why it is changed.
#[derive(Debug, Args)]
pub(super) struct Change {
    /// The card's number.
    number: String,
    /// Why.
    #[arg(long)]
    reason: Option<String>,
    #[command(flatten)]
    by: By,
}

/// What is imported, and how.
#[derive(Debug, Args)]
pub(super) struct Import {
    /// The CSV file, with a line of column names: number (номер, карта), kind (вид), phone (телефон), surname (фамилия),
    /// name (имя), patronymic (отчество), balance (остаток, баллы), expires (срок, действует до), source (код), store
    /// (магазин). Only the number is needed.
    file: PathBuf,
    /// The name of the other system: together with a row's source (without that column with its number) it names the row
    /// for ever.
    #[arg(long, value_name = "NAME", default_value = "import")]
    source: String,
    /// The store, in the login's network, to which cards without a store of their own are handed.
    #[arg(long, value_parser = code)]
    store: Option<String>,
    /// The kind of cards without a kind of their own.
    #[arg(long)]
    kind: Option<String>,
    /// The file is in windows-1251, as old Excel saves it.
    #[arg(long)]
    windows_1251: bool,
    /// Take numbers that read as mobile phones too: such cards are in customers' hands already.
    #[arg(long)]
    phone_like: bool,
    /// Count the expiry of balances without one of their own from this day [default: now].
    #[arg(long, value_name = "DATE", value_parser = crate::cli::day::day)]
    balance_day: Option<chrono::NaiveDate>,
    /// Only say what would become of each row; nothing is written.
    #[arg(long)]
    dry_run: bool,
    /// Write what became of each row into this CSV file: line, number, outcome, reason.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// The login in whose name it is done [default: that of the only head office].
    #[arg(long)]
    login: Option<String>,
}

/// The columns of a file, by place.
#[derive(Debug, Default)]
struct Columns {
    number: Option<usize>,
    kind: Option<usize>,
    phone: Option<usize>,
    surname: Option<usize>,
    name: Option<usize>,
    patronymic: Option<usize>,
    balance: Option<usize>,
    expires: Option<usize>,
    source: Option<usize>,
    store: Option<usize>,
}

/// A line of the file: what is known of it, and what became of it.
struct Line {
    line: usize,
    number: String,
    fate: Fate,
}

/// What became of a line.
enum Fate {
    /// It could not be read.
    Unread(String),
    /// It stands twice in the file: at this line first.
    Twice(usize),
    /// It was handed to the seam.
    Done(RowOutcome),
    /// It was not reached.
    Left,
}

/// Carries out a command about cards.
pub(super) fn run(config: &Config, command: &OfCard) -> Result<ExitCode, Failure> {
    let said = match command {
        OfCard::Import(import) => return self::import(config, import),
        OfCard::Stock { partner, csv } => return stock(config, partner, *csv),
        OfCard::Issue { number, to, by } => {
            let identifier =
                Identifier::parse(to).ok_or_else(|| Failure(format!("«{to}» — не телефон и не карта"), MISUSED))?;
            desk(config, by.login.as_deref())?.issue(by.till.as_deref(), self::number(number)?, identifier)?
        }
        OfCard::Activate { change } => change.make(config, Act::Activate)?,
        OfCard::Block { change } => change.make(config, Act::Block)?,
        OfCard::Unblock { change } => change.make(config, Act::Unblock)?,
        OfCard::Close { change } => change.make(config, Act::Close)?,
    };
    println!("{said}");
    Ok(ExitCode::SUCCESS)
}

impl Change {
    fn make(&self, config: &Config, act: Act) -> Result<String, Failure> {
        let desk = desk(config, self.by.login.as_deref())?;
        Ok(desk.change(self.by.till.as_deref(), number(&self.number)?, act, self.reason.clone())?)
    }
}

fn number(text: &str) -> Result<String, Failure> {
    card_number(text).ok_or_else(|| Failure(format!("«{text}» — не номер карты"), MISUSED))
}

/// A seam on the configured database, in a login's name.
fn desk(config: &Config, login: Option<&str>) -> Result<Desk, Failure> {
    existing(config)?;
    let (opened, mut db) = Opened::with_keys(config)?;
    let known = admin::registry(&mut db)?;
    drop(db);
    let clock = Clock::System;
    let dispatcher = app::dispatcher(config, &opened, &clock)?;
    Ok(Desk::new(dispatcher, &known, login, clock)?)
}

fn stock(config: &Config, partner: &str, csv: Option<Csv>) -> Result<ExitCode, Failure> {
    let mut db = existing(config)?;
    let known = admin::registry(&mut db)?;
    let mut rows = Vec::new();
    for (network, store) in known.stores_of(Registrar::Operator, Some(partner))? {
        rows.extend(card_stock::stock(&mut db, network, store)?);
    }
    rows.sort_by_cached_key(card_stock::position);
    let mut table = Table::new([
        Column::new("Сеть", "network"),
        Column::new("Магазин", "store"),
        Column::new("Наименование", "store_name"),
        Column::new("Вид", "kind"),
        Column::new("Состояние", "state"),
        Column::new("Карт", "cards"),
    ]);
    for row in rows {
        let state = Cell::Word(card_state(row.state), row.state.word());
        let cards = row.cards.to_string();
        table.push([row.network.into(), row.store.into(), row.store_name.into(), row.kind.into(), state, cards.into()]);
    }
    table.print(csv, "", "")?;
    Ok(ExitCode::SUCCESS)
}

fn import(config: &Config, import: &Import) -> Result<ExitCode, Failure> {
    let bytes =
        fs::read(&import.file).map_err(|error| Failure(format!("{}: {error}", import.file.display()), MISUSED))?;
    let text = sheet::text(&bytes, import.windows_1251).map_err(|why| Failure(why, MISUSED))?;
    let rows = sheet::rows(&text).map_err(|why| Failure(why, MISUSED))?;
    let (mut lines, rows) = read(&rows, import)?;
    let desk = desk(config, import.login.as_deref())?;
    let at = match import.balance_day {
        Some(day) => GivenTime { local: day.and_time(chrono::NaiveTime::MIN), utc_offset_minutes: None },
        None => desk.now(),
    };
    let way = if import.dry_run { Way::Dry } else { Way::Real };
    let places: Vec<usize> =
        lines.iter().enumerate().filter(|(_, line)| matches!(line.fate, Fate::Left)).map(|(place, _)| place).collect();
    let (mut done, is_terminal) = (0_usize, std::io::stderr().is_terminal());
    let imported = desk.import(&rows, import.phone_like, at, way, |outcomes| {
        for outcome in outcomes {
            if let Some(line) = places.get(done).and_then(|place| lines.get_mut(*place)) {
                line.fate = Fate::Done(*outcome);
            }
            done = done.saturating_add(1);
        }
        if is_terminal {
            eprint!("\rобработано {done} из {}", rows.len());
            let _ = std::io::stderr().flush();
        }
    });
    if is_terminal {
        eprintln!();
    }
    if let Some(path) = &import.report {
        report(path, &lines)?;
    }
    let all_well = sum_up(&lines, import.dry_run);
    match imported {
        Ok(()) => Ok(if all_well { ExitCode::SUCCESS } else { ExitCode::from(FAILED) }),
        Err(error) => {
            let (why, next) = (
                error.to_string(),
                if import.dry_run { "Дальше не проверено" } else { "Загружено не всё" },
            );
            let why = why.trim_end_matches('.');
            Err(Failure(format!("{why}. {next}; устраните причину и запустите ту же команду ещё раз"), FAILED))
        }
    }
}

impl Columns {
    /// The columns that a head names.
    fn of(head: &[String]) -> Result<Self, Failure> {
        let mut columns = Self::default();
        for (place, title) in head.iter().enumerate() {
            let slot = match title.to_lowercase().as_str() {
                "number" | "card" | "номер" | "карта" | "номер карты" => &mut columns.number,
                "kind" | "вид" | "вид карты" => &mut columns.kind,
                "phone" | "телефон" => &mut columns.phone,
                "surname" | "фамилия" => &mut columns.surname,
                "name" | "имя" => &mut columns.name,
                "patronymic" | "отчество" => &mut columns.patronymic,
                "balance" | "points" | "остаток" | "баллы" => &mut columns.balance,
                "expires" | "срок" | "действует до" | "действуют до" => &mut columns.expires,
                "source" | "id" | "код" => &mut columns.source,
                "store" | "магазин" => &mut columns.store,
                _ => {
                    let known = "номер, вид, телефон, фамилия, имя, отчество, остаток, срок, код, магазин";
                    return Err(Failure(format!("столбец «{title}» непонятен; есть {known}"), MISUSED));
                }
            };
            if slot.replace(place).is_some() {
                return Err(Failure(format!("столбец «{title}» стоит дважды"), MISUSED));
            }
        }
        if columns.number.is_none() {
            return Err(Failure("в первой строке файла нет столбца «номер»".into(), MISUSED));
        }
        Ok(columns)
    }

    /// A row of these columns.
    ///
    /// # Errors
    /// A cell cannot be read; said in Russian.
    fn row(&self, cells: &[String], import: &Import) -> Result<ImportRow, String> {
        let cell = |place: Option<usize>| place.and_then(|place| cells.get(place)).map_or("", String::as_str);
        let given = |place: Option<usize>| Some(cell(place).to_owned()).filter(|text| !text.is_empty());
        let number =
            card_number(cell(self.number)).ok_or_else(|| "номера карты нет, или он слишком длинный".to_owned())?;
        let phone = match cell(self.phone) {
            "" => None,
            text => Some(Phone::parse(text).ok_or_else(|| format!("«{text}» — не телефон"))?),
        };
        let answers = Answers {
            surname: given(self.surname),
            name: given(self.name),
            patronymic: given(self.patronymic),
            ..Answers::default()
        };
        let source = given(self.source).unwrap_or_else(|| number.clone());
        Ok(ImportRow {
            source: format!("{}:{source}", import.source),
            number,
            kind: given(self.kind).or_else(|| import.kind.clone()),
            store: given(self.store).or_else(|| import.store.clone()),
            phone,
            answers,
            balance: sheet::points(cell(self.balance))?,
            expires_on: sheet::date(cell(self.expires))?,
        })
    }
}

/// The lines of a file, and the rows of those that can be taken over, in their order.
fn read(rows: &[(usize, Vec<String>)], import: &Import) -> Result<(Vec<Line>, Vec<ImportRow>), Failure> {
    let Some(((_, head), rows)) = rows.split_first() else {
        return Err(Failure("файл пуст".into(), MISUSED));
    };
    let columns = Columns::of(head)?;
    let (mut lines, mut taken) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
    let (mut numbers, mut sources) = (HashMap::new(), HashMap::new());
    for (line, cells) in rows {
        let shown = columns.number.and_then(|place| cells.get(place)).cloned().unwrap_or_default();
        let (number, fate) = match columns.row(cells, import) {
            Err(why) => (shown, Fate::Unread(why)),
            Ok(row) => {
                let number = row.number.clone();
                let first = *numbers.entry(number.clone()).or_insert(*line);
                let first = first.min(*sources.entry(row.source.clone()).or_insert(*line));
                if first == *line {
                    taken.push(row);
                    (number, Fate::Left)
                } else {
                    (number, Fate::Twice(first))
                }
            }
        };
        lines.push(Line { line: *line, number, fate });
    }
    Ok((lines, taken))
}

impl Fate {
    /// The outcome, and its reason.
    fn told(&self) -> (Cell, String) {
        let (told, name, reason) = self.words();
        (Cell::Word(told, name), reason)
    }

    /// The outcome's word for people and for programs, and its reason.
    fn words(&self) -> (&'static str, &'static str, String) {
        match self {
            Self::Unread(why) => ("ошибка", "error", why.clone()),
            Self::Twice(line) => ("ошибка", "error", format!("номер или код уже есть в файле, строка {line}")),
            Self::Done(outcome) if outcome.is_taken() => ("принята", "done", outcome.to_string()),
            Self::Done(outcome) if outcome.is_known() => ("уже была", "skipped", outcome.to_string()),
            Self::Done(outcome) => ("ошибка", "error", outcome.to_string()),
            Self::Left => ("осталась", "left", "до этой строки не дошло".to_owned()),
        }
    }
}

/// Writes what became of each line.
fn report(path: &Path, lines: &[Line]) -> Result<(), Failure> {
    let mut text = Csv::Excel.head(&[
        Column::new("Строка", "line"),
        Column::new("Номер", "number"),
        Column::new("Итог", "outcome"),
        Column::new("Причина", "reason"),
    ])?;
    for line in lines {
        let (outcome, reason) = line.fate.told();
        let row = [line.line.to_string().into(), line.number.as_str().into(), outcome, reason.into()];
        text.push_str(&Csv::Excel.line(&row)?);
    }
    fs::write(path, text).map_err(|error| Failure(format!("{}: {error}", path.display()), FAILED))
}

/// Prints how many lines went how; answers whether none failed.
fn sum_up(lines: &[Line], is_dry: bool) -> bool {
    let mut counts: BTreeMap<(&'static str, String), (usize, usize)> = BTreeMap::new();
    for line in lines {
        let (_, outcome, reason) = line.fate.words();
        // A line of another file's reason is counted with its like.
        let reason = if matches!(line.fate, Fate::Twice(_)) {
            "номер или код стоит в файле дважды".to_owned()
        } else {
            reason
        };
        let (count, first) = counts.entry((outcome, reason)).or_insert((0, line.line));
        *count = count.saturating_add(1);
        *first = (*first).min(line.line);
    }
    println!("{}строк: {}", if is_dry { "проба, ничего не записано; " } else { "" }, lines.len());
    for ((outcome, reason), (count, first)) in &counts {
        let place = if *outcome == "done" { String::new() } else { format!(", первая — строка {first}") };
        println!("  {reason}: {count}{place}");
    }
    !counts.keys().any(|(outcome, _)| matches!(*outcome, "error" | "left"))
}
