//! Searching and reading the messages of the folder that is open.

use std::fmt::Write;

use super::{
    fault::{Cause, Fault, Stage},
    response::{named, numbered},
    session::{Session, quoted},
    value::Value,
};
use crate::server::clock::Instant;

/// What is known of a message without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    pub uid: u32,
    /// In bytes, as the server says.
    pub size: u32,
    /// When the server took it.
    pub received_at: Option<Instant>,
}

/// What was fetched of one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    pub uid: u32,
    /// Its header fields as they are, or the message.
    pub bytes: Vec<u8>,
}

/// Which part of a message is fetched: its beginning, as far as it is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Header,
    Message,
}

impl Part {
    /// Most bytes of one message.
    fn bytes_max(self) -> usize {
        match self {
            Self::Header => 64 * 1024,
            Self::Message => 256 * 1024,
        }
    }

    /// As commands and responses name it.
    fn name(self) -> &'static str {
        match self {
            Self::Header => "BODY[HEADER]",
            Self::Message => "BODY[]",
        }
    }

    /// `messages` in portions that one command may fetch, in the same order.
    pub fn portions(self, messages: &[Facts]) -> Vec<&[Facts]> {
        let (mut portions, mut begin, mut bytes) = (Vec::new(), 0, 0);
        for (place, message) in messages.iter().enumerate() {
            let more = usize::try_from(message.size).unwrap_or(usize::MAX).min(self.bytes_max());
            if bytes + more > PORTION_BYTES && place > begin {
                portions.push(&messages[begin..place]);
                (begin, bytes) = (place, 0);
            }
            bytes += more;
        }
        if begin < messages.len() {
            portions.push(&messages[begin..]);
        }
        portions
    }
}

/// Bytes of all messages that one command fetches: well below what a command may bring ([`super::Limits`]).
const PORTION_BYTES: usize = 3 * 1024 * 1024;
/// Most messages of a search of ours that is looked at.
const FOUND_MAX: usize = 50;

impl Session {
    /// The UIDs, from `from_uid` on, of messages whose header field has these words in it. Ascending, each once.
    ///
    /// # Errors
    /// [`Fault`] at [`Stage::Reading`].
    pub async fn search_header(&mut self, from_uid: u32, field: &str, words: &str) -> Result<Vec<u32>, Fault> {
        let words = quoted(words).map_err(|cause| Stage::Reading.fault(cause))?;
        self.search(from_uid, &format!(" HEADER {field} {words}")).await
    }

    /// The UIDs from `from_uid` on. Ascending, each once.
    ///
    /// # Errors
    /// [`Fault`] at [`Stage::Reading`].
    pub async fn search_from(&mut self, from_uid: u32) -> Result<Vec<u32>, Fault> {
        self.search(from_uid, "").await
    }

    /// The UIDs of messages that the server took since a moment, and of some that it took up to two days before: it goes by whole
    /// days, in its own time zone.
    ///
    /// # Errors
    /// [`Fault`] at [`Stage::Reading`].
    pub async fn search_since(&mut self, since: Instant) -> Result<Vec<u32>, Fault> {
        let since = since.minus(std::time::Duration::from_secs(24 * 3600));
        let day =
            jiff::Timestamp::from_microsecond(since.micros()).unwrap_or_default().strftime("%-d-%b-%Y").to_string();
        self.search(1, &format!(" SINCE {day}")).await
    }

    async fn search(&mut self, from_uid: u32, what: &str) -> Result<Vec<u32>, Fault> {
        let command = format!("UID SEARCH UID {from_uid}:*{what}");
        let answer = self.command(&command).await.map_err(|cause| Stage::Reading.fault(cause))?;
        let found = answer.data.iter().filter_map(|data| named(data, "SEARCH"));
        let mut uids: Vec<u32> = found.flat_map(|values| numbers(values.rest())).collect();
        // `n:*` names the last message too when it is below n.
        uids.retain(|uid| *uid >= from_uid);
        uids.sort_unstable();
        uids.dedup();
        Ok(uids)
    }

    /// What is known of these messages, by UID; those that are gone are left out.
    ///
    /// # Errors
    /// [`Fault`] at [`Stage::Reading`].
    pub async fn facts(&mut self, uids: &[u32]) -> Result<Vec<Facts>, Fault> {
        if uids.is_empty() {
            return Ok(Vec::new());
        }
        let command = format!("UID FETCH {} (UID RFC822.SIZE INTERNALDATE)", set(uids));
        let answer = self.command(&command).await.map_err(|cause: Cause| Stage::Reading.fault(cause))?;
        let mut found: Vec<Facts> = answer.data.iter().filter_map(|data| facts(data)).collect();
        found.retain(|message| uids.binary_search(&message.uid).is_ok());
        found.sort_unstable_by_key(|message| message.uid);
        found.dedup_by_key(|message| message.uid);
        Ok(found)
    }

    /// The beginnings of messages, those of one of the [`Part::portions`]; those that are gone are left out. None is marked as seen.
    ///
    /// # Errors
    /// [`Fault`] at [`Stage::Reading`].
    pub async fn fetch(&mut self, part: Part, messages: &[Facts]) -> Result<Vec<Fetched>, Fault> {
        let uids: Vec<u32> = messages.iter().map(|message| message.uid).collect();
        self.fetch_parts(part, &uids).await
    }

    /// The header fields of messages, at most of the first 50; those that are gone are left out. None is marked as seen.
    ///
    /// # Errors
    /// [`Fault`] at [`Stage::Reading`].
    pub async fn fetch_headers(&mut self, uids: &[u32]) -> Result<Vec<Fetched>, Fault> {
        self.fetch_parts(Part::Header, &uids[..uids.len().min(FOUND_MAX)]).await
    }

    async fn fetch_parts(&mut self, part: Part, uids: &[u32]) -> Result<Vec<Fetched>, Fault> {
        if uids.is_empty() {
            return Ok(Vec::new());
        }
        let name = part.name().replace("BODY", "BODY.PEEK");
        let command = format!("UID FETCH {} (UID {name}<0.{}>)", set(uids), part.bytes_max());
        let answer = self.command(&command).await.map_err(|cause: Cause| Stage::Reading.fault(cause))?;
        let fetched = answer.data.iter().filter_map(|data| fetched(part, data));
        Ok(fetched.filter(|message| uids.contains(&message.uid)).collect())
    }
}

/// UIDs as commands name them, such as `3:5,9`.
fn set(uids: &[u32]) -> String {
    let mut text = String::new();
    for range in uids.chunk_by(|one, next| one.checked_add(1) == Some(*next)) {
        let (Some(first), Some(last)) = (range.first(), range.last()) else { continue };
        let comma = if text.is_empty() { "" } else { "," };
        let _ = if first == last { write!(text, "{comma}{first}") } else { write!(text, "{comma}{first}:{last}") };
    }
    text
}

fn numbers(text: &[u8]) -> impl Iterator<Item = u32> {
    text.split(u8::is_ascii_whitespace).filter_map(|word| std::str::from_utf8(word).ok()?.parse().ok())
}

/// The items of a line of FETCH.
pub(super) fn items(data: &[u8]) -> Option<Vec<Value<'_>>> {
    match numbered(data, "FETCH")?.1.next()? {
        Value::List(items) => Some(items),
        _ => None,
    }
}

pub(super) fn item<'a, 'b>(items: &'a [Value<'b>], is_it: impl Fn(&[u8]) -> bool) -> Option<&'a Value<'b>> {
    items.chunks_exact(2).find_map(|pair| match pair {
        [Value::Word(known), value] if is_it(known) => Some(value),
        _ => None,
    })
}

pub(super) fn named_item<'a, 'b>(items: &'a [Value<'b>], name: &str) -> Option<&'a Value<'b>> {
    item(items, |known| known.eq_ignore_ascii_case(name.as_bytes()))
}

/// A line of FETCH, if it has what was asked for: others come when flags change.
fn fetched(part: Part, data: &[u8]) -> Option<Fetched> {
    let items = items(data)?;
    // A server that does not know of parts says it without `<0>`, and sends all of it.
    let is_it = |known: &[u8]| {
        let known = known.strip_suffix(b"<0>").unwrap_or(known);
        known.eq_ignore_ascii_case(part.name().as_bytes())
    };
    let mut bytes = match item(&items, is_it)? {
        Value::Text(bytes) => bytes.clone().into_owned(),
        Value::Word(nil) if nil.eq_ignore_ascii_case(b"NIL") => Vec::new(),
        _ => return None,
    };
    bytes.truncate(part.bytes_max());
    Some(Fetched { uid: named_item(&items, "UID")?.number()?, bytes })
}

fn facts(data: &[u8]) -> Option<Facts> {
    let items = items(data)?;
    let received_at = named_item(&items, "INTERNALDATE").and_then(Value::text).and_then(|text| moment(&text));
    let uid = named_item(&items, "UID")?.number()?;
    // More than fits is as much as can be.
    let size = named_item(&items, "RFC822.SIZE")?.number::<u64>()?;
    Some(Facts { uid, size: u32::try_from(size).unwrap_or(u32::MAX), received_at })
}

/// `" 7-Nov-2026 10:00:00 +0100"`.
fn moment(text: &str) -> Option<Instant> {
    let moment = jiff::Timestamp::strptime("%d-%b-%Y %H:%M:%S %z", text.trim()).ok()?;
    Some(Instant(moment.as_microsecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(uid: u32, size: u32) -> Facts {
        Facts { uid, size, received_at: None }
    }

    #[test]
    fn portions_stay_below_what_a_command_may_bring_whatever_sizes_are_said() {
        let messages: Vec<Facts> =
            (1..=200).map(|uid| message(uid, if uid % 2 == 0 { u32::MAX } else { 900 })).collect();
        for (part, most) in [(Part::Header, 64 * 1024), (Part::Message, 256 * 1024)] {
            let portions = part.portions(&messages);
            assert_eq!(portions.concat(), messages);
            for portion in portions {
                let bytes: usize = portion.iter().map(|one| (one.size as usize).min(most)).sum();
                assert!(bytes <= PORTION_BYTES && !portion.is_empty());
            }
        }
        assert_eq!(Part::Message.portions(&[]).len(), 0);
        assert_eq!(Part::Message.portions(&[message(1, u32::MAX)]).len(), 1);
    }

    #[test]
    fn uids_are_named_in_ranges() {
        assert_eq!(set(&[3, 4, 5, 9, 11, 12, u32::MAX]), "3:5,9,11:12,4294967295");
    }

    #[test]
    fn the_moment_a_server_took_a_message_is_read_in_its_zone() {
        let at = |text: &str| moment(text).map(Instant::rfc3339);
        assert_eq!(at(" 7-Nov-2026 10:00:00 +0100").as_deref(), Some("2026-11-07T09:00:00Z"));
        assert_eq!(at("17-nov-2026 23:59:59 -0800").as_deref(), Some("2026-11-18T07:59:59Z"));
        assert_eq!(at("17-11-2026"), None);
    }

    #[test]
    fn a_line_of_fetch_is_read_with_or_without_the_mark_of_a_part() {
        let line = b"3 FETCH (UID 7 FLAGS (\\Seen) BODY[HEADER]<0> {4}\r\nA: b)\r\n";
        assert_eq!(fetched(Part::Header, line), Some(Fetched { uid: 7, bytes: b"A: b".to_vec() }));
        assert_eq!(fetched(Part::Message, line), None);
        let line = b"3 FETCH (BODY[] NIL UID 7)\r\n";
        assert_eq!(fetched(Part::Message, line), Some(Fetched { uid: 7, bytes: Vec::new() }));
        let line = b"3 FETCH (UID 7 RFC822.SIZE 99999999999 INTERNALDATE \" 7-Nov-2026 10:00:00 +0000\")\r\n";
        let received_at = moment("7-Nov-2026 10:00:00 +0000");
        assert_eq!(facts(line), Some(Facts { uid: 7, size: u32::MAX, received_at }));
        assert!(received_at.is_some());
    }
}
