//! A picture of a run's figures: what is carried by 64 connections, and how long a call takes at half of that.
//!
//! Drawn by hand, since it is nothing but bars and words.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

use serde_json::Value;

/// What the bars are of, from the measurements' names; others are not drawn.
const DRAWN: [(&str, &str); 11] = [
    ("a constant answer", "HTTP alone: a constant answer"),
    ("SQLite GetBalance", "GetBalance, SQLite"),
    ("PostgreSQL GetBalance", "GetBalance, PostgreSQL"),
    ("SQLite QuoteReceipt", "QuoteReceipt of ten lines, SQLite"),
    ("PostgreSQL QuoteReceipt", "QuoteReceipt of ten lines, PostgreSQL"),
    ("the same rows, 64 a commit", "bare SQLite: a receipt's rows, 64 a commit"),
    ("SQLite RegisterReceipt", "RegisterReceipt, SQLite"),
    ("pgbench", "pgbench: a receipt's statements"),
    ("PostgreSQL RegisterReceipt", "RegisterReceipt, PostgreSQL"),
    ("SQLite till cycle", "calls of the till cycle, SQLite"),
    ("PostgreSQL till cycle", "calls of the till cycle, PostgreSQL"),
];
/// Yardsticks are lighter.
const YARDSTICKS: [&str; 3] = ["a constant answer", "the same rows, 64 a commit", "pgbench"];

const WIDTH: u32 = 980;
const LABELS: u32 = 330;
const BARS: u32 = 520;
const ROW: u32 = 24;
const HEAD: u32 = 66;

/// Bars of one picture: label, value, colour, text.
struct Bar {
    label: String,
    value: f64,
    colour: &'static str,
    text: String,
}

/// Draws the rows of a report into a file.
pub fn draw(rows: &[Value], subtitle: &str, path: &Path) {
    let mut rates: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    let mut latencies: BTreeMap<&str, (f64, f64, f64)> = BTreeMap::new();
    for row in rows {
        let number = |name: &str| row[name].as_f64();
        let (Some(name), Some(rate)) = (row["name"].as_str(), number("calls_per_second")) else { continue };
        let connections = row["connections"].as_u64();
        if let (Some(pace), Some(p50), Some(p99)) = (number("paced"), number("p50_ms"), number("p99_ms")) {
            latencies.insert(name, (pace, p50, p99));
        } else if connections.is_none_or(|count| count == 64) {
            rates.entry(name).or_default().push(rate);
        }
    }
    let mut carried = Vec::new();
    let mut waited = Vec::new();
    for (name, label) in DRAWN {
        if let Some(rates) = rates.get(name) {
            let value = crate::report::median(rates.clone());
            let colour = if YARDSTICKS.contains(&name) { "#c3ccd6" } else { "#2b6cb0" };
            carried.push(Bar { label: label.into(), value, colour, text: grouped(value) });
        }
        if let Some((pace, p50, p99)) = latencies.get(name) {
            let label = format!("{label}, {} a second", grouped(*pace));
            waited.push(Bar { label, value: *p50, colour: "#2b6cb0", text: format!("p50 {p50:.1} ms") });
            waited.push(Bar { label: String::new(), value: *p99, colour: "#dd6b20", text: format!("p99 {p99:.1} ms") });
        }
    }
    let panels = [
        ("Calls a second, 64 connections (median of the rounds)", carried),
        ("Milliseconds a call at a steady pace", waited),
    ];
    let height: u32 = panels.iter().map(|(_, bars)| HEAD + ROW * u32::try_from(bars.len()).unwrap()).sum();
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {}\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n<text x=\"12\" y=\"22\" fill=\"#555\">{}</text>\n",
        height + 30,
        escaped(subtitle)
    );
    let mut top = 30;
    for (title, bars) in &panels {
        panel(&mut svg, top, title, bars);
        top += HEAD + ROW * u32::try_from(bars.len()).unwrap();
    }
    svg.push_str("</svg>\n");
    fs::write(path, svg).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

fn panel(svg: &mut String, top: u32, title: &str, bars: &[Bar]) {
    let most = bars.iter().map(|bar| bar.value).fold(f64::MIN_POSITIVE, f64::max);
    writeln!(svg, "<text x=\"12\" y=\"{}\" font-size=\"16\" font-weight=\"bold\">{}</text>", top + 30, escaped(title))
        .unwrap();
    for (place, bar) in (0..).zip(bars) {
        let (y, width) = (top + 44 + place * ROW, bar.value / most * f64::from(BARS));
        writeln!(
            svg,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\
             <rect x=\"{LABELS}\" y=\"{y}\" width=\"{width:.1}\" height=\"{}\" fill=\"{}\"/>\
             <text x=\"{:.1}\" y=\"{}\">{}</text>",
            LABELS - 10,
            y + 14,
            escaped(&bar.label),
            ROW - 6,
            bar.colour,
            f64::from(LABELS) + width + 8.0,
            y + 14,
            escaped(&bar.text)
        )
        .unwrap();
    }
}

/// A whole number with its thousands apart.
fn grouped(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push('\u{a0}');
        }
        out.push(digit);
    }
    out
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
