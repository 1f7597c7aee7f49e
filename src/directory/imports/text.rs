//! Reading a file as UTF-8 text in bounded memory, whatever it was written in.

use std::{
    cell::Cell,
    io::{self, BufRead, Read},
    rc::Rc,
};

use encoding_rs::{Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use serde::{Deserialize, Serialize};

/// One row (with its line breaks) may have this many bytes; longer ones are a broken file.
pub const ROW_BYTES_MAX: usize = 1 << 20;

/// What a file was written in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Charset {
    #[default]
    Utf8,
    Utf16LittleEndian,
    Utf16BigEndian,
    Windows1252,
}

impl Charset {
    pub fn label(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16LittleEndian => "UTF-16 (little endian)",
            Self::Utf16BigEndian => "UTF-16 (big endian)",
            Self::Windows1252 => "Windows-1252",
        }
    }

    fn encoding(self) -> &'static Encoding {
        match self {
            Self::Utf8 => UTF_8,
            Self::Utf16LittleEndian => UTF_16LE,
            Self::Utf16BigEndian => UTF_16BE,
            Self::Windows1252 => WINDOWS_1252,
        }
    }

    /// Judges the first bytes of a file and whether all of it is valid UTF-8.
    pub fn detect(start: &[u8], all_is_utf8: bool) -> Self {
        match start {
            [0xff, 0xfe, ..] => Self::Utf16LittleEndian,
            [0xfe, 0xff, ..] => Self::Utf16BigEndian,
            _ if zero_share(start, 1) > 0.4 && zero_share(start, 0) < 0.05 => Self::Utf16LittleEndian,
            _ if zero_share(start, 0) > 0.4 && zero_share(start, 1) < 0.05 => Self::Utf16BigEndian,
            _ if all_is_utf8 => Self::Utf8,
            _ => Self::Windows1252,
        }
    }
}

/// The share of NULs among every second byte, from `offset` on.
fn zero_share(bytes: &[u8], offset: usize) -> f64 {
    let every_second = bytes.iter().skip(offset).step_by(2);
    let all = every_second.len();
    if all < 4 { 0.0 } else { every_second.filter(|byte| **byte == 0).count() as f64 / all as f64 }
}

/// Turns the bytes of a reader into UTF-8 (a byte-order mark is dropped) and refuses to hand out more than
/// [`ROW_BYTES_MAX`] bytes until told that a new row begins: so no row can fill the memory.
pub struct TextReader<R> {
    source: R,
    decoder: Decoder,
    text: Vec<u8>,
    at: usize,
    ended: bool,
    since_row: Rc<Cell<usize>>,
}

/// Tells a [`TextReader`] that a row is complete.
#[derive(Clone)]
pub struct RowMark(Rc<Cell<usize>>);

impl RowMark {
    pub fn row_begins(&self) {
        self.0.set(0);
    }
}

/// The error text by which a row that never ends is known again.
#[derive(Debug)]
pub struct RowTooLong;

impl std::fmt::Display for RowTooLong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "a row is longer than {} kB; a quotation mark may never be closed", ROW_BYTES_MAX >> 10)
    }
}

impl std::error::Error for RowTooLong {}

impl<R: BufRead> TextReader<R> {
    pub fn new(source: R, charset: Charset) -> (Self, RowMark) {
        let since_row = Rc::new(Cell::new(0));
        let reader = Self {
            source,
            decoder: charset.encoding().new_decoder_with_bom_removal(),
            text: Vec::with_capacity(32 << 10),
            at: 0,
            ended: false,
            since_row: Rc::clone(&since_row),
        };
        (reader, RowMark(since_row))
    }

    fn decode_more(&mut self) -> io::Result<()> {
        let bytes = self.source.fill_buf()?;
        let last = bytes.is_empty();
        let taken = bytes.len().min(8 << 10);
        let room = self.decoder.max_utf8_buffer_length(taken).unwrap_or(32 << 10);
        self.text.resize(room, 0);
        let (_, read, written, _) = self.decoder.decode_to_utf8(&bytes[..taken], &mut self.text, last);
        self.text.truncate(written);
        self.at = 0;
        self.source.consume(read);
        self.ended = last;
        Ok(())
    }
}

impl<R: BufRead> Read for TextReader<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.since_row.get() > ROW_BYTES_MAX {
            return Err(io::Error::other(RowTooLong));
        }
        while self.at == self.text.len() && !self.ended {
            self.decode_more()?;
        }
        let given = into.len().min(self.text.len() - self.at);
        into[..given].copy_from_slice(&self.text[self.at..self.at + given]);
        self.at += given;
        self.since_row.set(self.since_row.get() + given);
        Ok(given)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> String {
        let charset = Charset::detect(bytes, std::str::from_utf8(bytes).is_ok());
        let (mut reader, _mark) = TextReader::new(bytes, charset);
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn every_charset_becomes_utf_8_without_a_mark() {
        let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        assert_eq!(read("\u{feff}email;Zoë".as_bytes()), "email;Zoë");
        assert_eq!(read(&utf16("\u{feff}email,Zoë")), "email,Zoë");
        assert_eq!(read(&utf16("email,name\nzoe@x.example,Zoe")), "email,name\nzoe@x.example,Zoe");
        assert_eq!(read(b"email,Zo\xeb"), "email,Zoë");
    }

    #[test]
    fn a_row_without_end_is_refused_before_it_fills_the_memory() {
        let endless = io::BufReader::new(io::repeat(b'x').take(1 << 30));
        let (mut reader, mark) = TextReader::new(endless, Charset::Utf8);
        let mut piece = [0; 8192];
        let mut total = 0;
        let error = loop {
            match reader.read(&mut piece) {
                Ok(read) => total += read,
                Err(error) => break error,
            }
        };
        assert!(total < 2 * ROW_BYTES_MAX);
        assert!(error.to_string().contains("longer than 1024 kB"));
        mark.row_begins();
        assert!(reader.read(&mut piece).is_ok());
    }
}
