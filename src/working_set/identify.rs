//! Resolves an identifier in a working set: as a card's number first, then as a phone.

use crate::{
    domain::{
        card::Card,
        ids::{AccountId, ProgrammeId},
        phone::{Identifier, Phone},
    },
    working_set::WorkingSet,
};

/// The card with this number.
#[must_use]
pub fn card<'a>(set: &'a WorkingSet, programme: ProgrammeId, identifier: &Identifier) -> Option<&'a Card> {
    match identifier {
        Identifier::Card(number) | Identifier::Either { card: number, .. } => set.card(programme, number),
        Identifier::Phone(_) => None,
    }
}

/// The identifier as a phone.
#[must_use]
pub const fn phone(identifier: &Identifier) -> Option<&Phone> {
    match identifier {
        Identifier::Phone(phone) | Identifier::Either { phone, .. } => Some(phone),
        Identifier::Card(_) => None,
    }
}

/// The account of an identifier.
#[must_use]
pub fn account(set: &WorkingSet, programme: ProgrammeId, identifier: &Identifier) -> Option<AccountId> {
    if let Some(card) = card(set, programme, identifier) {
        return card.account;
    }
    let customer = phone(identifier).and_then(|phone| set.customer_by_phone(programme, phone))?;
    set.account_of(customer.id).map(|account| account.id)
}
