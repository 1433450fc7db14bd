-- expand: a program of before neither reads nor writes the columns; what it moves meanwhile `kopilka replay` notes in the lots.
-- What returns and cancellations took back of the points that a sale earned, and what they could not take.

-- Whether a lot has had its grace, and how many of its points closed a debt: both can be read in the journal.
ALTER TABLE lots ADD COLUMN graced BOOLEAN;
ALTER TABLE lots ADD COLUMN repaid BIGINT;
ALTER TABLE journal ADD COLUMN terms_graced BOOLEAN;
UPDATE lots SET graced = TRUE WHERE (account_id, lot_no) IN
    (SELECT account_id, lot_no FROM journal WHERE terms_class IS NOT NULL AND from_bucket IN ('reserved', 'spent'));
UPDATE lots SET repaid =
    (SELECT sum(points) FROM journal WHERE journal.account_id = lots.account_id AND journal.lot_no = lots.lot_no AND to_bucket = 'debt')
WHERE (account_id, lot_no) IN (SELECT account_id, lot_no FROM journal WHERE to_bucket = 'debt' AND lot_no IS NOT NULL);

-- Of a sale: taken as a debt, counted as gone because it had lapsed, and not taken, if anything was not.
CREATE TABLE receipt_takings (
    receipt_id BIGINT NOT NULL PRIMARY KEY,
    account_id BIGINT NOT NULL,
    as_debt BIGINT NOT NULL CHECK (as_debt >= 0),
    gone BIGINT NOT NULL CHECK (gone >= 0),
    shortfall BIGINT CHECK (shortfall > 0)
);
CREATE INDEX receipt_takings_short ON receipt_takings (account_id) WHERE shortfall IS NOT NULL;

-- Of a sale: taken of lots.
CREATE TABLE receipt_taken_lots (
    receipt_id BIGINT NOT NULL,
    lot_no BIGINT NOT NULL,
    points BIGINT NOT NULL CHECK (points >= 0),
    PRIMARY KEY (receipt_id, lot_no)
);

-- Whether a return could not take what a hold held.
ALTER TABLE reservations ADD COLUMN shields BOOLEAN;

INSERT INTO schema_expansions (migration) VALUES ('20261130000015');
