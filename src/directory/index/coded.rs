//! A small code per document of a segment, and how many documents of any set have each.

use tantivy::{DocId, columnar::Column as Stored};

use super::{
    bits::{Among, Bits},
    planes::{self, Planes},
};

/// Documents decoded at a time.
const CHUNK: usize = 4_096;
/// Sets that hold at least one of so many documents are counted by planes: reading those costs the same for any set.
const PLANES_FROM: u64 = 128;
/// Where planes cannot tell all codes, they tell so many frequent ones: digits cost more than they bring from there on.
const FREQUENT: usize = 15;
/// Up to so many codes have four tallies: more of them would not stay in the nearest cache.
const LANES_MAX: usize = 4_096;
/// Of 64 documents, so many are looked at one by one; of more, all are.
const ONE_BY_ONE: u32 = 20;

/// The codes of all documents, as narrow as the number of values allows, so that counting reads little memory.
#[derive(Debug)]
pub enum Codes {
    Byte(Vec<u8>),
    Short(Vec<u16>),
    Long(Vec<u32>),
}

/// A code for each document. Frequent codes are low ones.
#[derive(Debug)]
pub struct Coded {
    codes: Codes,
    /// The codes once more, all rare ones in one, where that tells most documents.
    planes: Option<Planes>,
    /// How many documents have each code.
    all: Vec<u32>,
}

impl Coded {
    /// Numbers so many codes anew, the most frequent first. Answers the former code of each, too.
    pub fn of(mut codes: Codes, number: usize) -> (Self, Vec<u32>) {
        let all = codes.tally(number, |visit| Bits::all(codes.documents()).each_chunk(visit));
        let mut order: Vec<u32> = (0..number as u32).collect();
        order.sort_by_key(|code| std::cmp::Reverse(all[*code as usize]));
        codes.renumber(&order);
        let all: Vec<u32> = order.iter().map(|code| all[*code as usize]).collect();
        let planes =
            worth_planes(&all).then(|| codes.planes(if number <= planes::CODES { number } else { RARE.len() }));
        (Self { codes, planes, all }, order)
    }

    /// Other codes for the same documents, so many in all: `names` tells them by the code here.
    pub fn renamed(&self, names: &[u32], number: usize) -> Codes {
        match &self.codes {
            Codes::Byte(codes) => renamed(codes, names, number),
            Codes::Short(codes) => renamed(codes, names, number),
            Codes::Long(codes) => renamed(codes, names, number),
        }
    }

    /// The documents whose code is wanted.
    pub fn with(&self, wanted: &[bool]) -> Bits {
        let all = Bits::all(self.codes.documents());
        let Some(planes) = &self.planes else { return self.codes.with(wanted, &all) };
        let (frequent, rare) = wanted.split_at(told_by_planes(wanted.len()));
        let mut bits = planes.with(frequent, &all);
        if rare.contains(&true) {
            bits.add(&self.codes.with(wanted, &planes.with(&RARE, &all)));
        }
        bits
    }

    /// How many of `among` have each code: by planes when they are many, else one by one. Where they are more than half of
    /// all, the others are counted and taken off.
    pub fn count(&self, among: &Among) -> Vec<u32> {
        let all = u64::from(self.codes.documents());
        if among.count() * 2 > all {
            let mut others = Bits::all(self.codes.documents());
            others.drop(among.bits());
            let others = self.count(&Among::of(others));
            return self.all.iter().zip(others).map(|(all, others)| all - others).collect();
        }
        match &self.planes {
            Some(planes) if among.count() * PLANES_FROM >= all => self.count_by_planes(planes, among.bits()),
            _ => self.codes.tally(self.all.len(), |visit| among.each_chunk(visit)),
        }
    }

    fn count_by_planes(&self, planes: &Planes, among: &Bits) -> Vec<u32> {
        let (number, told) = (self.all.len(), told_by_planes(self.all.len()));
        let mut counts = match told < number {
            true => self.codes.tally(number, |visit| planes.with(&RARE, among).each_chunk(visit)),
            false => vec![0; number],
        };
        counts.iter_mut().zip(planes.count(among)).take(told).for_each(|(count, told)| *count = told as u32);
        counts
    }
}

/// The code of all that planes do not tell apart.
const RARE: [bool; FREQUENT + 1] = {
    let mut wanted = [false; FREQUENT + 1];
    wanted[FREQUENT] = true;
    wanted
};

/// How many of so many codes planes tell from all others.
fn told_by_planes(number: usize) -> usize {
    if number <= planes::CODES { number } else { FREQUENT }
}

/// Whether what planes tell are all codes, or those of most documents. The most frequent come first.
fn worth_planes(all: &[u32]) -> bool {
    let sum = |counts: &[u32]| counts.iter().map(|count| u64::from(*count)).sum::<u64>();
    sum(&all[..told_by_planes(all.len())]) * 2 >= sum(all)
}

impl Codes {
    pub fn read(stored: Option<&Stored<u64>>, documents: u32, missing: usize) -> Self {
        match missing {
            0..=0xff => Self::Byte(decoded(stored, documents, missing, |code| code as u8)),
            0x100..=0xffff => Self::Short(decoded(stored, documents, missing, |code| code as u16)),
            _ => Self::Long(decoded(stored, documents, missing, |code| code as u32)),
        }
    }

    fn documents(&self) -> u32 {
        let documents = match self {
            Self::Byte(codes) => codes.len(),
            Self::Short(codes) => codes.len(),
            Self::Long(codes) => codes.len(),
        };
        documents as u32
    }

    /// Gives each code its place in `order`.
    fn renumber(&mut self, order: &[u32]) {
        let mut places = vec![0; order.len()];
        (0_u32..).zip(order).for_each(|(place, code)| places[*code as usize] = place);
        match self {
            Self::Byte(codes) => codes.iter_mut().for_each(|code| *code = places[usize::from(*code)] as u8),
            Self::Short(codes) => codes.iter_mut().for_each(|code| *code = places[usize::from(*code)] as u16),
            Self::Long(codes) => codes.iter_mut().for_each(|code| *code = places[*code as usize]),
        }
    }

    fn planes(&self, values: usize) -> Planes {
        match self {
            Self::Byte(codes) => planes_of(codes, values),
            Self::Short(codes) => planes_of(codes, values),
            Self::Long(codes) => planes_of(codes, values),
        }
    }

    /// Those of `among` whose code is wanted.
    fn with(&self, wanted: &[bool], among: &Bits) -> Bits {
        match self {
            Self::Byte(codes) => marked(codes, wanted, among),
            Self::Short(codes) => marked(codes, wanted, among),
            Self::Long(codes) => marked(codes, wanted, among),
        }
    }

    /// How many of the documents that `each_chunk` visits have each of so many codes.
    fn tally(&self, number: usize, each_chunk: impl FnOnce(&mut dyn FnMut(&[DocId]))) -> Vec<u32> {
        match self {
            Self::Byte(codes) => tally(codes, number, each_chunk),
            Self::Short(codes) => tally(codes, number, each_chunk),
            Self::Long(codes) => tally(codes, number, each_chunk),
        }
    }
}

pub fn decoded<Code: Copy>(
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

fn planes_of<Code: Copy + Into<u32>>(codes: &[Code], values: usize) -> Planes {
    let last = values as u32 - 1;
    Planes::of(codes.iter().map(|code| (*code).into().min(last) as u8), values)
}

fn renamed<Code: Copy + Into<u32>>(codes: &[Code], names: &[u32], number: usize) -> Codes {
    let names = codes.iter().map(|code| names[(*code).into() as usize]);
    match number {
        0..=0x100 => Codes::Byte(names.map(|name| name as u8).collect()),
        0x101..=0x1_0000 => Codes::Short(names.map(|name| name as u16).collect()),
        _ => Codes::Long(names.collect()),
    }
}

fn marked<Code: Copy + Into<u32>>(codes: &[Code], wanted: &[bool], among: &Bits) -> Bits {
    let mut bits = among.clone();
    for (word, codes) in bits.words_mut().iter_mut().zip(codes.chunks(64)).filter(|(word, _)| **word != 0) {
        let mut marked = 0_u64;
        let is_wanted = |code: Code| u64::from(wanted[code.into() as usize]);
        if word.count_ones() <= ONE_BY_ONE {
            let mut rest = *word;
            while rest != 0 {
                let bit = rest.trailing_zeros();
                marked |= is_wanted(codes[bit as usize]) << bit;
                rest &= rest - 1;
            }
        } else {
            codes.iter().enumerate().for_each(|(bit, code)| marked |= is_wanted(*code) << bit);
        }
        *word &= marked;
    }
    bits
}

/// Four tallies in turn: adding to the same counter twice in a row would wait for the first addition.
fn tally<Code: Copy + Into<u32>>(
    codes: &[Code],
    number: usize,
    each_chunk: impl FnOnce(&mut dyn FnMut(&[DocId])),
) -> Vec<u32> {
    let mut counts = vec![0_u32; number];
    let code_of = |document: DocId| codes[document as usize].into() as usize;
    if number > LANES_MAX {
        each_chunk(&mut |documents| documents.iter().for_each(|document| counts[code_of(*document)] += 1));
        return counts;
    }
    let mut lanes = [counts.clone(), counts.clone(), counts.clone(), counts.clone()];
    let [one, two, three, four] = &mut lanes;
    each_chunk(&mut |documents| {
        let (fours, rest) = documents.as_chunks::<4>();
        for documents in fours {
            one[code_of(documents[0])] += 1;
            two[code_of(documents[1])] += 1;
            three[code_of(documents[2])] += 1;
            four[code_of(documents[3])] += 1;
        }
        rest.iter().for_each(|document| one[code_of(*document)] += 1);
    });
    for lane in &lanes {
        counts.iter_mut().zip(lane).for_each(|(count, lane)| *count += lane);
    }
    counts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Few and many codes, frequent and rare ones, small sets and large ones: each way of counting has its turn.
        #[test]
        fn codes_are_counted_and_found_as_by_a_scan(
            number in prop_oneof![1usize..40, 250usize..300],
            documents in prop::collection::vec((0u32..300, 0u32..12, any::<u16>(), any::<bool>()), 1..3_000),
            every in prop_oneof![Just(1), Just(3), Just(300)],
            share in prop_oneof![Just(0u16), Just(300), Just(10_000), Just(60_000)],
        ) {
            let code_of = |(nth, (rare, frequent, ..)): (usize, &(u32, u32, u16, bool))| {
                (if nth % every == 0 { *rare } else { *frequent }) % number as u32
            };
            let former: Vec<u32> = documents.iter().enumerate().map(code_of).collect();
            let codes = Codes::Short(former.iter().map(|code| *code as u16).collect());
            let (coded, order) = Coded::of(codes, number);
            let (mut among, mut scanned) = (Bits::none(former.len() as u32), vec![0_u32; number]);
            for (document, code) in former.iter().enumerate().filter(|(document, _)| documents[*document].2 <= share) {
                among.set(document as u32);
                scanned[*code as usize] += 1;
            }
            let counted = coded.count(&Among::of(among));
            prop_assert!(coded.all.is_sorted_by(|more, less| more >= less));
            for (code, former) in order.iter().enumerate() {
                prop_assert_eq!(counted[code], scanned[*former as usize]);
            }
            let wanted: Vec<bool> = (0..number).map(|code| documents[code % documents.len()].3).collect();
            let mut found = Vec::new();
            coded.with(&wanted).each(|document| found.push(document));
            let new_code = |former: &u32| order.iter().position(|one| one == former).unwrap();
            let expected: Vec<u32> =
                (0_u32..).zip(&former).filter(|(_, code)| wanted[new_code(code)]).map(|(document, _)| document).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
