//! The page of the sending domains.

use leptos::prelude::*;

use super::{
    DOMAINS,
    domain::{DomainState, HELD_AFTER, SendingDomain},
    texts::{meaning, part},
};
use crate::{
    mail::domain::{Finding, Part, Policy, Report},
    topics,
    ui::{Button, CopyField, EmptyState, HelpLink, Notice, PageHeader, Panel, Tag, TimeStamp, Tone, plural},
};

const PARTS: [Part; 4] = [Part::Mx, Part::Spf, Part::Dkim, Part::Dmarc];

/// Every domain that mailboxes send from, with what its records say.
#[component]
pub fn DomainsPage(
    domains: Vec<SendingDomain>,
    may_check: bool,
    /// Whether the operator lets name servers be asked.
    is_on: bool,
) -> impl IntoView {
    let off = (!is_on && !domains.is_empty()).then(|| {
        view! {
            <Notice tone=Tone::Warning title="Domains are not checked">
                <p>"This instance asks no name server. Whoever runs it can switch that on (FAIRLEAD_DNS)."</p>
            </Notice>
        }
    });
    let body = if domains.is_empty() {
        view! {
            <EmptyState title="No sending domains yet">
                <p>"The domains of your mailboxes appear here, with the records that receivers look at."</p>
            </EmptyState>
        }
        .into_any()
    } else {
        domains
            .into_iter()
            .map(|domain| view! { <DomainPanel domain may_check=may_check && is_on /> })
            .collect_view()
            .into_any()
    };
    view! {
        <PageHeader
            title="Sending domains"
            subtitle="What receivers can tell about mail from your domains."
            back_href="/settings/mailboxes"
            back_label="Mailboxes"
        >
            <HelpLink topic="mailboxes">"How mailboxes work"</HelpLink>
        </PageHeader>
        <div class="stack">{off} {body}</div>
    }
    .into_any()
}

#[component]
fn DomainPanel(domain: SendingDomain, may_check: bool) -> impl IntoView {
    let SendingDomain { domain: name, standing, report, checked_at, is_due, mailboxes } = domain;
    let description = format!("{} from it.", plural(mailboxes, "mailbox sends", "mailboxes send"));
    let report = report.map(|report| report.0);
    let (tone, word) = match standing.state {
        DomainState::Passing => (Tone::Good, "Passing"),
        DomainState::Failing => (Tone::Bad, "Failing"),
        DomainState::Unknown => (Tone::Neutral, "Unknown"),
    };
    let since = standing.failing_since.filter(|_| standing.state == DomainState::Failing).map(|since| {
        let consequence = if standing.holds {
            view! { "New leads wait until it passes; follow-ups and answers continue." }.into_any()
        } else {
            let until = since.plus(HELD_AFTER).micros();
            view! { "If it still fails " <TimeStamp micros=until /> ", new leads wait. Follow-ups and answers continue." }.into_any()
        };
        view! { <p>"Failing since " <TimeStamp micros=since.micros() /> ". " {consequence}</p> }
    });
    let checked = match (is_due, checked_at) {
        (false, Some(at)) => view! { "Checked " <TimeStamp micros=at.micros() /> }.into_any(),
        _ => view! { "It is looked up in a moment." }.into_any(),
    };
    let again = (may_check && !is_due).then(|| {
        view! {
            <form method="post" action=format!("{DOMAINS}/checks") data-submit-once="">
                <input type="hidden" name="domain" value=name.clone() />
                <Button>"Check again"</Button>
            </form>
        }
    });
    let parts = report.map(|report| {
        let lines = PARTS.map(|part| view! { <PartLine name=name.clone() part report=report.clone() /> });
        view! { <ul class="checklist">{lines.into_iter().collect_view()}</ul> }
    });
    view! {
        <Panel id=format!("domain-{}", name.replace('.', "-")) live=topics::MAILBOXES title=name.clone() description>
            <div class="row row-between">
                <p class="row"><Tag tone>{word}</Tag> <span class="small soft">{checked}</span></p>
                {again}
            </div>
            {since}
            {parts}
        </Panel>
    }
    .into_any()
}

/// One part: its state, what was found, and the records that mend it.
#[component]
fn PartLine(name: String, part: Part, report: Report) -> impl IntoView {
    let (word, what) = self::part(part);
    let findings: Vec<Finding> = report.of(part).cloned().collect();
    let (tone, state) = if report.fails(part) {
        (Tone::Bad, "fails")
    } else if !findings.is_empty() {
        (Tone::Warning, "can be better")
    } else if report.unknown.contains(&part) {
        (Tone::Neutral, "is not known")
    } else {
        (Tone::Good, "passes")
    };
    let lines = findings.into_iter().enumerate().map(|(number, finding)| {
        let record = report.publish(&name, &finding);
        let id = format!("record-{}-{word}-{number}", name.replace('.', "-"));
        view! {
            <div class="copy-record">
                <p>{meaning(&finding)}</p>
                {record.map(|record| view! {
                    <p class="small soft">"Publish as TXT at " <code>{record.name}</code></p>
                    <CopyField id label="Record" value=record.value />
                })}
            </div>
        }
    });
    view! {
        <li class="checklist-line">
            <Tag tone>{format!("{word} {state}")}</Tag>
            <div class="checklist-text">
                <p class="small soft">{what} " " {facts(part, &report)}</p>
                {lines.collect_view()}
            </div>
        </li>
    }
    .into_any()
}

/// What was read, in a line.
fn facts(part: Part, report: &Report) -> String {
    match part {
        Part::Mx => report.mail_hosts.join(", "),
        Part::Spf => report.spf.clone().unwrap_or_default(),
        Part::Dkim if report.unknown.contains(&Part::Dkim) && report.signatures.is_empty() => {
            "It is read from a test mail that comes back: test a mailbox of this domain.".to_owned()
        }
        Part::Dkim => {
            let signed = report.signatures.iter().map(|one| format!("{} (selector {})", one.domain, one.selector));
            signed.collect::<Vec<_>>().join(", ")
        }
        Part::Dmarc => match &report.dmarc {
            Some(dmarc) => {
                let policy = match dmarc.policy {
                    Policy::None => "asks for nothing",
                    Policy::Quarantine => "asks for the spam folder",
                    Policy::Reject => "asks for a refusal",
                };
                format!("The record at {} {policy}: {}", dmarc.found_at, dmarc.record)
            }
            None => String::new(),
        },
    }
}
