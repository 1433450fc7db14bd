//! Tables for people on the terminal.

use crate::cli::line::one_line;

/// Prints rows under a head, each column as wide as its longest cell. What others have typed stays within its cell.
pub(super) fn print<const N: usize>(head: [&str; N], rows: &[[String; N]]) {
    let rows: Vec<[String; N]> = rows.iter().map(|row| row.each_ref().map(|cell| one_line(cell))).collect();
    let mut widths = head.map(|title| title.chars().count());
    for row in &rows {
        widths.iter_mut().zip(row).for_each(|(width, cell)| *width = (*width).max(cell.chars().count()));
    }
    let line = |cells: &[String; N]| {
        let padded = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}"));
        println!("{}", padded.collect::<Vec<_>>().join("  ").trim_end());
    };
    line(&head.map(str::to_owned));
    rows.iter().for_each(line);
}

/// «Да» or nothing.
pub(super) fn flag(is: bool) -> String {
    if is { "да".into() } else { String::new() }
}
