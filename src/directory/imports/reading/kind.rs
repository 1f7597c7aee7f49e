//! What a cell holds, as far as its letters tell.

use serde::{Deserialize, Serialize};

use crate::email::is_invisible;

/// What a cell holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Empty,
    /// One email address or several, and nothing else but what is put around them.
    Address,
    /// A web address.
    Web,
    /// A number, an amount, a range or a phone number.
    Number,
    Date,
    /// A name or a few words.
    Words,
    /// Longer than a name.
    Prose,
    /// What only a wrong reading makes: a quotation mark without its partner, or a cell that holds an address and more.
    Broken,
}

impl Kind {
    pub const COUNT: usize = 8;

    /// Whether its letters leave little doubt what it is.
    pub fn is_typed(self) -> bool {
        matches!(self, Self::Address | Self::Web | Self::Number | Self::Date)
    }
}

/// Longer texts are no names.
const NAME_LENGTH_MAX: usize = 60;

/// What a cell holds.
pub fn kind_of(cell: &str) -> Kind {
    let cell = cell.trim_matches(|letter: char| letter.is_whitespace() || letter == '\u{feff}');
    if cell.is_empty() {
        return Kind::Empty;
    }
    if cell.contains(['@', '＠']) {
        let addresses = addresses(cell);
        if addresses != Kind::Words {
            return addresses;
        }
    }
    if has_half_a_pair(cell) {
        return Kind::Broken;
    }
    if is_web(cell) {
        return Kind::Web;
    }
    if cell.len() <= NAME_LENGTH_MAX && cell.bytes().any(|byte| byte.is_ascii_digit()) {
        if is_date(cell) {
            return Kind::Date;
        }
        if is_number(cell) {
            return Kind::Number;
        }
    }
    if cell.len() > NAME_LENGTH_MAX && cell.chars().count() > NAME_LENGTH_MAX { Kind::Prose } else { Kind::Words }
}

/// [`Kind::Address`] for nothing but addresses, [`Kind::Broken`] for an address with cells around it, [`Kind::Prose`] for
/// one in a sentence, [`Kind::Words`] where no address is.
fn addresses(cell: &str) -> Kind {
    let is_address = |part: &str| is_address(part.trim_matches(is_wrapping));
    if cell.ends_with('>') && cell.rsplit_once('<').is_some_and(|(_, address)| is_address(address)) {
        return Kind::Address;
    }
    let parts = || {
        cell.split(|letter: char| letter.is_whitespace() || ";,|/".contains(letter)).filter(|part| {
            let part = part.trim_matches(is_wrapping);
            !part.is_empty() && part != "mailto:"
        })
    };
    let (found, others) = parts().fold((0, 0), |(found, others), part| match is_address(part) {
        true => (found + 1, others),
        false => (found, others + 1),
    });
    match (found, others) {
        (0, _) => Kind::Words,
        (_, 0) => Kind::Address,
        _ if cell.contains([';', ',', '\t', '|', '^', '~', '\u{1f}']) => Kind::Broken,
        _ => Kind::Prose,
    }
}

/// What is put around addresses.
fn is_wrapping(letter: char) -> bool {
    matches!(
        letter,
        '<' | '>' | '(' | ')' | '[' | ']' | '"' | '\'' | '.' | ',' | ':' | '*' | '`' | '“' | '”' | '‘' | '’'
    ) || is_invisible(letter)
}

/// The shape of an address; `crate::email` says whether mail can go there.
fn is_address(part: &str) -> bool {
    let part = part.strip_prefix("mailto:").unwrap_or(part);
    let Some((name, domain)) = part.split_once(['@', '＠']) else { return false };
    let is_sound = |letter: char| letter.is_alphanumeric() || !letter.is_ascii() || "-._".contains(letter);
    !name.is_empty()
        && !name.contains([':', '^', '~', '\u{1f}', '"'])
        && domain.contains(['.', '．', '。'])
        && domain.chars().all(is_sound)
        && !domain.starts_with('.')
        && domain.rsplit('.').next().is_some_and(|last| !last.starts_with(|letter: char| letter.is_ascii_digit()))
}

/// A quotation mark at one end only, or a backslash before one: cells that were cut apart, or marks that were not taken away.
fn has_half_a_pair(cell: &str) -> bool {
    let bytes = cell.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else { return false };
    let inner = &cell[first.eq(&b'"').into()..];
    let pairs = cell.bytes().filter(|byte| *byte == b'"').count() % 2 == 0;
    let inches = inner.ends_with('"') && inner[..inner.len() - 1].ends_with(|letter: char| letter.is_ascii_digit());
    cell.contains("\\\"")
        || (!pairs && !inches && (*first == b'"' || *last == b'"'))
        || (bytes.len() > 1 && first == last && matches!(first, b'\'' | b'"'))
}

fn is_web(cell: &str) -> bool {
    if cell.contains(char::is_whitespace) {
        return false;
    }
    let start = cell.get(..8).unwrap_or(cell).to_ascii_lowercase();
    if start.starts_with("http://") || start.starts_with("https://") || start.starts_with("www.") {
        return !cell.contains([';', '|', '\t', '"']);
    }
    let host = cell.split(['/', '?', '#']).next().unwrap_or(cell);
    let Some((before, last)) = host.rsplit_once('.') else { return false };
    let is_sound = |letter: char| letter.is_alphanumeric() || "-._".contains(letter);
    last.len() >= 2
        && last.bytes().all(|byte| byte.is_ascii_alphabetic())
        && before.chars().all(is_sound)
        && before.starts_with(char::is_alphanumeric)
        && (host.len() < cell.len() || host.chars().all(|letter| !letter.is_uppercase()))
}

fn is_number(cell: &str) -> bool {
    let digits = cell.bytes().filter(|byte| byte.is_ascii_digit()).count();
    let letters = cell.chars().filter(|letter| letter.is_alphabetic()).count();
    let is_part = |letter: char| {
        letter.is_ascii_digit()
            || letter.is_whitespace()
            || letter.is_alphabetic()
            || is_invisible(letter)
            || "+-–—.,()/%$€£¥#~<>='’*".contains(letter)
    };
    // `1.2M`, `10k`, `USD 5`, `x12`: few letters beside the digits, and no word of more than three.
    letters <= digits
        && cell.split(|letter: char| !letter.is_alphabetic()).all(|word| word.chars().count() <= 3)
        && cell.chars().all(is_part)
}

fn is_date(cell: &str) -> bool {
    let day = cell.split(['T', ' ']).next().unwrap_or(cell);
    let numbers = |sign: char| {
        let parts: Vec<&str> = day.split(sign).collect();
        let is_short = |part: &&str| (1..=4).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        parts.len() == 3 && parts.iter().all(is_short) && parts.iter().any(|part| part.len() != 3)
    };
    if numbers('-') || numbers('/') || numbers('.') {
        return true;
    }
    // `03 Mar 2026`, `March 3, 2026`, `3-Mar-26`
    let words: Vec<&str> = cell.split([' ', ',', '-', '.', '/']).filter(|word| !word.is_empty()).collect();
    let months = words.iter().filter(|word| is_month(word)).count();
    let numbers = words.iter().filter(|word| word.len() <= 4 && word.bytes().all(|byte| byte.is_ascii_digit())).count();
    months == 1 && (1..=2).contains(&numbers) && words.len() <= 5
}

fn is_month(word: &str) -> bool {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let start: String = word.chars().take(3).collect::<String>().to_ascii_lowercase();
    word.chars().all(char::is_alphabetic) && word.chars().count() <= 9 && MONTHS.contains(&start.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_told_by_their_letters() {
        for (cell, kind) in [
            ("  ", Kind::Empty),
            ("ann@x.example", Kind::Address),
            ("Ann Lee <ann@x.example>", Kind::Address),
            ("mailto:ann@x.example.", Kind::Address),
            ("ann＠x.example", Kind::Address),
            ("ann@x.example ::: bo@x.example; cy@y.example", Kind::Address),
            ("ann@x.example;Ann;CEO", Kind::Broken),
            ("Questions? Write to help@x.example any time", Kind::Prose),
            ("@ann", Kind::Words),
            ("https://x.example/in/ann", Kind::Web),
            ("x.example", Kind::Web),
            ("linkedin.example/in/ann", Kind::Web),
            ("Acme Inc.", Kind::Words),
            ("O.Neill", Kind::Words),
            ("+49 (30) 555-0100", Kind::Number),
            ("$1.2M", Kind::Number),
            ("51-200", Kind::Number),
            ("10,001+", Kind::Number),
            ("2026-03-14 09:26", Kind::Date),
            ("03 Mar 2026", Kind::Date),
            ("14.3.26", Kind::Date),
            ("5-Mar", Kind::Date),
            ("March", Kind::Words),
            ("3rd Street 5", Kind::Words),
            ("Head of \"Growth\"", Kind::Words),
            ("\"Opening", Kind::Broken),
            ("Inc\"", Kind::Broken),
            ("a 19\"", Kind::Words),
            ("'quoted'", Kind::Broken),
            ("\"quoted\"", Kind::Broken),
            ("\"\"", Kind::Broken),
            ("O'Hara", Kind::Words),
            ("The \\\"Best", Kind::Broken),
            ("Some people hide their address, so that a part of these is missing here", Kind::Prose),
        ] {
            assert_eq!(kind_of(cell), kind, "{cell}");
        }
    }
}
