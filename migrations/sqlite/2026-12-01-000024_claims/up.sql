-- expand: rows without the columns are those of the program before.
-- When an anonymous sale was claimed by a customer; when a sale lost its accrual, because its fiscal document is another's; and
-- whether a line earns nothing, which a claim has to know.
ALTER TABLE receipts ADD COLUMN claimed_at INTEGER;
ALTER TABLE receipts ADD COLUMN withheld_at INTEGER;
ALTER TABLE receipt_lines ADD COLUMN no_earn INTEGER;
INSERT INTO schema_expansions (migration) VALUES ('20261201000024');
