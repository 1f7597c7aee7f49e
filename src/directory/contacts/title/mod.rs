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

use sha2::{Digest, Sha256};

use super::role::{Department, Seniority};
use crate::server::hexadecimal::hexadecimal;
use departments::Departments;

/// Raise it when the code reads any title otherwise; a change of the words tells itself.
const RULES: u32 = 1;

/// By which rules and words titles are read: another one when a title may say something else.
pub fn version() -> String {
    let mut words = Sha256::new();
    vocabulary::TABLES.iter().for_each(|(table, _)| words.update(table));
    format!("{RULES}-{}", hexadecimal(&words.finalize()[..8]))
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
