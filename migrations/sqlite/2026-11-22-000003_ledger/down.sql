-- Status points, merges and other policies of expiry have no place in the tables before; what lapses by months or at a
-- calendar's end keeps the dates that its lots have.
DROP TABLE unfinished_upgrades;
DROP TABLE journal_seal_heads;
DROP TABLE journal_seals;
DROP TABLE free_return_lines;
DROP TABLE free_returns;
DROP TABLE account_changes;

ALTER TABLE programme_rules RENAME TO programme_rules_before;
CREATE TABLE programme_rules (
    programme_id INTEGER NOT NULL REFERENCES programmes (id),
    version INTEGER NOT NULL,
    valid_from INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    earn_points INTEGER NOT NULL CHECK (earn_points >= 0),
    earn_step INTEGER NOT NULL CHECK (earn_step > 0),
    earn_unit INTEGER NOT NULL CHECK (earn_unit > 0),
    earn_rounding TEXT NOT NULL,
    spend_share_max INTEGER NOT NULL CHECK (spend_share_max BETWEEN 0 AND 10000),
    spend_unit INTEGER NOT NULL CHECK (spend_unit > 0),
    code_required INTEGER NOT NULL CHECK (code_required IN (0, 1)),
    reservation_ttl_ms INTEGER NOT NULL,
    code_ttl_ms INTEGER NOT NULL,
    code_tries INTEGER NOT NULL,
    activation_delay_days INTEGER NOT NULL,
    lifetime_days INTEGER NOT NULL,
    grace_ms INTEGER NOT NULL,
    return_policy TEXT NOT NULL,
    PRIMARY KEY (programme_id, version)
) STRICT;
INSERT INTO programme_rules (programme_id, version, valid_from, recorded_at, earn_points, earn_step, earn_unit, earn_rounding, spend_share_max, spend_unit, code_required, reservation_ttl_ms, code_ttl_ms, code_tries, activation_delay_days, grace_ms, return_policy, lifetime_days)
SELECT programme_id, version, valid_from, recorded_at, earn_points, earn_step, earn_unit, earn_rounding, spend_share_max, spend_unit, code_required, reservation_ttl_ms, code_ttl_ms, code_tries, activation_delay_days, grace_ms, return_policy, CASE lifetime_unit WHEN 'days' THEN lifetime_count ELSE 0 END FROM programme_rules_before;
DROP TABLE programme_rules_before;

ALTER TABLE journal RENAME TO journal_before;
CREATE TABLE journal (
    account_id INTEGER NOT NULL REFERENCES accounts (id),
    seq INTEGER NOT NULL,
    step INTEGER NOT NULL,
    lot_no INTEGER,
    from_bucket TEXT NOT NULL,
    to_bucket TEXT NOT NULL,
    points INTEGER NOT NULL CHECK (points > 0),
    available_after INTEGER NOT NULL,
    kind TEXT NOT NULL,
    occurred_at INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    receipt_id INTEGER,
    return_id INTEGER,
    reservation_id INTEGER,
    partner_id INTEGER,
    store_id INTEGER,
    till_id INTEGER,
    rule TEXT,
    PRIMARY KEY (account_id, seq)
) STRICT;
INSERT INTO journal (account_id, seq, step, lot_no, from_bucket, to_bucket, points, available_after, kind, occurred_at, recorded_at, receipt_id, return_id, reservation_id, partner_id, store_id, till_id, rule)
SELECT account_id, seq, step, lot_no, from_bucket, to_bucket, points, available_after, kind, occurred_at, recorded_at, receipt_id, return_id, reservation_id, partner_id, store_id, till_id, rule FROM journal_before;
DROP TABLE journal_before;

ALTER TABLE lots RENAME TO lots_before;
DROP INDEX lots_live;
CREATE TABLE lots (
    account_id INTEGER NOT NULL REFERENCES accounts (id),
    lot_no INTEGER NOT NULL,
    issued INTEGER NOT NULL CHECK (issued > 0),
    remaining INTEGER NOT NULL CHECK (remaining >= 0),
    reserved INTEGER NOT NULL CHECK (reserved >= 0),
    spent INTEGER NOT NULL CHECK (spent >= 0),
    expired INTEGER NOT NULL CHECK (expired >= 0),
    revoked INTEGER NOT NULL CHECK (revoked >= 0),
    state TEXT NOT NULL,
    activates_at INTEGER NOT NULL,
    expires_at INTEGER,
    issuer_id INTEGER NOT NULL REFERENCES partners (id),
    receipt_id INTEGER,
    live INTEGER NOT NULL CHECK (live IN (0, 1)),
    PRIMARY KEY (account_id, lot_no),
    CHECK (issued = remaining + reserved + spent + expired + revoked)
) STRICT;
INSERT INTO lots (account_id, lot_no, issued, remaining, reserved, spent, expired, revoked, state, activates_at, expires_at, issuer_id, receipt_id, live)
SELECT account_id, lot_no, issued, remaining, reserved, spent, expired, revoked, state, activates_at, expires_at, issuer_id, receipt_id, live FROM lots_before;
DROP TABLE lots_before;
CREATE INDEX lots_live ON lots (account_id) WHERE live;

ALTER TABLE programmes DROP COLUMN owner_id;
ALTER TABLE operations DROP COLUMN subject_id;
ALTER TABLE customers DROP COLUMN merged_into;
ALTER TABLE accounts DROP COLUMN merged_into;
ALTER TABLE accounts DROP COLUMN sealed_seq;
ALTER TABLE accounts DROP COLUMN head;
ALTER TABLE accounts DROP COLUMN recorded_at;
