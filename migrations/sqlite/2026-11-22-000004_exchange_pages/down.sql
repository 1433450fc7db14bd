-- SQL cannot unpack a page: the exchanges in them are gone. They are evidence, and the ledger does not rest on them.
DELETE FROM unfinished_upgrades WHERE step = 'pack_exchanges';
DROP TABLE exchange_pages;
