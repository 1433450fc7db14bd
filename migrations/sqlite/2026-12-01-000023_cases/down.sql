DELETE FROM schema_expansions WHERE migration = '20261201000023';
DROP TABLE cases;
