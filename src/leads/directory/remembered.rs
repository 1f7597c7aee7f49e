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
    question::Key,
};

/// Bytes of remembered document sets; larger directories may have more, see [`SETS_MIN`].
const SETS_BYTES: usize = 24 << 20;
/// At least so many whole sets are remembered, however large the directory is.
const SETS_MIN: usize = 48;
/// Remembered counts of one attribute's values.
const COUNTS_MAX: usize = 2_000;

/// Bytes of remembered marks of codes.
const TAKEN_BYTES: usize = 4 << 20;

/// A set, and the documents deleted when it was made.
pub type CountKey = (SegmentId, u32, &'static str, Key);

/// For each code of a column, whether a group takes it.
type TakenCodes = Arc<Vec<bool>>;

/// The memory of one index.
#[derive(Debug, Default)]
pub struct Remembered {
    columns: Mutex<HashMap<(SegmentId, &'static str), Arc<Column>>>,
    sets: Mutex<Bounded<(SegmentId, Key), Arc<Bits>>>,
    counts: Mutex<Bounded<CountKey, Arc<Vec<u32>>>>,
    /// Which codes of a column a group asks for.
    taken: Mutex<Bounded<(SegmentId, Key), TakenCodes>>,
    ids: Mutex<HashMap<SegmentId, Arc<Ids>>>,
}

/// Entries with their sizes; all are dropped when there is no more room, which is rare and simple.
#[derive(Debug)]
struct Bounded<K, V> {
    entries: HashMap<K, V>,
    size: usize,
}

impl<K, V> Default for Bounded<K, V> {
    fn default() -> Self {
        Self { entries: HashMap::new(), size: 0 }
    }
}

impl<K: Eq + Hash, V> Bounded<K, V> {
    fn put(&mut self, key: K, value: V, size: usize, size_max: usize) {
        if self.size + size > size_max {
            *self = Self::default();
        }
        if self.entries.insert(key, value).is_none() {
            self.size += size;
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
        if let Some(bits) = locked(&self.sets).entries.get(&(segment, key)) {
            return Ok(Arc::clone(bits));
        }
        let bits = Arc::new(make()?);
        let size_max = SETS_BYTES.max(SETS_MIN * bits.bytes());
        locked(&self.sets).put((segment, key), Arc::clone(&bits), bits.bytes(), size_max);
        Ok(bits)
    }

    pub fn counts(&self, key: CountKey, make: impl FnOnce() -> Vec<u32>) -> Arc<Vec<u32>> {
        if let Some(counts) = locked(&self.counts).entries.get(&key) {
            return Arc::clone(counts);
        }
        let counts = Arc::new(make());
        locked(&self.counts).put(key, Arc::clone(&counts), 1, COUNTS_MAX);
        counts
    }

    pub fn taken(&self, segment: SegmentId, key: Key, make: impl FnOnce() -> Vec<bool>) -> Arc<Vec<bool>> {
        if let Some(taken) = locked(&self.taken).entries.get(&(segment, key)) {
            return Arc::clone(taken);
        }
        let taken = Arc::new(make());
        locked(&self.taken).put((segment, key), Arc::clone(&taken), taken.len(), TAKEN_BYTES);
        taken
    }

    /// The contact ids of a segment's documents.
    pub fn ids(&self, segment: SegmentId, read: impl FnOnce() -> tantivy::Result<Ids>) -> tantivy::Result<Arc<Ids>> {
        if let Some(ids) = locked(&self.ids).get(&segment) {
            return Ok(Arc::clone(ids));
        }
        let ids = Arc::new(read()?);
        Ok(Arc::clone(locked(&self.ids).entry(segment).or_insert(ids)))
    }

    /// Forgets all but what belongs to these segments.
    pub fn keep_only(&self, living: &HashSet<SegmentId>) {
        locked(&self.columns).retain(|(segment, _), _| living.contains(segment));
        locked(&self.ids).retain(|segment, _| living.contains(segment));
        let mut sets = locked(&self.sets);
        sets.entries.retain(|(segment, _), _| living.contains(segment));
        sets.size = sets.entries.values().map(|bits| bits.bytes()).sum();
        *locked(&self.taken) = Bounded::default();
        let mut counts = locked(&self.counts);
        counts.entries.retain(|(segment, ..), _| living.contains(segment));
        counts.size = counts.entries.len();
    }
}
