//! «This column is one of these values» in a statement whose text does not depend on the number of values.
//!
//! Diesel's `eq_any` becomes `= ANY($1)` on PostgreSQL, a prepared statement that can be reused. On SQLite it becomes a
//! placeholder for each value, so nearly every batch had to parse and plan new statements: a fifth of a reading
//! thread's time (docs/performance.md). Here SQLite gets the values as one JSON array. That also avoids its limit of
//! 32 766 placeholders.

use std::{any::Any, cell::OnceCell, fmt::Write as _};

use diesel::{
    AppearsOnTable, Expression, QueryResult, SelectableExpression,
    expression::{ValidGrouping, is_aggregate},
    pg::Pg,
    query_builder::{AstPass, QueryFragment, QueryId},
    serialize::ToSql,
    sql_types::{Array, BigInt, Binary, Bool, SingleValue, Text},
    sqlite::Sqlite,
};

/// A value that a column can be compared with.
pub trait Listed {
    /// Its SQL type.
    type Sql: SingleValue;
    /// The SQL expression by which SQLite reads it from the array.
    const READ: &'static str = "value";

    /// Appends it in JSON.
    fn push_json(&self, json: &mut String);
}

impl Listed for i64 {
    type Sql = BigInt;

    fn push_json(&self, json: &mut String) {
        // Writing into a string does not fail.
        let _ = write!(json, "{self}");
    }
}

impl Listed for &str {
    type Sql = Text;

    fn push_json(&self, json: &mut String) {
        json.push_str(&serde_json::Value::from(*self).to_string());
    }
}

impl Listed for String {
    type Sql = Text;

    fn push_json(&self, json: &mut String) {
        self.as_str().push_json(json);
    }
}

impl Listed for Vec<u8> {
    type Sql = Binary;
    // JSON has no bytes type.
    const READ: &'static str = "unhex(value)";

    fn push_json(&self, json: &mut String) {
        json.push('"');
        for byte in self {
            let _ = write!(json, "{byte:02x}");
        }
        json.push('"');
    }
}

/// A JSON array; `push` appends each value.
pub fn json_array<T>(values: &[T], push: impl Fn(&T, &mut String)) -> String {
    let mut json = String::from("[");
    for (place, value) in values.iter().enumerate() {
        if place > 0 {
            json.push(',');
        }
        push(value, &mut json);
    }
    json.push(']');
    json
}

/// A column beside values.
#[derive(Debug, Clone)]
pub struct AnyOf<'a, C, T> {
    column: C,
    values: &'a [T],
    // Built only for SQLite.
    json: OnceCell<String>,
}

/// Columns that support it.
pub trait AnyOfValues: Expression + Sized {
    /// Whether the column is one of these values; false for an empty list.
    fn any_of<T: Listed>(self, values: &[T]) -> AnyOf<'_, Self, T> {
        AnyOf { column: self, values, json: OnceCell::new() }
    }
}

impl<C: Expression> AnyOfValues for C {}

impl<T: Listed, C> AnyOf<'_, C, T> {
    fn json(&self) -> &str {
        self.json.get_or_init(|| json_array(self.values, T::push_json))
    }
}

impl<C: Expression, T: Listed> Expression for AnyOf<'_, C, T> {
    type SqlType = Bool;
}

impl<C, T, From> AppearsOnTable<From> for AnyOf<'_, C, T>
where
    C: AppearsOnTable<From>,
    Self: Expression,
{
}

impl<C, T, From> SelectableExpression<From> for AnyOf<'_, C, T>
where
    C: SelectableExpression<From>,
    Self: AppearsOnTable<From>,
{
}

impl<C, T, GroupBy> ValidGrouping<GroupBy> for AnyOf<'_, C, T> {
    type IsAggregate = is_aggregate::No;
}

impl<C: QueryId, T: Listed> QueryId for AnyOf<'_, C, T>
where
    C::QueryId: Any,
    T::Sql: 'static,
{
    type QueryId = AnyOf<'static, C::QueryId, T::Sql>;
    const HAS_STATIC_QUERY_ID: bool = C::HAS_STATIC_QUERY_ID;
}

impl<C, T> QueryFragment<Sqlite> for AnyOf<'_, C, T>
where
    C: QueryFragment<Sqlite>,
    T: Listed,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(" IN (SELECT ");
        out.push_sql(T::READ);
        out.push_sql(" FROM json_each(");
        out.push_bind_param::<Text, str>(self.json())?;
        out.push_sql("))");
        Ok(())
    }
}

impl<C, T> QueryFragment<Pg> for AnyOf<'_, C, T>
where
    C: QueryFragment<Pg>,
    T: Listed,
    Pg: diesel::sql_types::HasSqlType<Array<T::Sql>>,
    [T]: ToSql<Array<T::Sql>, Pg>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(" = ANY(");
        out.push_bind_param::<Array<T::Sql>, [T]>(self.values)?;
        out.push_sql(")");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use diesel::{
        Connection as _, QueryDsl as _, RunQueryDsl as _, SqliteConnection, connection::SimpleConnection as _,
    };

    use super::*;

    diesel::table! {
        things (id) {
            id -> BigInt,
            name -> Text,
            mark -> Nullable<Binary>,
        }
    }

    fn things() -> SqliteConnection {
        let mut connection = SqliteConnection::establish(":memory:").unwrap();
        connection
            .batch_execute(
                "CREATE TABLE things (id INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, mark BLOB) STRICT; \
                 INSERT INTO things VALUES (1, 'one', x'00ff'), (2, 'say \"два\" \\', x'01'), (9223372036854775807, '7', NULL)",
            )
            .unwrap();
        connection
    }

    #[test]
    fn sqlite_finds_numbers_texts_and_bytes_exactly() {
        let mut connection = things();
        let mut found = |ids: &[i64]| -> Vec<i64> {
            let query = things::table.filter(things::id.any_of(ids)).order(things::id).select(things::id);
            query.load(&mut connection).unwrap()
        };
        assert_eq!(found(&[2, 1, 2, 5]), [1, 2]);
        assert_eq!(found(&[i64::MAX]), [i64::MAX]);
        assert_eq!(found(&[]), [0_i64; 0]);
        let named = |connection: &mut SqliteConnection, name: &str| -> Vec<i64> {
            let names = [name.to_owned()];
            let query = things::table.filter(things::name.any_of(&names)).select(things::id).into_boxed::<Sqlite>();
            query.load(connection).unwrap()
        };
        let mut connection = things();
        assert_eq!(named(&mut connection, "say \"два\" \\"), [2]);
        // A text that looks like a number stays a text.
        assert_eq!(named(&mut connection, "7"), [i64::MAX]);
        let marks = [vec![0_u8, 255], vec![7]];
        let query = things::table.filter(things::mark.any_of(&marks)).select(things::id);
        assert_eq!(query.load::<i64>(&mut connection).unwrap(), [1]);
    }

    #[test]
    fn the_text_of_a_statement_does_not_depend_on_how_many_values_there_are() {
        let text = |ids: &[i64]| {
            let query = things::table.filter(things::id.any_of(ids)).select(things::id);
            let text = diesel::debug_query::<Sqlite, _>(&query).to_string();
            text.split(" -- binds").next().unwrap().to_owned()
        };
        assert_eq!(text(&[1]), text(&[1, 2, 3]));
        assert!(text(&[1]).contains("json_each(?)"), "{}", text(&[1]));
    }
}
