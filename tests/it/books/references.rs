//! Every column that names a row of another table, as the schema has them: that the row is not there is found and named.

use super::plants::{Bench, live};
use crate::support::{App, Backend, on_both};

on_both! { backend: every_name_of_a_row_that_is_not_there_is_found }

/// Columns that end as a name does and name no row, or one that another check looks for.
const OTHERS: [(&str, &str); 9] = [
    ("exchanges.partner_id", "evidence: whoever called"),
    ("exchanges.request_id", "a request has no row"),
    ("outbox.provider_id", "the provider's number"),
    ("unsealed_words.row_id", "the table is empty"),
    ("registry_changes.subject_id", "the registry's chain: what is gone is named"),
    ("operations.partner_id", "stored answers: see plants"),
    ("operations.subject_id", "stored answers: see plants"),
    ("fiscal_documents.document_id", "the register: see plants"),
    ("fiscal_documents.store_id", "the register: see plants"),
];

async fn every_name_of_a_row_that_is_not_there_is_found(backend: Backend) {
    let mut app = App::start(backend).await;
    live(&app).await;
    app.stop().await;
    let mut bench = Bench::of(&app);
    let (mut looked_at, mut missed) = (0_usize, Vec::new());
    for table in bench.tables.clone() {
        for (column, _) in bench.columns(&table) {
            let name = format!("{table}.{column}");
            let is_name = column.ends_with("_id") || column == "merged_into";
            if !is_name || OTHERS.iter().any(|(other, _)| *other == name) {
                continue;
            }
            looked_at += 1;
            let row = if backend == Backend::Sqlite { "rowid" } else { "ctid" };
            let sql = format!(
                "UPDATE {table} SET {column} = 987654321 WHERE {row} = (SELECT {row} FROM {table} ORDER BY {column} DESC LIMIT 1)"
            );
            let found = bench.planted(&sql).unwrap();
            let says =
                |found: &&String| found.starts_with(&name) && found.contains("names 987654321, which is not there");
            if !found.iter().any(|found| says(&found)) {
                missed.push(format!("{sql}: {:#?}", &found[..found.len().min(5)]));
            }
        }
    }
    assert_eq!(missed, Vec::<String>::new());
    assert!(looked_at > 60, "only {looked_at}");
}
