-- SQL cannot unpack an answer: a repeat of those operations is not known any more.
DELETE FROM operations WHERE answer <> ''::bytea AND substr(answer, 1, 1) <> '\x3C'::bytea;
ALTER TABLE operations ALTER COLUMN answer TYPE TEXT USING convert_from(answer, 'UTF8');
ALTER TABLE operations ALTER COLUMN answer SET STORAGE EXTENDED;
