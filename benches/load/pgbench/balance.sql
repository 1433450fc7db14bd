-- The statements of one GetBalance, as the server logged them; docs/performance.md.
\set place random(0, :cards - 1)
\set account :first_account + :place
\set customer :first_customer + :place
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT reference_version.version FROM reference_version LIMIT 1;
SELECT cards.id, cards.programme_id, cards.number, cards.kind, cards.state, cards.account_id, cards.customer_id, cards.successor, cards.issued_at FROM cards WHERE (cards.number = ANY(ARRAY['77' || lpad(:place::text, 8, '0')])) ORDER BY cards.id;
SELECT accounts.id, accounts.customer_id, accounts.programme_id, accounts.state, accounts.pending, accounts.available, accounts.reserved, accounts.debt, accounts.next_lot, accounts.next_seq, accounts.next_due_at, accounts.recorded_at, accounts.head, accounts.merged_into FROM accounts WHERE (accounts.id = ANY(ARRAY[:account::bigint])) ORDER BY accounts.id;
SELECT customers.id, customers.programme_id, customers.phone_index, customers.phone_sealed, customers.phone_confirmed_at, customers.surname_sealed, customers.name_sealed, customers.patronymic_sealed, customers.birth_date_sealed, customers.email_sealed, customers.sex, customers.referrer_id, customers.registered_at, customers.store_id, customers.merged_into FROM customers WHERE (customers.id = ANY(ARRAY[:customer::bigint]));
SELECT lots.account_id, lots.lot_no, lots.class, lots.issued, lots.remaining, lots.reserved, lots.spent, lots.expired, lots.revoked, lots.state, lots.activates_at, lots.expires_at, lots.issuer_id, lots.receipt_id, lots.live FROM lots WHERE ((lots.account_id = ANY(ARRAY[:account::bigint])) AND lots.live);
SELECT cards.id, cards.programme_id, cards.number, cards.kind, cards.state, cards.account_id, cards.customer_id, cards.successor, cards.issued_at FROM cards WHERE (cards.account_id = ANY(ARRAY[:account::bigint]));
SELECT reservations.id, reservations.account_id, reservations.customer_id, reservations.card_id, reservations.partner_id, reservations.store_id, reservations.till_id, reservations.state, reservations.points, reservations.captured, reservations.released, reservations.expired, reservations.code_required, reservations.code_ttl_ms, reservations.grace_ms, reservations.created_at, reservations.expires_at, reservations.ended_at FROM reservations WHERE ((reservations.account_id = ANY(ARRAY[:account::bigint])) AND (reservations.ended_at IS NULL));
COMMIT;
