//! Sets of documents of one index segment: a bit each.

use std::sync::OnceLock;

use tantivy::DocId;

/// Words that are looked at together, so that they stay in the nearest cache.
const CHUNK: usize = 512;
/// Words whose documents are listed at a time.
const LISTED: usize = 32;
/// Words with so many documents are listed by bytes instead of bit by bit.
const DENSE: u32 = 8;
/// Of sets with up to so many documents the list is kept.
const LISTED_MAX: u64 = 200_000;

/// A bit per document of a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bits(Vec<u64>);

impl Bits {
    pub fn none(documents: u32) -> Self {
        Self(vec![0; documents.div_ceil(64) as usize])
    }

    /// None of the documents that `other` is a set of.
    pub fn none_like(other: &Self) -> Self {
        Self(vec![0; other.0.len()])
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

    /// 64 documents each.
    pub fn words(&self) -> &[u64] {
        &self.0
    }

    pub fn words_mut(&mut self) -> &mut [u64] {
        &mut self.0
    }

    pub fn keep(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(word, other)| *word &= other);
    }

    pub fn drop(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(word, other)| *word &= !other);
    }

    pub fn add(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(word, other)| *word |= other);
    }

    /// The documents in all of these sets, and those in all but exactly one. A set that is not taken stands for the
    /// documents outside.
    pub fn in_all_and_nearly_all<'set>(
        documents: u32,
        sets: impl Iterator<Item = (&'set Self, bool)> + Clone,
    ) -> (Self, Self) {
        let (mut all, mut nearly) = (Self::all(documents), Self::none(documents));
        for (place, (all, nearly)) in all.0.chunks_mut(CHUNK).zip(nearly.0.chunks_mut(CHUNK)).enumerate() {
            for (set, is_taken) in sets.clone() {
                let turn = if is_taken { 0 } else { u64::MAX };
                for ((all, nearly), set) in all.iter_mut().zip(nearly.iter_mut()).zip(&set.0[place * CHUNK..]) {
                    let has = set ^ turn;
                    *nearly = (*nearly & has) | (*all & !has);
                    *all &= has;
                }
            }
        }
        (all, nearly)
    }

    pub fn count(&self) -> u64 {
        count(&self.0)
    }

    /// How many are in both.
    pub fn count_common(&self, other: &Self) -> u64 {
        self.0.iter().zip(&other.0).map(|(word, other)| u64::from((word & other).count_ones())).sum()
    }

    /// How many are in this one only.
    pub fn count_outside(&self, other: &Self) -> u64 {
        self.0.iter().zip(&other.0).map(|(word, other)| u64::from((word & !other).count_ones())).sum()
    }

    /// Bytes in memory.
    pub fn bytes(&self) -> usize {
        self.0.len() * 8
    }

    /// Calls `visit` with each document, ascending.
    pub fn each(&self, mut visit: impl FnMut(DocId)) {
        self.each_chunk(|documents| documents.iter().for_each(|document| visit(*document)));
    }

    /// Calls `visit` with all documents, ascending, some at a time.
    pub fn each_chunk(&self, mut visit: impl FnMut(&[DocId])) {
        let mut documents = [0; LISTED * 64 + 8];
        for (words, first) in self.0.chunks(LISTED).zip((0_u32..).step_by(LISTED * 64)) {
            let mut length = 0;
            for (word, first) in words.iter().zip((first..).step_by(64)).filter(|(word, _)| **word != 0) {
                length += if word.count_ones() < DENSE {
                    list_few(*word, first, &mut documents[length..])
                } else {
                    list_many(*word, first, &mut documents[length..])
                };
            }
            visit(&documents[..length]);
        }
    }

    /// How many documents it has room for: the segment's, rounded up to whole words.
    pub fn room(&self) -> u64 {
        self.0.len() as u64 * 64
    }

    /// The first document in the set that is not before `from`.
    pub fn first_from(&self, from: DocId) -> Option<DocId> {
        let (start, bit) = (from as usize / 64, from % 64);
        let rest = *self.0.get(start)? & (u64::MAX << bit);
        let later = || self.0.iter().enumerate().skip(start + 1).find(|(_, word)| **word != 0);
        let (at, word) = if rest != 0 { (start, rest) } else { later().map(|(at, word)| (at, *word))? };
        Some(at as u32 * 64 + word.trailing_zeros())
    }
}

fn count(words: &[u64]) -> u64 {
    words.iter().map(|word| u64::from(word.count_ones())).sum()
}

/// A set of documents that several columns are counted in.
#[derive(Debug)]
pub struct Among {
    bits: Bits,
    count: u64,
    /// The documents, once they were asked for, of a set that is small enough to keep them.
    listed: OnceLock<Vec<DocId>>,
}

impl Among {
    pub fn of(bits: Bits) -> Self {
        Self { count: bits.count(), bits, listed: OnceLock::new() }
    }

    pub fn bits(&self) -> &Bits {
        &self.bits
    }

    pub fn count(&self) -> u64 {
        self.count
    }

    /// Calls `visit` with all documents, ascending, some at a time.
    pub fn each_chunk(&self, visit: &mut dyn FnMut(&[DocId])) {
        if self.count > LISTED_MAX {
            return self.bits.each_chunk(visit);
        }
        visit(self.listed.get_or_init(|| {
            let mut documents = Vec::with_capacity(self.count as usize);
            self.bits.each_chunk(|chunk| documents.extend_from_slice(chunk));
            documents
        }));
    }
}

/// Lists the documents of a word whose first one is `first`, and answers how many there are.
fn list_few(word: u64, first: DocId, documents: &mut [DocId]) -> usize {
    let (mut rest, mut length) = (word, 0);
    while rest != 0 {
        documents[length] = first + rest.trailing_zeros();
        length += 1;
        rest &= rest - 1;
    }
    length
}

/// The same by a table of what each byte holds: eight places are written for each byte, so there must be room after the
/// last document.
fn list_many(word: u64, first: DocId, documents: &mut [DocId]) -> usize {
    let mut length = 0;
    for (byte, first) in word.to_le_bytes().into_iter().zip((first..).step_by(8)) {
        let places = documents[length..length + 8].iter_mut().zip(&PLACES[usize::from(byte)]);
        places.for_each(|(document, place)| *document = first + place);
        length += byte.count_ones() as usize;
    }
    length
}

/// The places of the ones in each byte, from the lowest on.
static PLACES: [[u32; 8]; 256] = {
    let mut places = [[0; 8]; 256];
    let mut byte = 0;
    while byte < 256 {
        let (mut length, mut place) = (0, 0);
        while place < 8 {
            if byte >> place & 1 == 1 {
                places[byte][length] = place;
                length += 1;
            }
            place += 1;
        }
        byte += 1;
    }
    places
};

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
            prop_assert_eq!(left.count_outside(&right), (&one - &two).len() as u64);
            let mut either = left.clone();
            either.add(&right);
            prop_assert_eq!(listed(&either), &one | &two);
            let (all, nearly) = Bits::in_all_and_nearly_all(200, [(&left, true), (&right, false)].into_iter());
            prop_assert_eq!(listed(&all), &one - &two);
            let neither: BTreeSet<u32> = (0..200).filter(|document| !one.contains(document) && !two.contains(document)).collect();
            prop_assert_eq!(listed(&nearly), &(&one & &two) | &neither);
            for from in 0..260 {
                prop_assert_eq!(left.first_from(from), one.range(from..).next().copied());
            }
        }
    }
}
