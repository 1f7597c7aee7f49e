//! What a response says (RFC 3501 section 7).

use super::{
    fault::{Refusal, RefusalKind},
    value::Values,
};

/// One whole response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Response {
    /// The server waits for more of a command.
    Continue,
    /// A state without a tag: the greeting, a remark, the end.
    Remark(State),
    /// The end of the command with this tag.
    Done(String, State),
    /// Data: what follows the `*`.
    Data(Vec<u8>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct State {
    pub word: StateWord,
    /// What is in brackets, such as `CAPABILITY IMAP4rev1` or `UIDVALIDITY 3`.
    pub code: Option<String>,
    pub words: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StateWord {
    Ok,
    No,
    Bad,
    Bye,
    PreAuth,
}

/// Longest code that is looked at: of lists of what a server can do.
const CODE_BYTES_MAX: usize = 4096;

impl Response {
    /// Reads a response with its end of line; `None` if it is none.
    pub fn parse(bytes: Vec<u8>) -> Option<Self> {
        if bytes.first() == Some(&b'+') {
            return Some(Self::Continue);
        }
        let space = bytes.iter().position(|byte| *byte == b' ')?;
        let (tag, rest) = (&bytes[..space], &bytes[space + 1..]);
        match (tag, State::parse(rest)) {
            (b"*", Some(state)) => Some(Self::Remark(state)),
            (b"*", None) => Some(Self::Data(rest.to_vec())),
            (tag, Some(state)) => Some(Self::Done(String::from_utf8_lossy(tag).into_owned(), state)),
            (_, None) => None,
        }
    }
}

impl State {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let end = bytes.iter().position(u8::is_ascii_whitespace).unwrap_or(bytes.len());
        let word = match bytes[..end].to_ascii_uppercase().as_slice() {
            b"OK" => StateWord::Ok,
            b"NO" => StateWord::No,
            b"BAD" => StateWord::Bad,
            b"BYE" => StateWord::Bye,
            b"PREAUTH" => StateWord::PreAuth,
            _ => return None,
        };
        let rest = bytes[end..].trim_ascii();
        let close = rest.iter().take(CODE_BYTES_MAX).position(|byte| *byte == b']');
        let (code, words) = match close {
            Some(close) if rest.first() == Some(&b'[') => {
                (Some(String::from_utf8_lossy(&rest[1..close]).into_owned()), &rest[close + 1..])
            }
            _ => (None, rest),
        };
        Some(Self { word, code, words: String::from_utf8_lossy(words.trim_ascii()).into_owned() })
    }

    /// What the code says after its name, if it is the one of this name.
    pub fn code(&self, name: &str) -> Option<&str> {
        let code = self.code.as_deref()?;
        let (first, rest) = code.split_once(' ').unwrap_or((code, ""));
        first.eq_ignore_ascii_case(name).then_some(rest)
    }

    /// The refusal that it is; `scrub` takes secrets out of its words.
    pub fn refusal(&self, scrub: impl Fn(&str) -> String) -> Option<Refusal> {
        let kind = match self.word {
            StateWord::Ok | StateWord::PreAuth => return None,
            StateWord::No => RefusalKind::No,
            StateWord::Bad => RefusalKind::Bad,
            StateWord::Bye => RefusalKind::Bye,
        };
        Some(Refusal::new(kind, self.code.as_deref().map(&scrub), &scrub(&self.words)))
    }
}

/// The words of a data response of this name, such as `CAPABILITY`, behind it.
pub(super) fn named<'a>(data: &'a [u8], name: &str) -> Option<Values<'a>> {
    let mut values = Values::new(data);
    values.word()?.eq_ignore_ascii_case(name.as_bytes()).then_some(values)
}

/// The words behind a number and this name, such as `3 EXISTS`, with the number.
pub(super) fn numbered<'a>(data: &'a [u8], name: &str) -> Option<(u32, Values<'a>)> {
    let mut values = Values::new(data);
    let number = std::str::from_utf8(values.word()?).ok()?.parse().ok()?;
    values.word()?.eq_ignore_ascii_case(name.as_bytes()).then_some((number, values))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Option<Response> {
        Response::parse(text.as_bytes().to_vec())
    }

    #[test]
    fn states_are_told_from_data_with_and_without_a_code() {
        let state = |word, code: Option<&str>, words: &str| State {
            word,
            code: code.map(str::to_owned),
            words: words.to_owned(),
        };
        assert_eq!(
            parse("* OK [CAPABILITY IMAP4rev1 IDLE] ready\r\n"),
            Some(Response::Remark(state(StateWord::Ok, Some("CAPABILITY IMAP4rev1 IDLE"), "ready")))
        );
        assert_eq!(
            parse("A7 no [AUTHENTICATIONFAILED] Wrong.\r\n"),
            Some(Response::Done("A7".into(), state(StateWord::No, Some("AUTHENTICATIONFAILED"), "Wrong.")))
        );
        assert_eq!(parse("A7 OK\r\n"), Some(Response::Done("A7".into(), state(StateWord::Ok, None, ""))));
        assert_eq!(parse("* BYE [ not closed\n"), Some(Response::Remark(state(StateWord::Bye, None, "[ not closed"))));
        assert_eq!(parse("* OKAY\r\n"), Some(Response::Data(b"OKAY\r\n".to_vec())));
        assert_eq!(parse("+ \r\n"), Some(Response::Continue));
        assert_eq!(parse("+\r\n"), Some(Response::Continue));
        for none in ["", "\r\n", "A7", "A7 MAYBE\r\n", " OK\r\n "] {
            assert!(!matches!(parse(none), Some(Response::Data(_))), "{none}");
        }
    }

    #[test]
    fn a_code_is_found_by_its_name() {
        let Some(Response::Remark(state)) = parse("* OK [uidvalidity 3] x\r\n") else { panic!("no remark") };
        assert_eq!(state.code("UIDVALIDITY"), Some("3"));
        assert_eq!(state.code("UIDNEXT"), None);
        assert_eq!(numbered(b"12 EXISTS\r\n", "exists").map(|(number, _)| number), Some(12));
        assert!(numbered(b"12 EXPUNGE\r\n", "EXISTS").is_none() && named(b"12 EXISTS\r\n", "EXISTS").is_none());
    }
}
