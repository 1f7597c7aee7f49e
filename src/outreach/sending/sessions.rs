//! The sessions of this process with mail servers: who may open one, and those that wait for the next mails of their mailbox.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{
        Notify,
        mpsc::{self, error::TrySendError},
    },
    time::timeout,
};
use tokio_util::task::TaskTracker;

use super::{afterwards::Afterwards, claim::Batch, due::Due, session, writer::Writer};
use crate::{
    mail::{
        gate::{Full, Gate, Permit, Room},
        smtp::Times,
        tls::Tls,
    },
    outreach::ids::MailboxId,
    server::{app::App, clock::Instant, config::Config, db::Db},
    suppression::SuppressionKeys,
};

/// How long the end of the process waits for sessions: a little longer than they wait for replies.
const END_TIME_MAX: Duration = Duration::from_secs(32);

/// Sessions to one host, and connections to it that begin within a second.
const HOST_SESSIONS_MAX: usize = 8;
const BEGIN_MAX: usize = 2;

/// What has no room for another session now.
#[derive(Debug, Default)]
pub(super) struct Closed {
    pub full: Full,
    /// Mailboxes with a session that waits for their next mails: they need no other.
    pub kept: Vec<MailboxId>,
}

/// How long what became of a mail is tried to be written: what the server said is known to its session alone.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    pub pause: Duration,
    pub writes_max: usize,
}

impl Default for Patience {
    fn default() -> Self {
        Self { pause: Duration::from_secs(1), writes_max: 60 }
    }
}

/// The sessions of this process.
pub struct Sessions {
    gate: Gate,
    /// Where the session of a mailbox takes its next mails.
    kept: Mutex<HashMap<MailboxId, mpsc::Sender<Batch>>>,
    pub(super) tasks: TaskTracker,
    pub(super) afterwards: Afterwards,
    pub(super) writer: Writer,
    /// Which authorities vouch for servers, and how long servers may take; read when the first session opens.
    pub(super) dialled: OnceLock<(Tls, Times)>,
    /// Read when the first outcome is written.
    pub(super) patience: OnceLock<Patience>,
    /// Rings when a batch has ended: its mailbox may have more to send.
    pub(super) ended: Arc<Notify>,
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions").field("gate", &self.gate).finish_non_exhaustive()
    }
}

impl Sessions {
    /// Starts the writer of the sessions.
    pub fn start(config: &Config, db: &Db, keys: &SuppressionKeys) -> Self {
        Self {
            gate: Gate::new(Room { all: config.smtp_sessions, host: HOST_SESSIONS_MAX, begin: BEGIN_MAX }),
            kept: Mutex::default(),
            tasks: TaskTracker::new(),
            afterwards: Afterwards::default(),
            writer: Writer::start(db, keys),
            dialled: OnceLock::new(),
            patience: OnceLock::new(),
            ended: Arc::default(),
        }
    }

    /// Whether no session is open.
    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    /// Waits for the replies to mails that are being handed over, writes what came of them, and ends. Call it after the shutdown has
    /// begun; what is not handed over by then waits.
    pub async fn end(&self) {
        self.tasks.close();
        if timeout(END_TIME_MAX, self.tasks.wait()).await.is_err() {
            tracing::warn!("some mail servers did not answer in time; a member decides about their mails");
        }
        self.writer.end().await;
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<MailboxId, mpsc::Sender<Batch>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What has no room for another session now.
    pub(super) fn closed(&self, at: Instant) -> Closed {
        let kept = self.kept().keys().copied().collect();
        Closed { full: self.gate.full(at), kept }
    }

    /// Which of these mailboxes may send now, with the permits of those that need a session.
    pub(super) fn admit(&self, due: Vec<Due>, at: Instant) -> (Vec<Due>, HashMap<MailboxId, Permit>) {
        let kept = self.kept();
        let mut permits = HashMap::new();
        let mut may = |due: &Due| {
            let Some(host) = due.smtp_host.as_ref().filter(|_| !kept.contains_key(&due.id)) else { return true };
            let permit = self.gate.enter(host, at);
            let enters = permit.is_some();
            permits.extend(permit.map(|permit| (due.id, permit)));
            enters
        };
        let admitted = due.into_iter().filter(&mut may).collect();
        (admitted, permits)
    }

    /// Sends a batch: in the session that its mailbox has, or in a new one. Returns at once.
    pub(super) fn take(&self, app: &App, batch: Batch) {
        let mut kept = self.kept();
        let mailbox = batch.lease.mailbox;
        let batch = match kept.get(&mailbox) {
            Some(session) => match session.try_send(batch) {
                Ok(()) => return,
                // The session broke off, so nothing of it is left but this.
                Err(TrySendError::Full(batch) | TrySendError::Closed(batch)) => batch,
            },
            None => batch,
        };
        let (session, more) = mpsc::channel(1);
        kept.insert(mailbox, session);
        drop(kept);
        self.tasks.spawn(session::run(app.clone(), batch, more));
    }

    /// The session of a mailbox takes no more mails, unless some have come meanwhile.
    pub(super) fn part(&self, mailbox: MailboxId, more: &mut mpsc::Receiver<Batch>) -> Option<Batch> {
        let mut kept = self.kept();
        let batch = more.try_recv().ok();
        if batch.is_none() {
            kept.remove(&mailbox);
        }
        batch
    }
}
