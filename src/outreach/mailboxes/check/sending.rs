//! The first six checks: from the name of the server to whether the mailbox may send as its address.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::{
    finding::Finding,
    kind::{Check, CheckResult, Outcome},
};
use crate::{
    mail::{
        server::Server,
        sign_in::SignIn,
        smtp::{Cause, Dial, Fault, Session, Stage, Times},
        tls::Tls,
    },
    outreach::sending::verdict::{Class, verdict},
    server::connect::Networks,
};

/// Longest wait for one answer of a server.
pub const WAIT_MAX: Duration = Duration::from_secs(30);

/// The server through which a mailbox sends, and until when its checks may take.
pub struct Sending<'a> {
    pub networks: &'a Networks,
    pub hello: &'a str,
    pub server: &'a Server,
    pub address: &'a str,
    pub until: Instant,
}

impl Sending<'_> {
    /// Signs in and asks whether the mailbox may send as its address. Returns what the checks found, and either the session, in
    /// which the test mail can be sent, or the fault.
    pub async fn check(&self, sign_in: &SignIn) -> (Vec<CheckResult>, Result<Session, Fault>) {
        let dial = Dial {
            networks: self.networks,
            tls: Tls::of_machine(),
            times: Times::at_most(WAIT_MAX),
            hello: self.hello,
        };
        // Connecting has a shorter limit of its own, so what takes this long is a server that speaks slowly.
        let slow = || Fault { stage: Stage::Greeting, cause: Cause::Slow };
        let opened = timeout_at(self.until, Session::open(dial, self.server, Some(sign_in))).await;
        let mut session = match opened.unwrap_or_else(|_| Err(slow())) {
            Ok(session) => session,
            Err(fault) => return (self.until_fault(&fault), Err(fault)),
        };
        let offers = session.offers();
        let offers = Finding::Offers { size_max: offers.size_max, mechanisms: offers.mechanisms.clone() };
        let asked = timeout_at(self.until, session.check_sender(self.address, self.address)).await;
        match asked.unwrap_or(Err(Fault { stage: Stage::Sender, cause: Cause::Slow })) {
            Ok(_) => (results(Check::Sender, CheckResult::passed(Check::Sender), Some(offers)), Ok(session)),
            Err(fault) => {
                let failed = CheckResult::failed(Check::Sender, self.finding(&fault));
                (results(Check::Sender, failed, Some(offers)), Err(fault))
            }
        }
    }

    fn until_fault(&self, fault: &Fault) -> Vec<CheckResult> {
        let check = check_of(fault);
        results(check, CheckResult::failed(check, self.finding(fault)), None)
    }

    /// What a fault means for who reads it.
    pub fn finding(&self, fault: &Fault) -> Finding {
        let Some(reply) = fault.reply() else {
            return Finding::of_smtp(&fault.cause, &self.server.host, self.server.port);
        };
        let (words, address) = (reply.to_string().trim_end_matches('.').to_owned(), self.address.to_owned());
        match (fault.stage, verdict(fault).class) {
            (Stage::SignIn, Class::SignInSwitchedOff) => Finding::SignInSwitchedOff { words },
            (Stage::SignIn, Class::SignInRefused) => Finding::SignInRefused { words },
            (Stage::SignIn, _) => Finding::SignInBusy { words },
            (Stage::Sender, _) | (Stage::Recipient, Class::SenderRefused) => Finding::MayNotSend { address, words },
            (Stage::Recipient, _) => Finding::RecipientRefused { address, words },
            (Stage::Data | Stage::Body, _) => Finding::MailRefused { words },
            (Stage::Connect | Stage::Tls | Stage::Greeting | Stage::Hello, _) => Finding::Refused { words },
        }
    }
}

/// The results up to a check that ended with `last`: those before passed, those behind were not reached.
fn results(check: Check, last: CheckResult, offers: Option<Finding>) -> Vec<CheckResult> {
    let result = |known: Check| match known {
        _ if known == check => last.clone(),
        Check::Greeting if known < check => CheckResult::new(known, Outcome::Passed, offers.clone()),
        _ if known < check => CheckResult::passed(known),
        _ => CheckResult::not_reached(known),
    };
    Check::SENDING.into_iter().map(result).collect()
}

fn check_of(fault: &Fault) -> Check {
    use crate::server::connect::ConnectFault;
    match (fault.stage, &fault.cause) {
        (Stage::Connect, Cause::Connect(ConnectFault::Unknown(_) | ConnectFault::NotPublic(_))) => Check::Host,
        (Stage::Connect, _) => Check::Connect,
        (Stage::Tls, _) => Check::Tls,
        (Stage::Greeting | Stage::Hello, _) => Check::Greeting,
        (Stage::SignIn, _) => Check::SignIn,
        (Stage::Sender | Stage::Recipient | Stage::Data | Stage::Body, _) => Check::Sender,
    }
}
