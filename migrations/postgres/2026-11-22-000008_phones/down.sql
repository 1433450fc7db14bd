ALTER TABLE customers
    DROP CONSTRAINT customers_phone,
    ADD CONSTRAINT customers_programme_id_phone_index_key UNIQUE (programme_id, phone_index);
