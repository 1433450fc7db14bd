//! A file a noun: its row, how rows become the domain's values (`load_*`) and how changed values become rows (`save_*`).
//!
//! Every function takes the whole batch's worth and issues one statement (or a few, for very large sets).

pub mod account;
pub mod card;
pub mod customer;
pub mod exchange;
pub mod free_return;
pub mod hold;
pub mod ledger;
pub mod operation;
pub mod outbox;
pub mod reference;
pub mod sale;
pub mod seal;

/// Rows in one multi-row statement: far below SQLite's 32 766 and PostgreSQL's 65 535 parameters for any table of ours.
pub const ROWS_PER_STATEMENT: usize = 500;

/// Runs a statement over chunks of rows: `write_rows!(db, rows, chunk => insert_into(t).values(chunk))`.
macro_rules! write_rows {
    ($db:expr, $rows:expr, $chunk:ident => $statement:expr) => {
        for $chunk in $rows.chunks($crate::store::tables::ROWS_PER_STATEMENT) {
            $crate::store::backend::on!($db, c => diesel::RunQueryDsl::execute($statement, &mut **c))?;
        }
    };
}
pub(crate) use write_rows;
