//! One spelling for what looks the same: without invisible signs, full-width letters and doubled ways to write an accent.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

/// Signs that are not seen: zero-width ones, soft hyphens, marks of direction. Copied text is full of them.
pub fn is_invisible(letter: char) -> bool {
    matches!(letter,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}'
        | '\u{2066}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// The text without invisible signs, with letters and punctuation of ordinary width (NFKC), and trimmed.
pub fn visible(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text.trim());
    }
    let seen =
        text.chars().filter(|letter| !is_invisible(*letter)).map(|letter| if letter == '。' { '.' } else { letter });
    Cow::Owned(seen.nfkc().collect::<String>().trim().to_owned())
}

/// An address in its one spelling: visible, lower case, the domain as people read it (RFC 5895) and not in Punycode.
pub fn address(text: &str) -> String {
    let address: String = match visible(text) {
        Cow::Borrowed(ascii) => ascii.to_ascii_lowercase(),
        Cow::Owned(text) => text.to_lowercase().nfc().collect(),
    };
    match address.rsplit_once('@') {
        Some((name, domain)) if !domain.is_ascii() || domain.contains("xn--") => format!("{name}@{}", readable(domain)),
        _ => address,
    }
}

/// The domain with the letters of its language; one that cannot be read so stays.
fn readable(domain: &str) -> String {
    match idna::domain_to_unicode(domain) {
        (readable, Ok(())) => readable,
        _ => domain.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_mailbox_has_one_spelling() {
        assert_eq!(address("info@xn--mller-kva.example"), "info@müller.example");
        assert_eq!(address("INFO@MÜLLER.example"), "info@müller.example");
        assert_eq!(address("jose\u{301}@cafe\u{301}.example"), "josé@café.example");
        assert_eq!(address("\u{200e}ｅｄ@unseen。example\u{a0}"), "ed@unseen.example");
        assert_eq!(address("ann@xn--a.example"), "ann@xn--a.example");
    }
}
