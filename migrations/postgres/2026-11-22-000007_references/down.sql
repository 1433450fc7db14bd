ALTER TABLE lots
    ADD CONSTRAINT lots_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id),
    ADD CONSTRAINT lots_issuer_id_fkey FOREIGN KEY (issuer_id) REFERENCES partners (id);
ALTER TABLE journal
    ADD CONSTRAINT journal_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id);
ALTER TABLE journal_seal_heads
    ADD CONSTRAINT journal_seal_heads_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id);
ALTER TABLE reservations
    ADD CONSTRAINT reservations_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id),
    ADD CONSTRAINT reservations_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES customers (id);
ALTER TABLE reservation_lots
    ADD CONSTRAINT reservation_lots_reservation_id_fkey FOREIGN KEY (reservation_id) REFERENCES reservations (id);
ALTER TABLE confirmation_codes
    ADD CONSTRAINT confirmation_codes_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES customers (id);
ALTER TABLE receipts
    ADD CONSTRAINT receipts_store_id_fkey FOREIGN KEY (store_id) REFERENCES stores (id),
    ADD CONSTRAINT receipts_till_id_fkey FOREIGN KEY (till_id) REFERENCES tills (id),
    ADD CONSTRAINT receipts_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id),
    ADD CONSTRAINT receipts_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES customers (id);
ALTER TABLE receipt_lines
    ADD CONSTRAINT receipt_lines_receipt_id_fkey FOREIGN KEY (receipt_id) REFERENCES receipts (id);
ALTER TABLE receipt_lots
    ADD CONSTRAINT receipt_lots_receipt_id_fkey FOREIGN KEY (receipt_id) REFERENCES receipts (id);
