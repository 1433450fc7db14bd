-- What each sale writes names rows that its transaction has locked, or that nobody ever deletes. For each such row the server
-- asked a question of its own, a fifth of its time for a sale, and wrote a lock into the row named: that of the customer, and
-- those of till, store and partner, which all sales name at once. `kopilka verify` looks whether all is there that is named.
ALTER TABLE lots
    DROP CONSTRAINT lots_account_id_fkey,
    DROP CONSTRAINT lots_issuer_id_fkey;
ALTER TABLE journal
    DROP CONSTRAINT journal_account_id_fkey;
ALTER TABLE journal_seal_heads
    DROP CONSTRAINT journal_seal_heads_account_id_fkey;
ALTER TABLE reservations
    DROP CONSTRAINT reservations_account_id_fkey,
    DROP CONSTRAINT reservations_customer_id_fkey;
ALTER TABLE reservation_lots
    DROP CONSTRAINT reservation_lots_reservation_id_fkey;
ALTER TABLE confirmation_codes
    DROP CONSTRAINT confirmation_codes_customer_id_fkey;
ALTER TABLE receipts
    DROP CONSTRAINT receipts_store_id_fkey,
    DROP CONSTRAINT receipts_till_id_fkey,
    DROP CONSTRAINT receipts_account_id_fkey,
    DROP CONSTRAINT receipts_customer_id_fkey;
ALTER TABLE receipt_lines
    DROP CONSTRAINT receipt_lines_receipt_id_fkey;
ALTER TABLE receipt_lots
    DROP CONSTRAINT receipt_lots_receipt_id_fkey;
