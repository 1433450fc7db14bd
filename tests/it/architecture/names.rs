//! The names: one noun has one file name on every floor, and an operation is found by the noun in its name.

use std::collections::{BTreeMap, BTreeSet};

use super::files::{entries, sources};

/// Operations that are not filed under the noun of their name, and why.
const FILED_ELSEWHERE: [(&str, &str, &str); 17] = [
    ("Ping", "info", "it names nothing"),
    ("GetVersions", "info", "it tells about the program"),
    ("WhoAmI", "info", "it tells about the caller"),
    ("RegisterCustomer", "registration", "it also issues the card"),
    ("RegisterCards", "card_batch", "many cards at once have rules of their own"),
    ("SendPhoneCode", "phone", "the code confirms the phone"),
    ("ReservePoints", "reservation", "what it makes is a reservation"),
    ("ResendCode", "reservation", "the code confirms a reservation"),
    ("RegisterReceipt", "sale", "a registered receipt is a sale"),
    ("CancelReceipt", "sale", "a registered receipt is a sale"),
    ("GetReceipt", "sale", "a registered receipt is a sale"),
    ("ClaimReceipt", "sale", "a registered receipt is a sale"),
    ("QuoteReturn", "returns", "«return» is a keyword of Rust"),
    ("RegisterReturn", "returns", "«return» is a keyword of Rust"),
    ("SetPassword", "login", "the password is a login's"),
    ("AdjustPoints", "adjustment", "what it makes is an adjustment"),
    ("ListExpiringPoints", "expiry", "what it lists is their expiry"),
];

/// A floor: a folder with a file for each noun, and the files of it that are no operation's noun.
struct Floor {
    folder: &'static str,
    others: &'static [&'static str],
}

/// The floors. The lists of others say what each is for.
const FLOORS: [Floor; 7] = [
    Floor {
        folder: "src/domain",
        // What many nouns are made of and how it is spelt; who calls and from where; what is refused; the Russian language; what is
        // hidden.
        others: &[
            "code",
            "ids",
            "moment",
            "money",
            "name",
            "reference",
            "refusal",
            "registry",
            "russian",
            "settings",
            "spelling",
            "till_document",
            "veil",
            "words",
        ],
    },
    // What several commands share.
    Floor { folder: SERVICE, others: &["card_import", "code", "context"] },
    // What several handlers share.
    Floor { folder: HANDLERS, others: &["wire"] },
    // What all questions share.
    Floor { folder: QUESTIONS, others: &["inquiry", "page", "question"] },
    Floor { folder: ANSWERS, others: &[] },
    Floor {
        folder: "src/store/tables",
        // Parts of several nouns, and tables of the program's own.
        others: &[
            "call_log",
            "chronicle",
            "chronicle_seal",
            "code",
            "customer_key",
            "key",
            "outbox",
            "reference",
            "registry",
            "seal",
            "till_document",
        ],
    },
    Floor {
        folder: STORIES,
        // Stories of several nouns, of the program as a whole, and of the project's own files.
        others: &[
            "architecture",
            "books",
            "call_log",
            "cli",
            "clients",
            "code",
            "conformance",
            "contract",
            "derived",
            "doctor",
            "documents",
            "fault",
            "frozen",
            "golden",
            "growth",
            "identifier",
            "keys",
            "kit",
            "main",
            "migrations",
            "offline",
            "outbox",
            "overload",
            "reference",
            "repeats",
            "roles",
            "rotation",
            "sealed",
            "storm",
            "support",
            "time",
            "upgrade",
            "wire",
        ],
    },
];

const SERVICE: &str = "src/service";
const HANDLERS: &str = "src/soap/handlers";
const QUESTIONS: &str = "src/working_set/questions";
const ANSWERS: &str = "src/store/questions";
const STORIES: &str = "tests/it";

#[test]
fn a_noun_has_one_file_name_on_every_floor() {
    let names = Names::of_the_project();
    let rows = Row::all(&names.table).len();
    assert!(rows > 40, "only {rows} rows were found in the table of operations");
    assert_eq!(names.wrong(), Vec::<String>::new());
}

#[test]
fn a_planted_name_is_found() {
    let row = "GetParcel => parcel::get, Read, SELLS;";
    let wrong = |plant: &dyn Fn(&mut Names)| {
        let mut names = Names::of_the_project();
        plant(&mut names);
        names.wrong()
    };
    let said = |plant: &dyn Fn(&mut Names), words: &[&str]| {
        let found = wrong(plant);
        assert_eq!(found.len(), words.len(), "{found:#?}");
        for (found, words) in found.iter().zip(words) {
            assert!(found.contains(words), "{found} does not say «{words}»");
        }
    };
    // A stranger on each floor, as a file and as a folder.
    for floor in &FLOORS {
        said(&|names| names.add(floor.folder, "parcel"), &[format!("{}/parcel", floor.folder).as_str()]);
    }
    // A noun whose files are missing, of a command and of a list.
    said(&|names| names.table.push_str(row), &[SERVICE, HANDLERS, STORIES]);
    let list = row.replace("Get", "List").replace("Read", "List");
    said(&|names| names.table.push_str(&list), &[HANDLERS, ANSWERS, QUESTIONS, STORIES]);
    // An operation in another noun's file, and an exception that nothing needs.
    said(&|names| names.table.push_str("MovePhone => account::phone, Write, SELLS;"), &["MovePhone is about «phone»"]);
    said(&|names| names.table = names.table.replace("sale::cancel,", "receipt::cancel,"), &["CancelReceipt"]);
    // A noun's domain file may not be used for a table when no operation is about it.
    said(&|names| names.add("src/store/tables", "money"), &["src/store/tables/money"]);
}

/// What stands on each floor, and the table of operations.
struct Names {
    floors: BTreeMap<&'static str, BTreeSet<String>>,
    table: String,
}

impl Names {
    fn of_the_project() -> Self {
        let floors = FLOORS.iter().map(|floor| (floor.folder, entries(floor.folder))).collect();
        let table = sources().into_iter().find(|(file, _)| file == "soap/operations.rs");
        Self { floors, table: table.unwrap().1 }
    }

    fn add(&mut self, floor: &str, name: &str) {
        self.floors.get_mut(floor).unwrap().insert(name.to_owned());
    }

    /// What breaks the law, in alphabetical order.
    fn wrong(&self) -> Vec<String> {
        let rows = Row::all(&self.table);
        let mut wrong = BTreeSet::new();
        for row in &rows {
            let own: &[&str] = if row.access == "List" { &[QUESTIONS, ANSWERS] } else { &[SERVICE] };
            for folder in [HANDLERS, STORIES].iter().chain(own) {
                if !self.floors.get(folder).is_some_and(|names| names.contains(row.noun)) {
                    wrong.insert(format!("{folder}/{}.rs is missing", row.noun));
                }
            }
            wrong.extend(row.filed_wrongly());
        }
        for (operation, noun, _) in FILED_ELSEWHERE {
            let mut filed = rows.iter().filter(|row| row.operation == operation).peekable();
            let is_needed = filed.peek().is_some() && filed.all(|row| row.noun == noun && row.named() != noun);
            if !is_needed {
                wrong.insert(format!("{operation} needs no exception, or another one than {noun}"));
            }
        }
        for Floor { folder, others } in &FLOORS {
            let is_of_floor = |row: &&Row<'_>| match *folder {
                SERVICE => row.access != "List",
                QUESTIONS | ANSWERS => row.access == "List",
                _ => true,
            };
            let nouns: BTreeSet<&str> = rows.iter().filter(is_of_floor).map(|row| row.noun).collect();
            let there = self.floors.get(folder).into_iter().flatten();
            let strangers = there.filter(|name| !nouns.contains(name.as_str()) && !others.contains(&name.as_str()));
            wrong.extend(strangers.map(|name| format!("{folder}/{name}: no operation is about «{name}»")));
            let is_there = |name: &&&str| self.floors.get(folder).is_some_and(|names| names.contains(**name));
            let gone = others.iter().filter(|name| !is_there(name));
            wrong.extend(gone.map(|name| format!("{folder}/{name} is in the list of others and not there")));
        }
        wrong.into_iter().collect()
    }
}

/// A row of the table of operations: `GetBalance => balance::get, Read, TILL | OFFICE;`.
struct Row<'t> {
    operation: &'t str,
    noun: &'t str,
    access: &'t str,
}

impl<'t> Row<'t> {
    fn all(table: &'t str) -> Vec<Self> {
        table.lines().filter_map(Self::read).collect()
    }

    fn read(line: &'t str) -> Option<Self> {
        let (operation, rest) = line.trim().split_once("=>")?;
        let mut parts = rest.split(',').map(str::trim);
        let (handler, access) = (parts.next()?, parts.next()?);
        let (noun, _) = handler.split_once("::")?;
        let is_name = operation.trim().chars().all(char::is_alphanumeric);
        (is_name && ["Read", "Write", "List"].contains(&access)).then_some(Self {
            operation: operation.trim(),
            noun,
            access,
        })
    }

    /// The noun in the operation's name, singular: «ListTills» is about a till.
    fn named(&self) -> String {
        let mut words = String::new();
        for letter in self.operation.chars() {
            if letter.is_uppercase() && !words.is_empty() {
                words.push('_');
            }
            words.extend(letter.to_lowercase());
        }
        let noun = words.split_once('_').map_or("", |(_, noun)| noun);
        noun.strip_suffix('s').unwrap_or(noun).to_owned()
    }

    fn filed_wrongly(&self) -> Option<String> {
        let is_excepted = FILED_ELSEWHERE.iter().any(|(operation, ..)| *operation == self.operation);
        let named = self.named();
        (!is_excepted && named != self.noun)
            .then(|| format!("{} is about «{named}» and is handled by {}", self.operation, self.noun))
    }
}
