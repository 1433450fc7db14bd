-- expand: tables that a program of before neither reads nor writes; what it changes meanwhile is covered by `kopilka migrate --cover`.
-- Every change of a customer, card, account, hold, code, sale, return, consent and stored answer is a fact: what kind, which id, and a
-- digest of the row as it was left. The facts of a transaction are one entry of a lane, each entry chained to the one before.
-- There is one lane: SQLite has one writer. `number` orders the entries of
-- different lanes wherever they are of the same row: it is more than that of every entry committed before.
CREATE TABLE chronicle (
    lane INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    number INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    facts BLOB NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (lane, seq)
) WITHOUT ROWID, STRICT;
-- Where each lane ends; `mac` is that end's keyed digest, which nobody makes without the key.
CREATE TABLE chronicle_lanes (
    lane INTEGER NOT NULL PRIMARY KEY,
    seq INTEGER NOT NULL,
    number INTEGER NOT NULL,
    facts INTEGER NOT NULL,
    hash BLOB NOT NULL,
    mac BLOB NOT NULL
) STRICT;
INSERT INTO chronicle_lanes (lane, seq, number, facts, hash, mac) VALUES (1, 0, 0, 0, x'', x'');

-- Every change of partners, networks, stores, tills, logins, programmes and rules: who, when, and how the row was before and after, as
-- JSON; of a password there is a digest alone. One chain.
CREATE TABLE registry_changes (
    seq INTEGER NOT NULL PRIMARY KEY,
    recorded_at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    employee_sealed BLOB,
    kind TEXT NOT NULL,
    subject_id INTEGER NOT NULL,
    subject TEXT NOT NULL,
    version INTEGER,
    partner_id INTEGER,
    before TEXT,
    after TEXT NOT NULL,
    hash BLOB NOT NULL
) STRICT;
CREATE INDEX registry_changes_subject ON registry_changes (kind, subject_id, seq);

-- Where all lanes and the registry stood at a time, under a root chained to the seal before; the root is kept outside too.
CREATE TABLE chronicle_seals (
    number INTEGER NOT NULL PRIMARY KEY,
    sealed_at INTEGER NOT NULL,
    heads BLOB NOT NULL,
    root BLOB NOT NULL,
    mac BLOB NOT NULL
) STRICT;

-- What stood there before is covered by the program right after this.
INSERT INTO unfinished_upgrades (step) VALUES ('cover');
INSERT INTO schema_expansions (migration) VALUES ('20261130000014');
