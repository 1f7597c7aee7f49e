//! Chance that is the same on every machine and in every version: SplitMix64 (Steele, Lea and Flood, 2014).

/// A stream of numbers that depends on nothing but its seed.
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    /// The stream for one thing (the `nth` of its `kind`) under `seed`.
    pub fn of(seed: u64, kind: u64, nth: u64) -> Self {
        let mut chance = Self(seed ^ kind.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mixed = chance.next() ^ nth.wrapping_mul(0xd1b5_4a32_d192_ed03);
        Self(mixed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// At least 0, less than 1.
    pub fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A whole number below `end` (which is above 0).
    pub fn below(&mut self, end: usize) -> usize {
        ((u128::from(self.next()) * end as u128) >> 64) as usize
    }

    /// True in `percent` of 100 cases.
    pub fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of a list, all alike.
    pub fn pick<'list, T>(&mut self, list: &'list [T]) -> &'list T {
        &list[self.below(list.len())]
    }

    /// One of a list, by weight.
    pub fn weighted<'list, T>(&mut self, list: &'list [(usize, T)]) -> &'list T {
        let mut rest = self.below(list.iter().map(|(weight, _)| weight).sum());
        for (weight, value) in list {
            if rest < *weight {
                return value;
            }
            rest -= weight;
        }
        &list[0].1
    }

    /// One of a list whose first entries are the most frequent, as words in a language (Zipf).
    pub fn ranked<'list, T>(&mut self, list: &'list [T]) -> &'list T {
        let reach = (list.len() as f64 + 4.0) / 4.0;
        let rank = 4.0 * (reach.powf(self.share()) - 1.0);
        &list[(rank as usize).min(list.len() - 1)]
    }
}
