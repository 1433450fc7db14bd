DELETE FROM schema_expansions WHERE migration = '20261201000024';
ALTER TABLE receipt_lines DROP COLUMN no_earn;
ALTER TABLE receipts DROP COLUMN withheld_at;
ALTER TABLE receipts DROP COLUMN claimed_at;
