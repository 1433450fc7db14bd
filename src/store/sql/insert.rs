//! Inserts by cached prepared statements. Diesel caches no insert of a variable number of rows and no upsert; parsing
//! and planning them each time took a quarter of the writing thread's time.
//!
//! SQLite gets rows one by one. PostgreSQL gets all rows of a table together (`sql/batch.rs`), with an array for each
//! column, so the text does not depend on the number of rows.

use std::marker::PhantomData;

use diesel::{
    QueryResult, RunQueryDsl,
    pg::Pg,
    query_builder::{AstPass, QueryFragment, QueryId},
    sqlite::Sqlite,
};

use crate::store::sql::fields::{Column, Value};

/// A row that can be inserted; see `rows!`.
pub trait Row: Sized + 'static {
    /// «INSERT INTO … (…)».
    const INSERT: &'static str;
    /// The table.
    const TABLE: Column;
    /// Rows turned into columns.
    type Columns;

    /// Shows what each column says, but for those that say nothing.
    fn each_field(&self, see: &mut impl FnMut(Column, Value<'_>));

    /// Turns rows into columns.
    fn columns(rows: Vec<Self>) -> Self::Columns;

    /// Binds a row's values.
    ///
    /// # Errors
    /// A value cannot be written.
    fn bind_row<'b>(&'b self, out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()>;

    /// Binds columns, an array each.
    ///
    /// # Errors
    /// A value cannot be written.
    fn bind_columns<'b>(columns: &'b Self::Columns, out: AstPass<'_, 'b, Pg>) -> QueryResult<()>;
}

/// The end of an insert statement. Each is a type, because statements are cached by type.
pub trait Tail: 'static {
    /// The text.
    const SQL: &'static str;
}

/// No conflict clause: an existing row is an error.
pub struct Plain;

impl Tail for Plain {
    const SQL: &'static str = "";
}

/// The insertion of a row.
pub struct One<'a, R, T> {
    row: &'a R,
    tail: PhantomData<T>,
}

impl<'a, R, T> One<'a, R, T> {
    /// Of this row.
    pub const fn new(row: &'a R) -> Self {
        Self { row, tail: PhantomData }
    }
}

impl<R: Row, T: Tail> QueryFragment<Sqlite> for One<'_, R, T> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql(R::INSERT);
        out.push_sql(" VALUES (");
        self.row.bind_row(out.reborrow())?;
        out.push_sql(")");
        out.push_sql(T::SQL);
        Ok(())
    }
}

impl<R: Row, T: Tail> QueryId for One<'_, R, T> {
    type QueryId = One<'static, R, T>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<R, T, Conn> RunQueryDsl<Conn> for One<'_, R, T> {}

/// The insertion of all of these rows.
pub struct Many<R: Row, T> {
    columns: R::Columns,
    tail: PhantomData<T>,
}

impl<R: Row, T> Many<R, T> {
    /// Of these rows.
    pub fn new(rows: Vec<R>) -> Self {
        Self { columns: R::columns(rows), tail: PhantomData }
    }
}

impl<R: Row, T: Tail> QueryFragment<Pg> for Many<R, T> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(R::INSERT);
        out.push_sql(" SELECT * FROM unnest(");
        R::bind_columns(&self.columns, out.reborrow())?;
        out.push_sql(")");
        out.push_sql(T::SQL);
        Ok(())
    }
}

/// A struct whose fields are columns of a table: `rows! { struct ThingRow in things { id: i64, … } }`.
macro_rules! rows {
    (
        $(#[$meta:meta])*
        $visible:vis struct $name:ident in $table:ident {
            $(#[$first_meta:meta])* $first_visible:vis $first:ident: $first_type:ty,
            $($(#[$field_meta:meta])* $field_visible:vis $field:ident: $type:ty,)*
        }
    ) => {
        $(#[$meta])*
        $visible struct $name {
            $(#[$first_meta])* $first_visible $first: $first_type,
            $($(#[$field_meta])* $field_visible $field: $type,)*
        }

        impl $crate::store::sql::insert::Row for $name {
            const INSERT: &'static str = concat!(
                "INSERT INTO \"", stringify!($table), "\" (\"", stringify!($first), "\""
                $(, ", \"", stringify!($field), "\"")*, ")"
            );
            const TABLE: $crate::store::sql::fields::Column =
                $crate::store::sql::fields::Column::of(stringify!($table));
            type Columns = (Vec<$first_type>, $(Vec<$type>,)*);

            fn each_field(
                &self,
                see: &mut impl FnMut($crate::store::sql::fields::Column, $crate::store::sql::fields::Value<'_>),
            ) {
                use $crate::store::sql::fields::{Column, Field as _};
                if let Some(value) = self.$first.value() {
                    see(const { Column::of(stringify!($first)) }, value);
                }
                $(if let Some(value) = self.$field.value() {
                    see(const { Column::of(stringify!($field)) }, value);
                })*
            }

            fn columns(rows: Vec<Self>) -> Self::Columns {
                let mut $first = Vec::with_capacity(rows.len());
                $(let mut $field = Vec::with_capacity(rows.len());)*
                for row in rows {
                    $first.push(row.$first);
                    $($field.push(row.$field);)*
                }
                ($first, $($field,)*)
            }

            fn bind_row<'b>(
                &'b self,
                mut out: diesel::query_builder::AstPass<'_, 'b, diesel::sqlite::Sqlite>,
            ) -> diesel::QueryResult<()> {
                out.push_bind_param::<diesel::dsl::SqlTypeOf<$table::$first>, _>(&self.$first)?;
                $(
                    out.push_sql(", ");
                    out.push_bind_param::<diesel::dsl::SqlTypeOf<$table::$field>, _>(&self.$field)?;
                )*
                Ok(())
            }

            fn bind_columns<'b>(
                columns: &'b Self::Columns,
                mut out: diesel::query_builder::AstPass<'_, 'b, diesel::pg::Pg>,
            ) -> diesel::QueryResult<()> {
                let ($first, $($field,)*) = columns;
                out.push_bind_param::<diesel::sql_types::Array<diesel::dsl::SqlTypeOf<$table::$first>>, _>($first)?;
                $(
                    out.push_sql(", ");
                    out.push_bind_param::<diesel::sql_types::Array<diesel::dsl::SqlTypeOf<$table::$field>>, _>($field)?;
                )*
                Ok(())
            }
        }
    };
}
pub(crate) use rows;

/// Writes rows: `write_rows!(out, rows, table)`, or `write_rows!(out, rows, table, (key) => (column, …))`, which
/// updates the columns of a row whose key exists.
macro_rules! write_rows {
    ($out:expr, $rows:expr, $table:ident) => {
        $out.insert::<_, $crate::store::sql::insert::Plain>($rows)?
    };
    (
        $out:expr, $rows:expr, $table:ident,
        ($key:ident $(, $keys:ident)*) => ($column:ident $(, $columns:ident)* $(,)?)
    ) => {{
        struct TakesOver;

        impl $crate::store::sql::insert::Tail for TakesOver {
            const SQL: &'static str = concat!(
                " ON CONFLICT (\"", stringify!($key), "\"" $(, ", \"", stringify!($keys), "\"")*, ") DO UPDATE SET \"",
                stringify!($column), "\" = excluded.\"", stringify!($column), "\""
                $(, ", \"", stringify!($columns), "\" = excluded.\"", stringify!($columns), "\"")*
            );
        }

        // They are columns of this table.
        let _ = ($table::$key, $($table::$keys,)* $table::$column, $($table::$columns,)*);
        $out.insert::<_, TakesOver>($rows)?
    }};
}
pub(crate) use write_rows;
