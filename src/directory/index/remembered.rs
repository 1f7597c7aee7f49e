//! What was worked out for a segment and will be wanted again: columns, sets of documents, counts. A segment never
//! changes (but for deletions, which are part of the key of what depends on them), so all of it lives as long as the
//! segment does.

use std::{
    collections::{HashMap, HashSet},
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
};

use tantivy::index::SegmentId;

use super::{
    bits::Bits,
    column::{Column, Ids},
    frequent::Frequent,
    question::Key,
    search::By,
};

/// Bytes of remembered document sets; large directories may have more, see [`SETS_MIN`].
const SETS_BYTES: usize = 24 << 20;
/// At least so many sets of all documents are remembered, however large the directory is.
const SETS_MIN: usize = 48;
/// Bytes of remembered counts.
const COUNTS_BYTES: usize = 16 << 20;
/// Bytes of remembered answers to whether anyone has a value.
const HELD_BYTES: usize = 4 << 20;
/// Bytes of remembered marks of codes.
const TAKEN_BYTES: usize = 4 << 20;

/// A segment and the documents deleted when it was counted, an attribute, by what it was counted, and among which set.
pub type CountKey = (SegmentId, u32, &'static str, By, Key);

/// A segment and the documents deleted when it was looked at, the question, and the group of one value.
pub type HeldKey = (SegmentId, u32, Key, Key);

/// For each code of a column, whether a group takes it.
type TakenCodes = Arc<Vec<bool>>;

/// The memory of one index.
#[derive(Debug)]
pub struct Remembered {
    columns: Mutex<HashMap<(SegmentId, &'static str), Arc<Column>>>,
    sets: Mutex<Bounded<(SegmentId, Key), Arc<Bits>>>,
    counts: Mutex<Bounded<CountKey, Arc<Vec<u32>>>>,
    /// Which codes of a column a group asks for.
    taken: Mutex<Bounded<(SegmentId, Key), TakenCodes>>,
    /// Whether anyone has the value of a group: what is typed is looked up with every change of a form.
    held: Mutex<Bounded<HeldKey, bool>>,
    ids: Mutex<HashMap<SegmentId, Arc<Ids>>>,
    frequent: Mutex<HashMap<(SegmentId, &'static str), Arc<Frequent>>>,
}

/// Entries in two halves of a room: when the newer half is full, the older one is forgotten. What is asked for in between
/// becomes new again.
#[derive(Debug)]
struct Bounded<K, V> {
    newer: HashMap<K, V>,
    older: HashMap<K, V>,
    /// Of an entry, in bytes.
    size_of: fn(&V) -> usize,
    /// Of the newer half.
    size: usize,
    room: usize,
}

impl<K: Eq + Hash, V: Clone> Bounded<K, V> {
    fn new(room: usize, size_of: fn(&V) -> usize) -> Mutex<Self> {
        Mutex::new(Self { newer: HashMap::new(), older: HashMap::new(), size_of, size: 0, room })
    }

    fn get(&mut self, key: &K) -> Option<V> {
        if let Some(value) = self.newer.get(key) {
            return Some(value.clone());
        }
        let (key, value) = self.older.remove_entry(key)?;
        self.put(key, value.clone());
        Some(value)
    }

    fn put(&mut self, key: K, value: V) {
        let size = (self.size_of)(&value);
        if self.size + size > self.room / 2 {
            self.older = std::mem::take(&mut self.newer);
            self.size = 0;
        }
        if self.newer.insert(key, value).is_none() {
            self.size += size;
        }
    }

    fn retain(&mut self, keep: impl Fn(&K) -> bool) {
        self.newer.retain(|key, _| keep(key));
        self.older.retain(|key, _| keep(key));
        self.size = self.newer.values().map(self.size_of).sum();
    }
}

impl Default for Remembered {
    fn default() -> Self {
        Self {
            columns: Mutex::default(),
            sets: Bounded::new(SETS_BYTES, |bits| bits.bytes()),
            counts: Bounded::new(COUNTS_BYTES, |counts| size_of_val(&counts[..]) + size_of::<CountKey>()),
            taken: Bounded::new(TAKEN_BYTES, |taken| taken.len()),
            held: Bounded::new(HELD_BYTES, |_| size_of::<(HeldKey, bool)>()),
            ids: Mutex::default(),
            frequent: Mutex::default(),
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Remembered {
    pub fn column(
        &self,
        segment: SegmentId,
        code: &'static str,
        read: impl FnOnce() -> tantivy::Result<Column>,
    ) -> tantivy::Result<Arc<Column>> {
        if let Some(column) = locked(&self.columns).get(&(segment, code)) {
            return Ok(Arc::clone(column));
        }
        let column = Arc::new(read()?);
        Ok(Arc::clone(locked(&self.columns).entry((segment, code)).or_insert(column)))
    }

    pub fn set(
        &self,
        segment: SegmentId,
        key: Key,
        make: impl FnOnce() -> tantivy::Result<Bits>,
    ) -> tantivy::Result<Arc<Bits>> {
        if let Some(bits) = locked(&self.sets).get(&(segment, key)) {
            return Ok(bits);
        }
        let bits = Arc::new(make()?);
        locked(&self.sets).put((segment, key), Arc::clone(&bits));
        Ok(bits)
    }

    pub fn counts(&self, key: CountKey, make: impl FnOnce() -> Vec<u32>) -> Arc<Vec<u32>> {
        if let Some(counts) = locked(&self.counts).get(&key) {
            return counts;
        }
        let counts = Arc::new(make());
        locked(&self.counts).put(key, Arc::clone(&counts));
        counts
    }

    pub fn taken(&self, segment: SegmentId, key: Key, make: impl FnOnce() -> Vec<bool>) -> Arc<Vec<bool>> {
        if let Some(taken) = locked(&self.taken).get(&(segment, key)) {
            return taken;
        }
        let taken = Arc::new(make());
        locked(&self.taken).put((segment, key), Arc::clone(&taken));
        taken
    }

    pub fn held(&self, key: HeldKey, look: impl FnOnce() -> tantivy::Result<bool>) -> tantivy::Result<bool> {
        if let Some(held) = locked(&self.held).get(&key) {
            return Ok(held);
        }
        let held = look()?;
        locked(&self.held).put(key, held);
        Ok(held)
    }

    /// The contact ids of a segment's documents.
    pub fn ids(&self, segment: SegmentId, read: impl FnOnce() -> tantivy::Result<Ids>) -> tantivy::Result<Arc<Ids>> {
        if let Some(ids) = locked(&self.ids).get(&segment) {
            return Ok(Arc::clone(ids));
        }
        let ids = Arc::new(read()?);
        Ok(Arc::clone(locked(&self.ids).entry(segment).or_insert(ids)))
    }

    /// The most frequent terms of an attribute.
    pub fn frequent(
        &self,
        segment: SegmentId,
        code: &'static str,
        read: impl FnOnce() -> tantivy::Result<Frequent>,
    ) -> tantivy::Result<Arc<Frequent>> {
        if let Some(frequent) = locked(&self.frequent).get(&(segment, code)) {
            return Ok(Arc::clone(frequent));
        }
        let frequent = Arc::new(read()?);
        Ok(Arc::clone(locked(&self.frequent).entry((segment, code)).or_insert(frequent)))
    }

    /// How many columns were read.
    #[cfg(test)]
    pub fn columns_read(&self) -> usize {
        locked(&self.columns).len()
    }

    /// Forgets all but what belongs to these segments, which hold so many documents.
    pub fn keep_only(&self, living: &HashSet<SegmentId>, documents: u64) {
        locked(&self.columns).retain(|(segment, _), _| living.contains(segment));
        locked(&self.ids).retain(|segment, _| living.contains(segment));
        locked(&self.frequent).retain(|(segment, _), _| living.contains(segment));
        let mut sets = locked(&self.sets);
        sets.room = SETS_BYTES.max(SETS_MIN * documents as usize / 8);
        sets.retain(|(segment, _)| living.contains(segment));
        locked(&self.taken).retain(|(segment, _)| living.contains(segment));
        locked(&self.counts).retain(|(segment, ..)| living.contains(segment));
        locked(&self.held).retain(|(segment, ..)| living.contains(segment));
    }
}
