//! How the rows of a table are written: what parts cells, and what is put around them.

use serde::{Deserialize, Serialize};

/// What stands between the columns.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delimiter {
    #[default]
    Comma,
    Semicolon,
    Tab,
    Pipe,
    Caret,
    Tilde,
    Colon,
    UnitSeparator,
}

/// A delimiter, its byte, its word in forms and commands, and its name for people.
type Known = (Delimiter, u8, &'static str, &'static str);

const KNOWN: [Known; 8] = [
    (Delimiter::Comma, b',', "comma", "comma"),
    (Delimiter::Semicolon, b';', "semicolon", "semicolon"),
    (Delimiter::Tab, b'\t', "tab", "tab"),
    (Delimiter::Pipe, b'|', "pipe", "vertical bar"),
    (Delimiter::Caret, b'^', "caret", "caret"),
    (Delimiter::Tilde, b'~', "tilde", "tilde"),
    (Delimiter::Colon, b':', "colon", "colon"),
    (Delimiter::UnitSeparator, 0x1f, "unit-separator", "unit separator (ASCII 31)"),
];

impl Delimiter {
    pub const ALL: [Self; 8] = [
        Self::Comma,
        Self::Semicolon,
        Self::Tab,
        Self::Pipe,
        Self::Caret,
        Self::Tilde,
        Self::Colon,
        Self::UnitSeparator,
    ];

    fn known(self) -> &'static Known {
        KNOWN.iter().find(|(one, ..)| *one == self).unwrap_or(&KNOWN[0])
    }

    /// The sign itself.
    pub fn byte(self) -> u8 {
        self.known().1
    }

    /// The word in forms and commands.
    pub fn code(self) -> &'static str {
        self.known().2
    }

    /// For people.
    pub fn label(self) -> &'static str {
        self.known().3
    }

    /// Reads a code, or the sign itself (`;`, `\t`).
    pub fn from_code(code: &str) -> Option<Self> {
        let signed = match code.as_bytes() {
            [byte] => Some(*byte),
            b"\\t" => Some(b'\t'),
            _ => None,
        };
        let known = KNOWN.iter().find(|(_, byte, word, label)| {
            Some(*byte) == signed || word.eq_ignore_ascii_case(code.trim()) || label.eq_ignore_ascii_case(code.trim())
        });
        known.map(|(delimiter, ..)| *delimiter)
    }
}

/// What stands around cells that hold delimiters, quotation marks or line breaks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quoting {
    /// Quotation marks, doubled inside (RFC 4180).
    #[default]
    Doubled,
    /// Quotation marks, with a backslash before those inside, as databases write it.
    Backslash,
    /// Apostrophes around every cell.
    Single,
    /// Each row as a whole stands in quotation marks.
    WholeRows,
    /// Nothing: quotation marks are letters like any other.
    Plain,
}

impl Quoting {
    pub const ALL: [Self; 5] = [Self::Doubled, Self::Backslash, Self::Single, Self::WholeRows, Self::Plain];

    /// The sign around cells.
    pub fn mark(self) -> u8 {
        if self == Self::Single { b'\'' } else { b'"' }
    }

    /// For people, where it is not the usual one.
    pub fn remark(self) -> Option<&'static str> {
        match self {
            Self::Doubled => None,
            Self::Backslash => Some("with backslashes before quotation marks"),
            Self::Single => Some("cells in single quotes"),
            Self::WholeRows => Some("each row in one pair of quotes"),
            Self::Plain => Some("quotation marks read as letters"),
        }
    }
}

/// How the rows of a table are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Dialect {
    pub delimiter: Delimiter,
    pub quoting: Quoting,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delimiter_comes_back_from_its_word_its_name_and_its_sign() {
        for delimiter in Delimiter::ALL {
            assert_eq!(Delimiter::from_code(delimiter.code()), Some(delimiter));
            assert_eq!(Delimiter::from_code(delimiter.label()), Some(delimiter));
            assert_eq!(Delimiter::from_code(&char::from(delimiter.byte()).to_string()), Some(delimiter));
        }
        assert_eq!(Delimiter::from_code("\\t"), Some(Delimiter::Tab));
        assert_eq!(Delimiter::from_code("comma "), Some(Delimiter::Comma));
        assert_eq!(Delimiter::from_code("x"), None);
    }
}
