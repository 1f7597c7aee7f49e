//! The seventh check: whether the mailbox can be read over IMAP.

use tokio::time::{Instant, timeout_at};

use super::{
    finding::Finding,
    kind::{Check, CheckResult, Outcome},
    round_trip::Place,
    sending::WAIT_MAX,
};
use crate::{
    mail::{
        imap::{Cause, Dial, Fault, Folder, Limits, Session, Stage, Use},
        server::Server,
        sign_in::SignIn,
        tls::Tls,
    },
    server::connect::Networks,
};

/// The server at which a mailbox is read, and until when that may take.
pub struct Reading<'a> {
    pub networks: &'a Networks,
    pub server: &'a Server,
    pub until: Instant,
}

/// A mailbox that can be read, and where a new mail would be found.
pub struct Readable {
    pub session: Session,
    pub places: Vec<Place>,
}

impl Reading<'_> {
    /// Signs in.
    ///
    /// # Errors
    /// The fault, or that it took too long.
    pub async fn open(&self, sign_in: &SignIn) -> Result<Session, Fault> {
        let limits = Limits { time: WAIT_MAX, ..Limits::default() };
        let dial = Dial { networks: self.networks, tls: Tls::of_machine(), limits };
        let opened = timeout_at(self.until, Session::open(dial, self.server, sign_in)).await;
        opened.unwrap_or_else(|_| Err(Fault { stage: Stage::Greeting, cause: Cause::Slow }))
    }

    /// Signs in and opens the folders in which new mails arrive.
    pub async fn check(&self, sign_in: &SignIn) -> (CheckResult, Option<Readable>) {
        let looked = timeout_at(self.until, self.look(sign_in)).await;
        match looked.unwrap_or_else(|_| Err(Fault { stage: Stage::Reading, cause: Cause::Slow })) {
            Ok((folders, readable)) => {
                let junk = folders.iter().find(|folder| folder.purpose == Some(Use::Junk));
                let found = Finding::Folders { count: folders.len(), junk: junk.map(|folder| folder.name.clone()) };
                (CheckResult::new(Check::Imap, Outcome::Passed, found), Some(readable))
            }
            Err(fault) => {
                let found = Finding::of_imap(&fault, &self.server.host, self.server.port);
                (CheckResult::failed(Check::Imap, found), None)
            }
        }
    }

    async fn look(&self, sign_in: &SignIn) -> Result<(Vec<Folder>, Readable), Fault> {
        let mut session = self.open(sign_in).await?;
        let folders = session.folders().await?;
        let mut places = Vec::new();
        for folder in &folders {
            let Some(purpose @ (Use::Inbox | Use::Junk)) = folder.purpose else { continue };
            // Where the server does not say which UID comes next, all are looked at.
            let from_uid = session.examine(&folder.name).await?.uid_next.unwrap_or(1);
            places.push(Place { folder: folder.name.clone(), is_junk: purpose == Use::Junk, from_uid });
        }
        Ok((folders, Readable { session, places }))
    }
}
