//! What is looked at of a file before it is read: its beginning, parts of its middle and end, and lines beyond ASCII from
//! everywhere.

use std::io::{self, Read};

/// Bytes of the beginning that are looked at.
pub const START_BYTES: usize = 64 << 10;
/// Bytes of the middle and of the end, each.
const PART_BYTES: usize = 16 << 10;
/// Bytes of lines beyond ASCII.
const BEYOND_BYTES: usize = 64 << 10;
/// Bytes that are passed over at once, and what of them is kept when something beyond ASCII is in them.
const PIECE: usize = 256 << 10;
const BEYOND_PER_PIECE: usize = 4 << 10;

/// Letters beyond ASCII that are valid UTF-8, and bytes that are not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Utf8 {
    pub sound: u64,
    pub stray: u64,
}

/// The looked-at parts of a file.
#[derive(Debug, Clone, Default)]
pub struct Sample {
    pub bytes: u64,
    pub start: Vec<u8>,
    /// From a line of the middle, and from one near the end; empty when the file is short.
    pub middle: Vec<u8>,
    pub end: Vec<u8>,
    /// Lines with something beyond ASCII, from the whole file.
    pub beyond_ascii: Vec<u8>,
    pub utf8: Utf8,
}

impl Sample {
    /// Passes over a file; `each` gets all of its bytes in order. `length` is how long it should be.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn of(mut file: impl Read, length: u64, mut each: impl FnMut(&[u8])) -> io::Result<Self> {
        let mut sample = Self::default();
        let mut buffer = vec![0; PIECE];
        let mut carried = 0; // bytes of a letter that was cut at the end of the piece before
        loop {
            let read = file.read(&mut buffer[carried..])?;
            let filled = carried + read;
            each(&buffer[carried..filled]);
            sample.note(&buffer[carried..filled], length);
            carried = sample.utf8.count(&buffer[..filled], read == 0);
            if read == 0 {
                return Ok(sample);
            }
            buffer.copy_within(filled - carried..filled, 0);
        }
    }

    fn note(&mut self, piece: &[u8], length: u64) {
        if self.start.len() < START_BYTES {
            self.start.extend_from_slice(&piece[..piece.len().min(START_BYTES - self.start.len())]);
        }
        let is_longer = length > START_BYTES as u64;
        if is_longer {
            let middle = (length / 2).max(START_BYTES as u64) & !1;
            let end = length.saturating_sub(PART_BYTES as u64).max(START_BYTES as u64) & !1;
            keep(&mut self.middle, piece, self.bytes, middle);
            keep(&mut self.end, piece, self.bytes, end);
        }
        self.bytes += piece.len() as u64;
        note_beyond(&mut self.beyond_ascii, piece);
    }

    /// Whether the beginning is all there is.
    pub fn is_whole(&self) -> bool {
        self.bytes <= self.start.len() as u64
    }
}

/// Keeps what of `piece` (which begins at `at`) lies within the part that begins at `from`.
fn keep(part: &mut Vec<u8>, piece: &[u8], at: u64, from: u64) {
    let start = from.saturating_sub(at).min(piece.len() as u64) as usize;
    if part.len() < PART_BYTES && at + piece.len() as u64 > from {
        let room = PART_BYTES - part.len();
        part.extend_from_slice(&piece[start..piece.len().min(start + room)]);
    }
}

/// Keeps lines of `piece` with something beyond ASCII.
fn note_beyond(beyond: &mut Vec<u8>, piece: &[u8]) {
    if beyond.len() >= BEYOND_BYTES || piece.is_ascii() {
        return;
    }
    let limit = (beyond.len() + BEYOND_PER_PIECE).min(BEYOND_BYTES);
    for line in piece.split_inclusive(|byte| matches!(byte, b'\n' | b'\r')).filter(|line| !line.is_ascii()) {
        if beyond.len() + line.len() > limit && !beyond.is_empty() {
            break;
        }
        beyond.extend_from_slice(&line[..line.len().min(limit)]);
    }
}

impl Utf8 {
    /// Counts what is in `bytes`, and returns how many at their end may be the beginning of a letter.
    fn count(&mut self, bytes: &[u8], is_last: bool) -> usize {
        let mut rest = bytes;
        loop {
            match std::str::from_utf8(rest) {
                Ok(sound) => {
                    self.sound += beyond_ascii(sound);
                    return 0;
                }
                Err(error) => {
                    let (sound, broken) = rest.split_at(error.valid_up_to());
                    // What came before the fault is sound.
                    self.sound += beyond_ascii(std::str::from_utf8(sound).unwrap_or_default());
                    match error.error_len() {
                        Some(length) => {
                            self.stray += 1;
                            rest = &broken[length..];
                        }
                        None if is_last => {
                            self.stray += 1;
                            return 0;
                        }
                        None => return broken.len(),
                    }
                }
            }
        }
    }
}

fn beyond_ascii(text: &str) -> u64 {
    if text.is_ascii() {
        return 0;
    }
    // Bytes that begin a letter of several.
    text.bytes().filter(|byte| *byte >= 0xc0).count() as u64
}

#[cfg(test)]
impl Sample {
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self::of(bytes, bytes.len() as u64, |_| {}).unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_long_file_are_kept_and_all_of_it_is_counted() {
        let line = "ann@x.example;Zoë;Zürich\n";
        let lines = 40_000;
        let text = line.repeat(lines);
        let mut passed = 0;
        let sample = Sample::of(text.as_bytes(), text.len() as u64, |piece| passed += piece.len()).unwrap();
        assert_eq!((sample.bytes, passed), (text.len() as u64, text.len()));
        assert_eq!(sample.utf8, Utf8 { sound: 2 * lines as u64, stray: 0 });
        assert_eq!(sample.start, text.as_bytes()[..START_BYTES]);
        assert_eq!((sample.middle.len(), sample.end.len()), (PART_BYTES, PART_BYTES));
        assert!(text.as_bytes().ends_with(&sample.end));
        assert!(!sample.is_whole() && sample.beyond_ascii.len() <= BEYOND_BYTES);
    }

    #[test]
    fn stray_bytes_are_counted() {
        assert_eq!(Sample::of_bytes(b"Zo\xc3\xab,Zo\xeb").utf8, Utf8 { sound: 1, stray: 1 });
        assert_eq!(Sample::of_bytes(b"Zo\xeb,\xfcber").utf8, Utf8 { sound: 0, stray: 2 });
    }
}
