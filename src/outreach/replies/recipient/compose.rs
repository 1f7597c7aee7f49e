//! Writes what a recipient's program or mail server would write: RFC 5322, RFC 3464 reports, RFC 5965 complaints.

use base64::{Engine, prelude::BASE64_STANDARD};

use super::act::Act;
use crate::{
    mail::message::Message as Parsed,
    outreach::{
        mailboxes::{
            mailbox::Mailbox,
            outbox::{OutboxMail, text_of},
            outbox_answer::OutboxReport,
        },
        schedule::rules::Day,
        sequences::message::{Message, message_id, reply_subject},
    },
    server::clock::Instant,
};

/// Writes the message that comes back for a mail.
///
/// # Errors
/// When an address of the mail cannot be written in a header.
pub fn compose(
    mailbox: &Mailbox,
    mail: &OutboxMail,
    act: &Act,
    random: [u8; 16],
    at: Instant,
) -> anyhow::Result<Vec<u8>> {
    let original = Parsed::read(mail.message.as_bytes());
    let domain = mail.recipient.rsplit_once('@').map_or("localhost", |(_, domain)| domain);
    let id = message_id(random, domain);
    match act {
        Act::AnswerWithFile(text) => {
            let boundary = format!("=_{}", id.split('@').next().unwrap_or_default());
            let answer = Act::Answer(text.clone());
            Ok(with_file(&compose(mailbox, mail, &answer, random, at)?, &boundary))
        }
        Act::Answer(text) => {
            let quoted: String = text_of(&mail.message).lines().map(|line| format!("> {line}\n")).collect();
            let date = jiff::Timestamp::from_microsecond(mail.received_at.0)?.strftime("%a, %d %b %Y at %H:%M");
            let body = format!("{text}\n\nOn {date}, {} <{}> wrote:\n{quoted}", mailbox.sender_name, mailbox.address);
            Ok(answer(mailbox, mail, &original, (id, reply_subject(&mail.subject), body), at)?)
        }
        Act::Away(day) => {
            let subject = format!("Automatic reply: {}", mail.subject);
            let body =
                format!("Thank you for your message. I am out of the office and will be back on {}.", date_of(*day));
            let message = answer(mailbox, mail, &original, (id, subject, body), at)?;
            Ok([b"Auto-Submitted: auto-replied\r\n".as_slice(), &message].concat())
        }
        Act::Reports(what) => Ok(report(mailbox, mail, (&id, domain), *what, at)?.into_bytes()),
        Act::Complains => Ok(complaint(mailbox, mail, (&id, domain), at)?.into_bytes()),
    }
}

/// `8 September 2026`
fn date_of(day: Day) -> String {
    day.date().strftime("%-d %B %Y").to_string()
}

fn answer(
    mailbox: &Mailbox,
    mail: &OutboxMail,
    original: &Parsed,
    (id, subject, body): (String, String, String),
    at: Instant,
) -> anyhow::Result<Vec<u8>> {
    let mut references: Vec<String> = original.references.iter().rev().cloned().collect();
    references.extend(original.message_id.clone());
    let name = original.to.first().and_then(|to| to.name.clone()).unwrap_or_default();
    let message = Message {
        date: at,
        from: (name, mail.recipient.clone()),
        reply_to: None,
        to: mailbox.address.clone(),
        subject,
        message_id: id,
        in_reply_to: original.message_id.clone(),
        references,
        unsubscribe_url: None,
        body,
    };
    Ok(message.compose()?)
}

/// What the file says.
const FILE: &str = "Agenda\r\n\r\n1. Who we are\r\n2. What you do – und für wen\r\n3. Next steps\r\n";

/// The message with a small file beside its text.
fn with_file(message: &[u8], boundary: &str) -> Vec<u8> {
    let message = String::from_utf8_lossy(message);
    let (head, body) = message.split_once("\r\n\r\n").unwrap_or((&message, ""));
    let (mut outer, mut inner, mut is_inner) = (String::new(), String::new(), false);
    for line in head.split("\r\n") {
        let is_folded = line.starts_with([' ', '\t']);
        if !is_folded {
            let name = line.split(':').next().unwrap_or_default().to_ascii_lowercase();
            is_inner = matches!(name.as_str(), "content-type" | "content-transfer-encoding");
        }
        let fields = if is_inner { &mut inner } else { &mut outer };
        fields.push_str(line);
        fields.push_str("\r\n");
    }
    let file = BASE64_STANDARD.encode(FILE);
    format!(
        "{outer}Content-Type: multipart/mixed; boundary=\"{boundary}\"\r\n\r\n--{boundary}\r\n{inner}\r\n{body}\r\n\
         --{boundary}\r\nContent-Type: text/plain; charset=utf-8; name=\"agenda.txt\"\r\n\
         Content-Disposition: attachment; filename=\"agenda.txt\"\r\nContent-Transfer-Encoding: base64\r\n\r\n{file}\r\n\
         --{boundary}--\r\n"
    )
    .into_bytes()
}

/// The fields above a report.
fn head(
    mailbox: &Mailbox,
    (from, subject, report_type, boundary): (&str, &str, &str, &str),
    id: &str,
    at: Instant,
) -> anyhow::Result<String> {
    Ok(format!(
        "Return-Path: <>\r\nDate: {}\r\nFrom: {from}\r\nTo: {}\r\nSubject: {subject}\r\nMessage-ID: <{id}>\r\n\
         Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type={report_type};\r\n boundary=\"{boundary}\"\r\n\r\n",
        date(at)?,
        mailbox.address,
    ))
}

fn date(at: Instant) -> anyhow::Result<String> {
    Ok(jiff::Timestamp::from_microsecond(at.0)?.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string())
}

/// A report about the delivery (RFC 3464), as Postfix writes it.
fn report(
    mailbox: &Mailbox,
    mail: &OutboxMail,
    (id, domain): (&str, &str),
    what: OutboxReport,
    at: Instant,
) -> anyhow::Result<String> {
    let to = &mail.recipient;
    let (action, status, reply) = match what {
        OutboxReport::NoSuchAddress => {
            ("failed", "5.1.1", format!("550 5.1.1 <{to}>: Recipient address rejected: User unknown"))
        }
        OutboxReport::MailboxFull => {
            ("failed", "5.2.2", format!("552 5.2.2 <{to}> Quota exceeded (mailbox for user is full)"))
        }
        OutboxReport::Policy => ("failed", "5.7.1", "554 5.7.1 Message rejected due to local policy".to_owned()),
        OutboxReport::Delayed => {
            ("delayed", "4.4.1", format!("connect to mx.{domain}[192.0.2.1]:25: Connection timed out"))
        }
    };
    let is_delay = what == OutboxReport::Delayed;
    let subject = if is_delay { "Delayed Mail (still being retried)" } else { "Undelivered Mail Returned to Sender" };
    let words = if is_delay {
        "Your message could not be delivered yet. It will be retried."
    } else {
        "I'm sorry to have to inform you that your message could not\r\nbe delivered to one or more recipients."
    };
    let diagnostic = if is_delay { format!("X-Postfix; {reply}") } else { format!("smtp; {reply}") };
    let from = format!("Mail Delivery System <MAILER-DAEMON@mx.{domain}>");
    let boundary = id.split('@').next().unwrap_or(id);
    let head = head(mailbox, (&from, subject, "delivery-status", boundary), id, at)?;
    Ok(format!(
        "{head}--{boundary}\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n\
         This is the mail system at host mx.{domain}.\r\n\r\n{words}\r\n\r\n<{to}>: {reply}\r\n\r\n\
         --{boundary}\r\nContent-Type: message/delivery-status\r\n\r\n\
         Reporting-MTA: dns; mx.{domain}\r\nArrival-Date: {}\r\n\r\n\
         Final-Recipient: rfc822; {to}\r\nOriginal-Recipient: rfc822;{to}\r\nAction: {action}\r\nStatus: {status}\r\n\
         Remote-MTA: dns; mx.{domain}\r\nDiagnostic-Code: {diagnostic}\r\n\r\n\
         --{boundary}\r\nContent-Type: text/rfc822-headers\r\n\r\n{}\r\n\r\n--{boundary}--\r\n",
        date(mail.received_at)?,
        mail.head(),
    ))
}

/// A complaint (RFC 5965), as a provider sends it on.
fn complaint(mailbox: &Mailbox, mail: &OutboxMail, (id, domain): (&str, &str), at: Instant) -> anyhow::Result<String> {
    let from = format!("Abuse reports <feedback@{domain}>");
    let boundary = id.split('@').next().unwrap_or(id);
    let head = head(mailbox, (&from, "Complaint about a message", "feedback-report", boundary), id, at)?;
    Ok(format!(
        "{head}--{boundary}\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n\
         This is an email abuse report for a message that a person called spam.\r\n\r\n\
         --{boundary}\r\nContent-Type: message/feedback-report\r\n\r\n\
         Feedback-Type: abuse\r\nUser-Agent: Outbox/1.0\r\nVersion: 1\r\n\
         Original-Mail-From: <{}>\r\nOriginal-Rcpt-To: <{}>\r\nArrival-Date: {}\r\n\r\n\
         --{boundary}\r\nContent-Type: message/rfc822\r\n\r\n{}\r\n--{boundary}--\r\n",
        mailbox.address,
        mail.recipient,
        date(mail.received_at)?,
        mail.message,
    ))
}
