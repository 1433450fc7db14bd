//! What is printed, and the files that a run leaves: figures as Markdown and JSON, and a chart.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::{Value, json};

use crate::{arguments::Plan, chart, drive::Measured};

/// Everything that a run has shown.
pub struct Report {
    rows: Vec<Value>,
    goals: Vec<Goal>,
    singles: BTreeMap<String, f64>,
    /// The heading under which rows are measured now.
    section: String,
}

struct Goal {
    goal: String,
    figure: String,
    is_met: bool,
}

impl Report {
    pub fn new() -> Self {
        Self { rows: Vec::new(), goals: Vec::new(), singles: BTreeMap::new(), section: String::new() }
    }

    pub fn heading(&mut self, text: &str) {
        text.clone_into(&mut self.section);
        println!("\n{text}");
        println!(
            "{:<34} {:>5} {:>9} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8}",
            "", "conn", "calls/s", "p50 ms", "p99 ms", "p99.9", "max ms", "server", "database", "client"
        );
    }

    /// A measurement, whose database and operation `name` says; CPU in microseconds a call.
    pub fn row(&mut self, name: &str, connections: usize, paced: Option<f64>, measured: &Measured) {
        let latency = |quantile: f64| measured.latency.value_at_quantile(quantile) as f64 / 1e6;
        let max = measured.latency.max() as f64 / 1e6;
        let us = |cpu: std::time::Duration| cpu.as_secs_f64() * 1e6 / measured.calls.max(1) as f64;
        let (server, database, client) = (us(measured.server_cpu), us(measured.database_cpu), us(measured.client_cpu));
        let pace = paced.map_or_else(String::new, |rate| format!(", {rate:.0}/s asked"));
        println!(
            "{:<34} {connections:>5} {:>9.0} {:>8.2} {:>8.2} {:>8.2} {max:>8.2} {server:>8.1} {database:>8.1} {client:>8.1}",
            format!("{name}{pace}"),
            measured.rate(),
            latency(0.5),
            latency(0.99),
            latency(0.999)
        );
        let kinds: BTreeMap<&str, Value> = measured
            .kinds
            .iter()
            .map(|(kind, calls)| {
                let at = |quantile: f64| calls.value_at_quantile(quantile) as f64 / 1e6;
                let value = json!({
                    "calls": calls.len(), "p50_ms": at(0.5), "p99_ms": at(0.99), "p999_ms": at(0.999), "max_ms": at(1.0),
                });
                (*kind, value)
            })
            .collect();
        self.rows.push(json!({
            "section": self.section, "name": name, "connections": connections, "paced": paced, "calls": measured.calls, "seconds": measured.seconds,
            "calls_per_second": measured.rate(), "p50_ms": latency(0.5), "p99_ms": latency(0.99),
            "p999_ms": latency(0.999), "max_ms": max, "server_us": server, "database_us": database, "client_us": client,
            "kinds": kinds,
        }));
    }

    /// What a yardstick does that has no connections to be timed.
    pub fn yardstick(&mut self, name: &str, rate: f64, cpu_us: f64) {
        println!("{name:<34} {:>5} {rate:>9.0} {:>62.1}", "", cpu_us);
        self.rows.push(json!({ "section": self.section, "name": name, "calls_per_second": rate, "cpu_us": cpu_us }));
    }

    /// Each kind of call of a measurement.
    pub fn kinds(&self, measured: &Measured) {
        for (kind, calls) in &measured.kinds {
            let at = |quantile: f64| calls.value_at_quantile(quantile) as f64 / 1e6;
            let rate = calls.len() as f64 / measured.seconds;
            println!(
                "  {kind:<32} {:>5} {rate:>9.0} {:>8.2} {:>8.2} {:>8.2} {:>8.2}",
                "",
                at(0.5),
                at(0.99),
                at(0.999),
                at(1.0)
            );
        }
    }

    /// A figure that stands alone, with what is to be read beside it.
    pub fn figure(&mut self, name: &str, value: f64, unit: &str) {
        println!("{name:<34} {value:>12.2} {unit}");
        self.singles.insert(format!("{name}, {unit}"), value);
    }

    pub fn goal(&mut self, goal: &str, figure: String, is_met: bool) {
        self.goals.push(Goal { goal: goal.into(), figure, is_met });
    }

    /// The goals at the end, one a line.
    pub fn goals(&self) {
        if !self.goals.is_empty() {
            println!("\nGoals");
        }
        for goal in &self.goals {
            println!("{} — {} — {}", goal.goal, goal.figure, if goal.is_met { "met" } else { "not met" });
        }
    }

    pub fn draw(&self, plan: &Plan, path: &Path) {
        let processors = std::thread::available_parallelism().map_or(0, usize::from);
        let today = chrono::Utc::now().format("%Y-%m-%d");
        let subtitle = format!(
            "{processors} × {} for load, gateway and database together; {} cards; {} s a measurement; {today}{}",
            processor(),
            plan.sizes(),
            plan.span.as_secs_f64(),
            plan.settings()
        );
        chart::draw(&self.rows, &subtitle, path);
    }

    pub fn write(&self, plan: &Plan, path: &Path) {
        let goals: Vec<Value> = self
            .goals
            .iter()
            .map(|goal| json!({ "goal": goal.goal, "figure": goal.figure, "met": goal.is_met }))
            .collect();
        let machine = json!({
            "processors": std::thread::available_parallelism().map_or(0, usize::from),
            "model": processor(),
            "at": chrono::Utc::now().to_rfc3339(),
            "commit": commit(),
        });
        let all = json!({
            "machine": machine, "quick": plan.quick, "cards": plan.sizes(), "seconds": plan.span.as_secs_f64(),
            "rows": self.rows, "figures": self.singles, "goals": goals,
        });
        fs::write(path, format!("{all:#}\n")).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }

    /// Leaves `docs/figures/NAME.md`, `.json` and `.svg`, which documents link to.
    pub fn figures(&self, plan: &Plan, name: &str) {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/figures");
        let file = |extension: &str| folder.join(format!("{name}.{extension}"));
        self.write(plan, &file("json"));
        self.draw(plan, &file("svg"));
        let path = file("md");
        let text = self.markdown(plan, name);
        fs::write(&path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        println!("\nwritten: {}", path.display());
    }

    /// The whole run as tables.
    fn markdown(&self, plan: &Plan, name: &str) -> String {
        let processors = std::thread::available_parallelism().map_or(0, usize::from);
        let mut out = format!(
            "# Figures: {name}\n\nWritten by `.ci/bench{}`; do not edit. [performance.md](../performance.md) says what each \
             column means.\n\n\
             | | |\n|---|---|\n\
             | commit | {} |\n\
             | date | {} |\n\
             | machine | {processors} × {}, for load, gateway and database together |\n\
             | cards | {} |\n\
             | seconds a measurement | {} |\n\
             | settings other than the defaults | {} |\n\n\
             ![Calls a second and milliseconds a call]({name}.svg)\n",
            plan.arguments.iter().map(|argument| format!(" {argument}")).collect::<String>(),
            commit(),
            chrono::Utc::now().format("%Y-%m-%d %H:%M UTC"),
            processor(),
            plan.sizes(),
            plan.span.as_secs_f64(),
            plan.settings().strip_prefix(", ").unwrap_or("none"),
        );
        if !self.goals.is_empty() {
            out.push_str("\n## Goals\n\n| goal | figure | |\n|---|---|---|\n");
        }
        for goal in &self.goals {
            let met = if goal.is_met { "met" } else { "not met" };
            writeln!(out, "| {} | {} | {met} |", goal.goal, goal.figure).unwrap();
        }
        let mut section = None;
        for row in &self.rows {
            if section != row["section"].as_str() {
                section = row["section"].as_str();
                write!(out, "\n## {}\n\n{COLUMNS}", section.unwrap_or_default()).unwrap();
            }
            out.push_str(&table_row(row));
        }
        if !self.singles.is_empty() {
            out.push_str("\n## Single figures\n\n| | | |\n|---|---|---|\n");
        }
        for (name, value) in &self.singles {
            let (what, unit) = name.rsplit_once(", ").unwrap_or((name, ""));
            writeln!(out, "| {what} | {value:.2} | {unit} |").unwrap();
        }
        out
    }
}

/// The columns of a section's table; times in milliseconds, CPU in microseconds a call.
const COLUMNS: &str = "| | conn | asked/s | calls/s | p50 | p99 | p99.9 | max | server | database | client |\n\
    |---|---|---|---|---|---|---|---|---|---|---|\n";

/// A measurement, or a yardstick, which has a rate and one sum of CPU only.
fn table_row(row: &Value) -> String {
    let number =
        |name: &str, digits: usize| row[name].as_f64().map_or_else(String::new, |value| format!("{value:.digits$}"));
    let server = if row["cpu_us"].is_null() { number("server_us", 1) } else { number("cpu_us", 1) };
    format!(
        "| {} | {} | {} | {} | {} | {} | {} | {} | {server} | {} | {} |\n",
        row["name"].as_str().unwrap_or_default(),
        number("connections", 0),
        number("paced", 0),
        number("calls_per_second", 0),
        number("p50_ms", 2),
        number("p99_ms", 2),
        number("p999_ms", 2),
        number("max_ms", 2),
        number("database_us", 1),
        number("client_us", 1),
    )
}

/// The commit that is measured, and whether the tree differs from it.
fn commit() -> String {
    let git = |arguments: &[&str]| {
        let said = Command::new("git").args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output().ok()?;
        said.status.success().then(|| String::from_utf8_lossy(&said.stdout).trim().to_owned())
    };
    // The figures themselves may differ: they are what this run writes.
    let changed = git(&["status", "--porcelain", "--", ".", ":!docs"]).is_some_and(|list| !list.is_empty());
    let commit = git(&["rev-parse", "--short", "HEAD"]).unwrap_or_else(|| "unknown".into());
    if changed { format!("{commit} with uncommitted changes") } else { commit }
}

/// What the system calls the processor.
pub fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with("model name"));
    line.and_then(|line| Some(line.split_once(':')?.1.trim().to_owned())).unwrap_or_default()
}

/// The middle one, or what lies between the middle two.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len().is_multiple_of(2) { (values[middle - 1] + values[middle]) / 2.0 } else { values[middle] }
}
