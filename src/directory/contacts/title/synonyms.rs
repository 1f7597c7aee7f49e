//! Words that mean the same in a search for titles, read once from `words/synonyms.txt`.

use std::{collections::HashMap, sync::LazyLock};

use super::tokens::{Token, tokens};

/// A phrase without its first word, and the words it stands for.
struct Synonym {
    rest: Vec<String>,
    common: Vec<String>,
}

/// By their first word, the longest first.
static SYNONYMS: LazyLock<HashMap<String, Vec<Synonym>>> = LazyLock::new(|| {
    let mut synonyms: HashMap<String, Vec<Synonym>> = HashMap::new();
    for line in include_str!("words/synonyms.txt").lines().filter(|line| !line.starts_with('#')) {
        let Some((common, phrases)) = line.split_once(':') else { continue };
        for phrase in phrases.split(',') {
            let mut rest = words_of(phrase);
            if !rest.is_empty() {
                let first = rest.remove(0);
                let known = synonyms.entry(first).or_default();
                if !known.iter().any(|one| one.rest == rest) {
                    known.push(Synonym { rest, common: words_of(common) });
                }
            }
        }
    }
    synonyms.values_mut().for_each(|list| list.sort_by_key(|one| std::cmp::Reverse(one.rest.len())));
    synonyms
});

fn words_of(phrase: &str) -> Vec<String> {
    tokens(phrase).into_iter().map(|token| token.word).collect()
}

/// The common words for the longest phrase that begins these tokens, and how many of them it takes.
pub fn common_words(tokens: &[Token]) -> Option<(&'static [String], usize)> {
    let (first, rest) = tokens.split_first()?;
    let fits = |one: &&Synonym| {
        one.rest.len() <= rest.len() && one.rest.iter().zip(rest).all(|(word, token)| *word == token.word)
    };
    let found = SYNONYMS.get(&first.word)?.iter().find(fits)?;
    Some((&found.common, found.rest.len() + 1))
}

#[cfg(test)]
mod tests {
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
