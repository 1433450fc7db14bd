ALTER TABLE operations DROP COLUMN subject_kind;
