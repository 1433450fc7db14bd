-- Which account took over which is asked page by page by `kopilka verify` and `kopilka replay`; and each merge lets earlier
-- merges of the customer that ends name the one that stays. Both read the whole table without these.
CREATE INDEX accounts_merged ON accounts (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX customers_merged ON customers (merged_into) WHERE merged_into IS NOT NULL;
