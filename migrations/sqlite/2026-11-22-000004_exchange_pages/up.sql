-- The journal of exchanges in pages: some hundred exchanges are one row, compressed together, and found by a filter of the names
-- by which they are looked for. `names` stands before `body`, so that reading filters reads no bodies.
-- What the table `exchanges` holds is put into pages by the program (`kopilka migrate`) right after this, and nothing reads that
-- table any more.
CREATE TABLE exchange_pages (
    id INTEGER NOT NULL PRIMARY KEY,
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    exchanges INTEGER NOT NULL CHECK (exchanges > 0),
    names BLOB NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE INDEX exchange_pages_last_at ON exchange_pages (last_at, id);

INSERT INTO unfinished_upgrades (step) VALUES ('pack_exchanges');
