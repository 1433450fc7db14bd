-- expand: tables that a program of before neither reads nor writes; what it changes meanwhile is covered by `kopilka migrate --cover`.
-- Every change of a customer, card, account, hold, code, sale, return, consent and stored answer is a fact: what kind, which id, and a
-- digest of the row as it was left. The facts of a transaction are one entry of a lane, each entry chained to the one before.
-- A transaction takes any lane that no other holds, so that gateways never wait for each other. `number` orders the entries of
-- different lanes wherever they are of the same row: it is more than that of every entry committed before.
CREATE TABLE chronicle (
    lane BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    number BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    facts BYTEA NOT NULL,
    hash BYTEA NOT NULL,
    PRIMARY KEY (lane, seq)
);
-- Digests do not get smaller by being compressed.
ALTER TABLE chronicle ALTER COLUMN facts SET STORAGE EXTERNAL;
-- Where each lane ends; `mac` is that end's keyed digest, which nobody makes without the key.
CREATE TABLE chronicle_lanes (
    lane BIGINT NOT NULL PRIMARY KEY,
    seq BIGINT NOT NULL,
    number BIGINT NOT NULL,
    facts BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    mac BYTEA NOT NULL
);
INSERT INTO chronicle_lanes (lane, seq, number, facts, hash, mac)
SELECT lane, 0, 0, 0, '', '' FROM generate_series(1, 64) AS lane;

-- Every change of partners, networks, stores, tills, logins, programmes and rules: who, when, and how the row was before and after, as
-- JSON; of a password there is a digest alone. One chain.
CREATE TABLE registry_changes (
    seq BIGINT NOT NULL PRIMARY KEY,
    recorded_at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    employee_sealed BYTEA,
    kind TEXT NOT NULL,
    subject_id BIGINT NOT NULL,
    subject TEXT NOT NULL,
    version BIGINT,
    partner_id BIGINT,
    before TEXT,
    after TEXT NOT NULL,
    hash BYTEA NOT NULL
);
CREATE INDEX registry_changes_subject ON registry_changes (kind, subject_id, seq);

-- Where all lanes and the registry stood at a time, under a root chained to the seal before; the root is kept outside too.
CREATE TABLE chronicle_seals (
    number BIGINT NOT NULL PRIMARY KEY,
    sealed_at BIGINT NOT NULL,
    heads BYTEA NOT NULL,
    root BYTEA NOT NULL,
    mac BYTEA NOT NULL
);

-- What stood there before is covered by the program right after this.
INSERT INTO unfinished_upgrades (step) VALUES ('cover');
INSERT INTO schema_expansions (migration) VALUES ('20261130000014');
