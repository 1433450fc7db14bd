//! What an identifier means in a working set: a card's number first, then a phone.

use crate::{
    domain::{
        card::Card,
        ids::{AccountId, ProgrammeId},
        phone::{Identifier, Phone},
    },
    working_set::WorkingSet,
};

/// The card that an identifier may be the number of.
#[must_use]
pub fn card<'a>(set: &'a WorkingSet, programme: ProgrammeId, identifier: &Identifier) -> Option<&'a Card> {
    match identifier {
        Identifier::Card(number) | Identifier::Either { card: number, .. } => set.card(programme, number),
        Identifier::Phone(_) => None,
    }
}

/// The phone that an identifier may be.
#[must_use]
pub const fn phone(identifier: &Identifier) -> Option<&Phone> {
    match identifier {
        Identifier::Phone(phone) | Identifier::Either { phone, .. } => Some(phone),
        Identifier::Card(_) => None,
    }
}

/// The account that an identifier leads to.
#[must_use]
pub fn account(set: &WorkingSet, programme: ProgrammeId, identifier: &Identifier) -> Option<AccountId> {
    if let Some(card) = card(set, programme, identifier) {
        return card.account;
    }
    let customer = phone(identifier).and_then(|phone| set.customer_by_phone(programme, phone))?;
    set.account_of(customer.id).map(|account| account.id)
}
