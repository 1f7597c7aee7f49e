//! One attribute's values in a segment: a small code per document, and what the codes stand for.

use std::collections::HashMap;

use tantivy::{DocId, SegmentReader, columnar::Column as Stored};

use crate::leads::attribute::{Attribute, Kept};

use super::{bits::Bits, facets::parts_of};

/// Documents decoded at a time.
const CHUNK: usize = 4_096;

/// The codes of all documents, as narrow as the number of values allows, so that counting reads little memory.
#[derive(Debug)]
enum Codes {
    Byte(Vec<u8>),
    Short(Vec<u16>),
    Long(Vec<u32>),
}

/// A column of a segment, in memory.
#[derive(Debug)]
pub struct Column {
    codes: Codes,
    /// As they are shown; the last one is empty: no value.
    pub values: Vec<String>,
    /// Their comparison forms.
    pub keys: Vec<String>,
    /// What people count by: a class of sizes, a department, an industry and its sector.
    pub parts: Parts,
}

/// The parts that each value counts for, as places among the names.
#[derive(Debug, Default)]
pub struct Parts {
    pub names: Vec<String>,
    /// By code.
    pub of: Vec<Vec<u32>>,
}

impl Parts {
    fn of(attribute: &Attribute, values: &[String]) -> Self {
        let (mut names, mut places) = (Vec::new(), HashMap::new());
        let mut place = |part: &str| match places.get(part) {
            Some(place) => *place,
            None => {
                let new = names.len() as u32;
                names.push(part.to_owned());
                places.insert(part.to_owned(), new);
                new
            }
        };
        let of = values.iter().map(|value| parts_of(attribute, value).into_iter().map(&mut place).collect()).collect();
        Self { names, of }
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
        let keys = values.iter().map(|value| key(value)).collect();
        let parts = Parts::of(attribute, &values);
        Ok(Self { codes, values, keys, parts })
    }

    /// The documents whose code is marked in `wanted`.
    pub fn with(&self, wanted: &[bool], documents: u32) -> Bits {
        let mut bits = Bits::none(documents);
        match &self.codes {
            Codes::Byte(codes) => mark(codes, wanted, &mut bits),
            Codes::Short(codes) => mark(codes, wanted, &mut bits),
            Codes::Long(codes) => mark(codes, wanted, &mut bits),
        }
        bits
    }

    /// How many of `among` have each code.
    pub fn count(&self, among: &Bits) -> Vec<u32> {
        match &self.codes {
            Codes::Byte(codes) => tally(codes, self.values.len(), among),
            Codes::Short(codes) => tally(codes, self.values.len(), among),
            Codes::Long(codes) => tally(codes, self.values.len(), among),
        }
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

impl Codes {
    fn read(stored: Option<&Stored<u64>>, documents: u32, missing: usize) -> Self {
        match missing {
            0..=0xff => Self::Byte(decoded(stored, documents, missing, |code| code as u8)),
            0x100..=0xffff => Self::Short(decoded(stored, documents, missing, |code| code as u16)),
            _ => Self::Long(decoded(stored, documents, missing, |code| code as u32)),
        }
    }
}

fn decoded<Code: Copy>(
    stored: Option<&Stored<u64>>,
    documents: u32,
    missing: usize,
    narrow: impl Fn(u64) -> Code,
) -> Vec<Code> {
    let Some(stored) = stored else { return vec![narrow(missing as u64); documents as usize] };
    let stored = stored.clone().first_or_default_col(missing as u64);
    let (mut codes, mut chunk) = (Vec::with_capacity(documents as usize), vec![0_u64; CHUNK]);
    while codes.len() < documents as usize {
        let length = CHUNK.min(documents as usize - codes.len());
        stored.get_range(codes.len() as u64, &mut chunk[..length]);
        codes.extend(chunk[..length].iter().map(|code| narrow(*code)));
    }
    codes
}

fn mark<Code: Copy + Into<u32>>(codes: &[Code], wanted: &[bool], bits: &mut Bits) {
    for (place, codes) in codes.chunks(64).enumerate() {
        let mut word = 0_u64;
        for (bit, code) in codes.iter().enumerate() {
            word |= u64::from(wanted[(*code).into() as usize]) << bit;
        }
        bits.put_word(place, word);
    }
}

/// Four tallies in turn: adding to the same counter twice in a row would wait for the first addition.
fn tally<Code: Copy + Into<u32>>(codes: &[Code], values: usize, among: &Bits) -> Vec<u32> {
    let lanes = if values <= 4_096 { 4 } else { 1 };
    let mut counts = vec![0_u32; values * lanes];
    let mut lane = 0;
    among.each(|document: DocId| {
        let code = codes[document as usize].into() as usize;
        counts[code * lanes + lane] += 1;
        lane = (lane + 1) & (lanes - 1);
    });
    if lanes == 1 { counts } else { counts.chunks(lanes).map(|lanes| lanes.iter().sum()).collect() }
}
