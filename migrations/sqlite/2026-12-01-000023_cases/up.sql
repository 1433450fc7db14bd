-- expand: a table that programs before it do not use.
-- Cases: what went otherwise than it should, for an office to look at and close. `kind` is a word; later programs add theirs.
CREATE TABLE cases (
    id INTEGER NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    programme_id INTEGER NOT NULL,
    partner_id INTEGER NOT NULL,
    store_id INTEGER,
    customer_id INTEGER,
    subject_kind TEXT,
    subject_id INTEGER,
    text_sealed BLOB NOT NULL,
    opened_at INTEGER NOT NULL,
    closed_at INTEGER,
    closed_by INTEGER,
    closed_employee_sealed BLOB,
    resolution_sealed BLOB
) STRICT;
CREATE INDEX cases_partner ON cases (partner_id, opened_at, id);
CREATE INDEX cases_programme ON cases (programme_id, opened_at, id);
CREATE INDEX cases_partner_open ON cases (partner_id, opened_at, id) WHERE closed_at IS NULL;
CREATE INDEX cases_programme_open ON cases (programme_id, opened_at, id) WHERE closed_at IS NULL;
CREATE INDEX cases_subject ON cases (subject_id) WHERE subject_id IS NOT NULL;
INSERT INTO schema_expansions (migration) VALUES ('20261201000023');
