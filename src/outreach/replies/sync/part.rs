//! One part of a mail that lies in its mailbox, fetched for a member who asks for it: over a connection of its own, which ends with it.

use std::time::Duration;

use super::connect::{NoConnection, connect};
use crate::{
    mail::{
        imap::{Fault, Fetching, Session},
        message::part_bytes,
    },
    outreach::mailboxes::secrets::MailboxKey,
    server::app::App,
};

/// Most bytes that are fetched, as they travel: providers take no larger mails.
const BYTES_MAX: usize = 36 * 1024 * 1024;
/// How long a member waits.
const TIME_MAX: Duration = Duration::from_secs(90);
/// Messages with one Message-ID that are looked at in a folder.
const SAME_MAX: usize = 3;

/// Where a mail lay when it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lies {
    pub folder: String,
    pub uid_validity: i64,
    pub uid: i64,
    /// By which it is found where it was moved; without angle brackets.
    pub message_id: Option<String>,
}

/// Why a part could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum PartFault {
    /// It is not in the mailbox any more.
    #[error("the mail is not in its mailbox any more")]
    Gone,
    #[error("the part is too large")]
    TooLarge,
    /// The mailbox cannot be read, in the words of its server or ours.
    #[error("{0}")]
    Unreachable(String),
    #[error(transparent)]
    Internal(#[from] anyhow::Error),
}

impl From<Fault> for PartFault {
    fn from(fault: Fault) -> Self {
        Self::Unreachable(fault.to_string())
    }
}

impl From<NoConnection> for PartFault {
    fn from(none: NoConnection) -> Self {
        match none {
            NoConnection::SignIn(crate::outreach::mailboxes::sign_in::SignInFault::Internal(error)) => {
                Self::Internal(error)
            }
            other => Self::Unreachable(other.to_string()),
        }
    }
}

/// The bytes of a part, decoded. Nothing is marked as read.
///
/// # Errors
/// [`PartFault`].
pub async fn fetch_part(app: &App, mailbox: MailboxKey, lies: &Lies, part: &str) -> Result<Vec<u8>, PartFault> {
    let fetching = async {
        let (mut session, _) = connect(app, mailbox).await?;
        let fetched = find(&mut session, lies, part).await;
        session.log_out().await;
        fetched
    };
    let fetched = tokio::time::timeout(TIME_MAX, fetching).await;
    fetched.unwrap_or_else(|_| Err(PartFault::Unreachable("the server did not answer in time".into())))
}

/// Looks where the mail lay, then wherever it may have been moved to.
async fn find(session: &mut Session, lies: &Lies, part: &str) -> Result<Vec<u8>, PartFault> {
    if let Some(bytes) = where_it_lay(session, lies, part).await? {
        return Ok(bytes);
    }
    let Some(id) = &lies.message_id else { return Err(PartFault::Gone) };
    let mut folders = session.folders().await?;
    // Most mails that were moved are in a folder with a use.
    folders.sort_by_key(|folder| folder.purpose.is_none());
    for folder in folders {
        if session.examine(&folder.name).await.is_err() {
            continue;
        }
        let found = session.search_header(1, "Message-ID", id).await?;
        for uid in found.into_iter().take(SAME_MAX) {
            if let Some(bytes) = bytes(session.fetch_section(uid, part, BYTES_MAX).await?)? {
                return Ok(bytes);
            }
        }
    }
    Err(PartFault::Gone)
}

async fn where_it_lay(session: &mut Session, lies: &Lies, part: &str) -> Result<Option<Vec<u8>>, PartFault> {
    let Ok(uid) = u32::try_from(lies.uid) else { return Ok(None) };
    // A folder that is gone is refused, and the conversation continues.
    let Ok(examined) = session.examine(&lies.folder).await else { return Ok(None) };
    if examined.uid_validity.map(i64::from) != Some(lies.uid_validity) {
        return Ok(None);
    }
    bytes(session.fetch_section(uid, part, BYTES_MAX).await?)
}

fn bytes(fetching: Fetching) -> Result<Option<Vec<u8>>, PartFault> {
    match fetching {
        Fetching::Whole(section) => Ok(Some(part_bytes(&section.fields, &section.body))),
        Fetching::Gone => Ok(None),
        Fetching::TooLarge => Err(PartFault::TooLarge),
    }
}
