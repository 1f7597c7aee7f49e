//! A person as people see them.

use leptos::prelude::*;

use super::read::{LeadLine, MailLine, Person, SequenceLine, ThreadLine};
use crate::{
    fields::FieldErrors,
    outreach::{inbox::label_tag, progress::event_view::code_text},
    server::query,
    suppression::Entry,
    ui::{
        Button, EmptyState, Field, LinkButton, Notice, PageHeader, Panel, Table, Tag, TimeStamp, Tone, credits_text,
        format::date_text,
    },
};

/// The box to look an address up, and what is known of it.
#[component]
pub fn PersonPage(
    typed: String,
    found: Option<Person>,
    errors: FieldErrors,
    /// Whether the member may export and erase what is kept of people.
    may_answer: bool,
) -> impl IntoView {
    let address = typed.clone();
    let body = found.map(|person| {
        let rights = may_answer.then(|| rights(address.clone()));
        view! { {known(&address, person)} {rights} }
    });
    view! {
        <PageHeader title="Find a person" subtitle="Did we write to them, what did they say, and why is nothing more sent?" back_href="/inbox" back_label="Inbox" />
        <div class="stack">
            <form method="get" action="/people" class="filters" role="search">
                <Field label="Address" name="q" kind="search" value=typed error=errors.of("q") autocomplete="off" />
                <Button>"Find"</Button>
            </form>
            {body}
        </div>
    }
}

fn known(address: &str, person: Person) -> AnyView {
    if person.is_unknown() {
        let text = format!(
            "No mail was sent to {address}, and none came from there. Leads whose address is still hidden are not found by it."
        );
        return view! {
            <EmptyState title="Nothing is known of this address">
                <p>{text}</p>
            </EmptyState>
        }
        .into_any();
    }
    let Person { leads, sequences, mails, threads, suppressed, objected_at } = person;
    let why: Vec<_> = suppressed.into_iter().map(why).collect();
    let objected = objected_at.map(|at| {
        let text = format!(
            "This person asked on {} that no one on this server writes to them. No sequence and no reply leaves from here.",
            date_text(at.micros())
        );
        view! { <Notice tone=Tone::Warning><p>{text}</p></Notice> }
    });
    view! {
        {objected}
        {why}
        {(!threads.is_empty()).then(|| answers(threads))}
        {(!sequences.is_empty()).then(|| sequence_panel(sequences))}
        {(!mails.is_empty()).then(|| mail_panel(mails))}
        {(!leads.is_empty()).then(|| lead_panel(leads))}
    }
    .into_any()
}

/// What the person may ask the workspace for.
fn rights(address: String) -> AnyView {
    let erase = query::address("/people/erasure", [("q", address.clone())]);
    view! {
        <Panel title="If this person asks" id="rights" description="People may ask what you keep of them, and to have it erased.">
            <div class="form-actions">
                <form method="post" action="/people/export">
                    <input type="hidden" name="q" value=address />
                    <Button>"Download a copy"</Button>
                </form>
                <LinkButton href=erase>"Erase …"</LinkButton>
            </div>
        </Panel>
    }
    .into_any()
}

/// Why nothing more is sent.
fn why(entry: Entry) -> impl IntoView {
    let only = entry.campaign.as_ref().map(|campaign| format!(", in the campaign {campaign}")).unwrap_or_default();
    let text = format!(
        "{} is suppressed{only} since {}: {} ({}). ",
        entry.shown,
        date_text(entry.created_at.micros()),
        entry.reason.label().to_lowercase(),
        entry.actor()
    );
    view! {
        <Notice tone=Tone::Warning>
            <p>{text} <a href=format!("/settings/suppression/{}", entry.id)>"See the entry"</a></p>
        </Notice>
    }
}

fn answers(threads: Vec<ThreadLine>) -> impl IntoView {
    let rows: Vec<_> = threads
        .into_iter()
        .map(|line| {
            view! {
                <tr>
                    <th scope="row"><a href=format!("/inbox/{}", line.id)>{line.subject}</a> <span class="table-detail">{line.first_line}</span></th>
                    <td>{line.label.map(|label| label_tag(label, line.label_confirmed))}</td>
                    <td><TimeStamp micros=line.at.micros() /></td>
                </tr>
            }
        })
        .collect();
    view! {
        <Panel title="Conversations" flush=true>
            <Table caption="Conversations" cards=true>
                <thead><tr><th scope="col">"Subject"</th><th scope="col">"Label"</th><th scope="col">"Last answer"</th></tr></thead>
                <tbody>{rows}</tbody>
            </Table>
        </Panel>
    }
}

fn sequence_panel(sequences: Vec<SequenceLine>) -> impl IntoView {
    let rows: Vec<_> = sequences
        .into_iter()
        .map(|line| {
            let (tone, word) = match line.state.as_str() {
                "waiting" => (Tone::Info, "Waiting"),
                "in_flight" => (Tone::Info, "Mail on its way"),
                "active" => (Tone::Good, "In sequence"),
                "held" => (Tone::Warning, "Held"),
                "finished" => (Tone::Good, "Finished"),
                _ => (Tone::Neutral, "Stopped"),
            };
            let params = line.params.unwrap_or(serde_json::Value::Null);
            let why = line.code.map(|code| code_text(&code, &params));
            view! {
                <tr>
                    <th scope="row"><a href=format!("/leads/{}#sequence-{}", line.lead_id, line.campaign_id)>{line.campaign}</a></th>
                    <td><Tag tone=tone>{word}</Tag> <span class="table-detail">{why}</span></td>
                    <td><TimeStamp micros=line.since.micros() /></td>
                </tr>
            }
        })
        .collect();
    view! {
        <Panel title="Sequences" flush=true>
            <Table caption="Sequences" cards=true>
                <thead><tr><th scope="col">"Campaign"</th><th scope="col">"State"</th><th scope="col">"Since"</th></tr></thead>
                <tbody>{rows}</tbody>
            </Table>
        </Panel>
    }
}

fn mail_panel(mails: Vec<MailLine>) -> impl IntoView {
    let rows: Vec<_> = mails
        .into_iter()
        .map(|line| {
            let what = match line.step {
                Some(step) => format!("Step {step} of {}", line.campaign),
                None => format!("Reply of a member, {}", line.campaign),
            };
            let (tone, word) = match (line.state.as_str(), line.bounced_at) {
                (_, Some(_)) => (Tone::Bad, "Came back"),
                ("sent", _) => (Tone::Good, "Sent"),
                ("failed", _) => (Tone::Bad, "Not delivered"),
                ("unknown", _) => (Tone::Warning, "May have left"),
                ("cancelled", _) => (Tone::Neutral, "Not sent"),
                _ => (Tone::Info, "On its way"),
            };
            let why = line.code.filter(|_| line.state != "sent").map(|code| code_text(&code, &serde_json::Value::Null));
            view! {
                <tr>
                    <th scope="row">{line.subject.unwrap_or_else(|| "Without a subject".to_owned())} <span class="table-detail">{what}</span></th>
                    <td><Tag tone=tone>{word}</Tag> <span class="table-detail">{why}</span></td>
                    <td class="wide-only">{line.mailbox}</td>
                    <td><TimeStamp micros=line.at.micros() /></td>
                </tr>
            }
        })
        .collect();
    view! {
        <Panel title="Mails to this person" flush=true>
            <Table caption="Mails to this person, newest first" cards=true>
                <thead>
                    <tr>
                        <th scope="col">"Subject"</th>
                        <th scope="col">"Outcome"</th>
                        <th scope="col" class="wide-only">"Mailbox"</th>
                        <th scope="col">"When"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        </Panel>
    }
}

fn lead_panel(leads: Vec<LeadLine>) -> impl IntoView {
    let rows: Vec<_> = leads
        .into_iter()
        .map(|line| {
            let cost = match (line.price, line.refunded_at) {
                (_, Some(_)) => "Paid back".to_owned(),
                (Some(price), None) => credits_text(price),
                (None, None) => "Own list".to_owned(),
            };
            let name = if line.name.is_empty() { "A lead".to_owned() } else { line.name };
            view! {
                <tr>
                    <th scope="row"><a href=format!("/leads/{}", line.id)>{name}</a> <span class="table-detail">{line.company}</span></th>
                    <td>{line.campaign} <span class="table-detail">{line.source}</span></td>
                    <td>{cost}</td>
                    <td><TimeStamp micros=line.delivered_at.micros() date_only=true /></td>
                </tr>
            }
        })
        .collect();
    view! {
        <Panel title="Leads" flush=true>
            <Table caption="Leads with this address" cards=true>
                <thead>
                    <tr>
                        <th scope="col">"Lead"</th>
                        <th scope="col">"Campaign"</th>
                        <th scope="col">"Cost"</th>
                        <th scope="col">"Delivered"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        </Panel>
    }
}
