//! `report receipts|liability|movements`: what the office and its bookkeeping reconcile by.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    time::{Duration, Instant},
};

use chrono::NaiveDate;
use clap::{Args, Subcommand};

use crate::{
    cli::{
        arguments::code,
        database::{existing, existing_with_keys},
        day::day,
        failure::{FAILED, Failure, MISUSED},
        output::{Cell, Column, Csv, Table},
    },
    clock::Clock,
    config::Config,
    domain::{
        account::MovementKind,
        moment::Moment,
        money::Points,
        reference::{Actor, Reference},
        registry::Registrar,
        till_document::named,
    },
    store::{
        admin,
        books::explain::first_offset_minutes,
        db::backend::Purpose,
        questions::{Reader, liability, receipt},
    },
    working_set::questions::{
        Answers as _, Unanswered,
        liability::{Holding, end_of},
        movement::{Bookkept, ListMovements, MovementRow},
        receipt::{DocumentKind, ReceiptRow, ReceiptSearch, ReceiptTotals},
    },
};

/// Documents of a till read at a time.
const DOCUMENTS_PER_STEP: i64 = 1_000;
/// Movements read at a time.
const MOVEMENTS_PER_STEP: usize = 1_000;
/// How long one step may take: nobody waits for it at a till.
const STEP_MAX: Duration = Duration::from_secs(600);

/// Reports.
#[derive(Debug, Subcommand)]
pub(super) enum ReportCommand {
    /// Print the receipts and returns of some days with their totals, for the daily reconciliation.
    Receipts(Wanted),
    /// Print how many points customers held at the end of a day: available, pending, reserved, by issuing partner.
    Liability {
        /// The day, as 2026-11-30 or 30.11.2026.
        #[arg(long, value_name = "DATE", value_parser = day)]
        on: NaiveDate,
        /// The programme's code; may be left out where there is one.
        #[arg(long, value_parser = code)]
        programme: Option<String>,
        /// As CSV: for Excel with Russian settings, or `--csv=rfc4180` for programs.
        #[arg(long, value_name = "DIALECT", num_args = 0..=1, require_equals = true, default_missing_value = "excel")]
        csv: Option<Csv>,
    },
    /// Print movements of points for bookkeeping as CSV, each once: with --state those since the last time.
    Movements {
        /// The login whose partner's movements they are.
        #[arg(long)]
        login: String,
        /// The file that keeps how far they were printed; made the first time.
        #[arg(long, value_name = "FILE")]
        state: Option<PathBuf>,
        /// Excel's dialect with Russian settings, or `--csv=rfc4180` for programs.
        #[arg(long, value_name = "DIALECT", num_args = 0..=1, require_equals = true, default_missing_value = "excel", default_value = "excel")]
        csv: Csv,
    },
}

/// Which documents.
#[derive(Debug, Args)]
pub(super) struct Wanted {
    /// The partner's code.
    #[arg(long, value_parser = code)]
    partner: String,
    /// The network's code.
    #[arg(long, value_parser = code)]
    network: Option<String>,
    /// The store's code.
    #[arg(long, value_parser = code)]
    store: Option<String>,
    /// The till's code.
    #[arg(long, value_parser = code)]
    till: Option<String>,
    /// The shift.
    #[arg(long)]
    shift: Option<String>,
    /// The first day, as 2026-11-01 or 01.11.2026.
    #[arg(long, value_name = "DATE", value_parser = day)]
    from: NaiveDate,
    /// The last day [default: the first].
    #[arg(long, value_name = "DATE", value_parser = day)]
    to: Option<NaiveDate>,
    /// Print the totals alone.
    #[arg(long, conflicts_with = "csv")]
    totals: bool,
    /// As CSV without totals: for Excel with Russian settings, or `--csv=rfc4180` for programs.
    #[arg(long, value_name = "DIALECT", num_args = 0..=1, require_equals = true, default_missing_value = "excel")]
    csv: Option<Csv>,
}

/// Prints a report.
pub(super) fn run(config: &Config, command: &ReportCommand) -> Result<ExitCode, Failure> {
    match command {
        ReportCommand::Receipts(wanted) => receipts(config, wanted),
        ReportCommand::Liability { on, programme, csv } => liabilities(config, *on, programme.as_deref(), *csv),
        ReportCommand::Movements { login, state, csv } => movements(config, login, state.as_deref(), *csv),
    }
}

const DOCUMENT: [Column; 14] = [
    Column::new("Магазин", "store"),
    Column::new("Касса", "till"),
    Column::new("Смена", "shift"),
    Column::new("Номер", "number"),
    Column::new("Время", "at"),
    Column::new("Документ", "document"),
    Column::new("Сумма", "amount"),
    Column::new("Начислено", "earned"),
    Column::new("Списано", "spent"),
    Column::new("Возвращено баллов", "restored"),
    Column::new("Отозвано", "revoked"),
    Column::new("ФН", "fn"),
    Column::new("ФД", "fd"),
    Column::new("Номер в программе", "id"),
];

fn receipts(config: &Config, wanted: &Wanted) -> Result<ExitCode, Failure> {
    let search = ReceiptSearch {
        partner: Some(wanted.partner.clone()),
        network: wanted.network.clone(),
        store: wanted.store.clone(),
        till: wanted.till.clone(),
        shift: wanted.shift.clone(),
        from: wanted.from,
        to: wanted.to.unwrap_or(wanted.from),
    };
    if search.to < search.from {
        return Err(Failure(format!("{} раньше, чем {}", search.to, search.from), MISUSED));
    }
    let mut db = existing(config)?;
    let known = admin::registry(&mut db)?;
    let shift = search.shift.as_deref().map(named);
    let days = receipt::Days::of(&search, shift.as_deref());
    let mut totals = ReceiptTotals::default();
    let mut rows: Vec<ReceiptRow> = Vec::new();
    for place in receipt::places(&known, Registrar::Operator, &search)? {
        db.transaction(Purpose::Read, |db| receipt::add_totals(db, place.id(), days, &mut totals))?;
        if wanted.totals {
            continue;
        }
        let mut after = None;
        loop {
            let found = db.transaction(Purpose::Read, |db| {
                receipt::documents(db, place, days, after.as_ref(), DOCUMENTS_PER_STEP)
            })?;
            let Some(last) = found.last() else { break };
            after = Some(last.spot.clone());
            rows.extend(found);
        }
    }
    // As the customers came.
    rows.sort_by(|one, next| (&one.store, &one.till, one.at).cmp(&(&next.store, &next.till, next.at)));
    let mut table = Table::new(DOCUMENT);
    rows.iter().for_each(|row| table.push(document(row)));
    if wanted.csv.is_some() || !wanted.totals {
        table.print(wanted.csv, "", "")?;
    }
    if wanted.csv.is_some() {
        return Ok(ExitCode::SUCCESS);
    }
    if !wanted.totals {
        println!();
    }
    for (label, count, sums) in lines(&totals) {
        let sums: Vec<String> = sums.into_iter().map(|(what, sum)| format!("{what} {}", Points(sum))).collect();
        println!("{label}: {count}, {}", sums.join(", "));
    }
    Ok(ExitCode::SUCCESS)
}

/// A line of totals: what, how many, and sums in hundredths with their words.
type Line = (&'static str, i64, Vec<(&'static str, i64)>);

/// Totals as lines.
fn lines(totals: &ReceiptTotals) -> [Line; 3] {
    let sold =
        vec![("на сумму", totals.sales_amount), ("начислено", totals.earned), ("оплачено баллами", totals.spent)];
    let back =
        vec![("на сумму", totals.returns_amount), ("возвращено баллов", totals.restored), ("отозвано", totals.revoked)];
    [
        ("Продаж", totals.sales, sold),
        ("Отменено продаж", totals.cancelled, vec![("на сумму", totals.cancelled_amount)]),
        ("Возвратов", totals.returns, back),
    ]
}

fn document(row: &ReceiptRow) -> [Cell; 14] {
    let what = match row.kind {
        DocumentKind::Sale => Cell::Word("продажа", "sale"),
        DocumentKind::Cancelled => Cell::Word("отменена", "cancelled"),
        DocumentKind::Return => Cell::Word("возврат", "return"),
        DocumentKind::FreeReturn => Cell::Word("возврат без чека", "return without receipt"),
    };
    let (drive, number) = row.fiscal.clone().unwrap_or_default();
    [
        row.store.as_str().into(),
        row.till.as_str().into(),
        row.spot.shift.as_str().into(),
        row.spot.number.as_str().into(),
        Cell::Time(row.at.local(row.utc_offset_minutes)),
        what,
        row.amount.into(),
        row.earned.into(),
        row.spent.into(),
        row.restored.into(),
        row.revoked.into(),
        drive.into(),
        number.into(),
        row.id.to_string().into(),
    ]
}

fn liabilities(config: &Config, on: NaiveDate, programme: Option<&str>, csv: Option<Csv>) -> Result<ExitCode, Failure> {
    let mut db = existing(config)?;
    let known = admin::registry(&mut db)?;
    let programme = programme_of(&known, programme)?;
    let until = end_of(on, first_offset_minutes(&mut db)?);
    let (mut sums, mut next) = (liability::Sums::new(), Some(Moment(i64::MIN)));
    while let Some(from) = next {
        next = db.transaction(Purpose::Read, |db| liability::add(db, programme, (from, until), &mut sums))?;
    }
    let rows = liability::rows(&sums, &known);
    let total = rows.iter().fold(0_i64, |sum, row| sum.saturating_add(row.points));
    let mut table = Table::new([
        Column::new("Партнёр", "partner"),
        Column::new("Наименование", "name"),
        Column::new("Состояние", "kind"),
        Column::new("Баллов (1 балл — 1 руб.)", "points"),
    ]);
    for row in rows {
        let kind = match row.kind {
            Holding::Available => Cell::Word("доступны", "available"),
            Holding::Pending => Cell::Word("ожидают активации", "pending"),
            Holding::Reserved => Cell::Word("в резерве", "reserved"),
        };
        table.push([row.issued_by.into(), row.issued_by_name.into(), kind, Cell::Sum(row.points)]);
    }
    table.print(csv, "", &format!("Всего на конец {}: {}", on.format("%d.%m.%Y"), Points(total)))?;
    Ok(ExitCode::SUCCESS)
}

fn programme_of(known: &Reference, code: Option<&str>) -> Result<crate::domain::ids::ProgrammeId, Failure> {
    let mut programmes = known.programmes.values().filter(|known| code.is_none_or(|code| known.code == code));
    match (programmes.next(), programmes.next()) {
        (Some(only), None) => Ok(only.id),
        (None, _) => Err(Failure("такой программы нет".into(), FAILED)),
        (Some(_), Some(_)) => Err(Failure("программ несколько: укажите --programme".into(), MISUSED)),
    }
}

const MOVEMENT: [Column; 13] = [
    Column::new("Номер", "id"),
    Column::new("Вид", "kind"),
    Column::new("Причина", "cause"),
    Column::new("Баллов", "points"),
    Column::new("Кто выпустил", "issued_by"),
    Column::new("Кто принял", "taken_by"),
    Column::new("Сеть", "network"),
    Column::new("Магазин", "store"),
    Column::new("Чек", "receipt"),
    Column::new("Возврат", "return"),
    Column::new("Время операции", "occurred_at"),
    Column::new("Время записи", "recorded_at"),
    Column::new("Пояснение", "text"),
];

fn movements(config: &Config, login: &str, state: Option<&Path>, csv: Csv) -> Result<ExitCode, Failure> {
    let (mut db, vault) = existing_with_keys(config)?;
    let known = admin::registry(&mut db)?;
    let actor = acting(&known, login)?;
    let mut cursor = match state {
        Some(path) if path.exists() => fs::read_to_string(path)?.trim().to_owned(),
        Some(_) | None => String::new(),
    };
    print!("{}", csv.head(&MOVEMENT)?);
    loop {
        let question = ListMovements::new(actor.clone(), &cursor, 0, MOVEMENTS_PER_STEP)?;
        let found = db.transaction(Purpose::Read, |db| {
            Reader::new(db, &vault, Clock::System.now(), Instant::now() + STEP_MAX).answer(&question)
        });
        let found = found.map_err(|error: Unanswered| Failure(error.to_string(), FAILED))?;
        for row in &found.page.rows {
            print!("{}", csv.line(&movement(row, actor.utc_offset_minutes))?);
        }
        cursor = found.page.next.unwrap_or(cursor);
        // What was printed is printed: after an interruption the last page may come again, and none is left out.
        if let Some(path) = state {
            fs::write(path, &cursor)?;
        }
        if !found.is_more {
            return Ok(ExitCode::SUCCESS);
        }
    }
}

fn acting(known: &Reference, login: &str) -> Result<Actor, Failure> {
    let found = known.credential(login).and_then(|credential| known.actor(credential));
    found.ok_or_else(|| Failure(format!("входа «{login}» нет"), FAILED))
}

/// What happened, in an accountant's word.
const fn kind(what: Bookkept) -> &'static str {
    match what {
        Bookkept::Accrual => "начисление",
        Bookkept::Redemption => "оплата баллами",
        Bookkept::Expiry => "сгорание",
        Bookkept::Revocation => "отзыв",
        Bookkept::DebtClosing => "погашение долга",
    }
}

/// What caused it, in an accountant's word.
const fn cause(cause: MovementKind) -> &'static str {
    match cause {
        MovementKind::Accrual | MovementKind::Redemption => "продажа",
        MovementKind::Activation => "активация",
        MovementKind::Reservation => "резерв",
        MovementKind::Release => "снятие резерва",
        MovementKind::Expiry => "срок",
        MovementKind::Return => "возврат",
        MovementKind::Cancellation => "отмена чека",
        MovementKind::DebtClosing => "долг",
        MovementKind::Adjustment => "офис или прежняя программа",
        MovementKind::Merge => "объединение клиентов",
    }
}

fn movement(row: &MovementRow, offset: i32) -> [Cell; 13] {
    let text = match (row.what, row.points < 0) {
        (Bookkept::Accrual, false) => "выдано клиенту",
        (Bookkept::Accrual, true) => "снято офисом",
        (Bookkept::Redemption, false) => "принято в оплату",
        (Bookkept::Redemption, true) => "оплата возвращена",
        (Bookkept::Expiry, _) => "сгорело",
        (Bookkept::Revocation, _) => "отозвано",
        (Bookkept::DebtClosing, false) => "удержано в счёт долга",
        (Bookkept::DebtClosing, true) => "возник долг",
    };
    let (network, store) = row.place.clone().unwrap_or_default();
    let time = |at: Moment| Cell::Time(at.local(offset));
    let id = |id: Option<i64>| Cell::from(id.map(|id| id.to_string()));
    [
        row.id().into(),
        Cell::Word(kind(row.what), row.what.word()),
        Cell::Word(cause(row.cause), row.cause.word()),
        Cell::Sum(row.points),
        row.issued_by.as_str().into(),
        row.taken_by.as_deref().into(),
        network.into(),
        store.into(),
        id(row.receipt),
        id(row.return_id),
        time(row.occurred_at),
        time(row.recorded_at),
        text.into(),
    ]
}
