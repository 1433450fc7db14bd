-- SQL cannot unpack an answer: a repeat of those operations is not known any more.
DROP INDEX operations_recorded;
ALTER TABLE operations RENAME TO operations_packed;
CREATE TABLE operations (
    partner_id INTEGER NOT NULL,
    operation_key TEXT NOT NULL,
    operation TEXT NOT NULL,
    request_digest BLOB NOT NULL,
    code TEXT NOT NULL,
    answer TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    PRIMARY KEY (partner_id, operation_key)
) STRICT;
CREATE INDEX operations_recorded ON operations (recorded_at);
ALTER TABLE operations ADD COLUMN subject_id INTEGER;
INSERT INTO operations (partner_id, operation_key, operation, request_digest, code, answer, recorded_at, subject_id)
SELECT partner_id, operation_key, operation, request_digest, code, CAST(answer AS TEXT), recorded_at, subject_id FROM operations_packed
WHERE answer = x'' OR substr(answer, 1, 1) = x'3C';
DROP TABLE operations_packed;
