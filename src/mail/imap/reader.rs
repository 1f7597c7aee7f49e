//! Where a response ends (RFC 3501 section 2.2.2): at the end of a line that announces no literal.

use super::value::announced;

/// A response would be longer than what is left for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooLong;

/// Takes bytes as they come, and gives out whole responses.
#[derive(Debug, Default)]
pub(super) struct Reader {
    bytes: Vec<u8>,
    /// Before this nothing has to be looked at again: inside a line, or behind a literal that is still on its way.
    seen: usize,
    /// Where the line that is looked at begins.
    line: usize,
}

impl Reader {
    pub fn feed(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The next whole response, with its end of line; `None`: more bytes are needed.
    ///
    /// # Errors
    /// [`TooLong`] when it has, or announces, more than `bytes_max`; nothing of it is waited for then.
    pub fn next(&mut self, bytes_max: usize) -> Result<Option<Vec<u8>>, TooLong> {
        loop {
            let unseen = self.bytes.get(self.seen..).unwrap_or_default();
            let Some(end) = unseen.iter().position(|byte| *byte == b'\n') else {
                self.seen = self.seen.max(self.bytes.len());
                return if self.bytes.len() > bytes_max { Err(TooLong) } else { Ok(None) };
            };
            let end = self.seen + end + 1;
            let literal = if self.is_words() { None } else { announced(&self.bytes[self.line..end]) };
            let needed = end.saturating_add(literal.unwrap_or(0));
            if needed > bytes_max {
                return Err(TooLong);
            }
            (self.seen, self.line) = (needed, needed);
            if literal.is_none() {
                let rest = self.bytes.split_off(end);
                (self.seen, self.line) = (0, 0);
                return Ok(Some(std::mem::replace(&mut self.bytes, rest)));
            }
        }
    }

    /// Whether the response is a state with words for people, which may end in anything.
    fn is_words(&self) -> bool {
        let mut words = self.bytes.split(|byte| byte.is_ascii_whitespace());
        let first = words.next().unwrap_or_default();
        let second = words.next().unwrap_or_default();
        let states = [b"OK".as_slice(), b"NO", b"BAD", b"BYE", b"PREAUTH"];
        first == b"+" || states.iter().any(|state| second.eq_ignore_ascii_case(state))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RESPONSES: [&[u8]; 6] = [
        b"* OK ready {5}\r\n",
        b"* 1 FETCH (BODY[] {4}\r\na\r\n) UID 3)\r\n",
        b"* LIST () NIL {3}\r\nA\nB\r\n",
        b"+ more {7}\r\n",
        b"* 1 FETCH (A {0}\r\n B {2+}\r\n{})\n",
        b"A1 NO [X] no {3}\r\n",
    ];

    fn read(pieces: impl Iterator<Item = Vec<u8>>, bytes_max: usize) -> Result<Vec<Vec<u8>>, TooLong> {
        let (mut reader, mut found) = (Reader::default(), Vec::new());
        for piece in pieces {
            reader.feed(&piece);
            while let Some(response) = reader.next(bytes_max)? {
                found.push(response);
            }
        }
        assert!(reader.is_empty());
        Ok(found)
    }

    #[test]
    fn responses_are_found_however_their_bytes_are_cut() {
        let stream = RESPONSES.concat();
        for size in 1..=stream.len() {
            let pieces = stream.chunks(size).map(<[u8]>::to_vec);
            assert_eq!(read(pieces, 100).unwrap(), RESPONSES.map(<[u8]>::to_vec), "{size} bytes at a time");
        }
    }

    #[test]
    fn nothing_longer_than_allowed_is_kept_or_waited_for() {
        let mut reader = Reader::default();
        reader.feed(b"* 1 FETCH (BODY[] {536870912}\r\n");
        assert_eq!(reader.next(4096), Err(TooLong));
        let mut reader = Reader::default();
        reader.feed(b"* 1 FETCH (BODY[] {18446744073709551615}\r\n");
        assert_eq!(reader.next(usize::MAX - 1), Err(TooLong));
        let mut reader = Reader::default();
        reader.feed(&[b'a'; 4097]);
        assert_eq!(reader.next(4096), Err(TooLong));
        let mut reader = Reader::default();
        reader.feed(b"* LIST {4000}\r\n");
        assert_eq!(reader.next(4096), Ok(None));
        reader.feed(&[b'\n'; 4000]);
        assert_eq!(reader.next(4096), Ok(None));
        reader.feed(&[b'a'; 100]);
        assert_eq!(reader.next(4096), Err(TooLong));
    }
}
