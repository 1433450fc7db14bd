//! The acknowledgement log: what clients were told, outside of the database, on the disk before it counts.
//!
//! A ledger's own check cannot see a write that was acknowledged and is gone; this file can.

use std::{
    collections::HashSet,
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    sync::{Condvar, Mutex},
};

use sha2::{Digest, Sha256};

/// A file of lines, synced in groups: one thread syncs for all that wait.
pub struct Log {
    path: PathBuf,
    state: Mutex<State>,
    synced: Condvar,
    once: Mutex<HashSet<String>>,
}

struct State {
    file: Option<File>,
    waiting: String,
    added: u64,
    durable: u64,
}

/// A line: an operation that was acknowledged.
#[derive(Debug, Clone)]
pub struct Acknowledged {
    pub key: String,
    pub operation: String,
    /// The digest of the answer's `return`.
    pub digest: String,
}

impl Log {
    pub fn create(folder: &Path) -> Self {
        let path = folder.join("acknowledged.tsv");
        let file = File::create(&path).unwrap();
        let state = State { file: Some(file), waiting: String::new(), added: 0, durable: 0 };
        Self { path, state: Mutex::new(state), synced: Condvar::new(), once: Mutex::default() }
    }

    /// Returns once the line is on the disk.
    pub fn add(&self, operation: &str, key: &str, code: &str, answer: &str) {
        let line = format!("{key}\t{operation}\t{code}\t{}\n", digest(answer));
        let mut state = self.state.lock().unwrap();
        state.waiting.push_str(&line);
        state.added += 1;
        let mine = state.added;
        while state.durable < mine {
            if let Some(mut file) = state.file.take() {
                let (text, upto) = (std::mem::take(&mut state.waiting), state.added);
                drop(state);
                file.write_all(text.as_bytes()).unwrap();
                file.sync_data().unwrap();
                state = self.state.lock().unwrap();
                (state.file, state.durable) = (Some(file), upto);
                self.synced.notify_all();
            } else {
                state = self.synced.wait(state).unwrap();
            }
        }
    }

    /// As [`Self::add`], of many operations: key, operation, code and answer of each.
    pub fn add_all(&self, many: impl Iterator<Item = (&'static str, String, String, String)>) {
        let mut state = self.state.lock().unwrap();
        let (mut text, mut count) = (String::new(), 0);
        for (operation, key, code, answer) in many {
            text.push_str(&format!("{key}\t{operation}\t{code}\t{}\n", digest(&answer)));
            count += 1;
        }
        let file = state.file.as_mut().expect("nobody else writes now");
        file.write_all(text.as_bytes()).unwrap();
        file.sync_data().unwrap();
        state.added += count;
        state.durable = state.added;
    }

    /// As [`Self::add`], of an answer that is expected more than once: the first of them counts.
    pub fn add_once(&self, operation: &str, key: &str, code: &str, answer: &str) {
        let is_new = self.once.lock().unwrap().insert(key.to_owned());
        if is_new {
            self.add(operation, key, code, answer);
        }
    }

    /// How many lines are on the disk.
    pub fn count(&self) -> u64 {
        self.state.lock().unwrap().durable
    }

    /// Reads the file.
    pub fn read(&self) -> Vec<Acknowledged> {
        let text = fs::read_to_string(&self.path).unwrap();
        let line = |line: &str| {
            let fields: Vec<&str> = line.split('\t').collect();
            let [key, operation, _code, digest] = fields[..] else { panic!("a broken line: {line}") };
            Acknowledged { key: key.into(), operation: operation.into(), digest: digest.into() }
        };
        text.lines().map(line).collect()
    }
}

/// SHA-256 in hexadecimal.
pub fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
