-- Stored answers are packed (src/store/packed.rs): one of two thousand bytes had a page of the file to itself. Those that are there stay
-- as they are, which their first byte tells.
DROP INDEX operations_recorded;
ALTER TABLE operations RENAME TO operations_before;
CREATE TABLE operations (
    partner_id INTEGER NOT NULL,
    operation_key TEXT NOT NULL,
    operation TEXT NOT NULL,
    request_digest BLOB NOT NULL,
    code TEXT NOT NULL,
    answer BLOB NOT NULL,
    recorded_at INTEGER NOT NULL,
    subject_id INTEGER,
    PRIMARY KEY (partner_id, operation_key)
) STRICT;
INSERT INTO operations (partner_id, operation_key, operation, request_digest, code, answer, recorded_at, subject_id)
SELECT partner_id, operation_key, operation, request_digest, code, CAST(answer AS BLOB), recorded_at, subject_id FROM operations_before;
DROP TABLE operations_before;
CREATE INDEX operations_recorded ON operations (recorded_at);
