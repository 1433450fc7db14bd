//! A till's document: till, time, number and fiscal document.

use crate::domain::{
    fiscal::Fiscal,
    ids::TillId,
    moment::{GivenTime, Moment, local_day},
    reference::{Actor, Place, Reference},
    refusal::Refusal,
    spelling::tidy,
};

/// The common part of sales, returns and returns without receipts. Its names are in their one spelling ([`named`]).
#[derive(Debug, Clone)]
pub struct TillDocument {
    /// The till's code.
    pub till: String,
    /// The store's code, if the till names it.
    pub store: Option<String>,
    /// The shift; empty when there is none.
    pub shift: String,
    /// The number in the shift.
    pub number: String,
    /// When it was printed.
    pub at: GivenTime,
    /// The fiscal document, if known already.
    pub fiscal: Option<Fiscal>,
}

/// The till's key of a receipt: the second natural key of a sale.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReceiptKey {
    /// The till.
    pub till: TillId,
    /// The local day, as days since 1970-01-01.
    pub local_day: i64,
    /// The shift; empty when there is none.
    pub shift: String,
    /// The number.
    pub number: String,
}

/// A till's own name of something in its one spelling ([`tidy`]).
#[must_use]
pub fn named(text: &str) -> String {
    tidy(text).into_owned()
}

impl TillDocument {
    /// The place of the till.
    ///
    /// # Errors
    /// The till is unknown or does not belong to the caller.
    pub fn place(&self, reference: &Reference, actor: &Actor) -> Result<Place, Refusal> {
        reference.place(actor, &self.till)
    }

    /// Checks that the till belongs to the named store, if one is named.
    ///
    /// # Errors
    /// The till is in another store.
    pub fn names_store_of(&self, place: &Place) -> Result<(), Refusal> {
        match &self.store {
            Some(store) if tidy(store) != tidy(&place.store.code) => {
                Err(Refusal::StoreUnknown { store: store.clone() })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// When it was printed; without an offset the time is local to the store.
    #[must_use]
    pub fn at(&self, place: &Place) -> Moment {
        self.at.at(place.store.utc_offset_minutes)
    }

    /// The till's key of it.
    #[must_use]
    pub fn key(&self, place: &Place) -> ReceiptKey {
        ReceiptKey {
            till: place.till,
            local_day: local_day(self.at(place), place.store.utc_offset_minutes),
            shift: self.shift.clone(),
            number: self.number.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;
    use crate::domain::{
        ids::{NetworkId, StoreId},
        reference::Store,
    };

    fn document(hour: u32) -> TillDocument {
        let local = NaiveDate::from_ymd_opt(1970, 1, 3).unwrap().and_hms_opt(hour, 0, 0).unwrap();
        TillDocument {
            till: "T1".into(),
            store: Some("M1".into()),
            shift: "2".into(),
            number: "17".into(),
            at: GivenTime { local, utc_offset_minutes: None },
            fiscal: None,
        }
    }

    fn place(store: &str, utc_offset_minutes: i32) -> Place {
        let (id, network) = (StoreId(1), NetworkId(1));
        let store =
            Store {
                id, network, code: store.into(), name: "Магазин".into(), utc_offset_minutes, disabled: false
            };
        Place { store, till: TillId(7) }
    }

    #[test]
    fn a_document_is_named_by_the_day_of_its_store() {
        let named = |hour, offset| document(hour).key(&place("M1", offset));
        let of_that_day = ReceiptKey { till: TillId(7), local_day: 2, shift: "2".into(), number: "17".into() };
        for (hour, offset) in [(0, 720), (23, -660), (12, 0)] {
            assert_eq!(named(hour, offset), of_that_day);
        }
        assert_eq!(document(3).at(&place("M1", 180)), Moment(2 * 86_400_000));
    }

    #[test]
    fn a_document_of_another_store_is_refused_and_one_of_no_store_is_not() {
        assert_eq!(document(0).names_store_of(&place("M1", 0)), Ok(()));
        let refused = Refusal::StoreUnknown { store: "M1".into() };
        assert_eq!(document(0).names_store_of(&place("M2", 0)), Err(refused));
        assert_eq!(TillDocument { store: None, ..document(0) }.names_store_of(&place("M2", 0)), Ok(()));
    }
}
