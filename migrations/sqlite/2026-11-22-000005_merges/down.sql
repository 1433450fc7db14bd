DROP INDEX customers_merged;
DROP INDEX accounts_merged;
