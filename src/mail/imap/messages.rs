//! Searching and reading the messages of the folder that is open.

use std::fmt::Write;

use super::{
    fault::{Cause, Fault, Stage},
    response::{named, numbered},
    session::{Session, quoted},
    value::Value,
};

/// What was fetched of one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    pub uid: u32,
    /// Its header fields as they are.
    pub header: Vec<u8>,
}

/// Most messages that one command fetches.
const FETCHED_MAX: usize = 50;

impl Session {
    /// The UIDs, from `from_uid` on, of messages whose header field has these words in it. Ascending, each once.
    ///
    /// # Errors
    /// [`Fault`] at [`Stage::Reading`].
    pub async fn search_header(&mut self, from_uid: u32, field: &str, words: &str) -> Result<Vec<u32>, Fault> {
        let fault = |cause| Stage::Reading.fault(cause);
        let command = format!("UID SEARCH UID {from_uid}:* HEADER {field} {}", quoted(words).map_err(fault)?);
        let answer = self.command(&command).await.map_err(fault)?;
        let found = answer.data.iter().filter_map(|data| named(data, "SEARCH"));
        let mut uids: Vec<u32> = found.flat_map(|values| numbers(values.rest())).collect();
        // `n:*` names the last message too when it is below n.
        uids.retain(|uid| *uid >= from_uid);
        uids.sort_unstable();
        uids.dedup();
        Ok(uids)
    }

    /// The header fields of messages, at most of the first 50; those that are gone are left out. None is marked as seen.
    ///
    /// # Errors
    /// [`Fault`] at [`Stage::Reading`].
    pub async fn fetch_headers(&mut self, uids: &[u32]) -> Result<Vec<Fetched>, Fault> {
        let uids = &uids[..uids.len().min(FETCHED_MAX)];
        let mut set = String::new();
        for uid in uids {
            let comma = if set.is_empty() { "" } else { "," };
            let _ = write!(set, "{comma}{uid}");
        }
        if set.is_empty() {
            return Ok(Vec::new());
        }
        let command = format!("UID FETCH {set} (UID BODY.PEEK[HEADER])");
        let answer = self.command(&command).await.map_err(|cause: Cause| Stage::Reading.fault(cause))?;
        let fetched = answer.data.iter().filter_map(|data| fetched(data));
        Ok(fetched.filter(|message| uids.contains(&message.uid)).collect())
    }
}

fn numbers(text: &[u8]) -> impl Iterator<Item = u32> {
    text.split(u8::is_ascii_whitespace).filter_map(|word| std::str::from_utf8(word).ok()?.parse().ok())
}

/// A line of FETCH, if it has what was asked for: others come when flags change.
fn fetched(data: &[u8]) -> Option<Fetched> {
    let (_, mut values) = numbered(data, "FETCH")?;
    let Value::List(items) = values.next()? else { return None };
    let item = |name: &str| {
        let mut pairs = items.chunks_exact(2);
        pairs.find_map(|pair| match pair {
            [Value::Word(known), value] if known.eq_ignore_ascii_case(name.as_bytes()) => Some(value),
            _ => None,
        })
    };
    let header = match item("BODY[HEADER]")? {
        Value::Text(header) => header.clone().into_owned(),
        _ => return None,
    };
    Some(Fetched { uid: item("UID")?.number()?, header })
}
