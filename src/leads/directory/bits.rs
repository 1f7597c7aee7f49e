//! Sets of documents of one index segment: a bit each.

use tantivy::DocId;

/// A bit per document of a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bits(Vec<u64>);

impl Bits {
    pub fn none(documents: u32) -> Self {
        Self(vec![0; documents.div_ceil(64) as usize])
    }

    pub fn all(documents: u32) -> Self {
        let mut bits = Self(vec![u64::MAX; documents.div_ceil(64) as usize]);
        if let Some(last) = bits.0.last_mut().filter(|_| !documents.is_multiple_of(64)) {
            *last = (1 << (documents % 64)) - 1;
        }
        bits
    }

    pub fn set(&mut self, document: DocId) {
        self.0[(document >> 6) as usize] |= 1 << (document & 63);
    }

    /// Puts 64 documents in place at once: those from 64 × `place` on.
    pub fn put_word(&mut self, place: usize, word: u64) {
        self.0[place] = word;
    }

    pub fn keep(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(word, other)| *word &= other);
    }

    pub fn drop(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(word, other)| *word &= !other);
    }

    pub fn count(&self) -> u64 {
        self.0.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    /// How many are in both.
    pub fn count_common(&self, other: &Self) -> u64 {
        self.0.iter().zip(&other.0).map(|(word, other)| u64::from((word & other).count_ones())).sum()
    }

    /// Bytes in memory.
    pub fn bytes(&self) -> usize {
        self.0.len() * 8
    }

    /// Calls `visit` with each document, ascending.
    pub fn each(&self, mut visit: impl FnMut(DocId)) {
        for (word, first) in self.0.iter().zip((0_u32..).step_by(64)) {
            let mut rest = *word;
            while rest != 0 {
                visit(first + rest.trailing_zeros());
                rest &= rest - 1;
            }
        }
    }

    /// The document at a place of the ascending list.
    pub fn nth(&self, place: u64) -> Option<DocId> {
        let mut before = 0;
        for (word, first) in self.0.iter().zip((0_u32..).step_by(64)) {
            let here = u64::from(word.count_ones());
            if place < before + here {
                let mut rest = *word;
                (before..place).for_each(|_| rest &= rest - 1);
                return Some(first + rest.trailing_zeros());
            }
            before += here;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn bits(set: &BTreeSet<u32>) -> Bits {
        let mut bits = Bits::none(200);
        set.iter().for_each(|document| bits.set(*document));
        bits
    }

    fn listed(bits: &Bits) -> BTreeSet<u32> {
        let mut set = BTreeSet::new();
        bits.each(|document| assert!(set.insert(document)));
        set
    }

    proptest! {
        #[test]
        fn sets_of_documents_are_sets(
            one in prop::collection::btree_set(0u32..200, 0..60),
            two in prop::collection::btree_set(0u32..200, 0..60),
        ) {
            let (left, right) = (bits(&one), bits(&two));
            prop_assert_eq!(left.count(), one.len() as u64);
            prop_assert_eq!(left.count_common(&right), (&one & &two).len() as u64);
            let mut both = left.clone();
            both.keep(&right);
            prop_assert_eq!(listed(&both), &one & &two);
            let mut rest = Bits::all(200);
            rest.drop(&right);
            prop_assert_eq!(listed(&rest), &(0..200).collect::<BTreeSet<u32>>() - &two);
            for (place, document) in one.iter().enumerate() {
                prop_assert_eq!(left.nth(place as u64), Some(*document));
            }
            prop_assert_eq!(left.nth(one.len() as u64), None);
        }
    }
}
