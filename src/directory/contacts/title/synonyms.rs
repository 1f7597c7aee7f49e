//! Words that mean the same in a search for titles, read once from `words/synonyms.txt`.

use std::sync::LazyLock;

use super::{
    phrases::Phrases,
    tokens::{Token, tokens},
};

/// The words that a phrase stands for.
static SYNONYMS: LazyLock<Phrases<Vec<String>>> = LazyLock::new(|| {
    let mut synonyms = Phrases::default();
    for line in include_str!("words/synonyms.txt").lines().filter(|line| !line.starts_with('#')) {
        let Some((common, phrases)) = line.split_once(':') else { continue };
        phrases.split(',').for_each(|phrase| synonyms.add(words_of(phrase), words_of(common)));
    }
    synonyms
});

fn words_of(phrase: &str) -> Vec<String> {
    tokens(phrase).into_iter().map(|token| token.word).collect()
}

/// The common words for the longest phrase that begins these tokens, and how many of them it takes.
pub fn common_words(tokens: &[Token]) -> Option<(&'static [String], usize)> {
    let (common, length) = SYNONYMS.longest(tokens, |word, token| word == token.word)?;
    Some((common, length))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn no_phrase_stands_for_two_things() {
        let mut told: HashMap<Vec<String>, &str> = HashMap::new();
        for line in include_str!("words/synonyms.txt").lines().filter(|line| !line.starts_with('#')) {
            let (common, phrases) = line.split_once(':').unwrap();
            for phrase in phrases.split(',') {
                let before = told.insert(words_of(phrase), common);
                assert!(before.is_none_or(|before| before == common), "{phrase} is {before:?} and {common}");
            }
        }
    }
}
