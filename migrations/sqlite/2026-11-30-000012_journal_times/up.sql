-- expand: an index; programs before it write the journal as they did.
-- A settlement adds up what was recorded in a period, and the journal is in the order of accounts.
CREATE INDEX journal_recorded_at ON journal (recorded_at);
INSERT INTO schema_expansions (migration) VALUES ('20261130000012');
