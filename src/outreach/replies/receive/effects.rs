//! What answers and reports do: to sequences, addresses, credits, mailboxes and the numbers of the day.
//!
//! | what it is | the sequence | else |
//! |---|---|---|
//! | a person's answer, an answer to an invitation | stopped | the mail counts as answered; the company's others are held, if the campaign asks |
//! | … “not interested”, “not now”, “wrong person” | stopped with that code | |
//! | … asks for no more mails | every sequence of the person stopped | suppressed in the workspace; can be undone for a day |
//! | has left the company | stopped | |
//! | out of office | held until the first working day of the campaign after the return, or for a week | |
//! | a report of a failure | as `verdict/effects.rs` says | suppression, credit, breakers |
//! | a complaint | every sequence of the person stopped | suppressed in the workspace, breaker |
//! | a delay, a receipt, a challenge, a list, anything automatic or unclear | nothing | a line in the timeline |

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::json;
use sqlx::types::Json;

use super::{
    MailboxKey,
    own_texts::Answer,
    store::Stopped,
    threads::{cut, first_line},
};
use crate::{
    accounts::{
        WorkspaceId,
        notifications::{self, News},
    },
    campaigns::ids::LeadId,
    ids::CampaignId,
    on,
    outreach::{
        ids::{MailId, SendId},
        progress::event::{self, Event, EventKind},
        replies::reading::{BounceVerdict, Kind, Label, Reported},
        schedule::rules::{Chance, Day},
        sending::{self, Bounce, Hold, OUT_OF_OFFICE, Stop, Until, verdict::Class},
        unsubscribe::{self, Scope},
    },
    server::{batches::batches, clock::Instant, db::Tx},
    suppression::{Key, SuppressionKeys},
};

type Campaigns = BTreeSet<(WorkspaceId, CampaignId)>;

/// Why an answer ends the sequence; nothing: it does not. An opt-out does so on its own way.
fn stop_code(answer: &Answer<'_>) -> Option<&'static str> {
    match (answer.reading.kind, answer.reading.label) {
        _ if !answer.is_in() => None,
        (Kind::LeftCompany, _) => Some("left_company"),
        (Kind::Human | Kind::Calendar, label) => code_of(label),
        _ => None,
    }
}

/// Why a sequence ends that a person answered with these words.
pub fn code_of(label: Option<Label>) -> Option<&'static str> {
    match label {
        Some(Label::Unsubscribe) => None,
        Some(label @ (Label::NotNow | Label::NotInterested | Label::WrongPerson | Label::LeftCompany)) => {
            Some(label.name())
        }
        _ => Some("answered"),
    }
}

/// Ends sequences because of answers, and returns what each stopped. First of all: no mail leaves once this is committed.
///
/// # Errors
/// The database's.
pub async fn before_storing(
    tx: &mut Tx,
    workspace: WorkspaceId,
    answers: &[Answer<'_>],
    at: Instant,
) -> sqlx::Result<HashMap<MailId, Stopped>> {
    let mut by_code: BTreeMap<&'static str, BTreeMap<(CampaignId, LeadId), MailId>> = BTreeMap::new();
    for answer in answers {
        if let (Some(code), Some(sequence)) = (stop_code(answer), answer.sequence()) {
            by_code.entry(code).or_default().entry(sequence).or_insert(answer.matched.mail);
        }
    }
    let mut stopped: HashMap<MailId, Stopped> = HashMap::new();
    for (code, leads) in by_code {
        for sequence in sending::open_sequences(tx, workspace, leads.keys().copied()).await? {
            if let Some(mail) = leads.get(&(sequence.campaign_id, sequence.lead_id)) {
                let of_mail = stopped.entry(*mail).or_insert_with(|| Stopped {
                    at,
                    code: code.to_owned(),
                    sequences: Vec::new(),
                });
                of_mail.sequences.push(sequence);
            }
        }
        let leads: Vec<(CampaignId, LeadId)> = leads.into_keys().collect();
        sending::stop(tx, workspace, &leads, Stop { code, actor: None }, at).await?;
    }
    Ok(stopped)
}

/// Everything else that follows. Returns the campaigns that this concerns.
///
/// # Errors
/// The database's.
pub async fn after_storing(
    tx: &mut Tx,
    keys: &SuppressionKeys,
    (workspace, mailbox): MailboxKey,
    answers: &[Answer<'_>],
    at: Instant,
) -> anyhow::Result<Campaigns> {
    let human = answers.iter().filter(|answer| answer.is_human());
    let answered =
        human.filter_map(|answer| Some((answer.sent.as_ref()?.id, answer.matched.opened.incoming.received_at)));
    sending::answered(tx, workspace, answered).await?;
    hold_absent(tx, workspace, answers, at).await?;
    hold_companies(tx, workspace, answers, at).await?;
    tell_members(tx, workspace, answers, at).await?;
    let mut concerned: Campaigns =
        answers.iter().filter_map(|answer| Some((workspace, answer.sequence()?.0))).collect();
    let events: Vec<Event> = answers.iter().filter_map(|answer| line(answer, mailbox)).collect();
    event::record(tx, workspace, &events, at).await?;
    for answer in answers {
        let Some(sent) = answer.sent.as_ref().filter(|_| answer.is_in()) else { continue };
        match answer.reading.kind {
            Kind::Bounce => {
                if let Some(bounce) = bounce(answer, sent.id) {
                    concerned.extend(sending::bounced(tx, keys, workspace, &bounce, at).await?.0);
                }
            }
            Kind::Complaint => concerned.extend(sending::complained(tx, keys, (workspace, sent.id), at).await?),
            Kind::Human if answer.reading.label == Some(Label::Unsubscribe) => {
                let campaigns = opt_out(tx, workspace, sent.id, at).await?;
                concerned.extend(campaigns.into_iter().map(|campaign| (workspace, campaign)));
            }
            _ => {}
        }
    }
    Ok(concerned)
}

/// Suppresses the person of a mail in the whole workspace, as if the link in it had been used. It is undone the same way.
///
/// # Errors
/// The database's.
pub async fn opt_out(tx: &mut Tx, workspace: WorkspaceId, send: SendId, at: Instant) -> sqlx::Result<Vec<CampaignId>> {
    match unsubscribe::mail(tx, workspace, send).await? {
        Some(mail) => unsubscribe::opt_out(tx, (workspace, send), &mail, Scope::Workspace, at).await,
        None => Ok(Vec::new()),
    }
}

async fn hold_absent(tx: &mut Tx, workspace: WorkspaceId, answers: &[Answer<'_>], at: Instant) -> sqlx::Result<()> {
    let absent = answers.iter().filter(|answer| answer.is_in() && answer.reading.kind == Kind::OutOfOffice);
    // The last answer of a person counts.
    let holds: BTreeMap<(CampaignId, LeadId), Hold> = absent
        .filter_map(|answer| {
            let (campaign, lead) = answer.sequence()?;
            let until = answer
                .reading
                .return_date
                .map_or(Until::InAWeek, |date| Until::Day(back(workspace, lead, Day::from(date))));
            Some(((campaign, lead), Hold { campaign, lead, code: OUT_OF_OFFICE, until }))
        })
        .collect();
    if !holds.is_empty() {
        sending::hold(tx, workspace, &holds.into_values().collect::<Vec<_>>(), "", at).await?;
    }
    Ok(())
}

/// When someone who is back on `day` is written to again: then or the day after. Not everyone on the morning of their return, which is
/// when their mail is read last.
fn back(workspace: WorkspaceId, lead: LeadId, day: Day) -> Day {
    let later = Chance::new(workspace.0, lead.0, day).of(0, "back from an absence") >= 0.5;
    day.plus(i64::from(later))
}

/// Holds the colleagues of those who answered, where the campaign asks for it: a member decides whether they are written to.
async fn hold_companies(tx: &mut Tx, workspace: WorkspaceId, answers: &[Answer<'_>], at: Instant) -> sqlx::Result<()> {
    // Who is not interested says nothing for the others.
    let companies: BTreeSet<(CampaignId, Key)> = answers
        .iter()
        .filter(|answer| stop_code(answer) == Some("answered"))
        .filter_map(|answer| Some((answer.sequence()?.0, answer.sent.as_ref()?.domain_key?)))
        .collect();
    let mut colleagues: BTreeSet<(CampaignId, LeadId)> = BTreeSet::new();
    for batch in batches(companies.iter())? {
        let some: Vec<(CampaignId, LeadId)> = on!(&mut *tx, c => sqlx::query_as(
            "with companies as materialized (select unhex(j.value ->> 0, '-') as campaign_id, unhex(j.value ->> 1) as domain_key
                 from json_each($2) j)
             select e.campaign_id, e.lead_id from companies k
             join campaign_sending s on s.workspace_id = $1 and s.campaign_id = k.campaign_id and s.stop_company
             join enrolments e on e.workspace_id = $1 and e.campaign_id = k.campaign_id and e.domain_key = k.domain_key
                 and e.state in ('waiting', 'active', 'held')
             union
             select d.campaign_id, d.lead_id from companies k
             join campaign_sending s on s.workspace_id = $1 and s.campaign_id = k.campaign_id and s.stop_company
             join sends d on d.workspace_id = $1 and d.domain_key = k.domain_key and d.domain_key is not null
                 and d.campaign_id = k.campaign_id and d.lead_id is not null and d.state in ('queued', 'claimed', 'deferred')")
            .bind(workspace).bind(Json(batch)).fetch_all(c).await)?;
        colleagues.extend(some);
    }
    let hold = |(campaign, lead)| Hold { campaign, lead, code: "company_answered", until: Until::AMember };
    let holds: Vec<Hold> = colleagues.into_iter().map(hold).collect();
    if !holds.is_empty() {
        sending::hold(tx, workspace, &holds, "", at).await?;
    }
    Ok(())
}

/// Tells members who answered.
async fn tell_members(tx: &mut Tx, workspace: WorkspaceId, answers: &[Answer<'_>], at: Instant) -> sqlx::Result<()> {
    let told: Vec<(String, String, String)> = answers
        .iter()
        .filter(|answer| answer.is_human())
        .map(|answer| {
            let from = answer.matched.opened.message.from.as_ref();
            let name = from.map(|from| from.name.clone().unwrap_or_else(|| from.address.clone()));
            let name = name.unwrap_or_else(|| "A person".to_owned());
            (
                format!("{} answered", cut(&name, 100)),
                first_line(&answer.reading.new_text),
                format!("/inbox/{}", answer.thread.id),
            )
        })
        .collect();
    let each: Vec<News<'_>> = told
        .iter()
        .map(|(title, text, link)| News {
            event: notifications::Event::Answer,
            key: "answers".to_owned(),
            title: title.clone(),
            text: text.clone(),
            link,
        })
        .collect();
    let headline = match each.as_slice() {
        [] => return Ok(()),
        [one] => one.clone(),
        many => News {
            title: format!("{} people answered", many.len()),
            text: "Their answers are in the inbox.".to_owned(),
            link: "/inbox",
            ..many[0].clone()
        },
    };
    notifications::tell_together(tx, workspace, &headline, &each, at).await
}

/// The line of the timeline. Bounces and complaints have theirs where they are carried out.
fn line(answer: &Answer<'_>, mailbox: crate::outreach::ids::MailboxId) -> Option<Event> {
    let (campaign, lead) = answer.sequence().filter(|_| answer.is_in())?;
    let (reading, sent) = (&answer.reading, answer.sent.as_ref()?);
    let (mail, thread) = (answer.matched.mail, answer.thread.id);
    let (kind, params) = match reading.kind {
        Kind::Human | Kind::Calendar => {
            let label = reading.label.map(Label::name);
            (EventKind::Answered, json!({ "mail": mail, "thread": thread, "label": label }))
        }
        Kind::Bounce | Kind::Complaint => return None,
        Kind::Delay => {
            let words = reading.recipients.first().map(|one| one.words.clone());
            (EventKind::Delayed, json!({ "mail": mail, "thread": thread, "words": words }))
        }
        kind => (EventKind::Automatic, json!({ "mail": mail, "thread": thread, "kind": kind.name() })),
    };
    let event = Event { mailbox: Some(mailbox), send: Some(sent.id), ..Event::of(kind, campaign) };
    Some(event.about(lead).with(params))
}

/// What a report says of the mail: of its recipient, else of the one it names.
fn bounce(answer: &Answer<'_>, send: SendId) -> Option<Bounce> {
    let email = answer.sent.as_ref().and_then(|sent| sent.email.as_deref());
    let recipients = &answer.reading.recipients;
    let is_ours =
        |one: &&Reported| one.recipient().zip(email).is_some_and(|(one, ours)| one.eq_ignore_ascii_case(ours));
    let reported = recipients.iter().find(is_ours).or_else(|| recipients.iter().find(|one| one.verdict.is_final()))?;
    let domain = reported
        .recipient()
        .or(email)
        .and_then(|address| address.rsplit_once('@'))
        .map(|(_, domain)| domain.to_lowercase());
    Some(Bounce {
        send,
        class: class(reported.verdict)?,
        status: reported.status.map(|status| status.to_string()),
        words: reported.words.clone(),
        domain_is_gone: domain.is_some_and(|domain| answer.matched.opened.gone.contains(&domain)),
    })
}

/// The class of sending that a verdict of a report is.
fn class(verdict: BounceVerdict) -> Option<Class> {
    Some(match verdict {
        BounceVerdict::NoSuchAddress => Class::NoSuchAddress,
        BounceVerdict::NoSuchDomain => Class::NoSuchDomain,
        BounceVerdict::MailboxFull => Class::MailboxFull,
        BounceVerdict::PolicyAtReceiver => Class::Policy,
        BounceVerdict::MessageRefused => Class::MessageRefused,
        BounceVerdict::SenderFault => Class::SenderRefused,
        BounceVerdict::ProviderLimit => Class::ProviderLimit,
        BounceVerdict::Later => Class::Later,
        BounceVerdict::RefusedUnclear => Class::RefusedUnclear,
        BounceVerdict::Delayed | BounceVerdict::Delivered => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_those_who_are_back_are_written_to_a_day_later_and_always_the_same_half() {
        let (workspace, day) = (WorkspaceId::new(), Day(20_000));
        let leads: Vec<LeadId> = (0..400).map(|number| LeadId(uuid::Uuid::from_u128(number))).collect();
        let later = leads.iter().filter(|lead| back(workspace, **lead, day) != day).count();
        assert!((120..280).contains(&later), "{later} of 400");
        for lead in leads {
            let at = back(workspace, lead, day);
            assert!(at == day || at == day.plus(1));
            assert_eq!(at, back(workspace, lead, day));
        }
    }
}
