//! What a response is made of (RFC 3501 section 4): words, strings, and lists of them in parentheses.

use std::borrow::Cow;

/// Deepest list in a list. Structures of real messages stay below 20.
const DEPTH_MAX: usize = 50;
/// Most values of one response: each takes more memory than the two bytes it may be written with.
const VALUES_MAX: usize = 20_000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value<'a> {
    /// An atom, a number, a flag, NIL, or the name of an item such as `BODY[HEADER.FIELDS (DATE)]`.
    Word(&'a [u8]),
    /// A string, quoted or as a literal.
    Text(Cow<'a, [u8]>),
    List(Vec<Value<'a>>),
}

impl Value<'_> {
    /// A string or a word, without a difference: servers write names either way. NIL is none.
    pub fn text(&self) -> Option<String> {
        match self {
            Self::Word(word) if word.eq_ignore_ascii_case(b"NIL") => None,
            Self::Word(word) => Some(String::from_utf8_lossy(word).into_owned()),
            Self::Text(text) => Some(String::from_utf8_lossy(text).into_owned()),
            Self::List(_) => None,
        }
    }

    pub fn number<N: std::str::FromStr>(&self) -> Option<N> {
        self.text()?.parse().ok()
    }
}

/// Reads values from a whole response, one after the other.
#[derive(Debug, Clone)]
pub(super) struct Values<'a> {
    rest: &'a [u8],
    left: usize,
}

impl<'a> Values<'a> {
    pub fn new(response: &'a [u8]) -> Self {
        Self { rest: response, left: VALUES_MAX }
    }

    /// What is not read yet.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The next value; `None` at the end, and where none can be read.
    pub fn next(&mut self) -> Option<Value<'a>> {
        self.value(DEPTH_MAX)
    }

    /// The next value if it is a word.
    pub fn word(&mut self) -> Option<&'a [u8]> {
        match self.next()? {
            Value::Word(word) => Some(word),
            _ => None,
        }
    }

    fn value(&mut self, depth: usize) -> Option<Value<'a>> {
        self.left = self.left.checked_sub(1)?;
        self.rest = self.rest.trim_ascii_start();
        match *self.rest.first()? {
            b'(' => self.list(depth.checked_sub(1)?),
            b')' => None,
            b'"' => self.quoted(),
            b'{' => self.literal(1),
            b'~' if self.rest.get(1) == Some(&b'{') => self.literal(2),
            _ => self.atom(),
        }
    }

    fn list(&mut self, depth: usize) -> Option<Value<'a>> {
        let mut values = Vec::new();
        self.rest = &self.rest[1..];
        loop {
            self.rest = self.rest.trim_ascii_start();
            if *self.rest.first()? == b')' {
                self.rest = &self.rest[1..];
                return Some(Value::List(values));
            }
            values.push(self.value(depth)?);
        }
    }

    fn quoted(&mut self) -> Option<Value<'a>> {
        let inside = &self.rest[1..];
        let mut unescaped: Option<Vec<u8>> = None;
        let mut at = 0;
        loop {
            match *inside.get(at)? {
                b'"' => break,
                b'\\' => {
                    let text = unescaped.get_or_insert_with(|| inside[..at].to_vec());
                    text.push(*inside.get(at + 1)?);
                    at += 2;
                }
                byte => {
                    if let Some(text) = &mut unescaped {
                        text.push(byte);
                    }
                    at += 1;
                }
            }
        }
        self.rest = &inside[at + 1..];
        Some(Value::Text(unescaped.map_or(Cow::Borrowed(&inside[..at]), Cow::Owned)))
    }

    /// `{3}` and three bytes on the next line; `brace` bytes precede the number.
    fn literal(&mut self, brace: usize) -> Option<Value<'a>> {
        let end = self.rest.iter().position(|byte| *byte == b'\n')?;
        let bytes = announced(&self.rest[brace - 1..end])?;
        let text = self.rest.get(end + 1..)?.get(..bytes)?;
        self.rest = &self.rest[end + 1 + bytes..];
        Some(Value::Text(Cow::Borrowed(text)))
    }

    /// A word up to a space, a parenthesis or a quote; what is in brackets belongs to it.
    fn atom(&mut self) -> Option<Value<'a>> {
        let mut is_inside = false;
        let end = self.rest.iter().position(|byte| {
            match byte {
                b'[' => is_inside = true,
                b']' => is_inside = false,
                b'\r' | b'\n' => return true,
                b' ' | b'(' | b')' | b'"' => return !is_inside,
                _ => (),
            }
            false
        });
        let (word, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        // A quote that ends nothing, for example.
        if word.is_empty() {
            return None;
        }
        self.rest = rest;
        Some(Value::Word(word))
    }
}

/// How many bytes a line that ends in `{3}` or `{3+}` announces, with or without its end of line.
pub(super) fn announced(line: &[u8]) -> Option<usize> {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line).strip_suffix(b"}")?;
    let line = line.strip_suffix(b"+").unwrap_or(line);
    let begin = line.iter().rposition(|byte| !byte.is_ascii_digit())?;
    if line[begin] != b'{' {
        return None;
    }
    let digits = std::str::from_utf8(&line[begin + 1..]).ok()?;
    // What does not fit is more than anything may be.
    if digits.is_empty() { None } else { Some(digits.parse().unwrap_or(usize::MAX)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &[u8]) -> Vec<Value<'_>> {
        let mut values = Values::new(text);
        std::iter::from_fn(|| values.next()).collect()
    }

    fn text(text: &str) -> Value<'_> {
        Value::Text(Cow::Borrowed(text.as_bytes()))
    }

    #[test]
    fn words_strings_and_lists_are_read_in_each_of_their_forms() {
        let found = all(b"FETCH (UID 7 FLAGS (\\Seen) BODY[HEADER.FIELDS (\"DATE\" From)]<0> {3}\r\na)b BODY[] ~{0+}\r\n \"a \\\"b\\\\\")");
        let expected = vec![
            Value::Word(b"FETCH"),
            Value::List(vec![
                Value::Word(b"UID"),
                Value::Word(b"7"),
                Value::Word(b"FLAGS"),
                Value::List(vec![Value::Word(b"\\Seen")]),
                Value::Word(b"BODY[HEADER.FIELDS (\"DATE\" From)]<0>"),
                text("a)b"),
                Value::Word(b"BODY[]"),
                text(""),
                text("a \"b\\"),
            ]),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn what_cannot_be_read_ends_the_values_and_nothing_is_made_up() {
        for broken in ["(a (b)", "\"a", "\"a\\", "{5}\r\nabc", "{5}", ")", "{99999999999999999999}\r\na"] {
            assert_eq!(all(broken.as_bytes()), [], "{broken}");
        }
        assert_eq!(all(b"a [b"), [Value::Word(b"a"), Value::Word(b"[b")]);
    }

    #[test]
    fn neither_depth_nor_number_of_values_is_without_a_bound() {
        let deep = |depth: usize| [vec![b'('; depth], vec![b')'; depth]].concat();
        assert_eq!(all(&deep(DEPTH_MAX)).len(), 1);
        assert_eq!(all(&deep(DEPTH_MAX + 1)), []);
        assert_eq!(all(&deep(1_000_000)), []);
        assert_eq!(all(&b"() ".repeat(VALUES_MAX + 10)).len(), VALUES_MAX);
    }

    #[test]
    fn the_length_of_a_literal_is_read_at_the_end_of_a_line_only() {
        assert_eq!(announced(b"a {12}\r\n"), Some(12));
        assert_eq!(announced(b"{12+}"), Some(12));
        assert_eq!(announced(b"~{0}\n"), Some(0));
        assert_eq!(announced(b"{123456789012345678901234567890}"), Some(usize::MAX));
        for none in ["{12} ", "12}", "{}", "{-1}", "{1a}", "}", "", "\"{12}\""] {
            assert_eq!(announced(none.as_bytes()), None, "{none}");
        }
    }
}
