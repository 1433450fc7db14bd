-- expand: holds without the columns are those of the program before.
-- By which rule a hold's points may be spent: the one that it was made under. What was confirmed stays spendable when the
-- programme's rules change.
ALTER TABLE reservations ADD COLUMN spend_share_max BIGINT;
ALTER TABLE reservations ADD COLUMN spend_unit BIGINT;
INSERT INTO schema_expansions (migration) VALUES ('20261130000012');
