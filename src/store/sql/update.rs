//! Updates of existing rows by key. An upsert would check constraints and foreign keys as for new rows, and SQLite
//! would probe every index first.

/// Updates rows: `update_rows!(out, rows, table, Row, (key: Type) => (column: Type, …), indexed: Type)`, with the types
/// of the row's fields. SQLite gets them one by one, by cached statements, which diesel does not do for updates.
/// PostgreSQL gets all together ([`writes`](crate::store::sql::batch)), an array for each column, so the text does not
/// depend on their number.
///
/// `indexed` is an indexed column that seldom changes. SQLite rewrites an index page for each row even when the value
/// is the same. So it has a separate statement, which usually finds no row. PostgreSQL compares the values itself.
///
/// A missing row is an error: rows of these tables are never deleted.
macro_rules! update_rows {
    (
        $out:expr, $rows:expr, $table:ident, $row:ident,
        ($key:ident: $key_type:ty $(, $keys:ident: $keys_type:ty)*) =>
        ($column:ident: $type:ty $(, $columns:ident: $types:ty)* $(,)?), $indexed:ident: $indexed_type:ty
    ) => {{
        struct One<'a>(&'a $row);

        impl diesel::query_builder::QueryId for One<'_> {
            type QueryId = One<'static>;
            const HAS_STATIC_QUERY_ID: bool = true;
        }

        impl diesel::query_builder::QueryFragment<diesel::sqlite::Sqlite> for One<'_> {
            fn walk_ast<'b>(
                &'b self,
                mut out: diesel::query_builder::AstPass<'_, 'b, diesel::sqlite::Sqlite>,
            ) -> diesel::QueryResult<()> {
                out.push_sql(concat!("UPDATE \"", stringify!($table), "\" SET \"", stringify!($column), "\" = "));
                out.push_bind_param::<diesel::dsl::SqlTypeOf<$table::$column>, _>(&self.0.$column)?;
                $(
                    out.push_sql(concat!(", \"", stringify!($columns), "\" = "));
                    out.push_bind_param::<diesel::dsl::SqlTypeOf<$table::$columns>, _>(&self.0.$columns)?;
                )*
                out.push_sql(concat!(" WHERE \"", stringify!($key), "\" = "));
                out.push_bind_param::<diesel::dsl::SqlTypeOf<$table::$key>, _>(&self.0.$key)?;
                $(
                    out.push_sql(concat!(" AND \"", stringify!($keys), "\" = "));
                    out.push_bind_param::<diesel::dsl::SqlTypeOf<$table::$keys>, _>(&self.0.$keys)?;
                )*
                Ok(())
            }
        }

        impl<C> diesel::RunQueryDsl<C> for One<'_> {}

        struct Indexed<'a>(&'a $row);

        impl diesel::query_builder::QueryId for Indexed<'_> {
            type QueryId = Indexed<'static>;
            const HAS_STATIC_QUERY_ID: bool = true;
        }

        impl diesel::query_builder::QueryFragment<diesel::sqlite::Sqlite> for Indexed<'_> {
            fn walk_ast<'b>(
                &'b self,
                mut out: diesel::query_builder::AstPass<'_, 'b, diesel::sqlite::Sqlite>,
            ) -> diesel::QueryResult<()> {
                out.push_sql(concat!("UPDATE \"", stringify!($table), "\" SET \"", stringify!($indexed), "\" = "));
                out.push_bind_param::<diesel::dsl::SqlTypeOf<$table::$indexed>, _>(&self.0.$indexed)?;
                out.push_sql(concat!(" WHERE \"", stringify!($indexed), "\" IS NOT "));
                out.push_bind_param::<diesel::dsl::SqlTypeOf<$table::$indexed>, _>(&self.0.$indexed)?;
                out.push_sql(concat!(" AND \"", stringify!($key), "\" = "));
                out.push_bind_param::<diesel::dsl::SqlTypeOf<$table::$key>, _>(&self.0.$key)?;
                $(
                    out.push_sql(concat!(" AND \"", stringify!($keys), "\" = "));
                    out.push_bind_param::<diesel::dsl::SqlTypeOf<$table::$keys>, _>(&self.0.$keys)?;
                )*
                Ok(())
            }
        }

        impl<C> diesel::RunQueryDsl<C> for Indexed<'_> {}

        struct Many {
            $key: Vec<$key_type>,
            $($keys: Vec<$keys_type>,)*
            $column: Vec<$type>,
            $($columns: Vec<$types>,)*
            $indexed: Vec<$indexed_type>,
        }

        impl diesel::query_builder::QueryFragment<diesel::pg::Pg> for Many {
            fn walk_ast<'b>(
                &'b self,
                mut out: diesel::query_builder::AstPass<'_, 'b, diesel::pg::Pg>,
            ) -> diesel::QueryResult<()> {
                use diesel::{dsl::SqlTypeOf, sql_types::Array};
                out.push_sql(concat!(
                    "UPDATE \"", stringify!($table), "\" SET \"", stringify!($column), "\" = given.\"", stringify!($column), "\""
                    $(, ", \"", stringify!($columns), "\" = given.\"", stringify!($columns), "\"")*,
                    ", \"", stringify!($indexed), "\" = given.\"", stringify!($indexed), "\" FROM unnest("
                ));
                out.push_bind_param::<Array<SqlTypeOf<$table::$key>>, _>(&self.$key)?;
                $(
                    out.push_sql(", ");
                    out.push_bind_param::<Array<SqlTypeOf<$table::$keys>>, _>(&self.$keys)?;
                )*
                out.push_sql(", ");
                out.push_bind_param::<Array<SqlTypeOf<$table::$column>>, _>(&self.$column)?;
                $(
                    out.push_sql(", ");
                    out.push_bind_param::<Array<SqlTypeOf<$table::$columns>>, _>(&self.$columns)?;
                )*
                out.push_sql(", ");
                out.push_bind_param::<Array<SqlTypeOf<$table::$indexed>>, _>(&self.$indexed)?;
                out.push_sql(concat!(
                    ") AS given (\"", stringify!($key), "\"" $(, ", \"", stringify!($keys), "\"")*,
                    ", \"", stringify!($column), "\"" $(, ", \"", stringify!($columns), "\"")*,
                    ", \"", stringify!($indexed), "\"",
                    ") WHERE \"", stringify!($table), "\".\"", stringify!($key), "\" = given.\"", stringify!($key), "\""
                    $(, " AND \"", stringify!($table), "\".\"", stringify!($keys), "\" = given.\"", stringify!($keys), "\"")*
                ));
                Ok(())
            }
        }

        let rows: Vec<$row> = $rows;
        match $out.db() {
            $crate::store::db::backend::Db::Sqlite(c) => {
                for row in &rows {
                    if diesel::RunQueryDsl::execute(One(row), &mut **c)? != 1 {
                        return Err($crate::store::error::StoreError::Query(diesel::result::Error::NotFound));
                    }
                    diesel::RunQueryDsl::execute(Indexed(row), &mut **c)?;
                }
            }
            $crate::store::db::backend::Db::Postgres(_) => {
                $out.later(rows.len(), || {
                    let mut many = Many {
                        $key: Vec::new(),
                        $($keys: Vec::new(),)*
                        $column: Vec::new(),
                        $($columns: Vec::new(),)*
                        $indexed: Vec::new(),
                    };
                    for row in rows {
                        many.$key.push(row.$key);
                        $(many.$keys.push(row.$keys);)*
                        many.$column.push(row.$column);
                        $(many.$columns.push(row.$columns);)*
                        many.$indexed.push(row.$indexed);
                    }
                    many
                });
            }
        }
    }};
}
pub(crate) use update_rows;
