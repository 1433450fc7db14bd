DELETE FROM schema_expansions WHERE migration = '20261130000012';
ALTER TABLE reservations DROP COLUMN spend_unit;
ALTER TABLE reservations DROP COLUMN spend_share_max;
