//! The words of titles, read once from the tables in `words/`.
//!
//! A line is a class, then the departments it gives, then its words and phrases:
//! `manager sales: account manager, territory manager`. Words are compared without case and accents; the longest phrase wins.
//! A `?` behind a department means "where nothing else tells one", a `+` "beside what else is told".

use std::{collections::HashSet, sync::LazyLock};

use super::{
    super::role::{Department, Seniority},
    departments::Departments,
    phrases::Phrases,
    tokens::{Break, Token, tokens},
};

/// What a word or phrase is in a title.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A noun that says what a person is, and how high.
    Head(Seniority),
    /// Helps a chief: an assistant, a secretary.
    Aide,
    /// An office that belongs to a chief.
    Office,
    /// A noun only where no other one is; otherwise it modifies.
    Maybe,
    /// Says what the work is about.
    Topic,
    Senior,
    /// Senior before a technical job, nothing before others.
    Staff,
    Intern,
    /// A training; a person in it where no other noun is.
    Training,
    Chief,
    /// Those that aides help: the board, the management.
    Boss,
    To,
    Of,
    And,
    At,
    Former,
    /// Known, and says nothing here.
    Neutral,
}

/// How the departments of a noun stand to those of the words around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// The noun decides.
    Alone,
    /// Only where nothing else tells one.
    Otherwise,
    /// Beside what else is told.
    Too,
}

/// What a word or phrase means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Meaning {
    pub kind: Kind,
    pub departments: Departments,
    pub told: Told,
    /// Whether the language puts the noun before what modifies it ("Directeur commercial").
    pub noun_first: bool,
}

/// All words.
pub struct Vocabulary {
    phrases: Phrases<Meaning>,
    /// Every word of any phrase.
    words: HashSet<String>,
    /// Nouns that end compounds, the longest first.
    suffixes: Vec<String>,
}

/// The tables, and whether their language puts the noun first.
pub const TABLES: [(&str, bool); 8] = [
    (include_str!("words/english.txt"), false),
    (include_str!("words/german.txt"), false),
    (include_str!("words/dutch.txt"), false),
    (include_str!("words/french.txt"), true),
    (include_str!("words/spanish.txt"), true),
    (include_str!("words/italian.txt"), true),
    (include_str!("words/portuguese.txt"), true),
    (include_str!("words/polish.txt"), true),
];

/// The vocabulary of all languages; what an earlier table says of a phrase holds.
pub static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(|| {
    let mut vocabulary = Vocabulary { phrases: Phrases::default(), words: HashSet::new(), suffixes: Vec::new() };
    for (table, noun_first) in TABLES {
        for line in table.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
            vocabulary.add_line(line, noun_first);
        }
    }
    vocabulary.suffixes.sort_by_key(|suffix| std::cmp::Reverse(suffix.len()));
    vocabulary
});

impl Vocabulary {
    /// The longest phrase that begins these tokens, and how many of them it takes. It does not reach across a comma.
    pub fn find(&self, tokens: &[Token]) -> Option<(Meaning, usize)> {
        let is_same = |word: &str, token: &Token| {
            token.before <= Break::Slash && (word == token.word || is_and(word, &token.word))
        };
        self.phrases.longest(tokens, is_same).map(|(meaning, length)| (*meaning, length))
    }

    pub fn knows(&self, word: &str) -> bool {
        self.words.contains(word)
    }

    /// The noun that ends a compound, with what stands before it: "vertriebs", "leiter".
    pub fn split<'word>(&self, word: &'word str) -> Option<(&'word str, &'word str)> {
        let suffix =
            self.suffixes.iter().find(|suffix| word.len() > suffix.len() + 1 && word.ends_with(suffix.as_str()))?;
        Some(word.split_at(word.len() - suffix.len()))
    }

    fn add_line(&mut self, line: &str, noun_first: bool) {
        let Some((head, words)) = line.split_once(':') else { return };
        let words = words.split(',').map(|phrase| tokens(phrase).into_iter().map(|token| token.word).collect());
        let Some(meaning) = meaning(head, noun_first) else {
            self.suffixes.extend(words.map(|phrase: Vec<String>| phrase.concat()));
            return;
        };
        for phrase in words {
            self.words.extend(phrase.iter().cloned());
            self.phrases.add(phrase, meaning);
        }
    }
}

/// "and", "und" and "y" stand for "&" in phrases.
fn is_and(wanted: &str, word: &str) -> bool {
    wanted == "&" && matches!(word, "and" | "und" | "et" | "y" | "e" | "i" | "en")
}

/// Reads a class and its departments; `suffixes` has no meaning of its own.
fn meaning(head: &str, noun_first: bool) -> Option<Meaning> {
    let mut words = head.split(' ');
    let class = words.next().unwrap_or_default();
    let kind = match Seniority::from_code(class) {
        Some(Seniority::Senior) => Kind::Senior,
        Some(Seniority::Intern) => Kind::Intern,
        Some(rank) => Kind::Head(rank),
        None => kind(class)?,
    };
    // "senior medical" is a noun that is senior already
    let kind = match kind {
        Kind::Senior if head != class => Kind::Head(Seniority::Senior),
        other => other,
    };
    let mut meaning = Meaning { kind, departments: Departments::NONE, told: Told::Alone, noun_first };
    for word in words {
        let code = word.trim_end_matches(['?', '+']);
        meaning.departments = meaning.departments.with(Departments::of(Department::from_code(code)?));
        meaning.told = match word.chars().last() {
            Some('?') => Told::Otherwise,
            Some('+') => Told::Too,
            _ => meaning.told,
        };
    }
    Some(meaning)
}

fn kind(class: &str) -> Option<Kind> {
    Some(match class {
        "aide" => Kind::Aide,
        "office" => Kind::Office,
        "maybe" => Kind::Maybe,
        "topic" => Kind::Topic,
        "staff" => Kind::Staff,
        "training" => Kind::Training,
        "chief" => Kind::Chief,
        "boss" => Kind::Boss,
        "to" => Kind::To,
        "of" => Kind::Of,
        "and" => Kind::And,
        "at" => Kind::At,
        "former" => Kind::Former,
        "neutral" | "junior" => Kind::Neutral,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn every_line_of_the_tables_is_understood() {
        for (table, noun_first) in TABLES {
            for line in table.lines().filter(|line| !line.starts_with('#')) {
                let (head, words) = line.split_once(':').unwrap_or_else(|| panic!("no class: {line}"));
                assert!(head == "suffixes" || meaning(head, noun_first).is_some(), "{line}");
                assert!(words.split(',').all(|word| !tokens(word).is_empty()), "{line}");
            }
        }
    }

    #[test]
    fn no_table_says_two_things_of_a_phrase() {
        for (table, noun_first) in TABLES {
            let mut told: HashMap<String, Option<Meaning>> = HashMap::new();
            for line in table.lines().filter(|line| !line.starts_with('#')) {
                let (head, words) = line.split_once(':').unwrap();
                for word in words.split(',').filter(|_| head != "suffixes") {
                    let key = tokens(word).into_iter().map(|token| token.word).collect::<Vec<_>>().join(" ");
                    let before = told.insert(key, meaning(head, noun_first));
                    assert!(before.is_none() || before == Some(meaning(head, noun_first)), "{word} in {line}");
                }
            }
        }
    }

    #[test]
    fn the_longest_phrase_wins() {
        let find = |title: &str| VOCABULARY.find(&tokens(title)).map(|(meaning, length)| (meaning.kind, length));
        assert_eq!(find("vice president sales"), Some((Kind::Head(Seniority::Vp), 2)));
        assert_eq!(find("president sales"), Some((Kind::Head(Seniority::CSuite), 1)));
        assert_eq!(find("president, vice"), Some((Kind::Head(Seniority::CSuite), 1)));
        assert_eq!(find("head, teacher").map(|(_, length)| length), Some(1));
    }
}
