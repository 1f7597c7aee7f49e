//! The address in a cell of a file, whatever it is wrapped in.

use super::{Email, EmailFault, spelling};

/// What a cell holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The first sound address.
    pub email: Email,
    /// Further sound ones of other mailboxes, in their order.
    pub others: Vec<Email>,
}

/// Later addresses of a cell are not looked at.
const ADDRESSES_MAX: usize = 20;

/// Finds the addresses of a cell: `mailto:ann@acme.example`, `"Ann Lee" <ann@acme.example>`, several with any separator, with a full stop
/// or a comma behind, in quotes.
///
/// # Errors
/// Why there is no address.
pub fn find(cell: &str) -> Result<Found, EmailFault> {
    if is_plain(cell)
        && let Ok(email) = cell.parse()
    {
        return Ok(Found { email, others: Vec::new() });
    }
    let text = joined(&spelling::visible(cell));
    let mut fault = None;
    let mut found: Option<Found> = None;
    for candidate in candidates(&text).take(ADDRESSES_MAX) {
        match (candidate.and_then(str::parse::<Email>), &mut found) {
            (Ok(email), None) => found = Some(Found { email, others: Vec::new() }),
            (Ok(email), Some(found)) => found.add(email),
            (Err(why), _) => fault = fault.or(Some(why)),
        }
    }
    found.ok_or_else(|| fault.unwrap_or_else(|| text.parse::<Email>().err().unwrap_or(EmailFault::NoAt)))
}

impl Found {
    fn add(&mut self, email: Email) {
        let is_known =
            |mailbox: &str| self.email.mailbox() == mailbox || self.others.iter().any(|one| one.mailbox() == mailbox);
        if !is_known(&email.mailbox()) {
            self.others.push(email);
        }
    }
}

/// Whether nothing is wrapped around what the cell holds.
fn is_plain(cell: &str) -> bool {
    cell.starts_with(|letter: char| letter.is_ascii_alphanumeric())
        && cell.ends_with(|letter: char| letter.is_ascii_alphanumeric())
}

/// "ann @ acme.example" and "ann%40acme.example" in one piece.
fn joined(text: &str) -> String {
    let text = if text.contains('@') { text.to_owned() } else { text.replace("%40", "@") };
    match text.split_once('@') {
        Some((before, after)) if !after.contains('@') => format!("{}@{}", before.trim_end(), after.trim_start()),
        _ => text,
    }
}

/// Signs that stand between addresses, or around one.
const AROUND: [char; 13] = ['<', '>', '(', ')', '[', ']', '{', '}', '"', ',', ';', '|', '“'];

/// The pieces of a cell that could be addresses. A piece that follows a bare word is none: of "ann lee@acme.example" nothing says that
/// "lee" is meant.
fn candidates(text: &str) -> impl Iterator<Item = Result<&str, EmailFault>> {
    text.split(|letter| AROUND.contains(&letter) || letter == '\n' || letter == '\r').flat_map(|part| {
        let mut follows_a_word = false;
        part.split_whitespace().flat_map(parts_at_slashes).filter_map(move |piece| {
            let broken = std::mem::replace(&mut follows_a_word, is_bare_word(piece));
            let is_address = piece.contains('@');
            is_address.then(|| if broken { Err(EmailFault::ForbiddenCharacter) } else { Ok(bare(piece)) })
        })
    })
}

/// "ann@acme.example/bo@acme.example" are two; a slash in a single address stays.
fn parts_at_slashes(piece: &str) -> impl Iterator<Item = &str> {
    let several = piece.matches('@').count() > 1;
    piece.split(move |letter| several && letter == '/')
}

/// Whether a piece could be the beginning of an address that a blank cut off.
fn is_bare_word(piece: &str) -> bool {
    !piece.contains('@') && piece.ends_with(char::is_alphanumeric) && !piece.chars().all(char::is_numeric)
}

/// A piece without `mailto:`, quotes, and signs behind it.
fn bare(piece: &str) -> &str {
    let is_sign = |letter: char| !letter.is_alphanumeric();
    let piece =
        piece.trim_start_matches(|letter: char| is_sign(letter) && letter != '_' && letter != '+' && letter != '@');
    let piece = match piece.split_once(':') {
        Some((scheme, rest)) if is_scheme(scheme) => rest.trim_start_matches(['/', '\'']),
        _ => piece,
    };
    let piece = piece.split_once('?').map_or(piece, |(address, _)| address);
    match piece.ends_with('@') {
        true => piece,
        false => piece.trim_end_matches(|letter: char| is_sign(letter) && letter != '@'),
    }
}

fn is_scheme(text: &str) -> bool {
    ["mailto", "email", "e-mail", "mail", "smtp"].iter().any(|scheme| text.eq_ignore_ascii_case(scheme))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(cell: &str) -> Vec<String> {
        find(cell).map_or_else(
            |fault| panic!("{cell:?}: {fault}"),
            |found| std::iter::once(found.email).chain(found.others).map(String::from).collect(),
        )
    }

    #[test]
    fn the_address_is_found_in_its_wrapping() {
        for cell in [
            "ann@acme.example",
            " ann@acme.example ",
            "mailto:ann@acme.example",
            "MAILTO:ann@acme.example?subject=Hello",
            "mailto:ann%40acme.example",
            "Ann Lee <ann@acme.example>",
            "\"Lee, Ann\" <ann@acme.example>",
            "<ann@acme.example>",
            "ann@acme.example.",
            "ann@acme.example,",
            "ann@acme.example;",
            "ann@acme.example (work)",
            "ann @ acme.example",
            "'ann@acme.example'",
            "'ann@acme.example",
            "‘ann@acme.example’",
            "“ann@acme.example”",
            "`ann@acme.example`",
            "\"ann@acme.example\"",
            "Email: ann@acme.example",
            "ann＠acme.example",
            "ａｎｎ@acme．example",
            "\u{200b}ann@acme.example\u{ad}",
            "ann@acme.example / ann@acme.example",
            "ann@acme.example <ann@acme.example>",
        ] {
            assert_eq!(found(cell), ["ann@acme.example"], "{cell:?}");
        }
        assert_eq!(found("siobhan.o'hara@green.example"), ["siobhan.o'hara@green.example"]);
        assert_eq!(found("_ann@acme.example"), ["_ann@acme.example"]);
    }

    #[test]
    fn of_several_the_first_sound_one_is_taken_and_the_others_are_told() {
        for cell in [
            "ann@acme.example; bo@acme.example",
            "ann@acme.example, bo@acme.example",
            "ann@acme.example ::: bo@acme.example",
            "ann@acme.example / bo@acme.example",
            "ann@acme.example/bo@acme.example",
            "ann@acme.example\r\nbo@acme.example",
            "ann@acme.example | bo@acme.example",
            "ann@acme.example bo@acme.example",
            "broken@, ann@acme.example, bo@acme.example",
        ] {
            assert_eq!(found(cell), ["ann@acme.example", "bo@acme.example"], "{cell:?}");
        }
    }

    #[test]
    fn what_is_no_address_says_why() {
        use EmailFault as F;
        for (cell, fault) in [
            ("", F::Empty),
            (" \u{200b}", F::Empty),
            ("n/a", F::NoAt),
            ("ann lee@acme.example", F::ForbiddenCharacter),
            ("two@at@acme.example", F::SeveralAt),
            ("@acme.example", F::NoName),
            ("ann@", F::NoDomain),
            ("ann@acme", F::DomainWithoutDot),
            ("ann..lee@acme.example", F::MisplacedDot),
        ] {
            assert_eq!(find(cell), Err(fault), "{cell:?}");
        }
    }
}
