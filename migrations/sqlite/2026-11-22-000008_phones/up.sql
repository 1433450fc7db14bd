-- A caller names a phone and no programme: the unique index begins with the programme, and all customers were read to find one.
CREATE UNIQUE INDEX customers_phone ON customers (phone_index, programme_id);
