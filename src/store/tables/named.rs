//! «This document has one of these names»: till, local day, shift and number together, each name exactly. Looked up by parts
//! (these tills, those days, those numbers) the index has to be read for all of a till's day, so that it would take longer
//! from sale to sale.

use std::cell::OnceCell;

use diesel::{
    AppearsOnTable, Expression, QueryResult, SelectableExpression,
    expression::{ValidGrouping, is_aggregate},
    pg::Pg,
    query_builder::{AstPass, QueryFragment, QueryId},
    sql_types::{Array, BigInt, Bool, Text},
    sqlite::Sqlite,
};

use crate::domain::sale::ReceiptKey;

/// Four columns beside names.
#[derive(Debug)]
pub struct Named<'a, C> {
    columns: C,
    tills: Vec<i64>,
    days: Vec<i64>,
    shifts: Vec<&'a str>,
    numbers: Vec<&'a str>,
    // Made when a statement for SQLite asks for it.
    json: OnceCell<String>,
}

/// Whether `columns` (till, local day, shift, number) are one of these names.
pub fn named<C>(columns: C, keys: &[ReceiptKey]) -> Named<'_, C> {
    Named {
        columns,
        tills: keys.iter().map(|key| key.till.0).collect(),
        days: keys.iter().map(|key| key.local_day).collect(),
        shifts: keys.iter().map(|key| key.shift.as_str()).collect(),
        numbers: keys.iter().map(|key| key.number.as_str()).collect(),
        json: OnceCell::new(),
    }
}

impl<C> Named<'_, C> {
    fn json(&self) -> &str {
        self.json.get_or_init(|| {
            let texts = self.shifts.iter().zip(&self.numbers);
            let names = self.tills.iter().zip(&self.days).zip(texts);
            let names = names.map(|((till, day), (shift, number))| serde_json::json!([till, day, shift, number]));
            serde_json::Value::Array(names.collect()).to_string()
        })
    }
}

impl<C> Expression for Named<'_, C> {
    type SqlType = Bool;
}

impl<C: AppearsOnTable<From>, From> AppearsOnTable<From> for Named<'_, C> {}

impl<C: SelectableExpression<From>, From> SelectableExpression<From> for Named<'_, C> {}

impl<C, GroupBy> ValidGrouping<GroupBy> for Named<'_, C> {
    type IsAggregate = is_aggregate::No;
}

impl<C: QueryId> QueryId for Named<'_, C> {
    type QueryId = Named<'static, C::QueryId>;
    const HAS_STATIC_QUERY_ID: bool = C::HAS_STATIC_QUERY_ID;
}

impl<C: QueryFragment<Sqlite>> QueryFragment<Sqlite> for Named<'_, C> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("(");
        self.columns.walk_ast(out.reborrow())?;
        out.push_sql(") IN (SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(");
        out.push_bind_param::<Text, str>(self.json())?;
        out.push_sql("))");
        Ok(())
    }
}

impl<C: QueryFragment<Pg>> QueryFragment<Pg> for Named<'_, C> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("(");
        self.columns.walk_ast(out.reborrow())?;
        out.push_sql(") IN (SELECT * FROM unnest(");
        out.push_bind_param::<Array<BigInt>, Vec<i64>>(&self.tills)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, Vec<i64>>(&self.days)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, Vec<&str>>(&self.shifts)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, Vec<&str>>(&self.numbers)?;
        out.push_sql("))");
        Ok(())
    }
}
