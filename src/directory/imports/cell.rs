//! What a cell really says: without the codes of web pages, and nothing where it only says that there is nothing.

use std::borrow::Cow;

use super::mapping::Field;

/// What files write instead of nothing, in lower case.
const NOTHING: [&str; 52] = [
    "n/a",
    "#n/a",
    "n.a.",
    "n.a",
    "n/d",
    "n.d.",
    "na",
    "nan",
    "null",
    "(null)",
    "<null>",
    "[null]",
    "\\n",
    "nil",
    "none",
    "(none)",
    "undefined",
    "unknown",
    "(unknown)",
    "-",
    "--",
    "---",
    "–",
    "—",
    "_",
    "?",
    "??",
    "???",
    ".",
    "...",
    "…",
    "(blank)",
    "(empty)",
    "[]",
    "{}",
    "#ref!",
    "#value!",
    "#name?",
    "#div/0!",
    "#null!",
    "not available",
    "not applicable",
    "not specified",
    "not provided",
    "k.a.",
    "keine angabe",
    "unbekannt",
    "inconnu",
    "desconocido",
    "sconosciuto",
    "onbekend",
    "brak",
];
/// Words for nothing that are also names, when they are written like names.
const NAMES: [&str; 6] = ["na", "nan", "null", "nil", "none", "brak"];
/// Codes of web pages inside codes ("&amp;amp;") are undone this many times.
const LAYERS: usize = 2;

/// Whether a cell only says that it says nothing. In a column of names "Nan" and "Null" are names, "nan" and "NULL" are not.
pub fn says_nothing(text: &str, is_name: bool) -> bool {
    let text = text.trim();
    let is_one_of =
        |words: &[&str]| words.iter().any(|word| word.len() == text.len() && word.eq_ignore_ascii_case(text));
    let is_written_as_a_name = || text.starts_with(char::is_uppercase) && text.chars().any(char::is_lowercase);
    is_one_of(&NOTHING) && !(is_name && is_one_of(&NAMES) && is_written_as_a_name())
}

/// Undoes the codes that web pages write signs with: "R&amp;D", "Ren&eacute;e".
pub fn decoded(text: &str) -> Cow<'_, str> {
    let mut decoded = Cow::Borrowed(text);
    for _ in 0..LAYERS {
        if !has_code(&decoded) {
            break;
        }
        decoded = Cow::Owned(html_escape::decode_html_entities(&*decoded).into_owned());
    }
    decoded
}

fn has_code(text: &str) -> bool {
    text.split_once('&').is_some_and(|(_, rest)| rest.contains(';'))
}

/// What a cell of a field says.
pub fn meant(text: &str, field: Field) -> Cow<'_, str> {
    let text = decoded(text);
    let is_nothing = match field {
        // "unknown" is what a checker found out; what is no address says itself why
        Field::Email => false,
        Field::EmailStatus => !text.trim().eq_ignore_ascii_case("unknown") && says_nothing(&text, false),
        // Namibia has the code NA
        Field::Country | Field::HqCountry => !text.trim().eq_ignore_ascii_case("na") && says_nothing(&text, false),
        Field::FirstName | Field::LastName | Field::FullName => says_nothing(&text, true),
        _ => says_nothing(&text, false),
    };
    if is_nothing { Cow::Borrowed("") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_nothing_are_nothing() {
        for text in
            ["N/A", "#N/A", "null", "-", "n.a.", "NULL", "undefined", "none", " Unknown ", "NaN", "\\N", "(blank)", "–"]
        {
            assert_eq!(meant(text, Field::Title), "", "{text}");
        }
        for (text, field) in [
            ("Nan", Field::FirstName),
            ("Null", Field::LastName),
            ("unknown", Field::EmailStatus),
            ("NA", Field::Country),
            ("n/a", Field::Email),
            ("Nanette", Field::Title),
        ] {
            assert_eq!(meant(text, field), text);
        }
        assert_eq!(meant("nan", Field::FirstName), "");
    }

    #[test]
    fn codes_of_web_pages_are_undone() {
        assert_eq!(decoded("Ren&eacute;e"), "Renée");
        assert_eq!(decoded("Head of R&amp;D"), "Head of R&D");
        assert_eq!(decoded("M&#38;M Tools"), "M&M Tools");
        assert_eq!(decoded("Smith &amp;amp; Daughters"), "Smith & Daughters");
        assert_eq!(decoded("AT&T; Co"), "AT&T; Co");
        assert_eq!(decoded("a&#0;b"), "a&#0;b");
        assert!(matches!(decoded("Plain & simple"), Cow::Borrowed(_)));
    }
}
