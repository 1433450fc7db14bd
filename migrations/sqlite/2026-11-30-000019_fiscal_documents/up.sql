-- expand: a table and columns that programs before it do not use; rows without the columns are theirs.
-- One register of fiscal documents, for sales and returns: the drive and the number as numbers. A document that was written
-- in two ways is the first one's. `turn` counts those who had it before, each a sale that was cancelled.
CREATE TABLE fiscal_documents (
    fiscal_fn TEXT NOT NULL,
    fiscal_fd TEXT NOT NULL,
    turn INTEGER NOT NULL,
    kind TEXT NOT NULL,
    document_id INTEGER NOT NULL,
    store_id INTEGER NOT NULL,
    PRIMARY KEY (fiscal_fn, fiscal_fd, turn)
) STRICT;
INSERT INTO fiscal_documents (fiscal_fn, fiscal_fd, turn, kind, document_id, store_id)
SELECT fn, fd, 0, kind, id, store_id
FROM (
    SELECT fn, fd, kind, id, store_id, row_number() OVER (PARTITION BY fn, fd ORDER BY place, id) AS turn
    FROM (
        SELECT
            coalesce(nullif(ltrim(replace(replace(replace(fiscal_fn, ' ', ''), char(9), ''), char(160), ''), '0'), ''), '0') AS fn,
            coalesce(nullif(ltrim(replace(replace(replace(fiscal_fd, ' ', ''), char(9), ''), char(160), ''), '0'), ''), '0') AS fd,
            place, kind, id, store_id
        FROM (
            SELECT fiscal_fn, fiscal_fd, 1 AS place, 'sale' AS kind, id, store_id
            FROM receipts WHERE fiscal_fn IS NOT NULL AND state <> 'cancelled'
            UNION ALL
            SELECT r.fiscal_fn, r.fiscal_fd, 2 AS place, 'return' AS kind, r.id, t.store_id
            FROM returns AS r JOIN tills AS t ON t.id = r.till_id WHERE r.fiscal_fn IS NOT NULL
            UNION ALL
            SELECT fiscal_fn, fiscal_fd, 2 AS place, 'return' AS kind, id, store_id
            FROM free_returns WHERE fiscal_fn IS NOT NULL
        ) AS written
    ) AS numbered
) AS ordered
WHERE turn = 1;
-- The key of the operation that registered a sale: it outlives the stored answer, for cancellations by key.
ALTER TABLE receipts ADD COLUMN operation_key TEXT;
UPDATE receipts SET operation_key = o.operation_key
FROM operations AS o
WHERE o.subject_id = receipts.id AND o.operation = 'RegisterReceipt' AND o.code = 'OK';
CREATE INDEX receipts_operation ON receipts (partner_id, operation_key);
-- What a blocked card goes back to when it is unblocked.
ALTER TABLE cards ADD COLUMN before_block TEXT;
UPDATE cards SET before_block = 'issued'
WHERE state = 'blocked'
    AND NOT EXISTS (SELECT 1 FROM card_changes AS c WHERE c.card_id = cards.id AND c.state = 'active');
INSERT INTO schema_expansions (migration) VALUES ('20261130000019');
