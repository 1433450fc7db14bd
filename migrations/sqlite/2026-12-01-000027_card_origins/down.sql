DELETE FROM schema_expansions WHERE migration = '20261201000027';
DROP INDEX cards_origin;
DROP INDEX cards_store;
ALTER TABLE cards DROP COLUMN origin;
ALTER TABLE cards DROP COLUMN store_id;
