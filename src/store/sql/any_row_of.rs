//! «These columns together are one of these rows», each row exactly. A condition for each column would mean all
//! combinations, and an index might be scanned for the first column alone: every answer of a partner, every sale of a
//! till's day. Then the cost of a sale would grow with the table.

use std::cell::OnceCell;

use diesel::{
    AppearsOnTable, Expression, QueryResult, SelectableExpression,
    expression::{ValidGrouping, is_aggregate},
    pg::Pg,
    query_builder::{AstPass, QueryFragment, QueryId},
    serialize::ToSql,
    sql_types::{Array, Bool, HasSqlType, Text},
    sqlite::Sqlite,
};

use crate::store::sql::any_of::{Listed, json_array};

/// A value with a JSON type of its own, so that SQLite can read it from a nested array.
pub trait Plain: Listed<Sql: 'static> + Copy {}

impl Plain for i64 {}
impl Plain for &str {}

/// A row of [`Plain`] values that columns can be compared with.
pub trait ListedRow: Copy {
    /// The SQL types of its values.
    type Sql: 'static;
    /// Rows turned into columns.
    type Lists;
    /// The SQL expressions by which SQLite reads the values from the array.
    const READ: &'static str;

    /// Turns rows into columns.
    fn lists(rows: &[Self]) -> Self::Lists;

    /// Appends it in JSON.
    fn push_json(&self, json: &mut String);

    /// Binds columns, an array each.
    ///
    /// # Errors
    /// A value cannot be written.
    fn bind<'b>(lists: &'b Self::Lists, out: AstPass<'_, 'b, Pg>) -> QueryResult<()>;
}

macro_rules! listed_row {
    ($read:literal, $first:ident $zero:tt $(, $value:ident $at:tt)+) => {
        impl<$first: Plain $(, $value: Plain)+> ListedRow for ($first $(, $value)+)
        where
            Pg: HasSqlType<Array<$first::Sql>> $(+ HasSqlType<Array<$value::Sql>>)+,
            Vec<$first>: ToSql<Array<$first::Sql>, Pg>,
            $(Vec<$value>: ToSql<Array<$value::Sql>, Pg>,)+
        {
            type Sql = ($first::Sql $(, $value::Sql)+);
            type Lists = (Vec<$first> $(, Vec<$value>)+);
            const READ: &'static str = $read;

            fn lists(rows: &[Self]) -> Self::Lists {
                (rows.iter().map(|row| row.$zero).collect() $(, rows.iter().map(|row| row.$at).collect())+)
            }

            fn push_json(&self, json: &mut String) {
                json.push('[');
                self.$zero.push_json(json);
                $(
                    json.push(',');
                    self.$at.push_json(json);
                )+
                json.push(']');
            }

            fn bind<'b>(lists: &'b Self::Lists, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
                out.push_bind_param::<Array<$first::Sql>, Vec<$first>>(&lists.$zero)?;
                $(
                    out.push_sql(", ");
                    out.push_bind_param::<Array<$value::Sql>, Vec<$value>>(&lists.$at)?;
                )+
                Ok(())
            }
        }
    };
}
listed_row!("value ->> 0, value ->> 1", A 0, B 1);
listed_row!("value ->> 0, value ->> 1, value ->> 2", A 0, B 1, C 2);
listed_row!("value ->> 0, value ->> 1, value ->> 2, value ->> 3", A 0, B 1, C 2, D 3);

/// Columns beside rows.
#[derive(Debug)]
pub struct AnyRowOf<C, R: ListedRow> {
    columns: C,
    rows: Vec<R>,
    // Each is built only for its database.
    lists: OnceCell<R::Lists>,
    json: OnceCell<String>,
}

/// Whether `columns`, as many as a row has values, are one of these rows; false for an empty list.
pub fn any_row_of<C, R: ListedRow>(columns: C, rows: impl IntoIterator<Item = R>) -> AnyRowOf<C, R> {
    AnyRowOf { columns, rows: rows.into_iter().collect(), lists: OnceCell::new(), json: OnceCell::new() }
}

impl<C, R: ListedRow> AnyRowOf<C, R> {
    fn json(&self) -> &str {
        self.json.get_or_init(|| json_array(&self.rows, R::push_json))
    }
}

impl<C, R: ListedRow> Expression for AnyRowOf<C, R> {
    type SqlType = Bool;
}

impl<C: AppearsOnTable<From>, R: ListedRow, From> AppearsOnTable<From> for AnyRowOf<C, R> {}

impl<C: SelectableExpression<From>, R: ListedRow, From> SelectableExpression<From> for AnyRowOf<C, R> {}

impl<C, R: ListedRow, GroupBy> ValidGrouping<GroupBy> for AnyRowOf<C, R> {
    type IsAggregate = is_aggregate::No;
}

/// The condition as a part of a statement's cache key.
pub struct Named<C, S>(C, S);

impl<C: QueryId<QueryId: 'static>, R: ListedRow> QueryId for AnyRowOf<C, R> {
    type QueryId = Named<C::QueryId, R::Sql>;
    const HAS_STATIC_QUERY_ID: bool = C::HAS_STATIC_QUERY_ID;
}

impl<C: QueryFragment<Sqlite>, R: ListedRow> QueryFragment<Sqlite> for AnyRowOf<C, R> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("(");
        self.columns.walk_ast(out.reborrow())?;
        out.push_sql(") IN (SELECT ");
        out.push_sql(R::READ);
        out.push_sql(" FROM json_each(");
        out.push_bind_param::<Text, str>(self.json())?;
        out.push_sql("))");
        Ok(())
    }
}

impl<C: QueryFragment<Pg>, R: ListedRow> QueryFragment<Pg> for AnyRowOf<C, R> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("(");
        self.columns.walk_ast(out.reborrow())?;
        out.push_sql(") IN (SELECT * FROM unnest(");
        R::bind(self.lists.get_or_init(|| R::lists(&self.rows)), out.reborrow())?;
        out.push_sql("))");
        Ok(())
    }
}
