//! `Ping`, `GetVersions` and `WhoAmI` (A9, A10).

use crate::{
    domain::{
        moment::Moment,
        reference::{Actor, Reference},
        refusal::{Decided, Decision},
    },
    working_set::{Touches, WorkingSet, command::Command},
};

/// Checks that the gateway and its database answer.
#[derive(Debug)]
pub struct Ping {
    /// The caller.
    pub actor: Actor,
}

/// The gateway and its database answer.
#[derive(Debug, Clone, Copy)]
pub struct Pong {
    /// The server's time.
    pub now: Moment,
}

/// Reads the versions of the contract.
#[derive(Debug)]
pub struct GetVersions;

/// The versions are constants, so there are no data.
#[derive(Debug, Clone, Copy)]
pub struct Versions;

/// Identifies the caller.
#[derive(Debug)]
pub struct WhoAmI {
    /// The caller.
    pub actor: Actor,
}

/// The caller's identity.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The caller.
    pub actor: Actor,
    /// The partner's name.
    pub partner: String,
    /// The network's name.
    pub network: Option<String>,
    /// The store's code, for a login of one store.
    pub store: Option<String>,
    /// The till's code, for a login of one till.
    pub till: Option<String>,
    /// The server's time.
    pub now: Moment,
}

impl Command for Ping {
    type Outcome = Pong;

    fn touches(&self, _: &Reference, _: &mut Touches) {}

    fn is_for_all(&self) -> bool {
        true
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<Pong> {
        Ok(Decided::Done(Pong { now: set.now }))
    }
}

impl Command for GetVersions {
    type Outcome = Versions;

    fn touches(&self, _: &Reference, _: &mut Touches) {}

    fn is_for_all(&self) -> bool {
        true
    }

    fn decide(&self, _: &mut WorkingSet) -> Decision<Versions> {
        Ok(Decided::Done(Versions))
    }
}

impl Command for WhoAmI {
    type Outcome = Identity;

    fn touches(&self, _: &Reference, _: &mut Touches) {}

    fn is_for_all(&self) -> bool {
        true
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<Identity> {
        let reference = &set.reference;
        let actor = &self.actor;
        Ok(Decided::Done(Identity {
            actor: actor.clone(),
            partner: reference.partners.get(&actor.partner).map(|partner| partner.name.clone()).unwrap_or_default(),
            network: reference.networks.get(&actor.network).map(|network| network.name.clone()),
            store: actor.store.and_then(|id| reference.stores.get(&id)).map(|store| store.code.clone()),
            till: actor.till.and_then(|id| reference.tills.get(&id)).map(|till| till.code.clone()),
            now: set.now,
        }))
    }
}
