//! The test of a mailbox as it was typed, before it is saved: the same checks, in one go. Nothing is written down, neither passwords nor
//! results.

use std::time::Duration;

use sqlx::types::Json;
use tokio::time::{Instant as Moment, timeout_at};

use super::{
    finding::Finding,
    kind::{Check, CheckResult, Outcome, Results},
    reading::{Readable, Reading},
    records,
    round_trip::{Arrived, Trip},
    sending::Sending,
    signature,
    store::{TestId, TestRun, TestState},
};
use crate::{
    accounts::WorkspaceId,
    mail::{
        domain::Evidence,
        server::own_name,
        sign_in::{Secret, SignIn},
        smtp::{Cause, Fault, Session, Stage},
    },
    outreach::{
        ids::SendId,
        mailboxes::{account::Account, domains},
        unsubscribe,
    },
    server::app::App,
};

/// For the checks that ask the mail servers: someone waits for the page.
const TIME_MAX: Duration = Duration::from_secs(60);
/// For the test mail.
const ARRIVAL_TIME_MAX: Duration = Duration::from_secs(20);

/// A mailbox as it was typed.
pub struct Typed<'a> {
    pub workspace: WorkspaceId,
    pub address: &'a str,
    pub name: &'a str,
    pub account: &'a Account,
    pub smtp: &'a Secret,
    /// The password for reading, where it is another one.
    pub imap: Option<&'a Secret>,
}

/// Does the ten checks.
///
/// # Errors
/// Failures on our side.
pub async fn check(app: &App, typed: &Typed<'_>) -> anyhow::Result<TestRun> {
    let (created_at, until) = (app.clock.now(), Moment::now() + TIME_MAX);
    let mut results = Results::default();
    let session = typed.check_sending(app, until, &mut results).await;
    let readable = typed.check_reading(app, until, &mut results).await;
    let copy = match (session, readable) {
        (Some(session), Some(readable)) => {
            typed.check_round_trip(app, (session, readable), until, &mut results).await?
        }
        _ => {
            results.set(CheckResult::not_reached(Check::RoundTrip));
            None
        }
    };
    let evidence = copy.as_ref().map(|(arrived, _)| Evidence::of_header(&arrived.header));
    results.set(match (&copy, &evidence) {
        (Some((arrived, trip)), Some(evidence)) => {
            signature::check(&arrived.header, evidence, typed.domain(), &trip.message_id)
        }
        _ => CheckResult::not_reached(Check::Signature),
    });
    let subject = domains::subject_typed(typed.address, &typed.account.smtp.host, evidence);
    results.set(records::check_subject(app, &subject).await);
    Ok(TestRun { id: TestId::new(), state: TestState::Finished, created_at, results: Json(results) })
}

impl Typed<'_> {
    fn domain(&self) -> &str {
        self.address.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    async fn check_sending(&self, app: &App, until: Moment, results: &mut Results) -> Option<Session> {
        let (hello, networks) = (own_name(&app.config.public_url), &app.config.networks);
        let sending = Sending { networks, hello: &hello, server: &self.account.smtp, address: self.address, until };
        let sign_in = SignIn::Password { user: self.account.smtp_user.clone(), password: self.smtp.clone() };
        let (found, session) = sending.check(&sign_in).await;
        found.into_iter().for_each(|result| results.set(result));
        session.ok()
    }

    async fn check_reading(&self, app: &App, until: Moment, results: &mut Results) -> Option<Readable> {
        let Some(server) = &self.account.imap else {
            results.set(CheckResult::failed(Check::Imap, Finding::NoImap));
            return None;
        };
        let password = self.imap.unwrap_or(self.smtp).clone();
        let sign_in = SignIn::Password { user: self.account.imap_user.clone(), password };
        let (found, readable) = Reading { networks: &app.config.networks, server, until }.check(&sign_in).await;
        results.set(found);
        readable
    }

    /// Returns the copy if it arrived.
    async fn check_round_trip(
        &self,
        app: &App,
        (mut smtp, Readable { mut session, places }): (Session, Readable),
        until: Moment,
        results: &mut Results,
    ) -> anyhow::Result<Option<(Arrived, Trip)>> {
        let refused = |words: String| CheckResult::failed(Check::RoundTrip, Finding::MailRefused { words });
        let url = unsubscribe::url(app, self.workspace, SendId::new());
        let (trip, message) = match Trip::new((self.name, self.address), url, places, app.clock.now()) {
            Ok(made) => made,
            Err(fault) => {
                results.set(refused(fault.to_string()));
                return Ok(None);
            }
        };
        let sent = timeout_at(until, Trip::send(&mut smtp, self.address, &message)).await;
        if let Err(fault) = sent.unwrap_or(Err(Fault { stage: Stage::Body, cause: Cause::Slow })) {
            results.set(match fault.reply() {
                Some(reply) => refused(reply.to_string()),
                None => {
                    let server = &self.account.smtp;
                    let finding = Finding::of_smtp(&fault.cause, &server.host, server.port);
                    CheckResult::failed(Check::RoundTrip, finding)
                }
            });
            return Ok(None);
        }
        smtp.quit().await;
        let patience = until.min(Moment::now() + ARRIVAL_TIME_MAX);
        let arrived = timeout_at(until, trip.await_arrival(&mut session, patience)).await.unwrap_or(Ok(None));
        let arrived = arrived.unwrap_or_else(|fault| {
            tracing::info!(%fault, "the test mail of a mailbox could not be looked for");
            None
        });
        session.log_out().await;
        results.set(match &arrived {
            Some(arrived) => trip.result(arrived, app.clock.now()),
            None => {
                let finding = Finding::NotYetArrived { seconds: ARRIVAL_TIME_MAX.as_secs() };
                CheckResult::new(Check::RoundTrip, Outcome::Warning, finding)
            }
        });
        Ok(arrived.map(|arrived| (arrived, trip)))
    }
}
