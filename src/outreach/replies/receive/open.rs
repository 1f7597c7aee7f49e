//! Opening messages before a transaction is open: reading bytes takes the processor, asking name servers takes time.

use std::collections::HashSet;

use futures::StreamExt;
use sha2::{Digest, Sha256};

use super::{FolderUse, Incoming};
use crate::{
    mail::message::Message,
    outreach::replies::reading::{BounceVerdict, Kind, Known, Reading, read},
    server::{app::App, dns::TakesMail},
};

/// Domains that are looked up for one slice, at most, and how many at once.
const DOMAINS_MAX: usize = 50;
const DOMAINS_AT_ONCE: usize = 8;
/// What identifies a message without a Message-ID, besides its sender, date and subject.
const FIRST_BYTES: usize = 4096;

/// A message that was read.
#[derive(Debug)]
pub struct Opened {
    pub incoming: Incoming,
    pub message: Message,
    /// By which it is known again: the hash of its Message-ID, else of what else tells it apart.
    pub(super) key: [u8; 32],
    /// What a report says. Anything else is read once our own words in the conversation are known.
    pub(super) report: Option<Reading>,
    /// Domains of its recipients that have no mail server, as our own look-up finds too.
    pub(super) gone: HashSet<String>,
}

impl Opened {
    /// What it is matched by.
    pub(super) fn envelope(&self) -> Envelope<'_> {
        Envelope { message: &self.message, key: self.key, report: self.report.as_ref() }
    }

    /// What its folder is for.
    pub(super) fn usage(&self) -> FolderUse {
        self.incoming.place.as_ref().map_or(FolderUse::Inbox, |place| place.usage)
    }
}

/// What a message is matched by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Envelope<'a> {
    pub message: &'a Message,
    pub key: [u8; 32],
    pub report: Option<&'a Reading>,
}

/// Reads messages, in their order.
pub async fn open(app: &App, incoming: Vec<Incoming>) -> Vec<Opened> {
    let mut opened: Vec<Opened> = incoming.into_iter().map(read_one).collect();
    let of_report = |mail: &Opened| mail.report.iter().flat_map(gone_domains).collect::<Vec<String>>();
    let domains: HashSet<String> = opened.iter().flat_map(of_report).take(DOMAINS_MAX).collect();
    let asked = futures::stream::iter(domains).map(|domain| async move {
        let is_gone = app.dns.takes_mail(&domain).await == TakesMail::No;
        is_gone.then_some(domain)
    });
    let gone: HashSet<String> =
        asked.buffer_unordered(DOMAINS_AT_ONCE).filter_map(|domain| async { domain }).collect().await;
    for mail in &mut opened {
        mail.gone = of_report(mail).into_iter().filter(|domain| gone.contains(domain)).collect();
    }
    opened
}

/// Domains that a report says do not exist.
fn gone_domains(report: &Reading) -> impl Iterator<Item = String> {
    let recipients = report.recipients.iter().filter(|one| one.verdict == BounceVerdict::NoSuchDomain);
    recipients.filter_map(|one| Some(one.recipient()?.rsplit_once('@')?.1.to_lowercase()))
}

fn read_one(incoming: Incoming) -> Opened {
    let message = Message::read(&incoming.raw);
    let key = key(&message, &incoming.raw);
    let report = may_be_report(&message).then(|| {
        let known = Known {
            own_texts: &[],
            own_subject: None,
            own_addresses: &[],
            now: incoming.received_at,
            received_at: incoming.received_at,
        };
        read(&message, &known)
    });
    let report = report.filter(|report| report.kind.is_report() || report.kind == Kind::Receipt);
    Opened { message, key, report, gone: HashSet::new(), incoming }
}

/// Whether it lies where only what was sent lies. Where Gmail has everything, what came in says who it was delivered to.
pub(super) fn lies_among_sent(usage: FolderUse, message: &Message) -> bool {
    match usage {
        FolderUse::Sent => true,
        FolderUse::All => message.header("delivered-to").is_none(),
        FolderUse::Inbox | FolderUse::Junk | FolderUse::Other => false,
    }
}

/// Whether it is worth asking what it reports. An absence may look like this too.
pub(super) fn may_be_report(message: &Message) -> bool {
    let from = message.from.as_ref().map_or("", |from| from.address.split('@').next().unwrap_or_default());
    let daemon = ["mailer-daemon", "postmaster", "mail-daemon", "mailerdaemon", ""];
    let is_report = |part: &crate::mail::message::Part| {
        matches!(
            part.kind.as_str(),
            "message/delivery-status"
                | "message/global-delivery-status"
                | "message/feedback-report"
                | "message/disposition-notification"
        )
    };
    message.report_type().is_some()
        || message.has_null_return_path()
        || message.header("x-failed-recipients").is_some()
        || daemon.iter().any(|name| from.eq_ignore_ascii_case(name))
        || message.parts.iter().any(is_report)
}

/// By which a message is known again.
pub(super) fn key(message: &Message, raw: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    match &message.message_id {
        Some(id) => hash.update(id.as_bytes()),
        None => {
            for name in ["from", "date", "subject"] {
                hash.update(message.header(name).unwrap_or_default().as_bytes());
                hash.update([0]);
            }
            hash.update(&raw[..raw.len().min(FIRST_BYTES)]);
        }
    }
    hash.finalize().into()
}
