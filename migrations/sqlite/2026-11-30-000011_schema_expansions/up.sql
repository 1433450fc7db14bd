-- expand: a table that programs before it do not read.
-- Which migrations only add, so that a program that does not know them serves on the schema: migrations/README.md. From the next
-- migration on each expansion lists itself here; those up to this one are known to every program that reads the table.
CREATE TABLE schema_expansions (
    migration TEXT NOT NULL PRIMARY KEY
) STRICT;
