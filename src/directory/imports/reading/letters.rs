//! How much a decoded text looks like names, titles and towns: the evidence for an encoding.

use super::{
    charset::{Charset, Coding},
    languages::{CYRILLIC_FREQUENT, JAPANESE, KOREAN, LATIN, SIMPLIFIED, TRADITIONAL, weight},
};

/// What no sound text has: a control character, or a letter that could not be decoded.
const IMPOSSIBLE: f64 = -6.0;

/// How plausible a text is that was decoded from `charset`, for each of its bytes beyond ASCII: about 1 for sound words, less
/// than 0 for a wrong encoding.
pub fn plausibility(text: &str, charset: Charset) -> f64 {
    let letters: Vec<char> = text.chars().collect();
    let mut evidence = Evidence { charset, ..Evidence::default() };
    let mut at = 0;
    while at < letters.len() {
        let end = at + letters[at..].iter().take_while(|letter| is_of_word(**letter)).count();
        if end > at {
            evidence.word(&letters[at..end]);
            at = end;
        } else {
            let before = at.checked_sub(1).map_or(' ', |before| letters[before]);
            let after = letters.get(at + 1).copied().unwrap_or(' ');
            evidence.sign(before, letters[at], after);
            at += 1;
        }
    }
    evidence.mean()
}

fn is_of_word(letter: char) -> bool {
    letter.is_alphabetic() || is_mark(letter)
}

/// Accents and vowels that stand with the letter before.
fn is_mark(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5c7}' | '\u{64b}'..='\u{65f}' | '\u{e31}' | '\u{e34}'..='\u{e3a}' | '\u{e47}'..='\u{e4e}' | 'ー')
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Script {
    Latin,
    Cyrillic,
    Greek,
    Hebrew,
    Arabic,
    Thai,
    EastAsian,
    Hangul,
    Other,
}

fn script(letter: char) -> Script {
    match letter {
        '\u{0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' | '\u{300}'..='\u{36f}' | '\u{ff21}'..='\u{ff5a}' => {
            Script::Latin
        }
        '\u{370}'..='\u{3ff}' => Script::Greek,
        '\u{400}'..='\u{52f}' => Script::Cyrillic,
        '\u{590}'..='\u{5ff}' => Script::Hebrew,
        '\u{600}'..='\u{6ff}' => Script::Arabic,
        '\u{e00}'..='\u{e7f}' => Script::Thai,
        '\u{ac00}'..='\u{d7a3}' => Script::Hangul,
        '\u{3000}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{ff66}'..='\u{ff9f}' => {
            Script::EastAsian
        }
        _ => Script::Other,
    }
}

#[derive(Default)]
struct Evidence {
    charset: Charset,
    /// What does not depend on a language, and what the best language of each word says.
    points: f64,
    /// What each language says of all Latin words together: the words of a file are mostly of one.
    languages: [f64; LATIN.len()],
    words: f64,
    /// Bytes beyond ASCII.
    bytes: f64,
}

impl Evidence {
    fn mean(&self) -> f64 {
        if self.bytes == 0.0 {
            return 0.0;
        }
        let one_language = self.languages.iter().copied().fold(f64::MIN, f64::max);
        (self.points + 0.5 * self.words + 0.5 * one_language) / self.bytes
    }

    fn word(&mut self, word: &[char]) {
        if word.iter().all(char::is_ascii) {
            return;
        }
        self.points += case_faults(word);
        let first = script(word[0]);
        let is_mixed = word.iter().any(|letter| script(*letter) != first);
        if is_mixed && !self.charset.is_double_byte() {
            self.points -= 3.0;
        }
        // `In尽`: small Latin letters do not stand beside those of Eastern Asia.
        let is_clash = |pair: &[char]| {
            let is_small = |letter: &char| letter.is_lowercase() && script(*letter) == Script::Latin;
            let is_eastern = |letter: &char| matches!(script(*letter), Script::EastAsian | Script::Hangul);
            pair.iter().any(is_small) && pair.iter().any(is_eastern)
        };
        self.points -= word.windows(2).filter(|pair| is_clash(pair)).count() as f64;
        // Greek words in small letters have an accent.
        let is_accented = |letter: &char| "άέήίόύώϊϋΐΰ".contains(*letter);
        let is_small_greek =
            first == Script::Greek && word.len() > 2 && word[1..].iter().all(|letter| letter.is_lowercase());
        if is_small_greek && !word.iter().any(is_accented) && !word[0].is_uppercase() {
            self.points -= 0.4 * word.len() as f64;
        }
        let mut by_language = [0.0; LATIN.len()];
        for (place, letter) in word.iter().enumerate().filter(|(_, letter)| !letter.is_ascii()) {
            self.bytes += self.width(*letter);
            match script(*letter) {
                Script::Latin => {
                    let small = letter.to_lowercase().next().unwrap_or(*letter);
                    let small = if *letter == 'İ' { 'ı' } else { small };
                    let next = word.get(place + 1).copied().unwrap_or(' ');
                    for (points, language) in by_language.iter_mut().zip(&LATIN) {
                        *points += weight(language, small, next);
                    }
                }
                Script::Cyrillic => {
                    let is_frequent = letter.to_lowercase().all(|small| CYRILLIC_FREQUENT.contains(small));
                    self.points += if is_frequent { 1.0 } else { 0.6 };
                }
                Script::Greek => self.points += if *letter == 'ς' && place + 1 < word.len() { -1.0 } else { 1.0 },
                Script::Hebrew | Script::Arabic => self.points += 1.0,
                Script::Thai => self.points += if is_mark(*letter) && place == 0 { -2.0 } else { 1.0 },
                Script::EastAsian | Script::Hangul => self.points += east_asian(*letter, self.charset),
                Script::Other => self.points -= 1.5,
            }
        }
        self.words += by_language.iter().copied().fold(f64::MIN, f64::max);
        for (total, points) in self.languages.iter_mut().zip(by_language) {
            *total += points;
        }
    }

    /// Bytes of a letter in the file.
    fn width(&self, letter: char) -> f64 {
        let is_wide = self.charset.is_double_byte() && !matches!(letter, '\u{ff61}'..='\u{ff9f}');
        if is_wide { 2.0 } else { 1.0 }
    }

    fn sign(&mut self, before: char, sign: char, after: char) {
        if sign.is_ascii() {
            return;
        }
        self.bytes += self.width(sign);
        let beside_letter = before.is_alphabetic() || after.is_alphabetic();
        let between_letters = before.is_alphabetic() && after.is_alphabetic();
        let beside_digit = before.is_ascii_digit() || after.is_ascii_digit();
        self.points += match sign {
            '\u{80}'..='\u{9f}' | char::REPLACEMENT_CHARACTER | '\u{e000}'..='\u{f8ff}' => IMPOSSIBLE,
            '\u{a0}' | '\u{3000}'..='\u{3011}' | '・' => 0.4,
            '\u{ff01}'..='\u{ff0f}' | '\u{ff10}'..='\u{ff1a}' => 0.4,
            '’' if between_letters => 0.6,
            '“' | '”' | '‘' | '’' | '«' | '»' | '„' if !between_letters => 0.3,
            '–' | '—' | '…' | '•' | '·' if !between_letters => 0.3,
            'º' | 'ª' if beside_digit || before.is_alphabetic() && !after.is_alphabetic() => 0.2,
            '®' | '™' | '©' if before.is_alphabetic() && !after.is_alphabetic() => 0.1,
            '€' | '£' | '¥' | '°' if beside_digit && !beside_letter => 0.3,
            '№' => 0.3,
            _ if beside_letter => -2.5,
            _ => -0.7,
        };
    }
}

/// Small and capital letters in an order that no name has.
fn case_faults(word: &[char]) -> f64 {
    let mut faults = 0.0;
    for pair in word.windows(2) {
        if pair[0].is_lowercase() && pair[1].is_uppercase() && !pair.iter().all(char::is_ascii) {
            faults -= 2.0;
        }
    }
    for three in word.windows(3) {
        let falls = three[0].is_uppercase() && three[1].is_uppercase() && three[2].is_lowercase();
        if falls && !(three[0].is_ascii() && three[1].is_ascii() && three[2].is_ascii()) {
            faults -= 1.2;
        }
    }
    faults
}

/// What a letter of Eastern Asia says about its encoding, by the part of the table that it stands in.
fn east_asian(letter: char, charset: Charset) -> f64 {
    let Coding::Web(encoding) = charset.coding() else { return IMPOSSIBLE };
    let mut letter_bytes = [0; 4];
    let (bytes, _, lossy) = encoding.encode(letter.encode_utf8(&mut letter_bytes));
    let frequent = match charset {
        Charset::ShiftJis | Charset::EucJp | Charset::Iso2022Jp => JAPANESE,
        Charset::Gb18030 => SIMPLIFIED,
        Charset::Big5 => TRADITIONAL,
        Charset::EucKr => KOREAN,
        _ => return if lossy { IMPOSSIBLE } else { 1.0 },
    };
    let bonus = if frequent.contains(letter) { 0.5 } else { 0.0 };
    let for_each_byte = match (charset, bytes.as_ref()) {
        (Charset::ShiftJis, [0x82 | 0x83, _]) | (Charset::EucJp, [0xa4 | 0xa5, _]) => 1.2,
        (Charset::ShiftJis, [0x81, _]) | (Charset::EucJp | Charset::Gb18030 | Charset::EucKr, [0xa1 | 0xa3, _]) => 0.5,
        (Charset::ShiftJis, [0x88..=0x97, _]) | (Charset::EucJp, [0xb0..=0xcf, _]) => 1.0,
        (Charset::ShiftJis, [0x98..=0x9f | 0xe0..=0xea, _]) | (Charset::EucJp, [0xd0..=0xf4, _]) => 0.1,
        (Charset::ShiftJis, [_]) | (Charset::EucJp, [0x8e, _]) => -1.2,
        (Charset::Gb18030, [0xb0..=0xd7, 0xa1..=0xfe]) | (Charset::Big5, [0xa4..=0xc6, _]) => 1.0,
        (Charset::Gb18030, [0xd8..=0xf7, 0xa1..=0xfe]) => 0.1,
        (Charset::Big5, [0xa1..=0xa3, _]) => 0.5,
        (Charset::Big5, [0xc9..=0xf9, _]) => -0.2,
        (Charset::EucKr, [0xb0..=0xc8, 0xa1..=0xfe]) => 1.1,
        (Charset::EucKr, [0xca..=0xfd, 0xa1..=0xfe]) => -0.5,
        (Charset::Iso2022Jp, _) => 1.0,
        _ => -1.5,
    };
    for_each_byte * bytes.len().min(2) as f64 + bonus
}
