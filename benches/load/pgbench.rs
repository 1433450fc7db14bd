//! The yardstick for PostgreSQL: the statements that the gateway sends for one call, sent alone by PostgreSQL's own pgbench, one
//! call a transaction, prepared, from as many clients. They were taken from what the server logged (docs/performance.md).

use std::{
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use crate::{cluster::Cluster, ground::usual, postgres::words_of, process};

/// Connecting and preparing are not what is measured.
const WARM: Duration = Duration::from_secs(2);

/// What the gateway's sessions say of plans (`store/db/backend.rs`).
const SESSION: &str = "-c enable_seqscan=off -c enable_bitmapscan=off -c enable_hashjoin=off -c enable_mergejoin=off \
                       -c jit=off -c plan_cache_mode=force_generic_plan";

/// Files beside this one.
pub const BALANCE: &str = "balance.sql";
pub const REGISTER: &str = "register.sql";

/// Transactions a second, and the CPU of PostgreSQL for one, in microseconds.
pub fn run(cluster: &Cluster, database: &str, script: &str, clients: usize, cards: u64, span: Duration) -> (f64, f64) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/load/pgbench").join(script);
    // PostgreSQL's user may not be able to enter the folder of the sources.
    let text = std::fs::read_to_string(&file).unwrap();
    let copy = std::env::temp_dir().join(format!("kopilka-pgbench-{}.sql", std::process::id()));
    std::fs::write(&copy, text).unwrap();
    let seconds = (WARM + span).as_secs_f64().ceil() as u64;
    let first =
        |column: &str| cluster.number(database, &format!("SELECT {column} FROM cards WHERE number = '7700000000'"));
    let partner = cluster.number(database, "SELECT id FROM partners WHERE code = 'demo'");
    let store = cluster.number(database, "SELECT store_id FROM tills WHERE code = 'B-0001'");
    let till = cluster.number(database, "SELECT id FROM tills WHERE code = 'B-0001'");
    let programme = cluster.number(database, "SELECT programme_id FROM cards WHERE number = '7700000000'");
    let variables = [
        ("cards", usual(cards).end as i64),
        ("first_account", first("account_id")),
        ("first_customer", first("customer_id")),
        ("first_card", first("id")),
        ("partner", partner),
        ("store", store),
        ("first_till", till),
        ("programme", programme),
    ];
    let mut command = cluster.tools.unprivileged(cluster.tools.programs.join("pgbench"));
    command.args(["-h", "127.0.0.1", "-p", &cluster.port().to_string(), "-U", "kopilka", "-n", "-M", "prepared"]);
    command.args(["-c", &clients.to_string(), "-j", "1", "-P", "1", "-T", &seconds.to_string(), "-f"]).arg(&copy);
    for (name, value) in variables {
        command.args(["-D", &format!("{name}={value}")]);
    }
    command.arg(database).env("PGOPTIONS", SESSION);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap_or_else(|error| panic!("pgbench cannot be run: {error}"));
    std::thread::sleep(WARM);
    let (begun, before) = (Instant::now(), process::cpu_with_children(cluster.pid()));
    let output = child.wait_with_output().unwrap();
    let (seconds, after) = (begun.elapsed().as_secs_f64(), process::cpu_with_children(cluster.pid()));
    let _ = std::fs::remove_file(copy);
    let said = words_of(&output);
    assert!(output.status.success(), "pgbench failed: {said}");
    // «progress: 3.0 s, 1891.2 tps, lat …», once a second.
    let told = said.lines().filter_map(|line| line.strip_prefix("progress: ")?.split(", ").nth(1)?.split(' ').next());
    let rates: Vec<f64> = told.filter_map(|rate| rate.parse().ok()).skip(WARM.as_secs() as usize).collect();
    assert!(!rates.is_empty(), "pgbench said: {said}");
    let rate = rates.iter().sum::<f64>() / rates.len() as f64;
    (rate, after.saturating_sub(before).as_secs_f64() * 1e6 / (rate * seconds))
}
