//! The writes of one transaction, table by table.
//!
//! SQLite runs in this process, so it gets rows one by one and at once. PostgreSQL gets everything in one statement at
//! the end, because each statement is a round trip. A sale, a hold and a confirmation in one batch change thirteen
//! tables.

use std::mem;

use diesel::{
    QueryResult, RunQueryDsl,
    pg::Pg,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{Array, BigInt},
};

use crate::store::{
    db::backend::Db,
    error::StoreError,
    sql::insert::{Many, One, Row, Tail},
};

/// The writes of a batch.
pub struct Writes<'a> {
    db: &'a mut Db,
    /// Changes not yet sent to PostgreSQL.
    pieces: Vec<Piece>,
}

/// A change of rows of one table.
struct Piece {
    statement: Box<dyn QueryFragment<Pg>>,
    rows: usize,
}

/// Writes the changes of `work`, in its order. They cannot be read before the end.
///
/// # Errors
/// `work` or a statement fails.
pub fn write_together(
    db: &mut Db,
    work: impl FnOnce(&mut Writes<'_>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut out = Writes { db, pieces: Vec::new() };
    work(&mut out)?;
    out.flush()
}

impl Writes<'_> {
    /// Inserts rows. `T` says what happens to a row whose key exists.
    ///
    /// # Errors
    /// A statement fails.
    pub(in crate::store) fn insert<R: Row, T: Tail>(&mut self, rows: Vec<R>) -> Result<(), StoreError> {
        match self.db {
            Db::Sqlite(c) => {
                for row in &rows {
                    One::<_, T>::new(row).execute(&mut **c)?;
                }
            }
            Db::Postgres(_) => {
                let count = rows.len();
                self.later(count, || Many::<R, T>::new(rows));
            }
        }
        Ok(())
    }

    /// Keeps a statement for the end, unless it has no rows.
    pub(in crate::store) fn later<S: QueryFragment<Pg> + 'static>(
        &mut self,
        rows: usize,
        statement: impl FnOnce() -> S,
    ) {
        if rows > 0 {
            self.pieces.push(Piece { statement: Box::new(statement()), rows });
        }
    }

    /// Sends the kept changes and returns the database.
    ///
    /// # Errors
    /// A statement fails.
    pub fn up_to_here(&mut self) -> Result<&mut Db, StoreError> {
        self.flush()?;
        Ok(self.db)
    }

    /// The database; on PostgreSQL without the kept changes.
    pub(in crate::store) fn db(&mut self) -> &mut Db {
        self.db
    }

    fn flush(&mut self) -> Result<(), StoreError> {
        let pieces = mem::take(&mut self.pieces);
        let Db::Postgres(c) = self.db else { return Ok(()) };
        if pieces.is_empty() {
            return Ok(());
        }
        let written: Vec<i64> = Together(&pieces).get_result(&mut **c)?;
        let is_whole = pieces.iter().map(|piece| i64::try_from(piece.rows).ok()).eq(written.into_iter().map(Some));
        // Fewer rows changed than expected: a row that is never deleted is missing.
        if is_whole { Ok(()) } else { Err(StoreError::Query(diesel::result::Error::NotFound)) }
    }
}

/// All changes in one statement, which returns each one's row count. They see the state before the statement, not each
/// other. Keys, foreign keys and checks hold for all.
struct Together<'a>(&'a [Piece]);

impl QueryFragment<Pg> for Together<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        for (place, piece) in self.0.iter().enumerate() {
            out.push_sql(if place == 0 { "WITH " } else { ", " });
            out.push_sql(&name(place));
            out.push_sql(" AS (");
            piece.statement.walk_ast(out.reborrow())?;
            out.push_sql(" RETURNING 1)");
        }
        for place in 0..self.0.len() {
            out.push_sql(if place == 0 { " SELECT ARRAY[" } else { ", " });
            out.push_sql("(SELECT count(*) FROM ");
            out.push_sql(&name(place));
            out.push_sql(")");
        }
        out.push_sql("]");
        Ok(())
    }
}

fn name(place: usize) -> String {
    format!("w{place}")
}

// Cached by its text: batches have some dozens of combinations.
impl QueryId for Together<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Together<'_> {
    type SqlType = Array<BigInt>;
}

impl<C> RunQueryDsl<C> for Together<'_> {}
