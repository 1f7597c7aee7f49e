//! What a cell really says: without the codes of web pages, and nothing where it only says that there is nothing.

use std::borrow::Cow;

use super::mapping::Field;

/// What files write instead of nothing, in lower case.
pub const NOTHING: [&str; 52] = [
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
/// Words for nothing that are also names, when they are written like names: "Nan", not "nan" or "NaN".
pub const NAMES: [&str; 4] = ["Na", "Nan", "Nil", "Brak"];
/// … and those that are last names alone.
const LAST_NAMES: [&str; 2] = ["Null", "None"];
/// Codes of web pages inside codes ("&amp;amp;") are undone this many times.
const LAYERS: usize = 2;

/// Whether a text only says that it says nothing, and is no name.
pub fn says_nothing(text: &str) -> bool {
    is_word_for_nothing(text) && !NAMES.contains(&text.trim())
}

fn is_word_for_nothing(text: &str) -> bool {
    let text = text.trim();
    NOTHING.iter().any(|word| word.len() == text.len() && word.eq_ignore_ascii_case(text))
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
        Field::EmailStatus => !text.trim().eq_ignore_ascii_case("unknown") && is_word_for_nothing(&text),
        // Namibia has the code NA
        Field::Country | Field::HqCountry => !text.trim().eq_ignore_ascii_case("na") && is_word_for_nothing(&text),
        Field::FirstName => says_nothing(&text),
        Field::LastName | Field::FullName => says_nothing(&text) && !LAST_NAMES.contains(&text.trim()),
        _ => is_word_for_nothing(&text),
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
        for text in ["nan", "NaN", "None", "NULL"] {
            assert_eq!(meant(text, Field::FirstName), "", "{text}");
        }
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
