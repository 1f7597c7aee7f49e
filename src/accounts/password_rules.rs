//! What a new password must not be: too short, a book, one that many people use, or one made of what everyone knows.
//!
//! Length counts, and lists of what was found in breaches (NIST SP 800-63B, section 3.1.1.2); no rules about digits and signs.

use std::sync::LazyLock;

/// Fewest characters of a new password.
pub const PASSWORD_CHARACTERS_MIN: usize = 10;
/// Most characters of a new password: room for any passphrase, but not for a book.
pub const PASSWORD_CHARACTERS_MAX: usize = 200;

/// Letters that must be left when the words that everyone knows are taken out.
const OWN_LETTERS_MIN: usize = 4;
/// Parts of an address as short as this one are in too many words.
const PART_CHARACTERS_MIN: usize = 3;
/// Longest piece that a password may not consist of alone: `abcabcabcabc`.
const REPEATED_MAX: usize = 4;
const PRODUCT: &str = "fairlead";
const ROWS: [&str; 5] = [
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
];

/// Sorted.
static COMMON: LazyLock<Vec<&str>> =
    LazyLock::new(|| include_str!("data/common-passwords.txt").lines().filter(|line| !line.starts_with('#')).collect());

/// What is wrong with a new password of the account of `email`, if anything.
pub fn fault_of(password: &str, email: &str) -> Option<String> {
    let characters = password.chars().count();
    if characters == 0 {
        return Some(format!("Choose a password with at least {PASSWORD_CHARACTERS_MIN} characters."));
    }
    if characters < PASSWORD_CHARACTERS_MIN {
        return Some(format!("This password is too short: use at least {PASSWORD_CHARACTERS_MIN} characters."));
    }
    if characters > PASSWORD_CHARACTERS_MAX {
        return Some(format!("This password is too long: use at most {PASSWORD_CHARACTERS_MAX} characters."));
    }
    let lower = password.to_lowercase();
    if repeated_piece(&lower).is_some_and(|piece| piece.chars().count() <= REPEATED_MAX || is_common(&piece)) {
        return Some("This password repeats the same characters. Use several words, for example.".into());
    }
    if lower == email {
        return Some("This password is your email address. Choose one that others do not know.".into());
    }
    if is_common(&lower) {
        return Some("Many people use this password, so it is guessed first. Use several words, for example.".into());
    }
    if is_known(&lower, email) || is_known(&plain(&lower), email) {
        return Some(
            "This password is made of your email address or of “Fairlead”. Choose one that others do not know.".into(),
        );
    }
    None
}

/// With the letters for which people write digits and signs.
fn plain(lower: &str) -> String {
    let letter = |letter| match letter {
        '@' | '4' => 'a',
        '3' => 'e',
        '1' | '!' => 'i',
        '0' => 'o',
        '$' | '5' => 's',
        '7' => 't',
        other => other,
    };
    lower.chars().map(letter).collect()
}

/// The piece that it is made of, when it is one again and again.
fn repeated_piece(text: &str) -> Option<String> {
    let letters: Vec<char> = text.chars().collect();
    let repeats = |length: &usize| letters.iter().zip(&letters[*length..]).all(|(one, other)| one == other);
    (1..=letters.len() / 2).find(repeats).map(|length| letters[..length].iter().collect())
}

/// Whether it is on the list, a word of the list between digits and signs, or a run of the alphabet or of a keyboard.
fn is_common(lower: &str) -> bool {
    let word = lower.trim_matches(|letter: char| !letter.is_alphabetic());
    let reversed: String = lower.chars().rev().collect();
    [lower, word, &plain(lower), &plain(word)].iter().any(|word| COMMON.binary_search(word).is_ok())
        || ROWS.iter().any(|row| row.contains(lower) || row.contains(&reversed))
}

/// Whether hardly a letter is left without the parts of the address and the name of the product.
fn is_known(text: &str, email: &str) -> bool {
    let mut parts: Vec<&str> = email.split(|letter: char| !letter.is_alphanumeric()).collect();
    parts.extend(email.split('@'));
    parts.push(PRODUCT);
    parts.retain(|part| part.chars().count() >= PART_CHARACTERS_MIN && text.contains(part));
    parts.sort_by_key(|part| std::cmp::Reverse(part.len()));
    let left = parts.iter().fold(text.to_owned(), |left, part| left.replace(part, ""));
    !parts.is_empty() && left.chars().filter(|letter| letter.is_alphabetic()).count() < OWN_LETTERS_MIN
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(password: &str) -> Option<String> {
        fault_of(password, "uma.rossi@acme.example")
    }

    #[test]
    fn a_new_password_is_long_enough_and_not_a_book() {
        assert!(fault("").unwrap().contains("at least 10"));
        assert!(fault("ninechars").unwrap().contains("too short"));
        assert!(fault("pässwörter").is_none(), "characters count, not bytes");
        assert!(fault(&"a new word ".repeat(18)).is_none());
        assert!(fault(&"a new word ".repeat(19)).unwrap().contains("too long"));
        assert!(fault("aaaaaaaaaaaa").unwrap().contains("repeats"));
        assert!(fault("abcabcabcabc").unwrap().contains("repeats"));
    }

    #[test]
    fn what_many_people_use_is_refused_also_with_digits_and_signs_around() {
        for password in [
            "password123",
            "Password2026!",
            "P@ssw0rd2026",
            "1234567890",
            "qwertyuiop",
            "iloveyou123",
            "letmein12345",
            "welcome2026",
            "0987654321",
            "abcdefghijkl",
            "monkey-1234",
            "2026Summer!!",
            "trustno1trustno1",
        ] {
            let fault = fault(password).unwrap_or_else(|| panic!("{password} is taken"));
            assert!(fault.contains("Many people") || fault.contains("repeats"), "{password}: {fault}");
        }
    }

    #[test]
    fn what_everyone_knows_of_a_person_is_refused() {
        assert!(fault("Uma.Rossi@acme.example").unwrap().contains("email address"));
        for password in ["uma.rossi2026", "rossi-acme-1", "Fairlead2026", "F41rlead-acme", "acmefairlead!"] {
            assert!(fault(password).unwrap_or_default().contains("made of"), "{password}");
        }
        assert!(fault_of("fairlead2026", "").unwrap().contains("made of"));
    }

    #[test]
    fn words_of_ones_own_are_taken() {
        for password in [
            "correct horse battery",
            "fair leads for everyone",
            "rossi likes green tea",
            "k7#mQz!pw2Vd",
            "another five words to know",
        ] {
            assert_eq!(fault(password), None, "{password}");
        }
    }

    #[test]
    fn the_list_is_sorted_and_long() {
        assert!(COMMON.is_sorted() && COMMON.len() > 30_000);
    }
}
