//! The most frequent terms of an attribute in a segment, by their first letter. A field in which at most one letter was typed is
//! completed from them, whatever the size of the directory: the dictionary of a million contacts takes a third of a second to
//! go through.

use std::{cmp::Reverse, collections::BTreeMap};

use tantivy::SegmentReader;

use super::schema::{Fields, term_of};
use crate::directory::criteria::attribute::Attribute;

/// Terms kept of each letter: several times of what a completion looks at, because it adds up those of all segments.
const KEPT: usize = 250;

/// A term and the number of documents that have it.
pub type Term = (String, u64);

/// The most frequent terms of each first letter.
#[derive(Debug, Default)]
pub struct Frequent {
    letters: BTreeMap<char, Top>,
}

impl Frequent {
    /// Goes through the dictionary of a segment.
    pub fn read(reader: &SegmentReader, fields: &Fields, attribute: &Attribute) -> tantivy::Result<Self> {
        let mut frequent = Self::default();
        each_term(reader, fields, attribute, "", |term, documents| {
            if let Some(letter) = term.chars().next() {
                frequent.letters.entry(letter).or_default().add(term, documents);
            }
        })?;
        frequent.letters.values_mut().for_each(Top::shorten);
        Ok(frequent)
    }

    /// The most frequent terms that begin with `start`; `None` when it is longer than a letter.
    pub fn beginning_with(&self, start: &str) -> Option<Vec<&Term>> {
        let mut letters = start.chars();
        match (letters.next(), letters.next()) {
            (None, _) => Some(self.letters.values().flat_map(|top| &top.terms).collect()),
            (Some(letter), None) => Some(self.letters.get(&letter).into_iter().flat_map(|top| &top.terms).collect()),
            (Some(_), Some(_)) => None,
        }
    }
}

/// The most frequent ones of the terms that were added, in the order of the alphabet.
#[derive(Debug, Default)]
struct Top {
    terms: Vec<Term>,
    /// Less frequent terms than this are not among them.
    least: u64,
}

impl Top {
    fn add(&mut self, term: &str, documents: u64) {
        if documents <= self.least {
            return;
        }
        self.terms.push((term.to_owned(), documents));
        if self.terms.len() >= 2 * KEPT {
            self.shorten();
            self.least = self.terms.last().map_or(0, |(_, documents)| *documents);
        }
    }

    fn shorten(&mut self) {
        self.terms.sort_by(|one, other| (Reverse(one.1), &one.0).cmp(&(Reverse(other.1), &other.0)));
        self.terms.truncate(KEPT);
        self.terms.shrink_to_fit();
    }
}

/// Calls `visit` with each term of the attribute that begins with `start`, and the number of documents that have it.
pub fn each_term(
    reader: &SegmentReader,
    fields: &Fields,
    attribute: &Attribute,
    start: &str,
    mut visit: impl FnMut(&str, u64),
) -> tantivy::Result<()> {
    let index = reader.inverted_index(fields.term)?;
    let (begin, prefix) = (term_of(attribute, start), term_of(attribute, "").len());
    let mut terms = index.terms().range().ge(begin.as_bytes()).into_stream()?;
    while terms.advance() {
        let Some(term) = std::str::from_utf8(terms.key()).ok().filter(|term| term.starts_with(&begin)) else { break };
        visit(&term[prefix..], u64::from(terms.value().doc_freq));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_terms_are_kept_whatever_their_order() {
        for step in [1, 7, 997] {
            let mut top = Top::default();
            // Each number below 10,000 once, because the steps share no divisor with it.
            let documents = |nth: u64| nth * step % 10_000;
            for nth in 0..10_000 {
                top.add(&format!("term{nth:05}"), documents(nth));
            }
            top.shorten();
            let kept: Vec<u64> = top.terms.iter().map(|(_, documents)| *documents).collect();
            let most: Vec<u64> = (10_000 - KEPT as u64..10_000).rev().collect();
            assert_eq!(kept, most, "{step}");
        }
    }

    #[test]
    fn of_equally_frequent_terms_the_first_of_the_alphabet_are_kept() {
        let mut top = Top::default();
        (0..3 * KEPT).for_each(|nth| top.add(&format!("{nth:05}"), 2));
        top.shorten();
        let last = format!("{:05}", KEPT - 1);
        assert_eq!(top.terms.last(), Some(&(last, 2)));
    }
}
