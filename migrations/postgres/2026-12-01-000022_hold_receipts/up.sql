-- expand: holds without the columns are those of the program before.
-- For which receipt of its till a hold was made: a newer hold for the same receipt takes its place. And the hold whose code
-- confirms this one: a hold that took the place of another for the same points waits for the code that was sent already.
ALTER TABLE reservations ADD COLUMN receipt_day BIGINT;
ALTER TABLE reservations ADD COLUMN receipt_shift TEXT;
ALTER TABLE reservations ADD COLUMN receipt_number TEXT;
ALTER TABLE reservations ADD COLUMN code_of BIGINT;
INSERT INTO schema_expansions (migration) VALUES ('20261201000022');
