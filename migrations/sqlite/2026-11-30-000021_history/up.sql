-- expand: an index.
-- The history is listed by time, the latest first.
CREATE INDEX registry_changes_time ON registry_changes (recorded_at, seq);
INSERT INTO schema_expansions (migration) VALUES ('20261130000021');
