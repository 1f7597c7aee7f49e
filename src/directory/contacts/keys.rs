//! Comparing text the way people do: without case, accents, punctuation or doubled spaces.

use std::borrow::Cow;

use crate::email::is_invisible;

/// The comparison form of a text: lower case, Latin letters without accents, words separated by one space.
/// `+` and `#` stay when they end a word (C++, C#); apostrophes vanish (O'Neill = ONeill).
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut gap = false;
    for letter in text.chars().flat_map(char::to_lowercase) {
        match letter {
            '\'' | '’' | 'ʼ' | '`' | '\u{300}'..='\u{36f}' => {}
            '+' | '#' if !gap && !folded.is_empty() => folded.push(letter),
            _ if letter.is_alphanumeric() => {
                if gap && !folded.is_empty() {
                    folded.push(' ');
                }
                gap = false;
                match plain_latin(letter) {
                    Some(plain) => folded.push_str(plain),
                    None => folded.push(letter),
                }
            }
            _ => gap = true,
        }
    }
    folded
}

/// The key under which industries are the same: "COMPUTER_AND_NETWORK_SECURITY" = "Computer & Network Security".
pub fn industry_key(name: &str) -> String {
    let folded = fold(name);
    folded.split(' ').filter(|word| *word != "and").collect::<Vec<_>>().join(" ")
}

/// The key under which towns and regions are the same; a few big cities answer to both of their names.
pub fn place_key(name: &str) -> String {
    let folded = fold(name);
    match CITY_NAMES.iter().find(|(local, _)| *local == folded) {
        Some((_, english)) => (*english).to_owned(),
        None => folded,
    }
}

/// One line of clean text: control characters and runs of white space become one space, the ends are trimmed, and signs that are not seen
/// vanish. Joiners stay: some scripts need them.
pub fn one_line(text: &str) -> String {
    let is_gone = |letter: char| is_invisible(letter) && !matches!(letter, '\u{200c}' | '\u{200d}' | '\u{fe0f}');
    let text = match text.is_ascii() || !text.contains(is_gone) {
        true => Cow::Borrowed(text),
        false => Cow::Owned(text.replace(is_gone, "")),
    };
    text.split(|letter: char| letter.is_whitespace() || letter.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

const CITY_NAMES: [(&str, &str); 25] = [
    ("munchen", "munich"),
    ("muenchen", "munich"),
    ("koln", "cologne"),
    ("koeln", "cologne"),
    ("nurnberg", "nuremberg"),
    ("wien", "vienna"),
    ("zurich", "zurich"),
    ("zuerich", "zurich"),
    ("geneve", "geneva"),
    ("genf", "geneva"),
    ("praha", "prague"),
    ("warszawa", "warsaw"),
    ("lisboa", "lisbon"),
    ("roma", "rome"),
    ("milano", "milan"),
    ("torino", "turin"),
    ("firenze", "florence"),
    ("kobenhavn", "copenhagen"),
    ("bruxelles", "brussels"),
    ("brussel", "brussels"),
    ("den haag", "the hague"),
    ("frankfurt am main", "frankfurt"),
    ("bangalore", "bengaluru"),
    ("bombay", "mumbai"),
    ("new york city", "new york"),
];

/// The unaccented spelling of a lower-case Latin letter that has one.
fn plain_latin(letter: char) -> Option<&'static str> {
    Some(match letter {
        'à'..='å' | 'ā' | 'ă' | 'ą' | 'ǎ' | 'ạ'..='ặ' => "a",
        'æ' => "ae",
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => "c",
        'ď' | 'đ' | 'ð' => "d",
        'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' | 'ẹ'..='ệ' => "e",
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => "g",
        'ĥ' | 'ħ' => "h",
        'ì'..='ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' | 'ǐ' | 'ỉ' | 'ị' => "i",
        'ĵ' => "j",
        'ķ' => "k",
        'ĺ' | 'ļ' | 'ľ' | 'ŀ' | 'ł' => "l",
        'ñ' | 'ń' | 'ņ' | 'ň' => "n",
        'ò'..='ö' | 'ø' | 'ō' | 'ŏ' | 'ő' | 'ǒ' | 'ơ' | 'ọ'..='ợ' => "o",
        'œ' => "oe",
        'ŕ' | 'ŗ' | 'ř' => "r",
        'ś' | 'ŝ' | 'ş' | 'š' | 'ș' => "s",
        'ß' => "ss",
        'ţ' | 'ť' | 'ŧ' | 'ț' => "t",
        'þ' => "th",
        'ù'..='ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' | 'ǔ' | 'ư' | 'ụ'..='ự' => "u",
        'ŵ' => "w",
        'ý' | 'ÿ' | 'ŷ' | 'ỳ'..='ỹ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_accents_and_punctuation_do_not_matter() {
        assert_eq!(fold("  Île-de-France "), "ile de france");
        assert_eq!(fold("São Paulo"), fold("SAO PAULO"));
        assert_eq!(fold("Yılmaz İnşaat"), "yilmaz insaat");
        assert_eq!(fold("O'Neill & Søn"), "oneill son");
        assert_eq!(fold("C++, C#"), "c++ c#");
        assert_eq!(fold("e\u{301}cole"), "ecole");
        assert_eq!(fold("***"), "");
        assert_eq!(fold("東京 株式会社"), "東京 株式会社");
    }

    #[test]
    fn industries_are_compared_without_and() {
        assert_eq!(industry_key("LEISURE,_TRAVEL_AND_TOURISM"), industry_key("Leisure, Travel & Tourism"));
    }

    #[test]
    fn a_city_answers_to_both_names() {
        assert_eq!(place_key("München"), place_key("Munich"));
    }

    #[test]
    fn one_line_collapses_white_space() {
        assert_eq!(one_line("  Marketing\r\n\tDirector\u{0} "), "Marketing Director");
        assert_eq!(one_line("\u{200f}ليلى\u{200b} حداد\u{feff}"), "ليلى حداد");
    }
}
