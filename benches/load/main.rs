//! What the gateway carries, measured on this machine alone: `.ci/bench --help`.
//!
//! It reads from here: [`arguments`] says what is asked for, [`run`] is the order of the measurements, [`ground`] makes the
//! databases, [`drive`] is the load, [`report`] prints what came of it and holds it against the goals.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::indexing_slicing,
    clippy::float_arithmetic,
    clippy::as_conversions,
    missing_docs,
    reason = "a benchmark reports to a person and may stop where it stands"
)]

mod arguments;
mod bare;
mod chart;
mod cluster;
mod constant;
mod cycle;
mod disk;
mod drive;
mod envelopes;
mod generate;
mod ground;
mod night;
mod pgbench;
mod process;
mod report;
mod run;
mod wire;

#[allow(dead_code, unused_imports, reason = "the tests use more of it")]
#[path = "../../tests/it/support/postgres.rs"]
mod postgres;

use std::process::ExitCode;

use arguments::Asked;

fn main() -> ExitCode {
    let given: Vec<String> = std::env::args().skip(1).collect();
    let plan = match arguments::parse(&given) {
        Ok(Asked::Help) => {
            print!("{}", arguments::HELP);
            return ExitCode::SUCCESS;
        }
        Ok(Asked::Constant { answer, address }) => {
            constant::serve(&answer, address);
            return ExitCode::SUCCESS;
        }
        Ok(Asked::Run(plan)) => *plan,
        Err(what) => {
            eprintln!("bench: {what}\n\n{}", arguments::HELP);
            return ExitCode::from(2);
        }
    };
    // A panic unwinds through everything that was started, and ends it; then the exit code says that a call failed.
    match std::panic::catch_unwind(|| run::all(&plan)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::from(1),
    }
}
