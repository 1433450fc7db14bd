DELETE FROM schema_expansions WHERE migration = '20261201000026';
ALTER TABLE tills DROP COLUMN disabled;
ALTER TABLE stores DROP COLUMN disabled;
ALTER TABLE networks DROP COLUMN disabled;
ALTER TABLE partners DROP COLUMN disabled;
