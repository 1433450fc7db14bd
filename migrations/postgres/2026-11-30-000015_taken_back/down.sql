DELETE FROM schema_expansions WHERE migration = '20261130000015';
ALTER TABLE reservations DROP COLUMN shields;
DROP TABLE receipt_taken_lots;
DROP TABLE receipt_takings;
ALTER TABLE journal DROP COLUMN terms_graced;
ALTER TABLE lots DROP COLUMN repaid;
ALTER TABLE lots DROP COLUMN graced;
