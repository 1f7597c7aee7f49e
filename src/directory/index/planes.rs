//! Codes below 32 as binary digits: a set of documents for each digit. All codes of any set of documents are counted by
//! reading the sets once, 64 documents at a time, however many there are.
//!
//! Bit slices: O'Neil and Quass, "Improved query performance with variant indexes", 1997. The counting of many words with
//! few population counts: Harley and Seal, as told by Muła, Kurz and Lemire, "Faster population counts using AVX2
//! instructions", 2018.

use std::ops::Range;

use super::bits::Bits;

/// Codes that five digits tell apart.
pub const CODES: usize = 32;
/// Words that are worked on side by side, so that the compiler takes the machine's wide instructions.
const LANES: usize = 4;
/// Rounds of lanes that are added up before a population count.
const ROUNDS: usize = 16;
const WORDS: usize = LANES * ROUNDS;

type Lanes = [u64; LANES];
type Block = [Lanes; ROUNDS];

const EMPTY: Block = [[0; LANES]; ROUNDS];

/// A code below 32 for each document.
#[derive(Debug)]
pub struct Planes {
    /// The lowest digit first: two to five of them.
    digits: Vec<Bits>,
}

impl Planes {
    /// Of codes below `values`, one for each document; of at most [`CODES`] values.
    pub fn of(codes: impl ExactSizeIterator<Item = u8>, values: usize) -> Self {
        let digits = values.next_power_of_two().trailing_zeros().clamp(2, CODES.trailing_zeros()) as usize;
        let mut digits = vec![Bits::none(codes.len() as u32); digits];
        for (document, code) in codes.enumerate() {
            for (place, digit) in digits.iter_mut().enumerate() {
                digit.words_mut()[document / 64] |= u64::from(code >> place & 1) << (document % 64);
            }
        }
        Self { digits }
    }

    /// How many of `among` have each code.
    pub fn count(&self, among: &Bits) -> [u64; CODES] {
        let mut counters = [Counter::default(); CODES];
        self.each_block(among, |_, high, low| {
            for (code, counter) in counters[..high.len() * 4].iter_mut().enumerate() {
                counter.add(&high[code / 4], &low[code % 4]);
            }
        });
        counters.map(|counter| counter.total())
    }

    /// Those of `among` whose code is wanted.
    pub fn with(&self, wanted: &[bool], among: &Bits) -> Bits {
        let mut bits = Bits::none_like(among);
        self.each_block(among, |words, high, low| {
            let mut block = EMPTY;
            for (code, _) in wanted.iter().enumerate().filter(|(_, wanted)| **wanted) {
                add_common(&high[code / 4], &low[code % 4], &mut block);
            }
            bits.words_mut()[words.clone()].copy_from_slice(&block.as_flattened()[..words.len()]);
        });
        bits
    }

    /// Calls `visit` with each block of words, the documents of `among` that have each value of the higher digits, and all
    /// that have each value of the lowest two.
    fn each_block(&self, among: &Bits, visit: impl FnMut(Range<usize>, &[Block], &[Block; 4])) {
        match self.digits.len() {
            2 => self.each_block_of::<1>(among, visit),
            3 => self.each_block_of::<2>(among, visit),
            4 => self.each_block_of::<4>(among, visit),
            _ => self.each_block_of::<8>(among, visit),
        }
    }

    /// The same with `HIGH` values of the higher digits.
    fn each_block_of<const HIGH: usize>(
        &self,
        among: &Bits,
        mut visit: impl FnMut(Range<usize>, &[Block], &[Block; 4]),
    ) {
        let (mut high, mut low) = ([EMPTY; HIGH], [EMPTY; 4]);
        let end = among.words().len();
        for first in (0..end).step_by(WORDS) {
            let words = first..end.min(first + WORDS);
            let [mut one, mut two] = [EMPTY; 2];
            let (lowest, second) = (&self.digits[0].words()[words.clone()], &self.digits[1].words()[words.clone()]);
            split(block_of(lowest, &mut one), block_of(second, &mut two), &mut low);
            high[0] = *block_of(&among.words()[words.clone()], &mut one);
            for (place, digit) in self.digits[2..].iter().enumerate() {
                let digit = block_of(&digit.words()[words.clone()], &mut one);
                let (without, with) = high.split_at_mut(1 << place);
                without.iter_mut().zip(with).for_each(|(without, with)| part(digit, without, with));
            }
            visit(words, &high, &low);
        }
    }
}

/// The words as a block; fewer than fill one are put into `padded`.
fn block_of<'words>(words: &'words [u64], padded: &'words mut Block) -> &'words Block {
    if let (rounds, []) = words.as_chunks()
        && let Ok(block) = rounds.try_into()
    {
        return block;
    }
    *padded = EMPTY;
    padded.as_flattened_mut()[..words.len()].copy_from_slice(words);
    padded
}

/// The documents of each value of two digits.
fn split(one: &Block, two: &Block, low: &mut [Block; 4]) {
    for round in 0..ROUNDS {
        for lane in 0..LANES {
            let (one, two) = (one[round][lane], two[round][lane]);
            low[0][round][lane] = !one & !two;
            low[1][round][lane] = one & !two;
            low[2][round][lane] = !one & two;
            low[3][round][lane] = one & two;
        }
    }
}

/// Moves the documents that have the digit from `without` to `with`.
fn part(digit: &Block, without: &mut Block, with: &mut Block) {
    for round in 0..ROUNDS {
        for lane in 0..LANES {
            with[round][lane] = without[round][lane] & digit[round][lane];
            without[round][lane] &= !digit[round][lane];
        }
    }
}

/// Adds the documents in both of two blocks.
fn add_common(one: &Block, other: &Block, sum: &mut Block) {
    for round in 0..ROUNDS {
        for lane in 0..LANES {
            sum[round][lane] |= one[round][lane] & other[round][lane];
        }
    }
}

/// Counts bits in places: a digit of the count of each of 64 × lanes places is one bit of a word, so that a population count
/// is needed for every 16th word only.
#[derive(Debug, Clone, Copy, Default)]
struct Counter {
    ones: Lanes,
    twos: Lanes,
    fours: Lanes,
    eights: Lanes,
    sixteens: Lanes,
}

impl Counter {
    /// Adds the documents in both.
    #[inline(always)]
    fn add(&mut self, high: &Block, low: &Block) {
        let both = |round: usize| -> Lanes { std::array::from_fn(|lane| high[round][lane] & low[round][lane]) };
        let mut fours = [[0; LANES]; ROUNDS / 4];
        for (four, first) in fours.iter_mut().zip((0..).step_by(4)) {
            let one = carry(&mut self.ones, both(first), both(first + 1));
            let other = carry(&mut self.ones, both(first + 2), both(first + 3));
            *four = carry(&mut self.twos, one, other);
        }
        let one = carry(&mut self.fours, fours[0], fours[1]);
        let other = carry(&mut self.fours, fours[2], fours[3]);
        let over = carry(&mut self.eights, one, other);
        self.sixteens.iter_mut().zip(over).for_each(|(count, word)| *count += u64::from(word.count_ones()));
    }

    fn total(&self) -> u64 {
        let ones = |words: &Lanes| words.iter().map(|word| u64::from(word.count_ones())).sum::<u64>();
        self.sixteens.iter().sum::<u64>() * 16
            + ones(&self.eights) * 8
            + ones(&self.fours) * 4
            + ones(&self.twos) * 2
            + ones(&self.ones)
    }
}

/// Adds two bits to each place of `sum`; the answer is what carries over.
#[inline(always)]
fn carry(sum: &mut Lanes, one: Lanes, other: Lanes) -> Lanes {
    let mut over = [0; LANES];
    for lane in 0..LANES {
        let differ = sum[lane] ^ one[lane];
        over[lane] = (sum[lane] & one[lane]) | (differ & other[lane]);
        sum[lane] = differ ^ other[lane];
    }
    over
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn planes_count_and_find_what_a_scan_finds(
            values in 1usize..=CODES,
            documents in prop::collection::vec((any::<u8>(), any::<bool>()), 0..5_000),
            wanted in any::<[bool; CODES]>(),
        ) {
            let codes: Vec<u8> = documents.iter().map(|(code, _)| code % values as u8).collect();
            let mut among = Bits::none(codes.len() as u32);
            let mut counted = [0; CODES];
            for (document, (_, is_in)) in documents.iter().enumerate().filter(|(_, (_, is_in))| *is_in) {
                among.set(document as u32);
                counted[codes[document] as usize] += u64::from(*is_in);
            }
            let planes = Planes::of(codes.iter().copied(), values);
            prop_assert_eq!(planes.count(&among), counted);
            let found = planes.with(&wanted[..values], &among);
            let mut scanned = Vec::new();
            among.each(|document| scanned.push(document));
            scanned.retain(|document| wanted[codes[*document as usize] as usize]);
            let mut listed = Vec::new();
            found.each(|document| listed.push(document));
            prop_assert_eq!(listed, scanned);
        }
    }
}
