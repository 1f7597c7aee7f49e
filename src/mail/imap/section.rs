//! One part of one message, whole: an attachment. It comes in pieces, so that no command brings more than it may, and nothing is marked
//! as seen.

use super::{
    fault::{Cause, Fault, Stage},
    messages::{item, items, named_item},
    session::Session,
    value::Value,
};

/// Bytes of one piece: well below what a command may bring ([`super::Limits`]).
const PIECE_BYTES: usize = 1024 * 1024;
/// Of the fields above a part.
const FIELDS_BYTES: usize = 32 * 1024;
/// Longest number of a part, such as `1.2.1`.
const NUMBER_MAX: usize = 40;

/// A part as it travels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// The fields above it, with its transfer encoding.
    pub fields: Vec<u8>,
    /// Encoded.
    pub body: Vec<u8>,
}

/// What came of asking for a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetching {
    Whole(Section),
    /// The message is not in this folder, or has no such part.
    Gone,
    /// It has more bytes than were wanted.
    TooLarge,
}

impl Session {
    /// The part `number` (such as `1.2`) of a message of the open folder, if it has at most `bytes_max` bytes.
    ///
    /// # Errors
    /// [`Fault`] at [`Stage::Reading`].
    pub async fn fetch_section(&mut self, uid: u32, number: &str, bytes_max: usize) -> Result<Fetching, Fault> {
        let fault = |cause| Stage::Reading.fault(cause);
        if !is_number(number) {
            return Ok(Fetching::Gone);
        }
        let Some(fields) = self.fields_of(uid, number).await.map_err(fault)? else { return Ok(Fetching::Gone) };
        let mut body = Vec::new();
        loop {
            let Some((piece, has_origin)) = self.piece(uid, number, body.len(), PIECE_BYTES).await.map_err(fault)?
            else {
                return Ok(Fetching::Gone);
            };
            // A server that does not know of pieces sends all of it, whatever was asked for.
            if !has_origin && !body.is_empty() {
                return Err(fault(Cause::Unreadable("a piece of a message without its place".into())));
            }
            let is_last = piece.len() < PIECE_BYTES || (!has_origin && piece.len() > PIECE_BYTES);
            body.extend_from_slice(&piece);
            if body.len() > bytes_max {
                return Ok(Fetching::TooLarge);
            }
            if is_last {
                return Ok(Fetching::Whole(Section { fields, body }));
            }
        }
    }

    /// The fields above a part. A message without parts has its own, which some servers do not call those of part 1.
    async fn fields_of(&mut self, uid: u32, number: &str) -> Result<Option<Vec<u8>>, Cause> {
        let own = match self.piece(uid, &format!("{number}.MIME"), 0, FIELDS_BYTES).await {
            Ok(own) => own.map(|(bytes, _)| bytes),
            Err(Cause::Refused(refusal)) if number == "1" && !refusal.is_goodbye() => Some(Vec::new()),
            Err(cause) => return Err(cause),
        };
        let says_how = |fields: &[u8]| fields.to_ascii_lowercase().windows(8).any(|window| window == b"encoding");
        match own {
            Some(own) if number == "1" && !says_how(&own) => {
                let head = self.piece(uid, "HEADER", 0, FIELDS_BYTES).await?.map(|(bytes, _)| bytes);
                Ok(head.filter(|head| says_how(head)).or(Some(own)))
            }
            own => Ok(own),
        }
    }

    /// At most `bytes` of a section from `at` on, and whether the server says where they begin. `None`: there is no such message.
    async fn piece(
        &mut self,
        uid: u32,
        section: &str,
        at: usize,
        bytes: usize,
    ) -> Result<Option<(Vec<u8>, bool)>, Cause> {
        let command = format!("UID FETCH {uid} (UID BODY.PEEK[{section}]<{at}.{bytes}>)");
        let answer = self.command(&command).await?;
        Ok(answer.data.iter().find_map(|data| piece(data, uid, section, at)))
    }
}

/// `3 FETCH (UID 7 BODY[1.2]<1048576> {5}…)`
fn piece(data: &[u8], uid: u32, section: &str, at: usize) -> Option<(Vec<u8>, bool)> {
    let items = items(data)?;
    if named_item(&items, "UID")?.number() != Some(uid) {
        return None;
    }
    let (name, origin) = (format!("BODY[{section}]"), format!("BODY[{section}]<{at}>"));
    let found = |name: &str| item(&items, |known| known.eq_ignore_ascii_case(name.as_bytes()));
    let (value, has_origin) = match found(&origin) {
        Some(value) => (value, true),
        None => (found(&name)?, false),
    };
    match value {
        Value::Text(bytes) => Some((bytes.clone().into_owned(), has_origin)),
        // There is no such part, or nothing of it is left.
        Value::Word(nil) if nil.eq_ignore_ascii_case(b"NIL") => (at > 0).then(|| (Vec::new(), has_origin)),
        _ => None,
    }
}

fn is_number(number: &str) -> bool {
    number.len() <= NUMBER_MAX
        && number.split('.').all(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_of_parts_are_asked_for() {
        assert!(["1", "1.2", "12.3.4"].iter().all(|number| is_number(number)));
        assert!(
            ["", ".", "1.", "1] NOOP", "HEADER", "1.MIME", &"1".repeat(41)].iter().all(|number| !is_number(number))
        );
    }

    #[test]
    fn a_piece_is_read_with_and_without_its_place_and_nil_is_no_part() {
        let line = b"3 FETCH (UID 7 BODY[1.2]<5> {4}\r\nabcd)\r\n";
        assert_eq!(piece(line, 7, "1.2", 5), Some((b"abcd".to_vec(), true)));
        assert_eq!(piece(line, 7, "1.2", 0), None, "another piece");
        assert_eq!(piece(line, 8, "1.2", 5), None, "another message");
        assert_eq!(piece(b"3 FETCH (UID 7 BODY[2] \"ab\")\r\n", 7, "2", 0), Some((b"ab".to_vec(), false)));
        assert_eq!(piece(b"3 FETCH (UID 7 BODY[2]<0> NIL)\r\n", 7, "2", 0), None);
        assert_eq!(piece(b"3 FETCH (UID 7 BODY[2]<9> NIL)\r\n", 7, "2", 9), Some((Vec::new(), true)));
    }
}
