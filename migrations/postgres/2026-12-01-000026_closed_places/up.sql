-- expand: rows without the column are open, as those of the program before.
-- Whether the office has closed a partner, a network, a store or a till. An older gateway does not know it: close a place when
-- the last of them has stopped.
ALTER TABLE partners ADD COLUMN disabled BOOLEAN;
ALTER TABLE networks ADD COLUMN disabled BOOLEAN;
ALTER TABLE stores ADD COLUMN disabled BOOLEAN;
ALTER TABLE tills ADD COLUMN disabled BOOLEAN;
INSERT INTO schema_expansions (migration) VALUES ('20261201000026');
