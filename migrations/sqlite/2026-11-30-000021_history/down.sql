DELETE FROM schema_expansions WHERE migration = '20261130000021';
DROP INDEX registry_changes_time;
