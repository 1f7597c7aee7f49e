//! The readers of this process: who may connect, which connections are kept, and how a reader is reached.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;

use super::leases::{Due, Lease};
use crate::{
    mail::{
        gate::{Full, Gate, Permit, Room},
        imap::Limits,
        tls::Tls,
    },
    outreach::ids::MailboxId,
    server::{clock::Instant, config::Config},
};

/// Mailboxes that are looked at at once, of all and of one host, and how many connections to a host begin within a second.
const VISITS: Room = Room { all: 32, host: 8, begin: 2 };
/// Connections to one host that are kept.
const KEPT_OF_HOST: usize = 50;
/// Connections that are being opened at once: signing in is dear for both sides.
const OPENING_MAX: usize = 8;
/// Within which refusals of one host are seen together.
const CROWDED_WITHIN: Duration = Duration::from_secs(60 * 60);

/// The readers of this process.
pub struct Readers {
    visits: Gate,
    kept: Gate,
    pub(super) opening: Semaphore,
    running: Mutex<HashMap<MailboxId, Line>>,
    /// Hosts that had too many connections: the mailbox that was refused last, and when.
    crowded: Mutex<HashMap<String, (MailboxId, Instant)>>,
    /// Which authorities vouch for servers, and what a command may take; read when the first connection opens.
    pub(super) dialled: OnceLock<(Tls, Limits)>,
    /// Rings when a reader has ended: there is room for another.
    pub(super) ended: Arc<Notify>,
}

impl fmt::Debug for Readers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Readers").field("visits", &self.visits).field("kept", &self.kept).finish_non_exhaustive()
    }
}

/// How a reader is reached.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub lease: Lease,
    pub host: String,
    /// A look is asked for.
    pub wake: Arc<Notify>,
    /// The mailbox is not its own any more.
    pub lost: CancellationToken,
}

impl Readers {
    pub fn new(config: &Config) -> Self {
        Self {
            visits: Gate::new(VISITS),
            kept: Gate::new(Room { all: config.imap_connections, host: KEPT_OF_HOST, begin: usize::MAX }),
            opening: Semaphore::new(OPENING_MAX),
            running: Mutex::default(),
            crowded: Mutex::default(),
            dialled: OnceLock::new(),
            ended: Arc::default(),
        }
    }

    fn running(&self) -> MutexGuard<'_, HashMap<MailboxId, Line>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many more mailboxes can be looked at now, and where not.
    pub(super) fn room(&self, at: Instant) -> (usize, Full) {
        (self.visits.left(), self.visits.full(at))
    }

    /// Which of these mailboxes can be looked at now, with their permits. One that has a reader still is left to it.
    pub(super) fn admit(&self, due: Vec<Due>, at: Instant) -> (Vec<Due>, HashMap<MailboxId, (Permit, String)>) {
        let running = self.running();
        let mut permits = HashMap::new();
        let may = |due: &Due| {
            let permit = if running.contains_key(&due.mailbox_id) { None } else { self.visits.enter(&due.host, at) };
            permit.is_some_and(|permit| permits.insert(due.mailbox_id, (permit, due.host.clone())).is_none())
        };
        (due.into_iter().filter(may).collect(), permits)
    }

    /// The leave to keep a connection to a host.
    pub(super) fn keep(&self, host: &str, at: Instant) -> Option<Permit> {
        self.kept.enter(host, at)
    }

    /// A reader begins.
    pub(super) fn begin(&self, lease: Lease, host: &str) -> Line {
        let line = Line { lease, host: host.to_owned(), wake: Arc::default(), lost: CancellationToken::new() };
        self.running().insert(lease.mailbox_id, line.clone());
        line
    }

    /// A host refused a mailbox because it has too many connections. Those may be the mailbox's own, of other programs; where another mailbox
    /// is refused within the hour, they are ours: fewer are kept, and all take turns.
    pub(super) fn is_crowded(&self, host: &str, mailbox: MailboxId, at: Instant) {
        let mut crowded = self.crowded.lock().unwrap_or_else(PoisonError::into_inner);
        crowded.retain(|_, (_, refused_at)| *refused_at > at.minus(CROWDED_WITHIN));
        let are_ours = crowded.get(host).is_some_and(|(other, _)| *other != mailbox);
        crowded.insert(host.to_owned(), (mailbox, at));
        drop(crowded);
        if are_ours {
            self.kept.narrow(host, at);
            self.visits.narrow(host, at);
            self.running().values().filter(|line| line.host == host).for_each(|line| line.wake.notify_one());
        }
    }

    /// A reader has ended.
    pub(super) fn end(&self, lease: Lease) {
        self.running().remove(&lease.mailbox_id);
        self.ended.notify_one();
    }

    /// The leases of all readers.
    pub(super) fn leases(&self) -> Vec<Lease> {
        self.running().values().map(|line| line.lease).collect()
    }

    /// Lets the readers of these mailboxes look now.
    pub(super) fn wake(&self, mailboxes: &[MailboxId]) {
        let running = self.running();
        mailboxes.iter().filter_map(|mailbox| running.get(mailbox)).for_each(|line| line.wake.notify_one());
    }

    /// Ends the readers of `asked` whose lease is not among `held`.
    pub(super) fn lose(&self, asked: &[Lease], held: &std::collections::HashSet<MailboxId>) {
        let running = self.running();
        let lost = asked.iter().filter(|lease| !held.contains(&lease.mailbox_id));
        lost.filter_map(|lease| running.get(&lease.mailbox_id)).for_each(|line| line.lost.cancel());
    }

    /// How many connections are kept, waiting for news.
    pub fn kept(&self) -> usize {
        self.kept.taken()
    }

    /// How many readers there are.
    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.running().len()
    }
}
