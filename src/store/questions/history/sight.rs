//! What a viewer of the history may see.

use std::collections::BTreeSet;

use diesel::prelude::*;

use crate::{
    domain::{card::masked_number, reference::Roles},
    store::{
        db::backend::{Db, on},
        error::StoreError,
        schema::{networks, programmes},
    },
    working_set::questions::history::Viewer,
};

/// Roles that see what every partner of the programme did, when their partner runs it.
const SEES_ALL: Roles = Roles::HEAD_OFFICE.or(Roles::AUDITOR).or(Roles::SECURITY);

/// Of whom a viewer sees the changes.
#[derive(Debug)]
pub(in crate::store::questions) struct Sight {
    /// Of these partners; of all when there is nothing.
    partners: Option<BTreeSet<i64>>,
    /// Whether also what belongs to no partner.
    sees_common: bool,
    /// In this programme; in any when there is nothing.
    pub(in crate::store::questions) programme: Option<i64>,
    /// Whether names of people, free texts and digits of cards are left out: only offices see personal data.
    pub(in crate::store::questions) hides_people: bool,
}

impl Sight {
    /// What a viewer sees.
    ///
    /// # Errors
    /// A statement fails.
    pub(in crate::store::questions) fn of(db: &mut Db, viewer: &Viewer) -> Result<Self, StoreError> {
        let actor = match viewer {
            Viewer::CommandLine => {
                return Ok(Self { partners: None, sees_common: true, programme: None, hides_people: false });
            }
            Viewer::Login(actor) => actor,
        };
        let programme = actor.programme.0;
        let mut partners = BTreeSet::from([actor.partner.0]);
        let sees_common = actor.roles.meets(SEES_ALL) && runs(db, actor.partner.0, programme)?;
        if sees_common {
            let all: Vec<i64> = on!(db, c => networks::table
                .filter(networks::programme_id.eq(programme))
                .select(networks::partner_id)
                .load(&mut **c))?;
            partners.extend(all);
        }
        let hides_people = !actor.roles.meets(Roles::HEAD_OFFICE.or(Roles::PARTNER_OFFICE));
        Ok(Self { partners: Some(partners), sees_common, programme: Some(programme), hides_people })
    }

    /// The partners that are seen; all when there is nothing.
    pub(in crate::store::questions) const fn partners(&self) -> Option<&BTreeSet<i64>> {
        self.partners.as_ref()
    }

    /// Whether what belongs to no partner is seen.
    pub(in crate::store::questions) const fn sees_common(&self) -> bool {
        self.sees_common
    }

    /// A card's number as it is shown.
    pub(in crate::store::questions) fn number(&self, number: &str) -> String {
        if self.hides_people { masked_number(number) } else { number.to_owned() }
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
