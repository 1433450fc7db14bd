-- contract: what older programs read and write unsealed is sealed by keys that they do not know.
-- Sealed at rest: the master key seals the database's keys, one of those each customer's own, and that what is personal of the
-- customer. SQL has no keys: what stands here unsealed is moved aside, and the program (`kopilka migrate`) seals it right after this.

-- The database's keys, each sealed by the master key whose fingerprint it names; while a master key is replaced, by two.
CREATE TABLE database_keys (
    purpose TEXT NOT NULL,
    id INTEGER NOT NULL CHECK (id BETWEEN 1 AND 255),
    master BLOB NOT NULL,
    key_sealed BLOB NOT NULL,
    made_at INTEGER NOT NULL,
    PRIMARY KEY (purpose, id, master)
) STRICT;
-- By the text that was sealed to recognise the master key it is recognised once more, before the database has keys of its own.
INSERT INTO database_keys (purpose, id, master, key_sealed, made_at) SELECT 'check', 1, x'', sealed, 0 FROM key_check;
DROP TABLE key_check;

-- Sealed copies of master keys on paper: which there are, not what they say.
CREATE TABLE key_escrows (
    master BLOB NOT NULL PRIMARY KEY,
    made_at INTEGER NOT NULL
) STRICT;

-- A customer's own key, sealed by a key of the database. Apart from `customers`, because it is sealed anew when the database's key
-- is replaced, and no digest of a customer's row may change with that. Erasure deletes the row.
CREATE TABLE customer_keys (
    customer_id INTEGER NOT NULL PRIMARY KEY REFERENCES customers (id),
    key_sealed BLOB NOT NULL
) STRICT;

-- What is to be sealed: from which column, of which row.
CREATE TABLE unsealed_words (
    source TEXT NOT NULL,
    row_id INTEGER NOT NULL,
    words TEXT NOT NULL,
    PRIMARY KEY (source, row_id)
) STRICT;
INSERT INTO unsealed_words (source, row_id, words) SELECT 'consents.evidence', id, evidence FROM consents WHERE evidence IS NOT NULL;
INSERT INTO unsealed_words (source, row_id, words) SELECT 'consents.cashier', id, cashier FROM consents WHERE cashier IS NOT NULL;
INSERT INTO unsealed_words (source, row_id, words) SELECT 'card_changes.reason', id, reason FROM card_changes WHERE reason IS NOT NULL;
INSERT INTO unsealed_words (source, row_id, words) SELECT 'card_changes.cashier', id, cashier FROM card_changes WHERE cashier IS NOT NULL;
INSERT INTO unsealed_words (source, row_id, words) SELECT 'account_changes.reason', id, reason FROM account_changes WHERE reason IS NOT NULL;
INSERT INTO unsealed_words (source, row_id, words) SELECT 'account_changes.employee', id, employee FROM account_changes WHERE employee IS NOT NULL;
INSERT INTO unsealed_words (source, row_id, words) SELECT 'receipts.cashier', id, cashier FROM receipts WHERE cashier IS NOT NULL;
INSERT INTO unsealed_words (source, row_id, words) SELECT 'returns.cashier', id, cashier FROM returns WHERE cashier IS NOT NULL;
INSERT INTO unsealed_words (source, row_id, words) SELECT 'free_returns.reason', id, reason FROM free_returns WHERE reason IS NOT NULL;
INSERT INTO unsealed_words (source, row_id, words) SELECT 'free_returns.cashier', id, cashier FROM free_returns WHERE cashier IS NOT NULL;
ALTER TABLE consents DROP COLUMN evidence;
ALTER TABLE consents ADD COLUMN evidence_sealed BLOB;
ALTER TABLE consents DROP COLUMN cashier;
ALTER TABLE consents ADD COLUMN cashier_sealed BLOB;
ALTER TABLE card_changes DROP COLUMN reason;
ALTER TABLE card_changes ADD COLUMN reason_sealed BLOB;
ALTER TABLE card_changes DROP COLUMN cashier;
ALTER TABLE card_changes ADD COLUMN cashier_sealed BLOB;
ALTER TABLE account_changes DROP COLUMN reason;
ALTER TABLE account_changes ADD COLUMN reason_sealed BLOB;
ALTER TABLE account_changes DROP COLUMN employee;
ALTER TABLE account_changes ADD COLUMN employee_sealed BLOB;
ALTER TABLE receipts DROP COLUMN cashier;
ALTER TABLE receipts ADD COLUMN cashier_sealed BLOB;
ALTER TABLE returns DROP COLUMN cashier;
ALTER TABLE returns ADD COLUMN cashier_sealed BLOB;
ALTER TABLE free_returns DROP COLUMN reason;
ALTER TABLE free_returns ADD COLUMN reason_sealed BLOB;
ALTER TABLE free_returns DROP COLUMN cashier;
ALTER TABLE free_returns ADD COLUMN cashier_sealed BLOB;

INSERT INTO unfinished_upgrades (step) VALUES ('seal_customers'), ('seal_words'), ('seal_answers'), ('seal_exchanges');
-- What was unsealed may still lie in the free parts of a file that was used: it is written anew.
INSERT INTO unfinished_upgrades (step) SELECT 'rewrite_sealed' WHERE EXISTS (SELECT 1 FROM customers);
