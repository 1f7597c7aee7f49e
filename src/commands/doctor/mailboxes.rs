//! The mailboxes of all workspaces: their states, whether they are looked at in time, and the name servers that sending asks.

use std::time::Duration;

use super::finding::Finding;
use crate::{
    outreach::{
        mailboxes::mailbox::{self, MailboxState},
        sending,
    },
    server::{
        clock::Instant,
        config::Config,
        db::Db,
        dns::{Dns, TakesMail},
    },
    ui::plural,
};

const AREA: &str = "mailboxes";
/// A mailbox that is due is looked at within seconds.
const USUAL: Duration = Duration::from_secs(10 * 60);
/// A domain that always exists (RFC 6761) and is asked about to see whether they answer.
const ASKED_ABOUT: &str = "example.com";

pub async fn look(config: &Config, db: &Db, workers_are_alive: bool, now: Instant) -> Vec<Finding> {
    let states = async { mailbox::by_state(&mut db.read().await?).await };
    let mut findings = match states.await {
        Ok(states) if states.is_empty() => vec![Finding::ok(AREA, "none yet")],
        Ok(states) => states.into_iter().map(of_state).collect(),
        Err(error) => return vec![Finding::unanswered(AREA, &error)],
    };
    let overdue = async { sending::overdue(&mut db.read().await?, now.minus(USUAL)).await };
    match overdue.await {
        Ok(0) => {}
        Ok(late) => findings.push(of_overdue(late, workers_are_alive)),
        Err(error) => findings.push(Finding::unanswered(AREA, &error)),
    }
    let dns = Dns::configured(config.dns);
    if dns.is_on() {
        findings.push(of_answer(dns.takes_mail(ASKED_ABOUT).await));
    }
    findings
}

fn of_state((state, mailboxes): (MailboxState, i64)) -> Finding {
    let mailboxes = plural(mailboxes, "mailbox", "mailboxes");
    Finding::ok(
        AREA,
        match state {
            MailboxState::Active => format!("{mailboxes} active"),
            MailboxState::Paused => format!("{mailboxes} paused by a member"),
            MailboxState::Removed => format!("{mailboxes} removed"),
        },
    )
}

fn of_overdue(late: i64, workers_are_alive: bool) -> Finding {
    let text = format!("{} due for more than 10 minutes", plural(late, "mailbox is", "mailboxes are"));
    if workers_are_alive {
        Finding::fault(AREA, text, "Workers run and do not send. Look for “sending” in their log.")
    } else {
        Finding::warning(AREA, text, "Their mails leave when a worker runs.")
    }
}

fn of_answer(answer: TakesMail) -> Finding {
    match answer {
        TakesMail::Yes | TakesMail::No => Finding::ok("dns", "the name servers answer"),
        TakesMail::Unknown => Finding::fault(
            "dns",
            "the name servers do not answer",
            "See that this machine reaches them, or name others in FAIRLEAD_DNS.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::finding::Level, *};

    #[test]
    fn overdue_mailboxes_are_a_fault_only_while_workers_run() {
        assert_eq!((of_overdue(2, true).level, of_overdue(2, false).level), (Level::Fault, Level::Warning));
        assert_eq!(of_overdue(1, true).text, "1 mailbox is due for more than 10 minutes");
        assert_eq!((of_answer(TakesMail::No).level, of_answer(TakesMail::Unknown).level), (Level::Ok, Level::Fault));
    }
}
