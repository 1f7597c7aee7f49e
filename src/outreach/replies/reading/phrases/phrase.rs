//! What is looked for in a text.

use super::text::{fold, taken_apart};

/// A phrase, without accents and in small letters.
#[derive(Debug)]
pub enum Phrase {
    Words(Vec<Part>),
    /// In writing without blanks between words.
    Letters(String),
}

/// What a phrase has at a place.
#[derive(Debug)]
pub enum Part {
    /// `one|other`: any of these words.
    Words(Vec<Word>),
    /// `*`: up to four words.
    Gap,
}

/// A word, or with `~` at its end the beginning of one.
#[derive(Debug)]
pub struct Word {
    text: String,
    is_beginning: bool,
}

impl Word {
    fn parse(text: &str) -> Self {
        let (beginning, is_beginning) = text.strip_suffix('~').map_or((text, false), |beginning| (beginning, true));
        Self { text: fold(beginning), is_beginning }
    }

    pub fn is(&self, word: &str) -> bool {
        if self.is_beginning { word.starts_with(&self.text) } else { word == self.text }
    }
}

/// The phrases of a table: separated by commas, under headings that begin with `#`.
pub fn parse(table: &str) -> Vec<Phrase> {
    let rows = table.lines().filter(|line| !line.starts_with('#'));
    rows.flat_map(|row| row.split(',')).map(str::trim).filter(|text| !text.is_empty()).map(phrase).collect()
}

/// The words of a table: separated by blanks.
pub fn words(table: &str) -> Vec<String> {
    table.split_whitespace().map(fold).collect()
}

fn phrase(text: &str) -> Phrase {
    if is_written_without_blanks(text) {
        return Phrase::Letters(fold(text));
    }
    let parts = text.split(' ').flat_map(|part| match part {
        "*" => vec![Part::Gap],
        part if part.contains('|') => vec![Part::Words(part.split('|').map(Word::parse).collect())],
        // What English draws together is taken apart as in texts.
        part => taken_apart(&fold(part)).iter().map(|word| Part::Words(vec![Word::parse(word)])).collect(),
    });
    Phrase::Words(parts.collect())
}

/// Chinese, Japanese, Korean, Thai. Korean has blanks, but its words have endings.
fn is_written_without_blanks(text: &str) -> bool {
    text.chars().any(|c| {
        ('\u{2e80}'..='\u{9fff}').contains(&c)
            || ('\u{ac00}'..='\u{d7af}').contains(&c)
            || ('\u{e00}'..='\u{e7f}').contains(&c)
    })
}
