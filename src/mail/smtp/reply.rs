//! Replies of a server (RFC 5321 section 4.2), read within bounds.

use std::fmt;

use crate::mail::words;

/// Longest line, with its end. RFC 5321 allows 512.
const LINE_BYTES_MAX: usize = 2048;
const LINES_MAX: usize = 100;

/// An enhanced status code (RFC 3463), such as 5.1.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Status {
    /// 2 success, 4 not now, 5 no.
    pub class: u8,
    pub subject: u16,
    pub detail: u16,
}

impl Status {
    /// Reads a code alone, such as `5.7.26`.
    pub fn parse(text: &str) -> Option<Self> {
        let number = |part: &str| {
            let is_number = (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
            if is_number { part.parse::<u16>().ok() } else { None }
        };
        let mut parts = text.split('.');
        let class = match parts.next()? {
            "2" => 2,
            "4" => 4,
            "5" => 5,
            _ => return None,
        };
        let (subject, detail) = (number(parts.next()?)?, number(parts.next()?)?);
        parts.next().is_none().then_some(Self { class, subject, detail })
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

/// What a server answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// 2xx yes, 3xx more is expected, 4xx not now, 5xx no.
    pub code: u16,
    /// Of several lines with different ones, the last.
    pub status: Option<Status>,
    /// At most 300 characters on one line, without control characters, and without `status`.
    pub words: String,
}

impl Reply {
    pub fn is_positive(&self) -> bool {
        self.code / 100 == 2
    }

    /// 4xx or 5xx: the server did not do what it was asked.
    pub fn is_refusal(&self) -> bool {
        matches!(self.code / 100, 4 | 5)
    }

    /// 5xx: it will not do it later either.
    pub fn is_permanent(&self) -> bool {
        self.code / 100 == 5
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        if let Some(status) = self.status {
            write!(f, " {status}")?;
        }
        if self.words.is_empty() { Ok(()) } else { write!(f, " {}", self.words) }
    }
}

/// A reply as it came, a text for each line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lines {
    pub code: u16,
    pub texts: Vec<String>,
}

impl Lines {
    /// The reply in one; `scrub` takes out of its words what must not be kept.
    pub fn reply(&self, scrub: impl Fn(&str) -> String) -> Reply {
        let status_of = |text: &String| text.split(' ').next().and_then(Status::parse);
        let status = self.texts.iter().rev().find_map(status_of);
        // Most servers repeat the code on each line.
        let texts = self.texts.iter().map(|text| match text.split_once(' ') {
            Some((first, rest)) if status.is_some() && Status::parse(first) == status => rest,
            None if status.is_some() && Status::parse(text) == status => "",
            _ => text,
        });
        let whole = texts.map(str::trim).filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ");
        Reply { code: self.code, status, words: words::kept(&scrub(&whole)) }
    }
}

/// What came is no reply; what came.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NoReply(pub String);

/// Puts replies together from bytes as they arrive.
#[derive(Default)]
pub(super) struct Reader {
    bytes: Vec<u8>,
    /// Where the next line begins.
    start: usize,
    begun: Option<Lines>,
}

impl Reader {
    pub fn feed(&mut self, bytes: &[u8]) {
        self.bytes.drain(..self.start);
        self.start = 0;
        self.bytes.extend_from_slice(bytes);
    }

    /// Whether nothing came beyond the replies that were taken.
    pub fn is_empty(&self) -> bool {
        self.start == self.bytes.len() && self.begun.is_none()
    }

    /// The next reply; none while more bytes are needed.
    ///
    /// # Errors
    /// When what came cannot be read as one. What follows cannot be understood then.
    pub fn next(&mut self) -> Result<Option<Lines>, NoReply> {
        loop {
            let rest = &self.bytes[self.start..];
            let end = rest.iter().take(LINE_BYTES_MAX).position(|byte| *byte == b'\n');
            let Some(end) = end else {
                let too_long = rest.len() >= LINE_BYTES_MAX;
                return if too_long { Err(NoReply("a line without an end".into())) } else { Ok(None) };
            };
            let line = &rest[..end];
            self.start += end + 1;
            let (code, is_last, text) = parse_line(line)?;
            let lines = self.begun.get_or_insert(Lines { code, texts: Vec::new() });
            // A server that says both yes and no has not said which.
            if lines.code / 100 != code / 100 {
                return Err(NoReply(format!("{} and {code} in one", lines.code)));
            }
            lines.code = code;
            lines.texts.push(text);
            if is_last {
                return Ok(self.begun.take());
            }
            if lines.texts.len() >= LINES_MAX {
                return Err(NoReply("lines without an end".into()));
            }
        }
    }
}

/// A line without its line feed: code, whether it is the last, text.
fn parse_line(line: &[u8]) -> Result<(u16, bool, String), NoReply> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let no_reply = || NoReply(format!("“{}”", String::from_utf8_lossy(line)));
    let (code, rest) = line.split_at_checked(3).ok_or_else(no_reply)?;
    let is_code = matches!(code[0], b'2'..=b'5') && code.iter().all(u8::is_ascii_digit);
    let code = if is_code { code.iter().fold(0, |code, digit| code * 10 + u16::from(digit - b'0')) } else { 0 };
    let (is_last, text) = match rest {
        _ if !is_code => return Err(no_reply()),
        [] => (true, rest),
        [b' ', text @ ..] => (true, text),
        [b'-', text @ ..] => (false, text),
        _ => return Err(no_reply()),
    };
    let text: String = String::from_utf8_lossy(text).chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    Ok((code, is_last, text))
}

#[cfg(test)]
impl Reply {
    /// The reply that these lines are, as they come from a server.
    pub fn read(text: &str) -> Self {
        let mut reader = Reader::default();
        reader.feed(format!("{}\r\n", text.trim().replace('\n', "\r\n")).as_bytes());
        let lines = reader.next().unwrap().unwrap();
        assert!(reader.is_empty(), "one reply: {text}");
        lines.reply(str::to_owned)
    }
}
