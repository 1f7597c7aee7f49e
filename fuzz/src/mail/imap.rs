//! Responses of IMAP servers.

#[path = "../../../src/mail/imap/fault.rs"]
mod fault;
#[path = "../../../src/mail/imap/reader.rs"]
mod reader;
#[path = "../../../src/mail/imap/response.rs"]
mod response;
#[path = "../../../src/mail/imap/value.rs"]
mod value;

use reader::{Reader, TooLong};
use response::{Response, named, numbered};
use value::{Value, Values};

/// Most bytes of a response, here.
const BYTES_MAX: usize = 8 * 1024;
/// As `value.rs` has them.
const DEPTH_MAX: usize = 50;

/// Reads what a server said in pieces of a size that it chooses: how it was cut changes nothing.
pub fn read(said: &[u8]) {
    let Some((size, said)) = said.split_first() else { return };
    let in_pieces = responses(said.chunks(usize::from(*size).max(1)));
    let at_once = responses(std::iter::once(said));
    assert!(at_once.0.starts_with(&in_pieces.0) || in_pieces.0.starts_with(&at_once.0));
    for bytes in in_pieces.0 {
        assert!(bytes.ends_with(b"\n") && bytes.len() <= BYTES_MAX);
        understand(bytes);
    }
}

fn understand(bytes: Vec<u8>) {
    match Response::parse(bytes) {
        Some(Response::Remark(state) | Response::Done(_, state)) => {
            if let Some(refusal) = state.refusal(str::to_owned) {
                assert!(refusal.words.chars().count() <= 300 && !refusal.to_string().contains('\n'));
            }
        }
        Some(Response::Data(data)) => {
            let _ = (named(&data, "LIST"), numbered(&data, "FETCH"));
            let mut values = Values::new(&data);
            while let Some(value) = values.next() {
                let _ = value.number::<u32>();
                assert!(depth(&value) <= DEPTH_MAX);
            }
        }
        Some(Response::Continue) | None => {}
    }
}

fn depth(value: &Value<'_>) -> usize {
    match value {
        Value::List(values) => 1 + values.iter().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// The responses until one is too long, and whether one was.
fn responses<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> (Vec<Vec<u8>>, bool) {
    let (mut reader, mut found) = (Reader::default(), Vec::new());
    for piece in pieces {
        reader.feed(piece);
        loop {
            match reader.next(BYTES_MAX) {
                Ok(Some(response)) => found.push(response),
                Ok(None) => break,
                Err(TooLong) => return (found, true),
            }
        }
    }
    (found, false)
}
