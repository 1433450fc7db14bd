-- expand: a table that programs before it do not use.
-- Cases: what went otherwise than it should, for an office to look at and close. `kind` is a word; later programs add theirs.
CREATE TABLE cases (
    id BIGINT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    programme_id BIGINT NOT NULL,
    partner_id BIGINT NOT NULL,
    store_id BIGINT,
    customer_id BIGINT,
    subject_kind TEXT,
    subject_id BIGINT,
    text_sealed BYTEA NOT NULL,
    opened_at BIGINT NOT NULL,
    closed_at BIGINT,
    closed_by BIGINT,
    closed_employee_sealed BYTEA,
    resolution_sealed BYTEA
);
CREATE INDEX cases_partner ON cases (partner_id, opened_at, id);
CREATE INDEX cases_programme ON cases (programme_id, opened_at, id);
CREATE INDEX cases_partner_open ON cases (partner_id, opened_at, id) WHERE closed_at IS NULL;
CREATE INDEX cases_programme_open ON cases (programme_id, opened_at, id) WHERE closed_at IS NULL;
CREATE INDEX cases_subject ON cases (subject_id) WHERE subject_id IS NOT NULL;
INSERT INTO schema_expansions (migration) VALUES ('20261201000023');
