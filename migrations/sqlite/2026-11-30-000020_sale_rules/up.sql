-- expand: rows without the columns are those of the program before.
-- The number of the version of the programme's rules that a sale was calculated by; nothing of an anonymous one.
ALTER TABLE receipts ADD COLUMN rules_version INTEGER;
-- What returns of a sale have claimed again of the points that had closed a debt, under the policy that takes pending points
-- only.
ALTER TABLE receipt_takings ADD COLUMN owed_again INTEGER;
-- Whether points are spent by card only; nothing where a phone may spend too.
ALTER TABLE programme_rules ADD COLUMN card_only INTEGER;
INSERT INTO schema_expansions (migration) VALUES ('20261130000020');
