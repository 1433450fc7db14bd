//! Random operations against an independent model (R8): see `--help`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::wildcard_enum_match_arm,
    clippy::print_stdout,
    clippy::print_stderr,
    missing_docs,
    reason = "a test may stop where it stands, and reports to a person"
)]

mod book;
mod chance;
mod receipts;
mod run;
mod stream;
mod wire;

#[allow(dead_code, unused_imports, unused_macros, reason = "the integration tests' helpers; the model needs a part")]
#[path = "../it/support.rs"]
mod support;

use std::{process::ExitCode, time::SystemTime};

use run::{Outcome, Task};
use support::Backend;

const HELP: &str = "\
Random operations, clock moves, jobs and changes of rules, against a small model that shares no code with the gateway.
Every answer is compared: code, balances, points, lines, dates, statements; the books are verified as well.

usage: cargo test --test model -- [options]
  --operations N             so many on each backend (20 000)
  --long                     a million
  --seed S                   tells another story; the same seed tells the same one
  --chance                   lets chance draw the seed, which is printed; for searching, not for a gate
  --backend sqlite|postgres|both
  --counts                   tells how often each operation had each answer
  --account N                only this customer's operations out of the story, the clock and the rules being the same
  --help
Needs PostgreSQL's server programs, as the integration tests do, unless --backend sqlite.";

/// As many as both backends do in a minute or two, unoptimised, on two cores that nobody else uses.
const OPERATIONS: usize = 20_000;

/// The story told where none is asked for: a gate answers for the change before it, so it must not depend on chance.
const SEED: u64 = 20_261_201;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (mut operations, mut seed, mut account, mut counts) = (OPERATIONS, SEED, None, false);
    let mut backends = vec![Backend::Sqlite, Backend::Postgres];
    while let Some(argument) = arguments.next() {
        let mut number = || arguments.next().and_then(|text| text.parse::<u64>().ok());
        match argument.as_str() {
            "--operations" => operations = number().map_or(OPERATIONS, |count| usize::try_from(count).unwrap()),
            "--long" => operations = 1_000_000,
            "--counts" => counts = true,
            "--seed" => {
                let Some(given) = number() else { return usage() };
                seed = given;
            }
            "--chance" => {
                let clock = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
                seed = u64::from(clock.subsec_nanos()) ^ clock.as_secs() << 20;
            }
            "--account" => account = number().map(|number| usize::try_from(number).unwrap()),
            "--backend" => {
                backends = match arguments.next().as_deref() {
                    Some("sqlite") => vec![Backend::Sqlite],
                    Some("postgres") => vec![Backend::Postgres],
                    Some("both") => backends,
                    _ => return usage(),
                }
            }
            "--help" | "-h" => {
                println!("{HELP}");
                return ExitCode::SUCCESS;
            }
            // What `cargo test` hands to every target: a filter that does not mean this one, or the harness's options.
            "--list" | "--ignored" => return ExitCode::SUCCESS,
            "--nocapture" | "--exact" | "--include-ignored" | "-q" | "--quiet" | "--show-output" => {}
            "--test-threads" | "--skip" | "--format" | "--color" => drop(arguments.next()),
            option if option.starts_with("--test-threads=") => {}
            filter if !filter.starts_with('-') => {
                if !"model".contains(filter) {
                    return ExitCode::SUCCESS;
                }
            }
            _ => return usage(),
        }
    }
    // A round waits for its slowest answer and for the disk: two stories at once leave no core idle.
    let tasks = backends.into_iter().map(|backend| Task { backend, seed, operations, account, counts });
    let stories: Vec<_> = tasks.map(|task| std::thread::spawn(move || has_no_difference(&task))).collect();
    // Both are heard to their ends, whatever the first says.
    let sound: Vec<bool> = stories.into_iter().map(|story| story.join().unwrap_or(false)).collect();
    if sound.into_iter().all(|one| one) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Tells a story; where it differs, the part of the customer concerned as well, alone.
fn has_no_difference(task: &Task) -> bool {
    let Outcome::Differs { account } = tell(task) else { return true };
    if task.account.is_none() {
        println!("model: telling customer {account}'s part alone");
        let alone = tell(&Task { account: Some(account), ..*task });
        let repeats = matches!(alone, Outcome::Differs { .. });
        println!("model: alone it {}", if repeats { "differs as well" } else { "does NOT differ" });
    }
    let name = format!("{:?}", task.backend).to_lowercase();
    println!(
        "model: to repeat: cargo test --test model -- --backend {name} --operations {} --seed {} --account {account}",
        task.operations, task.seed
    );
    false
}

fn tell(task: &Task) -> Outcome {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(run::run(task))
}

fn usage() -> ExitCode {
    eprintln!("{HELP}");
    ExitCode::from(2)
}
