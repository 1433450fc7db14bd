-- The ledger that cannot lie: journal entries are chained and say everything that rebuilds a lot; classes of points; policies
-- of expiry; frozen and merged accounts; returns without a receipt; daily seals.
-- Entries written before are chained by the program (`kopilka migrate`) right after this; until then their hash is empty.

ALTER TABLE accounts ADD COLUMN recorded_at BIGINT;
ALTER TABLE accounts ADD COLUMN head BYTEA;
ALTER TABLE accounts ADD COLUMN sealed_seq BIGINT;
ALTER TABLE accounts ADD COLUMN merged_into BIGINT;
ALTER TABLE customers ADD COLUMN merged_into BIGINT;
ALTER TABLE operations ADD COLUMN subject_id BIGINT;
-- Who answers for a programme: the partner that it began with. Only its office changes rules and other partners' customers.
ALTER TABLE programmes ADD COLUMN owner_id BIGINT;
UPDATE programmes SET owner_id =
    (SELECT networks.partner_id FROM networks WHERE networks.programme_id = programmes.id ORDER BY networks.id LIMIT 1);
UPDATE accounts SET recorded_at = (SELECT max(journal.recorded_at) FROM journal WHERE journal.account_id = accounts.id);

ALTER TABLE lots ADD COLUMN class TEXT NOT NULL DEFAULT 'bonus';
ALTER TABLE lots ALTER COLUMN class DROP DEFAULT;
ALTER TABLE lots DROP CONSTRAINT lots_issued_check;
ALTER TABLE lots ADD CONSTRAINT lots_issued_check CHECK (issued >= 0);

ALTER TABLE journal ADD COLUMN corrects BIGINT;
ALTER TABLE journal ADD COLUMN terms_class TEXT;
ALTER TABLE journal ADD COLUMN terms_issuer_id BIGINT;
ALTER TABLE journal ADD COLUMN terms_activates_at BIGINT;
ALTER TABLE journal ADD COLUMN terms_expires_at BIGINT;
ALTER TABLE journal ADD COLUMN hash BYTEA NOT NULL DEFAULT '';
ALTER TABLE journal ALTER COLUMN hash DROP DEFAULT;
UPDATE journal SET
    terms_class = 'bonus', terms_issuer_id = lots.issuer_id, terms_activates_at = lots.activates_at, terms_expires_at = lots.expires_at
FROM lots
WHERE journal.from_bucket = 'issuer' AND lots.account_id = journal.account_id AND lots.lot_no = journal.lot_no;

ALTER TABLE programme_rules ADD COLUMN lifetime_unit TEXT NOT NULL DEFAULT 'days';
ALTER TABLE programme_rules ALTER COLUMN lifetime_unit DROP DEFAULT;
UPDATE programme_rules SET lifetime_unit = 'never' WHERE lifetime_days = 0;
ALTER TABLE programme_rules RENAME COLUMN lifetime_days TO lifetime_count;
ALTER TABLE programme_rules ADD CONSTRAINT programme_rules_lifetime_count_check CHECK (lifetime_count >= 0);
ALTER TABLE programme_rules ADD COLUMN status_points BIGINT NOT NULL DEFAULT 0 CHECK (status_points >= 0);
ALTER TABLE programme_rules ALTER COLUMN status_points DROP DEFAULT;
ALTER TABLE programme_rules ADD COLUMN status_step BIGINT NOT NULL DEFAULT 10000 CHECK (status_step > 0);
ALTER TABLE programme_rules ALTER COLUMN status_step DROP DEFAULT;

-- What the program has still to do after a migration, because SQL cannot: it may be broken off and goes on at the next start.
CREATE TABLE unfinished_upgrades (
    step TEXT NOT NULL PRIMARY KEY
);
INSERT INTO unfinished_upgrades (step) VALUES ('chain_journal');

-- Why and by whom an account was frozen, opened again, or merged into another.
CREATE TABLE account_changes (
    id BIGINT NOT NULL PRIMARY KEY,
    account_id BIGINT NOT NULL REFERENCES accounts (id),
    state TEXT NOT NULL,
    merged_into BIGINT,
    reason TEXT NOT NULL,
    occurred_at BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    credential_id BIGINT NOT NULL,
    employee TEXT
);
CREATE INDEX account_changes_account ON account_changes (account_id);

-- Goods that came back without the receipt of their sale.
CREATE TABLE free_returns (
    id BIGINT NOT NULL PRIMARY KEY,
    partner_id BIGINT NOT NULL,
    store_id BIGINT NOT NULL REFERENCES stores (id),
    till_id BIGINT NOT NULL REFERENCES tills (id),
    number TEXT NOT NULL,
    local_day BIGINT NOT NULL,
    shift TEXT NOT NULL,
    occurred_at BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    cashier TEXT,
    reason TEXT NOT NULL,
    account_id BIGINT REFERENCES accounts (id),
    amount_refund BIGINT NOT NULL CHECK (amount_refund >= 0),
    points_revoked BIGINT NOT NULL CHECK (points_revoked >= 0),
    fiscal_fn TEXT,
    fiscal_fd TEXT,
    fiscal_fp TEXT,
    UNIQUE (till_id, local_day, shift, number)
);
CREATE INDEX free_returns_account ON free_returns (account_id) WHERE account_id IS NOT NULL;

CREATE TABLE free_return_lines (
    free_return_id BIGINT NOT NULL REFERENCES free_returns (id),
    line_no BIGINT NOT NULL,
    goods_code TEXT NOT NULL,
    name TEXT,
    quantity BIGINT NOT NULL CHECK (quantity > 0),
    price BIGINT NOT NULL CHECK (price >= 0),
    sum BIGINT NOT NULL CHECK (sum >= 0),
    points_revoked BIGINT NOT NULL CHECK (points_revoked >= 0),
    PRIMARY KEY (free_return_id, line_no)
);

-- One row a day: a root over the journal heads of the accounts that changed since the seal before, and over that seal's root.
CREATE TABLE journal_seals (
    day BIGINT NOT NULL PRIMARY KEY,
    sealed_at BIGINT NOT NULL,
    accounts BIGINT NOT NULL,
    entries BIGINT NOT NULL,
    root BYTEA NOT NULL
);

CREATE TABLE journal_seal_heads (
    account_id BIGINT NOT NULL REFERENCES accounts (id),
    day BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    head BYTEA NOT NULL,
    PRIMARY KEY (account_id, day)
);
CREATE INDEX journal_seal_heads_day ON journal_seal_heads (day, account_id);
