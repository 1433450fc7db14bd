-- What was asked and what was answered, masked, for «what did you send, what did we answer». Evidence, not truth: rows are
-- written after the answer has left, may be lost with a crash, and are forgotten after a while.
CREATE TABLE exchanges (
    id BIGINT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    request_id TEXT NOT NULL,
    service TEXT NOT NULL,
    operation TEXT,
    code TEXT NOT NULL,
    http_status BIGINT NOT NULL,
    partner_id BIGINT,
    login TEXT,
    operation_key TEXT,
    card TEXT,
    till TEXT,
    duration_ms BIGINT NOT NULL,
    request TEXT,
    answer TEXT
);
CREATE INDEX exchanges_at ON exchanges (at);
CREATE INDEX exchanges_request_id ON exchanges (request_id);
CREATE INDEX exchanges_operation_key ON exchanges (operation_key) WHERE operation_key IS NOT NULL;
CREATE INDEX exchanges_card ON exchanges (card, at) WHERE card IS NOT NULL;
CREATE INDEX exchanges_till ON exchanges (till, at) WHERE till IS NOT NULL;
