-- expand: cards without the columns are those of the program before.
-- Which store a card was handed to, and by which name another system knows it: an import brings each name once.
ALTER TABLE cards ADD COLUMN store_id BIGINT;
ALTER TABLE cards ADD COLUMN origin TEXT;
CREATE INDEX cards_store ON cards (store_id, state, kind) WHERE store_id IS NOT NULL;
CREATE INDEX cards_origin ON cards (origin) WHERE origin IS NOT NULL;
INSERT INTO schema_expansions (migration) VALUES ('20261201000027');
