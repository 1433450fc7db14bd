//! Whether a gateway could start. Everything is looked at before anything is made or changed: `check-config` and `doctor` ask for
//! no more than this, and a start asks first.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
};

use crate::{
    app::{
        AppError,
        demo::PARTNERS,
        files,
        opened::{connect_limits, database_connections},
        roots, seals,
    },
    config::{Config, DatabaseUrl, KeySource},
    http::Tls,
    notify::{self, Channel, ChannelConfig},
    store::{
        db::{
            backend::{Connections, Db, Purpose},
            health::partner_codes,
        },
        tables::key,
    },
    vault::{MasterKey, Vault, VaultError},
};

/// How a gateway is to be started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Start {
    /// With demo data.
    pub demo: bool,
    /// With a channel that does not come from the configuration: a test's.
    pub has_channel: bool,
}

/// What a look at everything that a start needs has found.
#[derive(Debug, Default)]
pub struct Readiness {
    /// What keeps the gateway from starting, in the order in which it was looked at.
    pub problems: Vec<AppError>,
    /// What the operator should know.
    pub warnings: Vec<String>,
    /// The database; `None` when it cannot be used.
    pub database: Option<DatabaseState>,
}

/// What is in the place of the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatabaseState {
    /// Nothing, or nothing but an empty database: a start makes it.
    Absent,
    /// The schema of an older program: a start upgrades it.
    Older {
        /// The last migration that it has.
        from: String,
        /// The last migration that it will have.
        to: String,
        /// How many are to be run.
        migrations: usize,
    },
    /// The schema of this program, or of a newer one that only extended it.
    Current {
        /// The last migration that it has.
        version: String,
    },
}

impl Readiness {
    /// Looks at everything. Reads files and the database, tries the port for a moment, and changes nothing.
    #[must_use]
    pub fn look(config: &Config, start: Start) -> Self {
        let mut found = Self::default();
        found.note(settings(config, start.has_channel || start.demo));
        if let Ok(ChannelConfig::Console(console)) = sms_settings(config, start.demo)
            && !start.has_channel
        {
            if config.sms.channel.is_some() && !start.demo {
                found.warnings.push(format!(
                    "sms.channel is `console`: no confirmation code reaches a customer. Codes and phones are shown on this screen \
                     and kept in {}, for whoever reads them there. For a trial only",
                    console.file.display()
                ));
            }
            found.folder_of(&console.file, "sms.file");
        }
        if start.demo && !config.server.listen.ip().is_loopback() {
            found.problems.push(AppError::DemoAddress(config.server.listen));
        }
        if let Some(file) = &config.seals.file {
            found.folder_of(file, "seals.file");
        }
        let listen = config.server.listen;
        if let Err(source) = TcpListener::bind(listen) {
            found.problems.push(AppError::Listen { address: listen, source });
        }
        found.warnings.extend(files::shortage(config.server.connections_max, database_connections(config)));
        found.look_at_the_database(config, start);
        found
    }

    fn note<T>(&mut self, looked: Result<T, AppError>) -> Option<T> {
        match looked {
            Ok(value) => Some(value),
            Err(AppError::NotReady(problems)) => {
                self.problems.extend(problems);
                None
            }
            Err(problem) => {
                self.problems.push(problem);
                None
            }
        }
    }

    /// Whether files can be made in the folder of this one.
    fn folder_of(&mut self, file: &Path, what: &'static str) {
        let folder = folder(file);
        if !folder.is_dir() {
            self.problems.push(AppError::NoFolder { folder, what });
        } else if !files::is_writable(&folder) {
            self.problems.push(AppError::Unwritable { path: folder, what });
        }
    }

    fn look_at_the_database(&mut self, config: &Config, start: Start) {
        let url = &config.database.url;
        if let Some(path) = url.sqlite_path() {
            self.folder_of(path, "the database");
            if path.exists() && !files::is_writable(path) {
                self.problems.push(AppError::Unwritable { path: path.to_owned(), what: "the database" });
            }
        }
        let is_there = url.sqlite_path().is_none_or(Path::exists);
        let Some(master) = self.note(master(config, is_there)) else { return };
        if !is_there {
            return self.absent(url, start);
        }
        let looked = Connections::open(url, Purpose::Read, 1, &connect_limits(config)).map_err(AppError::from);
        let Some(connections) = self.note(looked) else { return };
        let Some(mut db) = self.note(connections.get().map_err(AppError::from)) else { return };
        let Some(state) = self.note(state(&mut db)) else { return };
        if state != DatabaseState::Absent
            && let Some(codes) = self.note(partner_codes(&mut db).map_err(AppError::from))
        {
            self.compare_with_the_demo(config, start, codes);
        }
        match state {
            DatabaseState::Absent => self.absent(url, start),
            // Its upgrade looks at the key before it changes anything.
            DatabaseState::Older { .. } => self.database = Some(state),
            DatabaseState::Current { .. } => {
                // Keys that are not made yet are made, or compared, by the upgrade.
                if self.note(key::are_made(&mut db).map_err(AppError::from)) == Some(true)
                    && let Some(master) = master
                {
                    self.note(key::open(&mut db, &Vault::new(master)).map_err(AppError::from));
                }
                self.database = Some(state);
            }
        }
    }

    /// Keeps passwords that everybody knows from where somebody works, and from where others come.
    fn compare_with_the_demo(&mut self, config: &Config, start: Start, codes: Vec<String>) {
        let (demos, others): (Vec<String>, Vec<String>) =
            codes.into_iter().partition(|code| PARTNERS.contains(&code.as_str()));
        if start.demo && !others.is_empty() {
            self.problems.push(AppError::DemoPartners(others));
        }
        let is_reached = !config.server.listen.ip().is_loopback() || config.server.public_url.is_some();
        if !start.demo && is_reached && demos.len() == PARTNERS.len() {
            let what = "this database has the demo's partners, whose passwords everybody knows, and others reach this address: \
                        `kopilka doctor` names the logins to close";
            self.warnings.push(what.to_owned());
        }
    }

    /// A start makes a database only where nobody can have meant another one.
    fn absent(&mut self, url: &DatabaseUrl, start: Start) {
        if start.demo || *url == DatabaseUrl::default() {
            self.database = Some(DatabaseState::Absent);
        } else {
            self.problems.push(AppError::NoDatabase { url: url.to_string() });
        }
    }
}

/// Compares the schema with the program's.
fn state(db: &mut Db) -> Result<DatabaseState, AppError> {
    let version = db.schema_version()?;
    let Some(from) = db.last_migration()? else { return Ok(DatabaseState::Absent) };
    Ok(match version.pending.last() {
        Some(to) => DatabaseState::Older { from, to: to.clone(), migrations: version.pending.len() },
        None => DatabaseState::Current { version: from },
    })
}

/// The master key, read from where it is; `None` when a start makes it together with the database.
fn master(config: &Config, is_there: bool) -> Result<Option<MasterKey>, AppError> {
    match config.key_source() {
        Some(KeySource::Inline(key)) => Ok(Some(MasterKey::from_text(key.reveal())?)),
        Some(KeySource::File { path, may_create }) if may_create && !is_there && !path.exists() => Ok(None),
        Some(KeySource::File { path, .. }) => Ok(Some(MasterKey::from_file(&path, false)?)),
        None => Err(AppError::NoKey),
    }
}

/// What can be found wrong in the settings and the files that they name, beside the database. `any_channel` when none has to be
/// configured.
fn settings(config: &Config, any_channel: bool) -> Result<(), AppError> {
    let mut problems: Vec<AppError> = Vec::new();
    let channel = match sms_settings(config, any_channel) {
        Ok(settings) => notify::check(&settings, &sms_secret).map_err(AppError::from),
        Err(error) => Err(error),
    };
    problems.extend(channel.err());
    problems.extend(Tls::load(&config.server.tls).err().map(AppError::from));
    problems.extend(seals::phone(&config.seals).err());
    problems.extend(roots::check(&config.seals).err());
    if problems.is_empty() { Ok(()) } else { Err(AppError::NotReady(problems)) }
}

/// Reads the files that a configuration names and the SMS settings, as a start would, and discards them. Writes nothing.
///
/// # Errors
/// A file cannot be read or does not hold what it should, or no SMS channel can be made of the settings.
pub fn check_settings(config: &Config) -> Result<(), AppError> {
    settings(config, false)?;
    match config.key_source() {
        Some(KeySource::Inline(key)) => MasterKey::from_text(key.reveal()).map(drop).map_err(AppError::from),
        Some(KeySource::File { .. }) | None => Ok(()),
    }
}

/// The channel of the settings; with demo data the console, when none is configured.
///
/// # Errors
/// None is configured, or it cannot be made.
pub(super) fn channel(config: &Config, demo: bool) -> Result<Box<dyn Channel>, AppError> {
    Ok(notify::build(&sms_settings(config, demo)?, &sms_secret)?)
}

/// The SMS adapter's settings. The parser's full message would show the offending line, which may hold a secret. Only its
/// own sentence is kept.
fn sms_settings(config: &Config, any_channel: bool) -> Result<ChannelConfig, AppError> {
    if config.sms.channel.is_none() && !any_channel {
        // A mistyped key is told rather than what it leaves out.
        let keys: Vec<String> = config.sms.settings.keys().map(|key| format!("`{key}`")).collect();
        return Err(match keys.as_slice() {
            [] => AppError::NoChannel,
            keys => AppError::SmsSettings(format!("{} without `channel`, which says what it is for", keys.join(", "))),
        });
    }
    config.sms.adapter().map_err(|error| AppError::SmsSettings(error.message().to_owned()))
}

fn sms_secret(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The files that hold something of customers, or the key to it: only their owner may read them.
pub(super) fn private_files(config: &Config) -> Vec<PathBuf> {
    let beside = |path: &Path, end: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        PathBuf::from(name)
    };
    let database = config.database.url.sqlite_path();
    let mut files: Vec<PathBuf> =
        database.into_iter().flat_map(|path| ["", "-wal", "-shm"].map(|end| beside(path, end))).collect();
    if let Some(KeySource::File { path, .. }) = config.key_source() {
        files.push(path);
    }
    if let Ok(ChannelConfig::Console(console)) = sms_settings(config, true) {
        files.push(console.file);
    }
    files
}

/// The folder of a file; the working directory for a bare name.
fn folder(file: &Path) -> PathBuf {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.map_or_else(|| PathBuf::from("."), Path::to_owned)
}

impl AppError {
    /// Whether a setting is wrong, and not what the gateway found around it.
    #[must_use]
    pub const fn is_setting(&self) -> bool {
        matches!(
            self,
            Self::Vault(VaultError::Malformed)
                | Self::NoKey
                | Self::Notify(_)
                | Self::SmsSettings(_)
                | Self::NoChannel
                | Self::SealsPhone
                | Self::RootsFile { .. }
                | Self::DemoAddress(_)
                | Self::Tls(_)
        )
    }

    /// Whether the address is taken: by the gateway that runs, it may be.
    #[must_use]
    pub fn is_address_taken(&self) -> bool {
        matches!(self, Self::Listen { source, .. } if source.kind() == std::io::ErrorKind::AddrInUse)
    }
}
