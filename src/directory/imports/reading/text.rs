//! A file as text, piece by piece, whatever it was written in.

use std::{collections::VecDeque, io, io::BufRead};

use encoding_rs::{Decoder, DecoderResult, WINDOWS_1252};

use super::{
    charset::{Charset, Coding},
    dos::Page,
};

/// Bytes that are decoded at once.
const PIECE: usize = 32 << 10;

/// The byte-order mark of UTF-8. Some programs write it in front of other encodings, too.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// Decodes a file. What is no sound text becomes letters all the same, and its place is remembered.
pub struct TextSource<R> {
    source: R,
    charset: Charset,
    letters: Letters,
    /// The last bytes of the piece before: a broken letter may have begun in it.
    before: Vec<u8>,
    /// Bytes of text so far.
    written: u64,
    /// Where in the text something was no sound letter.
    doubts: VecDeque<u64>,
    begun: bool,
    ended: bool,
}

/// What makes letters of bytes.
enum Letters {
    Web(Decoder),
    Dos(&'static Page),
}

impl<R: BufRead> TextSource<R> {
    pub fn new(source: R, charset: Charset) -> Self {
        let letters = match charset.coding() {
            Coding::Web(encoding) => Letters::Web(encoding.new_decoder_without_bom_handling()),
            Coding::Dos(page) => Letters::Dos(page),
        };
        Self {
            source,
            charset,
            letters,
            before: Vec::new(),
            written: 0,
            doubts: VecDeque::new(),
            begun: false,
            ended: false,
        }
    }

    /// Appends the next piece of the text. False at the end.
    ///
    /// # Errors
    /// The disk's.
    pub fn append_to(&mut self, text: &mut String) -> io::Result<bool> {
        if self.ended {
            return Ok(false);
        }
        if !self.begun {
            self.begun = true;
            if !self.charset.is_utf16() {
                while self.source.fill_buf()?.starts_with(MARK) {
                    self.source.consume(MARK.len());
                }
            }
        }
        let bytes = self.source.fill_buf()?;
        self.ended = bytes.is_empty();
        let taken = bytes.len().min(PIECE);
        let start = text.len();
        let mut doubts = Vec::new();
        match &mut self.letters {
            Letters::Web(decoder) => {
                decode(decoder, (&self.before, &bytes[..taken]), self.charset, text, &mut doubts);
            }
            Letters::Dos(page) => page.decode(&bytes[..taken], text),
        }
        self.doubts.extend(doubts.into_iter().map(|at| self.written + (at - start) as u64));
        self.written += (text.len() - start) as u64;
        self.before.extend_from_slice(&bytes[taken.saturating_sub(4)..taken]);
        self.before.drain(..self.before.len().saturating_sub(4));
        self.source.consume(taken);
        Ok(true)
    }

    /// Whether something before `end` (in bytes of text) was no sound letter; it is forgotten then.
    pub fn doubted_before(&mut self, end: u64) -> bool {
        let mut doubted = false;
        while self.doubts.front().is_some_and(|at| *at < end) {
            self.doubts.pop_front();
            doubted = true;
        }
        doubted
    }
}

/// Decodes `bytes` (after `before`, the end of the piece before them; an empty piece ends the text) and notes where they
/// are no sound text. A stray byte among UTF-8 is one of Windows: such cells were pasted from its programs.
fn decode(
    decoder: &mut Decoder,
    (before, bytes): (&[u8], &[u8]),
    charset: Charset,
    text: &mut String,
    doubts: &mut Vec<usize>,
) {
    let mut at = 0;
    loop {
        text.reserve(decoder.max_utf8_buffer_length_without_replacement(bytes.len() - at).unwrap_or(PIECE * 4));
        let (outcome, read) = decoder.decode_to_string_without_replacement(&bytes[at..], text, bytes.is_empty());
        at += read;
        match outcome {
            DecoderResult::InputEmpty => return,
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(length, after) => {
                doubts.push(text.len());
                let (length, after) = (usize::from(length), usize::from(after));
                let end = before.len() + at - after;
                let stray = (end.saturating_sub(length)..end).filter_map(|place| {
                    before.get(place).or_else(|| bytes.get(place.checked_sub(before.len())?)).copied()
                });
                match charset {
                    Charset::Utf8 => text.extend(stray.map(letter_of_windows)),
                    _ => text.push(char::REPLACEMENT_CHARACTER),
                }
            }
        }
    }
}

fn letter_of_windows(byte: u8) -> char {
    let (text, _) = WINDOWS_1252.decode_without_bom_handling(std::slice::from_ref(&byte));
    text.chars().next().unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// Bytes as text, all at once: for samples.
pub(super) fn decoded(bytes: &[u8], charset: Charset) -> String {
    let mut source = TextSource::new(bytes, charset);
    let mut text = String::new();
    // Memory has no errors of a disk.
    while source.append_to(&mut text).unwrap_or(false) {}
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_charset_becomes_text_without_a_mark() {
        let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        assert_eq!(decoded("\u{feff}email;Zoë".as_bytes(), Charset::Utf8), "email;Zoë");
        assert_eq!(
            decoded(&utf16("email,Zoë"), Charset::Utf16LittleEndian),
            "email,Zoë",
            "the mark of UTF-16 is taken away where rows begin"
        );
        assert_eq!(decoded(b"email,Zo\xeb", Charset::Windows1252), "email,Zoë");
        assert_eq!(decoded(b"\xef\xbb\xbfemail,Zo\xeb", Charset::Windows1252), "email,Zoë");
        assert_eq!(decoded(b"\x83\x81\x81[\x83\x8b", Charset::ShiftJis), "メール");
        assert_eq!(decoded(b"\xef\xbb\xbfM\x81ller", Charset::Ibm850), "Müller");
    }

    #[test]
    fn a_stray_byte_becomes_a_letter_and_its_place_is_known() {
        let mut source = TextSource::new(b"Zo\xc3\xab,Zo\xeb,Zo\xc3\xab".as_slice(), Charset::Utf8);
        let mut text = String::new();
        while source.append_to(&mut text).unwrap() {}
        assert_eq!(text, "Zoë,Zoë,Zoë");
        assert!(!source.doubted_before(5));
        assert!(source.doubted_before(9));
        assert!(!source.doubted_before(u64::MAX));
    }

    #[test]
    fn a_broken_letter_between_two_pieces_is_read_like_any_other() {
        for length in PIECE - 4..PIECE + 4 {
            let mut bytes = vec![b'x'; length];
            bytes.extend_from_slice(b"\xe4\xb8y\xfc"); // two stray bytes, then one
            assert_eq!(decoded(&bytes, Charset::Utf8)[length..], *"ä¸yü", "{length}");
        }
    }
}
