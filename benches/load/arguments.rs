//! The command line.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use crate::ground::Backend;

pub const HELP: &str = "\
usage: .ci/bench [--quick] [--backend sqlite|postgres|both] [--only NAME …] [--cards N] [--seconds S]
                 [--flat N,N,…] [--set NAME=VALUE] [--json FILE] [--chart FILE] [--folder DIR] [--fresh] [--verify] [--help]

Loads a database of N cards, starts the real gateway on it, calls it over the loopback, and holds what comes of it against
yardsticks that are measured in the same run: a server that always gives the same answer, and the bare statements.
Needs Rust, gcc and PostgreSQL's server programs. Ends only what it started. docs/performance.md says what each line means.
  --quick          20 000 cards and less than a second each: within two minutes, and rough
  --backend B      sqlite, postgres, or both (the default)
  --only NAME …    of: balance, quote, register, cycle, deep, start, night; all, without it
  --cards N        cards in the database: 1 000 000 without it
  --seconds S      how long each measurement takes: 5 without it
  --flat N,N,…     only GetBalance and RegisterReceipt, at each of these sizes, and how they compare
  --set NAME=VALUE starts the gateway with this in its environment, as KOPILKA_DATABASE__READER_THREADS=2; may be repeated
  --json FILE      writes every figure there
  --chart FILE     draws them there, as SVG
  --folder DIR     where databases are made and kept: target/bench without it
  --fresh          makes the databases anew
  --verify         runs `kopilka verify` on what was measured, which may take longer than all else
Exit code: 0 when everything was measured, whether the goals are met or not; 1 when a call failed or was answered wrongly; 2 for
a slip in these arguments.
";

/// Below this there is no room for the deep accounts beside the others.
const CARDS_MIN: u64 = 4_000;
const CARDS: u64 = 1_000_000;
const CARDS_QUICK: u64 = 20_000;
/// Card numbers have eight digits of their own.
const CARDS_MAX: u64 = 50_000_000;

/// What there is to measure.
pub const NAMES: [&str; 7] = ["balance", "quote", "register", "cycle", "deep", "start", "night"];

pub enum Asked {
    Help,
    /// To be the yardstick's server: a child of the benchmark's own.
    Constant {
        answer: PathBuf,
        address: SocketAddr,
    },
    Run(Box<Plan>),
}

/// What is to be measured.
#[derive(Debug, Clone)]
pub struct Plan {
    pub quick: bool,
    pub backends: Vec<Backend>,
    pub only: Vec<String>,
    pub cards: u64,
    pub span: Duration,
    pub warm: Duration,
    /// How often yardstick and gateway take turns.
    pub rounds: usize,
    pub flat: Vec<u64>,
    pub json: Option<PathBuf>,
    pub chart: Option<PathBuf>,
    pub folder: PathBuf,
    pub fresh: bool,
    pub verify: bool,
    /// What the gateway is told beside.
    pub told: Vec<(String, String)>,
}

impl Plan {
    pub fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == name)
    }
}

pub fn parse(given: &[String]) -> Result<Asked, String> {
    let (mut quick, mut fresh, mut verify) = (false, false, false);
    let (mut backends, mut only) = (vec![Backend::Sqlite, Backend::Postgres], Vec::new());
    let (mut cards, mut seconds, mut flat) = (None, None, Vec::new());
    let mut told = Vec::new();
    let (mut json, mut chart, mut folder) = (None, None, default_folder());
    let mut words = given.iter().map(String::as_str).peekable();
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
        match word {
            "-h" | "--help" => return Ok(Asked::Help),
            // Cargo says this to every benchmark.
            "--bench" => {}
            "--quick" => quick = true,
            "--fresh" => fresh = true,
            "--verify" => verify = true,
            "--backend" => {
                backends = match value()? {
                    "sqlite" => vec![Backend::Sqlite],
                    "postgres" => vec![Backend::Postgres],
                    "both" => vec![Backend::Sqlite, Backend::Postgres],
                    other => return Err(format!("there is no backend «{other}»")),
                }
            }
            "--only" => {
                only.push(value()?.to_owned());
                while let Some(name) = words.next_if(|next| !next.starts_with('-')) {
                    only.push(name.to_owned());
                }
            }
            "--cards" => cards = Some(count(value()?)?),
            "--seconds" => seconds = Some(value()?.parse::<f64>().map_err(|error| format!("--seconds: {error}"))?),
            "--flat" => flat = value()?.split(',').map(count).collect::<Result<_, _>>()?,
            "--set" => {
                let given = value()?;
                let pair = given.split_once('=').ok_or_else(|| format!("--set {given}: NAME=VALUE is wanted"))?;
                told.push((pair.0.to_owned(), pair.1.to_owned()));
            }
            "--json" => json = Some(PathBuf::from(value()?)),
            "--chart" => chart = Some(PathBuf::from(value()?)),
            "--folder" => folder = PathBuf::from(value()?),
            "--serve-constant" => {
                let (answer, address) = (PathBuf::from(value()?), value()?);
                let address = address.parse().map_err(|_| format!("«{address}» is no address"))?;
                return Ok(Asked::Constant { answer, address });
            }
            other => return Err(format!("what is «{other}»?")),
        }
    }
    if let Some(unknown) = only.iter().find(|name| !NAMES.contains(&name.as_str())) {
        return Err(format!("there is no measurement «{unknown}»; there are: {}", NAMES.join(", ")));
    }
    let seconds = seconds.unwrap_or(if quick { 0.8 } else { 5.0 });
    if !(0.1..=600.0).contains(&seconds) {
        return Err("--seconds: between 0.1 and 600".into());
    }
    let span = Duration::from_secs_f64(seconds);
    Ok(Asked::Run(Box::new(Plan {
        quick,
        backends,
        only,
        cards: cards.unwrap_or(if quick { CARDS_QUICK } else { CARDS }),
        span,
        warm: span.mul_f64(0.2).max(Duration::from_millis(200)),
        rounds: if quick { 2 } else { 3 },
        flat,
        json,
        chart,
        folder: std::path::absolute(folder).map_err(|error| error.to_string())?,
        fresh,
        verify,
        told,
    })))
}

fn count(text: &str) -> Result<u64, String> {
    let digits: String = text.chars().filter(|c| *c != '_').collect();
    let number: u64 = digits.parse().map_err(|_| format!("«{text}» is no number of cards"))?;
    if (CARDS_MIN..=CARDS_MAX).contains(&number) {
        Ok(number)
    } else {
        Err(format!("{number} cards: between {CARDS_MIN} and {CARDS_MAX}"))
    }
}

/// Beside what Cargo builds.
fn default_folder() -> PathBuf {
    let scratch = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    scratch.parent().map_or_else(|| scratch.clone(), |target| target.join("bench"))
}
