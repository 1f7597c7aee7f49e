//! What is looked at before a campaign starts: what stops it, and what is only worth knowing.

mod confirm;
mod links;
pub(super) mod pages;
mod placeholder;
mod read;
pub mod view;

pub use confirm::{Confirmation, Confirmed, confirm};
pub use read::{Rules, read};

use links::Links;
use placeholder::placeholder;

use super::why::SendingState;
use crate::{
    ids::CampaignId,
    outreach::mailboxes::mailbox::MailboxState,
    server::clock::Instant,
    ui::{count_text, plural},
};

/// Links in one mail that filters do not mind.
const LINKS_MAX: usize = 2;

/// Whether a line lets the campaign start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Good,
    Warning,
    Stop,
}

/// What a line is about, and where it is mended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    Emails,
    Links,
    Mailboxes,
    SlowStart,
    Schedule,
    PostalAddress,
    Leads,
    LawfulBasis,
    Preview,
}

/// One line of the checklist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub topic: Topic,
    pub verdict: Verdict,
    pub text: String,
}

/// A text of the sequence.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StepText {
    /// Which mail of the sequence it is, from 1.
    pub position: i64,
    pub subject: String,
    pub body: String,
    /// Whether it needs a subject of its own.
    pub needs_subject: bool,
    /// What is wrong with it, in words.
    pub faults: Vec<String>,
}

/// A mailbox of the campaign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedMailbox {
    pub address: String,
    pub state: MailboxState,
    /// Whether it sends its full number although it is new.
    pub is_rushed: bool,
}

/// What was found about the leads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LeadCounts {
    pub leads: i64,
    /// Lack a field that a text needs.
    pub missing_fields: i64,
    pub suppressed: i64,
    /// Had a mail of any campaign.
    pub mailed_before: i64,
    /// Are in the running sequence of another campaign.
    pub elsewhere: i64,
}

/// Everything the lines are made of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    pub state: SendingState,
    pub texts: Vec<StepText>,
    pub mailboxes: Vec<CheckedMailbox>,
    pub has_schedule: bool,
    /// When the next window opens, or since when one is open.
    pub opens_at: Option<Instant>,
    /// Whether the last day is over.
    pub is_over: bool,
    pub postal_address: String,
    pub counts: LeadCounts,
    /// Whether a request or a standing request can bring leads.
    pub leads_may_come: bool,
    /// Leads in countries that ask for consent first.
    pub consent_first: Vec<(String, i64)>,
    pub lawful_basis: Option<Confirmed>,
    pub preview: Option<Confirmed>,
}

/// The whole list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checklist {
    pub campaign: CampaignId,
    pub found: Found,
    pub lines: Vec<Line>,
}

impl Checklist {
    fn of(campaign: CampaignId, found: Found) -> Self {
        let lines = lines(&found);
        Self { campaign, found, lines }
    }

    /// Lines that keep the campaign from starting.
    pub fn stops(&self) -> usize {
        self.lines.iter().filter(|line| line.verdict == Verdict::Stop).count()
    }

    /// Those that are not about leads.
    pub fn stops_beside_leads(&self) -> usize {
        self.lines.iter().filter(|line| line.verdict == Verdict::Stop && line.topic != Topic::Leads).count()
    }
}

fn lines(found: &Found) -> Vec<Line> {
    let mut lines = vec![emails(found), mailboxes(found), schedule(found), postal_address(found), leads(found)];
    lines.extend(lawful_basis(found));
    if !found.texts.is_empty() {
        lines.extend([links(found), preview(found)]);
    }
    lines.extend(slow_start(found));
    lines
}

fn line(topic: Topic, verdict: Verdict, text: impl Into<String>) -> Line {
    Line { topic, verdict, text: text.into() }
}

fn emails(found: &Found) -> Line {
    let first = found.texts.iter().find_map(|text| {
        let position = text.position;
        if text.body.trim().is_empty() {
            Some(format!("Mail {position} has no text."))
        } else if text.needs_subject && text.subject.trim().is_empty() {
            Some(format!("Mail {position} has no subject."))
        } else if let Some(words) = placeholder(&text.subject).or_else(|| placeholder(&text.body)) {
            Some(format!("Mail {position} still says “{words}”."))
        } else {
            text.faults.first().map(|fault| format!("Mail {position}: {fault}"))
        }
    });
    let mails = found.texts.iter().map(|text| text.position).max().unwrap_or(0);
    match first {
        _ if mails == 0 => line(Topic::Emails, Verdict::Stop, "No mail is written yet."),
        Some(fault) => line(Topic::Emails, Verdict::Stop, fault),
        None => line(Topic::Emails, Verdict::Good, format!("{} written.", plural(mails, "mail is", "mails are"))),
    }
}

fn mailboxes(found: &Found) -> Line {
    let there = || found.mailboxes.iter().filter(|mailbox| mailbox.state != MailboxState::Removed);
    let active = there().filter(|mailbox| mailbox.state == MailboxState::Active).count();
    let (all, active) = (there().count(), i64::try_from(active).unwrap_or(i64::MAX));
    if all == 0 {
        line(Topic::Mailboxes, Verdict::Stop, "No mailbox is chosen.")
    } else if active == 0 {
        line(Topic::Mailboxes, Verdict::Stop, "No chosen mailbox is active: each is a draft, fails, or is paused.")
    } else {
        let text = format!("It sends from {}.", plural(active, "mailbox", "mailboxes"));
        line(Topic::Mailboxes, Verdict::Good, text)
    }
}

fn schedule(found: &Found) -> Line {
    if !found.has_schedule {
        line(Topic::Schedule, Verdict::Stop, "No schedule is set.")
    } else if found.is_over {
        line(Topic::Schedule, Verdict::Stop, "Its last day is over.")
    } else if found.opens_at.is_none() {
        line(Topic::Schedule, Verdict::Stop, "The schedule has no time at which it may send.")
    } else {
        line(Topic::Schedule, Verdict::Good, "The schedule has times at which it may send.")
    }
}

fn postal_address(found: &Found) -> Line {
    if found.postal_address.trim().is_empty() {
        let text = "Every mail needs a way to unsubscribe and your postal address. The address is missing.";
        line(Topic::PostalAddress, Verdict::Stop, text)
    } else {
        let text = "Every mail ends with the unsubscribe line and your postal address.";
        line(Topic::PostalAddress, Verdict::Good, text)
    }
}

fn leads(found: &Found) -> Line {
    let LeadCounts { leads, missing_fields, suppressed, mailed_before, elsewhere } = found.counts;
    if leads == 0 && !found.leads_may_come {
        return line(Topic::Leads, Verdict::Stop, "It has no leads, and no request brings any.");
    }
    if leads == 0 {
        return line(
            Topic::Leads,
            Verdict::Warning,
            "Its first leads are on their way. They are mailed as they arrive.",
        );
    }
    let except = [
        (missing_fields, "without a field that a mail needs"),
        (suppressed, "suppressed"),
        (mailed_before, "mailed before"),
        (elsewhere, "in another campaign now"),
    ];
    let except: Vec<String> = except
        .into_iter()
        .filter(|(leads, _)| *leads > 0)
        .map(|(leads, what)| format!("{} {what}", count_text(leads)))
        .collect();
    let all = plural(leads, "lead", "leads");
    match (except.is_empty(), missing_fields + suppressed >= leads) {
        (true, _) => line(Topic::Leads, Verdict::Good, format!("{all} to mail.")),
        (false, true) => {
            line(Topic::Leads, Verdict::Stop, format!("None of {all} can be mailed: {}.", except.join(", ")))
        }
        (false, false) => line(Topic::Leads, Verdict::Warning, format!("{all}; of them {}.", except.join(", "))),
    }
}

fn lawful_basis(found: &Found) -> Option<Line> {
    let people: i64 = found.consent_first.iter().map(|(_, leads)| leads).sum();
    if people == 0 {
        return None;
    }
    let countries: Vec<&str> = found.consent_first.iter().map(|(country, _)| country.as_str()).collect();
    let leads = plural(people, "lead lives", "leads live");
    let text = format!("{leads} where the law asks for consent before advertising by mail: {}.", countries.join(", "));
    let verdict = if found.lawful_basis.is_some() { Verdict::Good } else { Verdict::Stop };
    Some(line(Topic::LawfulBasis, verdict, text))
}

fn links(found: &Found) -> Line {
    let worst = found.texts.iter().map(|text| (text.position, Links::of(&text.body)));
    let faults: Vec<String> = worst
        .filter_map(|(position, links)| {
            let fault = if links.shortened > 0 {
                "has a shortened link; filters do not trust those"
            } else if links.plain_http > 0 {
                "has a link without encryption (http)"
            } else if links.all > LINKS_MAX {
                "has more than two links"
            } else {
                return None;
            };
            Some(format!("Mail {position} {fault}."))
        })
        .collect();
    match faults.first() {
        Some(fault) => line(Topic::Links, Verdict::Warning, fault.clone()),
        None => {
            line(Topic::Links, Verdict::Good, "No mail has more than two links, or links that filters do not trust.")
        }
    }
}

fn preview(found: &Found) -> Line {
    match &found.preview {
        Some(_) => line(Topic::Preview, Verdict::Good, "A member has looked at the mails as a lead gets them."),
        None => {
            line(Topic::Preview, Verdict::Warning, "No member has confirmed looking at the mails as a lead gets them.")
        }
    }
}

fn slow_start(found: &Found) -> Option<Line> {
    let there = || found.mailboxes.iter().filter(|mailbox| mailbox.state == MailboxState::Active);
    let rushed: Vec<&str> =
        there().filter(|mailbox| mailbox.is_rushed).map(|mailbox| mailbox.address.as_str()).collect();
    let line = match rushed.first() {
        Some(first) => {
            let text = format!("{first} is new and sends its full number at once. Slow start is safer.");
            line(Topic::SlowStart, Verdict::Warning, text)
        }
        None if there().count() == 0 => return None,
        None => line(Topic::SlowStart, Verdict::Good, "New mailboxes start slowly."),
    };
    Some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ready() -> Found {
        let text = StepText {
            position: 1,
            subject: "Hello".into(),
            body: "Hi {{first_name}}".into(),
            needs_subject: true,
            faults: Vec::new(),
        };
        let mailbox =
            CheckedMailbox { address: "jo@acme.example".into(), state: MailboxState::Active, is_rushed: false };
        Found {
            texts: vec![text],
            mailboxes: vec![mailbox],
            has_schedule: true,
            opens_at: Some(Instant(1)),
            postal_address: "1 Main Street".into(),
            counts: LeadCounts { leads: 20, ..LeadCounts::default() },
            preview: Some(Confirmed { by: "Ana".into(), at: Instant(1) }),
            ..Found::default()
        }
    }

    fn verdict(found: &Found, topic: Topic) -> Verdict {
        lines(found).into_iter().find(|line| line.topic == topic).unwrap().verdict
    }

    #[test]
    fn a_campaign_that_lacks_nothing_has_only_good_lines() {
        let lines = lines(&ready());
        assert!(lines.iter().all(|line| line.verdict == Verdict::Good), "{lines:#?}");
    }

    #[test]
    fn it_stops_without_a_mail_its_subject_or_its_text() {
        assert_eq!(verdict(&Found { texts: Vec::new(), ..ready() }, Topic::Emails), Verdict::Stop);
        for change in [
            |text: &mut StepText| text.subject.clear(),
            |text: &mut StepText| text.body = " \n".into(),
            |text: &mut StepText| text.faults.push("`{{fist_name}}` is not a field.".into()),
        ] {
            let mut found = ready();
            change(&mut found.texts[0]);
            assert_eq!(verdict(&found, Topic::Emails), Verdict::Stop);
        }
        let mut follow_up = ready();
        follow_up.texts.push(StepText { position: 2, body: "Again".into(), ..StepText::default() });
        assert_eq!(verdict(&follow_up, Topic::Emails), Verdict::Good, "a follow-up answers the mail before it");
    }

    #[test]
    fn it_stops_without_a_mailbox_that_sends() {
        assert_eq!(verdict(&Found { mailboxes: Vec::new(), ..ready() }, Topic::Mailboxes), Verdict::Stop);
        let mut paused = ready();
        paused.mailboxes[0].state = MailboxState::Paused;
        assert_eq!(verdict(&paused, Topic::Mailboxes), Verdict::Stop);
    }

    #[test]
    fn it_stops_without_a_time_to_send() {
        assert_eq!(verdict(&Found { has_schedule: false, ..ready() }, Topic::Schedule), Verdict::Stop);
        assert_eq!(verdict(&Found { opens_at: None, ..ready() }, Topic::Schedule), Verdict::Stop);
        assert_eq!(verdict(&Found { is_over: true, ..ready() }, Topic::Schedule), Verdict::Stop);
    }

    #[test]
    fn it_stops_without_a_postal_address() {
        assert_eq!(verdict(&Found { postal_address: " ".into(), ..ready() }, Topic::PostalAddress), Verdict::Stop);
    }

    #[test]
    fn it_stops_without_leads_unless_some_are_on_their_way() {
        let none = Found { counts: LeadCounts::default(), ..ready() };
        assert_eq!(verdict(&none, Topic::Leads), Verdict::Stop);
        assert_eq!(verdict(&Found { leads_may_come: true, ..none }, Topic::Leads), Verdict::Warning);
    }

    #[test]
    fn leads_that_will_not_be_mailed_are_named_and_stop_it_when_nobody_is_left() {
        let counts = LeadCounts { leads: 20, missing_fields: 3, elsewhere: 2, ..LeadCounts::default() };
        let some = Found { counts, ..ready() };
        let line = leads(&some);
        assert_eq!(line.verdict, Verdict::Warning);
        assert_eq!(line.text, "20 leads; of them 3 without a field that a mail needs, 2 in another campaign now.");
        let all = LeadCounts { leads: 20, missing_fields: 15, suppressed: 5, ..LeadCounts::default() };
        assert_eq!(verdict(&Found { counts: all, ..ready() }, Topic::Leads), Verdict::Stop);
    }

    #[test]
    fn countries_that_ask_for_consent_stop_it_until_a_lawful_basis_is_recorded() {
        let asks = Found { consent_first: vec![("Germany".into(), 4), ("Canada".into(), 1)], ..ready() };
        assert_eq!(verdict(&asks, Topic::LawfulBasis), Verdict::Stop);
        let recorded = Found { lawful_basis: Some(Confirmed { by: "Ana".into(), at: Instant(1) }), ..asks };
        assert_eq!(verdict(&recorded, Topic::LawfulBasis), Verdict::Good);
    }

    #[test]
    fn what_is_only_worth_knowing_does_not_stop_it() {
        let mut found = Found { preview: None, ..ready() };
        found.texts[0].body = "See http://a.example".into();
        found.mailboxes[0].is_rushed = true;
        let checklist = Checklist::of(CampaignId(uuid::Uuid::nil()), found);
        let warnings = checklist.lines.iter().filter(|line| line.verdict == Verdict::Warning).count();
        assert_eq!((checklist.stops(), warnings), (0, 3));
    }
}
