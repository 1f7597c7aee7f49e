//! Sets of documents of one index segment: a bit each, or a short list.

use std::sync::Arc;

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

    pub fn clear(&mut self, document: DocId) {
        self.0[(document >> 6) as usize] &= !(1 << (document & 63));
    }

    pub fn has(&self, document: DocId) -> bool {
        self.0[(document >> 6) as usize] & (1 << (document & 63)) != 0
    }

    pub fn keep(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(word, other)| *word &= other);
    }

    pub fn add(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(word, other)| *word |= other);
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

    /// The documents, ascending.
    pub fn iter(&self) -> impl Iterator<Item = DocId> + '_ {
        self.0.iter().zip(0_u32..).flat_map(|(word, place)| {
            let mut rest = *word;
            std::iter::from_fn(move || {
                let bit = (rest != 0).then(|| rest.trailing_zeros())?;
                rest &= rest - 1;
                Some((place << 6) | bit)
            })
        })
    }
}

/// The documents of one term or of a combination.
#[derive(Debug, Clone)]
pub enum Docs {
    /// Ascending.
    Few(Vec<DocId>),
    Many(Arc<Bits>),
}

impl Docs {
    pub fn none() -> Self {
        Self::Few(Vec::new())
    }

    /// Those in both.
    pub fn and(self, other: &Self) -> Self {
        match (self, other) {
            (Self::Few(mut few), Self::Few(other)) => {
                few.retain(|document| other.binary_search(document).is_ok());
                Self::Few(few)
            }
            (Self::Few(mut few), Self::Many(bits)) => {
                few.retain(|document| bits.has(*document));
                Self::Few(few)
            }
            (Self::Many(bits), Self::Few(few)) => {
                Self::Few(few.iter().copied().filter(|document| bits.has(*document)).collect())
            }
            (Self::Many(mut bits), Self::Many(other)) => {
                Arc::make_mut(&mut bits).keep(other);
                Self::Many(bits)
            }
        }
    }

    pub fn add_to(&self, bits: &mut Bits) {
        match self {
            Self::Few(few) => few.iter().for_each(|document| bits.set(*document)),
            Self::Many(many) => bits.add(many),
        }
    }

    pub fn drop_from(&self, bits: &mut Bits) {
        match self {
            Self::Few(few) => few.iter().for_each(|document| bits.clear(*document)),
            Self::Many(many) => bits.drop(many),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn docs(set: &BTreeSet<u32>, many: bool) -> Docs {
        if !many {
            return Docs::Few(set.iter().copied().collect());
        }
        let mut bits = Bits::none(200);
        set.iter().for_each(|document| bits.set(*document));
        Docs::Many(Arc::new(bits))
    }

    proptest! {
        #[test]
        fn sets_of_documents_are_sets(
            one in prop::collection::btree_set(0u32..200, 0..60),
            two in prop::collection::btree_set(0u32..200, 0..60),
            many in prop::array::uniform2(any::<bool>()),
        ) {
            let (left, right) = (docs(&one, many[0]), docs(&two, many[1]));
            let listed = |docs: &Docs| {
                let mut bits = Bits::none(200);
                docs.add_to(&mut bits);
                prop_assert_eq!(bits.iter().count() as u64, bits.count());
                Ok(bits.iter().collect::<BTreeSet<u32>>())
            };
            prop_assert_eq!(listed(&left.clone().and(&right))?, &one & &two);
            let mut bits = Bits::all(200);
            right.drop_from(&mut bits);
            prop_assert_eq!(bits.iter().collect::<BTreeSet<u32>>(), &(0..200).collect::<BTreeSet<u32>>() - &two);
        }
    }
}
