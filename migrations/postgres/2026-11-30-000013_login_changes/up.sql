-- expand: a table that programs before it do not read.
-- Who made, changed, shut and reopened a login, and when. No login: at the command line.
CREATE TABLE login_changes (
    id BIGINT NOT NULL PRIMARY KEY,
    login_id BIGINT NOT NULL REFERENCES credentials (id),
    act TEXT NOT NULL,
    occurred_at BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    credential_id BIGINT,
    employee_sealed BYTEA
);
CREATE INDEX login_changes_login ON login_changes (login_id);
INSERT INTO schema_expansions (migration) VALUES ('20261130000013');
