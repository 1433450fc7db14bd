//! The tables for diesel. The migrations are authoritative; a test compares them.

#![allow(missing_docs, reason = "generated shape; the migrations document the columns")]

diesel::table! {
    partners (id) {
        id -> BigInt,
        code -> Text,
        name -> Text,
        disabled -> Nullable<Bool>,
    }
}

diesel::table! {
    programmes (id) {
        id -> BigInt,
        code -> Text,
        name -> Text,
        owner_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    programme_rules (programme_id, version) {
        programme_id -> BigInt,
        version -> BigInt,
        valid_from -> BigInt,
        recorded_at -> BigInt,
        earn_points -> BigInt,
        earn_step -> BigInt,
        earn_unit -> BigInt,
        earn_rounding -> Text,
        spend_share_max -> BigInt,
        spend_unit -> BigInt,
        code_required -> Bool,
        reservation_ttl_ms -> BigInt,
        code_ttl_ms -> BigInt,
        code_tries -> BigInt,
        activation_delay_days -> BigInt,
        lifetime_unit -> Text,
        lifetime_count -> BigInt,
        status_points -> BigInt,
        status_step -> BigInt,
        grace_ms -> BigInt,
        return_policy -> Text,
        card_only -> Nullable<Bool>,
    }
}

diesel::table! {
    networks (id) {
        id -> BigInt,
        partner_id -> BigInt,
        programme_id -> BigInt,
        code -> Text,
        name -> Text,
        disabled -> Nullable<Bool>,
    }
}

diesel::table! {
    stores (id) {
        id -> BigInt,
        network_id -> BigInt,
        code -> Text,
        name -> Text,
        utc_offset_minutes -> BigInt,
        disabled -> Nullable<Bool>,
    }
}

diesel::table! {
    tills (id) {
        id -> BigInt,
        network_id -> BigInt,
        store_id -> BigInt,
        code -> Text,
        name -> Nullable<Text>,
        disabled -> Nullable<Bool>,
    }
}

diesel::table! {
    credentials (id) {
        id -> BigInt,
        login -> Text,
        password_hash -> Text,
        version -> BigInt,
        disabled -> Bool,
        roles -> Text,
        partner_id -> BigInt,
        network_id -> BigInt,
        store_id -> Nullable<BigInt>,
        till_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    reference_version (id) {
        id -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    reference_versions (id) {
        id -> BigInt,
        places -> BigInt,
        logins -> BigInt,
        rules -> BigInt,
    }
}

diesel::table! {
    id_blocks (id) {
        id -> BigInt,
        next -> BigInt,
    }
}

diesel::table! {
    database_keys (purpose, id, master) {
        purpose -> Text,
        id -> BigInt,
        master -> Binary,
        key_sealed -> Binary,
        made_at -> BigInt,
    }
}

diesel::table! {
    key_escrows (master) {
        master -> Binary,
        made_at -> BigInt,
    }
}

diesel::table! {
    customer_keys (customer_id) {
        customer_id -> BigInt,
        key_sealed -> Binary,
    }
}

diesel::table! {
    unsealed_words (source, row_id) {
        source -> Text,
        row_id -> BigInt,
        words -> Text,
    }
}

diesel::table! {
    customers (id) {
        id -> BigInt,
        programme_id -> BigInt,
        phone_index -> Binary,
        phone_sealed -> Binary,
        phone_confirmed_at -> Nullable<BigInt>,
        surname_sealed -> Nullable<Binary>,
        name_sealed -> Nullable<Binary>,
        patronymic_sealed -> Nullable<Binary>,
        birth_date_sealed -> Nullable<Binary>,
        email_sealed -> Nullable<Binary>,
        sex -> Nullable<Text>,
        referrer_id -> Nullable<BigInt>,
        registered_at -> BigInt,
        store_id -> Nullable<BigInt>,
        merged_into -> Nullable<BigInt>,
    }
}

diesel::table! {
    consents (id) {
        id -> BigInt,
        customer_id -> BigInt,
        purpose -> Text,
        channel -> Text,
        act -> Text,
        text_hash -> Nullable<Text>,
        occurred_at -> BigInt,
        recorded_at -> BigInt,
        store_id -> Nullable<BigInt>,
        till_id -> Nullable<BigInt>,
        evidence_sealed -> Nullable<Binary>,
        cashier_sealed -> Nullable<Binary>,
    }
}

diesel::table! {
    accounts (id) {
        id -> BigInt,
        customer_id -> BigInt,
        programme_id -> BigInt,
        state -> Text,
        pending -> BigInt,
        available -> BigInt,
        reserved -> BigInt,
        debt -> BigInt,
        next_lot -> BigInt,
        next_seq -> BigInt,
        next_due_at -> Nullable<BigInt>,
        recorded_at -> Nullable<BigInt>,
        head -> Nullable<Binary>,
        sealed_seq -> Nullable<BigInt>,
        merged_into -> Nullable<BigInt>,
    }
}

diesel::table! {
    cards (id) {
        id -> BigInt,
        programme_id -> BigInt,
        number -> Text,
        kind -> Nullable<Text>,
        state -> Text,
        account_id -> Nullable<BigInt>,
        customer_id -> Nullable<BigInt>,
        successor -> Nullable<Text>,
        issued_at -> Nullable<BigInt>,
        before_block -> Nullable<Text>,
        store_id -> Nullable<BigInt>,
        origin -> Nullable<Text>,
    }
}

diesel::table! {
    card_changes (id) {
        id -> BigInt,
        card_id -> BigInt,
        state -> Text,
        occurred_at -> BigInt,
        recorded_at -> BigInt,
        credential_id -> BigInt,
        store_id -> Nullable<BigInt>,
        till_id -> Nullable<BigInt>,
        reason_sealed -> Nullable<Binary>,
        cashier_sealed -> Nullable<Binary>,
    }
}

diesel::table! {
    lots (account_id, lot_no) {
        account_id -> BigInt,
        lot_no -> BigInt,
        class -> Text,
        issued -> BigInt,
        remaining -> BigInt,
        reserved -> BigInt,
        spent -> BigInt,
        expired -> BigInt,
        revoked -> BigInt,
        state -> Text,
        activates_at -> BigInt,
        expires_at -> Nullable<BigInt>,
        issuer_id -> BigInt,
        receipt_id -> Nullable<BigInt>,
        live -> Bool,
        graced -> Nullable<Bool>,
        repaid -> Nullable<BigInt>,
    }
}

diesel::table! {
    journal (account_id, seq) {
        account_id -> BigInt,
        seq -> BigInt,
        step -> BigInt,
        lot_no -> Nullable<BigInt>,
        from_bucket -> Text,
        to_bucket -> Text,
        points -> BigInt,
        available_after -> BigInt,
        kind -> Text,
        occurred_at -> BigInt,
        recorded_at -> BigInt,
        receipt_id -> Nullable<BigInt>,
        return_id -> Nullable<BigInt>,
        reservation_id -> Nullable<BigInt>,
        partner_id -> Nullable<BigInt>,
        store_id -> Nullable<BigInt>,
        till_id -> Nullable<BigInt>,
        rule -> Nullable<Text>,
        corrects -> Nullable<BigInt>,
        terms_class -> Nullable<Text>,
        terms_issuer_id -> Nullable<BigInt>,
        terms_activates_at -> Nullable<BigInt>,
        terms_expires_at -> Nullable<BigInt>,
        hash -> Binary,
        terms_graced -> Nullable<Bool>,
    }
}

diesel::table! {
    reservations (id) {
        id -> BigInt,
        account_id -> BigInt,
        customer_id -> BigInt,
        card_id -> Nullable<BigInt>,
        partner_id -> BigInt,
        store_id -> BigInt,
        till_id -> BigInt,
        state -> Text,
        points -> BigInt,
        captured -> BigInt,
        released -> BigInt,
        expired -> BigInt,
        code_required -> Bool,
        code_ttl_ms -> BigInt,
        grace_ms -> BigInt,
        created_at -> BigInt,
        expires_at -> BigInt,
        ended_at -> Nullable<BigInt>,
        spend_share_max -> Nullable<BigInt>,
        spend_unit -> Nullable<BigInt>,
        shields -> Nullable<Bool>,
        receipt_day -> Nullable<BigInt>,
        receipt_shift -> Nullable<Text>,
        receipt_number -> Nullable<Text>,
        code_of -> Nullable<BigInt>,
    }
}

diesel::table! {
    reservation_lots (reservation_id, lot_no) {
        reservation_id -> BigInt,
        lot_no -> BigInt,
        points -> BigInt,
    }
}

diesel::table! {
    confirmation_codes (id) {
        id -> BigInt,
        purpose -> Text,
        customer_id -> BigInt,
        reservation_id -> Nullable<BigInt>,
        digest -> Binary,
        state -> Text,
        tries_left -> BigInt,
        sent_at -> BigInt,
        expires_at -> BigInt,
        phone_index -> Binary,
        till_id -> BigInt,
    }
}

diesel::table! {
    receipts (id) {
        id -> BigInt,
        partner_id -> BigInt,
        store_id -> BigInt,
        till_id -> BigInt,
        shift -> Text,
        number -> Text,
        local_day -> BigInt,
        occurred_at -> BigInt,
        recorded_at -> BigInt,
        channel -> Text,
        account_id -> Nullable<BigInt>,
        customer_id -> Nullable<BigInt>,
        card_id -> Nullable<BigInt>,
        reservation_id -> Nullable<BigInt>,
        state -> Text,
        amount_due -> BigInt,
        discount_total -> BigInt,
        points_spent -> BigInt,
        points_earned -> BigInt,
        lot_no -> Nullable<BigInt>,
        grace_ms -> BigInt,
        return_policy -> Text,
        fiscal_fn -> Nullable<Text>,
        fiscal_fd -> Nullable<Text>,
        fiscal_fp -> Nullable<Text>,
        cashier_sealed -> Nullable<Binary>,
        operation_key -> Nullable<Text>,
        rules_version -> Nullable<BigInt>,
        claimed_at -> Nullable<BigInt>,
        withheld_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    receipt_lines (receipt_id, line_no) {
        receipt_id -> BigInt,
        line_no -> BigInt,
        goods_code -> Text,
        name -> Nullable<Text>,
        goods_group -> Nullable<Text>,
        brand -> Nullable<Text>,
        quantity -> BigInt,
        price -> BigInt,
        sum -> BigInt,
        discount_granted -> BigInt,
        discount_offered -> BigInt,
        points_as_money -> BigInt,
        amount_due -> BigInt,
        points_earned -> BigInt,
        returned_quantity -> BigInt,
        weighed -> Nullable<Bool>,
        delivery -> Nullable<Bool>,
        gift_of -> Nullable<Text>,
        no_earn -> Nullable<Bool>,
    }
}

diesel::table! {
    receipt_lots (receipt_id, lot_no) {
        receipt_id -> BigInt,
        lot_no -> BigInt,
        spent -> BigInt,
        restored -> BigInt,
    }
}

diesel::table! {
    receipt_takings (receipt_id) {
        receipt_id -> BigInt,
        account_id -> BigInt,
        as_debt -> BigInt,
        gone -> BigInt,
        shortfall -> Nullable<BigInt>,
        owed_again -> Nullable<BigInt>,
    }
}

diesel::table! {
    receipt_taken_lots (receipt_id, lot_no) {
        receipt_id -> BigInt,
        lot_no -> BigInt,
        points -> BigInt,
    }
}

diesel::table! {
    returns (id) {
        id -> BigInt,
        receipt_id -> BigInt,
        till_id -> BigInt,
        number -> Text,
        local_day -> BigInt,
        shift -> Text,
        occurred_at -> BigInt,
        recorded_at -> BigInt,
        amount_refund -> BigInt,
        points_restored -> BigInt,
        points_revoked -> BigInt,
        fiscal_fn -> Nullable<Text>,
        fiscal_fd -> Nullable<Text>,
        fiscal_fp -> Nullable<Text>,
        cashier_sealed -> Nullable<Binary>,
    }
}

diesel::table! {
    return_lines (return_id, line_no) {
        return_id -> BigInt,
        line_no -> BigInt,
        quantity -> BigInt,
        amount_refund -> BigInt,
        points_restored -> BigInt,
        points_revoked -> BigInt,
    }
}

diesel::table! {
    operations (partner_id, operation_key) {
        partner_id -> BigInt,
        operation_key -> Text,
        operation -> Text,
        request_digest -> Binary,
        code -> Text,
        answer -> Binary,
        recorded_at -> BigInt,
        subject_id -> Nullable<BigInt>,
        subject_kind -> Nullable<Text>,
    }
}

diesel::table! {
    outbox (id) {
        id -> BigInt,
        state -> Text,
        recipient_sealed -> Nullable<Binary>,
        text_sealed -> Nullable<Binary>,
        created_at -> BigInt,
        useless_after -> BigInt,
        next_attempt_at -> Nullable<BigInt>,
        attempts -> BigInt,
        provider_id -> Nullable<Text>,
        error -> Nullable<Text>,
        ended_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    exchanges (id) {
        id -> BigInt,
        at -> BigInt,
        request_id -> Text,
        service -> Text,
        operation -> Nullable<Text>,
        code -> Text,
        http_status -> BigInt,
        partner_id -> Nullable<BigInt>,
        login -> Nullable<Text>,
        operation_key -> Nullable<Text>,
        card -> Nullable<Text>,
        till -> Nullable<Text>,
        duration_ms -> BigInt,
        request -> Nullable<Text>,
        answer -> Nullable<Text>,
    }
}

diesel::table! {
    exchange_pages (id) {
        id -> BigInt,
        first_at -> BigInt,
        last_at -> BigInt,
        exchanges -> BigInt,
        names -> Binary,
        body -> Binary,
    }
}

diesel::table! {
    schema_expansions (migration) {
        migration -> Text,
    }
}

diesel::table! {
    unfinished_upgrades (step) {
        step -> Text,
    }
}

diesel::table! {
    account_changes (id) {
        id -> BigInt,
        account_id -> BigInt,
        state -> Text,
        merged_into -> Nullable<BigInt>,
        occurred_at -> BigInt,
        recorded_at -> BigInt,
        credential_id -> BigInt,
        reason_sealed -> Nullable<Binary>,
        employee_sealed -> Nullable<Binary>,
    }
}

diesel::table! {
    fiscal_documents (fiscal_fn, fiscal_fd, turn) {
        fiscal_fn -> Text,
        fiscal_fd -> Text,
        turn -> BigInt,
        kind -> Text,
        document_id -> BigInt,
        store_id -> BigInt,
    }
}

diesel::table! {
    free_returns (id) {
        id -> BigInt,
        partner_id -> BigInt,
        store_id -> BigInt,
        till_id -> BigInt,
        number -> Text,
        local_day -> BigInt,
        shift -> Text,
        occurred_at -> BigInt,
        recorded_at -> BigInt,
        account_id -> Nullable<BigInt>,
        amount_refund -> BigInt,
        points_revoked -> BigInt,
        fiscal_fn -> Nullable<Text>,
        fiscal_fd -> Nullable<Text>,
        fiscal_fp -> Nullable<Text>,
        reason_sealed -> Nullable<Binary>,
        cashier_sealed -> Nullable<Binary>,
    }
}

diesel::table! {
    free_return_lines (free_return_id, line_no) {
        free_return_id -> BigInt,
        line_no -> BigInt,
        goods_code -> Text,
        name -> Nullable<Text>,
        quantity -> BigInt,
        price -> BigInt,
        sum -> BigInt,
        points_revoked -> BigInt,
    }
}

diesel::table! {
    journal_seals (day) {
        day -> BigInt,
        sealed_at -> BigInt,
        accounts -> BigInt,
        entries -> BigInt,
        root -> Binary,
    }
}

diesel::table! {
    journal_seal_heads (account_id, day) {
        account_id -> BigInt,
        day -> BigInt,
        seq -> BigInt,
        head -> Binary,
    }
}

diesel::table! {
    chronicle (lane, seq) {
        lane -> BigInt,
        seq -> BigInt,
        number -> BigInt,
        recorded_at -> BigInt,
        facts -> Binary,
        hash -> Binary,
    }
}

diesel::table! {
    chronicle_lanes (lane) {
        lane -> BigInt,
        seq -> BigInt,
        number -> BigInt,
        facts -> BigInt,
        hash -> Binary,
        mac -> Binary,
    }
}

diesel::table! {
    registry_changes (seq) {
        seq -> BigInt,
        recorded_at -> BigInt,
        actor -> Text,
        employee_sealed -> Nullable<Binary>,
        kind -> Text,
        subject_id -> BigInt,
        subject -> Text,
        version -> Nullable<BigInt>,
        partner_id -> Nullable<BigInt>,
        before -> Nullable<Text>,
        after -> Text,
        hash -> Binary,
    }
}

diesel::table! {
    chronicle_seals (number) {
        number -> BigInt,
        sealed_at -> BigInt,
        heads -> Binary,
        root -> Binary,
        mac -> Binary,
    }
}

diesel::table! {
    cases (id) {
        id -> BigInt,
        kind -> Text,
        programme_id -> BigInt,
        partner_id -> BigInt,
        store_id -> Nullable<BigInt>,
        customer_id -> Nullable<BigInt>,
        subject_kind -> Nullable<Text>,
        subject_id -> Nullable<BigInt>,
        text_sealed -> Binary,
        opened_at -> BigInt,
        closed_at -> Nullable<BigInt>,
        closed_by -> Nullable<BigInt>,
        closed_employee_sealed -> Nullable<Binary>,
        resolution_sealed -> Nullable<Binary>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(credentials, networks, stores, tills);
diesel::allow_tables_to_appear_in_same_query!(reservations, reservation_lots);
diesel::allow_tables_to_appear_in_same_query!(accounts, journal, journal_seal_heads);
diesel::allow_tables_to_appear_in_same_query!(journal, lots);
diesel::allow_columns_to_appear_in_same_group_by_clause!(
    journal::partner_id,
    journal::from_bucket,
    journal::to_bucket,
    lots::issuer_id,
);
diesel::allow_tables_to_appear_in_same_query!(accounts, customers, account_changes, free_returns);
diesel::allow_tables_to_appear_in_same_query!(cards, card_changes);
diesel::allow_tables_to_appear_in_same_query!(customers, customer_keys);
diesel::allow_tables_to_appear_in_same_query!(reference_version, cards, accounts, lots);
diesel::allow_tables_to_appear_in_same_query!(reference_version, reference_versions);
