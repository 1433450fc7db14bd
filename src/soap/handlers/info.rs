//! `Ping`, `GetVersions`, `WhoAmI`.

use crate::{
    domain::refusal::Refusal,
    service::info::{GetVersions, Identity, Ping, Pong, Versions, WhoAmI},
    soap::{
        call::{Call, Reply},
        handlers::wire::local,
        messages::pos_1,
    },
};

/// The version of the contract that this program serves.
const CONTRACT_VERSION: &str = "1";

/// `Ping`.
pub fn ping(_: pos_1::Ping, call: &Call) -> Result<Ping, Refusal> {
    Ok(Ping { actor: call.actor.clone() })
}

/// `GetVersions`.
pub fn get_versions(_: pos_1::GetVersions, _: &Call) -> Result<GetVersions, Refusal> {
    Ok(GetVersions)
}

/// `WhoAmI`.
pub fn who_am_i(_: pos_1::WhoAmI, call: &Call) -> Result<WhoAmI, Refusal> {
    Ok(WhoAmI { actor: call.actor.clone() })
}

impl Reply for Pong {
    type Message = pos_1::PingResult;

    fn reply(&self, call: &Call) -> (String, pos_1::PingResult) {
        let server_time = local(self.now, call.actor.utc_offset_minutes);
        ("Сервис работает.".into(), pos_1::PingResult { server_time, ..Default::default() })
    }
}

impl Reply for Versions {
    type Message = pos_1::VersionsResult;

    fn reply(&self, _: &Call) -> (String, pos_1::VersionsResult) {
        let version = |name: &str, namespace: &str, path: &str| pos_1::Version {
            name: name.into(),
            namespace: namespace.into(),
            path: path.into(),
            status: "current".into(),
        };
        let versions = pos_1::Versions {
            version: vec![
                version("Pos_1", "urn:kopilka:ws:pos:1", "/ws/pos_1"),
                version("Office_1", "urn:kopilka:ws:office:1", "/ws/office_1"),
                version("Marketing_1", "urn:kopilka:ws:marketing:1", "/ws/marketing_1"),
                version("Node_1", "urn:kopilka:ws:node:1", "/ws/node_1"),
            ],
        };
        let software = concat!("Kopilka ", env!("CARGO_PKG_VERSION")).into();
        ("Выполнено.".into(), pos_1::VersionsResult { versions, software, ..Default::default() })
    }
}

impl Reply for Identity {
    type Message = pos_1::WhoAmIResult;

    fn reply(&self, _: &Call) -> (String, pos_1::WhoAmIResult) {
        let message = pos_1::WhoAmIResult {
            login: self.actor.login.clone(),
            partner: self.partner.clone(),
            network: self.network.clone(),
            store: self.store.clone(),
            till: self.till.clone(),
            roles: pos_1::Roles { role: self.actor.roles.words().map(str::to_owned).collect() },
            server_time: local(self.now, self.actor.utc_offset_minutes),
            contract_version: CONTRACT_VERSION.into(),
            ..Default::default()
        };
        ("Выполнено.".into(), message)
    }
}
