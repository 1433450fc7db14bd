//! Every statement that the stories lead to, as SQLite runs it: what grows is never read from end to end, nor by an
//! index's column that says little. Its planner goes by the schema alone, so a few rows tell what a million would.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Mutex, Once, PoisonError},
};

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use rusqlite::Connection;

/// Tables that hold as much as the office has entered, or one row, or what a statement itself was given.
const SMALL: [&str; 17] = [
    "__diesel_schema_migrations",
    "chronicle_lanes",
    "credentials",
    "database_keys",
    "id_blocks",
    "json_each",
    "key_escrows",
    "networks",
    "partners",
    "programme_rules",
    "programmes",
    "reference_version",
    "reference_versions",
    "schema_expansions",
    "stores",
    "tills",
    "unfinished_upgrades",
];
/// Columns by which, alone, much is found: all that a partner, a till or a day has.
const SAYS_LITTLE: [&str; 5] = ["local_day", "partner_id", "programme_id", "store_id", "till_id"];
/// Statements that may: how they begin, and why.
const EXCEPTIONS: [(&str, &str); 8] = [
    ("INSERT INTO `partners`", "as for tills"),
    ("INSERT INTO `networks`", "as for tills"),
    ("INSERT INTO `stores`", "as for tills"),
    ("INSERT INTO `tills`", "who names a till is looked for only where its id changes, which none does"),
    ("SELECT `exchange_pages`.`exchanges` FROM `exchange_pages`", "a test counts"),
    (
        "SELECT `outbox`.`state`, `outbox`.`attempts`, `outbox`.`provider_id`, `outbox`.`text_sealed`",
        "a test looks at all messages",
    ),
    (
        "SELECT `receipts`.`id`, `receipts`.`account_id` FROM `receipts` WHERE ((`receipts`.`till_id`",
        "a receipt named without its shift: any of a till's day",
    ),
    (
        "SELECT `outbox`.`id`, `outbox`.`state`, `outbox`.`recipient_sealed`, `outbox`.`text_sealed`",
        "an operator looks at the latest messages, backwards by their ids",
    ),
];

/// How questions begin that are read each time anew, though they come often, and why.
const PARSED_EACH_TIME: [(&str, &str); 1] =
    [("SELECT COUNT(*), CAST(COALESCE(SUM(", "totals of a report: one a till, beside the seam")];

/// From so many times on a question has to be kept: read and planned anew each time it costs as much again. Of updates
/// diesel keeps none, which is why tills' are not diesel's (`store/sql/update.rs`).
const OFTEN: u32 = 20;
/// How questions begin, and PostgreSQL's writing of a whole batch.
const QUESTIONS: [&str; 3] = ["SELECT ", "(", "WITH "];

/// What was heard, by its text.
static HEARD: Mutex<BTreeMap<String, Heard>> = Mutex::new(BTreeMap::new());

#[derive(Default)]
struct Heard {
    times: u32,
    is_kept: bool,
    is_explained: bool,
}

struct Ear;

impl Instrumentation for Ear {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartQuery { query, .. } => {
                let text = query.to_string();
                let sql = text.split(" -- binds:").next().unwrap_or(&text);
                // Those that tests write by hand have none of diesel's quotes, and migrations are of several lines.
                if sql.contains(['`', '"']) && !sql.contains('\n') {
                    heard(sql, |heard| heard.times += 1);
                }
            }
            InstrumentationEvent::CacheQuery { sql, .. } => heard(sql, |heard| heard.is_kept = true),
            _ => {}
        }
    }
}

fn heard(sql: &str, change: impl FnOnce(&mut Heard)) {
    let mut all = HEARD.lock().unwrap_or_else(PoisonError::into_inner);
    match all.get_mut(sql) {
        Some(known) => change(known),
        None => change(all.entry(sql.to_owned()).or_default()),
    }
}

/// From now on every new connection of this process is listened to.
pub fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| set_default_instrumentation(|| Some(Box::new(Ear))).unwrap());
}

/// Looks at what was heard: whether what comes often is kept; and what SQLite says, by a database of the present
/// schema, of what it has not explained yet.
///
/// # Panics
/// A statement is parsed each time, or reads more when the table grows.
#[track_caller]
pub fn check(file: &Path) {
    let connection = Connection::open(file).unwrap();
    let (mut again, mut new) = (Vec::new(), Vec::new());
    for (sql, heard) in HEARD.lock().unwrap_or_else(PoisonError::into_inner).iter_mut() {
        let is_excepted = PARSED_EACH_TIME.iter().any(|(begins, _)| sql.starts_with(begins));
        let is_question = !is_excepted && QUESTIONS.iter().any(|begins| sql.starts_with(begins));
        if heard.times >= OFTEN && !heard.is_kept && is_question {
            again.push(sql.clone());
        }
        if sql.contains('`') && !heard.is_explained {
            heard.is_explained = true;
            new.push(sql.clone());
        }
    }
    assert_eq!(again, [""; 0], "diesel does not keep them");
    for sql in new {
        // Of an older schema, which a test of upgrading has.
        let Ok(mut statement) = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")) else { continue };
        let mut rows = statement.raw_query();
        let mut plan: Vec<String> = Vec::new();
        while let Some(row) = rows.next().unwrap() {
            plan.push(row.get(3).unwrap());
        }
        let found = grows(&sql, &plan);
        assert!(found.is_none(), "{sql}\nreads more the more there is: {}", found.unwrap_or_default());
    }
}

/// The line of a plan that reads more the more there is.
fn grows<'a>(sql: &str, plan: &'a [String]) -> Option<&'a str> {
    if EXCEPTIONS.iter().any(|(begins, _)| sql.starts_with(begins)) {
        return None;
    }
    // So many of them, whichever come first by the index.
    let is_limited =
        sql.contains(" LIMIT ") && !sql.contains(" WHERE ") && !plan.iter().any(|line| line.contains("TEMP"));
    plan.iter().map(String::as_str).find(|line| {
        let Some((way, rest)) = line.split_once(' ') else { return false };
        let table = rest.split(' ').next().unwrap_or_default();
        if SMALL.contains(&table) {
            return false;
        }
        let says_little = SAYS_LITTLE.iter().any(|column| rest.ends_with(&format!("({column}=?)")));
        (way == "SCAN" && !is_limited) || (way == "SEARCH" && says_little)
    })
}

#[test]
fn it_is_heard_what_a_plan_says() {
    let grows = |sql: &str, line: &str| super::statements::grows(sql, &[line.to_owned()]).is_some();
    assert!(grows("SELECT 1", "SCAN receipts"));
    assert!(grows("SELECT 1", "SCAN receipts USING COVERING INDEX receipts_account"));
    assert!(grows("SELECT 1 WHERE 1 LIMIT ?", "SCAN receipts"));
    assert!(grows("SELECT 1", "SEARCH operations USING INDEX sqlite_autoindex_operations_1 (partner_id=?)"));
    assert!(!grows(
        "SELECT 1",
        "SEARCH operations USING INDEX sqlite_autoindex_operations_1 (partner_id=? AND operation_key=?)"
    ));
    assert!(!grows("SELECT 1 LIMIT ?", "SCAN accounts USING COVERING INDEX accounts_customer"));
    assert!(!grows("SELECT 1", "SCAN tills"));
    assert!(!grows("SELECT 1", "SCAN json_each VIRTUAL TABLE INDEX 1:"));
    assert!(!grows("SELECT 1", "LIST SUBQUERY 1"));
}
