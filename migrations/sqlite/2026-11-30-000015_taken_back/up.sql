-- expand: a program of before neither reads nor writes the columns; what it moves meanwhile `kopilka replay` notes in the lots.
-- What returns and cancellations took back of the points that a sale earned, and what they could not take.

-- Whether a lot has had its grace, and how many of its points closed a debt: both can be read in the journal.
ALTER TABLE lots ADD COLUMN graced INTEGER;
ALTER TABLE lots ADD COLUMN repaid INTEGER;
ALTER TABLE journal ADD COLUMN terms_graced INTEGER;
UPDATE lots SET graced = 1 WHERE (account_id, lot_no) IN
    (SELECT account_id, lot_no FROM journal WHERE terms_class IS NOT NULL AND from_bucket IN ('reserved', 'spent'));
UPDATE lots SET repaid =
    (SELECT sum(points) FROM journal WHERE journal.account_id = lots.account_id AND journal.lot_no = lots.lot_no AND to_bucket = 'debt')
WHERE (account_id, lot_no) IN (SELECT account_id, lot_no FROM journal WHERE to_bucket = 'debt' AND lot_no IS NOT NULL);

-- Of a sale: taken as a debt, counted as gone because it had lapsed, and not taken, if anything was not.
CREATE TABLE receipt_takings (
    receipt_id INTEGER NOT NULL PRIMARY KEY REFERENCES receipts (id),
    account_id INTEGER NOT NULL,
    as_debt INTEGER NOT NULL CHECK (as_debt >= 0),
    gone INTEGER NOT NULL CHECK (gone >= 0),
    shortfall INTEGER CHECK (shortfall > 0)
) STRICT;
CREATE INDEX receipt_takings_short ON receipt_takings (account_id) WHERE shortfall IS NOT NULL;

-- Of a sale: taken of lots.
CREATE TABLE receipt_taken_lots (
    receipt_id INTEGER NOT NULL REFERENCES receipts (id),
    lot_no INTEGER NOT NULL,
    points INTEGER NOT NULL CHECK (points >= 0),
    PRIMARY KEY (receipt_id, lot_no)
) STRICT;

-- Whether a return could not take what a hold held.
ALTER TABLE reservations ADD COLUMN shields INTEGER;

INSERT INTO schema_expansions (migration) VALUES ('20261130000015');
