//! The rows that the reference data and its chain both read.

use diesel::prelude::*;

use crate::store::{
    schema::{credentials, programme_rules},
    sql::insert::rows,
};

rows! {
    #[derive(Queryable, Selectable, Insertable)]
    #[diesel(table_name = programme_rules, treat_none_as_default_value = false)]
    pub(in crate::store) struct RulesRow in programme_rules {
        pub programme_id: i64,
        pub version: i64,
        pub valid_from: i64,
        pub recorded_at: i64,
        pub earn_points: i64,
        pub earn_step: i64,
        pub earn_unit: i64,
        pub earn_rounding: String,
        pub spend_share_max: i64,
        pub spend_unit: i64,
        pub code_required: bool,
        pub reservation_ttl_ms: i64,
        pub code_ttl_ms: i64,
        pub code_tries: i64,
        pub activation_delay_days: i64,
        pub lifetime_unit: String,
        pub lifetime_count: i64,
        pub status_points: i64,
        pub status_step: i64,
        pub grace_ms: i64,
        pub return_policy: String,
        pub card_only: Option<bool>,
    }
}

rows! {
    #[derive(Queryable, Selectable, Insertable)]
    #[diesel(table_name = credentials, treat_none_as_default_value = false)]
    pub(in crate::store) struct CredentialRow in credentials {
        pub id: i64,
        pub login: String,
        pub password_hash: String,
        pub version: i64,
        pub disabled: bool,
        pub roles: String,
        pub partner_id: i64,
        pub network_id: i64,
        pub store_id: Option<i64>,
        pub till_id: Option<i64>,
    }
}
