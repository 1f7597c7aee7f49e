//! The sentences of the reasons.

use jiff::{Timestamp, tz::TimeZone};

use super::why::{HeldDomain, Mend, Progress, Reason, SendingState};
use crate::{
    ids::CampaignId,
    outreach::mailboxes::{
        domains::in_short,
        state_text::{cause_of, read_cause_of},
    },
    server::clock::Instant,
    ui::{Tone, count_text, plural},
};

/// An instant on the clock of a time zone: “Mon 30 Nov, 09:00 (Berlin)”. In UTC where the zone is not known.
pub fn local_text(at: Instant, zone: &str) -> String {
    let found = TimeZone::get(zone);
    let place = match &found {
        Ok(_) => zone.rsplit('/').next().unwrap_or(zone).replace('_', " "),
        Err(_) => "UTC".to_owned(),
    };
    let local =
        Timestamp::from_microsecond(at.micros()).unwrap_or_default().to_zoned_datetime(found.unwrap_or(TimeZone::UTC));
    format!("{} ({place})", local.strftime("%a %-d %b, %H:%M"))
}

/// With a small letter, to follow a colon.
fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

impl Progress {
    /// The progress in one sentence. Times are on the clock of the campaign's `zone`.
    pub fn sentence(&self, zone: &str) -> String {
        let at = |before: &str, after: &str| match self.next {
            Some(next) => format!("{before}{}{after}", local_text(next, zone)),
            None => String::new(),
        };
        let mails = |mails: i64| plural(mails, "mail", "mails");
        let leads = |leads: i64| plural(leads, "lead", "leads");
        match &self.reason {
            Reason::Draft => "It has not started yet.".to_owned(),
            Reason::WorkerNotRunning { since: Some(since) } => {
                format!("Nothing is sent: no worker has run since {}.", local_text(*since, zone))
            }
            Reason::WorkerNotRunning { since: None } => "Nothing is sent: no worker is running.".to_owned(),
            Reason::InstanceStopped { why } => format!("The operator has stopped all sending: “{why}”"),
            Reason::PausedByUser { by: Some(by) } => format!("{by} paused it."),
            Reason::PausedByUser { by: None } => "It is paused.".to_owned(),
            Reason::BounceProtection { bounced, mails: all } => {
                let percent = 100.0 * *bounced as f64 / (*all).max(1) as f64;
                format!(
                    "Paused to protect your domain: {bounced} of {all} mails bounced ({percent:.1} %, the limit is 3 %). Look at the addresses, then resume."
                )
            }
            Reason::ComplaintProtection { complaints, mails: all } => {
                format!(
                    "Paused to protect your domain: {complaints} of {all} mails were reported as spam. Check who you write to and what, then resume."
                )
            }
            Reason::Completed { leads: all, mails: sent, unmailed } => {
                let never = match unmailed {
                    0 => String::new(),
                    unmailed => format!(" {} never mailed.", plural(*unmailed, "lead was", "leads were")),
                };
                format!("Finished: {}, {}.{never}", leads(*all), mails(*sent))
            }
            Reason::Ended { by, unmailed } => {
                let ended = by.as_ref().map_or("Its last day is over".to_owned(), |by| format!("{by} ended it"));
                match unmailed {
                    0 => format!("{ended}."),
                    unmailed => format!("{ended}; {} not mailed.", plural(*unmailed, "lead was", "leads were")),
                }
            }
            Reason::StartsLater if self.next.is_some() => format!("It starts {}.", at("", "")),
            Reason::StartsLater => "It starts on its first day.".to_owned(),
            Reason::NoWindow => "The schedule has no time at which it may send.".to_owned(),
            Reason::NoMailbox => "No mailbox is chosen.".to_owned(),
            Reason::MailboxPaused { mailboxes: 1 } => "The mailbox that has mails to send is paused.".to_owned(),
            Reason::MailboxPaused { mailboxes } => {
                format!("{} mailboxes that have mails to send are paused.", count_text(*mailboxes))
            }
            Reason::DomainAuthFailing(HeldDomain { domain, since, finding }) => {
                let what = finding.as_ref().map_or("has faulty records", in_short);
                format!("{domain} {what} since {}; new leads wait.", local_text(*since, zone))
            }
            Reason::ProviderLimit { mailbox } => {
                format!("The limit of the mail provider is reached for {mailbox}.{}", at(" It continues ", "."))
            }
            Reason::MailboxFailing { address, cause, words, mailboxes } => {
                let what = cause.as_deref().map_or("It cannot send", cause_of);
                let said = words.as_ref().map(|words| format!(": “{words}”")).unwrap_or_default();
                let others = match mailboxes {
                    1 => String::new(),
                    all => format!(" None of the {} mailboxes that have mails to send can.", count_text(*all)),
                };
                format!("{address}: {}{said}.{}{others}", lower_first(what), at(" It is tried again ", "."))
            }
            Reason::RepliesNotRead { address, cause, words, follow_ups } => {
                let waits = plural(*follow_ups, "follow-up waits", "follow-ups wait");
                let what = cause.as_deref().map_or("They were not read in time", read_cause_of);
                let said = words.as_ref().map(|words| format!(": “{words}”")).unwrap_or_default();
                let again = at(" It is tried again ", ".");
                format!("{waits} because the replies to {address} cannot be read: {}{said}.{again}", lower_first(what))
            }
            Reason::MailboxFrozen { mailboxes } => {
                let whose =
                    plural(*mailboxes, "mailbox that has mails to send is", "mailboxes that have mails to send are");
                format!("{whose} on holiday.{}", at(" It continues ", "."))
            }
            Reason::MailboxDraft { mailboxes } => {
                format!("{} not passed the test yet.", plural(*mailboxes, "mailbox has", "mailboxes have"))
            }
            Reason::Healthy { today, mailbox } => {
                let next = match mailbox {
                    Some(mailbox) => format!("{} from {mailbox}", at(", next ", "")),
                    None => String::new(),
                };
                format!("Sending: {} begun today{next}.", count_text(*today))
            }
            Reason::OutsideWindow if self.next.is_some() => format!("The next window opens {}.", at("", "")),
            Reason::OutsideWindow => "No window is open now.".to_owned(),
            Reason::WorkspaceCapReached { cap, by_operator } => {
                let whose = if *by_operator { "The operator allows this workspace" } else { "The workspace sends" };
                format!("{whose} {} a day, and they are sent.{}", mails(*cap), at(" It continues ", "."))
            }
            Reason::CampaignCapReached { cap } => {
                format!("Its {} of today are sent.{}", mails(*cap), at(" It continues ", "."))
            }
            Reason::MailboxCapReached { mailboxes, cap, slow_start } => {
                let slow = if *slow_start { " (slow start)" } else { "" };
                let whose = plural(*mailboxes, "mailbox has", "mailboxes have");
                format!("{whose} sent today’s {}{slow}.{}", mails(*cap), at(" It continues ", "."))
            }
            Reason::NewLeadCapReached { cap } => {
                format!("{} of today were mailed; follow-ups continue.", plural(*cap, "new lead", "new leads"))
            }
            Reason::RecipientDomainCap { leads } => {
                let wait = plural(*leads, "lead waits", "leads wait");
                format!("{wait}: their companies have had their mails of today.{}", at(" They continue ", "."))
            }
            Reason::PutOff { mails: put_off } => {
                let them = plural(*put_off, "mail waits", "mails wait");
                format!("{them} for another try.{}", at(" The next is ", "."))
            }
            Reason::WaitingForDelay { leads: between } => {
                format!(
                    "{} between steps.{}",
                    plural(*between, "lead is", "leads are"),
                    at(" The next follow-up is due ", ".")
                )
            }
            Reason::HeldMissingFields { leads } => {
                format!("{} a field that a mail needs.", plural(*leads, "lead lacks", "leads lack"))
            }
            Reason::HeldNoLawfulBasis { leads } => {
                let leads = plural(*leads, "lead lives", "leads live");
                format!("{leads} where the law asks for consent first, and no lawful basis is confirmed.")
            }
            Reason::HeldByPeople { leads } => {
                format!("{} on hold.{}", plural(*leads, "lead is", "leads are"), at(" The first continues ", "."))
            }
            Reason::UnknownOutcomesToReview { mails } => {
                let them = plural(*mails, "mail", "mails");
                format!("{them}: the connection broke while handing over, so it is not known whether they left.")
            }
            Reason::OtherCampaign { leads } => {
                format!("{} in another running campaign.", plural(*leads, "lead is", "leads are"))
            }
            Reason::SourcingPausedNoCredits => "All its leads are mailed; new ones wait for credits.".to_owned(),
            Reason::SourcingExhausted => "All its leads are mailed, and no one else matches.".to_owned(),
            Reason::WaitingForLeads { coming: 0 } => "It has no leads to mail.".to_owned(),
            Reason::WaitingForLeads { coming } => {
                format!("{} being found.", plural(*coming, "lead is", "leads are"))
            }
        }
    }

    /// The state in a word.
    pub fn tag(&self) -> (Tone, &'static str) {
        match &self.reason {
            Reason::Draft => (Tone::Neutral, "Not started"),
            Reason::BounceProtection { .. } | Reason::ComplaintProtection { .. } => (Tone::Bad, "Paused"),
            Reason::WorkerNotRunning { .. } | Reason::InstanceStopped { .. } => (Tone::Bad, "Stopped"),
            Reason::PausedByUser { .. } => (Tone::Warning, "Paused"),
            Reason::Completed { .. } => (Tone::Good, "Finished"),
            Reason::Ended { .. } => (Tone::Neutral, "Ended"),
            Reason::Healthy { .. } => (Tone::Good, "Sending"),
            Reason::NoWindow
            | Reason::NoMailbox
            | Reason::MailboxPaused { .. }
            | Reason::DomainAuthFailing(_)
            | Reason::MailboxFailing { .. }
            | Reason::MailboxDraft { .. }
            | Reason::RepliesNotRead { .. }
            | Reason::HeldMissingFields { .. }
            | Reason::HeldNoLawfulBasis { .. }
            | Reason::UnknownOutcomesToReview { .. }
            | Reason::SourcingPausedNoCredits
            | Reason::SourcingExhausted => (Tone::Warning, "Needs you"),
            _ => (Tone::Info, "Waiting"),
        }
    }
}

impl SendingState {
    /// The state in a word, where nothing else is known.
    pub fn label(self) -> &'static str {
        match self {
            Self::Draft => "Not started",
            Self::Running => "Sending",
            Self::Paused => "Paused",
            Self::Finished => "Finished",
            Self::Ended => "Ended",
        }
    }
}

impl Mend {
    /// The text and the address of the link that leads to where it is mended. Resuming is a form.
    pub fn link(self, campaign: CampaignId) -> Option<(&'static str, String)> {
        let page = |path: &str| format!("/campaigns/{campaign}{path}");
        Some(match self {
            Self::Resume => return None,
            Self::Checklist => ("Open the checklist", page("/checklist")),
            Self::Schedule => ("Change the schedule", page("/schedule")),
            Self::Mailboxes => ("Open the mailboxes", "/settings/mailboxes".to_owned()),
            Self::Domains => ("Open the domains", "/settings/mailboxes/domains".to_owned()),
            Self::Limits => ("Change the limit", "/settings/sending".to_owned()),
            Self::Emails => ("Add a fallback", page("/emails")),
            Self::UnknownOutcomes => ("Decide about them", page("/unknown")),
            Self::HeldLeads => ("Show the leads", page("/leads?sequence=held")),
            Self::BuyCredits => ("Buy credits", "/settings/cold-email-agent#packages".to_owned()),
            Self::Audience => ("Change the audience", format!("/campaigns/new/{campaign}/audience")),
            Self::GetLeads => ("Request leads", format!("/campaigns/new/{campaign}/leads")),
        })
    }
}

/// What a mailbox waits for, by the word that its last look left; nothing while it may send.
pub fn idle_text(code: &str) -> &'static str {
    match code {
        "mailbox_frozen" => "It is on holiday.",
        "mailbox_cap_reached" => "It has sent its mails of today.",
        "campaign_cap_reached" => "Its campaigns have sent their mails of today.",
        "new_lead_cap_reached" => "The new leads of today were mailed.",
        "workspace_cap_reached" => "The workspace has sent its mails of today.",
        "outside_window" => "No window is open.",
        "waiting_for_delay" => "No follow-up is due yet.",
        "reading" => "Its replies are read before the next follow-up.",
        "not_read" => "Follow-ups wait until its replies can be read again.",
        "no_campaign" => "No running campaign uses it.",
        _ => "No lead waits for it.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 22 November 2026, 09:36:30 UTC.
    const NOW: Instant = Instant(1_795_340_190_000_000);

    fn sentence(reason: Reason, next: Option<Instant>) -> String {
        Progress { reason, next, mend: None }.sentence("Europe/Berlin")
    }

    #[test]
    fn times_are_on_the_clock_of_the_campaign() {
        assert_eq!(local_text(NOW, "Europe/Berlin"), "Sun 22 Nov, 10:36 (Berlin)");
        assert_eq!(local_text(NOW, "America/New_York"), "Sun 22 Nov, 04:36 (New York)");
        assert_eq!(local_text(NOW, "Mars/Base"), "Sun 22 Nov, 09:36 (UTC)");
    }

    #[test]
    fn a_sentence_says_what_holds_and_until_when() {
        let next = Some(NOW);
        let mailbox = Some("jo@acme.example".to_owned());
        for (reason, next, text) in [
            (
                Reason::Healthy { today: 42, mailbox },
                next,
                "Sending: 42 begun today, next Sun 22 Nov, 10:36 (Berlin) from jo@acme.example.",
            ),
            (Reason::Healthy { today: 0, mailbox: None }, None, "Sending: 0 begun today."),
            (Reason::OutsideWindow, next, "The next window opens Sun 22 Nov, 10:36 (Berlin)."),
            (Reason::OutsideWindow, None, "No window is open now."),
            (
                Reason::RepliesNotRead {
                    address: "jo@acme.example".into(),
                    cause: Some("sign_in_refused".into()),
                    words: Some("NO Login failed.".into()),
                    follow_ups: 2,
                },
                None,
                "2 follow-ups wait because the replies to jo@acme.example cannot be read: the server refuses the sign-in: “NO Login failed.”.",
            ),
            (Reason::CampaignCapReached { cap: 100 }, None, "Its 100 mails of today are sent."),
            (
                Reason::MailboxCapReached { mailboxes: 3, cap: 90, slow_start: true },
                next,
                "3 mailboxes have sent today’s 90 mails (slow start). It continues Sun 22 Nov, 10:36 (Berlin).",
            ),
            (
                Reason::WaitingForDelay { leads: 1 },
                next,
                "1 lead is between steps. The next follow-up is due Sun 22 Nov, 10:36 (Berlin).",
            ),
            (
                Reason::PutOff { mails: 2 },
                next,
                "2 mails wait for another try. The next is Sun 22 Nov, 10:36 (Berlin).",
            ),
            (
                Reason::Completed { leads: 10, mails: 21, unmailed: 1 },
                None,
                "Finished: 10 leads, 21 mails. 1 lead was never mailed.",
            ),
            (Reason::Ended { by: None, unmailed: 40 }, None, "Its last day is over; 40 leads were not mailed."),
            (Reason::PausedByUser { by: Some("Ana".into()) }, None, "Ana paused it."),
        ] {
            assert_eq!(sentence(reason, next), text);
        }
    }
}
