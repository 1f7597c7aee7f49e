//! Job titles: how they are shown, what they say of rank and department, and when one title means another.
//!
//! A title is read in steps: [`tokens`](tokens::tokens) cuts it into words, [`units`](units::units) finds phrases of the tables in
//! `words/` (one for each language) and cuts off what is about someone else, and [`jobs`](jobs::jobs) decides by a few rules: the noun
//! decides, modifiers give the department; who works *for* a chief is none; former is former.

#[cfg(test)]
mod case_tests;
mod departments;
mod jobs;
#[cfg(test)]
mod labelled_tests;
mod phrases;
mod search;
mod shown;
mod synonyms;
mod tokens;
mod units;
mod vocabulary;

pub use search::{title_tokens, tokens_match};
pub use shown::clean_title;

use std::fmt;

use sha2::{Digest, Sha256};

use super::role::{Department, Seniority};
use crate::server::hexadecimal::hexadecimal;
use departments::Departments;

/// Raise it when the code or the words read any title otherwise.
const RULES: u32 = 2;

/// By which rules titles are read. It only grows: of two, the later ones are the greater.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    rules: u32,
    /// A digest of the words. It tells apart what was never released, and decides between two of the same number.
    words: String,
}

impl Version {
    /// Of this program.
    pub fn of_now() -> Self {
        let mut words = Sha256::new();
        vocabulary::TABLES.iter().for_each(|(table, _)| words.update(table));
        Self { rules: RULES, words: hexadecimal(&words.finalize()[..8]) }
    }

    /// As it was written down. What cannot be read is before every other.
    pub fn parse(text: &str) -> Self {
        let read = text.split_once('-').and_then(|(rules, words)| Some((rules.parse().ok()?, words)));
        let (rules, words) = read.unwrap_or_default();
        Self { rules, words: words.to_owned() }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.rules, self.words)
    }
}

/// What a title says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// None: there is no word in it.
    pub seniority: Option<Seniority>,
    pub departments: Vec<Department>,
}

/// Reads a title: the highest rank of its jobs, and the departments of all of them. Anything with words in it is at least `Entry`.
pub fn read(title: &str) -> Reading {
    let tokens = units::taken_apart(&tokens::tokens(title));
    if tokens.is_empty() {
        return Reading { seniority: None, departments: Vec::new() };
    }
    let mut units = units::units(&tokens);
    units.retain(|unit| !unit.is_of_another);
    let jobs = jobs::jobs(&units);
    // students and trainees beside another job have that job's rank
    let seniority = jobs.iter().map(|job| job.rank).min().unwrap_or(Seniority::Entry);
    let told = jobs.iter().fold(Departments::NONE, |all, job| all.with(job.departments));
    let leads = jobs.iter().any(|job| job.leads) || (seniority == Seniority::Partner && told.is_empty());
    let executive = if leads { Departments::of(Department::Executive) } else { Departments::NONE };
    Reading { seniority: Some(seniority), departments: told.with(executive).list() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When this fails, the words are others: raise `RULES`, and write down the digest that it says.
    #[test]
    fn other_words_have_another_number() {
        assert_eq!(Version::of_now().to_string(), "2-360e3dcb554f110e");
    }

    #[test]
    fn of_two_versions_the_one_with_the_higher_number_is_later() {
        let [none, first, second, tenth] = ["", "1-ffff", "2-0000", "10-0000"].map(Version::parse);
        assert!(none < first && first < second && second < tenth);
        assert!(Version::parse("2-0001") > second, "one of two is later, whoever asks");
        assert_eq!(Version::parse(&tenth.to_string()), tenth);
    }
}
