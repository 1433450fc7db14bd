-- expand: a table that programs before it do not read.
-- Who made, changed, shut and reopened a login, and when. No login: at the command line.
CREATE TABLE login_changes (
    id INTEGER NOT NULL PRIMARY KEY,
    login_id INTEGER NOT NULL REFERENCES credentials (id),
    act TEXT NOT NULL,
    occurred_at INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    credential_id INTEGER,
    employee_sealed BLOB
) STRICT;
CREATE INDEX login_changes_login ON login_changes (login_id);
INSERT INTO schema_expansions (migration) VALUES ('20261130000013');
