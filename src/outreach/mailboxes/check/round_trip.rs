//! The eighth check: a mail from the mailbox to itself, and the copy that arrives.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::{Instant as Moment, sleep_until};

use super::{
    finding::Finding,
    kind::{Check, CheckResult, Outcome},
};
use crate::{
    mail::{
        imap::{self, Fetched, Stage},
        smtp::{self, Session},
    },
    outreach::sequences::message::{ComposeFault, Message, message_id},
    server::clock::Instant,
};

/// A test mail that is under way, and where it would be found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trip {
    /// Without angle brackets.
    pub message_id: String,
    /// A word of its subject that no other mail has: some providers replace Message-IDs.
    pub word: String,
    pub sent_at: Instant,
    pub places: Vec<Place>,
}

/// A folder in which it may arrive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub folder: String,
    pub is_junk: bool,
    /// Mails below this UID were there before.
    pub from_uid: u32,
}

/// The copy that arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrived {
    pub folder: String,
    pub is_junk: bool,
    pub header: Vec<u8>,
}

impl Trip {
    /// A mail from an address to itself, and what it is found by.
    ///
    /// # Errors
    /// An address that no mail can be written to.
    pub fn new(
        (name, address): (&str, &str),
        unsubscribe_url: String,
        places: Vec<Place>,
        at: Instant,
    ) -> Result<(Self, Vec<u8>), ComposeFault> {
        let random = *uuid::Uuid::new_v4().as_bytes();
        let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
        let message_id = message_id(random, domain);
        let word: String = message_id.chars().take(10).collect();
        let message = Message {
            date: at,
            from: (name.to_owned(), address.to_owned()),
            reply_to: None,
            to: address.to_owned(),
            subject: format!("Test of this mailbox ({word})"),
            message_id: message_id.clone(),
            in_reply_to: None,
            references: Vec::new(),
            unsubscribe_url: Some(unsubscribe_url),
            body: "This mail tests whether mails from your mailbox arrive. You can delete it.".to_owned(),
        };
        Ok((Self { message_id, word, sent_at: at, places }, message.compose()?))
    }

    /// Hands the mail to the server. One that may have been taken is looked for like one that was.
    ///
    /// # Errors
    /// A refusal, or that the server was not reached.
    pub async fn send(session: &mut Session, address: &str, message: &[u8]) -> Result<(), smtp::Fault> {
        session.envelope(address, address, message.len()).await?;
        match session.body(message).await {
            Ok(_) => Ok(()),
            Err(fault) if fault.is_unknown() => Ok(()),
            Err(fault) => Err(fault),
        }
    }

    /// Looks once into each folder.
    ///
    /// # Errors
    /// The fault of the conversation.
    pub async fn look(&self, session: &mut imap::Session) -> Result<Option<Arrived>, imap::Fault> {
        for place in &self.places {
            session.examine(&place.folder).await?;
            let mut uids = self.search(session, place, "Message-ID", &self.message_id).await?;
            if uids.is_empty() {
                uids = self.search(session, place, "Subject", &self.word).await?;
            }
            // A copy in the folder of sent mails has the same Message-ID, but that folder is not looked at.
            if let Some(Fetched { bytes: header, .. }) = session.fetch_headers(&uids).await?.pop() {
                return Ok(Some(Arrived { folder: place.folder.clone(), is_junk: place.is_junk, header }));
            }
        }
        Ok(None)
    }

    /// A search that the server refuses finds nothing; the other one may.
    async fn search(
        &self,
        session: &mut imap::Session,
        place: &Place,
        field: &str,
        words: &str,
    ) -> Result<Vec<u32>, imap::Fault> {
        match session.search_header(place.from_uid, field, words).await {
            Err(imap::Fault { stage: Stage::Reading, cause: imap::Cause::Refused(_) }) => Ok(Vec::new()),
            other => other,
        }
    }

    /// Looks again and again, more and more seldom, until it has arrived or `until`.
    ///
    /// # Errors
    /// The fault of the conversation.
    pub async fn await_arrival(
        &self,
        session: &mut imap::Session,
        until: Moment,
    ) -> Result<Option<Arrived>, imap::Fault> {
        let mut pause = Duration::from_millis(250);
        loop {
            if let Some(arrived) = self.look(session).await? {
                return Ok(Some(arrived));
            }
            let next = Moment::now() + pause;
            if next > until {
                return Ok(None);
            }
            sleep_until(next).await;
            pause = (pause * 2).min(Duration::from_secs(5));
        }
    }

    /// What its arrival says.
    pub fn result(&self, arrived: &Arrived, at: Instant) -> CheckResult {
        if arrived.is_junk {
            let found = Finding::ArrivedInJunk { folder: arrived.folder.clone() };
            return CheckResult::new(Check::RoundTrip, Outcome::Warning, found);
        }
        let micros = at.micros().saturating_sub(self.sent_at.micros()).max(0).unsigned_abs();
        let found = Finding::Arrived { seconds: Duration::from_micros(micros).as_secs() };
        CheckResult::new(Check::RoundTrip, Outcome::Passed, found)
    }
}
