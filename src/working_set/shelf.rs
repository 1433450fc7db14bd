//! Rows in memory with an undo: a shelf for rows that change, a pile for rows that are only added.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    hash::Hash,
};

/// Rows of one kind: the loaded rows, the running command's changes, the batch's changes.
#[derive(Debug)]
pub struct Shelf<K, V> {
    items: HashMap<K, V>,
    undo: HashMap<K, Option<V>>,
    dirty: BTreeSet<K>,
    loaded: HashSet<K>,
}

impl<K, V> Default for Shelf<K, V> {
    fn default() -> Self {
        Self { items: HashMap::new(), undo: HashMap::new(), dirty: BTreeSet::new(), loaded: HashSet::new() }
    }
}

impl<K: Eq + Hash + Ord + Clone, V: Clone> Shelf<K, V> {
    /// Adds a loaded row; this is not a change.
    pub fn load(&mut self, key: K, value: V) {
        self.loaded.insert(key.clone());
        self.items.insert(key, value);
    }

    /// Whether the database has no row of this key yet.
    #[must_use]
    pub fn is_new(&self, key: &K) -> bool {
        !self.loaded.contains(key)
    }

    /// Reads a row.
    #[must_use]
    pub fn get(&self, key: &K) -> Option<&V> {
        self.items.get(key)
    }

    /// A loaded row, to complete it; this is not a change.
    pub(crate) fn loaded_mut(&mut self, key: &K) -> Option<&mut V> {
        self.items.get_mut(key)
    }

    /// Gets a row to change it.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let item = self.items.get_mut(key)?;
        if !self.undo.contains_key(key) {
            self.undo.insert(key.clone(), Some(item.clone()));
        }
        Some(item)
    }

    /// Adds or replaces a row.
    pub fn put(&mut self, key: K, value: V) {
        let old = self.items.insert(key.clone(), value);
        self.undo.entry(key).or_insert(old);
    }

    /// All rows.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.items.iter()
    }

    /// What the running command has changed, each with what it was before.
    pub fn changing(&self) -> impl Iterator<Item = (Option<&V>, &V)> {
        self.undo.iter().filter_map(|(key, old)| Some((old.as_ref(), self.items.get(key)?)))
    }

    /// What the batch has to write, in key order.
    pub fn changed(&self) -> impl Iterator<Item = &V> {
        self.dirty.iter().filter_map(|key| self.items.get(key))
    }

    pub(crate) fn keep(&mut self) {
        self.dirty.extend(self.undo.drain().map(|(key, _)| key));
    }

    pub(crate) fn undo(&mut self) {
        for (key, old) in self.undo.drain() {
            match old {
                Some(value) => self.items.insert(key, value),
                None => self.items.remove(&key),
            };
        }
    }
}

/// Rows that are only added.
#[derive(Debug)]
pub struct Pile<T> {
    items: Vec<T>,
    kept: usize,
}

impl<T> Default for Pile<T> {
    fn default() -> Self {
        Self { items: Vec::new(), kept: 0 }
    }
}

impl<T> Pile<T> {
    /// Adds a row.
    pub fn push(&mut self, item: T) {
        self.items.push(item);
    }

    /// All added rows.
    #[must_use]
    pub fn items(&self) -> &[T] {
        &self.items
    }

    pub(crate) fn keep(&mut self) {
        self.kept = self.items.len();
    }

    pub(crate) fn undo(&mut self) {
        self.items.truncate(self.kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_undone_change_was_never_made() {
        let mut shelf: Shelf<i32, String> = Shelf::default();
        shelf.load(1, "one".into());
        shelf.get_mut(&1).unwrap().push('!');
        shelf.put(2, "two".into());
        shelf.undo();
        assert_eq!(shelf.get(&1).unwrap(), "one");
        assert_eq!(shelf.get(&2), None);
        assert_eq!(shelf.changed().count(), 0);
    }

    #[test]
    fn a_kept_change_is_written_once_and_survives_a_later_undo() {
        let mut shelf: Shelf<i32, String> = Shelf::default();
        shelf.load(1, "one".into());
        shelf.get_mut(&1).unwrap().push('!');
        shelf.get_mut(&1).unwrap().push('!');
        shelf.keep();
        shelf.get_mut(&1).unwrap().clear();
        shelf.undo();
        assert_eq!(shelf.changed().collect::<Vec<_>>(), ["one!!"]);
    }

    #[test]
    fn a_pile_forgets_what_was_undone() {
        let mut pile = Pile::default();
        pile.push(1);
        pile.keep();
        pile.push(2);
        pile.undo();
        assert_eq!(pile.items(), [1]);
    }
}
