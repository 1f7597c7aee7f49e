//! Names that may be meant by a word that is misspelt or not typed to its end.

use crate::directory::fold;

/// Shorter words are like too many others.
const LETTERS_MIN: usize = 3;

/// The names that begin with the word, then those that differ from it by a letter or two, the nearest first.
pub fn nearest<'name>(names: &[&'name str], word: &str) -> Vec<&'name str> {
    let word = fold(word);
    let letters: Vec<char> = word.chars().collect();
    if letters.len() < LETTERS_MIN {
        return Vec::new();
    }
    let most = if letters.len() < 6 { 1 } else { 2 };
    let mut found: Vec<(usize, &str)> = Vec::new();
    for name in names {
        let held = fold(name);
        if held.starts_with(&word) {
            found.push((0, name));
            continue;
        }
        let held: Vec<char> = held.chars().collect();
        if held.len().abs_diff(letters.len()) <= most {
            let steps = distance(&held, &letters);
            if steps <= most {
                found.push((steps, name));
            }
        }
    }
    found.sort_by_key(|(steps, _)| *steps);
    found.into_iter().map(|(_, name)| name).collect()
}

/// Letters to insert, leave out, change or swap with their neighbour.
fn distance(one: &[char], other: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for (row, letter) in one.iter().enumerate() {
        let mut line = vec![row + 1];
        for (column, against) in other.iter().enumerate() {
            let change = last[column] + usize::from(letter != against);
            let mut least = change.min(last[column + 1] + 1).min(line[column] + 1);
            let swaps = row > 0 && column > 0 && *letter == other[column - 1] && one[row - 1] == *against;
            if swaps {
                least = least.min(before[column - 1] + 1);
            }
            line.push(least);
        }
        before = std::mem::replace(&mut last, line);
    }
    last.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginnings_and_misspellings_lead_to_names() {
        let names = ["Germany", "Georgia", "Algeria", "United Kingdom", "Niger", "Nigeria"];
        assert_eq!(nearest(&names, "germ"), ["Germany"]);
        assert_eq!(nearest(&names, "Gremany"), ["Germany"]);
        assert_eq!(nearest(&names, "nigera"), ["Niger", "Nigeria"]);
        assert_eq!(nearest(&names, "Untied Kingdom"), ["United Kingdom"]);
        assert!(nearest(&names, "ge").is_empty() && nearest(&names, "Atlantis").is_empty());
    }

    #[test]
    fn letters_are_counted_as_a_typist_errs() {
        let distance =
            |one: &str, other: &str| distance(&one.chars().collect::<Vec<_>>(), &other.chars().collect::<Vec<_>>());
        assert_eq!(distance("berlin", "berlin"), 0);
        assert_eq!((distance("brelin", "berlin"), distance("berln", "berlin"), distance("", "abc")), (1, 1, 3));
    }
}
