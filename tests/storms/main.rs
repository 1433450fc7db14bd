//! The storms: faults done to the real program, in processes of its own, over loopback. What each shows is told in
//! `docs/reliability.md`. A scenario is a file beside this one and a row of [`SCENARIOS`].

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::float_arithmetic,
    clippy::print_stdout,
    clippy::print_stderr,
    missing_docs,
    reason = "a test may stop where it stands, and reports to a person"
)]

mod ground;
#[allow(dead_code, unused_imports, reason = "the stories use more of it")]
#[path = "../it/support/postgres.rs"]
mod postgres;
#[allow(dead_code, reason = "the stories' client is asynchronous; the storms use only its answers")]
#[path = "../it/support/soap.rs"]
mod soap;

mod cancelled_by_key;
mod cancelled_twice;
mod clock_jumps;
mod connections_cut;
mod database_fails;
mod database_frozen;
mod disk_full;
mod gateway_killed;
mod idle_connections;
mod one_card;
mod overload;
mod postgres_killed;
mod power_lost;
mod retry_storm;
mod same_key;
mod second_gateway;
mod slow_clients;
mod stopped;
mod wrong_codes;

use std::{
    fmt::Write as _,
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    process::ExitCode,
    time::Instant,
};

use ground::Backend;

const BOTH: &[Backend] = &[Backend::Sqlite, Backend::Postgres];
const SQLITE: &[Backend] = &[Backend::Sqlite];
const POSTGRES: &[Backend] = &[Backend::Postgres];

/// Every scenario: its id, what is done, on which databases, and how.
#[rustfmt::skip]
const SCENARIOS: &[Scenario] = &[
    Scenario { id: "R1", what: "gateway killed (kill -9) under 64 tills", on: BOTH, run: gateway_killed::run },
    Scenario { id: "R1b", what: "power lost under 64 tills", on: BOTH, run: power_lost::run },
    Scenario { id: "R2", what: "PostgreSQL killed (kill -9) under 64 tills", on: POSTGRES, run: postgres_killed::run },
    Scenario { id: "R5", what: "the same key 8 times at once", on: BOTH, run: same_key::run },
    Scenario { id: "R6", what: "a sale cancelled twice at once", on: BOTH, run: cancelled_twice::run },
    Scenario { id: "R6b", what: "an operation cancelled by its key, before it and at once", on: BOTH, run: cancelled_by_key::run },
    Scenario { id: "R7", what: "many tills, one card, points for an exact number", on: BOTH, run: one_card::run },
    Scenario { id: "R9", what: "the N-th call to the database fails", on: BOTH, run: database_fails::run },
    Scenario { id: "R10", what: "disk full under 64 tills", on: BOTH, run: disk_full::run },
    Scenario { id: "R12", what: "the clock jumps", on: BOTH, run: clock_jumps::run },
    Scenario { id: "R13a", what: "connections to the database cut every 2 s", on: POSTGRES, run: connections_cut::run },
    Scenario { id: "R13b", what: "database frozen (SIGSTOP)", on: POSTGRES, run: database_frozen::run },
    Scenario { id: "R14", what: "2 000 clients that never come to an end", on: BOTH, run: slow_clients::run },
    Scenario { id: "R15", what: "10 000 idle connections, 200 at work", on: BOTH, run: idle_connections::run },
    Scenario { id: "R16", what: "retry storm while the database stands still", on: BOTH, run: retry_storm::run },
    Scenario { id: "R17", what: "five times the load that it can bear", on: BOTH, run: overload::run },
    Scenario { id: "R19", what: "wrong codes at once", on: BOTH, run: wrong_codes::run },
    Scenario { id: "R22", what: "two gateways on one SQLite file", on: SQLITE, run: second_gateway::run },
    Scenario { id: "R27", what: "SIGTERM under 64 tills", on: BOTH, run: stopped::run },
    Scenario { id: "R27b", what: "SIGTERM while the database is frozen (SIGSTOP)", on: POSTGRES, run: stopped::run_frozen },
];

/// A row of the table.
struct Scenario {
    id: &'static str,
    what: &'static str,
    on: &'static [Backend],
    run: fn(&Plan) -> Outcome,
}

/// How a scenario is to be run.
pub struct Plan {
    pub backend: Backend,
    pub long: bool,
}

impl Plan {
    /// The number for the short form, or for the long one.
    pub fn of<T>(&self, quick: T, long: T) -> T {
        if self.long { long } else { quick }
    }
}

/// What a scenario has shown.
pub struct Outcome {
    goal: String,
    figures: Vec<String>,
    missed: Vec<String>,
}

impl Outcome {
    pub fn with_goal(goal: impl Into<String>) -> Self {
        Self { goal: goal.into(), figures: Vec::new(), missed: Vec::new() }
    }

    /// Something measured.
    pub fn tell(&mut self, figure: impl Into<String>) {
        self.figures.push(figure.into());
    }

    /// Something measured that the goal is about.
    pub fn must(&mut self, holds: bool, figure: impl Into<String>) {
        let figure = figure.into();
        if !holds {
            self.missed.push(figure.clone());
        }
        self.figures.push(figure);
    }

    /// Something that is worth a word only when it is not so.
    pub fn always(&mut self, holds: bool, otherwise: impl Into<String>) {
        if !holds {
            self.must(false, otherwise);
        }
    }
}

const HELP: &str = "\
usage: storms [--quick | --long] [--list] [--report FILE] [--help] [NAME …]

Does faults to the real program and checks afterwards that nothing acknowledged was lost and nothing was done twice.
  NAME           scenarios to run (R1, r5, …); all, without a name
  --quick        few rounds of each (the default): some minutes together
  --long         the full numbers of docs/reliability.md
  --list         names the scenarios
  --report FILE  writes the table of figures, in Markdown
Exit code: 0 when every goal is met, 1 when one is not, 2 for wrong arguments.";

struct Arguments {
    long: bool,
    list: bool,
    report: Option<PathBuf>,
    names: Vec<String>,
}

fn main() -> ExitCode {
    let arguments = match arguments(std::env::args().skip(1)) {
        Ok(Some(arguments)) => arguments,
        Ok(None) => {
            println!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(wrong) => {
            eprintln!("storms: {wrong}\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    if arguments.list {
        for scenario in SCENARIOS {
            println!("{:<5} {}", scenario.id, scenario.what);
        }
        return ExitCode::SUCCESS;
    }
    let chosen: Vec<&Scenario> = SCENARIOS.iter().filter(|scenario| is_chosen(scenario, &arguments.names)).collect();
    if chosen.is_empty() {
        // `cargo test NAME` hands the name of somebody else's test to every target: that is no mistake.
        println!("no storm is called {}; --list names them", arguments.names.join(", "));
        return ExitCode::SUCCESS;
    }
    run(&chosen, &arguments)
}

fn arguments(given: impl Iterator<Item = String>) -> Result<Option<Arguments>, String> {
    let mut arguments = Arguments { long: false, list: false, report: None, names: Vec::new() };
    let mut given = given;
    while let Some(argument) = given.next() {
        match argument.as_str() {
            "--help" | "-h" => return Ok(None),
            "--quick" => arguments.long = false,
            "--long" => arguments.long = true,
            "--list" => arguments.list = true,
            "--report" => arguments.report = Some(given.next().ok_or("--report needs a file")?.into()),
            // What `cargo test -- …` says to every target.
            "--nocapture" | "--no-capture" | "--quiet" | "-q" | "--exact" | "--show-output" => {}
            "--test-threads" => drop(given.next()),
            other if other.starts_with("--test-threads=") => {}
            other if other.starts_with('-') => return Err(format!("there is no argument {other}")),
            name => arguments.names.push(name.to_owned()),
        }
    }
    Ok(Some(arguments))
}

/// `r13` means R13a and R13b.
fn is_chosen(scenario: &Scenario, names: &[String]) -> bool {
    let id = scenario.id.to_ascii_lowercase();
    names.is_empty()
        || names.iter().map(|name| name.to_ascii_lowercase()).any(|name| {
            id == name || (id.trim_end_matches(|c: char| c.is_ascii_alphabetic()) == name && name.len() > 1)
        })
}

fn run(chosen: &[&Scenario], arguments: &Arguments) -> ExitCode {
    let began = Instant::now();
    let (mut lines, mut report, mut all_met) = (Vec::new(), String::new(), true);
    for scenario in chosen {
        for backend in scenario.on {
            eprintln!("── {} {backend}: {}", scenario.id, scenario.what);
            let (plan, started) = (Plan { backend: *backend, long: arguments.long }, Instant::now());
            let outcome = catch_unwind(AssertUnwindSafe(|| (scenario.run)(&plan))).unwrap_or_else(|panic| {
                let said = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
                let mut outcome = Outcome::with_goal("it runs to its end");
                outcome.must(
                    false,
                    format!("it broke off: {}", said.and_then(|said| said.lines().next()).unwrap_or("without a word")),
                );
                outcome
            });
            let met = outcome.missed.is_empty();
            all_met &= met;
            let verdict = if met { "met".to_owned() } else { format!("MISSED: {}", outcome.missed.join("; ")) };
            let figures = outcome.figures.join(", ");
            lines.push(format!("{:<4} {backend:<10} {figures} · goal {} · {verdict}", scenario.id, outcome.goal));
            eprintln!("   {} s; {verdict}", started.elapsed().as_secs());
            let row = [scenario.id, &backend.to_string(), scenario.what, &figures, &outcome.goal, &verdict]
                .map(|cell| cell.replace('|', "\\|").replace('\n', " "));
            let _ = writeln!(report, "| {} |", row.join(" | "));
        }
    }
    println!("{}", lines.join("\n"));
    println!("{} s in all", began.elapsed().as_secs());
    if let Some(file) = &arguments.report {
        let head = "| id | database | what is done | figures | goal | |\n|---|---|---|---|---|---|\n";
        if let Err(error) = std::fs::write(file, format!("{head}{report}")) {
            eprintln!("storms: {} cannot be written: {error}", file.display());
            return ExitCode::FAILURE;
        }
    }
    if all_met { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
