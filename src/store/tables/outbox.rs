//! The outbox: messages are written in the operation's transaction and delivered after it.

use std::collections::BTreeSet;

use diesel::prelude::*;

use crate::{
    domain::{ids::MessageId, moment::Moment, phone::Phone},
    secret::Secret,
    store::{
        db::backend::{Db, Purpose, on},
        error::StoreError,
        schema::outbox,
        sealing::Keys,
        sql::{
            any_of::AnyOfValues as _,
            batch::{Writes, write_together},
            insert::{rows, write_rows},
        },
        tables::reference,
    },
    vault::Vault,
    working_set::OutboundMessage,
};

rows! {
    #[derive(Queryable, Selectable)]
    #[diesel(table_name = outbox)]
    struct OutboxRow in outbox {
        id: i64,
        state: String,
        recipient_sealed: Option<Vec<u8>>,
        text_sealed: Option<Vec<u8>>,
        created_at: i64,
        useless_after: i64,
        next_attempt_at: Option<i64>,
        attempts: i64,
        provider_id: Option<String>,
        error: Option<String>,
        ended_at: Option<i64>,
    }
}

/// A message that is due.
#[derive(Debug)]
pub struct DueMessage {
    /// The row id, also the idempotency key.
    pub id: MessageId,
    /// The recipient.
    pub recipient: Phone,
    /// The text.
    pub text: Secret,
    /// When it was written.
    pub created_at: Moment,
    /// After this moment it is useless.
    pub useless_after: Moment,
    /// The end of its lease: until then no other gateway takes it.
    pub lease_until: Moment,
    /// The number of earlier attempts.
    pub attempts: i64,
}

/// The outcome of an attempt.
#[derive(Debug, Clone)]
pub enum Attempt {
    /// The provider accepted it.
    Submitted {
        /// The provider's id for it.
        provider_id: Option<String>,
    },
    /// A retry is scheduled.
    Retry {
        /// The time of the retry.
        at: Moment,
        /// The error.
        error: String,
    },
    /// It was taken and not tried; its state is unchanged.
    Untried,
    /// It will not be tried again.
    Ended {
        /// `failed`, `unknown` or `too_late`.
        state: &'static str,
        /// The error.
        error: String,
    },
}

/// An attempt that has ended, and the lease under which it was made.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The message.
    pub id: MessageId,
    /// The end of the lease, as it was taken last. Who holds another lease knows better what became of the message.
    pub lease_until: Moment,
    /// The outcome.
    pub attempt: Attempt,
}

/// A message as it may be shown.
#[derive(Debug)]
pub struct MessageView {
    /// The row id.
    pub id: MessageId,
    /// Its state: `queued`, `sending`, `submitted`, `failed`, `unknown` or `too_late`.
    pub state: String,
    /// To whom, as long as that is kept and can be opened.
    pub recipient: Option<Phone>,
    /// When it was written.
    pub created_at: Moment,
    /// After this moment it is useless.
    pub useless_after: Moment,
    /// When it is tried next, or the end of the lease under which it is being sent.
    pub next_attempt_at: Option<Moment>,
    /// When it ended.
    pub ended_at: Option<Moment>,
    /// How often it was tried.
    pub attempts: i64,
    /// Why it did not go.
    pub error: Option<String>,
}

/// What became of messages that were to be tried again.
#[derive(Debug, PartialEq, Eq)]
pub struct Retried {
    /// How many are due now.
    pub retried: usize,
    /// Those that were named and do not wait.
    pub others: Vec<MessageId>,
}

const QUEUED: &str = "queued";
const SENDING: &str = "sending";

/// Adds messages to the outbox.
///
/// # Errors
/// The statement fails, or nothing can be sealed.
pub fn save(out: &mut Writes<'_>, new: &[OutboundMessage], keys: &Keys, now: Moment) -> Result<(), StoreError> {
    let rows: Vec<OutboxRow> = new
        .iter()
        .map(|message| {
            let seal = |column: &str, text: &str| {
                keys.seal(message.customer, &place(column, message.id), text.as_bytes()).map(Some)
            };
            Ok(OutboxRow {
                id: message.id.0,
                state: QUEUED.into(),
                recipient_sealed: seal("recipient", message.recipient.as_e164())?,
                text_sealed: seal("text", message.text.reveal())?,
                created_at: now.0,
                useless_after: message.useless_after.0,
                next_attempt_at: Some(now.0),
                attempts: 0,
                provider_id: None,
                error: None,
                ended_at: None,
            })
        })
        .collect::<Result<_, StoreError>>()?;
    write_rows!(out, rows, outbox);
    Ok(())
}

/// Adds one message that concerns no customer, in a transaction of its own.
///
/// # Errors
/// A statement fails, or nothing can be sealed.
pub fn add(
    db: &mut Db,
    vault: &Vault,
    recipient: Phone,
    text: Secret,
    now: Moment,
    useless_after: Moment,
) -> Result<(), StoreError> {
    db.transaction(Purpose::Write, |db| {
        let id = MessageId(reference::take_ids(db, 1)?);
        let keys = Keys::of(db, vault, &BTreeSet::new())?;
        let message = OutboundMessage { id, recipient, text, useless_after, customer: None };
        write_together(db, |out| save(out, &[message], &keys, now))
    })
}

/// Whether a message is due.
///
/// # Errors
/// The statement fails.
pub fn is_due(db: &mut Db, now: Moment) -> Result<bool, StoreError> {
    let due: Option<i64> = on!(db, c => outbox::table
        .filter(outbox::next_attempt_at.le(now.0))
        .select(outbox::id)
        .first(&mut **c)
        .optional())?;
    Ok(due.is_some())
}

/// Leases due messages until `lease_until`. After a crash before [`finish`] they are retried then with the same id: at
/// most one duplicate of each for a crash. A message that cannot be opened is left out and retried after its lease, until
/// it is useless; one without recipient or text has failed. Neither blocks another.
///
/// # Errors
/// A statement fails.
pub fn take_due(
    db: &mut Db,
    now: Moment,
    lease_until: Moment,
    rows_max: i64,
    vault: &Vault,
) -> Result<Vec<DueMessage>, StoreError> {
    type Row = (i64, Option<Vec<u8>>, Option<Vec<u8>>, i64, i64, i64);
    let query = outbox::table
        .filter(outbox::next_attempt_at.le(now.0))
        .order((outbox::next_attempt_at, outbox::id))
        .limit(rows_max)
        .select((
            outbox::id,
            outbox::recipient_sealed,
            outbox::text_sealed,
            outbox::created_at,
            outbox::useless_after,
            outbox::attempts,
        ));
    let rows: Vec<Row> = match db {
        Db::Sqlite(c) => query.load(&mut **c)?,
        Db::Postgres(c) => query.for_update().skip_locked().load(&mut **c)?,
    };
    let ids: Vec<i64> = rows.iter().map(|row| row.0).collect();
    on!(db, c => diesel::update(outbox::table.filter(outbox::id.any_of(&ids)))
        .set((
            outbox::state.eq(SENDING),
            outbox::next_attempt_at.eq(Some(lease_until.0)),
            outbox::attempts.eq(outbox::attempts + 1),
        ))
        .execute(&mut **c))?;
    let sealed = rows.iter().flat_map(|row| [&row.1, &row.2]).filter_map(Option::as_deref);
    let keys = Keys::for_values(db, vault, sealed)?;
    let (mut messages, mut failed) = (Vec::new(), Vec::new());
    for (id, recipient, text, created_at, useless_after, attempts) in rows {
        let id = MessageId(id);
        let (created_at, useless_after) = (Moment(created_at), Moment(useless_after));
        let is_whole = recipient.is_some() && text.is_some();
        match open(id, &recipient.unwrap_or_default(), &text.unwrap_or_default(), &keys) {
            Ok((recipient, text)) => {
                messages.push(DueMessage { id, recipient, text, created_at, useless_after, lease_until, attempts });
            }
            Err(error) => {
                tracing::error!(message = id.0, %error, "a message cannot be opened");
                if !is_whole || useless_after <= now {
                    let attempt = Attempt::Ended { state: "failed", error: "it could not be opened".into() };
                    failed.push(Outcome { id, lease_until, attempt });
                }
            }
        }
    }
    finish(db, &failed, now)?;
    Ok(messages)
}

/// The messages that wait or are being sent, the next one first; or those that ended, the latest first.
///
/// # Errors
/// A statement fails.
pub fn list(db: &mut Db, vault: &Vault, ended: bool, rows_max: i64) -> Result<Vec<MessageView>, StoreError> {
    let rows: Vec<OutboxRow> = if ended {
        on!(db, c => outbox::table
            .filter(outbox::ended_at.is_not_null())
            .order(outbox::id.desc())
            .limit(rows_max)
            .select(OutboxRow::as_select())
            .load(&mut **c))?
    } else {
        on!(db, c => outbox::table
            .filter(outbox::next_attempt_at.is_not_null())
            .order((outbox::next_attempt_at, outbox::id))
            .limit(rows_max)
            .select(OutboxRow::as_select())
            .load(&mut **c))?
    };
    let keys = Keys::for_values(db, vault, rows.iter().filter_map(|row| row.recipient_sealed.as_deref()))?;
    let view = |row: OutboxRow| {
        let id = MessageId(row.id);
        let opened = keys.open_words(&place("recipient", id), row.recipient_sealed.as_deref()).ok().flatten();
        MessageView {
            id,
            state: row.state,
            recipient: opened.as_deref().and_then(Phone::parse),
            created_at: Moment(row.created_at),
            useless_after: Moment(row.useless_after),
            next_attempt_at: row.next_attempt_at.map(Moment),
            ended_at: row.ended_at.map(Moment),
            attempts: row.attempts,
            error: row.error,
        }
    };
    Ok(rows.into_iter().map(view).collect())
}

/// Makes these messages due now, or all that wait when none is named. One that is being sent, or that ended, stays as it is:
/// its text is erased, or it may arrive.
///
/// # Errors
/// A statement fails.
pub fn retry(db: &mut Db, messages: &[MessageId], now: Moment) -> Result<Retried, StoreError> {
    db.transaction(Purpose::Write, |db| {
        let waiting = outbox::table.filter(outbox::next_attempt_at.is_not_null()).filter(outbox::state.eq(QUEUED));
        let due = outbox::next_attempt_at.eq(Some(now.0));
        let wanted: Vec<i64> = messages.iter().map(|id| id.0).collect();
        // In one statement: a gateway may be taking one of them.
        let ids: Vec<i64> = if wanted.is_empty() {
            on!(db, c => diesel::update(waiting).set(due).returning(outbox::id).get_results(&mut **c))?
        } else {
            let named = waiting.filter(outbox::id.any_of(&wanted));
            on!(db, c => diesel::update(named).set(due).returning(outbox::id).get_results(&mut **c))?
        };
        let others = messages.iter().copied().filter(|id| !ids.contains(&id.0)).collect();
        Ok(Retried { retried: ids.len(), others })
    })
}

/// Records the outcomes of attempts. Recipient and text are erased when a message was sent or will never be. That a message
/// left is recorded always; anything else only while the lease is the one of the attempt: after it another gateway may
/// have sent the message.
///
/// # Errors
/// A statement fails.
pub fn finish(db: &mut Db, ended: &[Outcome], now: Moment) -> Result<(), StoreError> {
    let none: Option<Vec<u8>> = None;
    // The most frequent outcome is one statement.
    let mut left = Vec::new();
    for Outcome { id, lease_until, attempt } in ended {
        let row = outbox::table.filter(outbox::id.eq(id.0));
        let leased = row.filter(outbox::state.eq(SENDING)).filter(outbox::next_attempt_at.eq(lease_until.0));
        match attempt {
            Attempt::Submitted { provider_id: None } => left.push(id.0),
            Attempt::Submitted { provider_id } => {
                left.push(id.0);
                on!(db, c => diesel::update(row).set(outbox::provider_id.eq(provider_id)).execute(&mut **c))?;
            }
            Attempt::Untried => {
                on!(db, c => diesel::update(leased)
                    .set((
                        outbox::state.eq(QUEUED),
                        outbox::next_attempt_at.eq(Some(now.0)),
                        outbox::attempts.eq(outbox::attempts - 1),
                    ))
                    .execute(&mut **c))?;
            }
            Attempt::Retry { at, error } => {
                on!(db, c => diesel::update(leased)
                    .set((
                        outbox::state.eq(QUEUED),
                        outbox::next_attempt_at.eq(Some(at.0)),
                        outbox::error.eq(Some(error)),
                    ))
                    .execute(&mut **c))?;
            }
            Attempt::Ended { state, error } => {
                on!(db, c => diesel::update(leased)
                    .set((
                        outbox::state.eq(*state),
                        outbox::next_attempt_at.eq(None::<i64>),
                        outbox::error.eq(Some(error)),
                        outbox::recipient_sealed.eq(&none),
                        outbox::text_sealed.eq(&none),
                        outbox::ended_at.eq(Some(now.0)),
                    ))
                    .execute(&mut **c))?;
            }
        }
    }
    if !left.is_empty() {
        on!(db, c => diesel::update(outbox::table.filter(outbox::id.any_of(&left)))
            .set((
                outbox::state.eq("submitted"),
                outbox::next_attempt_at.eq(None::<i64>),
                outbox::recipient_sealed.eq(&none),
                outbox::text_sealed.eq(&none),
                outbox::ended_at.eq(Some(now.0)),
            ))
            .execute(&mut **c))?;
    }
    Ok(())
}

fn place(column: &str, id: MessageId) -> String {
    format!("outbox.{column}:{id}")
}

fn open(id: MessageId, recipient: &[u8], text: &[u8], keys: &Keys) -> Result<(Phone, Secret), StoreError> {
    let unreadable = |what: &str| StoreError::Unreadable(format!("{what} of message {id}"));
    let open = |column: &str, sealed: &[u8]| {
        let opened = keys.open_words(&place(column, id), Some(sealed))?;
        opened.map(Secret::new).ok_or_else(|| unreadable(column))
    };
    let recipient = Phone::kept(open("recipient", recipient)?.reveal()).ok_or_else(|| unreadable("recipient"))?;
    Ok((recipient, open("text", text)?))
}
