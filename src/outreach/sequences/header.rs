//! The fields of a mail's head: folded, and as encoded words where they are not ASCII (RFC 5322 section 2.2.3, RFC 2047).

use super::transfer::base64;

/// Where a line is folded, if a space allows it (RFC 5322 section 2.1.1, RFC 2047 section 2).
const LINE: usize = 76;
/// The longest word that is written as it is.
const WORD_MAX: usize = 60;
/// The longest that one character becomes in an encoded word: four bytes as `=F0=9F=98=80`.
const LETTER_MAX: usize = 12;

/// The head of a mail in the making.
#[derive(Default)]
pub(super) struct Head {
    bytes: String,
    column: usize,
}

impl Head {
    /// Begins the field `name`.
    pub(super) fn field(&mut self, name: &str) -> &mut Self {
        self.end();
        self.bytes.push_str(name);
        self.bytes.push(':');
        self.column = name.len() + 1;
        self
    }

    /// Adds a word after a space, on the next line if this one is full.
    pub(super) fn word(&mut self, word: &str) -> &mut Self {
        if self.column + 1 + word.len() > LINE && !self.bytes.ends_with(':') {
            self.bytes.push_str("\r\n");
            self.column = 0;
        }
        self.bytes.push(' ');
        self.bytes.push_str(word);
        self.column += 1 + word.len();
        self
    }

    /// Adds a text that people read: a subject.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        if reads_as_itself(text) { self.words(text) } else { self.encoded(text) }
    }

    /// Adds the name before an address.
    pub(super) fn phrase(&mut self, name: &str) -> &mut Self {
        if !reads_as_itself(name) {
            return self.encoded(name);
        }
        if name.chars().all(|letter| letter.is_ascii_alphanumeric() || " !#$%&'*+-/=?^_`{|}~".contains(letter)) {
            return self.words(name);
        }
        self.words(&format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\"")))
    }

    fn words(&mut self, text: &str) -> &mut Self {
        for word in text.split(' ') {
            self.word(word);
        }
        self
    }

    /// Adds encoded words, as many as are needed. None splits a character, and readers join them without a space.
    fn encoded(&mut self, text: &str) -> &mut Self {
        let in_quoted: usize = text.chars().map(|letter| quoted(letter).len()).sum();
        let (open, encode) = if in_quoted <= text.len().div_ceil(3) * 4 {
            ("=?utf-8?q?", quoted_word as fn(&str) -> String)
        } else {
            ("=?utf-8?b?", base64_word as fn(&str) -> String)
        };
        let room_after = |column: usize| LINE.saturating_sub(column + " ".len() + open.len() + "?=".len());
        let mut rest = text;
        while !rest.is_empty() {
            let room = Some(room_after(self.column)).filter(|room| *room >= LETTER_MAX).unwrap_or(room_after(0));
            let ends = rest.char_indices().map(|(at, letter)| at + letter.len_utf8());
            let (now, later) =
                rest.split_at(ends.take_while(|end| encode(&rest[..*end]).len() <= room).last().unwrap_or(rest.len()));
            self.word(&format!("{open}{}?=", encode(now)));
            rest = later;
        }
        self
    }

    fn end(&mut self) {
        if !self.bytes.is_empty() {
            self.bytes.push_str("\r\n");
        }
    }

    /// The head with the empty line that ends it.
    pub(super) fn finished(mut self) -> Vec<u8> {
        self.end();
        self.bytes.push_str("\r\n");
        self.bytes.into_bytes()
    }
}

/// Whether a text can be written as it is: words of printable ASCII, one space between them, that cannot be mistaken for an encoded word.
fn reads_as_itself(text: &str) -> bool {
    let is_word =
        |word: &str| !word.is_empty() && word.len() <= WORD_MAX && word.bytes().all(|byte| byte.is_ascii_graphic());
    !text.contains("=?") && text.split(' ').all(is_word)
}

/// One character in the Q encoding, with what phrases may hold (RFC 2047 section 5, rule 3).
fn quoted(letter: char) -> String {
    match letter {
        ' ' => "_".to_owned(),
        _ if letter.is_ascii_alphanumeric() || "!*+-/".contains(letter) => letter.to_string(),
        _ => letter.encode_utf8(&mut [0; 4]).bytes().map(|byte| format!("={byte:02X}")).collect(),
    }
}

fn quoted_word(text: &str) -> String {
    text.chars().map(quoted).collect()
}

fn base64_word(text: &str) -> String {
    base64(text.as_bytes())
}
