DELETE FROM schema_expansions WHERE migration = '20261201000027';
DROP INDEX cards_source;
DROP INDEX cards_store;
ALTER TABLE cards DROP COLUMN source_id;
ALTER TABLE cards DROP COLUMN store_id;
