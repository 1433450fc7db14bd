//! Faults of the disk and of the clock: `shim.c`, built when a storm needs it and loaded before the C library.
//!
//! It is told what to do by a file of numbers that it has mapped into its memory; writing to the file is enough.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    os::unix::fs::{FileExt, PermissionsExt},
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

const SOURCE: &str = include_str!("shim.c");

/// The numbers in their order, as in `shim.c`.
#[derive(Debug, Clone, Copy)]
pub enum Word {
    FailAt,
    FailCount,
    Calls,
    Failed,
    SpaceLeft,
    SyncIsVoid,
    ClockAheadMs,
}

const WORDS: usize = 7;

/// The shim for one storm.
pub struct Shim {
    library: PathBuf,
    control: File,
    path: PathBuf,
}

impl Shim {
    /// Builds the library, once in a run, and makes its file of numbers: no fault yet.
    pub fn new(folder: &Path) -> Self {
        let library = folder.join("shim.so");
        fs::write(&library, built()).unwrap();
        let path = folder.join("shim.control");
        let control = File::options().create(true).truncate(true).read(true).write(true).open(&path).unwrap();
        // PostgreSQL may run as somebody else.
        fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
        let shim = Self { library, control, path };
        for at in 0..WORDS {
            shim.control.write_all_at(&[0; 8], u64::try_from(at * 8).unwrap()).unwrap();
        }
        shim.set(Word::SpaceLeft, -1);
        shim
    }

    pub fn set(&self, word: Word, value: i64) {
        self.control.write_all_at(&value.to_ne_bytes(), word as u64 * 8).unwrap();
    }

    pub fn get(&self, word: Word) -> i64 {
        let mut bytes = [0; 8];
        self.control.read_exact_at(&mut bytes, word as u64 * 8).unwrap();
        i64::from_ne_bytes(bytes)
    }

    /// So many calls from the `first` on will fail, counted from now.
    pub fn fail_at(&self, first: i64, count: i64) {
        self.set(Word::FailAt, 0);
        self.set(Word::FailCount, count);
        self.set(Word::Calls, 0);
        self.set(Word::Failed, 0);
        self.set(Word::FailAt, first);
    }

    /// What a process needs in its environment; `files` are prefixes of the paths that are meant.
    pub fn environment(&self, files: &str) -> Vec<(String, String)> {
        let text = |path: &Path| path.to_str().unwrap().to_owned();
        vec![
            ("LD_PRELOAD".into(), text(&self.library)),
            ("STORM_CONTROL".into(), text(&self.path)),
            ("STORM_FILES".into(), files.into()),
        ]
    }
}

/// An environment as settings of a gateway.
pub fn pairs(environment: &[(String, String)]) -> impl Iterator<Item = (&str, &str)> {
    environment.iter().map(|(name, value)| (name.as_str(), value.as_str()))
}

/// The library's bytes.
fn built() -> &'static [u8] {
    static BUILT: OnceLock<Vec<u8>> = OnceLock::new();
    BUILT.get_or_init(|| {
        let folder = std::env::temp_dir().join(format!("kopilka-shim-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let (source, library) = (folder.join("shim.c"), folder.join("shim.so"));
        fs::write(&source, SOURCE).unwrap();
        let mut compiler = Command::new("cc");
        compiler.args(["-O1", "-Wall", "-Werror", "-shared", "-fPIC", "-o"]).args([&library, &source]);
        let output = compiler.output().expect("a C compiler is installed (.ci/setup)");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let bytes = fs::read(&library).unwrap();
        let _ = fs::remove_dir_all(&folder);
        bytes
    })
}

/// A disk that forgets at a power loss what was not synced: the database's files as they would be found.
#[derive(Default)]
pub struct Disk {
    files: BTreeMap<char, Image>,
}

#[derive(Default)]
struct Image {
    /// As of the last sync.
    durable: Vec<u8>,
    /// What came after it, in order.
    pending: Vec<Change>,
}

enum Change {
    Write { offset: usize, bytes: Vec<u8> },
    Truncate(usize),
    Remove,
}

/// A sector is written whole or not at all.
const SECTOR: usize = 512;

/// What is left of the changes after the last sync.
#[derive(Debug, Clone, Copy)]
pub enum Left {
    /// Nothing.
    Nothing,
    /// The first of them.
    Beginning,
    /// Any sectors of any of them.
    AnySectors,
}

impl Disk {
    /// Follows the log of a process up to its end; a last record that broke off was never done for anybody.
    pub fn follow(&mut self, log: &Path) {
        let bytes = fs::read(log).unwrap_or_default();
        let mut rest = bytes.as_slice();
        while let Some((head, after)) = rest.split_at_checked(18) {
            let number =
                |from: usize| usize::try_from(i64::from_ne_bytes(head[from..from + 8].try_into().unwrap())).unwrap();
            let (kind, offset, length) = (head[0], number(2), number(10));
            let image = self.files.entry(char::from(head[1])).or_default();
            rest = after;
            match kind {
                b'W' => {
                    let Some((data, after)) = rest.split_at_checked(length) else { return };
                    image.pending.push(Change::Write { offset, bytes: data.to_vec() });
                    rest = after;
                }
                b'T' => image.pending.push(Change::Truncate(offset)),
                b'R' => image.pending.push(Change::Remove),
                b'S' => {
                    image.sync(image.pending.len());
                    // A file system with a journal (ext4, XFS) has put down by then that files were removed before.
                    for image in self.files.values_mut() {
                        let removed = image.pending.iter().rposition(|change| matches!(change, Change::Remove));
                        image.sync(removed.map_or(0, |last| last + 1));
                    }
                }
                other => panic!("a broken log: {other}"),
            }
        }
    }

    /// Bytes that were written and not synced.
    pub fn pending_bytes(&self) -> usize {
        let length = |change: &Change| if let Change::Write { bytes, .. } = change { bytes.len() } else { 0 };
        self.files.values().flat_map(|image| &image.pending).map(length).sum()
    }

    /// The power is gone: what was pending is decided by lot, and the files are as they are found then.
    pub fn lose_power(&mut self, left: Left, random: &mut impl FnMut(usize) -> usize) {
        for image in self.files.values_mut() {
            let pending = std::mem::take(&mut image.pending);
            let first = random(pending.len() + 1);
            for (number, change) in pending.into_iter().enumerate() {
                match left {
                    Left::Nothing => {}
                    Left::Beginning if number >= first => {}
                    Left::Beginning => change.apply(&mut image.durable, |_| true),
                    Left::AnySectors => change.apply(&mut image.durable, |_| random(2) == 0),
                }
            }
        }
    }

    /// Writes the files as the disk has them; what the running system shared in memory is gone.
    pub fn write_to(&self, database: &Path) {
        for (letter, suffix) in [('d', ""), ('w', "-wal"), ('j', "-journal")] {
            let path = PathBuf::from(format!("{}{suffix}", database.display()));
            match self.files.get(&letter).filter(|image| !image.durable.is_empty()) {
                Some(image) => fs::write(path, &image.durable).unwrap(),
                None => drop(fs::remove_file(path)),
            }
        }
        let _ = fs::remove_file(format!("{}-shm", database.display()));
    }
}

impl Image {
    /// The first changes are on the disk.
    fn sync(&mut self, count: usize) {
        for change in self.pending.drain(..count) {
            change.apply(&mut self.durable, |_| true);
        }
    }
}

impl Change {
    /// Does it, but for the sectors that are not kept.
    fn apply(self, file: &mut Vec<u8>, mut is_kept: impl FnMut(usize) -> bool) {
        match self {
            Self::Remove => {
                if is_kept(0) {
                    file.clear();
                }
            }
            Self::Truncate(length) => {
                if is_kept(0) {
                    file.resize(length, 0);
                }
            }
            Self::Write { offset, bytes } => {
                let mut from = 0;
                while from < bytes.len() {
                    // Up to the next boundary of a sector of the file.
                    let to = (from + SECTOR - (offset + from) % SECTOR).min(bytes.len());
                    if is_kept(from) {
                        if file.len() < offset + to {
                            file.resize(offset + to, 0);
                        }
                        file[offset + from..offset + to].copy_from_slice(&bytes[from..to]);
                    }
                    from = to;
                }
            }
        }
    }
}
