//! Multi-row statements that are prepared once and kept.

use diesel::{
    QueryResult, RunQueryDsl,
    backend::Backend,
    query_builder::{AstPass, QueryFragment, QueryId},
};

/// The most rows in one multi-row statement on PostgreSQL: more gain nothing, and each number of rows is a statement of its
/// own that the server keeps for each connection.
const ROWS_MAX: usize = 64;

/// A statement that is prepared once and kept, though diesel would not: it takes an insertion of several rows, and one that
/// updates on conflict, for something that will not be seen again. Numbers of rows are powers of two here (see [`parts`]),
/// so there are seven texts a table.
pub struct Prepared<Q>(pub Q);

impl<Q, DB> QueryFragment<DB> for Prepared<Q>
where
    DB: Backend,
    Q: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(pass)
    }

    fn is_safe_to_cache_prepared(&self, _: &DB) -> QueryResult<bool> {
        Ok(true)
    }
}

// The type names the statement as far as it did before: of one row it does, of several the text has to.
impl<Q: QueryId> QueryId for Prepared<Q> {
    type QueryId = Prepared<Q::QueryId>;
    const HAS_STATIC_QUERY_ID: bool = Q::HAS_STATIC_QUERY_ID;
}

impl<Q, Conn> RunQueryDsl<Conn> for Prepared<Q> {}

/// Rows in as few parts as there are when each is a power of two long, and none longer than [`ROWS_MAX`].
pub fn parts<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let count = if rows.len() >= ROWS_MAX { ROWS_MAX } else { 1 << rows.len().checked_ilog2()? };
        let (part, rest) = rows.split_at_checked(count)?;
        rows = rest;
        Some(part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_go_in_powers_of_two_and_none_is_left_out() {
        for count in [0_usize, 1, 2, 3, 50, 64, 65, 200] {
            let rows: Vec<usize> = (0..count).collect();
            let lengths: Vec<usize> = parts(&rows).map(<[usize]>::len).collect();
            assert_eq!(lengths.iter().sum::<usize>(), count);
            assert!(lengths.iter().all(|length| length.is_power_of_two() && *length <= ROWS_MAX), "{lengths:?}");
            assert_eq!(parts(&rows).flatten().copied().collect::<Vec<_>>(), rows);
        }
        assert_eq!(parts(&[0; 50]).map(<[i32]>::len).collect::<Vec<_>>(), [32, 16, 2]);
    }
}
