DELETE FROM schema_expansions WHERE migration = '20261130000020';
ALTER TABLE programme_rules DROP COLUMN card_only;
ALTER TABLE receipt_takings DROP COLUMN owed_again;
ALTER TABLE receipts DROP COLUMN rules_version;
