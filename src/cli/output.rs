//! How reports are written: as tables for a terminal, as CSV for Excel or for programs.
//!
//! A report names its columns and gives its cells by their meaning. How a sum, a day or a text is written in each form is
//! decided here alone, so that no report can get it wrong.

use std::fmt::Write as _;

use chrono::{NaiveDate, NaiveDateTime};
use clap::ValueEnum;
use comfy_table::{CellAlignment, ContentArrangement, presets};
use csv::{Terminator, WriterBuilder};

use crate::{
    cli::{failure::Failure, line::one_line},
    domain::money::{Kopecks, Points},
};

/// The widest table on a terminal, in characters: longer texts are wrapped inside of their column.
const TERMINAL_WIDTH: u16 = 140;
/// The digits of a number that Excel keeps.
const EXCEL_DIGITS: usize = 15;

/// A dialect of CSV. `--csv` alone is Excel's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Csv {
    /// For Excel with Russian settings: semicolons, decimal commas, a byte order mark, Russian heads. A text that Excel would
    /// compute or turn into another begins with an apostrophe.
    Excel,
    /// For programs, by RFC 4180: commas, decimal points, days as 2026-11-21, times as 2026-11-21T12:00:00, English heads and words, texts untouched.
    Rfc4180,
}

/// A column.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    /// Its head for people, in Russian.
    pub(super) head: &'static str,
    /// Its name for programs.
    pub(super) name: &'static str,
}

/// What stands in a row's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cell {
    /// Nothing: an empty place.
    Nothing,
    /// A text that somebody has written: a name, a number of a card or a phone, a reason.
    Text(String),
    /// A word of the report's own, for people and for programs.
    Word(&'static str, &'static str),
    /// A sum in hundredths: points, or roubles.
    Sum(i64),
    /// A local day.
    Day(NaiveDate),
    /// A local time, to the second.
    Time(NaiveDateTime),
}

/// A report as rows of cells, one for each column.
#[derive(Debug)]
pub(super) struct Table<const COLUMNS: usize> {
    columns: [Column; COLUMNS],
    rows: Vec<[Cell; COLUMNS]>,
}

impl Csv {
    /// How a file begins: its mark, if it has one, and the columns' heads.
    ///
    /// # Errors
    /// As [`Self::line`].
    pub(super) fn head(self, columns: &[Column]) -> Result<String, Failure> {
        let (mark, head): (&str, fn(&Column) -> &'static str) = match self {
            Self::Excel => ("\u{feff}", |column| column.head),
            Self::Rfc4180 => ("", |column| column.name),
        };
        Ok(format!("{mark}{}", self.record(columns.iter().map(head))?))
    }

    /// A row as one line, its end included, for reports that are printed while they are read.
    ///
    /// # Errors
    /// The CSV cannot be written, which is a defect: it goes into memory.
    pub(super) fn line(self, row: &[Cell]) -> Result<String, Failure> {
        match self {
            Self::Excel => self.record(row.iter().map(Cell::for_excel)),
            Self::Rfc4180 => self.record(row.iter().map(Cell::for_programs)),
        }
    }

    fn record<T: AsRef<[u8]>>(self, fields: impl Iterator<Item = T>) -> Result<String, Failure> {
        let delimiter = match self {
            Self::Excel => b';',
            Self::Rfc4180 => b',',
        };
        let mut writer = WriterBuilder::new().delimiter(delimiter).terminator(Terminator::CRLF).from_writer(Vec::new());
        writer.write_record(fields)?;
        Ok(String::from_utf8(writer.into_inner().map_err(csv::IntoInnerError::into_error)?)?)
    }
}

impl Column {
    /// A column with its head for people, in Russian, and its name for programs.
    pub(super) const fn new(head: &'static str, name: &'static str) -> Self {
        Self { head, name }
    }
}

impl From<Points> for Cell {
    fn from(points: Points) -> Self {
        Self::Sum(points.0)
    }
}

impl From<Kopecks> for Cell {
    fn from(amount: Kopecks) -> Self {
        Self::Sum(amount.0)
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl<T: Into<Self>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Nothing, Into::into)
    }
}

impl Cell {
    /// For people: days and sums as they are written in Russian.
    fn told(&self) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Text(text) => text.clone(),
            Self::Word(told, _) => (*told).to_owned(),
            Self::Sum(hundredths) => Points(*hundredths).to_string(),
            Self::Day(day) => day.format("%d.%m.%Y").to_string(),
            Self::Time(time) => time.format("%d.%m.%Y %H:%M:%S").to_string(),
        }
    }

    /// For Excel: as for people, with texts that stay what they are.
    fn for_excel(&self) -> String {
        let told = self.told();
        let is_text = matches!(self, Self::Text(_));
        if is_text && is_reshaped_by_excel(&told) { format!("'{told}") } else { told }
    }

    /// For programs: ISO days, decimal points, English words.
    fn for_programs(&self) -> String {
        match self {
            Self::Nothing | Self::Text(_) => self.told(),
            Self::Word(_, name) => (*name).to_owned(),
            Self::Sum(_) => self.told().replace(',', "."),
            Self::Day(day) => day.format("%Y-%m-%d").to_string(),
            Self::Time(time) => time.format("%Y-%m-%dT%H:%M:%S").to_string(),
        }
    }

    const fn is_figure(&self) -> bool {
        matches!(self, Self::Sum(_))
    }
}

/// Whether Excel would compute a text as a formula, or show another one: a date, a number without its first zeros or last
/// digits. A short number stays itself, so it may stay a number.
fn is_reshaped_by_excel(text: &str) -> bool {
    let starts_formula = |c: char| matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠');
    if text.starts_with(starts_formula) || text.trim_start().starts_with(starts_formula) {
        return true;
    }
    let is_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_digits {
        return text.len() > EXCEL_DIGITS || (text.len() > 1 && text.starts_with('0'));
    }
    let is_of_number = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '-' | '/' | ':' | ' ' | 'e' | 'E' | '+');
    text.starts_with(|c: char| c.is_ascii_digit()) && text.chars().all(is_of_number)
}

impl<const COLUMNS: usize> Table<COLUMNS> {
    /// A table without rows.
    pub(super) const fn new(columns: [Column; COLUMNS]) -> Self {
        Self { columns, rows: Vec::new() }
    }

    /// Adds a row.
    pub(super) fn push(&mut self, row: [Cell; COLUMNS]) {
        self.rows.push(row);
    }

    /// How many rows there are.
    pub(super) const fn len(&self) -> usize {
        self.rows.len()
    }

    /// Prints the table: as CSV, or for a terminal with what stands above and below it there.
    ///
    /// # Errors
    /// As [`Csv::line`].
    pub(super) fn print(&self, csv: Option<Csv>, above: &str, below: &str) -> Result<(), Failure> {
        match csv {
            Some(csv) => print!("{}", self.csv(csv)?),
            None => print!("{}", self.for_terminal(above, below)),
        }
        Ok(())
    }

    fn for_terminal(&self, above: &str, below: &str) -> String {
        let mut table = comfy_table::Table::new();
        table.load_style(presets::NOTHING);
        table.set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(TERMINAL_WIDTH);
        table.set_header(self.columns.map(|column| column.head));
        for row in &self.rows {
            table.add_row(row.iter().map(|cell| one_line(&cell.told())));
        }
        for (index, column) in table.column_iter_mut().enumerate() {
            column.set_padding((0, 2));
            if self.rows.iter().any(|row| row.get(index).is_some_and(Cell::is_figure)) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        let mut text = String::new();
        // Writing into a text does not fail.
        for part in [above, &table.trim_fmt(), below].into_iter().filter(|part| !part.is_empty()) {
            let _ = writeln!(text, "{part}");
        }
        text
    }

    fn csv(&self, dialect: Csv) -> Result<String, Failure> {
        let mut text = dialect.head(&self.columns)?;
        for row in &self.rows {
            text.push_str(&dialect.line(row)?);
        }
        Ok(text)
    }
}

/// Prints texts under their heads for a terminal, in lists that nobody computes with.
///
/// # Errors
/// As [`Csv::line`].
pub(super) fn list<const COLUMNS: usize>(
    heads: [&'static str; COLUMNS],
    rows: Vec<[String; COLUMNS]>,
) -> Result<(), Failure> {
    let mut table = Table::new(heads.map(|head| Column::new(head, head)));
    rows.into_iter().for_each(|row| table.push(row.map(Cell::Text)));
    table.print(None, "", "")
}

/// «Да» or nothing.
pub(super) fn flag(is: bool) -> String {
    if is { "да".into() } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table<4> {
        let mut table = Table::new([
            Column::new("Дата", "date"),
            Column::new("Партнёр", "partner"),
            Column::new("Что", "what"),
            Column::new("Баллов", "points"),
        ]);
        let day = NaiveDate::from_ymd_opt(2026, 11, 21).unwrap();
        let spent = Cell::Word("списано", "spent");
        table.push([Cell::Day(day), "ООО «Ромашка; и Ко»".into(), spent.clone(), Points(123_456).into()]);
        table.push([Cell::Nothing, "Кафе \"Уют\", зал 2".into(), spent, Cell::Sum(-5)]);
        table
    }

    #[test]
    fn excel_gets_semicolons_decimal_commas_a_mark_and_crlf() {
        assert_eq!(
            table().csv(Csv::Excel).ok().unwrap(),
            "\u{feff}Дата;Партнёр;Что;Баллов\r\n\
             21.11.2026;\"ООО «Ромашка; и Ко»\";списано;1234,56\r\n\
             ;\"Кафе \"\"Уют\"\", зал 2\";списано;-0,05\r\n"
        );
    }

    #[test]
    fn programs_get_rfc_4180() {
        assert_eq!(
            table().csv(Csv::Rfc4180).ok().unwrap(),
            "date,partner,what,points\r\n\
             2026-11-21,ООО «Ромашка; и Ко»,spent,1234.56\r\n\
             ,\"Кафе \"\"Уют\"\", зал 2\",spent,-0.05\r\n"
        );
    }

    #[test]
    fn a_terminal_gets_aligned_columns_whatever_the_names() {
        let mut table = table();
        table.push([Cell::Nothing, "Партнёр с именем\nв две строки".into(), Cell::Nothing, Cell::Sum(100)]);
        let text = table.for_terminal("Взаиморасчёты", "Строк: 3.");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!((lines[0], *lines.last().unwrap()), ("Взаиморасчёты", "Строк: 3."), "{text}");
        // Every sum ends in the same column, and no name breaks a line.
        let ends: Vec<usize> = lines[1..5].iter().map(|line| line.trim_end().chars().count()).collect();
        assert!(ends.windows(2).all(|pair| pair[0] == pair[1]), "{text}");
        assert!(lines[2].contains("1234,56") && text.contains("именем\\nв две"), "{text}");
    }

    #[test]
    fn a_long_name_is_wrapped_and_breaks_no_column() {
        let mut table = table();
        table.push([Cell::Nothing, "Очень длинное название ".repeat(20).into(), Cell::Nothing, Cell::Sum(100)]);
        let text = table.for_terminal("", "");
        assert!(text.lines().all(|line| line.chars().count() <= usize::from(TERMINAL_WIDTH)), "{text}");
        assert!(text.lines().filter(|line| line.contains("длинное")).count() > 1, "{text}");
    }

    #[test]
    fn excel_computes_no_text_and_keeps_each_as_it_is() {
        let reshaped = [
            "=1+1",
            "+79160000101",
            "-5",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "  =1",
            "＝1",
            "007",
            "1234567890123456",
            "1-2",
            "03.12.2026",
            "1E5",
            "12:30",
        ];
        for text in reshaped {
            assert_eq!(Cell::from(text).for_excel(), format!("'{text}"));
            assert_eq!(Cell::from(text).for_programs(), text);
        }
        let kept = ["7000000101", "0", "", "M1-01", "Кафе 1-2", "70******01", "— нет —"];
        for text in kept {
            assert_eq!(Cell::from(text).for_excel(), text);
        }
        // A negative sum is a number, not a text.
        assert_eq!(Cell::Sum(-500).for_excel(), "-5,00");
    }
}
