//! An identifier is taken and found by one rule in every operation that takes one: the card of this number, else the customer of
//! this phone.

use std::collections::BTreeSet;

use crate::support::{
    App,
    calls::Call,
    messages::{Receipt as _, message, office, pos},
    on_both,
    soap::Reply,
};
use kopilka::soap::{
    contract::{ComplexType, ElementType},
    endpoint::services,
};

on_both! {
    a_phone_is_found_in_every_spelling_by_every_operation,
    a_card_goes_before_a_phone_and_a_doubt_is_told_by_every_operation,
    a_number_that_cannot_exist_is_refused_by_every_operation,
    a_mistyped_phone_does_not_blame_the_card_that_is_issued,
    a_card_is_one_however_its_number_is_pasted,
}

/// What a call makes of an identifier; each time under another number.
type Made = fn(&App, &str, usize) -> Call;

/// Every operation that takes an identifier, with the element that it stands in.
const OPERATIONS: [(&str, &str, Made); 21] = [
    ("FindCustomer", "identifier", |app, identifier, _| app.pos(message!(pos::FindCustomer { identifier }))),
    ("IssueCard", "identifier", |app, identifier, turn| app.issue(&format!("7100000{turn:03}"), identifier)),
    ("RegisterCustomer", "registration/referrer", |app, identifier, turn| {
        let registration = message!(pos::Registration { phone: &format!("+7925{turn:07}"), referrer: identifier });
        app.pos(message!(pos::RegisterCustomer { registration }))
    }),
    ("GetBalance", "identifier", |app, identifier, _| app.balance(identifier)),
    ("GetStatement", "identifier", |app, identifier, _| app.statement(identifier, "2026-01-01", "2027-01-01")),
    ("GetQuestionnaire", "identifier", |app, identifier, _| app.pos(message!(pos::GetQuestionnaire { identifier }))),
    ("SaveQuestionnaire", "identifier", |app, identifier, _| {
        let questionnaire = message!(pos::Questionnaire { sex: "female" });
        app.pos(message!(pos::SaveQuestionnaire { identifier, questionnaire }))
    }),
    ("GiveConsent", "identifier", |app, identifier, _| {
        let consent = message!(pos::Consent { purpose: "advertising", channel: "sms", text_hash: "00ff" });
        app.pos(message!(pos::GiveConsent { identifier, consent }))
    }),
    ("WithdrawConsent", "identifier", |app, identifier, _| {
        app.pos(message!(pos::WithdrawConsent { identifier, purpose: "advertising", channel: "sms" }))
    }),
    ("QuoteReceipt", "receipt/identifier", |app, identifier, turn| {
        app.quote(app.receipt(format!("q{turn}")).of(identifier).roubles(100), 0)
    }),
    ("RegisterReceipt", "receipt/identifier", |app, identifier, turn| {
        app.sell(format!("s{turn}"), identifier, 100_000)
    }),
    ("RegisterReturnWithoutReceipt", "goodsReturn/identifier", |app, identifier, turn| {
        let goods = message!(pos::ReturnWithoutReceipt {
            till: "M1-01",
            number: &format!("r{turn}"),
            at: app.now(),
            identifier,
            reason: "Чек утерян"
        });
        let goods_return = goods.line("A", 1, 100);
        app.pos(message!(pos::RegisterReturnWithoutReceipt { goods_return })).by("senior")
    }),
    ("ReservePoints", "receipt/identifier", |app, identifier, turn| {
        app.reserve(format!("h{turn}"), identifier, 900, 1)
    }),
    ("ClaimReceipt", "claim/identifier", |app, identifier, turn| {
        let original = message!(pos::ReceiptReference {
            till: "M1-01",
            shift: "1",
            number: &format!("c{turn}"),
            date: "2026-11-21"
        });
        app.pos(message!(pos::ClaimReceipt { claim: message!(pos::ReceiptClaim { identifier, original }) }))
    }),
    ("GetAccount", "identifier", |app, identifier, _| app.account(identifier)),
    ("FreezeAccount", "identifier", |app, identifier, _| {
        app.office(message!(office::FreezeAccount { identifier, reason: "проверка" }))
    }),
    ("UnfreezeAccount", "identifier", |app, identifier, _| {
        app.office(message!(office::UnfreezeAccount { identifier, reason: "проверка" }))
    }),
    ("AdjustPoints", "adjustment/identifier", |app, identifier, _| app.adjust(identifier, 5)),
    ("ChangePhone", "identifier", |app, identifier, _| app.change_phone(identifier, "+77011234567")),
    ("ListHistory", "search/identifier", |app, identifier, _| {
        let search = message!(office::HistorySearch { identifier });
        app.office(message!(office::ListHistory { search }))
    }),
    ("MergeCustomers", "identifier", |app, identifier, _| {
        app.office(message!(office::MergeCustomers {
            identifier, into_identifier: identifier, reason: "проверка"
        }))
    }),
];

/// The answer to a call; an anonymous receipt is there to be claimed.
async fn called(app: &App, name: &str, make: Made, identifier: &str, turn: usize) -> Reply {
    if name == "ClaimReceipt" {
        app.sell(format!("c{turn}"), "", 100).await.ok();
    }
    make(app, identifier, turn).await
}

/// Where the contracts have identifiers: operation and path.
fn in_the_contracts() -> BTreeSet<(String, String)> {
    fn walk(of: &ComplexType, path: &str, found: &mut Vec<String>) {
        for element in &of.elements {
            let path = if path.is_empty() { element.name.clone() } else { format!("{path}/{}", element.name) };
            match &element.kind {
                ElementType::Simple(simple) if ["Identifier", "IdentifierOrEmpty"].contains(&simple.name.as_str()) => {
                    found.push(path);
                }
                ElementType::Simple(_) => {}
                ElementType::Complex(inner) => walk(inner, &path, found),
            }
        }
    }
    let mut all = BTreeSet::new();
    for service in services().unwrap() {
        for operation in service.contract.operations() {
            let mut found = Vec::new();
            walk(&operation.request.content, "", &mut found);
            all.extend(found.into_iter().map(|path| (operation.name.clone(), path)));
        }
    }
    all
}

#[test]
fn no_operation_that_takes_an_identifier_is_forgotten() {
    let mut table: BTreeSet<_> =
        OPERATIONS.iter().map(|(name, path, _)| ((*name).to_owned(), (*path).to_owned())).collect();
    // It takes two; both are given the same. And a new phone has the type of an identifier, and is a phone.
    table.insert(("MergeCustomers".into(), "intoIdentifier".into()));
    table.insert(("ChangePhone".into(), "newPhone".into()));
    assert_eq!(table, in_the_contracts());
}

/// One phone of Kazakhstan, which begins like many a card.
const SPELLINGS: [&str; 10] = [
    "87011234567",
    "77011234567",
    "+77011234567",
    "8 701 123-45-67",
    "8 (701) 123-45-67",
    "8.701.123.45.67",
    "007 701 123 45 67",
    "8 10 7 701 123 45 67",
    "\u{202d}8\u{a0}701\u{ad}1234567\u{202c}",
    "８７０１１２３４５６７",
];

async fn a_phone_is_found_in_every_spelling_by_every_operation(app: &App) {
    app.change_programme(|programme| {
        programme.rules.rule.retain(|rule| rule.kind != "codes");
    })
    .await;
    app.register_cards("71", "00000000", "00000999").await.ok();
    // Registered in one bare spelling, as a scanner or a hurried cashier sends it.
    let registration = message!(pos::Registration { phone: "87011234567" });
    app.pos(message!(pos::RegisterCustomer { registration })).await.ok();
    let mut turn = 0;
    for spelling in SPELLINGS {
        for (name, _, make) in OPERATIONS {
            turn += 1;
            let reply = called(app, name, make, spelling, turn).await;
            match name {
                "MergeCustomers" => drop(reply.refused("CUSTOMERS_SAME")),
                // A card that was only issued forbids to spend, not to be found.
                "ReservePoints" => drop(reply.refused("CARD_NOT_ACTIVE")),
                _ => drop(reply.ok()),
            }
        }
    }
    // And it is one customer.
    let again = message!(pos::Registration { phone: "+7 701 123 45 67" });
    app.pos(message!(pos::RegisterCustomer { registration: again })).await.refused("CUSTOMER_EXISTS");
}

async fn a_card_goes_before_a_phone_and_a_doubt_is_told_by_every_operation(app: &App) {
    let batch = |phone_like: bool| {
        let numbers = pos_numbers(&["87011234567"]);
        app.office(message!(office::RegisterCards {
            batch: office::CardBatch { numbers: Some(numbers), phone_like: Some(phone_like), ..Default::default() }
        }))
    };
    // A mobile phone of +7, though it is not one of Russia's.
    batch(false).await.refused("CARD_BATCH_INVALID");
    batch(true).await.ok();
    app.may_be_read(&["87011234567", "7011234567"]);
    app.register_cards("71", "00000000", "00000999").await.ok();
    let registration = message!(pos::Registration { phone: "+77011234567" });
    app.pos(message!(pos::RegisterCustomer { registration })).await.ok();
    // A card that nobody has hides no customer.
    app.balance("87011234567").await.ok();
    app.issue("87011234567", "7000000102").await.ok();
    for (turn, (name, _, make)) in OPERATIONS.into_iter().enumerate() {
        called(app, name, make, "87011234567", turn).await.refused("IDENTIFIER_AMBIGUOUS");
    }
    // The card is named by itself, the phone by its plus.
    app.pos(message!(pos::ActivateCard { card_number: "8701 1234 567" })).await.ok();
    app.balance("+7 701 123 45 67").await.ok();
}

fn pos_numbers(numbers: &[&str]) -> office::CardNumbers {
    office::CardNumbers { number: numbers.iter().map(|number| (*number).to_owned()).collect() }
}

async fn a_number_that_cannot_exist_is_refused_by_every_operation(app: &App) {
    app.register_cards("71", "00000000", "00000999").await.ok();
    let mut turn = 0;
    for phone in ["+7 000 000-00-00", "+7 123 456-78-90", "+7 234 567-89-01", "+8 029 123-45-67"] {
        for (name, _, make) in OPERATIONS {
            turn += 1;
            let refused = make(app, phone, turn).await.refused("PHONE_INVALID");
            assert!(refused.get("message").contains("целиком"), "{name}: {}", refused.body);
        }
        let registration = message!(pos::Registration { phone });
        app.pos(message!(pos::RegisterCustomer { registration })).await.refused("PHONE_INVALID");
        app.pos(message!(pos::SendPhoneCode { phone })).await.refused("PHONE_INVALID");
        app.change_phone("7000000101", phone).await.refused("PHONE_INVALID");
    }
    // Without a plus it can be a card; to register somebody by it is refused all the same.
    for phone in ["8 029 123-45-67", "70001234567", "8 100 123 45 67"] {
        app.balance(phone).await.refused("CARD_UNKNOWN");
        let registration = message!(pos::Registration { phone });
        app.pos(message!(pos::RegisterCustomer { registration })).await.refused("PHONE_INVALID");
    }
}

async fn a_mistyped_phone_does_not_blame_the_card_that_is_issued(app: &App) {
    for mistyped in ["8916123456", "891612345678", "916 123 45 6", "8 029 123-45-67"] {
        let refused = app.issue("7000000001", mistyped).await.refused("CUSTOMER_UNKNOWN");
        assert!(refused.get("message").contains("телефон введите целиком"), "{}", refused.body);
    }
    app.issue("7009999999", "8916123456").await.refused("CARD_UNKNOWN");
    app.issue("7000000001", "+7 916 12").await.refused("PHONE_INVALID");
    // Nothing was given out, and the card is free.
    app.issue("7000000001", "8 916 123 45 67").await.ok();
}

async fn a_card_is_one_however_its_number_is_pasted(app: &App) {
    let batch = |number: &str| {
        let batch = office::CardBatch { numbers: Some(pos_numbers(&[number])), ..Default::default() };
        app.office(office::RegisterCards { batch, ..Default::default() })
    };
    app.may_be_read(&["КЛУБ-Й1"]);
    batch("КЛУБ-Й1").await.ok();
    for pasted in ["\u{feff}КЛУБ-Й1", "КЛУ\u{ad}Б-Й1\t", "КЛУБ-И\u{306}1", "КЛУБ\u{2060}-Й\u{fe0f}1", "КЛУБ-Й１"]
    {
        batch(pasted).await.refused("CARD_EXISTS");
    }
    app.issue(" КЛУБ-И\u{306}1", "+7 916 123 45 67").await.ok();
    assert_eq!(app.balance("КЛУБ-\u{200b}Й1").await.ok().get("cardNumber"), "КЛУБ-Й1");
    app.balance("клуб-й1").await.refused("CARD_UNKNOWN");
    // A card must not be written as only phones are, and a common beginning is a range's.
    batch("+79161234567").await.refused("CARD_BATCH_INVALID");
    let both =
        office::CardBatch { numbers: Some(pos_numbers(&["1"])), prefix: Some("77".into()), ..Default::default() };
    app.office(office::RegisterCards { batch: both, ..Default::default() }).await.refused("CARD_BATCH_INVALID");
}
