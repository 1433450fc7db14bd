DELETE FROM schema_expansions WHERE migration = '20261201000022';
ALTER TABLE reservations DROP COLUMN code_of;
ALTER TABLE reservations DROP COLUMN receipt_number;
ALTER TABLE reservations DROP COLUMN receipt_shift;
ALTER TABLE reservations DROP COLUMN receipt_day;
