//! The program: arguments, configuration, telemetry, run; nothing else.

use std::process::ExitCode;

fn main() -> ExitCode {
    kopilka::cli::run()
}
