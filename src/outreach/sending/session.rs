//! One session with the mail server of a mailbox: it sends what the mailbox claimed, and what it claims within the next seconds.
//!
//! Whatever ends a session leaves the rest of its claims to the queue. A mail whose body has begun is waited for, and its reply is
//! written, whatever else happens; without one, its outcome is unknown (`unknown.rs`).
//!
//! That a mail was taken is written while the next one is announced, and both are in one commit then where the server is quick. A body
//! begins only after both are written, so the outcome of the mail before it is durable by then. When that takes so long that another
//! server may have the next mail, or fails, the next one is withdrawn (`withdraw.rs`): nothing of it has left.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures::future::BoxFuture;
use tokio::sync::mpsc::Receiver;

use super::{
    afterwards::{Campaigns, look_after},
    claim::{Batch, Claim, Lease},
    connect::connect,
    due::LEASE,
    hand_over::hold,
    leases,
    outcome::Handed,
    refused::Refused,
    render::{Ready, render},
    sessions::{Patience, Sessions},
    unknown::NoReply,
    verdict::Address,
    writer::Change,
};
use crate::{
    mail::smtp::{Fault, Session},
    server::{app::App, clock::Instant, dns::TakesMail},
};

/// How long a connection is kept for the next mails of its mailbox.
const KEPT: Duration = Duration::from_secs(10);
/// Mails of one connection, and its age.
const MAILS_MAX: usize = 100;
const AGE_MAX: Duration = Duration::from_secs(5 * 60);
/// How often the lease is renewed while a server takes its time.
const RENEWED: Duration = Duration::from_secs(30);
/// How long the end of the process waits for a reply.
const LAST_WAIT: Duration = Duration::from_secs(30);

/// The session of a mailbox.
struct Line {
    app: App,
    /// Nothing: it has to connect first.
    session: Option<Session>,
    /// Mails of this connection, and when it began.
    mails: usize,
    since: Instant,
    /// Another server may send for the mailbox by now: no further mail begins.
    lost: Arc<AtomicBool>,
    /// Campaigns to look at when the batch is over: no mail waits for that.
    concerned: Campaigns,
    /// What came of the last mail, on its way to the database.
    outcome: Option<BoxFuture<'static, anyhow::Result<Campaigns>>>,
}

/// Whether another mail can follow in the same session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Mail,
    /// What is still claimed waits for another session.
    End,
}

/// Sends a batch, and those that follow it within seconds.
pub(super) async fn run(app: App, mut batch: Batch, mut more: Receiver<Batch>) {
    let sessions = app.of::<Sessions>();
    let _permit = batch.permit.take();
    let (lost, since) = (Arc::default(), app.clock.now());
    let concerned = Campaigns::new();
    let mut line = Line { app: app.clone(), session: None, mails: 0, since, lost, concerned, outcome: None };
    let mailbox = batch.lease.mailbox;
    loop {
        let next = serve(&mut line, &batch).await;
        if next == Next::Mail && batch.lease.is_quick && line.may_continue() {
            let shutdown = &app.jobs.shutdown;
            tokio::select! {
                biased;
                Some(following) = more.recv() => { batch = following; continue; }
                () = tokio::time::sleep(KEPT) => {}
                () = shutdown.cancelled() => {}
            }
        }
        match sessions.part(mailbox, &mut more) {
            Some(following) => batch = following,
            None => break,
        }
    }
    if let Some(session) = line.session {
        session.quit().await;
    }
}

/// Sends a batch and gives back what of it did not leave. Only a connection on which all went well is kept.
async fn serve(line: &mut Line, batch: &Batch) -> Next {
    let app = line.app.clone();
    line.lost = Arc::default();
    let (lost, lease) = (line.lost.clone(), batch.lease);
    let next = tokio::select! {
        sent = send(line, batch) => sent,
        () = keep_lease(&app, batch, &lost) => Ok(Next::End),
    };
    let next = next.unwrap_or_else(|error| {
        tracing::error!(error = format!("{error:#}"), "a session with a mail server broke off; its mails wait");
        Next::End
    });
    let next = match line.written().await {
        Ok(()) => next,
        Err(error) => {
            tracing::error!(
                error = format!("{error:#}"),
                "what became of a mail could not be written; a member decides"
            );
            Next::End
        }
    };
    if next == Next::End {
        line.session = None;
    }
    let change = Change::Release(lease, batch.claims.clone());
    let sessions = app.of::<Sessions>();
    match sessions.writer.write(lease, change, app.clock.now()).await {
        Ok(answer) => line.concerned.extend(answer.concerned),
        Err(error) => tracing::warn!(error = format!("{error:#}"), "a lease could not be ended; it runs out"),
    }
    sessions.ended.notify_one();
    let told = batch.claims.iter().map(|claim| (claim.workspace_id, claim.campaign_id)).collect();
    look_after(&app, std::mem::take(&mut line.concerned), told);
    next
}

/// Renews the lease again and again. Never ends: when the lease is lost, the mail that is under way is still waited for.
async fn keep_lease(app: &App, batch: &Batch, lost: &AtomicBool) {
    let renew = async || -> anyhow::Result<bool> {
        let mut tx = app.db.write().await?;
        let held = leases::renew(&mut tx, batch.lease, &batch.claims, app.clock.now()).await?;
        tx.commit().await?;
        Ok(held)
    };
    loop {
        tokio::time::sleep(RENEWED).await;
        match renew().await {
            Ok(true) => {}
            Ok(false) => lost.store(true, Ordering::Relaxed),
            Err(error) => tracing::warn!(error = format!("{error:#}"), "a lease could not be renewed"),
        }
    }
}

async fn send(line: &mut Line, batch: &Batch) -> anyhow::Result<Next> {
    let app = line.app.clone();
    let at = app.clock.now();
    let (ready, not_ready) = render(&app, &mut app.db.read().await?, batch.claims.clone(), at).await?;
    if !not_ready.is_empty() {
        let mut tx = app.db.write().await?;
        hold(&mut tx, &not_ready, at).await?;
        tx.commit().await?;
        line.concerned.extend(not_ready.iter().map(|one| (one.claim.workspace_id, one.claim.campaign_id)));
    }
    for ready in ready {
        if line.lost.load(Ordering::Relaxed) || app.jobs.shutdown.is_cancelled() || !line.may_continue() {
            return Ok(Next::End);
        }
        if line.deliver(batch.lease, Arc::new(ready)).await? == Next::End {
            return Ok(Next::End);
        }
    }
    Ok(Next::Mail)
}

impl Line {
    /// Whether the connection may take another mail.
    fn may_continue(&self) -> bool {
        let is_young = || self.app.clock.now() < self.since.plus(AGE_MAX);
        self.session.as_ref().is_none_or(|session| self.mails < MAILS_MAX && is_young() && session.is_open())
    }

    /// Sends one mail.
    async fn deliver(&mut self, lease: Lease, ready: Arc<Ready>) -> anyhow::Result<Next> {
        let shutdown = self.app.jobs.shutdown.clone();
        if let Err(next) = self.begin_after_last(lease, &ready).await? {
            return Ok(next);
        }
        let Some(session) = self.session.as_mut() else { return Ok(Next::End) };
        self.mails += 1;
        let last_wait = async {
            shutdown.cancelled().await;
            tokio::time::sleep(LAST_WAIT).await;
        };
        let outcome = tokio::select! {
            outcome = session.body(ready.message.as_bytes()) => outcome,
            () = last_wait => {
                self.no_reply(lease, &ready.claim, "Fairlead was shut down before the reply came.".into(), false).await?;
                return Ok(Next::End);
            }
        };
        let is_open = session.is_open();
        match outcome {
            Ok(reply) => {
                let handed = Handed { words: Some(reply.to_string()), ..Handed::of(&ready, self.app.clock.now()) };
                self.outcome = Some(Box::pin(write(self.app.clone(), lease, Change::Sent(handed))));
                Ok(Next::Mail)
            }
            Err(fault) if fault.is_unknown() => {
                self.no_reply(lease, &ready.claim, fault.cause.to_string(), true).await?;
                Ok(Next::End)
            }
            Err(fault) => self.refuse(lease, &ready, &fault, is_open).await,
        }
    }

    /// Brings a mail to its body while what became of the last one is written. It leaves only if both are durable, and if it did not wait
    /// for the other so long that another server may have it by now.
    async fn begin_after_last(&mut self, lease: Lease, ready: &Arc<Ready>) -> anyhow::Result<Result<(), Next>> {
        let last = self.outcome.take();
        let (begun, last) = tokio::join!(self.begin(lease, ready), finished(last));
        let begun = match last {
            Ok(concerned) => {
                self.concerned.extend(concerned);
                begun?
            }
            Err(error) => {
                if matches!(begun, Ok(Ok(_))) {
                    self.withdraw(lease, &ready.claim).await;
                }
                return Err(error.context("what became of the last mail could not be written; a member decides"));
            }
        };
        let until = match begun {
            Ok(until) => until,
            Err(next) => return Ok(Err(next)),
        };
        if self.lost.load(Ordering::Relaxed) || self.app.clock.now() >= until {
            self.withdraw(lease, &ready.claim).await;
            return Ok(Err(Next::End));
        }
        Ok(Ok(()))
    }

    /// Brings a mail to the point of no return, and returns until when no other server takes it; or says why it does not come there.
    async fn begin(&mut self, lease: Lease, ready: &Arc<Ready>) -> anyhow::Result<Result<Instant, Next>> {
        let shutdown = self.app.jobs.shutdown.clone();
        // Nothing has left until then, so the end of the process ends this at once.
        let announced = tokio::select! {
            announced = self.announce(lease, ready) => announced?,
            () = shutdown.cancelled() => return Ok(Err(Next::End)),
        };
        if let Err(next) = announced {
            return Ok(Err(next));
        }
        let (writer, at) = (&self.app.of::<Sessions>().writer, self.app.clock.now());
        let begun = writer.write(lease, Change::Begin(ready.clone()), at).await;
        if !matches!(&begun, Ok(begun) if begun.leaves) {
            // It may have begun all the same: the answer to a commit can be lost.
            self.withdraw(lease, &ready.claim).await;
        }
        let begun = begun?;
        self.concerned.extend(begun.concerned);
        // The server waits for a message: without the final dot it takes none.
        Ok(if begun.leaves { Ok(at.plus(LEASE)) } else { Err(Next::End) })
    }

    /// Takes back a mail that has begun and of which nothing has left. If that cannot be written, its lease runs out, and it counts as
    /// one whose outcome is unknown.
    async fn withdraw(&mut self, lease: Lease, claim: &Claim) {
        if let Err(error) = self.write(lease, Change::Withdraw(claim.clone())).await {
            tracing::error!(error = format!("{error:#}"), "a mail that did not leave could not be taken back");
        }
    }

    /// Waits until what came of the last mail is written.
    async fn written(&mut self) -> anyhow::Result<()> {
        let outcome = self.outcome.take();
        self.concerned.extend(finished(outcome).await?);
        Ok(())
    }

    /// Brings a mail to where the server waits for its message, or says why it does not.
    async fn announce(&mut self, lease: Lease, ready: &Ready) -> anyhow::Result<Result<(), Next>> {
        if let Some((_, domain)) = ready.recipient.rsplit_once('@')
            && self.app.dns.takes_mail(domain).await == TakesMail::No
        {
            let refused = Refused::for_its_domain(lease, &ready.claim, domain);
            self.write(lease, Change::Refused(Box::new(refused))).await?;
            return Ok(Err(Next::Mail));
        }
        if self.session.is_none() {
            match connect(&self.app, (lease.workspace, lease.mailbox), &ready.sender).await? {
                None => return Ok(Err(Next::End)),
                Some(Ok(session)) => {
                    (self.session, self.mails, self.since) = (Some(session), 0, self.app.clock.now());
                }
                Some(Err(fault)) => return self.refuse(lease, ready, &fault, false).await.map(Err),
            }
        }
        let Some(session) = self.session.as_mut() else { return Ok(Err(Next::End)) };
        let envelope = session.envelope(&ready.sender, &ready.recipient, ready.message.len()).await;
        let is_open = session.is_open();
        match envelope {
            Ok(()) => Ok(Ok(())),
            Err(fault) => self.refuse(lease, ready, &fault, is_open).await.map(Err),
        }
    }

    async fn refuse(&mut self, lease: Lease, ready: &Ready, fault: &Fault, is_open: bool) -> anyhow::Result<Next> {
        let mut refused = Refused::of(lease, &ready.claim, fault);
        if refused.verdict.effects.address == Address::BadIfDomainIsGone
            && let Some((_, domain)) = ready.recipient.rsplit_once('@')
        {
            refused.domain_is_gone = self.app.dns.takes_mail(domain).await == TakesMail::No;
        }
        let next = if is_open && !refused.stops_mailbox() { Next::Mail } else { Next::End };
        self.write(lease, Change::Refused(Box::new(refused))).await?;
        Ok(next)
    }

    async fn no_reply(
        &mut self,
        lease: Lease,
        claim: &Claim,
        words: String,
        is_servers_doing: bool,
    ) -> anyhow::Result<()> {
        let (workspace, send, fence) = (claim.workspace_id, claim.id, claim.fence);
        let no_reply = NoReply { workspace, send, fence, words, lease: is_servers_doing.then_some(lease) };
        self.write(lease, Change::NoReply(no_reply)).await
    }

    async fn write(&mut self, lease: Lease, change: Change) -> anyhow::Result<()> {
        self.concerned.extend(write(self.app.clone(), lease, change).await?);
        Ok(())
    }
}

async fn finished(outcome: Option<BoxFuture<'static, anyhow::Result<Campaigns>>>) -> anyhow::Result<Campaigns> {
    match outcome {
        Some(outcome) => outcome.await,
        None => Ok(Campaigns::new()),
    }
}

/// Writes what came of a mail, again and again while the database does not take it: what the server said is known only here.
async fn write(app: App, lease: Lease, change: Change) -> anyhow::Result<Campaigns> {
    let sessions = app.of::<Sessions>();
    let Patience { pause, writes_max } = *sessions.patience.get_or_init(Patience::default);
    let mut attempt = 1;
    loop {
        match sessions.writer.write(lease, change.clone(), app.clock.now()).await {
            Ok(answer) => return Ok(answer.concerned),
            Err(error) if attempt >= writes_max => return Err(error),
            Err(error) => tracing::warn!(error = format!("{error:#}"), "an outcome could not be written yet"),
        }
        attempt += 1;
        tokio::time::sleep(pause).await;
    }
}
