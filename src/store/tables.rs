//! A file a noun: its row, how rows become the domain's values (`load_*`) and how changed values become rows (`save_*`).
//!
//! Every function takes the whole batch's worth.

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

/// Runs a statement over rows: `write_rows!(db, rows, row => insert_into(t).values(row))`. SQLite takes them one by one, since
/// it lives in this process; PostgreSQL many at a time, since each statement is a round trip. Both keep the statements.
macro_rules! write_rows {
    ($db:expr, $rows:expr, $row:ident => $statement:expr) => {
        match $db {
            $crate::store::backend::Db::Sqlite(c) => {
                for $row in $rows.iter() {
                    diesel::RunQueryDsl::execute($crate::store::prepared::Prepared($statement), &mut **c)?;
                }
            }
            $crate::store::backend::Db::Postgres(c) => {
                for $row in $crate::store::prepared::parts(&$rows[..]) {
                    diesel::RunQueryDsl::execute($crate::store::prepared::Prepared($statement), &mut **c)?;
                }
            }
        }
    };
}
pub(crate) use write_rows;
