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
mod named;
pub mod operation;
pub mod outbox;
pub mod reference;
pub mod sale;
pub mod seal;
mod update;

/// Writes rows: `write_rows!(db, rows, table)`, or `write_rows!(db, rows, table, (key) => (column, …))` where a row that has
/// the key already takes over the columns. SQLite is given them one by one, since it lives in this process; PostgreSQL many at
/// a time, since each statement is a round trip: how many is a matter of the statement's type, so there are four of each.
macro_rules! write_rows {
    ($db:expr, $rows:expr, $table:ident) => {
        $crate::store::tables::write_rows!(@run $db, $rows, $table, $crate::store::prepared::Plain)
    };
    (
        $db:expr, $rows:expr, $table:ident,
        ($key:ident $(, $keys:ident)*) => ($column:ident $(, $columns:ident)* $(,)?)
    ) => {{
        struct TakesOver;

        impl $crate::store::prepared::Tail for TakesOver {
            const SQL: &'static str = concat!(
                " ON CONFLICT (\"", stringify!($key), "\"" $(, ", \"", stringify!($keys), "\"")*, ") DO UPDATE SET \"",
                stringify!($column), "\" = excluded.\"", stringify!($column), "\""
                $(, ", \"", stringify!($columns), "\" = excluded.\"", stringify!($columns), "\"")*
            );
        }

        // They are columns of this table.
        let _ = ($table::$key, $($table::$keys,)* $table::$column, $($table::$columns,)*);
        $crate::store::tables::write_rows!(@run $db, $rows, $table, TakesOver)
    }};
    (@run $db:expr, $rows:expr, $table:ident, $tail:ty) => {
        match $db {
            $crate::store::backend::Db::Sqlite(c) => {
                for row in $rows.iter() {
                    $crate::store::tables::write_rows!(@one c, row, $table, $tail);
                }
            }
            $crate::store::backend::Db::Postgres(c) => {
                let (some, rest) = $rows.as_chunks::<64>();
                $crate::store::tables::write_rows!(@each c, some, $table, $tail);
                let (some, rest) = rest.as_chunks::<16>();
                $crate::store::tables::write_rows!(@each c, some, $table, $tail);
                let (some, rest) = rest.as_chunks::<4>();
                $crate::store::tables::write_rows!(@each c, some, $table, $tail);
                $crate::store::tables::write_rows!(@each c, rest, $table, $tail);
            }
        }
    };
    (@each $connection:ident, $rows:ident, $table:ident, $tail:ty) => {
        for row in $rows {
            $crate::store::tables::write_rows!(@one $connection, row, $table, $tail);
        }
    };
    (@one $connection:ident, $row:ident, $table:ident, $tail:ty) => {
        diesel::RunQueryDsl::execute(
            $crate::store::prepared::Insertion::<_, $tail>::new(diesel::insert_into($table::table).values($row)),
            &mut **$connection,
        )?
    };
}
pub(crate) use write_rows;
