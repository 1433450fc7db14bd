-- expand: rows without the columns are those of the program before, which was not told, or did not keep it.
-- What a till says of a line beside its figures; nothing where it says nothing.
ALTER TABLE receipt_lines ADD COLUMN weighed INTEGER;
ALTER TABLE receipt_lines ADD COLUMN delivery INTEGER;
ALTER TABLE receipt_lines ADD COLUMN gift_of TEXT;
INSERT INTO schema_expansions (migration) VALUES ('20261130000016');
