//! Doing a test: its loop, the ten checks one after the other, and the look for a mail that is late.

use std::{sync::Arc, time::Duration};

use sqlx::types::Json;
use tokio::{
    sync::{Notify, Semaphore},
    time::Instant as Moment,
};

use super::{
    finding::Finding,
    kind::{Check, CheckResult, Outcome},
    reading::{Readable, Reading},
    records,
    round_trip::{Arrived, Trip},
    sending::Sending,
    signature,
    store::{self, Claimed, TestState},
};
use crate::{
    mail::{
        imap,
        server::own_name,
        sign_in::SignIn,
        smtp::{self, Session},
    },
    on,
    outreach::{
        ids::SendId,
        mailboxes::{
            account::{Account, account},
            domains::{note_copy, signing},
            sign_in::{Protocol, SignInFault, renewed, sign_in},
            state::{self, Activated, Cause},
        },
        sending::verdict::{Mailbox as Effect, is_refused_sign_in, verdict},
        unsubscribe,
    },
    server::{app::App, clock::Instant, db::Tx, jobs::Round},
    suppression::SuppressionKeys,
    topics,
};

/// Between two looks for tests to do.
const PAUSE: Duration = Duration::from_millis(500);
/// Tests that a process does at the same time.
const AT_ONCE: usize = 8;
/// For all checks together.
const TEST_TIME_MAX: Duration = Duration::from_secs(120);
/// How long a test waits for its mail, and how long it is then looked for, once a minute.
const ARRIVAL_TIME_MAX: Duration = Duration::from_secs(90);
const LATE: Duration = Duration::from_secs(10 * 60);
const LATE_PAUSE: Duration = Duration::from_secs(60);
/// How often a test is begun that ended without a word.
const ATTEMPTS_MAX: i64 = 3;

/// Starts the loop.
pub fn start(app: &App) {
    let (worker, room, wake) = (app.clone(), Arc::new(Semaphore::new(AT_ONCE)), Arc::new(Notify::new()));
    let done = wake.clone();
    app.jobs.repeat("tests of mailboxes", PAUSE, wake, move || turn(worker.clone(), room.clone(), done.clone()));
}

/// Claims as many tests as there is room for, and does them beside each other.
async fn turn(app: App, room: Arc<Semaphore>, done: Arc<Notify>) -> anyhow::Result<Round> {
    let free = room.available_permits();
    if free == 0 {
        return Ok(Round::Idle);
    }
    let mut tx = app.db.write().await?;
    let claimed = store::claim(&mut tx, i64::try_from(free)?, app.clock.now()).await?;
    tx.commit().await?;
    for test in claimed {
        let (app, done, permit) = (app.clone(), done.clone(), room.clone().acquire_owned().await?);
        app.jobs.tracker.clone().spawn(async move {
            if let Err(error) = work(&app, test).await {
                tracing::error!(error = format!("{error:#}"), "the test of a mailbox failed; it is begun again");
            }
            drop(permit);
            done.notify_one();
        });
    }
    Ok(Round::Idle)
}

/// Does a test, or looks for its mail. At the end of the process it is put back.
///
/// # Errors
/// Failures on our side; the test is begun again when its lease is over.
pub async fn work(app: &App, mut test: Claimed) -> anyhow::Result<()> {
    let claimed = test.clone();
    let doing = async {
        match test.trip.clone().filter(|_| test.state == TestState::Waiting) {
            Some(Json(trip)) => look_again(app, &mut test, &trip).await,
            None => all_checks(app, &mut test).await,
        }
    };
    tokio::select! {
        done = doing => done,
        () = app.jobs.shutdown.cancelled() => {
            let mut tx = app.db.write().await?;
            store::retry(&mut tx, &claimed, app.clock.now()).await?;
            Ok(tx.commit().await?)
        }
    }
}

/// What is tested.
struct Subject {
    address: String,
    name: String,
    account: Account,
}

impl Subject {
    fn domain(&self) -> &str {
        self.address.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

async fn subject(app: &App, test: &Claimed) -> anyhow::Result<Subject> {
    let mut tx = app.db.read().await?;
    let (address, name): (String, String) = on!(&mut tx, c => sqlx::query_as(
        "select address, sender_name from mailboxes where workspace_id = $1 and id = $2")
        .bind(test.workspace_id).bind(test.mailbox_id).fetch_one(c).await)?;
    let account = account(&mut tx, test.workspace_id, test.mailbox_id).await?;
    Ok(Subject { address, name, account })
}

async fn all_checks(app: &App, test: &mut Claimed) -> anyhow::Result<()> {
    if test.lease.attempt > ATTEMPTS_MAX {
        return finish(app, test).await;
    }
    let (subject, until) = (subject(app, test).await?, Moment::now() + TEST_TIME_MAX);
    *test.results = super::kind::Results::default();
    let session = check_sending(app, test, &subject, until).await?;
    let readable = check_reading(app, test, &subject, until).await?;
    let arrived = match (session, readable) {
        (Some(session), Some(readable)) => check_round_trip(app, test, &subject, (session, readable), until).await?,
        _ => {
            test.results.set(CheckResult::not_reached(Check::RoundTrip));
            None
        }
    };
    check_copy(app, test, &subject, arrived.as_ref()).await?;
    keep(app, test).await?;
    let domain = records::check(app, test.workspace_id, subject.domain()).await?;
    test.results.set(domain);
    if test.results.of(Check::RoundTrip).is_some_and(|result| result.outcome == Outcome::Waiting) {
        return wait(app, test).await;
    }
    finish(app, test).await
}

/// Checks 1 to 6. The mailbox becomes active when they pass, and keeps why it cannot send when they do not.
async fn check_sending(
    app: &App,
    test: &mut Claimed,
    subject: &Subject,
    until: Moment,
) -> anyhow::Result<Option<Session>> {
    let hello = own_name(&app.config.public_url);
    let sending = Sending {
        networks: &app.config.networks,
        hello: &hello,
        server: &subject.account.smtp,
        address: &subject.address,
        until,
    };
    let credentials = match credentials(app, test, Protocol::Smtp).await? {
        Ok(credentials) => credentials,
        Err(finding) => {
            for check in Check::SENDING {
                test.results.set(CheckResult::not_reached(check));
            }
            test.results.set(CheckResult::failed(Check::SignIn, finding));
            keep(app, test).await?;
            return Ok(None);
        }
    };
    let (mut results, mut outcome) = sending.check(&credentials).await;
    if matches!(&outcome, Err(fault) if is_refused_sign_in(fault)) {
        match next_credentials(app, test, &credentials).await? {
            Some(Ok(next)) => (results, outcome) = sending.check(&next).await,
            Some(Err(finding)) => {
                results.into_iter().for_each(|result| test.results.set(result));
                test.results.set(CheckResult::failed(Check::SignIn, finding));
                keep(app, test).await?;
                return Ok(None);
            }
            None => {}
        }
    }
    for result in results {
        test.results.set(result);
    }
    let session = match outcome {
        Ok(session) => session,
        Err(fault) => {
            let mut tx = app.db.write().await?;
            note_failure(&mut tx, test, &fault, app.clock.now()).await?;
            keep_in(app, tx, test).await?;
            return Ok(None);
        }
    };
    let (key, mut tx) = (test.mailbox(), app.db.write().await?);
    let activated = state::activate(&mut tx, app.of::<SuppressionKeys>(), key, app.clock.now()).await?;
    if activated == Activated::AddressTaken {
        test.results.set(CheckResult::failed(Check::Sender, Finding::AddressTaken));
    }
    keep_in(app, tx, test).await?;
    Ok((activated == Activated::Active).then_some(session))
}

/// Notes on the mailbox why it cannot send. A mailbox that sends is stopped only by what would stop its mails too.
async fn note_failure(tx: &mut Tx, test: &Claimed, fault: &smtp::Fault, at: Instant) -> sqlx::Result<()> {
    let verdict = verdict(fault);
    let is_draft: bool = on!(&mut *tx, c => sqlx::query_scalar(
        "select state = 'draft' from mailboxes where workspace_id = $1 and id = $2")
        .bind(test.workspace_id).bind(test.mailbox_id).fetch_one(c).await)?;
    let code = match verdict.effects.mailbox {
        Effect::FailingUntilTested(code) => Some(code),
        _ if is_draft => Some(verdict.class.name()),
        _ => None,
    };
    if let Some(code) = code {
        let cause = Cause::new(code, serde_json::json!({ "words": fault.cause.to_string() }));
        state::fail(tx, test.mailbox(), &cause, None, at).await?;
    }
    Ok(())
}

/// Check 7.
async fn check_reading(
    app: &App,
    test: &mut Claimed,
    subject: &Subject,
    until: Moment,
) -> anyhow::Result<Option<Readable>> {
    let Some(server) = &subject.account.imap else {
        test.results.set(CheckResult::failed(Check::Imap, Finding::NoImap));
        keep(app, test).await?;
        return Ok(None);
    };
    let reading = Reading { networks: &app.config.networks, server, until };
    let (result, readable) = match credentials(app, test, Protocol::Imap).await? {
        Ok(credentials) => read(app, test, &reading, &credentials).await?,
        Err(finding) => (CheckResult::failed(Check::Imap, finding), None),
    };
    test.results.set(result);
    keep(app, test).await?;
    Ok(readable)
}

/// Signs in to read, with the next token where this one is refused.
async fn read(
    app: &App,
    test: &Claimed,
    reading: &Reading<'_>,
    credentials: &SignIn,
) -> anyhow::Result<(CheckResult, Option<Readable>)> {
    let checked = reading.check(credentials).await;
    if !checked.0.findings.iter().any(|finding| matches!(finding, Finding::SignInRefused { .. })) {
        return Ok(checked);
    }
    Ok(match next_credentials(app, test, credentials).await? {
        Some(Ok(next)) => reading.check(&next).await,
        Some(Err(finding)) => (CheckResult::failed(Check::Imap, finding), None),
        None => checked,
    })
}

/// Check 8: returns the copy if it arrived.
async fn check_round_trip(
    app: &App,
    test: &mut Claimed,
    subject: &Subject,
    (mut smtp, Readable { mut session, places }): (Session, Readable),
    until: Moment,
) -> anyhow::Result<Option<Arrived>> {
    let url = unsubscribe::url(app, test.workspace_id, SendId::new());
    let from = (subject.name.as_str(), subject.address.as_str());
    let (trip, message) = match Trip::new(from, url, places, app.clock.now()) {
        Ok(made) => made,
        Err(fault) => {
            let finding = Finding::MailRefused { words: fault.to_string() };
            test.results.set(CheckResult::failed(Check::RoundTrip, finding));
            return Ok(None);
        }
    };
    let key = (test.workspace_id, test.mailbox_id);
    let message = String::from_utf8(message)?;
    let mut tx = app.db.read().await?;
    let message = signing::signed(&mut tx, &app.config.encryption_keys(), key, message, trip.sent_at).await?;
    drop(tx);
    if let Err(fault) = Trip::send(&mut smtp, &subject.address, message.as_bytes()).await {
        let server = &subject.account.smtp;
        let finding = match fault.reply() {
            Some(reply) => Finding::MailRefused { words: reply.to_string() },
            None => Finding::of_smtp(&fault.cause, &server.host, server.port),
        };
        test.results.set(CheckResult::failed(Check::RoundTrip, finding));
        return Ok(None);
    }
    smtp.quit().await;
    test.trip = Some(Json(trip.clone()));
    test.results.set(CheckResult::new(Check::RoundTrip, Outcome::Waiting, Finding::OnItsWay));
    keep(app, test).await?;
    let patience = until.min(Moment::now() + ARRIVAL_TIME_MAX);
    let arrived = match trip.await_arrival(&mut session, patience).await {
        Ok(arrived) => arrived,
        // It could be read a moment ago: the mail is looked for again over a new connection.
        Err(fault) => {
            tracing::info!(%fault, "the test mail of a mailbox could not be looked for");
            None
        }
    };
    session.log_out().await;
    if let Some(arrived) = &arrived {
        test.results.set(trip.result(arrived, app.clock.now()));
    }
    Ok(arrived)
}

/// Check 9. What the copy proves is kept for the domain.
async fn check_copy(app: &App, test: &mut Claimed, subject: &Subject, arrived: Option<&Arrived>) -> anyhow::Result<()> {
    let (Some(arrived), Some(Json(trip))) = (arrived, &test.trip) else {
        test.results.set(CheckResult::not_reached(Check::Signature));
        return Ok(());
    };
    let mut tx = app.db.write().await?;
    let evidence = note_copy(&mut tx, test.mailbox(), &arrived.header, app.clock.now()).await?;
    tx.commit().await?;
    test.results.set(signature::check(&arrived.header, &evidence, subject.domain(), &trip.message_id));
    Ok(())
}

/// Looks once for a mail that is late.
async fn look_again(app: &App, test: &mut Claimed, trip: &Trip) -> anyhow::Result<()> {
    let subject = subject(app, test).await?;
    let looked = match (&subject.account.imap, credentials(app, test, Protocol::Imap).await?) {
        (Some(server), Ok(credentials)) => {
            let reading = Reading { networks: &app.config.networks, server, until: Moment::now() + TEST_TIME_MAX };
            look(&reading, &credentials, trip).await
        }
        _ => Ok(None),
    };
    let now = app.clock.now();
    match looked {
        Ok(Some(arrived)) => {
            test.results.set(trip.result(&arrived, now));
            check_copy(app, test, &subject, Some(&arrived)).await?;
        }
        _ if now < trip.sent_at.plus(LATE) => return wait(app, test).await,
        _ => {
            let finding = Finding::NeverArrived { minutes: LATE.as_secs() / 60 };
            test.results.set(CheckResult::new(Check::RoundTrip, Outcome::Warning, finding));
        }
    }
    finish(app, test).await
}

async fn look(reading: &Reading<'_>, credentials: &SignIn, trip: &Trip) -> Result<Option<Arrived>, imap::Fault> {
    let mut session = reading.open(credentials).await?;
    let arrived = trip.look(&mut session).await?;
    session.log_out().await;
    Ok(arrived)
}

/// What to sign in with, or what is missing.
async fn credentials(app: &App, test: &Claimed, protocol: Protocol) -> anyhow::Result<Result<SignIn, Finding>> {
    match sign_in(app, test.workspace_id, test.mailbox_id, protocol).await {
        Ok(credentials) => Ok(Ok(credentials)),
        Err(fault) => missing(fault).map(Err),
    }
}

/// What to sign in with after a server refused `refused`: a token may end before its time. `None`: there is nothing else.
async fn next_credentials(
    app: &App,
    test: &Claimed,
    refused: &SignIn,
) -> anyhow::Result<Option<Result<SignIn, Finding>>> {
    match renewed(app, test.mailbox(), refused).await {
        Ok(next) => Ok(next.map(Ok)),
        Err(fault) => missing(fault).map(Err).map(Some),
    }
}

fn missing(fault: SignInFault) -> anyhow::Result<Finding> {
    match fault {
        SignInFault::NoPassword => Ok(Finding::NoPassword),
        SignInFault::NoPermission => Ok(Finding::NoPermission),
        SignInFault::NoToken(words) => Ok(Finding::NoToken { words }),
        SignInFault::Internal(error) => Err(error),
    }
}

/// Writes down what was found so far, and shows it to open pages.
async fn keep(app: &App, test: &Claimed) -> anyhow::Result<()> {
    keep_in(app, app.db.write().await?, test).await
}

/// The same together with what `tx` has changed on the mailbox, which counts only if the test is still about the account it has.
async fn keep_in(app: &App, mut tx: Tx, test: &Claimed) -> anyhow::Result<()> {
    let kept = store::keep(&mut tx, test).await?;
    anyhow::ensure!(kept, "another worker has the test, or its mailbox was changed");
    tx.commit().await?;
    app.live.changed(&app.db, test.workspace_id.0, &[topics::MAILBOXES]).await;
    Ok(())
}

/// The mail is late: it is looked for again.
async fn wait(app: &App, test: &mut Claimed) -> anyhow::Result<()> {
    test.state = TestState::Waiting;
    let mut tx = app.db.write().await?;
    store::keep(&mut tx, test).await?;
    store::retry(&mut tx, test, app.clock.now().plus(LATE_PAUSE)).await?;
    tx.commit().await?;
    app.live.changed(&app.db, test.workspace_id.0, &[topics::MAILBOXES]).await;
    Ok(())
}

async fn finish(app: &App, test: &Claimed) -> anyhow::Result<()> {
    let mut tx = app.db.write().await?;
    store::keep(&mut tx, test).await?;
    store::finish(&mut tx, test, app.clock.now()).await?;
    tx.commit().await?;
    app.live.changed(&app.db, test.workspace_id.0, &[topics::MAILBOXES]).await;
    Ok(())
}
