DROP TABLE chronicle_seals;
DROP TABLE registry_changes;
DROP TABLE chronicle_lanes;
DROP TABLE chronicle;
DELETE FROM unfinished_upgrades WHERE step = 'cover';
DELETE FROM schema_expansions WHERE migration = '20261130000014';
