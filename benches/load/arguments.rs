//! The command line.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use crate::ground::Backend;

pub const HELP: &str = "\
usage: .ci/bench [--quick] [--backend sqlite|postgres|both] [--only NAME …] [--cards N] [--seconds S]
                 [--flat N,N,…] [--set NAME=VALUE] [--server NAME=VALUE] [--figures NAME] [--json FILE] [--chart FILE]
                 [--folder DIR] [--fresh] [--verify] [--help]

Loads a database of N cards, starts the real gateway on it, calls it over the loopback, and holds what comes of it against
yardsticks that are measured in the same run: a server that always gives the same answer, and the bare statements.
Needs Rust, gcc and PostgreSQL's server programs. Ends only what it started. docs/performance.md says what each line means.
  --quick          20 000 cards and less than a second each: within two minutes, and rough
  --backend B      sqlite, postgres, or both (the default)
  --only NAME …    of: balance, quote, register, cycle, deep, start, night; all, without it
  --cards N        cards in the database: 1 000 000 without it
  --seconds S      how long each measurement takes: 5 without it
  --flat N,N,…     balance, quote, register and cycle at each of these sizes, and how they compare; with --only, some of them
  --set NAME=VALUE starts the gateway with this in its environment, as KOPILKA_DATABASE__READER_THREADS=2; may be repeated
  --server NAME=VALUE
                   starts PostgreSQL with this setting, as max_wal_size=8GB; may be repeated
  --figures NAME   writes docs/figures/NAME.md with every figure, the commit and the machine, NAME.json, and NAME.svg as a chart
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
/// Those of them that sizes are compared by.
const FLAT_NAMES: [&str; 4] = ["balance", "quote", "register", "cycle"];

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
    /// The name of the files to leave under `docs/figures`.
    pub figures: Option<String>,
    pub json: Option<PathBuf>,
    pub chart: Option<PathBuf>,
    pub folder: PathBuf,
    pub fresh: bool,
    pub verify: bool,
    /// What the gateway is told beside.
    pub told: Vec<(String, String)>,
    /// PostgreSQL's settings that are not as they come.
    pub server: Vec<(String, String)>,
    /// The command line, as a person gives it.
    pub arguments: Vec<String>,
}

impl Plan {
    pub fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == name)
    }

    /// How many cards there are, for a heading.
    pub fn sizes(&self) -> String {
        let sizes = if self.flat.is_empty() { std::slice::from_ref(&self.cards) } else { &self.flat };
        sizes.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")
    }

    /// What is not as it comes, for a heading.
    pub fn settings(&self) -> String {
        self.told.iter().chain(&self.server).map(|(name, value)| format!(", {name}={value}")).collect()
    }
}

pub fn parse(given: &[String]) -> Result<Asked, String> {
    let (mut quick, mut fresh, mut verify) = (false, false, false);
    let (mut backends, mut only) = (vec![Backend::Sqlite, Backend::Postgres], Vec::new());
    let (mut cards, mut seconds, mut flat) = (None, None, Vec::new());
    let (mut told, mut server) = (Vec::new(), Vec::new());
    let (mut figures, mut json, mut chart, mut folder) = (None, None, None, default_folder());
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
            "--set" => told.push(pair(word, value()?)?),
            "--server" => {
                let setting = pair(word, value()?)?;
                // It goes through a shell to the server.
                let is_plain = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || "._".contains(c));
                if !is_plain(&setting.0) || !is_plain(&setting.1) {
                    return Err(format!("--server {}: only letters, digits, dots and underscores", setting.0));
                }
                server.push(setting);
            }
            "--figures" => {
                let name = value()?;
                let is_name = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
                if name.is_empty() || !name.chars().all(is_name) {
                    return Err(format!("--figures {name}: only letters, digits, hyphens and underscores"));
                }
                figures = Some(name.to_owned());
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
    if let Some(other) = only.iter().find(|name| !flat.is_empty() && !FLAT_NAMES.contains(&name.as_str())) {
        return Err(format!("--flat does not compare «{other}»; it compares {}", FLAT_NAMES.join(", ")));
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
        figures,
        json,
        chart,
        folder: std::path::absolute(folder).map_err(|error| error.to_string())?,
        fresh,
        verify,
        told,
        server,
        arguments: given.iter().filter(|argument| *argument != "--bench").cloned().collect(),
    })))
}

fn pair(option: &str, given: &str) -> Result<(String, String), String> {
    let pair = given.split_once('=').ok_or_else(|| format!("{option} {given}: NAME=VALUE is wanted"))?;
    Ok((pair.0.to_owned(), pair.1.to_owned()))
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
