//! Insertions that are prepared once and kept. Diesel keeps none of several rows whose number is not in the type, and none that
//! updates on conflict; reading and planning those anew was a quarter of what the thread did that writes.

use std::marker::PhantomData;

use diesel::{
    QueryResult, RunQueryDsl,
    backend::Backend,
    query_builder::{AstPass, QueryFragment, QueryId},
};

/// What stands at the end of an insertion. A type for each, because a statement is known by its type.
pub trait Tail: 'static {
    /// The text.
    const SQL: &'static str;
}

/// Nothing: a row that is there already is an error.
pub struct Plain;

impl Tail for Plain {
    const SQL: &'static str = "";
}

/// An insertion with its tail.
pub struct Insertion<Q, T> {
    insertion: Q,
    tail: PhantomData<T>,
}

impl<Q, T> Insertion<Q, T> {
    /// Puts the two together.
    pub const fn new(insertion: Q) -> Self {
        Self { insertion, tail: PhantomData }
    }
}

impl<Q, T, DB> QueryFragment<DB> for Insertion<Q, T>
where
    DB: Backend,
    Q: QueryFragment<DB>,
    T: Tail,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.insertion.walk_ast(out.reborrow())?;
        out.push_sql(T::SQL);
        Ok(())
    }
}

impl<Q: QueryId, T: Tail> QueryId for Insertion<Q, T> {
    type QueryId = Insertion<Q::QueryId, T>;
    const HAS_STATIC_QUERY_ID: bool = Q::HAS_STATIC_QUERY_ID;
}

impl<Q, T, Conn> RunQueryDsl<Conn> for Insertion<Q, T> {}
