//! What a viewer of the history may see.

use std::collections::BTreeSet;

use diesel::prelude::*;

use crate::{
    domain::{
        card::masked_number,
        reference::{Actor, Roles},
    },
    store::{
        db::backend::{Db, on},
        error::StoreError,
        schema::{networks, programmes},
    },
    working_set::questions::history::Viewer,
};

/// Roles that see the history of every partner of the programme, when their partner runs it.
const SEES_HISTORY: Roles = Roles::HEAD_OFFICE.or(Roles::AUDITOR).or(Roles::SECURITY);
/// Roles that see every partner's exchanges so. A login has all the rights of its roles and no others: a role that may
/// not list exchanges must not widen what another one lists.
const SEES_EXCHANGES: Roles = Roles::HEAD_OFFICE;

/// Of whom a viewer sees the changes.
#[derive(Debug)]
pub(in crate::store::questions) struct Sight {
    /// Of these partners; of all when there is nothing.
    partners: Option<BTreeSet<i64>>,
    /// Whether also what belongs to no partner.
    sees_common: bool,
    /// In this programme; in any when there is nothing.
    pub(super) programme: Option<i64>,
    people: People,
}

/// In whose changes a viewer sees names of people, free texts and the digits of cards: only offices see personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum People {
    /// In all that are seen.
    Everybody,
    /// In those of this partner.
    Of(i64),
    Nobody,
}

impl Sight {
    /// What a viewer sees of the history.
    ///
    /// # Errors
    /// A statement fails.
    pub(super) fn of_history(db: &mut Db, viewer: &Viewer) -> Result<Self, StoreError> {
        match viewer {
            Viewer::CommandLine => {
                Ok(Self { partners: None, sees_common: true, programme: None, people: People::Everybody })
            }
            Viewer::Login(actor) => Self::of(db, actor, SEES_HISTORY),
        }
    }

    /// What a login sees of the exchanges.
    ///
    /// # Errors
    /// A statement fails.
    pub(in crate::store::questions) fn of_exchanges(db: &mut Db, actor: &Actor) -> Result<Self, StoreError> {
        Self::of(db, actor, SEES_EXCHANGES)
    }

    /// What a login sees; with one of these roles that of all partners, when its own runs the programme.
    fn of(db: &mut Db, actor: &Actor, sees_all: Roles) -> Result<Self, StoreError> {
        let programme = actor.programme.0;
        let mut partners = BTreeSet::from([actor.partner.0]);
        let sees_common = actor.roles.meets(sees_all) && runs(db, actor.partner.0, programme)?;
        if sees_common {
            let all: Vec<i64> = on!(db, c => networks::table
                .filter(networks::programme_id.eq(programme))
                .select(networks::partner_id)
                .load(&mut **c))?;
            partners.extend(all);
        }
        let people = if actor.roles.meets(Roles::HEAD_OFFICE) {
            People::Everybody
        } else if actor.roles.meets(Roles::PARTNER_OFFICE) {
            People::Of(actor.partner.0)
        } else {
            People::Nobody
        };
        Ok(Self { partners: Some(partners), sees_common, programme: Some(programme), people })
    }

    /// The partners that are seen; all when there is nothing.
    pub(in crate::store::questions) const fn partners(&self) -> Option<&BTreeSet<i64>> {
        self.partners.as_ref()
    }

    /// Whether what belongs to no partner is seen.
    pub(in crate::store::questions) const fn sees_common(&self) -> bool {
        self.sees_common
    }

    /// Whether names of people, free texts and digits of cards are left out of a change of this partner's.
    pub(super) fn hides_people(&self, partner: Option<i64>) -> bool {
        match self.people {
            People::Everybody => false,
            People::Of(own) => partner != Some(own),
            People::Nobody => true,
        }
    }

    /// A card's number as it is shown in a change of this partner's.
    pub(super) fn number(&self, number: &str, partner: Option<i64>) -> String {
        if self.hides_people(partner) { masked_number(number) } else { number.to_owned() }
    }

    /// Whether what belongs to a partner, or to none, is seen.
    pub(in crate::store::questions) fn takes(&self, partner: Option<i64>) -> bool {
        match (&self.partners, partner) {
            (None, _) => true,
            (Some(partners), Some(partner)) => partners.contains(&partner),
            (Some(_), None) => self.sees_common,
        }
    }
}

/// Whether a partner runs a programme, or nobody does.
fn runs(db: &mut Db, partner: i64, programme: i64) -> Result<bool, StoreError> {
    let owner: Option<Option<i64>> = on!(db, c => programmes::table
        .filter(programmes::id.eq(programme))
        .select(programmes::owner_id)
        .first(&mut **c)
        .optional())?;
    Ok(owner.is_some_and(|owner| owner.is_none_or(|owner| owner == partner)))
}
