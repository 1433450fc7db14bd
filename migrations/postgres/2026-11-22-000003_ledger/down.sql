-- Status points, merges and other policies of expiry have no place in the tables before; what lapses by months or at a
-- calendar's end keeps the dates that its lots have.
DROP TABLE unfinished_upgrades;
DROP TABLE journal_seal_heads;
DROP TABLE journal_seals;
DROP TABLE free_return_lines;
DROP TABLE free_returns;
DROP TABLE account_changes;

ALTER TABLE programme_rules DROP COLUMN status_step;
ALTER TABLE programme_rules DROP COLUMN status_points;
ALTER TABLE programme_rules DROP CONSTRAINT programme_rules_lifetime_count_check;
ALTER TABLE programme_rules RENAME COLUMN lifetime_count TO lifetime_days;
UPDATE programme_rules SET lifetime_days = 0 WHERE lifetime_unit <> 'days';
ALTER TABLE programme_rules DROP COLUMN lifetime_unit;

ALTER TABLE journal DROP COLUMN hash;
ALTER TABLE journal DROP COLUMN terms_expires_at;
ALTER TABLE journal DROP COLUMN terms_activates_at;
ALTER TABLE journal DROP COLUMN terms_issuer_id;
ALTER TABLE journal DROP COLUMN terms_class;
ALTER TABLE journal DROP COLUMN corrects;

ALTER TABLE lots DROP CONSTRAINT lots_issued_check;
ALTER TABLE lots ADD CONSTRAINT lots_issued_check CHECK (issued > 0);
ALTER TABLE lots DROP COLUMN class;

ALTER TABLE programmes DROP COLUMN owner_id;
ALTER TABLE operations DROP COLUMN subject_id;
ALTER TABLE customers DROP COLUMN merged_into;
ALTER TABLE accounts DROP COLUMN merged_into;
ALTER TABLE accounts DROP COLUMN sealed_seq;
ALTER TABLE accounts DROP COLUMN head;
ALTER TABLE accounts DROP COLUMN recorded_at;
