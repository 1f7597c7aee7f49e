//! Phrases of words, found at the beginning of a title.

use std::collections::HashMap;

use super::tokens::Token;

/// Phrases and what each means; what is said first of a phrase holds.
pub struct Phrases<Meaning> {
    /// By their first word, the longest first.
    by_first_word: HashMap<String, Vec<Phrase<Meaning>>>,
}

struct Phrase<Meaning> {
    /// The words after the first one.
    rest: Vec<String>,
    meaning: Meaning,
}

impl<Meaning> Default for Phrases<Meaning> {
    fn default() -> Self {
        Self { by_first_word: HashMap::new() }
    }
}

impl<Meaning> Phrases<Meaning> {
    pub fn add(&mut self, mut words: Vec<String>, meaning: Meaning) {
        if words.is_empty() {
            return;
        }
        let first = words.remove(0);
        let known = self.by_first_word.entry(first).or_default();
        if !known.iter().any(|one| one.rest == words) {
            let place = known.partition_point(|one| one.rest.len() >= words.len());
            known.insert(place, Phrase { rest: words, meaning });
        }
    }

    /// The longest phrase that begins these tokens, and how many of them it takes. `is_same` compares a word behind the first one.
    pub fn longest(&self, tokens: &[Token], is_same: impl Fn(&str, &Token) -> bool) -> Option<(&Meaning, usize)> {
        let (first, others) = tokens.split_first()?;
        let fits = |phrase: &&Phrase<Meaning>| {
            phrase.rest.len() <= others.len()
                && phrase.rest.iter().zip(others).all(|(word, token)| is_same(word, token))
        };
        let found = self.by_first_word.get(&first.word)?.iter().find(fits)?;
        Some((&found.meaning, found.rest.len() + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::{super::tokens::tokens, *};

    #[test]
    fn the_longest_phrase_is_found_and_the_first_meaning_holds() {
        let mut phrases = Phrases::default();
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        for (phrase, meaning) in [("vice", 1), ("vice president", 2), ("vice chair", 3), ("vice president", 4)] {
            phrases.add(words(phrase), meaning);
        }
        phrases.add(Vec::new(), 5);
        let longest = |title: &str| {
            let found = phrases.longest(&tokens(title), |word, token| word == token.word);
            found.map(|(meaning, length)| (*meaning, length))
        };
        assert_eq!(longest("vice president sales"), Some((2, 2)));
        assert_eq!(longest("vice"), Some((1, 1)));
        assert_eq!(longest("vice admiral"), Some((1, 1)));
        assert_eq!((longest("president"), longest("")), (None, None));
    }
}
