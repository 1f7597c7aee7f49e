//! The parts of a message (RFC 2046).

use super::{
    DEPTH_MAX, PARTS_MAX, TEXT_BYTES_MAX, decode,
    fields::{self, ContentType, Fields},
};

/// What is decoded of a part, before its text is cut.
const ENCODED_BYTES_MAX: usize = 4 * TEXT_BYTES_MAX;

/// A part that holds something, not one that only holds parts. A returned message is one part: what is inside is not ours to read.
#[derive(Debug, Clone)]
pub struct Part {
    /// Its number in IMAP: `1.2`.
    pub section: String,
    /// `text/plain`, in small letters.
    pub kind: String,
    /// The file's name.
    pub name: Option<String>,
    pub is_attachment: bool,
    /// How many bytes it travels with.
    pub bytes: usize,
    /// Decoded, of `text/…` and `message/…`; else empty.
    pub text: String,
}

/// What a walk through all parts found.
#[derive(Default)]
pub struct Tree {
    pub parts: Vec<Part>,
    pub text: String,
    pub html: Option<String>,
    pub is_cut: bool,
    visited: usize,
}

impl Tree {
    pub fn walk(fields: &Fields, body: &[u8]) -> Self {
        let mut tree = Self::default();
        tree.visit(fields, body, "", 0);
        tree
    }

    fn visit(&mut self, fields: &Fields, body: &[u8], section: &str, depth: usize) {
        self.visited += 1;
        let named = fields.get("content-type").and_then(fields::content_type);
        let boundary = named.as_ref().filter(|named| named.kind.starts_with("multipart/"));
        let boundary = boundary.and_then(|named| named.parameter("boundary")).filter(|boundary| !boundary.is_empty());
        let Some(boundary) = boundary else {
            return self.leaf(fields, named.as_ref(), body, section);
        };
        if depth == DEPTH_MAX {
            self.is_cut = true;
            return;
        }
        let is_alternative = named.as_ref().is_some_and(|named| named.kind == "multipart/alternative");
        let (had_text, had_html) = (!self.text.trim().is_empty(), self.html.is_some());
        let mut number = 0;
        for inner in Split::new(body, boundary) {
            if self.visited == PARTS_MAX {
                self.is_cut = true;
                return;
            }
            number += 1;
            let (fields, body) = Fields::split(inner);
            let section = if section.is_empty() { number.to_string() } else { format!("{section}.{number}") };
            let before = (self.text.len(), self.html.as_ref().map_or(0, String::len));
            self.visit(&fields, body, &section, depth + 1);
            if is_alternative && number > 1 {
                self.keep_one(before, had_text, had_html);
            }
        }
        if number == 0 {
            self.leaf(fields, None, body, section);
        }
    }

    /// Of alternatives, the first text and the last HTML are kept.
    fn keep_one(&mut self, before: (usize, usize), had_text: bool, had_html: bool) {
        if !had_text && before.0 > 0 && !self.text[..before.0].trim().is_empty() {
            self.text.truncate(before.0);
        }
        if let Some(html) = self.html.as_mut().filter(|html| !had_html && before.1 > 0 && html.len() > before.1) {
            html.drain(..before.1);
        }
    }

    fn leaf(&mut self, fields: &Fields, named: Option<&ContentType>, body: &[u8], section: &str) {
        let kind = named.map_or("text/plain", |named| named.kind.as_str()).to_owned();
        let disposition = fields.get("content-disposition").and_then(fields::content_type);
        let name = disposition.as_ref().and_then(|found| found.parameter("filename"));
        let name = name.or_else(|| named.and_then(|named| named.parameter("name"))).map(fields::unstructured);
        let is_body = matches!(kind.as_str(), "text/plain" | "text/html" | "text/calendar");
        let said = disposition.as_ref().map(|found| found.kind.as_str());
        let is_attachment = match said {
            Some("attachment") => true,
            Some("inline") => !is_body && !kind.starts_with("message/") && name.is_some(),
            _ => !is_body && !kind.starts_with("message/") && kind != "text/rfc822-headers",
        };
        let is_read = kind.starts_with("text/") || kind.starts_with("message/");
        let text = if is_read { self.decoded(fields, named, body) } else { String::new() };
        if !is_attachment {
            self.add_body(&kind, &text);
        }
        let section = if section.is_empty() { "1".to_owned() } else { section.to_owned() };
        self.parts.push(Part { section, kind, name, is_attachment, bytes: body.len(), text });
    }

    fn decoded(&mut self, fields: &Fields, named: Option<&ContentType>, body: &[u8]) -> String {
        let read = &body[..body.len().min(ENCODED_BYTES_MAX)];
        let bytes = decode::transfer(read, fields.get("content-transfer-encoding"));
        let text = decode::text(&bytes, named.and_then(|named| named.parameter("charset")));
        self.is_cut |= read.len() < body.len() || text.len() > TEXT_BYTES_MAX;
        decode::lines(&text, TEXT_BYTES_MAX)
    }

    /// Texts that follow each other are read as one.
    fn add_body(&mut self, kind: &str, text: &str) {
        let whole = match kind {
            "text/plain" => &mut self.text,
            "text/html" => self.html.get_or_insert_default(),
            _ => return,
        };
        if whole.len() + text.len() > TEXT_BYTES_MAX {
            self.is_cut = true;
            return;
        }
        if kind == "text/plain" && !whole.is_empty() {
            whole.push('\n');
        }
        whole.push_str(text);
    }
}

/// The part with this number, and the fields above it.
pub fn find<'a>(fields: Fields, body: &'a [u8], number: &str) -> Option<(Fields, &'a [u8])> {
    let (mut fields, mut body) = (fields, body);
    for (depth, number) in number.split('.').enumerate() {
        let number: usize = number.parse().ok().filter(|number| (1..=PARTS_MAX).contains(number))?;
        let named = fields.get("content-type").and_then(fields::content_type);
        let boundary = named.filter(|named| named.kind.starts_with("multipart/"));
        let Some(boundary) = boundary.as_ref().and_then(|named| named.parameter("boundary")) else {
            // A message without parts is its first.
            return (depth == 0 && number == 1).then_some((fields, body));
        };
        let inner = Split::new(body, boundary).nth(number - 1).filter(|_| depth < DEPTH_MAX)?;
        (fields, body) = Fields::split(inner);
    }
    Some((fields, body))
}

/// What is between the boundaries of a multipart.
struct Split<'a> {
    rest: Option<&'a [u8]>,
    delimiter: Vec<u8>,
}

impl<'a> Split<'a> {
    fn new(body: &'a [u8], boundary: &str) -> Self {
        let mut split = Self { rest: Some(body), delimiter: format!("--{boundary}").into_bytes() };
        // What is before the first boundary is for programs that know no parts.
        let _ = split.piece();
        split
    }

    /// What comes before the next boundary, which ends with the line before it.
    fn piece(&mut self) -> Option<&'a [u8]> {
        let body = self.rest?;
        let mut at = 0;
        while at < body.len() {
            let end = body[at..].iter().position(|byte| *byte == b'\n').map_or(body.len(), |length| at + length + 1);
            let line = decode::without_line_end(&body[at..end]).trim_ascii_end();
            if let Some(after) = line.strip_prefix(self.delimiter.as_slice())
                && matches!(after, b"" | b"--")
            {
                self.rest = (after.is_empty()).then(|| &body[end..]);
                return Some(decode::without_line_end(&body[..at]));
            }
            at = end;
        }
        self.rest = None;
        Some(body)
    }
}

impl<'a> Iterator for Split<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        self.piece()
    }
}
