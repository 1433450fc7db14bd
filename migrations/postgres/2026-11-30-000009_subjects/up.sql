-- expand: a program of before reads and writes the table as it was; rows without a kind are its own.
-- What an operation made was an id alone, looked for as a sale and as a hold. Its kind stands beside it now.
ALTER TABLE operations ADD COLUMN subject_kind TEXT CHECK (subject_kind IN ('sale', 'reservation'));
UPDATE operations SET subject_kind = CASE operation WHEN 'RegisterReceipt' THEN 'sale' ELSE 'reservation' END
WHERE subject_id IS NOT NULL;
