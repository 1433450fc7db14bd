-- A caller names a phone and no programme: the unique index began with the programme, and all of it was read to find one.
ALTER TABLE customers
    DROP CONSTRAINT customers_programme_id_phone_index_key,
    ADD CONSTRAINT customers_phone UNIQUE (phone_index, programme_id);
