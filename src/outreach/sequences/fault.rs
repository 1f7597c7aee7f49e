//! What can be wrong with a text, in words for who wrote it.

use std::fmt;

use super::field::FIELDS;
use crate::campaigns::lists::column_name;

/// Which of the two texts of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextPart {
    Subject,
    Body,
}

/// Something that is wrong with a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateFault {
    pub part: TextPart,
    /// From 1 on.
    pub line: usize,
    pub fault: Fault,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// A field that is not known, as it was written, and the one that may be meant.
    Unknown {
        written: String,
        meant: Option<String>,
    },
    NeverClosed(String),
    NeverOpened,
    NoName(String),
    /// `{first_name}`: the field's name in one pair of braces.
    OneBrace {
        written: String,
        name: String,
    },
    OneOption(String),
    ChoiceInChoice,
    LineBreakInSubject,
    ControlCharacter,
}

impl Fault {
    /// The fault of a field called `name`, if neither all leads nor `columns` have it.
    pub(super) fn of_unknown(name: &str, written: &str, columns: &[String]) -> Option<Self> {
        let known = || FIELDS.iter().map(|field| field.name).chain(columns.iter().map(String::as_str));
        if known().any(|one| one == name) {
            return None;
        }
        let meant = known()
            .map(|one| (distance(one, name), one))
            .filter(|(edits, one)| *edits <= 2.min(one.len() / 3) || resembles(one, name))
            .min()
            .map(|(_, one)| one.to_owned());
        Some(Self::Unknown { written: written.to_owned(), meant })
    }

    /// The fault of a choice with one option: mostly a field with too few braces.
    pub(super) fn of_one_option(written: String, columns: &[String]) -> Self {
        let name = column_name(&written);
        if Self::of_unknown(&name, &written, columns).is_none() {
            return Self::OneBrace { written, name };
        }
        Self::OneOption(written)
    }
}

/// Whether one name is a whole word of the other: `job_title` and `title`.
fn resembles(one: &str, name: &str) -> bool {
    name.split('_').any(|word| word == one)
}

/// How many letters have to be added, removed or replaced to make `a` into `b` (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

/// The beginning of what was written, short enough for a message.
fn excerpt(written: &str) -> String {
    const LONGEST: usize = 30;
    let line = written.lines().next().unwrap_or_default();
    let short: String = line.chars().take(LONGEST).collect();
    if short.len() < written.len() { format!("{short}…") } else { short }
}

impl fmt::Display for TemplateFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 1 && self.part == TextPart::Body {
            write!(f, "Line {}: ", self.line)?;
        }
        match &self.fault {
            Fault::Unknown { written, meant: Some(meant) } => {
                write!(f, "“{}” is not a field. Did you mean “{meant}”?", excerpt(written))
            }
            Fault::Unknown { written, meant: None } => write!(f, "“{}” is not a field.", excerpt(written)),
            Fault::NeverClosed(written) => write!(f, "“{}” is never closed.", excerpt(written)),
            Fault::NeverOpened => f.write_str("This “}” closes nothing. Write “\\}” for a brace."),
            Fault::NoName(written) => write!(f, "“{}” names no field.", excerpt(written)),
            Fault::OneBrace { written, name } => {
                write!(f, "“{}” has one brace too few. Write “{{{{{name}}}}}” for the field.", excerpt(written))
            }
            Fault::OneOption(written) => {
                let written = excerpt(written);
                write!(f, "“{written}” leaves nothing to choose. Write “{{Hi|Hello}}”, or “\\{{” for a brace.")
            }
            Fault::ChoiceInChoice => f.write_str("A choice cannot be inside another choice."),
            Fault::LineBreakInSubject => f.write_str("A line break cannot be in the subject."),
            Fault::ControlCharacter => f.write_str("There is an invisible control character in it. Delete it."),
        }
    }
}
