-- The backbone: who takes part, customers and cards, the ledger, sales, operation keys, messages.
-- Times are milliseconds since 1970 in UTC; money is kopecks; points are hundredths; quantities are thousandths.
-- No column has a default: every value is the program's own decision.

CREATE TABLE partners (
    id BIGINT NOT NULL PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL
);

CREATE TABLE programmes (
    id BIGINT NOT NULL PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL
);

-- Versions are only ever added; the one in force at a receipt's own time computes it.
CREATE TABLE programme_rules (
    programme_id BIGINT NOT NULL REFERENCES programmes (id),
    version BIGINT NOT NULL,
    valid_from BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    earn_points BIGINT NOT NULL CHECK (earn_points >= 0),
    earn_step BIGINT NOT NULL CHECK (earn_step > 0),
    earn_unit BIGINT NOT NULL CHECK (earn_unit > 0),
    earn_rounding TEXT NOT NULL,
    spend_share_max BIGINT NOT NULL CHECK (spend_share_max BETWEEN 0 AND 10000),
    spend_unit BIGINT NOT NULL CHECK (spend_unit > 0),
    code_required BOOLEAN NOT NULL,
    reservation_ttl_ms BIGINT NOT NULL,
    code_ttl_ms BIGINT NOT NULL,
    code_tries BIGINT NOT NULL,
    activation_delay_days BIGINT NOT NULL,
    lifetime_days BIGINT NOT NULL,
    grace_ms BIGINT NOT NULL,
    return_policy TEXT NOT NULL,
    PRIMARY KEY (programme_id, version)
);

CREATE TABLE networks (
    id BIGINT NOT NULL PRIMARY KEY,
    partner_id BIGINT NOT NULL REFERENCES partners (id),
    programme_id BIGINT NOT NULL REFERENCES programmes (id),
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    UNIQUE (partner_id, code)
);

CREATE TABLE stores (
    id BIGINT NOT NULL PRIMARY KEY,
    network_id BIGINT NOT NULL REFERENCES networks (id),
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    utc_offset_minutes BIGINT NOT NULL,
    UNIQUE (network_id, code)
);

CREATE TABLE tills (
    id BIGINT NOT NULL PRIMARY KEY,
    network_id BIGINT NOT NULL REFERENCES networks (id),
    store_id BIGINT NOT NULL REFERENCES stores (id),
    code TEXT NOT NULL,
    name TEXT,
    UNIQUE (network_id, code)
);

CREATE TABLE credentials (
    id BIGINT NOT NULL PRIMARY KEY,
    login TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    version BIGINT NOT NULL,
    disabled BOOLEAN NOT NULL,
    roles TEXT NOT NULL,
    partner_id BIGINT NOT NULL REFERENCES partners (id),
    network_id BIGINT NOT NULL REFERENCES networks (id),
    store_id BIGINT REFERENCES stores (id),
    till_id BIGINT REFERENCES tills (id)
);

-- One row: gateways keep the tables above in memory and read them anew when this number has moved.
CREATE TABLE reference_version (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    version BIGINT NOT NULL
);
INSERT INTO reference_version (id, version) VALUES (1, 1);

-- One row: gateways take ids in blocks, so that a batch needs no round trip for them.
CREATE TABLE id_blocks (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    next BIGINT NOT NULL
);
INSERT INTO id_blocks (id, next) VALUES (1, 1000);

-- One row: a known text sealed with the key of this database, so that a wrong key is noticed at start.
CREATE TABLE key_check (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    sealed BYTEA NOT NULL
);

-- Personal columns are sealed (`*_sealed`); the phone is found by a keyed blind index.
CREATE TABLE customers (
    id BIGINT NOT NULL PRIMARY KEY,
    programme_id BIGINT NOT NULL REFERENCES programmes (id),
    phone_index BYTEA NOT NULL,
    phone_sealed BYTEA NOT NULL,
    phone_confirmed_at BIGINT,
    surname_sealed BYTEA,
    name_sealed BYTEA,
    patronymic_sealed BYTEA,
    birth_date_sealed BYTEA,
    email_sealed BYTEA,
    sex TEXT,
    referrer_id BIGINT,
    registered_at BIGINT NOT NULL,
    store_id BIGINT REFERENCES stores (id),
    UNIQUE (programme_id, phone_index)
);

CREATE TABLE consents (
    id BIGINT NOT NULL PRIMARY KEY,
    customer_id BIGINT NOT NULL REFERENCES customers (id),
    purpose TEXT NOT NULL,
    channel TEXT NOT NULL,
    act TEXT NOT NULL CHECK (act IN ('given', 'withdrawn')),
    text_hash TEXT,
    evidence TEXT,
    occurred_at BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    store_id BIGINT REFERENCES stores (id),
    till_id BIGINT REFERENCES tills (id),
    cashier TEXT
);
CREATE INDEX consents_customer ON consents (customer_id);

CREATE TABLE accounts (
    id BIGINT NOT NULL PRIMARY KEY,
    customer_id BIGINT NOT NULL REFERENCES customers (id),
    programme_id BIGINT NOT NULL REFERENCES programmes (id),
    state TEXT NOT NULL,
    pending BIGINT NOT NULL CHECK (pending >= 0),
    available BIGINT NOT NULL CHECK (available >= 0),
    reserved BIGINT NOT NULL CHECK (reserved >= 0),
    debt BIGINT NOT NULL CHECK (debt >= 0),
    next_lot BIGINT NOT NULL,
    next_seq BIGINT NOT NULL,
    next_due_at BIGINT,
    CHECK (available = 0 OR debt = 0)
);
CREATE INDEX accounts_customer ON accounts (customer_id);
CREATE INDEX accounts_due ON accounts (next_due_at) WHERE next_due_at IS NOT NULL;

CREATE TABLE cards (
    id BIGINT NOT NULL PRIMARY KEY,
    programme_id BIGINT NOT NULL REFERENCES programmes (id),
    number TEXT NOT NULL,
    kind TEXT,
    state TEXT NOT NULL,
    account_id BIGINT REFERENCES accounts (id),
    customer_id BIGINT REFERENCES customers (id),
    successor TEXT,
    issued_at BIGINT,
    UNIQUE (number, programme_id)
);
CREATE INDEX cards_account ON cards (account_id) WHERE account_id IS NOT NULL;

CREATE TABLE card_changes (
    id BIGINT NOT NULL PRIMARY KEY,
    card_id BIGINT NOT NULL REFERENCES cards (id),
    state TEXT NOT NULL,
    reason TEXT,
    occurred_at BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    credential_id BIGINT NOT NULL,
    store_id BIGINT REFERENCES stores (id),
    till_id BIGINT REFERENCES tills (id),
    cashier TEXT
);
CREATE INDEX card_changes_card ON card_changes (card_id);

CREATE TABLE lots (
    account_id BIGINT NOT NULL REFERENCES accounts (id),
    lot_no BIGINT NOT NULL,
    issued BIGINT NOT NULL CHECK (issued > 0),
    remaining BIGINT NOT NULL CHECK (remaining >= 0),
    reserved BIGINT NOT NULL CHECK (reserved >= 0),
    spent BIGINT NOT NULL CHECK (spent >= 0),
    expired BIGINT NOT NULL CHECK (expired >= 0),
    revoked BIGINT NOT NULL CHECK (revoked >= 0),
    state TEXT NOT NULL,
    activates_at BIGINT NOT NULL,
    expires_at BIGINT,
    issuer_id BIGINT NOT NULL REFERENCES partners (id),
    receipt_id BIGINT,
    live BOOLEAN NOT NULL,
    PRIMARY KEY (account_id, lot_no),
    CHECK (issued = remaining + reserved + spent + expired + revoked)
);
CREATE INDEX lots_live ON lots (account_id) WHERE live;

-- Append-only: the only truth; every balance above is recomputed from it by `kopilka verify`.
CREATE TABLE journal (
    account_id BIGINT NOT NULL REFERENCES accounts (id),
    seq BIGINT NOT NULL,
    step BIGINT NOT NULL,
    lot_no BIGINT,
    from_bucket TEXT NOT NULL,
    to_bucket TEXT NOT NULL,
    points BIGINT NOT NULL CHECK (points > 0),
    available_after BIGINT NOT NULL,
    kind TEXT NOT NULL,
    occurred_at BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    receipt_id BIGINT,
    return_id BIGINT,
    reservation_id BIGINT,
    partner_id BIGINT,
    store_id BIGINT,
    till_id BIGINT,
    rule TEXT,
    PRIMARY KEY (account_id, seq)
);

CREATE TABLE reservations (
    id BIGINT NOT NULL PRIMARY KEY,
    account_id BIGINT NOT NULL REFERENCES accounts (id),
    customer_id BIGINT NOT NULL REFERENCES customers (id),
    card_id BIGINT,
    partner_id BIGINT NOT NULL,
    store_id BIGINT NOT NULL,
    till_id BIGINT NOT NULL,
    state TEXT NOT NULL,
    points BIGINT NOT NULL CHECK (points > 0),
    captured BIGINT NOT NULL CHECK (captured >= 0),
    released BIGINT NOT NULL CHECK (released >= 0),
    expired BIGINT NOT NULL CHECK (expired >= 0),
    code_required BOOLEAN NOT NULL,
    code_ttl_ms BIGINT NOT NULL,
    grace_ms BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at BIGINT,
    CHECK (captured + released + expired <= points)
);
CREATE INDEX reservations_open ON reservations (account_id) WHERE ended_at IS NULL;
CREATE INDEX reservations_due ON reservations (expires_at) WHERE ended_at IS NULL;

CREATE TABLE reservation_lots (
    reservation_id BIGINT NOT NULL REFERENCES reservations (id),
    lot_no BIGINT NOT NULL,
    points BIGINT NOT NULL CHECK (points > 0),
    PRIMARY KEY (reservation_id, lot_no)
);

CREATE TABLE confirmation_codes (
    id BIGINT NOT NULL PRIMARY KEY,
    purpose TEXT NOT NULL,
    customer_id BIGINT NOT NULL REFERENCES customers (id),
    reservation_id BIGINT,
    digest BYTEA NOT NULL,
    state TEXT NOT NULL,
    tries_left BIGINT NOT NULL CHECK (tries_left >= 0),
    sent_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    phone_index BYTEA NOT NULL,
    till_id BIGINT NOT NULL
);
CREATE INDEX confirmation_codes_customer ON confirmation_codes (customer_id, sent_at);
CREATE INDEX confirmation_codes_phone ON confirmation_codes (phone_index, sent_at);
CREATE INDEX confirmation_codes_till ON confirmation_codes (till_id, sent_at);

CREATE TABLE receipts (
    id BIGINT NOT NULL PRIMARY KEY,
    partner_id BIGINT NOT NULL,
    store_id BIGINT NOT NULL REFERENCES stores (id),
    till_id BIGINT NOT NULL REFERENCES tills (id),
    shift TEXT NOT NULL,
    number TEXT NOT NULL,
    local_day BIGINT NOT NULL,
    occurred_at BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    cashier TEXT,
    channel TEXT NOT NULL,
    account_id BIGINT REFERENCES accounts (id),
    customer_id BIGINT REFERENCES customers (id),
    card_id BIGINT,
    reservation_id BIGINT,
    state TEXT NOT NULL,
    amount_due BIGINT NOT NULL,
    discount_total BIGINT NOT NULL,
    points_spent BIGINT NOT NULL CHECK (points_spent >= 0),
    points_earned BIGINT NOT NULL CHECK (points_earned >= 0),
    lot_no BIGINT,
    grace_ms BIGINT NOT NULL,
    return_policy TEXT NOT NULL,
    fiscal_fn TEXT,
    fiscal_fd TEXT,
    fiscal_fp TEXT,
    UNIQUE (till_id, local_day, shift, number)
);
CREATE UNIQUE INDEX receipts_fiscal ON receipts (fiscal_fn, fiscal_fd, fiscal_fp) WHERE fiscal_fn IS NOT NULL AND state <> 'cancelled';
CREATE INDEX receipts_account ON receipts (account_id) WHERE account_id IS NOT NULL;

CREATE TABLE receipt_lines (
    receipt_id BIGINT NOT NULL REFERENCES receipts (id),
    line_no BIGINT NOT NULL,
    goods_code TEXT NOT NULL,
    name TEXT,
    goods_group TEXT,
    brand TEXT,
    quantity BIGINT NOT NULL CHECK (quantity > 0),
    price BIGINT NOT NULL CHECK (price >= 0),
    sum BIGINT NOT NULL CHECK (sum >= 0),
    discount_granted BIGINT NOT NULL CHECK (discount_granted >= 0),
    discount_offered BIGINT NOT NULL CHECK (discount_offered >= 0),
    points_as_money BIGINT NOT NULL CHECK (points_as_money >= 0),
    amount_due BIGINT NOT NULL CHECK (amount_due >= 0),
    points_earned BIGINT NOT NULL CHECK (points_earned >= 0),
    returned_quantity BIGINT NOT NULL CHECK (returned_quantity BETWEEN 0 AND quantity),
    PRIMARY KEY (receipt_id, line_no)
);

-- Which lots a sale spent, and how much of each a return gave back.
CREATE TABLE receipt_lots (
    receipt_id BIGINT NOT NULL REFERENCES receipts (id),
    lot_no BIGINT NOT NULL,
    spent BIGINT NOT NULL CHECK (spent > 0),
    restored BIGINT NOT NULL CHECK (restored BETWEEN 0 AND spent),
    PRIMARY KEY (receipt_id, lot_no)
);

CREATE TABLE returns (
    id BIGINT NOT NULL PRIMARY KEY,
    receipt_id BIGINT NOT NULL REFERENCES receipts (id),
    till_id BIGINT NOT NULL REFERENCES tills (id),
    number TEXT NOT NULL,
    local_day BIGINT NOT NULL,
    shift TEXT NOT NULL,
    occurred_at BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    cashier TEXT,
    amount_refund BIGINT NOT NULL CHECK (amount_refund >= 0),
    points_restored BIGINT NOT NULL CHECK (points_restored >= 0),
    points_revoked BIGINT NOT NULL CHECK (points_revoked >= 0),
    fiscal_fn TEXT,
    fiscal_fd TEXT,
    fiscal_fp TEXT,
    UNIQUE (till_id, local_day, shift, number)
);
CREATE INDEX returns_receipt ON returns (receipt_id);

CREATE TABLE return_lines (
    return_id BIGINT NOT NULL REFERENCES returns (id),
    line_no BIGINT NOT NULL,
    quantity BIGINT NOT NULL CHECK (quantity > 0),
    amount_refund BIGINT NOT NULL CHECK (amount_refund >= 0),
    points_restored BIGINT NOT NULL CHECK (points_restored >= 0),
    points_revoked BIGINT NOT NULL CHECK (points_revoked >= 0),
    PRIMARY KEY (return_id, line_no)
);

-- Every changing call with its first answer: a repeat gets the same bytes.
CREATE TABLE operations (
    partner_id BIGINT NOT NULL,
    operation_key TEXT NOT NULL,
    operation TEXT NOT NULL,
    request_digest BYTEA NOT NULL,
    code TEXT NOT NULL,
    answer TEXT NOT NULL,
    recorded_at BIGINT NOT NULL,
    PRIMARY KEY (partner_id, operation_key)
);
CREATE INDEX operations_recorded ON operations (recorded_at);

-- Messages waiting to leave. Recipient and text are sealed, and wiped once the message has left.
CREATE TABLE outbox (
    id BIGINT NOT NULL PRIMARY KEY,
    state TEXT NOT NULL,
    recipient_sealed BYTEA,
    text_sealed BYTEA,
    created_at BIGINT NOT NULL,
    useless_after BIGINT NOT NULL,
    next_attempt_at BIGINT,
    attempts BIGINT NOT NULL,
    provider_id TEXT,
    error TEXT,
    ended_at BIGINT
);
CREATE INDEX outbox_due ON outbox (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
