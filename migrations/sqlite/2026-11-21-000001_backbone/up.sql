-- The backbone: who takes part, customers and cards, the ledger, sales, operation keys, messages.
-- Times are milliseconds since 1970 in UTC; money is kopecks; points are hundredths; quantities are thousandths.
-- No column has a default: every value is the program's own decision.

CREATE TABLE partners (
    id INTEGER NOT NULL PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL
) STRICT;

CREATE TABLE programmes (
    id INTEGER NOT NULL PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL
) STRICT;

-- Versions are only ever added; the one in force at a receipt's own time computes it.
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

CREATE TABLE networks (
    id INTEGER NOT NULL PRIMARY KEY,
    partner_id INTEGER NOT NULL REFERENCES partners (id),
    programme_id INTEGER NOT NULL REFERENCES programmes (id),
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    UNIQUE (partner_id, code)
) STRICT;

CREATE TABLE stores (
    id INTEGER NOT NULL PRIMARY KEY,
    network_id INTEGER NOT NULL REFERENCES networks (id),
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    utc_offset_minutes INTEGER NOT NULL,
    UNIQUE (network_id, code)
) STRICT;

CREATE TABLE tills (
    id INTEGER NOT NULL PRIMARY KEY,
    network_id INTEGER NOT NULL REFERENCES networks (id),
    store_id INTEGER NOT NULL REFERENCES stores (id),
    code TEXT NOT NULL,
    name TEXT,
    UNIQUE (network_id, code)
) STRICT;

CREATE TABLE credentials (
    id INTEGER NOT NULL PRIMARY KEY,
    login TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    version INTEGER NOT NULL,
    disabled INTEGER NOT NULL CHECK (disabled IN (0, 1)),
    roles TEXT NOT NULL,
    partner_id INTEGER NOT NULL REFERENCES partners (id),
    network_id INTEGER NOT NULL REFERENCES networks (id),
    store_id INTEGER REFERENCES stores (id),
    till_id INTEGER REFERENCES tills (id)
) STRICT;

-- One row: gateways keep the tables above in memory and read them anew when this number has moved.
CREATE TABLE reference_version (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    version INTEGER NOT NULL
) STRICT;
INSERT INTO reference_version (id, version) VALUES (1, 1);

-- One row: gateways take ids in blocks, so that a batch needs no round trip for them.
CREATE TABLE id_blocks (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    next INTEGER NOT NULL
) STRICT;
INSERT INTO id_blocks (id, next) VALUES (1, 1000);

-- One row: a known text sealed with the key of this database, so that a wrong key is noticed at start.
CREATE TABLE key_check (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    sealed BLOB NOT NULL
) STRICT;

-- Personal columns are sealed (`*_sealed`); the phone is found by a keyed blind index.
CREATE TABLE customers (
    id INTEGER NOT NULL PRIMARY KEY,
    programme_id INTEGER NOT NULL REFERENCES programmes (id),
    phone_index BLOB NOT NULL,
    phone_sealed BLOB NOT NULL,
    phone_confirmed_at INTEGER,
    surname_sealed BLOB,
    name_sealed BLOB,
    patronymic_sealed BLOB,
    birth_date_sealed BLOB,
    email_sealed BLOB,
    sex TEXT,
    referrer_id INTEGER,
    registered_at INTEGER NOT NULL,
    store_id INTEGER REFERENCES stores (id),
    UNIQUE (programme_id, phone_index)
) STRICT;

CREATE TABLE consents (
    id INTEGER NOT NULL PRIMARY KEY,
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    purpose TEXT NOT NULL,
    channel TEXT NOT NULL,
    act TEXT NOT NULL CHECK (act IN ('given', 'withdrawn')),
    text_hash TEXT,
    evidence TEXT,
    occurred_at INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    store_id INTEGER REFERENCES stores (id),
    till_id INTEGER REFERENCES tills (id),
    cashier TEXT
) STRICT;
CREATE INDEX consents_customer ON consents (customer_id);

CREATE TABLE accounts (
    id INTEGER NOT NULL PRIMARY KEY,
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    programme_id INTEGER NOT NULL REFERENCES programmes (id),
    state TEXT NOT NULL,
    pending INTEGER NOT NULL CHECK (pending >= 0),
    available INTEGER NOT NULL CHECK (available >= 0),
    reserved INTEGER NOT NULL CHECK (reserved >= 0),
    debt INTEGER NOT NULL CHECK (debt >= 0),
    next_lot INTEGER NOT NULL,
    next_seq INTEGER NOT NULL,
    next_due_at INTEGER,
    CHECK (available = 0 OR debt = 0)
) STRICT;
CREATE INDEX accounts_customer ON accounts (customer_id);
CREATE INDEX accounts_due ON accounts (next_due_at) WHERE next_due_at IS NOT NULL;

CREATE TABLE cards (
    id INTEGER NOT NULL PRIMARY KEY,
    programme_id INTEGER NOT NULL REFERENCES programmes (id),
    number TEXT NOT NULL,
    kind TEXT,
    state TEXT NOT NULL,
    account_id INTEGER REFERENCES accounts (id),
    customer_id INTEGER REFERENCES customers (id),
    successor TEXT,
    issued_at INTEGER,
    UNIQUE (number, programme_id)
) STRICT;
CREATE INDEX cards_account ON cards (account_id) WHERE account_id IS NOT NULL;

CREATE TABLE card_changes (
    id INTEGER NOT NULL PRIMARY KEY,
    card_id INTEGER NOT NULL REFERENCES cards (id),
    state TEXT NOT NULL,
    reason TEXT,
    occurred_at INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    credential_id INTEGER NOT NULL,
    store_id INTEGER REFERENCES stores (id),
    till_id INTEGER REFERENCES tills (id),
    cashier TEXT
) STRICT;
CREATE INDEX card_changes_card ON card_changes (card_id);

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
CREATE INDEX lots_live ON lots (account_id) WHERE live;

-- Append-only: the only truth; every balance above is recomputed from it by `kopilka verify`.
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

CREATE TABLE reservations (
    id INTEGER NOT NULL PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES accounts (id),
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    card_id INTEGER,
    partner_id INTEGER NOT NULL,
    store_id INTEGER NOT NULL,
    till_id INTEGER NOT NULL,
    state TEXT NOT NULL,
    points INTEGER NOT NULL CHECK (points > 0),
    captured INTEGER NOT NULL CHECK (captured >= 0),
    released INTEGER NOT NULL CHECK (released >= 0),
    expired INTEGER NOT NULL CHECK (expired >= 0),
    code_required INTEGER NOT NULL CHECK (code_required IN (0, 1)),
    code_ttl_ms INTEGER NOT NULL,
    grace_ms INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    ended_at INTEGER,
    CHECK (captured + released + expired <= points)
) STRICT;
CREATE INDEX reservations_open ON reservations (account_id) WHERE ended_at IS NULL;
CREATE INDEX reservations_due ON reservations (expires_at) WHERE ended_at IS NULL;

CREATE TABLE reservation_lots (
    reservation_id INTEGER NOT NULL REFERENCES reservations (id),
    lot_no INTEGER NOT NULL,
    points INTEGER NOT NULL CHECK (points > 0),
    PRIMARY KEY (reservation_id, lot_no)
) STRICT;

CREATE TABLE confirmation_codes (
    id INTEGER NOT NULL PRIMARY KEY,
    purpose TEXT NOT NULL,
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    reservation_id INTEGER,
    digest BLOB NOT NULL,
    state TEXT NOT NULL,
    tries_left INTEGER NOT NULL CHECK (tries_left >= 0),
    sent_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    phone_index BLOB NOT NULL,
    till_id INTEGER NOT NULL
) STRICT;
CREATE INDEX confirmation_codes_customer ON confirmation_codes (customer_id, sent_at);
CREATE INDEX confirmation_codes_phone ON confirmation_codes (phone_index, sent_at);
CREATE INDEX confirmation_codes_till ON confirmation_codes (till_id, sent_at);

CREATE TABLE receipts (
    id INTEGER NOT NULL PRIMARY KEY,
    partner_id INTEGER NOT NULL,
    store_id INTEGER NOT NULL REFERENCES stores (id),
    till_id INTEGER NOT NULL REFERENCES tills (id),
    shift TEXT NOT NULL,
    number TEXT NOT NULL,
    local_day INTEGER NOT NULL,
    occurred_at INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    cashier TEXT,
    channel TEXT NOT NULL,
    account_id INTEGER REFERENCES accounts (id),
    customer_id INTEGER REFERENCES customers (id),
    card_id INTEGER,
    reservation_id INTEGER,
    state TEXT NOT NULL,
    amount_due INTEGER NOT NULL,
    discount_total INTEGER NOT NULL,
    points_spent INTEGER NOT NULL CHECK (points_spent >= 0),
    points_earned INTEGER NOT NULL CHECK (points_earned >= 0),
    lot_no INTEGER,
    grace_ms INTEGER NOT NULL,
    return_policy TEXT NOT NULL,
    fiscal_fn TEXT,
    fiscal_fd TEXT,
    fiscal_fp TEXT,
    UNIQUE (till_id, local_day, shift, number)
) STRICT;
CREATE UNIQUE INDEX receipts_fiscal ON receipts (fiscal_fn, fiscal_fd, fiscal_fp) WHERE fiscal_fn IS NOT NULL AND state <> 'cancelled';
CREATE INDEX receipts_account ON receipts (account_id) WHERE account_id IS NOT NULL;

CREATE TABLE receipt_lines (
    receipt_id INTEGER NOT NULL REFERENCES receipts (id),
    line_no INTEGER NOT NULL,
    goods_code TEXT NOT NULL,
    name TEXT,
    goods_group TEXT,
    brand TEXT,
    quantity INTEGER NOT NULL CHECK (quantity > 0),
    price INTEGER NOT NULL CHECK (price >= 0),
    sum INTEGER NOT NULL CHECK (sum >= 0),
    discount_granted INTEGER NOT NULL CHECK (discount_granted >= 0),
    discount_offered INTEGER NOT NULL CHECK (discount_offered >= 0),
    points_as_money INTEGER NOT NULL CHECK (points_as_money >= 0),
    amount_due INTEGER NOT NULL CHECK (amount_due >= 0),
    points_earned INTEGER NOT NULL CHECK (points_earned >= 0),
    returned_quantity INTEGER NOT NULL CHECK (returned_quantity BETWEEN 0 AND quantity),
    PRIMARY KEY (receipt_id, line_no)
) STRICT;

-- Which lots a sale spent, and how much of each a return gave back.
CREATE TABLE receipt_lots (
    receipt_id INTEGER NOT NULL REFERENCES receipts (id),
    lot_no INTEGER NOT NULL,
    spent INTEGER NOT NULL CHECK (spent > 0),
    restored INTEGER NOT NULL CHECK (restored BETWEEN 0 AND spent),
    PRIMARY KEY (receipt_id, lot_no)
) STRICT;

CREATE TABLE returns (
    id INTEGER NOT NULL PRIMARY KEY,
    receipt_id INTEGER NOT NULL REFERENCES receipts (id),
    till_id INTEGER NOT NULL REFERENCES tills (id),
    number TEXT NOT NULL,
    local_day INTEGER NOT NULL,
    shift TEXT NOT NULL,
    occurred_at INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    cashier TEXT,
    amount_refund INTEGER NOT NULL CHECK (amount_refund >= 0),
    points_restored INTEGER NOT NULL CHECK (points_restored >= 0),
    points_revoked INTEGER NOT NULL CHECK (points_revoked >= 0),
    fiscal_fn TEXT,
    fiscal_fd TEXT,
    fiscal_fp TEXT,
    UNIQUE (till_id, local_day, shift, number)
) STRICT;
CREATE INDEX returns_receipt ON returns (receipt_id);

CREATE TABLE return_lines (
    return_id INTEGER NOT NULL REFERENCES returns (id),
    line_no INTEGER NOT NULL,
    quantity INTEGER NOT NULL CHECK (quantity > 0),
    amount_refund INTEGER NOT NULL CHECK (amount_refund >= 0),
    points_restored INTEGER NOT NULL CHECK (points_restored >= 0),
    points_revoked INTEGER NOT NULL CHECK (points_revoked >= 0),
    PRIMARY KEY (return_id, line_no)
) STRICT;

-- Every changing call with its first answer: a repeat gets the same bytes.
CREATE TABLE operations (
    partner_id INTEGER NOT NULL,
    operation_key TEXT NOT NULL,
    operation TEXT NOT NULL,
    request_digest BLOB NOT NULL,
    code TEXT NOT NULL,
    answer TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    PRIMARY KEY (partner_id, operation_key)
) STRICT;
CREATE INDEX operations_recorded ON operations (recorded_at);

-- Messages waiting to leave. Recipient and text are sealed, and wiped once the message has left.
CREATE TABLE outbox (
    id INTEGER NOT NULL PRIMARY KEY,
    state TEXT NOT NULL,
    recipient_sealed BLOB,
    text_sealed BLOB,
    created_at INTEGER NOT NULL,
    useless_after INTEGER NOT NULL,
    next_attempt_at INTEGER,
    attempts INTEGER NOT NULL,
    provider_id TEXT,
    error TEXT,
    ended_at INTEGER
) STRICT;
CREATE INDEX outbox_due ON outbox (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
