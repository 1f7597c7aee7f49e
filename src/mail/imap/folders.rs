//! Folders, and what they are for (RFC 6154).

use super::{
    fault::{Cause, Fault, Stage},
    response::{named, numbered},
    session::{Session, quoted},
    value::Value,
};

/// What a folder is for, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    Inbox,
    Junk,
    Sent,
    /// Every message but those in Junk, as Gmail has it: also what a filter keeps out of the inbox.
    All,
}

/// A folder of the mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// As the server writes it (modified UTF-7), to be said back in the same way.
    pub name: String,
    pub purpose: Option<Use>,
}

/// A folder that was opened for reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Examined {
    /// Messages in it.
    pub exists: u32,
    /// The next message gets this UID, or a higher one; some servers do not say it.
    pub uid_next: Option<u32>,
    /// UIDs mean the same messages as before as long as this stays.
    pub uid_validity: Option<u32>,
}

/// What folders are called where the server does not say what a folder is for.
const JUNK_NAMES: [&str; 6] = ["junk", "spam", "junk e-mail", "junk email", "bulk mail", "bulk"];
const SENT_NAMES: [&str; 4] = ["sent", "sent items", "sent messages", "sent mail"];

impl Session {
    /// The folders of the mailbox that can be opened.
    ///
    /// # Errors
    /// [`Fault`] at [`Stage::Reading`].
    pub async fn folders(&mut self) -> Result<Vec<Folder>, Fault> {
        let extended = self.can("SPECIAL-USE") && self.can("LIST-EXTENDED");
        let command = if extended { "LIST \"\" \"*\" RETURN (SPECIAL-USE)" } else { "LIST \"\" \"*\"" };
        let answer = self.command(command).await.map_err(|cause| Stage::Reading.fault(cause))?;
        let found: Vec<_> = answer.data.iter().filter_map(|data| folder(data)).collect();
        let says_uses = found.iter().any(|folder| folder.says_use);
        let says_sent = found.iter().any(|folder| folder.is_sent);
        let fault = |cause| Stage::Reading.fault(cause);
        // Elsewhere such a folder is put together when it is opened, which takes a while.
        let is_gmail = self.can("X-GM-EXT-1");
        let prefix = if says_uses && says_sent { String::new() } else { self.own_prefix().await.map_err(fault)? };
        let folders = found.into_iter().map(|found| {
            let purpose = if found.is_all && is_gmail {
                Some(Use::All)
            } else if found.name.eq_ignore_ascii_case("INBOX") {
                Some(Use::Inbox)
            } else if found.is_junk || (!says_uses && found.is_called(&JUNK_NAMES, &prefix)) {
                Some(Use::Junk)
            } else if found.is_sent || (!says_sent && found.is_called(&SENT_NAMES, &prefix)) {
                Some(Use::Sent)
            } else {
                None
            };
            Folder { name: found.name, purpose }
        });
        Ok(folders.collect())
    }

    /// What the names of the mailbox's own folders begin with (RFC 2342): not those of other people that are shared with it.
    pub(super) async fn own_prefix(&mut self) -> Result<String, Cause> {
        if !self.can("NAMESPACE") {
            return Ok(String::new());
        }
        let answer = self.command("NAMESPACE").await?;
        Ok(answer.data.iter().find_map(|data| own_prefix(data)).unwrap_or_default())
    }

    /// Opens a folder for reading; nothing in it changes.
    ///
    /// # Errors
    /// [`Fault`] at [`Stage::Reading`].
    pub async fn examine(&mut self, folder: &str) -> Result<Examined, Fault> {
        let fault = |cause| Stage::Reading.fault(cause);
        let command = format!("EXAMINE {}", quoted(folder).map_err(fault)?);
        let answer = self.command(&command).await.map_err(fault)?;
        self.has_news = false;
        let exists = answer.data.iter().rev().find_map(|data| numbered(data, "EXISTS").map(|(number, _)| number));
        let code = |name: &str| answer.states.iter().rev().find_map(|state| state.code(name)?.trim().parse().ok());
        let mut examined =
            Examined { exists: exists.unwrap_or(0), uid_next: code("UIDNEXT"), uid_validity: code("UIDVALIDITY") };
        if examined.uid_next.is_none() {
            examined.uid_next = self.uid_next(folder).await.map_err(fault)?;
        }
        Ok(examined)
    }

    /// Asks for the next UID of a folder; a server that does not say it either has none.
    async fn uid_next(&mut self, folder: &str) -> Result<Option<u32>, Cause> {
        match self.command(&format!("STATUS {} (UIDNEXT)", quoted(folder)?)).await {
            Ok(answer) => Ok(answer.data.iter().find_map(|data| uid_next(data))),
            Err(Cause::Refused(_)) => Ok(None),
            Err(cause) => Err(cause),
        }
    }
}

/// `STATUS "INBOX" (UIDNEXT 7)`.
fn uid_next(data: &[u8]) -> Option<u32> {
    let mut values = named(data, "STATUS")?;
    values.next()?;
    let Value::List(items) = values.next()? else { return None };
    let mut pairs = items.chunks_exact(2);
    pairs.find_map(|pair| match pair {
        [Value::Word(name), number] if name.eq_ignore_ascii_case(b"UIDNEXT") => number.number(),
        _ => None,
    })
}

/// `NAMESPACE (("INBOX." ".")) NIL NIL`: the first of the first list.
fn own_prefix(data: &[u8]) -> Option<String> {
    let Value::List(own) = named(data, "NAMESPACE")?.next()? else { return None };
    let Some(Value::List(first)) = own.first() else { return None };
    first.first()?.text()
}

/// A line of LIST.
struct Listed {
    name: String,
    delimiter: Option<char>,
    is_junk: bool,
    is_sent: bool,
    is_all: bool,
    /// The server says what a folder is for.
    says_use: bool,
}

impl Listed {
    /// Whether it is one of the mailbox's own folders that has one of these names. Some servers keep them all below INBOX.
    fn is_called(&self, names: &[&str], prefix: &str) -> bool {
        let own = self.name.strip_prefix(prefix).unwrap_or_default();
        let below_inbox = own.split_once(self.delimiter.unwrap_or('/'));
        let own = below_inbox.filter(|(first, _)| first.eq_ignore_ascii_case("INBOX")).map_or(own, |(_, rest)| rest);
        names.iter().any(|name| name.eq_ignore_ascii_case(own))
    }
}

fn folder(data: &[u8]) -> Option<Listed> {
    let mut values = named(data, "LIST")?;
    let Value::List(attributes) = values.next()? else { return None };
    let has = |name: &str| attributes.iter().filter_map(Value::text).any(|known| known.eq_ignore_ascii_case(name));
    if has("\\Noselect") || has("\\NonExistent") {
        return None;
    }
    let delimiter = values.next()?.text().and_then(|text| text.chars().next());
    let name = match values.next()? {
        // Not lossy: it has to be said back.
        Value::Word(name) => String::from_utf8(name.to_vec()).ok()?,
        Value::Text(name) => String::from_utf8(name.into_owned()).ok()?,
        Value::List(_) => return None,
    };
    let uses = ["\\All", "\\Archive", "\\Drafts", "\\Flagged", "\\Junk", "\\Sent", "\\Trash"];
    let (is_junk, is_sent) = (has("\\Junk"), has("\\Sent"));
    Some(Listed { name, delimiter, is_junk, is_sent, is_all: has("\\All"), says_use: uses.into_iter().any(has) })
}
