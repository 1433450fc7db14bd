DELETE FROM schema_expansions WHERE migration = '20261130000013';
DROP TABLE login_changes;
