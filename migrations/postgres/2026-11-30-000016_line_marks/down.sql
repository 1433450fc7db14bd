DELETE FROM schema_expansions WHERE migration = '20261130000016';
ALTER TABLE receipt_lines DROP COLUMN gift_of;
ALTER TABLE receipt_lines DROP COLUMN delivery;
ALTER TABLE receipt_lines DROP COLUMN weighed;
