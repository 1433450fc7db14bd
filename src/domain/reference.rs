//! Reference data: partners, networks, stores, tills, logins, programmes. They are small, read often and cached whole.

use std::{collections::HashMap, sync::Arc};

use crate::domain::{
    ids::{CredentialId, NetworkId, PartnerId, ProgrammeId, StoreId, TillId},
    programme::Programme,
    refusal::Refusal,
    spelling::tidy,
};

/// The reference data of one version. Maps are shared: when one kind changes, the others are neither read nor copied.
#[derive(Debug, Clone, Default)]
pub struct Reference {
    /// The versions of the data.
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

/// The version counters of the reference data. A change increments `all` by one for each changed kind, and that kind's
/// own counter by one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReferenceVersions {
    /// Incremented by every change: one comparison detects it.
    pub all: i64,
    /// Of partners, networks, stores and tills.
    pub places: i64,
    /// Of logins.
    pub logins: i64,
    /// Of programmes and their rules.
    pub rules: i64,
}

/// A kind of reference data, with its own version.
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
    /// Whether the office has closed it.
    pub disabled: bool,
}

/// A trade network.
#[derive(Debug, Clone)]
pub struct Network {
    /// Identity.
    pub id: NetworkId,
    /// Whose.
    pub partner: PartnerId,
    /// The programme.
    pub programme: ProgrammeId,
    /// The office's code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Whether the office has closed it.
    pub disabled: bool,
}

/// A store.
#[derive(Debug, Clone)]
pub struct Store {
    /// Identity.
    pub id: StoreId,
    /// The network.
    pub network: NetworkId,
    /// The office's code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The offset from UTC, in minutes.
    pub utc_offset_minutes: i32,
    /// Whether the office has closed it.
    pub disabled: bool,
}

/// A till.
#[derive(Debug, Clone)]
pub struct Till {
    /// Identity.
    pub id: TillId,
    /// The network; codes are unique within it.
    pub network: NetworkId,
    /// The store.
    pub store: StoreId,
    /// The office's code.
    pub code: String,
    /// Its name.
    pub name: Option<String>,
    /// Whether the office has closed it.
    pub disabled: bool,
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
    /// Incremented by every change of the password or the roles.
    pub version: i64,
    /// Whether it is disabled.
    pub disabled: bool,
    /// Its roles.
    pub roles: Roles,
    /// The partner.
    pub partner: PartnerId,
    /// The network.
    pub network: NetworkId,
    /// The store that it is limited to.
    pub store: Option<StoreId>,
    /// The till that it is limited to.
    pub till: Option<TillId>,
}

impl Credential {
    /// The same login, disabled. Its version grows, so a remembered password check no longer counts.
    #[must_use]
    pub fn to_disabled(&self) -> Self {
        Self { disabled: true, version: self.version.saturating_add(1), ..self.clone() }
    }

    /// The same login with another password. `password_hash` is in PHC notation.
    #[must_use]
    pub fn to_password(&self, password_hash: String) -> Self {
        Self { version: self.version.saturating_add(1), password_hash, ..self.clone() }
    }

    /// The same login, enabled with a new password, and only with it. `password_hash` is in PHC notation.
    #[must_use]
    pub fn to_enabled(&self, password_hash: String) -> Self {
        Self { disabled: false, version: self.version.saturating_add(1), password_hash, ..self.clone() }
    }
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credential").field("id", &self.id).field("roles", &self.roles).finish_non_exhaustive()
    }
}

/// What a login may do; a set (A15).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Roles(u32);

impl Roles {
    /// No role.
    pub const NONE: Self = Self(0);
    /// A customer, on a page of its own.
    pub const CUSTOMER: Self = Self(1);
    /// A till.
    pub const TILL: Self = Self(1 << 1);
    /// A senior cashier («старший кассир»): everything that a till may, and returns without receipts.
    pub const SENIOR_TILL: Self = Self(1 << 2);
    /// An online shop.
    pub const ONLINE_SHOP: Self = Self(1 << 3);
    /// The call centre.
    pub const CALL_CENTRE: Self = Self(1 << 4);
    /// A store's own page, for cashiers without 1C.
    pub const STORE: Self = Self(1 << 5);
    /// The office of one partner.
    pub const PARTNER_OFFICE: Self = Self(1 << 6);
    /// The head office.
    pub const HEAD_OFFICE: Self = Self(1 << 7);
    /// Marketing: offers, coupons, mailings.
    pub const MARKETING: Self = Self(1 << 8);
    /// An auditor: reads all but personal data.
    pub const AUDITOR: Self = Self(1 << 9);
    /// The security service, which investigates fraud.
    pub const SECURITY: Self = Self(1 << 10);
    /// A partner's program that exchanges data.
    pub const INTEGRATION: Self = Self(1 << 11);
    /// A shop node.
    pub const NODE: Self = Self(1 << 12);
    /// The processing centre of another programme.
    pub const PROCESSING_CENTRE: Self = Self(1 << 13);

    /// Roles that see personal data in full. A till only sees what it needs to address the customer.
    pub const SEES_PEOPLE: Self = Self::STORE.or(Self::CALL_CENTRE).or(Self::PARTNER_OFFICE).or(Self::HEAD_OFFICE);

    /// Every role with its word, which is the same in the contract, at the command line and in the database.
    pub const WORDS: [(Self, &'static str); 14] = [
        (Self::CUSTOMER, "customer"),
        (Self::TILL, "till"),
        (Self::SENIOR_TILL, "senior_till"),
        (Self::ONLINE_SHOP, "online_shop"),
        (Self::CALL_CENTRE, "call_centre"),
        (Self::STORE, "store"),
        (Self::PARTNER_OFFICE, "partner_office"),
        (Self::HEAD_OFFICE, "head_office"),
        (Self::MARKETING, "marketing"),
        (Self::AUDITOR, "auditor"),
        (Self::SECURITY, "security"),
        (Self::INTEGRATION, "integration"),
        (Self::NODE, "node"),
        (Self::PROCESSING_CENTRE, "processing_centre"),
    ];
    /// Words of the first versions, which old logins may still have.
    const FORMER_WORDS: [(Self, &'static str); 4] = [
        (Self::ONLINE_SHOP, "online"),
        (Self::STORE, "partner"),
        (Self::HEAD_OFFICE, "office"),
        (Self::SENIOR_TILL, "supervisor"),
    ];

    /// Both.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
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

    /// The roles of words; `None` when one is unknown.
    pub fn from_words<'a>(words: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        words.into_iter().try_fold(Self::NONE, |roles, word| {
            let mut known = Self::WORDS.iter().chain(&Self::FORMER_WORDS);
            known.find(|(_, known)| *known == word).map(|(role, _)| roles.or(*role))
        })
    }
}

/// The caller: the properties of a verified login. The call itself names the till.
#[derive(Debug, Clone)]
pub struct Actor {
    /// The login.
    pub credential: CredentialId,
    /// Its name.
    pub login: String,
    /// Its roles.
    pub roles: Roles,
    /// The partner.
    pub partner: PartnerId,
    /// The network.
    pub network: NetworkId,
    /// The network's programme.
    pub programme: ProgrammeId,
    /// The store that it is limited to.
    pub store: Option<StoreId>,
    /// The till that it is limited to.
    pub till: Option<TillId>,
    /// The offset from UTC in minutes: the store's, else the network's first store's.
    pub utc_offset_minutes: i32,
    /// What of the caller's place is closed, in words: nothing is done for such a caller.
    pub closed: Option<String>,
}

/// The place of a call: its till and store.
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

    /// The kinds that have changed since `known` was read. All kinds when their counters do not add up to `all`: then a
    /// program that does not know the kinds has written.
    pub fn changed_since(self, known: Self) -> impl Iterator<Item = ReferenceKind> {
        let moved = move |kind: ReferenceKind| self.of(kind).saturating_sub(known.of(kind));
        let accounted = ReferenceKind::ALL.into_iter().fold(0_i64, |sum, kind| sum.saturating_add(moved(kind)));
        let is_known = known.all > 0 && self.all.saturating_sub(known.all) == accounted;
        ReferenceKind::ALL.into_iter().filter(move |kind| !is_known || moved(*kind) != 0)
    }
}

impl Reference {
    /// The caller of a login.
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
            closed: self.closed(network, store, credential.till),
        })
    }

    /// The store of a code in a network. A code that is not there is looked for in its one spelling ([`tidy`]), and so is one that an
    /// earlier program kept in another.
    #[must_use]
    pub fn store(&self, network: NetworkId, code: &str) -> Option<&Store> {
        let mut stores = self.stores.values().filter(|store| store.network == network);
        let named = |code: &str| stores.clone().find(|store| store.code == code);
        let tidied = tidy(code);
        named(code).or_else(|| named(&tidied)).or_else(|| stores.find(|store| tidy(&store.code) == tidied))
    }

    /// The till of a code in a network; as [`Self::store`].
    #[must_use]
    pub fn till(&self, network: NetworkId, code: &str) -> Option<&Till> {
        let named = |code: String| self.tills_by_code.get(&(network, code)).and_then(|id| self.tills.get(id));
        let tidied = tidy(code);
        let mut tills = self.tills.values().filter(|till| till.network == network);
        let is_meant = |till: &&Till| tidy(&till.code) == tidied;
        named(code.to_owned()).or_else(|| named(tidied.clone().into_owned())).or_else(|| tills.find(is_meant))
    }

    /// The login of a name; one that is not there is looked for in its one spelling ([`tidy`]).
    #[must_use]
    pub fn credential(&self, name: &str) -> Option<&Credential> {
        self.credentials.get(name).or_else(|| self.credentials.get(tidy(name).as_ref()))
    }

    /// The till that a call names, if it is the caller's.
    ///
    /// # Errors
    /// The till is unknown or does not belong to the caller.
    pub fn place(&self, actor: &Actor, till_code: &str) -> Result<Place, Refusal> {
        let Some(till) = self.till(actor.network, till_code) else {
            let elsewhere = self.tills.values().any(|till| till.code == till_code);
            let till = till_code.to_owned();
            return Err(if elsewhere { Refusal::TillNotYours { till } } else { Refusal::TillUnknown { till } });
        };
        let other_till = actor.till.is_some_and(|own| own != till.id);
        let other_store = actor.store.is_some_and(|own| own != till.store);
        match self.stores.get(&till.store) {
            Some(store) if !other_till && !other_store => {
                let closed = self.networks.get(&actor.network);
                let closed = closed.and_then(|network| self.closed(network, Some(store.id), Some(till.id)));
                if let Some(what) = closed {
                    return Err(Refusal::PlaceClosed { what });
                }
                Ok(Place { store: store.clone(), till: till.id })
            }
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
        let roles = Roles::TILL.or(Roles::HEAD_OFFICE);
        assert_eq!(roles.words().collect::<Vec<_>>(), ["till", "head_office"]);
        assert_eq!(Roles::from_words(["head_office", "till"]), Some(roles));
        assert_eq!(Roles::from_words(["king"]), None);
        assert!(!roles.meets(Roles::STORE));
        for (role, word) in Roles::WORDS {
            assert_eq!((Roles::from_words([word]), role.words().collect::<Vec<_>>()), (Some(role), vec![word]));
        }
    }

    #[test]
    fn a_login_that_was_saved_with_the_former_words_has_its_roles() {
        let saved = Roles::from_words(["online", "partner", "office", "supervisor"]);
        let roles = Roles::ONLINE_SHOP.or(Roles::STORE).or(Roles::HEAD_OFFICE).or(Roles::SENIOR_TILL);
        assert_eq!(saved, Some(roles));
        assert_eq!(roles.words().collect::<Vec<_>>(), ["senior_till", "online_shop", "store", "head_office"]);
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
                    disabled: false,
                },
            );
            let store = StoreId(network * 10);
            Arc::make_mut(&mut reference.stores).insert(
                store,
                Store {
                    id: store,
                    network: id,
                    code: "s".into(),
                    name: "S".into(),
                    utc_offset_minutes: 180,
                    disabled: false,
                },
            );
            let till = TillId(network * 100);
            let code = format!("T{network}");
            let made = Till { id: till, network: id, store, code: code.clone(), name: None, disabled: false };
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
            closed: None,
        };
        let code = |till: &str| reference.place(&actor, till).map(|place| place.till).map_err(|refusal| refusal.code());
        assert_eq!(code("T1"), Ok(TillId(100)));
        assert_eq!(code("T2"), Err("TILL_NOT_YOURS"));
        assert_eq!(code("T3"), Err("TILL_UNKNOWN"));
        assert_eq!([code("T1\u{a0}"), code("\u{200b}T1")], [Ok(TillId(100)), Ok(TillId(100))]);
        // One that an earlier program kept as it was pasted.
        let kept =
            Till { id: TillId(101), code: " Й\u{ad}1".into(), name: None, ..reference.tills[&TillId(100)].clone() };
        Arc::make_mut(&mut reference.tills_by_code).insert((NetworkId(1), kept.code.clone()), kept.id);
        Arc::make_mut(&mut reference.tills).insert(kept.id, kept);
        let found = |till: &str| reference.till(NetworkId(1), till).map(|till| till.id);
        assert_eq!([found("Й1"), found("И\u{306}1"), found(" Й\u{ad}1")], [Some(TillId(101)); 3]);
        assert_eq!(found("й1"), None);
    }
}
