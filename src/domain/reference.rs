//! Who takes part: partners, networks, stores, tills, logins, programmes. Small, read often, kept in memory whole.

use std::{collections::HashMap, sync::Arc};

use crate::domain::{
    ids::{CredentialId, NetworkId, PartnerId, ProgrammeId, StoreId, TillId},
    programme::Programme,
    refusal::Refusal,
};

/// All of them, as of one version. Each map is shared: when one kind changes, the others are neither read nor copied.
#[derive(Debug, Clone, Default)]
pub struct Reference {
    /// Which state of the data this is.
    pub versions: ReferenceVersions,
    /// Partners by id.
    pub partners: Arc<HashMap<PartnerId, Partner>>,
    /// Networks by id.
    pub networks: Arc<HashMap<NetworkId, Network>>,
    /// Stores by id.
    pub stores: Arc<HashMap<StoreId, Store>>,
    /// Tills by id.
    pub tills: Arc<HashMap<TillId, Till>>,
    /// Tills by network and code.
    pub tills_by_code: Arc<HashMap<(NetworkId, String), TillId>>,
    /// Programmes by id.
    pub programmes: Arc<HashMap<ProgrammeId, Programme>>,
    /// Logins by name.
    pub credentials: Arc<HashMap<String, Credential>>,
}

/// Counters that tell which state of the reference data was read. A change moves `all` by one for each kind that it
/// changes, and that kind's own counter by one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReferenceVersions {
    /// Moves with every change: one comparison tells that nothing has changed.
    pub all: i64,
    /// Of partners, networks, stores and tills.
    pub places: i64,
    /// Of logins.
    pub logins: i64,
    /// Of programmes and their rules.
    pub rules: i64,
}

/// What of the reference data changes together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReferenceKind {
    /// Partners, networks, stores and tills.
    Places,
    /// Logins.
    Logins,
    /// Programmes and their rules.
    Rules,
}

/// A legal person of the coalition.
#[derive(Debug, Clone)]
pub struct Partner {
    /// Identity.
    pub id: PartnerId,
    /// The office's code.
    pub code: String,
    /// Its name.
    pub name: String,
}

/// A trade network.
#[derive(Debug, Clone)]
pub struct Network {
    /// Identity.
    pub id: NetworkId,
    /// Whose.
    pub partner: PartnerId,
    /// In which programme.
    pub programme: ProgrammeId,
    /// The office's code.
    pub code: String,
    /// Its name.
    pub name: String,
}

/// A store.
#[derive(Debug, Clone)]
pub struct Store {
    /// Identity.
    pub id: StoreId,
    /// Of which network.
    pub network: NetworkId,
    /// The office's code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// What its clocks show against UTC, in minutes.
    pub utc_offset_minutes: i32,
}

/// A till.
#[derive(Debug, Clone)]
pub struct Till {
    /// Identity.
    pub id: TillId,
    /// Of which network; codes are unique within it.
    pub network: NetworkId,
    /// In which store.
    pub store: StoreId,
    /// The office's code.
    pub code: String,
    /// Its name.
    pub name: Option<String>,
}

/// A login.
#[derive(Clone)]
pub struct Credential {
    /// Identity.
    pub id: CredentialId,
    /// The name.
    pub login: String,
    /// Argon2id, in PHC notation.
    pub password_hash: String,
    /// Moves with every change of the password or the rights.
    pub version: i64,
    /// Whether it is switched off.
    pub disabled: bool,
    /// What it may do.
    pub roles: Roles,
    /// For whom it acts.
    pub partner: PartnerId,
    /// In which network.
    pub network: NetworkId,
    /// In one store only.
    pub store: Option<StoreId>,
    /// At one till only.
    pub till: Option<TillId>,
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credential").field("id", &self.id).field("roles", &self.roles).finish_non_exhaustive()
    }
}

/// What a login may do; a set (A15).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Roles(u8);

impl Roles {
    /// Nobody.
    pub const NONE: Self = Self(0);
    /// A till.
    pub const TILL: Self = Self(1);
    /// An online shop.
    pub const ONLINE: Self = Self(2);
    /// The partner's page.
    pub const PARTNER: Self = Self(4);
    /// The head office.
    pub const OFFICE: Self = Self(8);
    /// A senior cashier («старший кассир»): may take goods back without the receipt of their sale. Given beside another role.
    pub const SUPERVISOR: Self = Self(16);
    const WORDS: [(Self, &'static str); 5] = [
        (Self::TILL, "till"),
        (Self::ONLINE, "online"),
        (Self::PARTNER, "partner"),
        (Self::OFFICE, "office"),
        (Self::SUPERVISOR, "supervisor"),
    ];

    /// Both.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those that are also among the others.
    #[must_use]
    pub const fn within(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether they have a role in common.
    #[must_use]
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The words for them.
    pub fn words(self) -> impl Iterator<Item = &'static str> {
        Self::WORDS.into_iter().filter(move |(role, _)| self.meets(*role)).map(|(_, word)| word)
    }

    /// What words stand for; nothing if one is none of ours.
    pub fn from_words<'a>(words: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        words.into_iter().try_fold(Self::NONE, |roles, word| {
            Self::WORDS.iter().find(|(_, known)| *known == word).map(|(role, _)| roles.or(*role))
        })
    }
}

/// Who calls: what a verified login says about the caller. Knows no till yet: the call names it.
#[derive(Debug, Clone)]
pub struct Actor {
    /// The login.
    pub credential: CredentialId,
    /// Its name.
    pub login: String,
    /// What it may do.
    pub roles: Roles,
    /// For whom.
    pub partner: PartnerId,
    /// In which network.
    pub network: NetworkId,
    /// In which programme: the network's.
    pub programme: ProgrammeId,
    /// In one store only.
    pub store: Option<StoreId>,
    /// At one till only.
    pub till: Option<TillId>,
    /// What its clocks show against UTC, in minutes: the store's, else the network's first store's.
    pub utc_offset_minutes: i32,
}

/// Where a call happens, once its till was found.
#[derive(Debug, Clone)]
pub struct Place {
    /// The store.
    pub store: Store,
    /// The till.
    pub till: TillId,
}

impl ReferenceKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Places, Self::Logins, Self::Rules];
}

impl ReferenceVersions {
    /// The counter of a kind.
    #[must_use]
    pub const fn of(&self, kind: ReferenceKind) -> i64 {
        match kind {
            ReferenceKind::Places => self.places,
            ReferenceKind::Logins => self.logins,
            ReferenceKind::Rules => self.rules,
        }
    }

    /// The kinds that have changed since `known` was read. All of them when the kinds' counters do not account for every
    /// move of `all`: then a program that does not know the kinds has written.
    pub fn changed_since(self, known: Self) -> impl Iterator<Item = ReferenceKind> {
        let moved = move |kind: ReferenceKind| self.of(kind).saturating_sub(known.of(kind));
        let accounted = ReferenceKind::ALL.into_iter().fold(0_i64, |sum, kind| sum.saturating_add(moved(kind)));
        let is_known = known.all > 0 && self.all.saturating_sub(known.all) == accounted;
        ReferenceKind::ALL.into_iter().filter(move |kind| !is_known || moved(*kind) != 0)
    }
}

impl Reference {
    /// The caller that a login stands for.
    #[must_use]
    pub fn actor(&self, credential: &Credential) -> Option<Actor> {
        let network = self.networks.get(&credential.network)?;
        let store =
            credential.store.or_else(|| credential.till.and_then(|till| self.tills.get(&till)).map(|till| till.store));
        let own = store.and_then(|store| self.stores.get(&store));
        let offset = own.map(|store| store.utc_offset_minutes).or_else(|| {
            let mut stores: Vec<&Store> = self.stores.values().filter(|store| store.network == network.id).collect();
            stores.sort_by_key(|store| store.id);
            stores.first().map(|store| store.utc_offset_minutes)
        });
        Some(Actor {
            credential: credential.id,
            login: credential.login.clone(),
            roles: credential.roles,
            partner: credential.partner,
            network: credential.network,
            programme: network.programme,
            store,
            till: credential.till,
            utc_offset_minutes: offset.unwrap_or(180),
        })
    }

    /// The till that a call names, if it is the caller's.
    ///
    /// # Errors
    /// No such till, or another's.
    pub fn place(&self, actor: &Actor, till_code: &str) -> Result<Place, Refusal> {
        let found = self.tills_by_code.get(&(actor.network, till_code.to_owned())).and_then(|id| self.tills.get(id));
        let Some(till) = found else {
            let elsewhere = self.tills.values().any(|till| till.code == till_code);
            let till = till_code.to_owned();
            return Err(if elsewhere { Refusal::TillNotYours { till } } else { Refusal::TillUnknown { till } });
        };
        let other_till = actor.till.is_some_and(|own| own != till.id);
        let other_store = actor.store.is_some_and(|own| own != till.store);
        match self.stores.get(&till.store) {
            Some(store) if !other_till && !other_store => Ok(Place { store: store.clone(), till: till.id }),
            Some(_) | None => Err(Refusal::TillNotYours { till: till_code.to_owned() }),
        }
    }

    /// A till's or a store's name for a statement.
    #[must_use]
    pub fn store_name(&self, store: Option<StoreId>) -> Option<String> {
        store.and_then(|id| self.stores.get(&id)).map(|store| store.name.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_words_and_back() {
        let roles = Roles::TILL.or(Roles::OFFICE);
        assert_eq!(roles.words().collect::<Vec<_>>(), ["till", "office"]);
        assert_eq!(Roles::from_words(["office", "till"]), Some(roles));
        assert_eq!(Roles::from_words(["king"]), None);
        assert!(!roles.meets(Roles::PARTNER));
    }

    #[test]
    fn only_kinds_that_moved_have_changed() {
        use ReferenceKind::{Logins, Places, Rules};
        let known = ReferenceVersions { all: 10, places: 3, logins: 2, rules: 1 };
        let changed = |now: ReferenceVersions| now.changed_since(known).collect::<Vec<_>>();
        assert_eq!(changed(known), []);
        assert_eq!(changed(ReferenceVersions { all: 12, places: 5, ..known }), [Places]);
        assert_eq!(changed(ReferenceVersions { all: 12, logins: 3, rules: 2, ..known }), [Logins, Rules]);
        let by_a_program_of_before = ReferenceVersions { all: 12, rules: 2, ..known };
        assert_eq!(changed(by_a_program_of_before), [Places, Logins, Rules]);
        assert_eq!(known.changed_since(ReferenceVersions::default()).count(), 3, "nothing was read yet");
    }

    #[test]
    fn a_till_of_another_partner_is_not_yours() {
        let mut reference = Reference::default();
        for (network, partner) in [(1, 1), (2, 2)] {
            let id = NetworkId(network);
            Arc::make_mut(&mut reference.networks).insert(
                id,
                Network {
                    id,
                    partner: PartnerId(partner),
                    programme: ProgrammeId(1),
                    code: "n".into(),
                    name: "N".into(),
                },
            );
            let store = StoreId(network * 10);
            Arc::make_mut(&mut reference.stores).insert(
                store,
                Store { id: store, network: id, code: "s".into(), name: "S".into(), utc_offset_minutes: 180 },
            );
            let till = TillId(network * 100);
            let code = format!("T{network}");
            let made = Till { id: till, network: id, store, code: code.clone(), name: None };
            Arc::make_mut(&mut reference.tills).insert(till, made);
            Arc::make_mut(&mut reference.tills_by_code).insert((id, code), till);
        }
        let actor = Actor {
            credential: CredentialId(1),
            login: "a".into(),
            roles: Roles::TILL,
            partner: PartnerId(1),
            network: NetworkId(1),
            programme: ProgrammeId(1),
            store: None,
            till: None,
            utc_offset_minutes: 180,
        };
        let code = |till: &str| reference.place(&actor, till).map(|place| place.till).map_err(|refusal| refusal.code());
        assert_eq!(code("T1"), Ok(TillId(100)));
        assert_eq!(code("T2"), Err("TILL_NOT_YOURS"));
        assert_eq!(code("T3"), Err("TILL_UNKNOWN"));
    }
}
