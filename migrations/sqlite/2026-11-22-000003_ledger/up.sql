-- The ledger that cannot lie: journal entries are chained and say everything that rebuilds a lot; classes of points; policies
-- of expiry; frozen and merged accounts; returns without a receipt; daily seals.
-- Entries written before are chained by the program (`kopilka migrate`) right after this; until then their hash is empty.

ALTER TABLE accounts ADD COLUMN recorded_at INTEGER;
ALTER TABLE accounts ADD COLUMN head BLOB;
ALTER TABLE accounts ADD COLUMN sealed_seq INTEGER;
ALTER TABLE accounts ADD COLUMN merged_into INTEGER;
ALTER TABLE customers ADD COLUMN merged_into INTEGER;
ALTER TABLE operations ADD COLUMN subject_id INTEGER;
-- Who answers for a programme: the partner that it began with. Only its office changes rules and other partners' customers.
ALTER TABLE programmes ADD COLUMN owner_id INTEGER;
UPDATE programmes SET owner_id =
    (SELECT networks.partner_id FROM networks WHERE networks.programme_id = programmes.id ORDER BY networks.id LIMIT 1);
UPDATE accounts SET recorded_at = (SELECT max(journal.recorded_at) FROM journal WHERE journal.account_id = accounts.id);

ALTER TABLE lots RENAME TO lots_before;
DROP INDEX lots_live;
CREATE TABLE lots (
    account_id INTEGER NOT NULL REFERENCES accounts (id),
    lot_no INTEGER NOT NULL,
    class TEXT NOT NULL,
    issued INTEGER NOT NULL CHECK (issued >= 0),
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
INSERT INTO lots (account_id, lot_no, issued, remaining, reserved, spent, expired, revoked, state, activates_at, expires_at, issuer_id, receipt_id, live, class)
SELECT account_id, lot_no, issued, remaining, reserved, spent, expired, revoked, state, activates_at, expires_at, issuer_id, receipt_id, live, 'bonus' FROM lots_before;
DROP TABLE lots_before;
CREATE INDEX lots_live ON lots (account_id) WHERE live;

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
    corrects INTEGER,
    terms_class TEXT,
    terms_issuer_id INTEGER,
    terms_activates_at INTEGER,
    terms_expires_at INTEGER,
    hash BLOB NOT NULL,
    PRIMARY KEY (account_id, seq)
) STRICT;
INSERT INTO journal (account_id, seq, step, lot_no, from_bucket, to_bucket, points, available_after, kind, occurred_at, recorded_at, receipt_id, return_id, reservation_id, partner_id, store_id, till_id, rule, hash)
SELECT account_id, seq, step, lot_no, from_bucket, to_bucket, points, available_after, kind, occurred_at, recorded_at, receipt_id, return_id, reservation_id, partner_id, store_id, till_id, rule, x'' FROM journal_before;
DROP TABLE journal_before;
UPDATE journal SET
    terms_class = 'bonus',
    terms_issuer_id = (SELECT lots.issuer_id FROM lots WHERE lots.account_id = journal.account_id AND lots.lot_no = journal.lot_no),
    terms_activates_at = (SELECT lots.activates_at FROM lots WHERE lots.account_id = journal.account_id AND lots.lot_no = journal.lot_no),
    terms_expires_at = (SELECT lots.expires_at FROM lots WHERE lots.account_id = journal.account_id AND lots.lot_no = journal.lot_no)
WHERE from_bucket = 'issuer';

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
    lifetime_unit TEXT NOT NULL,
    lifetime_count INTEGER NOT NULL CHECK (lifetime_count >= 0),
    status_points INTEGER NOT NULL CHECK (status_points >= 0),
    status_step INTEGER NOT NULL CHECK (status_step > 0),
    grace_ms INTEGER NOT NULL,
    return_policy TEXT NOT NULL,
    PRIMARY KEY (programme_id, version)
) STRICT;
INSERT INTO programme_rules (programme_id, version, valid_from, recorded_at, earn_points, earn_step, earn_unit, earn_rounding, spend_share_max, spend_unit, code_required, reservation_ttl_ms, code_ttl_ms, code_tries, activation_delay_days, grace_ms, return_policy, lifetime_unit, lifetime_count, status_points, status_step)
SELECT programme_id, version, valid_from, recorded_at, earn_points, earn_step, earn_unit, earn_rounding, spend_share_max, spend_unit, code_required, reservation_ttl_ms, code_ttl_ms, code_tries, activation_delay_days, grace_ms, return_policy, CASE lifetime_days WHEN 0 THEN 'never' ELSE 'days' END, lifetime_days, 0, 10000 FROM programme_rules_before;
DROP TABLE programme_rules_before;

-- What the program has still to do after a migration, because SQL cannot: it may be broken off and goes on at the next start.
CREATE TABLE unfinished_upgrades (
    step TEXT NOT NULL PRIMARY KEY
) STRICT;
INSERT INTO unfinished_upgrades (step) VALUES ('chain_journal');

-- Why and by whom an account was frozen, opened again, or merged into another.
CREATE TABLE account_changes (
    id INTEGER NOT NULL PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES accounts (id),
    state TEXT NOT NULL,
    merged_into INTEGER,
    reason TEXT NOT NULL,
    occurred_at INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    credential_id INTEGER NOT NULL,
    employee TEXT
) STRICT;
CREATE INDEX account_changes_account ON account_changes (account_id);

-- Goods that came back without the receipt of their sale.
CREATE TABLE free_returns (
    id INTEGER NOT NULL PRIMARY KEY,
    partner_id INTEGER NOT NULL,
    store_id INTEGER NOT NULL REFERENCES stores (id),
    till_id INTEGER NOT NULL REFERENCES tills (id),
    number TEXT NOT NULL,
    local_day INTEGER NOT NULL,
    shift TEXT NOT NULL,
    occurred_at INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    cashier TEXT,
    reason TEXT NOT NULL,
    account_id INTEGER REFERENCES accounts (id),
    amount_refund INTEGER NOT NULL CHECK (amount_refund >= 0),
    points_revoked INTEGER NOT NULL CHECK (points_revoked >= 0),
    fiscal_fn TEXT,
    fiscal_fd TEXT,
    fiscal_fp TEXT,
    UNIQUE (till_id, local_day, shift, number)
) STRICT;
CREATE INDEX free_returns_account ON free_returns (account_id) WHERE account_id IS NOT NULL;

CREATE TABLE free_return_lines (
    free_return_id INTEGER NOT NULL REFERENCES free_returns (id),
    line_no INTEGER NOT NULL,
    goods_code TEXT NOT NULL,
    name TEXT,
    quantity INTEGER NOT NULL CHECK (quantity > 0),
    price INTEGER NOT NULL CHECK (price >= 0),
    sum INTEGER NOT NULL CHECK (sum >= 0),
    points_revoked INTEGER NOT NULL CHECK (points_revoked >= 0),
    PRIMARY KEY (free_return_id, line_no)
) STRICT;

-- One row a day: a root over the journal heads of the accounts that changed since the seal before, and over that seal's root.
CREATE TABLE journal_seals (
    day INTEGER NOT NULL PRIMARY KEY,
    sealed_at INTEGER NOT NULL,
    accounts INTEGER NOT NULL,
    entries INTEGER NOT NULL,
    root BLOB NOT NULL
) STRICT;

CREATE TABLE journal_seal_heads (
    account_id INTEGER NOT NULL REFERENCES accounts (id),
    day INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    head BLOB NOT NULL,
    PRIMARY KEY (account_id, day)
) STRICT;
CREATE INDEX journal_seal_heads_day ON journal_seal_heads (day, account_id);
