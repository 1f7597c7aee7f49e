//! What a message answers or is about. The first that fits decides:
//!
//! | | by | |
//! |---|---|---|
//! | M0 | our own address, the folder of sent mail, or the id of a mail of ours; under another id, its recipient, subject and date | never an answer |
//! | M1 | of a report: the id of the mail that came back, else its recipient, within 14 days | |
//! | M2 | In-Reply-To, then References, the newest first | |
//! | M3 | the sender is the recipient of a mail of this subject, at most 60 days old | by address |
//! | M4 | the sender is the recipient of a mail, at most 90 days old | by address |
//! | M5 | a colleague of a recipient: names the address, or quotes three of our lines | by address |
//!
//! Anyone can write an id into In-Reply-To, so what follows from a match only ever stops mails.

use std::time::Duration;

use super::{
    MailboxKey,
    lookup::{Lookup, SentMail, person, sender, to_company},
    open::{Opened, lies_among_sent},
    own_texts,
};
use crate::{
    email::Email,
    outreach::{
        ids::{MailId, SendId, ThreadId},
        replies::reading::{Kind, Reading},
    },
    server::{clock::Instant, db::Tx},
    suppression::SuppressionKeys,
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// How long ago a mail left that a report without its id is about.
const REPORT_DAYS: u32 = 14;
/// How long ago a mail left that an answer with its subject is about.
const SUBJECT_DAYS: u32 = 60;
/// Mails to a company that are looked at for one answer of a colleague.
const COMPANY_MAILS_MAX: i64 = 20;
/// Our lines that a colleague's answer quotes.
const QUOTED_LINES: usize = 3;

/// How a message was matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// A member's own mail in a conversation, sent with another program.
    Own,
    Report,
    References,
    Subject,
    Address,
    Colleague,
}

impl How {
    /// Whether only addresses were compared, so that a member may say that it is no answer.
    pub fn is_by_address(self) -> bool {
        matches!(self, Self::Subject | Self::Address | Self::Colleague)
    }
}

/// A message that belongs to a mail of ours, or to a conversation.
#[derive(Debug)]
pub struct Matched<'a> {
    pub mail: MailId,
    pub opened: &'a Opened,
    /// The mail that it answers or is about.
    pub send: Option<SendId>,
    pub thread: Option<ThreadId>,
    pub how: How,
}

/// What a message is to us.
#[derive(Debug)]
pub enum Match<'a> {
    /// A copy of what we sent.
    Own(Option<SendId>),
    Of(Matched<'a>),
    None,
}

/// Matches one message.
///
/// # Errors
/// The database's.
pub async fn match_mail<'a>(
    tx: &mut Tx,
    keys: &SuppressionKeys,
    mailbox: MailboxKey,
    lookup: &Lookup,
    opened: &'a Opened,
    at: Instant,
) -> sqlx::Result<Match<'a>> {
    let message = &opened.message;
    let matched = |send, thread, how| Matched { mail: MailId::new(), opened, send, thread, how };
    if let Some(sent) = message.message_id.as_deref().and_then(|id| lookup.send(id)) {
        return Ok(Match::Own(Some(sent.id)));
    }
    let email = sender(message);
    let is_own = lies_among_sent(opened.usage(), message)
        || email.as_ref().is_some_and(|email| lookup.own_addresses.contains(email.as_str()));
    let answered = by_references(lookup, &message.references);
    if let Some(sent) = lookup.copied(keys, message).filter(|_| is_own) {
        return Ok(Match::Own(Some(sent.id)));
    }
    if is_own {
        return Ok(match answered {
            Some((send, Some(thread))) => Match::Of(matched(send, Some(thread), How::Own)),
            _ => Match::Own(None),
        });
    }
    if let Some(report) = &opened.report {
        let about = by_references(lookup, &report.originals).or_else(|| by_recipient(keys, lookup, report, opened));
        if let Some((send, thread)) = about.or(answered) {
            return Ok(Match::Of(matched(send, thread, How::Report)));
        }
        if report.kind != Kind::Receipt {
            return Ok(Match::None);
        }
    }
    if let Some((send, thread)) = answered {
        return Ok(Match::Of(matched(send, thread, How::References)));
    }
    let Some(email) = email else { return Ok(Match::None) };
    let sent = lookup.to(keys.recipient(&email));
    let since = opened.incoming.received_at.minus(DAY * SUBJECT_DAYS);
    let same_subject = |sent: &&SentMail| {
        sent.sending_at.is_some_and(|left_at| left_at > since)
            && sent.subject.as_deref().is_some_and(|subject| is_same_subject(subject, &message.subject))
    };
    if let Some(sent) = sent.iter().find(same_subject) {
        return Ok(Match::Of(matched(Some(sent.id), None, How::Subject)));
    }
    if let Some(sent) = sent.first() {
        return Ok(Match::Of(matched(Some(sent.id), None, How::Address)));
    }
    let colleague = colleague(tx, keys, mailbox, lookup, (opened, &email), at).await?;
    Ok(colleague.map_or(Match::None, |send| Match::Of(matched(Some(send), None, How::Colleague))))
}

type Found = (Option<SendId>, Option<ThreadId>);

/// The first of these ids that is known: as a mail of a conversation, or as one of a sequence.
fn by_references(lookup: &Lookup, ids: &[String]) -> Option<Found> {
    ids.iter().find_map(|id| match (lookup.mail(id), lookup.send(id)) {
        (Some(mail), _) => Some((mail.send_id, Some(mail.thread_id))),
        (None, Some(sent)) if sent.is_step => Some((Some(sent.id), None)),
        _ => None,
    })
}

/// The last mail to a recipient that a report names.
fn by_recipient(keys: &SuppressionKeys, lookup: &Lookup, report: &Reading, opened: &Opened) -> Option<Found> {
    let (from, until) = (opened.incoming.received_at.minus(DAY * REPORT_DAYS), opened.incoming.received_at.plus(DAY));
    let addresses =
        report.recipients.iter().flat_map(|one| [one.original.as_deref(), one.address.as_deref()]).flatten();
    let mut sent = addresses.filter_map(|address| person(keys, address)).flat_map(|person| lookup.to(person));
    let sent = sent.find(|sent| sent.sending_at.is_some_and(|left_at| left_at > from && left_at <= until))?;
    Some((Some(sent.id), None))
}

/// The mail to a colleague that this one is about: it names the address, or quotes our lines.
async fn colleague(
    tx: &mut Tx,
    keys: &SuppressionKeys,
    mailbox: MailboxKey,
    lookup: &Lookup,
    (opened, email): (&Opened, &Email),
    at: Instant,
) -> sqlx::Result<Option<SendId>> {
    let company = keys.domain(email.domain());
    if email.is_free_mail() || !lookup.knows_company(company) {
        return Ok(None);
    }
    let sent = to_company(tx, mailbox, company, at, COMPANY_MAILS_MAX).await?;
    let text = opened.message.text.to_lowercase();
    let names = |sent: &&SentMail| sent.email.as_ref().is_some_and(|email| text.contains(&email.to_lowercase()));
    if let Some(sent) = sent.iter().find(names) {
        return Ok(Some(sent.id));
    }
    let texts = own_texts::of_sends(tx, mailbox.0, sent.iter().map(|sent| sent.id)).await?;
    let quoted = lines(&opened.message.text);
    let quotes = |sent: &&SentMail| {
        texts
            .get(&sent.id)
            .is_some_and(|text| lines(text).iter().filter(|line| quoted.contains(*line)).count() >= QUOTED_LINES)
    };
    Ok(sent.iter().find(quotes).map(|sent| sent.id))
}

/// The lines that say something, without marks of quoting.
fn lines(text: &str) -> std::collections::HashSet<String> {
    let words = |line: &str| line.trim_start_matches(['>', ' ', '\t']).split_whitespace().collect::<Vec<_>>().join(" ");
    text.lines().map(words).filter(|line| line.chars().count() >= 12).collect()
}

/// Whether one subject is the other with prefixes of answers before it.
fn is_same_subject(ours: &str, theirs: &str) -> bool {
    let (ours, theirs) = (without_prefixes(ours), without_prefixes(theirs));
    !ours.is_empty() && ours.eq_ignore_ascii_case(theirs)
}

/// A subject without “Re:”, “AW:”, “Réf :” and the like.
fn without_prefixes(subject: &str) -> &str {
    let mut rest = subject.trim();
    while let Some((prefix, after)) = rest.split_once(':') {
        let prefix = prefix.trim();
        let is_prefix = (2..=4).contains(&prefix.chars().count()) && prefix.chars().all(char::is_alphabetic);
        if !is_prefix || after.trim().is_empty() {
            break;
        }
        rest = after.trim();
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_the_same_behind_prefixes_of_answers_in_any_language() {
        for theirs in ["Re: About Acorn", "AW: RE: about acorn", "Réf : About Acorn", "About Acorn", "SV: About Acorn"]
        {
            assert!(is_same_subject("About Acorn", theirs), "{theirs}");
            assert!(is_same_subject("Re: About Acorn", theirs), "{theirs}");
        }
        for theirs in ["About Acorns", "", "Re:", "Question: About Acorn"] {
            assert!(!is_same_subject("About Acorn", theirs), "{theirs}");
        }
        assert!(!is_same_subject("", ""));
    }

    #[test]
    fn quoted_lines_are_compared_without_their_marks() {
        let ours = lines("Hello Ana,\nwe saw that Acorn is hiring engineers.\n\nWould a call help?\n");
        let theirs = lines("Not me.\n> Hello Ana,\n> we saw that Acorn is\thiring engineers.\n>> Would a call help?\n");
        assert_eq!(ours.iter().filter(|line| theirs.contains(*line)).count(), 2);
        assert!(!ours.contains("Hello Ana,"), "a greeting proves nothing");
    }
}
