//! Folders, and what they are for (RFC 6154).

use super::{
    fault::{Fault, Stage},
    response::{named, numbered},
    session::{Session, quoted},
    value::Value,
};

/// What a folder is for, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    Inbox,
    Junk,
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
}

/// What folders for junk are called where the server does not say what a folder is for.
const JUNK_NAMES: [&str; 6] = ["junk", "spam", "junk e-mail", "junk email", "bulk mail", "bulk"];

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
        let by_name = |found: &Listed| {
            let last = found.delimiter.and_then(|delimiter| found.name.rsplit(delimiter).next());
            let name = last.unwrap_or(&found.name).to_ascii_lowercase();
            JUNK_NAMES.contains(&name.as_str())
        };
        let folders = found.into_iter().map(|found| {
            let is_junk = found.is_junk || (!says_uses && by_name(&found));
            let is_inbox = found.name.eq_ignore_ascii_case("INBOX");
            let purpose = if is_inbox { Some(Use::Inbox) } else { is_junk.then_some(Use::Junk) };
            Folder { name: found.name, purpose }
        });
        Ok(folders.collect())
    }

    /// Opens a folder for reading; nothing in it changes.
    ///
    /// # Errors
    /// [`Fault`] at [`Stage::Reading`].
    pub async fn examine(&mut self, folder: &str) -> Result<Examined, Fault> {
        let fault = |cause| Stage::Reading.fault(cause);
        let command = format!("EXAMINE {}", quoted(folder).map_err(fault)?);
        let answer = self.command(&command).await.map_err(fault)?;
        let exists = answer.data.iter().rev().find_map(|data| numbered(data, "EXISTS").map(|(number, _)| number));
        let uid_next = answer.states.iter().rev().find_map(|state| state.code("UIDNEXT")?.trim().parse().ok());
        Ok(Examined { exists: exists.unwrap_or(0), uid_next })
    }
}

/// A line of LIST.
struct Listed {
    name: String,
    delimiter: Option<char>,
    is_junk: bool,
    /// The server says what a folder is for.
    says_use: bool,
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
    Some(Listed { name, delimiter, is_junk: has("\\Junk"), says_use: uses.into_iter().any(has) })
}
