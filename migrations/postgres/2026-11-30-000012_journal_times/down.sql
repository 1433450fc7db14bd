DELETE FROM schema_expansions WHERE migration = '20261130000012';
DROP INDEX journal_recorded_at;
