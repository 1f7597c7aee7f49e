//! One attribute's values in a segment: a small code per document, and what the codes stand for.

use std::{collections::HashMap, sync::Arc};

use tantivy::SegmentReader;

use super::{
    bits::{Among, Bits},
    coded::{Coded, Codes, decoded},
    facets::parts_of,
};
use crate::directory::criteria::attribute::{Attribute, Kept};

/// A column of a segment, in memory.
#[derive(Debug)]
pub struct Column {
    by_value: Coded,
    /// As they are shown, by code; empty: no value.
    pub values: Vec<String>,
    /// Their comparison forms.
    pub keys: Vec<String>,
    kinds: Kinds,
}

/// Values that count for the same parts are of one kind: all sizes of a class, for example.
#[derive(Debug)]
struct Kinds {
    /// By the code of a value.
    of: Vec<u32>,
    /// The parts of each kind, as places among the names.
    parts: Vec<Vec<u32>>,
    /// What people count by: a class of sizes, a department, an industry and its sector.
    names: Vec<Arc<str>>,
    /// The kind of each document; none where each value is a kind.
    coded: Option<Coded>,
}

impl Kinds {
    fn of(attribute: &Attribute, values: &[String], by_value: &Coded) -> Self {
        let (mut names, mut places) = (Vec::new(), HashMap::new());
        let mut place = |part: &str| match places.get(part) {
            Some(place) => *place,
            None => {
                let new = names.len() as u32;
                names.push(Arc::from(part));
                places.insert(part.to_owned(), new);
                new
            }
        };
        let parts_of_values: Vec<Vec<u32>> =
            values.iter().map(|value| parts_of(attribute, value).into_iter().map(&mut place).collect()).collect();
        let mut parts: Vec<Vec<u32>> = parts_of_values.clone();
        parts.sort_unstable();
        parts.dedup();
        if parts.len() * 2 > values.len() {
            return Self { of: (0..values.len() as u32).collect(), parts: parts_of_values, names, coded: None };
        }
        let kind_of = |own: &Vec<u32>| parts.partition_point(|parts| parts < own) as u32;
        let of: Vec<u32> = parts_of_values.iter().map(kind_of).collect();
        let (coded, order) = Coded::of(by_value.renamed(&of, parts.len()), parts.len());
        let mut new = vec![0; order.len()];
        (0_u32..).zip(&order).for_each(|(place, former)| new[*former as usize] = place);
        Self {
            of: of.iter().map(|kind| new[*kind as usize]).collect(),
            parts: order.iter().map(|kind| std::mem::take(&mut parts[*kind as usize])).collect(),
            names,
            coded: Some(coded),
        }
    }

    /// Which kinds are wanted, where no kind is wanted in part.
    fn wanted(&self, values: &[bool]) -> Option<Vec<bool>> {
        let mut kinds: Vec<Option<bool>> = vec![None; self.parts.len()];
        for (kind, wanted) in self.of.iter().zip(values) {
            if *kinds[*kind as usize].get_or_insert(*wanted) != *wanted {
                return None;
            }
        }
        Some(kinds.into_iter().map(|wanted| wanted.unwrap_or(false)).collect())
    }
}

impl Column {
    /// Reads the column of an attribute. One that has no value anywhere is empty.
    pub fn read(reader: &SegmentReader, attribute: &Attribute) -> tantivy::Result<Self> {
        let Kept::One { key, .. } = attribute.kept else {
            return Err(tantivy::TantivyError::InvalidArgument(format!("{} has no column", attribute.code)));
        };
        let mut values = Vec::new();
        let stored = reader.fast_fields().str(attribute.code)?;
        if let Some(stored) = &stored {
            let mut terms = stored.dictionary().stream()?;
            while terms.advance() {
                values.push(String::from_utf8_lossy(terms.key()).into_owned());
            }
        }
        let missing = values.len();
        values.push(String::new());
        let codes = Codes::read(stored.as_ref().map(|stored| stored.ords()), reader.max_doc(), missing);
        let (by_value, order) = Coded::of(codes, values.len());
        let values: Vec<String> = order.iter().map(|code| std::mem::take(&mut values[*code as usize])).collect();
        let keys = values.iter().map(|value| key(value)).collect();
        let kinds = Kinds::of(attribute, &values, &by_value);
        Ok(Self { by_value, values, keys, kinds })
    }

    /// The documents whose value is wanted.
    pub fn with(&self, wanted: &[bool]) -> Bits {
        let kinds = self.kinds.coded.as_ref().and_then(|coded| Some((coded, self.kinds.wanted(wanted)?)));
        match kinds {
            Some((coded, wanted)) => coded.with(&wanted),
            None => self.by_value.with(wanted),
        }
    }

    /// How many of `among` have each value.
    pub fn count_values(&self, among: &Among) -> Vec<u32> {
        self.by_value.count(among)
    }

    /// How many of `among` are of each kind.
    pub fn count_kinds(&self, among: &Among) -> Vec<u32> {
        self.kinds.coded.as_ref().unwrap_or(&self.by_value).count(among)
    }

    /// Counts of kinds summed up by the parts that people count by.
    pub fn sum_parts(&self, kinds: &[u32]) -> impl Iterator<Item = (&Arc<str>, u64)> {
        let mut sums = vec![0; self.kinds.names.len()];
        for (parts, people) in self.kinds.parts.iter().zip(kinds) {
            parts.iter().for_each(|part| sums[*part as usize] += u64::from(*people));
        }
        self.kinds.names.iter().zip(sums)
    }
}

/// The contact ids of a segment's documents.
#[derive(Debug)]
pub struct Ids {
    pub of: Vec<u32>,
    /// Contacts that were never changed stand in the order of their ids.
    pub is_sorted: bool,
}

impl Ids {
    pub fn read(reader: &SegmentReader) -> tantivy::Result<Self> {
        let stored = reader.fast_fields().u64("id")?;
        let of = decoded(Some(&stored), reader.max_doc(), 0, |id| id as u32);
        let is_sorted = of.is_sorted();
        Ok(Self { of, is_sorted })
    }
}
