//! Whether an audience is very broad, narrow, or nobody at all.

use serde::{Deserialize, Serialize};

/// How an audience's size looks, for the hint beside the count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Breadth {
    Nobody,
    VeryNarrow,
    Narrow,
    Good,
    Broad,
    VeryBroad,
}

impl Breadth {
    /// Judges `matching` out of `directory` contacts. In a small directory a share of it counts as broad, in a large one
    /// the number itself.
    pub fn of(matching: u64, directory: u64) -> Self {
        let share = if directory == 0 { 0.0 } else { matching as f64 / directory as f64 };
        match matching {
            0 => Self::Nobody,
            1..25 => Self::VeryNarrow,
            25..200 => Self::Narrow,
            _ if share > 0.5 || matching > 100_000 => Self::VeryBroad,
            _ if share > 0.25 || matching > 25_000 => Self::Broad,
            _ => Self::Good,
        }
    }

    /// From 0, nobody, to 5, nearly everybody.
    pub fn level(self) -> u8 {
        match self {
            Self::Nobody => 0,
            Self::VeryNarrow => 1,
            Self::Narrow => 2,
            Self::Good => 3,
            Self::Broad => 4,
            Self::VeryBroad => 5,
        }
    }

    pub fn is_narrow(self) -> bool {
        self.level() <= 2
    }

    pub fn is_broad(self) -> bool {
        self.level() >= 4
    }

    /// The sentence beside the count; says what to do next.
    pub fn hint(self) -> &'static str {
        match self {
            Self::Nobody => "No one matches. Remove a filter, or check the spelling of titles and places.",
            Self::VeryNarrow => {
                "Very narrow: only a handful of people. Add titles, places or company sizes to reach more."
            }
            Self::Narrow => "Narrow: good for a precise message, too few for a large campaign.",
            Self::Good => "A workable audience: wide enough to test, narrow enough for one message.",
            Self::Broad => "Broad: the message has to fit many kinds of people. One or two more filters help.",
            Self::VeryBroad => {
                "Very broad: almost everyone. Add titles, seniority or an industry, so that the message fits."
            }
        }
    }

    /// A word for the badge.
    pub fn label(self) -> &'static str {
        match self {
            Self::Nobody => "No one",
            Self::VeryNarrow => "Very narrow",
            Self::Narrow => "Narrow",
            Self::Good => "Good",
            Self::Broad => "Broad",
            Self::VeryBroad => "Very broad",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn audiences_are_judged_by_number_and_share() {
        assert_eq!(Breadth::of(0, 1000), Breadth::Nobody);
        assert_eq!(Breadth::of(3, 1_000_000), Breadth::VeryNarrow);
        assert_eq!(Breadth::of(199, 1_000_000), Breadth::Narrow);
        assert_eq!(Breadth::of(4_000, 1_000_000), Breadth::Good);
        assert_eq!(Breadth::of(40_000, 1_000_000), Breadth::Broad);
        assert_eq!(Breadth::of(700, 1_000), Breadth::VeryBroad);
        assert_eq!(Breadth::of(400_000, 1_000_000), Breadth::VeryBroad);
    }
}
