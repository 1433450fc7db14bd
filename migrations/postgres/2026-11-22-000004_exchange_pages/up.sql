-- The journal of exchanges in pages: some hundred exchanges are one row, compressed together, and found by a filter of the names
-- by which they are looked for.
-- What the table `exchanges` holds is put into pages by the program (`kopilka migrate`) right after this, and nothing reads that
-- table any more.
CREATE TABLE exchange_pages (
    id BIGINT NOT NULL PRIMARY KEY,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    exchanges BIGINT NOT NULL CHECK (exchanges > 0),
    names BYTEA NOT NULL,
    body BYTEA NOT NULL
);
-- Neither gets smaller by being compressed again.
ALTER TABLE exchange_pages ALTER COLUMN names SET STORAGE EXTERNAL, ALTER COLUMN body SET STORAGE EXTERNAL;
CREATE INDEX exchange_pages_last_at ON exchange_pages (last_at, id);

INSERT INTO unfinished_upgrades (step) VALUES ('pack_exchanges');
