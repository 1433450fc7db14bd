//! A card and its states: registered → issued → active ⇄ blocked → replaced or closed.

use crate::domain::{
    ids::{AccountId, CardId, CustomerId, ProgrammeId, StoreId},
    moment::Moment,
    refusal::Refusal,
};

/// A card identifies an account; it has no balance of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// Identity.
    pub id: CardId,
    /// The programme; numbers are unique within it.
    pub programme: ProgrammeId,
    /// The printed number. A string: leading zeros are significant.
    pub number: String,
    /// The kind («вид карты»), as the office registered it.
    pub kind: Option<String>,
    /// Its state.
    pub state: CardState,
    /// What a blocked card goes back to when it is unblocked. `None` in a card that is not blocked, and in one that a program
    /// of before this field has blocked.
    pub before_block: Option<CardState>,
    /// The account, once issued.
    pub account: Option<AccountId>,
    /// The customer, once issued.
    pub customer: Option<CustomerId>,
    /// The number of the card that replaced it.
    pub successor: Option<String>,
    /// When it was issued.
    pub issued_at: Option<Moment>,
    /// The store that it was handed to before it was issued.
    pub store: Option<StoreId>,
    /// By which name the system knew it that it was taken over from.
    pub source: Option<String>,
}

/// The states of a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CardState {
    /// Registered by the office, not issued yet.
    Registered,
    /// Issued to a customer: earns only.
    Issued,
    /// Earns and spends.
    Active,
    /// Returns only.
    Blocked,
    /// Replaced by another card.
    Replaced,
    /// Closed for good.
    Closed,
}

/// A use of a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// Read the balance or the statement.
    Look,
    /// Earn points at a sale.
    Earn,
    /// Spend points.
    Spend,
}

impl Card {
    /// Checks that the card's state allows a use.
    ///
    /// # Errors
    /// The refusal that names the state, and for a replaced card its successor.
    pub fn allows(&self, wanted: Use) -> Result<(), Refusal> {
        match (self.state, wanted) {
            (CardState::Active, _) | (CardState::Issued, Use::Look | Use::Earn) | (CardState::Blocked, Use::Look) => {
                Ok(())
            }
            (CardState::Registered, _) => Err(Refusal::CardNotIssued),
            (CardState::Issued, Use::Spend) => Err(Refusal::CardNotActive),
            (CardState::Blocked, _) => Err(Refusal::CardBlocked),
            (CardState::Replaced, _) => Err(self.replaced()),
            (CardState::Closed, _) => Err(Refusal::CardClosed),
        }
    }

    /// Issues a registered card to a customer.
    ///
    /// # Errors
    /// The card is not free.
    pub fn issue(&mut self, customer: CustomerId, account: AccountId, at: Moment) -> Result<(), Refusal> {
        match self.state {
            CardState::Registered => {
                self.state = CardState::Issued;
                self.customer = Some(customer);
                self.account = Some(account);
                self.issued_at = Some(at);
                Ok(())
            }
            CardState::Issued | CardState::Active => Err(Refusal::CardAlreadyIssued),
            CardState::Blocked => Err(Refusal::CardBlocked),
            CardState::Replaced => Err(self.replaced()),
            CardState::Closed => Err(Refusal::CardClosed),
        }
    }

    /// Activates an issued card.
    ///
    /// # Errors
    /// Only an issued card can be activated.
    pub fn activate(&mut self) -> Result<(), Refusal> {
        match self.state {
            CardState::Issued => {
                self.state = CardState::Active;
                Ok(())
            }
            CardState::Registered => Err(Refusal::CardNotIssued),
            CardState::Active => Err(Refusal::CardAlreadyActive),
            CardState::Blocked => Err(Refusal::CardBlocked),
            CardState::Replaced => Err(self.replaced()),
            CardState::Closed => Err(Refusal::CardClosed),
        }
    }

    /// Blocks a card.
    ///
    /// # Errors
    /// The card is neither issued nor active; blocking twice is refused.
    pub fn block(&mut self) -> Result<(), Refusal> {
        match self.state {
            CardState::Issued | CardState::Active => {
                self.before_block = Some(self.state);
                self.state = CardState::Blocked;
                Ok(())
            }
            CardState::Registered => Err(Refusal::CardNotIssued),
            CardState::Blocked => Err(Refusal::CardBlocked),
            CardState::Replaced => Err(self.replaced()),
            CardState::Closed => Err(Refusal::CardClosed),
        }
    }

    /// Unblocks a card: it is what it was before it was blocked.
    ///
    /// # Errors
    /// The card is not blocked.
    pub fn unblock(&mut self) -> Result<(), Refusal> {
        match self.state {
            CardState::Blocked => {
                self.state = self.before_block.take().unwrap_or(CardState::Active);
                Ok(())
            }
            CardState::Registered | CardState::Issued | CardState::Active => Err(Refusal::CardNotBlocked),
            CardState::Replaced => Err(self.replaced()),
            CardState::Closed => Err(Refusal::CardClosed),
        }
    }

    /// Closes a card for good.
    ///
    /// # Errors
    /// The card has ended already.
    pub fn close(&mut self) -> Result<(), Refusal> {
        match self.state {
            CardState::Registered | CardState::Issued | CardState::Active | CardState::Blocked => {
                self.state = CardState::Closed;
                self.before_block = None;
                Ok(())
            }
            CardState::Replaced => Err(self.replaced()),
            CardState::Closed => Err(Refusal::CardClosed),
        }
    }

    /// Replaces this card by `new`, which gets the same account and the same rights: active, unless this one only earned.
    ///
    /// # Errors
    /// This card was not issued or has ended, or the new one is not free.
    pub fn replace_by(&mut self, new: &mut Self, at: Moment) -> Result<(), Refusal> {
        let rights = match self.state {
            CardState::Issued | CardState::Active => self.state,
            CardState::Blocked => self.before_block.unwrap_or(CardState::Active),
            CardState::Registered => return Err(Refusal::CardNotIssued),
            CardState::Replaced => return Err(self.replaced()),
            CardState::Closed => return Err(Refusal::CardClosed),
        };
        if new.state != CardState::Registered {
            return Err(Refusal::NewCardNotFree { number: new.number.clone() });
        }
        new.account = self.account;
        new.customer = self.customer;
        new.issued_at = Some(at);
        new.state = rights;
        self.before_block = None;
        self.state = CardState::Replaced;
        self.successor = Some(new.number.clone());
        Ok(())
    }

    fn replaced(&self) -> Refusal {
        Refusal::CardReplaced { successor: self.successor.clone().unwrap_or_default() }
    }
}

/// Checks that a phone alone may spend, by the cards of its customer: there is none, or an active one.
///
/// # Errors
/// The refusal that a card would get: it is not activated, blocked, or closed.
pub fn phone_may_spend(cards: &[&Card]) -> Result<(), Refusal> {
    let any = |state| cards.iter().any(|card| card.state == state);
    if cards.is_empty() || any(CardState::Active) {
        Ok(())
    } else if any(CardState::Issued) {
        Err(Refusal::CardNotActive)
    } else if any(CardState::Blocked) {
        Err(Refusal::CardBlocked)
    } else {
        Err(Refusal::CardClosed)
    }
}

/// How many digits of a masked number are shown.
const DIGITS_SHOWN: usize = 4;

/// A masked number: only the last digits are shown.
#[must_use]
pub fn masked_number(number: &str) -> String {
    let hidden = number.chars().count().saturating_sub(DIGITS_SHOWN);
    number.chars().enumerate().map(|(index, character)| if index < hidden { '*' } else { character }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(state: CardState) -> Card {
        Card {
            id: CardId(1),
            programme: ProgrammeId(1),
            number: "7001".into(),
            kind: None,
            state,
            before_block: None,
            account: Some(AccountId(1)),
            customer: Some(CustomerId(1)),
            successor: Some("7002".into()),
            issued_at: None,
            store: None,
            source: None,
        }
    }

    #[test]
    fn rights_follow_the_state() {
        use CardState::{Active, Blocked, Closed, Issued, Registered, Replaced};
        let table = [
            (Registered, Use::Look, Some("CARD_NOT_ISSUED")),
            (Registered, Use::Earn, Some("CARD_NOT_ISSUED")),
            (Issued, Use::Look, None),
            (Issued, Use::Earn, None),
            (Issued, Use::Spend, Some("CARD_NOT_ACTIVE")),
            (Active, Use::Earn, None),
            (Active, Use::Spend, None),
            (Blocked, Use::Look, None),
            (Blocked, Use::Earn, Some("CARD_BLOCKED")),
            (Blocked, Use::Spend, Some("CARD_BLOCKED")),
            (Replaced, Use::Look, Some("CARD_REPLACED")),
            (Replaced, Use::Earn, Some("CARD_REPLACED")),
            (Closed, Use::Spend, Some("CARD_CLOSED")),
        ];
        for (state, wanted, expected) in table {
            assert_eq!(card(state).allows(wanted).err().map(|r| r.code()), expected, "{state:?} {wanted:?}");
        }
    }

    #[test]
    fn a_replacement_takes_the_account_along() {
        let mut old = card(CardState::Blocked);
        let mut new =
            Card { number: "7002".into(), state: CardState::Registered, account: None, ..card(CardState::Active) };
        old.replace_by(&mut new, Moment(5)).unwrap();
        assert_eq!((old.state, new.state, new.account), (CardState::Replaced, CardState::Active, old.account));
        assert_eq!(old.replace_by(&mut new, Moment(6)).unwrap_err().code(), "CARD_REPLACED");
    }

    #[test]
    fn an_issued_card_does_not_become_active_by_being_blocked_or_replaced() {
        let mut old = card(CardState::Issued);
        old.block().unwrap();
        old.unblock().unwrap();
        assert_eq!(old, card(CardState::Issued));
        for is_blocked in [false, true] {
            let mut old = card(CardState::Issued);
            if is_blocked {
                old.block().unwrap();
            }
            let mut new = card(CardState::Registered);
            old.replace_by(&mut new, Moment(5)).unwrap();
            assert_eq!((old.state, new.state), (CardState::Replaced, CardState::Issued));
        }
        // One that an older program has blocked: it was active as far as anybody knows.
        let mut old = card(CardState::Blocked);
        old.unblock().unwrap();
        assert_eq!(old.state, CardState::Active);
    }

    #[test]
    fn a_phone_spends_without_cards_or_beside_an_active_one() {
        use CardState::{Active, Blocked, Closed, Issued, Replaced};
        for (states, expected) in [
            (&[][..], None),
            (&[Closed, Active], None),
            (&[Issued, Blocked], Some("CARD_NOT_ACTIVE")),
            (&[Closed, Blocked], Some("CARD_BLOCKED")),
            (&[Replaced, Closed], Some("CARD_CLOSED")),
        ] {
            let cards: Vec<Card> = states.iter().map(|state| card(*state)).collect();
            let cards: Vec<&Card> = cards.iter().collect();
            assert_eq!(phone_may_spend(&cards).err().map(|r| r.code()), expected, "{states:?}");
        }
    }

    #[test]
    fn a_card_given_out_is_not_given_again() {
        let mut old = card(CardState::Active);
        let mut taken = card(CardState::Issued);
        assert_eq!(old.replace_by(&mut taken, Moment(5)).unwrap_err().code(), "NEW_CARD_NOT_FREE");
        assert_eq!(taken.issue(CustomerId(2), AccountId(2), Moment(1)).unwrap_err().code(), "CARD_ALREADY_ISSUED");
    }
}
