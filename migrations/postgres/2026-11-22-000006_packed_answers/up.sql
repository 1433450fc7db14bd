-- Stored answers are packed (src/store/packed.rs): the server had packed each by itself. Those that are there stay as they are, which
-- their first byte tells.
ALTER TABLE operations ALTER COLUMN answer TYPE BYTEA USING convert_to(answer, 'UTF8');
ALTER TABLE operations ALTER COLUMN answer SET STORAGE EXTERNAL;
