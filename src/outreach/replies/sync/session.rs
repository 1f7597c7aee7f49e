//! One reader: the connection of a mailbox from the sign-in to its end, and the looks in between.
//!
//! Whatever ends it leaves the cursors where the last slice has put them; the next reader continues there.

use std::time::Duration;

use tokio::time::{Instant as Moment, sleep_until};

use super::{
    connect::connect,
    leases::{self, Lease},
    look::Looked,
    readers::{Line, Readers},
    trouble::{Again, Trouble},
};
use crate::{
    mail::{
        gate::Permit,
        imap::{Cause, Fault, Folder, Session, Use},
    },
    outreach::{mailboxes::read_state, replies::receive::FolderUse},
    server::{app::App, clock::Instant},
    topics,
};

/// How often a mailbox without a connection of its own is looked at; one whose server does not say when mails come.
const POLLED: Duration = Duration::from_secs(5 * 60);
const POLLED_WITHOUT_IDLE: Duration = Duration::from_secs(2 * 60);
/// How often folders are looked at in which nothing is announced.
const OTHERS_EVERY: Duration = Duration::from_secs(10 * 60);
/// How soon a connection that ended is opened again, unless it was shorter than this.
const RECONNECTED: Duration = Duration::from_secs(2);
const SHORT: Duration = Duration::from_secs(60);
/// How long looks fail that may succeed by themselves before members are told.
const TOLD_AFTER: Duration = Duration::from_secs(24 * 3600);

/// How a reader ends.
pub(super) enum End {
    /// It is read again then.
    Next(Instant),
    Trouble(Trouble),
    /// Another process has the mailbox, or it is not to be read any more.
    Lost,
}

impl From<sqlx::Error> for End {
    fn from(error: sqlx::Error) -> Self {
        anyhow::Error::from(error).into()
    }
}

/// A failure on our side.
impl From<anyhow::Error> for End {
    fn from(error: anyhow::Error) -> Self {
        tracing::error!(error = format!("{error:#}"), "answers could not be read; it is tried again");
        Self::Trouble(Trouble::internal())
    }
}

/// A reader with its connection.
pub(super) struct Reader {
    pub app: App,
    pub lease: Lease,
    pub session: Session,
    with_token: bool,
    pub folders: Vec<Watched>,
    /// Messages of this slice that the server does not give.
    pub left_out: Vec<u32>,
}

/// A mailbox that is about to be read.
pub(super) struct Visit {
    pub line: Line,
    pub permit: Permit,
    pub host: String,
}

/// A folder that is read.
pub(super) struct Watched {
    pub name: String,
    pub usage: FolderUse,
    /// UIDs near the cursor that were read in this conversation already.
    pub seen: Vec<u32>,
    /// The server does not open it.
    pub is_shut: bool,
}

/// Reads a mailbox until something ends it, and notes when it is read next.
pub(super) async fn run(app: App, visit: Visit) {
    let Visit { line, permit, host } = visit;
    let lease = line.lease;
    let ended = tokio::select! {
        biased;
        () = line.lost.cancelled() => Err(End::Lost),
        () = app.jobs.shutdown.cancelled() => Err(End::Lost),
        ended = read(&app, &line, permit, &host) => ended,
    };
    let end = ended.unwrap_or_else(|end| end);
    if matches!(&end, End::Trouble(trouble) if trouble.is_crowded()) {
        app.of::<Readers>().is_crowded(&host, lease.mailbox_id, app.clock.now());
    }
    if let Err(error) = Box::pin(write_end(&app, lease, &end)).await {
        tracing::warn!(error = format!("{error:#}"), "a lease could not be ended; it runs out");
    }
    app.of::<Readers>().end(lease);
}

async fn write_end(app: &App, lease: Lease, end: &End) -> anyhow::Result<()> {
    let at = app.clock.now();
    let mut tx = app.db.write().await?;
    match end {
        End::Lost => return Ok(()),
        End::Next(next) => leases::release(&mut tx, lease, *next).await?,
        End::Trouble(trouble) => {
            let since = leases::fail(&mut tx, lease, trouble, at).await?;
            if since.is_some_and(|since| trouble.again == Again::AfterChange || since.plus(TOLD_AFTER) <= at) {
                read_state::tell(&mut tx, lease.mailbox(), trouble.code, at).await?;
            }
        }
    }
    tx.commit().await?;
    if matches!(end, End::Trouble(_)) {
        app.live.changed(&app.db, lease.workspace_id.0, &[topics::MAILBOXES, topics::NOTICES]).await;
    }
    Ok(())
}

/// Looks, and waits for the next look. What a look needs is boxed: a thousand readers that wait keep little.
async fn read(app: &App, line: &Line, permit: Permit, host: &str) -> Result<End, End> {
    let mut reader = Box::pin(open(app, line.lease)).await?;
    let begun = Moment::now();
    let mut kept: Option<Permit> = None;
    let mut visit = Some(permit);
    let mut others_at: Option<Moment> = None;
    loop {
        let others = others_at.is_none_or(|at| at <= Moment::now());
        if others {
            Box::pin(reader.save_copies()).await?;
            others_at = Some(Moment::now() + OTHERS_EVERY);
        }
        if Box::pin(reader.look(others)).await? == Looked::Behind {
            // Others first; it continues where it is.
            reader.session.log_out().await;
            return Ok(End::Next(app.clock.now()));
        }
        let at = app.clock.now();
        kept = kept.filter(|permit| !permit.is_beyond(at));
        if kept.is_none() {
            kept = app.of::<Readers>().keep(host, at).filter(|_| reader.session.can_idle());
        }
        if kept.is_none() {
            let pause = if reader.session.can_idle() { POLLED } else { POLLED_WITHOUT_IDLE };
            reader.session.log_out().await;
            return Ok(End::Next(app.clock.now().plus(pause)));
        }
        if visit.take().is_some() {
            app.of::<Readers>().ended.notify_one();
        }
        let until = async {
            tokio::select! {
                () = line.wake.notified() => {}
                () = sleep_until(others_at.unwrap_or_else(Moment::now)) => {}
            }
        };
        match reader.session.idle(until).await {
            Ok(_) => {}
            // Servers end a connection now and then, with or without a word; some do so each time.
            Err(fault) if has_ended(&fault) => {
                let pause = if begun.elapsed() < SHORT { POLLED_WITHOUT_IDLE } else { RECONNECTED };
                return Ok(End::Next(app.clock.now().plus(pause)));
            }
            Err(fault) => return Err(reader.trouble(&fault)),
        }
    }
}

/// Whether the connection ended, rather than that the server refused something.
fn has_ended(fault: &Fault) -> bool {
    match &fault.cause {
        Cause::Closed => true,
        Cause::Refused(refusal) => refusal.is_goodbye() && refusal.code.is_none(),
        _ => false,
    }
}

/// Connects, signs in, and finds the folders.
async fn open(app: &App, lease: Lease) -> Result<Reader, End> {
    let (mut session, with_token) = match connect(app, lease.mailbox()).await {
        Ok(connected) => connected,
        Err(none) => return Err(none.trouble(lease.failures)?.map_or(End::Lost, End::Trouble)),
    };
    let trouble = |fault: &Fault| End::Trouble(Trouble::of(fault, with_token, lease.failures));
    let folders = session.folders().await.map_err(|fault| trouble(&fault))?;
    Ok(Reader { app: app.clone(), lease, session, with_token, folders: watched(folders), left_out: Vec::new() })
}

/// The folder in which news are announced: at Gmail the one with everything, because filters keep answers out of the inbox.
fn announced(folders: &[Watched]) -> FolderUse {
    let has_all = folders.iter().any(|folder| folder.usage == FolderUse::All);
    if has_all { FolderUse::All } else { FolderUse::Inbox }
}

/// The folders that are read: one for each use, the one in which news are announced last.
fn watched(folders: Vec<Folder>) -> Vec<Watched> {
    let mut watched: Vec<Watched> = Vec::new();
    for folder in folders {
        let usage = match folder.purpose {
            Some(Use::Inbox) => FolderUse::Inbox,
            Some(Use::Junk) => FolderUse::Junk,
            Some(Use::Sent) => FolderUse::Sent,
            Some(Use::All) => FolderUse::All,
            None => continue,
        };
        if watched.iter().all(|known| known.usage != usage) {
            watched.push(Watched { name: folder.name, usage, seen: Vec::new(), is_shut: false });
        }
    }
    let announced = announced(&watched);
    watched.sort_by_key(|folder| folder.usage == announced);
    watched
}

impl Reader {
    /// The folder that is read at each look.
    pub fn announced(&self) -> FolderUse {
        announced(&self.folders)
    }

    /// How the reader ends because of a fault.
    pub fn trouble(&self, fault: &Fault) -> End {
        End::Trouble(Trouble::of(fault, self.with_token, self.lease.failures))
    }
}
