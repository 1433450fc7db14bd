DELETE FROM schema_expansions WHERE migration = '20261130000019';
ALTER TABLE cards DROP COLUMN before_block;
DROP INDEX receipts_operation;
ALTER TABLE receipts DROP COLUMN operation_key;
DROP TABLE fiscal_documents;
