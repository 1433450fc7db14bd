//! CSV files as people in Russia make them: `;` or `,`, quotes, UTF-8 or windows-1251, dates and numbers in either form.

use chrono::NaiveDate;
use encoding_rs::WINDOWS_1251;

use crate::{cli::day::day, domain::money::Points};

/// The text of a file: UTF-8 with or without a byte order mark, or windows-1251 when that is said.
///
/// # Errors
/// The bytes are not in that encoding; said in Russian.
pub(super) fn text(bytes: &[u8], is_windows_1251: bool) -> Result<String, String> {
    if is_windows_1251 {
        let text = WINDOWS_1251.decode_without_bom_handling_and_without_replacement(bytes);
        return text.map(std::borrow::Cow::into_owned).ok_or_else(|| "файл не в windows-1251".to_owned());
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map(str::to_owned);
    text.map_err(|_| {
        "файл не в UTF-8; если он из Excel, укажите --windows-1251 или сохраните как «CSV UTF-8»".to_owned()
    })
}

/// The rows of a text with the numbers of the lines on which they begin; blank lines are left out. The separator is the
/// one that the first line has more of: `;` or `,`.
///
/// # Errors
/// A quote is not closed.
pub(super) fn rows(text: &str) -> Result<Vec<(usize, Vec<String>)>, String> {
    let head = text.lines().next().unwrap_or_default();
    let count = |separator: char| head.chars().filter(|c| *c == separator).count();
    let separator = if count(',') > count(';') { ',' } else { ';' };
    let (mut rows, mut cells, mut cell) = (Vec::new(), Vec::new(), String::new());
    let (mut line, mut begun, mut is_quoted) = (1_usize, 1_usize, false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if is_quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' if is_quoted || cell.trim().is_empty() => {
                is_quoted = !is_quoted;
                if is_quoted {
                    cell.clear();
                }
            }
            '\r' if !is_quoted && chars.peek() == Some(&'\n') => {}
            '\n' if !is_quoted => {
                cells.push(std::mem::take(&mut cell));
                push(&mut rows, begun, std::mem::take(&mut cells));
                line = line.saturating_add(1);
                begun = line;
            }
            c if c == separator && !is_quoted => cells.push(std::mem::take(&mut cell)),
            c => {
                line = line.saturating_add(usize::from(c == '\n'));
                cell.push(c);
            }
        }
    }
    if is_quoted {
        return Err(format!("строка {begun}: кавычка не закрыта"));
    }
    cells.push(cell);
    push(&mut rows, begun, cells);
    Ok(rows)
}

fn push(rows: &mut Vec<(usize, Vec<String>)>, line: usize, cells: Vec<String>) {
    let cells: Vec<String> = cells.into_iter().map(|cell| cell.trim().to_owned()).collect();
    if cells.iter().any(|cell| !cell.is_empty()) {
        rows.push((line, cells));
    }
}

/// Points as a cell says them: `1 234,50`, `1234.5` or nothing for none.
///
/// # Errors
/// It is no number of two places at most.
pub(super) fn points(cell: &str) -> Result<Points, String> {
    let wrong = || format!("«{cell}» — не число баллов");
    let digits: String = cell.chars().filter(|c| !c.is_whitespace() && *c != '\u{a0}').collect();
    if digits.is_empty() {
        return Ok(Points::ZERO);
    }
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, digits.as_str()),
    };
    let (whole, fraction) = digits.split_once([',', '.']).unwrap_or((digits, ""));
    let is_sound = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    if whole.is_empty() || fraction.len() > 2 || !is_sound(whole) || !is_sound(fraction) {
        return Err(wrong());
    }
    let hundredths: i64 = format!("{whole}{fraction:0<2}").parse().map_err(|_| wrong())?;
    Ok(Points(hundredths.saturating_mul(sign)))
}

/// A day as a cell says it; nothing for none. What Excel adds of a time is left out.
///
/// # Errors
/// It is no day.
pub(super) fn date(cell: &str) -> Result<Option<NaiveDate>, String> {
    let Some(text) = cell.split_whitespace().next() else { return Ok(None) };
    day(text).map(Some).map_err(|_| format!("«{cell}» — не дата; нужна как 31.12.2027 или 2027-12-31"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_as_excel_and_as_programs_write_them() {
        let read = |text: &str| rows(text).unwrap();
        let cells = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
        assert_eq!(read("a;b\r\n\r\n1;\"x;\"\"y\"\"\"\r\n"), [(1, cells(&["a", "b"])), (3, cells(&["1", "x;\"y\""]))]);
        assert_eq!(
            read("a,b\n\"1\n2\",3\n4,5"),
            [(1, cells(&["a", "b"])), (2, cells(&["1\n2", "3"])), (4, cells(&["4", "5"]))]
        );
        assert_eq!(read("a\n 7 "), [(1, cells(&["a"])), (2, cells(&["7"]))]);
        assert!(rows("a;b\n\"1;2").unwrap_err().contains("строка 2"));
    }

    #[test]
    fn a_file_is_in_the_encoding_that_is_said() {
        assert_eq!(text("\u{feff}карта".as_bytes(), false).unwrap(), "карта");
        assert_eq!(text(b"\xEA\xE0\xF0\xF2\xE0", true).unwrap(), "карта");
        assert!(text(b"\xEA\xE0\xF0\xF2\xE0", false).unwrap_err().contains("--windows-1251"));
    }

    #[test]
    fn figures_are_read_as_people_write_them() {
        for (cell, hundredths) in
            [("", 0), ("5", 500), ("1 234,5", 123_450), ("1\u{a0}234.56", 123_456), ("-0,01", -1), ("0", 0)]
        {
            assert_eq!(points(cell), Ok(Points(hundredths)), "{cell}");
        }
        for cell in ["x", "1,234", "1.2.3", ",5", "1e3", "--1"] {
            assert!(points(cell).is_err(), "{cell}");
        }
        let day = NaiveDate::from_ymd_opt(2027, 12, 31);
        for cell in ["31.12.2027", "2027-12-31", "31.12.2027 0:00:00"] {
            assert_eq!(date(cell).unwrap(), day, "{cell}");
        }
        assert_eq!((date(" ").unwrap(), date("31/12/2027").is_err()), (None, true));
    }
}
