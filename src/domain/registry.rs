//! Who takes part: rules for adding, renaming and closing partners, networks, stores and tills, and who may.

use crate::domain::{
    ids::{NetworkId, PartnerId, ProgrammeId, StoreId, TillId},
    name::Code,
    reference::{Actor, Credential, Network, Partner, Reference, Store, Till},
    refusal::Refusal,
};

/// Who changes or lists places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registrar {
    /// The operator at the command line: everything.
    Operator,
    /// An office: its own partner's, and of the partner that runs the programme those of all its partners.
    Office {
        /// The partner.
        partner: PartnerId,
        /// The login's network.
        network: NetworkId,
        /// The network's programme.
        programme: ProgrammeId,
        /// The login's store, if it is limited to one.
        store: Option<StoreId>,
        /// The login's till, if it is limited to one.
        till: Option<TillId>,
    },
}

/// A place as it is from now on, and what was done.
#[derive(Debug, Clone)]
pub struct Saved<T> {
    /// The place.
    pub place: T,
    /// Whether it was added.
    pub added: bool,
}

/// What is to be saved of a partner.
#[derive(Debug, Clone)]
pub struct PartnerDraft {
    /// Its code.
    pub code: Code,
    /// Its name; `None` leaves it.
    pub name: Option<String>,
    /// Whether it is closed; `None` leaves that.
    pub disabled: Option<bool>,
}

/// What is to be saved of a network.
#[derive(Debug, Clone)]
pub struct NetworkDraft {
    /// The code of its partner; `None` is the registrar's own.
    pub partner: Option<String>,
    /// Its code.
    pub code: Code,
    /// Its name; `None` leaves it.
    pub name: Option<String>,
    /// The code of its programme if it is new; `None` is the registrar's or the partner's only one.
    pub programme: Option<String>,
    /// Whether it is closed; `None` leaves that.
    pub disabled: Option<bool>,
}

/// What is to be saved of a store.
#[derive(Debug, Clone)]
pub struct StoreDraft {
    /// The code of its partner; `None` is the registrar's own.
    pub partner: Option<String>,
    /// The code of its network; `None` is the registrar's, or the partner's only one.
    pub network: Option<String>,
    /// Its code.
    pub code: Code,
    /// Its name; `None` leaves it.
    pub name: Option<String>,
    /// Its offset from UTC in minutes; `None` leaves it.
    pub utc_offset_minutes: Option<i32>,
    /// Whether it is closed; `None` leaves that.
    pub disabled: Option<bool>,
}

/// What is to be saved of a till.
#[derive(Debug, Clone)]
pub struct TillDraft {
    /// The code of its partner; `None` is the registrar's own.
    pub partner: Option<String>,
    /// The code of its network; `None` is the registrar's, or the partner's only one.
    pub network: Option<String>,
    /// The code of its store; `None` leaves it where it is.
    pub store: Option<String>,
    /// Its code.
    pub code: Code,
    /// Its name; `None` leaves it.
    pub name: Option<String>,
    /// Whether it is closed; `None` leaves that.
    pub disabled: Option<bool>,
}

impl Registrar {
    /// The office of a caller.
    #[must_use]
    pub const fn of(actor: &Actor) -> Self {
        let Actor { partner, network, programme, store, till, .. } = actor;
        Self::Office { partner: *partner, network: *network, programme: *programme, store: *store, till: *till }
    }
}

impl Reference {
    /// What of a place is closed, in words that begin a sentence; `None` when nothing is.
    #[must_use]
    pub fn closed(&self, network: &Network, store: Option<StoreId>, till: Option<TillId>) -> Option<String> {
        if let Some(partner) = self.partners.get(&network.partner).filter(|partner| partner.disabled) {
            return Some(format!("Партнёр «{}» закрыт", partner.name));
        }
        if network.disabled {
            return Some(format!("Сеть «{}» закрыта", network.name));
        }
        if let Some(store) = store.and_then(|id| self.stores.get(&id)).filter(|store| store.disabled) {
            return Some(format!("Магазин «{}» закрыт", store.name));
        }
        let till = till.and_then(|id| self.tills.get(&id)).filter(|till| till.disabled);
        till.map(|till| format!("Касса «{}» закрыта", till.code))
    }

    /// Whether this office's partner runs its programme. One that nobody runs is every partner's.
    #[must_use]
    pub fn runs(&self, partner: PartnerId, programme: ProgrammeId) -> bool {
        let owner = self.programmes.get(&programme).and_then(|programme| programme.owner);
        owner.is_none_or(|owner| owner == partner)
    }

    /// Whether a partner takes part in a programme.
    #[must_use]
    pub fn takes_part(&self, partner: PartnerId, programme: ProgrammeId) -> bool {
        self.networks.values().any(|network| network.partner == partner && network.programme == programme)
    }

    /// Whether a registrar may see to a partner's places and logins.
    #[must_use]
    pub fn oversees(&self, by: Registrar, partner: PartnerId) -> bool {
        match by {
            Registrar::Operator => true,
            Registrar::Office { partner: own, programme, .. } => {
                own == partner || (self.runs(own, programme) && self.takes_part(partner, programme))
            }
        }
    }

    /// Whether a registrar may see to a login: its partner's, and in a network that it may see to. The office that runs one
    /// programme of a partner has no business with its logins in another.
    #[must_use]
    pub fn oversees_login(&self, by: Registrar, login: &Credential) -> bool {
        let is_seen = self.networks.get(&login.network).is_some_and(|network| self.is_seen(by, network));
        self.oversees(by, login.partner) && is_seen
    }

    /// Whether a partner takes part in a programme that another one does not run.
    fn goes_beyond(&self, partner: PartnerId, runner: PartnerId) -> bool {
        self.networks.values().any(|network| network.partner == partner && !self.runs(runner, network.programme))
    }

    /// The partner of a code that a registrar may see to; without a code its own.
    ///
    /// # Errors
    /// There is none in the programme, or another office sees to it.
    pub fn partner(&self, by: Registrar, code: Option<&str>) -> Result<&Partner, Refusal> {
        let Some(code) = code else {
            let own = match by {
                Registrar::Operator => None,
                Registrar::Office { partner, .. } => self.partners.get(&partner),
            };
            return own.ok_or_else(|| Refusal::PartnerUnknown { partner: String::new() });
        };
        let unknown = || Refusal::PartnerUnknown { partner: code.to_owned() };
        let found = self.partners.values().find(|partner| partner.code == code.trim()).ok_or_else(unknown)?;
        if self.oversees(by, found.id) {
            return Ok(found);
        }
        match by {
            Registrar::Office { programme, .. } if !self.takes_part(found.id, programme) => Err(unknown()),
            Registrar::Office { .. } | Registrar::Operator => {
                Err(Refusal::PartnerNotYours { partner: code.to_owned() })
            }
        }
    }

    /// The network of a code of a partner; without a code the registrar's own, or the partner's only one.
    ///
    /// # Errors
    /// There is none, or several and none is named.
    pub fn network(&self, by: Registrar, partner: PartnerId, code: Option<&str>) -> Result<&Network, Refusal> {
        let mut networks: Vec<&Network> =
            self.networks.values().filter(|network| network.partner == partner && self.is_seen(by, network)).collect();
        networks.sort_by_key(|network| network.id);
        if let Some(code) = code {
            let found = networks.into_iter().find(|network| network.code == code.trim());
            return found.ok_or_else(|| Refusal::NetworkUnknown { network: code.to_owned() });
        }
        if let Registrar::Office { network, .. } = by
            && let Some(own) = networks.iter().find(|known| known.id == network)
        {
            return Ok(own);
        }
        match networks.as_slice() {
            [only] => Ok(only),
            [] => Err(Refusal::NetworkUnknown { network: String::new() }),
            [_, _, ..] => Err(Refusal::NetworkRequired),
        }
    }

    /// The networks of a partner that a registrar may see to, in no order; without a code those of its own.
    ///
    /// # Errors
    /// The partner is unknown, or another office sees to it.
    pub fn networks_of(&self, by: Registrar, partner: Option<&str>) -> Result<Vec<&Network>, Refusal> {
        let partner = self.partner(by, partner)?.id;
        let own = |network: &&Network| network.partner == partner && self.is_seen(by, network);
        Ok(self.networks.values().filter(own).collect())
    }

    /// Their stores, in no order.
    ///
    /// # Errors
    /// As [`Self::networks_of`].
    pub fn stores_of(&self, by: Registrar, partner: Option<&str>) -> Result<Vec<(&Network, &Store)>, Refusal> {
        let networks = self.networks_of(by, partner)?;
        let of = |store: &&Store| networks.iter().find(|network| network.id == store.network).copied();
        Ok(self.stores.values().filter_map(|store| Some((of(&store)?, store))).collect())
    }

    /// Whether a registrar may see to a network: an office, to its own partner's and to those of its programme.
    fn is_seen(&self, by: Registrar, network: &Network) -> bool {
        match by {
            Registrar::Operator => true,
            Registrar::Office { partner, programme, .. } => {
                network.partner == partner || network.programme == programme
            }
        }
    }

    /// A partner as it is to be saved.
    ///
    /// # Errors
    /// The registrar may not, the code is another programme's, a name is missing, or it would close itself.
    pub fn save_partner(
        &self,
        by: Registrar,
        draft: &PartnerDraft,
        new_id: impl FnOnce() -> i64,
    ) -> Result<Saved<Partner>, Refusal> {
        let code = draft.code.as_str();
        let known = self.partners.values().find(|partner| partner.code == code);
        if let Registrar::Office { partner: own, programme, .. } = by {
            let is_own = known.is_some_and(|known| known.id == own);
            if !is_own && !self.runs(own, programme) {
                return Err(Refusal::ProgrammeNotYours);
            }
            if known.is_some_and(|known| !is_own && !self.takes_part(known.id, programme)) {
                return Err(Refusal::PartnerTaken { partner: code.to_owned() });
            }
            // It trades in another programme too: what is closed here is its network.
            if known.is_some_and(|known| !is_own && self.goes_beyond(known.id, own)) {
                return Err(Refusal::PartnerNotYours { partner: code.to_owned() });
            }
            if is_own && draft.disabled == Some(true) {
                return Err(Refusal::PlaceOwn);
            }
        }
        let name = named(draft.name.as_deref(), known.map(|known| known.name.as_str()))?;
        let disabled = draft.disabled.unwrap_or_else(|| known.is_some_and(|known| known.disabled));
        let id = known.map_or_else(|| PartnerId(new_id()), |known| known.id);
        let code = code.to_owned();
        Ok(Saved { place: Partner { id, code, name, disabled }, added: known.is_none() })
    }

    /// A network as it is to be saved.
    ///
    /// # Errors
    /// The partner is unknown or not the registrar's, a name is missing, or an office would close itself.
    pub fn save_network(
        &self,
        by: Registrar,
        draft: &NetworkDraft,
        new_id: impl FnOnce() -> i64,
    ) -> Result<Saved<Network>, Refusal> {
        let partner = self.partner(by, draft.partner.as_deref())?.id;
        let code = draft.code.as_str();
        let is_it = |network: &&Network| network.partner == partner && network.code == code;
        let known = self.networks.values().find(is_it);
        if known.is_some_and(|known| !self.is_seen(by, known)) {
            return Err(Refusal::NetworkUnknown { network: code.to_owned() });
        }
        if let Registrar::Office { network, .. } = by
            && draft.disabled == Some(true)
            && known.is_some_and(|known| known.id == network)
        {
            return Err(Refusal::PlaceOwn);
        }
        let programme = match known {
            Some(known) => known.programme,
            None => self.programme_of_new(by, partner, draft.programme.as_deref())?,
        };
        let name = named(draft.name.as_deref(), known.map(|known| known.name.as_str()))?;
        let disabled = draft.disabled.unwrap_or_else(|| known.is_some_and(|known| known.disabled));
        let id = known.map_or_else(|| NetworkId(new_id()), |known| known.id);
        let code = code.to_owned();
        Ok(Saved { place: Network { id, partner, programme, code, name, disabled }, added: known.is_none() })
    }

    /// The programme that a new network takes part in.
    fn programme_of_new(&self, by: Registrar, partner: PartnerId, code: Option<&str>) -> Result<ProgrammeId, Refusal> {
        if let Some(code) = code {
            let found = self.programmes.values().find(|programme| programme.code == code.trim());
            return found.map(|programme| programme.id).ok_or(Refusal::ProgrammeUnknown);
        }
        if let Registrar::Office { programme, .. } = by {
            return Ok(programme);
        }
        let networks = self.networks.values().filter(|network| network.partner == partner);
        let first = networks.min_by_key(|network| network.id);
        first.map(|network| network.programme).ok_or(Refusal::ProgrammeUnknown)
    }

    /// A store as it is to be saved.
    ///
    /// # Errors
    /// Its partner or network is unknown or not the registrar's, a name is missing, or an office would close itself.
    pub fn save_store(
        &self,
        by: Registrar,
        draft: &StoreDraft,
        default_offset_minutes: i32,
        new_id: impl FnOnce() -> i64,
    ) -> Result<Saved<Store>, Refusal> {
        let partner = self.partner(by, draft.partner.as_deref())?.id;
        let network = self.network(by, partner, draft.network.as_deref())?.id;
        let known = self.store(network, draft.code.as_str());
        if let Registrar::Office { store: Some(own), .. } = by
            && draft.disabled == Some(true)
            && known.is_some_and(|known| known.id == own)
        {
            return Err(Refusal::PlaceOwn);
        }
        let name = named(draft.name.as_deref(), known.map(|known| known.name.as_str()))?;
        let disabled = draft.disabled.unwrap_or_else(|| known.is_some_and(|known| known.disabled));
        let offset = draft.utc_offset_minutes.or_else(|| known.map(|known| known.utc_offset_minutes));
        let utc_offset_minutes = offset.unwrap_or(default_offset_minutes);
        let id = known.map_or_else(|| StoreId(new_id()), |known| known.id);
        let code = known.map_or_else(|| draft.code.as_str().to_owned(), |known| known.code.clone());
        Ok(Saved { place: Store { id, network, code, name, utc_offset_minutes, disabled }, added: known.is_none() })
    }

    /// A till as it is to be saved.
    ///
    /// # Errors
    /// Its partner, network or store is unknown or not the registrar's, or an office would close itself.
    pub fn save_till(
        &self,
        by: Registrar,
        draft: &TillDraft,
        new_id: impl FnOnce() -> i64,
    ) -> Result<Saved<Till>, Refusal> {
        let partner = self.partner(by, draft.partner.as_deref())?.id;
        let network = self.network(by, partner, draft.network.as_deref())?.id;
        let known = self.till(network, draft.code.as_str());
        let store = match (&draft.store, known) {
            (Some(code), _) => {
                let found = self.store(network, code);
                found.map(|store| store.id).ok_or_else(|| Refusal::StoreUnknown { store: code.clone() })?
            }
            (None, Some(known)) => known.store,
            (None, None) => return Err(Refusal::TillUnknown { till: draft.code.as_str().to_owned() }),
        };
        if let Registrar::Office { till: Some(own), .. } = by
            && draft.disabled == Some(true)
            && known.is_some_and(|known| known.id == own)
        {
            return Err(Refusal::PlaceOwn);
        }
        let id = known.map_or_else(|| TillId(new_id()), |known| known.id);
        let code = known.map_or_else(|| draft.code.as_str().to_owned(), |known| known.code.clone());
        let name = draft.name.clone().or_else(|| known.and_then(|known| known.name.clone()));
        let disabled = draft.disabled.unwrap_or_else(|| known.is_some_and(|known| known.disabled));
        Ok(Saved { place: Till { id, network, store, code, name, disabled }, added: known.is_none() })
    }
}

/// The name that a place has from now on.
fn named(given: Option<&str>, known: Option<&str>) -> Result<String, Refusal> {
    let given = given.map(str::trim).filter(|name| !name.is_empty());
    given.or(known).map(str::to_owned).ok_or(Refusal::PlaceNameRequired)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::programme::{Programme, Rules};

    const RUNS: Registrar = office(1, 1);
    const JOINED: Registrar = office(2, 2);

    const fn office(partner: i64, network: i64) -> Registrar {
        Registrar::Office {
            partner: PartnerId(partner),
            network: NetworkId(network),
            programme: ProgrammeId(1),
            store: None,
            till: None,
        }
    }

    /// Partner 1 runs programme 1, partner 2 takes part in it, partner 3 has a programme of its own.
    fn reference() -> Reference {
        let mut reference = Reference::default();
        for (id, owner) in [(1, 1), (2, 3)] {
            let programme = Programme {
                id: ProgrammeId(id),
                code: format!("b{id}"),
                name: "Б".into(),
                owner: Some(PartnerId(owner)),
                versions: vec![Rules::default()],
            };
            Arc::make_mut(&mut reference.programmes).insert(programme.id, programme);
        }
        for (id, programme) in [(1, 1), (2, 1), (3, 2)] {
            let code = format!("p{id}");
            let partner = Partner { id: PartnerId(id), code: code.clone(), name: format!("П{id}"), disabled: false };
            let network = Network {
                id: NetworkId(id),
                partner: partner.id,
                programme: ProgrammeId(programme),
                code,
                name: format!("С{id}"),
                disabled: false,
            };
            Arc::make_mut(&mut reference.partners).insert(partner.id, partner);
            Arc::make_mut(&mut reference.networks).insert(network.id, network);
        }
        reference
    }

    fn code(text: &str) -> Code {
        Code::parse(text).unwrap()
    }

    fn partner(text: &str, name: Option<&str>, disabled: Option<bool>) -> PartnerDraft {
        PartnerDraft { code: code(text), name: name.map(str::to_owned), disabled }
    }

    #[test]
    fn an_office_sees_to_its_own_and_the_one_that_runs_the_programme_to_all_of_it() {
        let reference = reference();
        let seen = |by, code| reference.partner(by, code).map(|partner| partner.id.0).map_err(|refusal| refusal.code());
        assert_eq!((seen(RUNS, None), seen(JOINED, None)), (Ok(1), Ok(2)));
        assert_eq!((seen(RUNS, Some("p2")), seen(JOINED, Some("p2"))), (Ok(2), Ok(2)));
        assert_eq!(seen(JOINED, Some("p1")), Err("PARTNER_NOT_YOURS"));
        for by in [RUNS, JOINED] {
            assert_eq!(seen(by, Some("p3")), Err("PARTNER_UNKNOWN"));
            assert_eq!(seen(by, Some("p9")), Err("PARTNER_UNKNOWN"));
        }
        assert_eq!((seen(Registrar::Operator, Some("p3")), seen(Registrar::Operator, None).is_err()), (Ok(3), true));
    }

    #[test]
    fn a_partner_is_added_by_the_one_that_runs_the_programme_and_closes_itself_never() {
        let reference = reference();
        let save = |by, draft| {
            let saved = reference.save_partner(by, &draft, || 9);
            saved.map(|saved| (saved.place.id.0, saved.added, saved.place.disabled)).map_err(|refusal| refusal.code())
        };
        assert_eq!(save(RUNS, partner("new", Some("Н"), None)), Ok((9, true, false)));
        assert_eq!(save(RUNS, partner("new", Some("  "), None)), Err("PLACE_NAME_REQUIRED"));
        assert_eq!(save(RUNS, partner("p2", None, Some(true))), Ok((2, false, true)));
        assert_eq!(save(RUNS, partner("p3", None, Some(true))), Err("PARTNER_TAKEN"));
        assert_eq!(save(RUNS, partner("p1", None, Some(true))), Err("PLACE_OWN"));
        assert_eq!(save(JOINED, partner("p2", Some("Имя"), None)), Ok((2, false, false)));
        assert_eq!(save(JOINED, partner("new", Some("Н"), None)), Err("PROGRAMME_NOT_YOURS"));
        assert_eq!(save(JOINED, partner("p1", Some("Н"), None)), Err("PROGRAMME_NOT_YOURS"));
    }

    #[test]
    fn a_network_must_be_named_where_there_are_several() {
        let mut reference = reference();
        let found = |reference: &Reference, by, code| {
            let found = reference.network(by, PartnerId(2), code);
            found.map(|network| network.id.0).map_err(|refusal| refusal.code())
        };
        assert_eq!(found(&reference, RUNS, None), Ok(2));
        let second = Network { id: NetworkId(7), code: "n7".into(), ..reference.networks[&NetworkId(2)].clone() };
        Arc::make_mut(&mut reference.networks).insert(second.id, second);
        assert_eq!(found(&reference, RUNS, None), Err("NETWORK_REQUIRED"));
        assert_eq!(found(&reference, JOINED, None), Ok(2), "its own");
        assert_eq!(
            (found(&reference, RUNS, Some("n7")), found(&reference, RUNS, Some("n8"))),
            (Ok(7), Err("NETWORK_UNKNOWN"))
        );
    }

    #[test]
    fn the_widest_closed_place_is_told() {
        let mut reference = reference();
        let told = |reference: &Reference| reference.closed(&reference.networks[&NetworkId(2)], None, None);
        assert_eq!(told(&reference), None);
        Arc::make_mut(&mut reference.networks).get_mut(&NetworkId(2)).unwrap().disabled = true;
        assert_eq!(told(&reference).as_deref(), Some("Сеть «С2» закрыта"));
        Arc::make_mut(&mut reference.partners).get_mut(&PartnerId(2)).unwrap().disabled = true;
        assert_eq!(told(&reference).as_deref(), Some("Партнёр «П2» закрыт"));
    }
}
