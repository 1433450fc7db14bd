-- Nothing: SQLite looks into its own memory whether a row is there that is named. PostgreSQL asks itself a question for each.
SELECT 1;
