//! `outbox`: the messages to customers that wait, those that ended, and trying again.

use std::process::ExitCode;

use clap::Subcommand;

use crate::{
    cli::{
        database::existing_with_keys,
        failure::{FAILED, Failure, MISUSED},
        line::one_line,
    },
    clock::Clock,
    config::Config,
    domain::{ids::MessageId, moment::Moment},
    store::tables::outbox::{self, MessageView, Retried},
};

/// What to do with messages.
#[derive(Debug, Subcommand)]
pub(super) enum OutboxCommand {
    /// Show the messages that wait, the next one first: to whom (masked), since when, until when they are of use, why they
    /// did not go. Times are in UTC.
    List {
        /// Show those that ended instead, the latest first: sent, failed, unknown, too late.
        #[arg(long)]
        ended: bool,
        /// At most so many.
        #[arg(long, default_value_t = 50)]
        limit: u16,
    },
    /// Have messages that wait tried again now, and not only after their pause: once the provider is in order again. A
    /// message that ended is not sent any more, since its text was erased; exit code 1 names those.
    Retry {
        /// The numbers, as `list` shows them.
        #[arg(value_name = "NUMBER", required_unless_present = "all", conflicts_with = "all")]
        messages: Vec<i64>,
        /// All that wait.
        #[arg(long)]
        all: bool,
    },
}

pub(super) fn run(config: &Config, command: &OutboxCommand) -> Result<ExitCode, Failure> {
    match command {
        OutboxCommand::List { ended, limit } => list(config, *ended, *limit),
        OutboxCommand::Retry { messages, .. } => retry(config, messages),
    }
}

fn list(config: &Config, ended: bool, limit: u16) -> Result<ExitCode, Failure> {
    let (mut db, vault) = existing_with_keys(config)?;
    let found = outbox::list(&mut db, &vault, ended, i64::from(limit))?;
    if found.is_empty() {
        println!("{}", if ended { "No message has ended yet." } else { "No message waits." });
        return Ok(ExitCode::SUCCESS);
    }
    found.iter().for_each(|message| println!("{}", line(message)));
    Ok(ExitCode::SUCCESS)
}

fn line(message: &MessageView) -> String {
    let MessageView { id, state, recipient, created_at, useless_after, next_attempt_at, ended_at, attempts, error } =
        message;
    let to = recipient.as_ref().map_or_else(|| "(erased)".to_owned(), |phone| phone.masked());
    let when = match (ended_at, next_attempt_at) {
        (Some(at), _) => format!("ended {}", time(*at)),
        (None, Some(at)) => format!("next try {}", time(*at)),
        (None, None) => String::new(),
    };
    let error = error.as_ref().map(|error| format!("\n      {}", one_line(error))).unwrap_or_default();
    format!(
        "{id:>8}  {state:<9}  {to:<18}  written {}, of use until {}, {when}, tries {attempts}{error}",
        time(*created_at),
        time(*useless_after)
    )
}

fn time(at: Moment) -> String {
    at.local(0).format("%Y-%m-%d %H:%M:%S").to_string()
}

fn retry(config: &Config, messages: &[i64]) -> Result<ExitCode, Failure> {
    if messages.iter().any(|id| *id < 1) {
        return Err(Failure("a message's number is 1 or more; see `kopilka outbox list`".into(), MISUSED));
    }
    let (mut db, _) = existing_with_keys(config)?;
    let wanted: Vec<MessageId> = messages.iter().copied().map(MessageId).collect();
    let Retried { retried, others } = outbox::retry(&mut db, &wanted, Clock::System.now())?;
    println!("{retried} messages are tried again now, by the gateway that runs.");
    if others.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    let others: Vec<String> = others.iter().map(|id| id.0.to_string()).collect();
    let what = format!(
        "not tried again: {}. They do not wait: they were sent, are being sent, or were given up and erased; the customer asks \
         for another code",
        others.join(", ")
    );
    Err(Failure(what, FAILED))
}
