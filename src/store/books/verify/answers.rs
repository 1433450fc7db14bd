//! What stored answers are about: the rows that an answer names are there, of the partner to whom it was given, and of the customer
//! whose key seals it. Of every operation: the columns name a sale or a hold, the text names all else.

use std::collections::{BTreeSet, HashMap, HashSet};

use diesel::prelude::*;

use crate::{
    store::{
        books::verify::{fits::named, report::Report},
        db::backend::{Db, Purpose, on},
        error::StoreError,
        schema::{accounts, cards, customers, free_returns, partners, receipts, reservations, returns},
        sql::any_of::AnyOfValues as _,
        tables::operation::{Said, said_after},
    },
    vault::Vault,
    working_set::Subject,
};

/// Answers looked at in one step.
const ROWS_PER_STEP: i64 = 1_000;
/// The operations whose answers are about a sale or a hold by their columns.
const SALES: &str = "RegisterReceipt";

/// The elements of an answer that name a row, and what they name.
const ELEMENTS: [(&str, About); 6] = [
    ("receiptId", About::Sale),
    ("reservationId", About::Hold),
    ("returnId", About::Return),
    ("customerId", About::Customer),
    ("accountId", About::Account),
    ("cardNumber", About::Card),
];

/// The elements in which a `number` is a card's.
const CARDS: [&str; 2] = ["card", "cards"];

/// What an answer may be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum About {
    Sale,
    Hold,
    Return,
    Customer,
    Account,
    Card,
}

impl About {
    const fn words(self) -> &'static str {
        match self {
            Self::Sale => "receipt",
            Self::Hold => "hold",
            Self::Return => "return",
            Self::Customer => "customer",
            Self::Account => "account",
            Self::Card => "card",
        }
    }
}

/// Checks all of them; what they say only where there is a key.
///
/// # Errors
/// A statement fails.
pub(super) fn check(db: &mut Db, vault: Option<&Vault>, report: &mut Report) -> Result<(), StoreError> {
    let (mut partner, mut key) = (i64::MIN, String::new());
    while let Some(last) = db.transaction(Purpose::Read, |db| {
        let rows = said_after(db, partner, &key, ROWS_PER_STEP, vault)?;
        owners(db, &rows, report)?;
        subjects(db, &rows, report)?;
        texts(db, &rows, report)?;
        Ok::<_, StoreError>(rows.into_iter().next_back())
    })? {
        (partner, key) = (last.partner, last.key);
    }
    Ok(())
}

fn found(report: &mut Report, row: &Said, what: &str) {
    report.found(None, format!("the stored answer to «{}» of partner {} {what}", row.key, row.partner));
}

/// The partners to whom they were given, and the customers by whose keys they are sealed: those of a consent are named nowhere else.
fn owners(db: &mut Db, rows: &[Said], report: &mut Report) -> Result<(), StoreError> {
    let ids = named(rows.iter().map(|row| Some(row.partner)));
    let known: Vec<i64> =
        on!(db, c => partners::table.filter(partners::id.any_of(&ids)).select(partners::id).load(&mut **c))?;
    for row in rows.iter().filter(|row| !known.contains(&row.partner)) {
        found(report, row, "is of a partner that is not there");
    }
    let ids = named(rows.iter().map(|row| row.customer));
    let known: Vec<i64> =
        on!(db, c => customers::table.filter(customers::id.any_of(&ids)).select(customers::id).load(&mut **c))?;
    let known: HashSet<i64> = known.into_iter().collect();
    for row in rows {
        if let Some(customer) = row.customer.filter(|customer| !known.contains(customer)) {
            let operation = &row.operation;
            found(report, row, &format!("({operation}) is sealed for customer {customer}, who is not there"));
        }
    }
    Ok(())
}

/// What the columns name.
fn subjects(db: &mut Db, rows: &[Said], report: &mut Report) -> Result<(), StoreError> {
    let ids = named(rows.iter().map(|row| row.subject_id));
    let sales: Vec<(i64, i64)> = on!(db, c => receipts::table
        .filter(receipts::id.any_of(&ids))
        .select((receipts::id, receipts::partner_id))
        .load(&mut **c))?;
    let holds: Vec<(i64, i64)> = on!(db, c => reservations::table
        .filter(reservations::id.any_of(&ids))
        .select((reservations::id, reservations::partner_id))
        .load(&mut **c))?;
    let (sales, holds): (HashMap<_, _>, HashMap<_, _>) = (sales.into_iter().collect(), holds.into_iter().collect());
    for row in rows {
        let Some(subject) = row.subject_id else {
            if row.subject_kind.is_some() {
                found(report, row, "has a kind of subject, and no subject");
            }
            continue;
        };
        let (operation, code) = (&row.operation, &row.code);
        let makes = if operation == SALES { Subject::SALE } else { Subject::RESERVATION };
        let kind = row.subject_kind.as_deref().unwrap_or(makes);
        if kind != makes || code != "OK" {
            found(report, row, &format!("({operation}, {code}) is about a {kind}, which no such answer is"));
            continue;
        }
        let owner = if kind == Subject::SALE { sales.get(&subject) } else { holds.get(&subject) };
        match owner {
            Some(owner) if *owner == row.partner => {}
            Some(owner) => found(report, row, &format!("is about {kind} {subject}, which is of partner {owner}")),
            None => found(report, row, &format!("is about {kind} {subject}, which is not there")),
        }
        let element = if kind == Subject::SALE { "receiptId" } else { "reservationId" };
        let text = row.text.as_ref().ok().and_then(Option::as_deref);
        let said = text.and_then(|text| first(text, element)).and_then(|said| said.parse::<i64>().ok());
        if let Some(said) = said.filter(|said| *said != subject) {
            found(report, row, &format!("is about {kind} {subject} by its columns, and about {said} by its text"));
        }
    }
    Ok(())
}

/// What the texts name.
fn texts(db: &mut Db, rows: &[Said], report: &mut Report) -> Result<(), StoreError> {
    let mut said: Vec<(&Said, About, &str)> = Vec::new();
    for row in rows {
        match &row.text {
            Ok(Some(text)) if row.code == "OK" => {
                let of = |(element, about): &(&'static str, About)| {
                    all(text, element).map(|value| (row, *about, value)).collect::<Vec<_>>()
                };
                said.extend(ELEMENTS.iter().flat_map(of));
                let cards = CARDS.iter().flat_map(|element| parts(text, element)).flat_map(|part| all(part, "number"));
                said.extend(cards.map(|number| (row, About::Card, number)));
            }
            Ok(_) => {}
            Err(why) => found(report, row, &format!("cannot be opened: {why}")),
        }
    }
    let numbers = |wanted: About| -> Vec<i64> {
        let of = said.iter().filter(|(_, about, _)| *about == wanted);
        named(of.map(|(_, _, value)| value.parse().ok()))
    };
    macro_rules! there {
        ($($table:ident by $about:expr),+) => {{
            let mut there: HashSet<i64> = HashSet::new();
            $(
                let ids: Vec<i64> = on!(db, c => $table::table
                    .filter($table::id.any_of(&numbers($about)))
                    .select($table::id)
                    .load(&mut **c))?;
                there.extend(ids);
            )+
            there
        }};
    }
    let sales = there!(receipts by About::Sale);
    let holds = there!(reservations by About::Hold);
    let returned = there!(returns by About::Return, free_returns by About::Return);
    let people = there!(customers by About::Customer);
    let accounts = there!(accounts by About::Account);
    let card_numbers: BTreeSet<&str> =
        said.iter().filter(|(_, about, _)| *about == About::Card).map(|(_, _, value)| *value).collect();
    let card_numbers: Vec<&str> = card_numbers.into_iter().collect();
    let cards: Vec<String> = on!(db, c => cards::table
        .filter(cards::number.any_of(&card_numbers))
        .select(cards::number)
        .load(&mut **c))?;
    let cards: HashSet<String> = cards.into_iter().collect();
    for (row, about, value) in said {
        let number = || value.parse::<i64>().ok();
        let is_there = match about {
            About::Sale => number().is_some_and(|id| sales.contains(&id)),
            About::Hold => number().is_some_and(|id| holds.contains(&id)),
            About::Return => number().is_some_and(|id| returned.contains(&id)),
            About::Customer => number().is_some_and(|id| people.contains(&id)),
            About::Account => number().is_some_and(|id| accounts.contains(&id)),
            About::Card => cards.contains(value),
        };
        if !is_there {
            let (operation, words) = (&row.operation, about.words());
            found(report, row, &format!("({operation}) names {words} {value}, which is not there"));
        }
    }
    Ok(())
}

/// The text of the first element of a name.
fn first<'a>(text: &'a str, element: &str) -> Option<&'a str> {
    all(text, element).next()
}

/// What stands within all elements of a name.
fn parts<'a>(text: &'a str, element: &str) -> Vec<&'a str> {
    let (tag, end) = (format!("<m:{element}>"), format!("</m:{element}>"));
    let from = text.match_indices(&tag).map(|(at, tag)| at.saturating_add(tag.len()));
    from.filter_map(|from| text.get(from..)?.split_once(&end).map(|(part, _)| part)).collect()
}

/// The texts of all elements of a name; empty ones are left out.
fn all<'a>(text: &'a str, element: &str) -> impl Iterator<Item = &'a str> {
    let tag = format!("<m:{element}>");
    text.match_indices(&tag)
        .map(|(at, tag)| at.saturating_add(tag.len()))
        .collect::<Vec<_>>()
        .into_iter()
        .filter_map(|from| text.get(from..)?.split_once('<').map(|(value, _)| value))
        .filter(|value| !value.is_empty())
}
