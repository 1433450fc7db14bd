//! Cards and whom they lead to.

use super::*;

impl Book {
    /// Why a card in this state cannot be used at all, if so.
    pub(super) fn over(&self, card: usize) -> Option<Refused> {
        match self.cards[card].state {
            "replaced" => Some("CARD_REPLACED"),
            "closed" => Some("CARD_CLOSED"),
            _ => None,
        }
    }

    pub(super) fn register(&mut self, card: Option<usize>, at: i64) -> Result<(), Refused> {
        if self.is_registered {
            return Err("CUSTOMER_EXISTS");
        }
        self.is_registered = true;
        card.map_or(Ok(()), |card| self.issue(card, at))
    }

    pub(super) fn issue(&mut self, card: usize, at: i64) -> Result<(), Refused> {
        match self.cards[card].state {
            "registered" => {
                self.cards[card].state = "issued";
                self.cards[card].issued = at;
                Ok(())
            }
            "issued" | "active" => Err("CARD_ALREADY_ISSUED"),
            "blocked" => Err("CARD_BLOCKED"),
            _ => Err(self.over(card).unwrap()),
        }
    }

    pub(super) fn change(
        &mut self,
        card: usize,
        from: &[&str],
        to: &'static str,
        otherwise: Refused,
        said: &mut Said,
    ) -> Result<(), Refused> {
        if let Some(refused) = self.over(card) {
            return Err(refused);
        }
        let state = self.cards[card].state;
        if !from.contains(&state) {
            return Err(match state {
                "registered" if otherwise != "CARD_NOT_BLOCKED" => "CARD_NOT_ISSUED",
                "blocked" => "CARD_BLOCKED",
                _ => otherwise,
            });
        }
        self.cards[card].state = to;
        self.tell_card(card, said);
        Ok(())
    }

    pub(super) fn replace(&mut self, card: usize, new: usize, at: i64, said: &mut Said) -> Result<(), Refused> {
        if let Some(refused) = self.over(card) {
            return Err(refused);
        }
        if self.cards[card].state == "registered" {
            return Err("CARD_NOT_ISSUED");
        }
        if self.cards[new].state != "registered" {
            return Err("NEW_CARD_NOT_FREE");
        }
        let was = self.cards[card].state;
        // Whoever could only earn with the card can only earn with the one after it.
        self.cards[new].state = if was == "blocked" { self.cards[card].before_block } else { was };
        self.cards[card].state = "replaced";
        self.cards[card].successor = new;
        self.cards[new].issued = at;
        self.tell_card(new, said);
        Ok(())
    }

    /// The card that a hold is for now: the one that made it, or the last that replaced that one.
    pub fn bearer(&self, hold: usize) -> Option<usize> {
        let mut card = self.holds[hold].card?;
        while self.cards[card].state == "replaced" {
            card = self.cards[card].successor;
        }
        Some(card)
    }

    /// Whether nobody has ever had a card.
    pub fn is_free(&self, card: usize) -> bool {
        self.cards[card].issued == 0
    }

    /// The phone that a card's number could be.
    pub fn could_be(&self, card: usize) -> Option<usize> {
        self.cards[card].phone
    }

    /// The phones that lead to the customer.
    pub fn phones(&self) -> Vec<usize> {
        let all = std::iter::once(self.phone).chain(self.merged_phones.iter().copied());
        all.filter(|_| self.is_registered).collect()
    }

    /// Whether one card is the other, or was replaced by it, at once or in the end.
    pub(super) fn leads_to(&self, card: usize, other: usize) -> bool {
        let mut card = card;
        while card != other {
            if self.cards[card].state != "replaced" {
                return false;
            }
            card = self.cards[card].successor;
        }
        true
    }

    /// A hold belongs to the card that it was made by, and to those that replaced that one; it ends with them.
    pub(super) fn end_holds_of(&mut self, card: usize, at: i64, now: i64, said: &mut Said) {
        for no in 0..self.holds.len() {
            let is_of = self.holds[no].card.is_some_and(|made_by| self.leads_to(made_by, card));
            if self.holds[no].is_open() && is_of {
                self.let_go(no, "released", at, now);
            }
        }
        self.tell_card(card, said);
    }

    pub(super) fn tell_card(&self, card: usize, said: &mut Said) {
        said.insert("card/number".into(), self.numbers[card].clone());
        said.insert("card/state".into(), self.cards[card].state.into());
        // A card that was never in anybody's hands opens nothing.
        if self.cards[card].issued > 0 {
            self.tell_balance("balance/", said);
        }
    }

    /// Whom an identifier means: the number of a card that nobody has may be a phone.
    pub(super) fn meant(&self, who: Who) -> Who {
        let Who::Card(card) = who else { return who };
        let is_phone = self.cards[card].phone.is_some_and(|phone| self.is_registered && self.knows_phone(phone));
        if is_phone && self.cards[card].issued == 0 { Who::Phone } else { who }
    }

    /// Whether an identifier leads to the account, for looking, earning or spending.
    pub(super) fn find(&self, who: Who, wanted: &str) -> Result<(), Refused> {
        let card = match who {
            // The card of one, and the phone of another.
            Who::Card(card) if self.cards[card].phone.is_some_and(|phone| self.others_phones.contains(&phone)) => {
                return Err("IDENTIFIER_AMBIGUOUS");
            }
            Who::Card(card) => card,
            Who::OtherPhone(phone) if !self.merged_phones.contains(&phone) => return Err("CUSTOMER_UNKNOWN"),
            _ => return if self.is_registered { Ok(()) } else { Err("CUSTOMER_UNKNOWN") },
        };
        match (self.cards[card].state, wanted) {
            ("active", _) | ("issued", "look" | "earn") | ("blocked", "look") => Ok(()),
            ("registered", _) => Err("CARD_NOT_ISSUED"),
            ("issued", _) => Err("CARD_NOT_ACTIVE"),
            ("blocked", _) => Err("CARD_BLOCKED"),
            _ => Err(self.over(card).unwrap()),
        }
    }

    /// Whether an identifier leads to points that may be spent. A phone does not go round the cards: it spends where there
    /// is none, or an active one; and not at all where the programme says so (`card_only`).
    pub(super) fn may_spend(&self, who: Who, card_only: bool) -> Result<(), Refused> {
        self.find(who, "spend")?;
        let cards: Vec<&str> = self.cards.iter().filter(|card| card.issued > 0).map(|card| card.state).collect();
        if !matches!(who, Who::Card(_)) && !cards.is_empty() && !cards.contains(&"active") {
            let refused = [("issued", "CARD_NOT_ACTIVE"), ("blocked", "CARD_BLOCKED")];
            let refused = refused.into_iter().find(|(state, _)| cards.contains(state));
            return Err(refused.map_or("CARD_CLOSED", |(_, refused)| refused));
        }
        if card_only && !matches!(who, Who::Card(_)) {
            return Err("CARD_REQUIRED");
        }
        if self.is_frozen { Err("ACCOUNT_FROZEN") } else { Ok(()) }
    }
}
