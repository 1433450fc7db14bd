//! Resolves an identifier in a working set: a card's number, a phone, or what could be both.

use crate::{
    domain::{
        card::Card,
        customer::Customer,
        ids::{AccountId, ProgrammeId},
        phone::{Identifier, Phone},
        refusal::Refusal,
    },
    working_set::WorkingSet,
};

/// Whom an identifier means.
#[derive(Debug, Clone, Copy)]
pub enum Meant<'a> {
    /// A card, and its account once it is issued.
    Card(&'a Card),
    /// The customer of a phone.
    Customer(&'a Customer),
    /// Nobody.
    Nobody,
}

/// Whom an identifier means. A card in somebody's hands goes before a phone; one that nobody has does not hide a
/// customer.
///
/// # Errors
/// It is the card of one and the phone of another: a guess would show or charge a stranger.
pub fn meant<'a>(set: &'a WorkingSet, programme: ProgrammeId, identifier: &Identifier) -> Result<Meant<'a>, Refusal> {
    let card = match identifier {
        Identifier::Card(number) | Identifier::Either { card: number, .. } => set.card(programme, number),
        Identifier::Phone(_) => None,
    };
    let customer = phone(identifier).and_then(|phone| set.customer_by_phone(programme, phone));
    Ok(match (card, customer) {
        (Some(card), Some(customer)) if card.account.is_none() => Meant::Customer(customer),
        (Some(card), Some(customer)) if !is_of(set, card, customer) => return Err(Refusal::IdentifierAmbiguous),
        (Some(card), _) => Meant::Card(card),
        (None, Some(customer)) => Meant::Customer(customer),
        (None, None) => Meant::Nobody,
    })
}

/// Whether a card is a customer's. Merging moves cards' accounts, so these are compared.
fn is_of(set: &WorkingSet, card: &Card, customer: &Customer) -> bool {
    let account = set.account_of(customer.id).map(|account| account.id);
    card.customer == Some(customer.id) || (card.account.is_some() && card.account == account)
}

/// The identifier as a phone.
#[must_use]
pub const fn phone(identifier: &Identifier) -> Option<&Phone> {
    match identifier {
        Identifier::Phone(phone) | Identifier::Either { phone, .. } => Some(phone),
        Identifier::Card(_) => None,
    }
}

/// The account of an identifier; `None` when it means nobody or a card that was not issued.
///
/// # Errors
/// As [`meant`].
pub fn account(
    set: &WorkingSet,
    programme: ProgrammeId,
    identifier: &Identifier,
) -> Result<Option<AccountId>, Refusal> {
    Ok(match meant(set, programme, identifier)? {
        Meant::Card(card) => card.account,
        Meant::Customer(customer) => set.account_of(customer.id).map(|account| account.id),
        Meant::Nobody => None,
    })
}
