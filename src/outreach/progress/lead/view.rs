//! The sequences of a lead as people see them.

use leptos::prelude::*;

use super::timeline::{Enrolment, SentText, StepLine, Timeline, TryLine};
use crate::{
    campaigns::ids::LeadId,
    outreach::progress::{activity::EventLine, event_view::code_text, why::SendingState, why_view::local_text},
    ui::{Button, ButtonKind, Confirm, Field, LinkButton, Panel, Tag, TimeStamp, Tone, plural},
};

/// A panel for each sequence of the lead, and what a member can do about it.
#[component]
pub fn Sequences(
    lead: LeadId,
    timelines: Vec<Timeline>,
    may_change: bool,
    /// What is wrong with the day that was typed.
    fault: Option<String>,
) -> impl IntoView {
    timelines
        .into_iter()
        .map(|timeline| view! { <Sequence lead timeline may_change fault=fault.clone() /> })
        .collect::<Vec<_>>()
}

#[component]
fn Sequence(lead: LeadId, timeline: Timeline, may_change: bool, fault: Option<String>) -> impl IntoView {
    let Timeline { enrolment, steps, tries, events } = timeline;
    let campaign = enrolment.campaign_id;
    let (tone, word) = state_tag(&enrolment);
    let title = format!("Sequence of {}", enrolment.campaign_name);
    let steps: Vec<_> = steps
        .into_iter()
        .map(|(step, text)| {
            let own = tries.iter().filter(|one| one.step_id == step.id).cloned().collect();
            step_line(&enrolment, step, text, own)
        })
        .collect();
    let events: Vec<_> = events.into_iter().rev().map(event_line).collect();
    let changes = may_change.then(|| changes(lead, &enrolment, fault));
    view! {
        <Panel title=title id=format!("sequence-{campaign}")>
            <div class="stack">
                <div>
                    <p><Tag tone=tone>{word}</Tag></p>
                    <p>{state_text(&enrolment)}</p>
                </div>
                <ol class="timeline">{steps}</ol>
                {changes}
                <details class="disclosure">
                    <summary>"Everything that happened"</summary>
                    <ul class="timeline">{events}</ul>
                </details>
            </div>
        </Panel>
    }
}

pub fn state_tag(enrolment: &Enrolment) -> (Tone, &'static str) {
    match enrolment.state.as_str() {
        "waiting" => (Tone::Info, "Waiting"),
        "in_flight" => (Tone::Info, "Mail on its way"),
        "active" => (Tone::Good, "In sequence"),
        "held" => (Tone::Warning, "Held"),
        "finished" => (Tone::Good, "Finished"),
        _ => (Tone::Neutral, "Stopped"),
    }
}

fn reason(code: Option<&str>, params: Option<&serde_json::Value>) -> String {
    code_text(code.unwrap_or_default(), params.unwrap_or(&serde_json::Value::Null))
}

/// What the lead waits for, or why its sequence is over.
pub fn state_text(enrolment: &Enrolment) -> String {
    let because = || reason(enrolment.code.as_deref(), enrolment.params.as_ref().map(|params| &params.0));
    let zone = &enrolment.time_zone;
    match (enrolment.state.as_str(), enrolment.sending) {
        ("waiting" | "active", SendingState::Paused) => "The campaign is paused.".to_owned(),
        ("waiting", _) => "Waits for its first mail.".to_owned(),
        ("in_flight", _) => "Its next mail is being sent.".to_owned(),
        ("active", _) => match enrolment.due_at {
            Some(due) => format!("The next mail is due {}, not before.", local_text(due, zone)),
            None => String::new(),
        },
        ("held", _) => match enrolment.held_until {
            Some(until) => format!("Held until {}: {}.", local_text(until, zone), because()),
            None => format!("Held: {}.", because()),
        },
        ("finished", _) => "Every mail of the sequence was sent or skipped.".to_owned(),
        _ => format!("Stopped: {}.", because()),
    }
}

/// What the server said, as a sentence of its own.
fn said(step: &StepLine) -> String {
    step.words.as_ref().filter(|words| !words.is_empty()).map(|words| format!(" “{words}”")).unwrap_or_default()
}

/// What became of a mail, or why it was not sent.
fn step_text(enrolment: &Enrolment, step: &StepLine) -> (Tone, String) {
    let from = step.mailbox.as_ref().map(|mailbox| format!(" from {mailbox}")).unwrap_or_default();
    let zone = &enrolment.time_zone;
    match step.state.as_deref() {
        Some("sent") => {
            (Tone::Good, format!("Sent {}{from}.", local_text(step.sent_at.unwrap_or(enrolment.since), zone)))
        }
        Some("failed") => (Tone::Bad, format!("Not delivered: {}.{}", reason(step.code.as_deref(), None), said(step))),
        Some("unknown") => {
            (Tone::Bad, format!("The connection broke while handing over, so it may have left.{}", said(step)))
        }
        Some("cancelled") => (Tone::Neutral, format!("Not sent: {}.", reason(step.code.as_deref(), None))),
        Some("deferred") => {
            let again = step.run_at.map(|at| format!(" {}", local_text(at, zone))).unwrap_or_default();
            (Tone::Warning, format!("The mail server put it off; it is tried again{again}.{}", said(step)))
        }
        Some(_) => (Tone::Info, format!("On its way{from}.")),
        None if enrolment.next_step_id == Some(step.id) => (Tone::Info, state_text(enrolment)),
        None if matches!(enrolment.state.as_str(), "stopped" | "finished") => (Tone::Neutral, "Not sent.".to_owned()),
        None => (Tone::Neutral, "To come.".to_owned()),
    }
}

fn step_line(
    enrolment: &Enrolment,
    step: StepLine,
    text: Option<SentText>,
    tries: Vec<TryLine>,
) -> impl IntoView + use<> {
    let (tone, what) = step_text(enrolment, &step);
    let removed = step.is_removed.then_some(" (removed)");
    let text = text.map(|SentText { subject, text }| {
        view! {
            <details class="disclosure">
                <summary>{subject}</summary>
                <pre class="mail-text">{text}</pre>
            </details>
        }
    });
    view! {
        <li class="timeline-line">
            <Tag tone=tone>{format!("Mail {}", step.position)} {removed}</Tag>
            <div class="timeline-text"><p>{what}</p> {text} {tries_list(tries)}</div>
        </li>
    }
}

/// Each try that no server took, with the server's words.
fn tries_list(tries: Vec<TryLine>) -> Option<impl IntoView> {
    let count = i64::try_from(tries.len()).unwrap_or(i64::MAX);
    let lines: Vec<_> = tries
        .into_iter()
        .map(|one| {
            let stage = one.stage.map(|stage| format!(" ({stage})")).unwrap_or_default();
            let words =
                one.words.filter(|words| !words.is_empty()).map(|words| format!(": “{words}”")).unwrap_or_default();
            view! {
                <li>
                    <span class="soft small"><TimeStamp micros=one.at.micros() /></span>
                    <p>{format!("{}{stage}{words}", code_text(&one.code, &serde_json::Value::Null))}</p>
                </li>
            }
        })
        .collect();
    (count > 0).then(|| {
        view! {
            <details class="disclosure">
                <summary>{plural(count, "try without success", "tries without success")}</summary>
                <ul class="timeline">{lines}</ul>
            </details>
        }
    })
}

fn event_line(event: EventLine) -> impl IntoView {
    view! {
        <li class="timeline-line">
            <span class="soft small"><TimeStamp micros=event.at.micros() /></span>
            <div class="timeline-text">
                <p>{event.kind.sentence(&event.params)} {event.actor.map(|actor| view! { <span class="soft small">" · " {actor}</span> })}</p>
            </div>
        </li>
    }
}

/// The forms that change the sequence.
fn changes(lead: LeadId, enrolment: &Enrolment, fault: Option<String>) -> AnyView {
    let campaign = enrolment.campaign_id.to_string();
    let action = format!("/leads/{lead}/sequence");
    let (for_hidden, for_action) = (campaign.clone(), action.clone());
    let button = move |act: &'static str, label: &'static str| {
        view! {
            <form method="post" action=for_action.clone() data-submit-once="">
                <input type="hidden" name="campaign" value=for_hidden.clone() />
                <Button name="act" value=act>{label}</Button>
            </form>
        }
        .into_any()
    };
    let state = enrolment.state.as_str();
    let is_open = matches!(state, "waiting" | "in_flight" | "active" | "held");
    let is_unknown = state == "held" && enrolment.code.as_deref() == Some("unknown_outcome");
    let decide = is_unknown.then(|| {
        view! { <LinkButton href=format!("/campaigns/{campaign}/unknown")>"Decide about the mail"</LinkButton> }
    });
    let can_continue = state == "held" && enrolment.code.as_deref() != Some("unknown_outcome");
    let can_hold = matches!(state, "waiting" | "active") || enrolment.code.as_deref() == Some("by_person");
    let is_faulty = fault.is_some();
    let (hold_action, hold_campaign) = (action.clone(), campaign.clone());
    let hold = (can_hold && is_open).then(move || {
        view! {
            <details class="disclosure" open=is_faulty>
                <summary>"Hold"</summary>
                <form method="post" action=hold_action class="stack-tight" data-submit-once="">
                    <input type="hidden" name="campaign" value=hold_campaign.clone() />
                    <Field label="Until" name="until" id=format!("until-{hold_campaign}") kind="date" optional=true error=fault
                        hint="Left empty: until someone lets it continue." />
                    <Button name="act" value="hold">"Hold it"</Button>
                </form>
            </details>
        }
    });
    let (stop_action, stop_campaign) = (action.clone(), campaign.clone());
    let stop = is_open.then(move || {
        view! {
            <Confirm id=format!("stop-{stop_campaign}") label="Stop" title="Stop this sequence?" kind=ButtonKind::Secondary>
                <p>"No more mails of this campaign leave to this lead. A mail that is being handed over cannot be called back."</p>
                <form method="post" action=stop_action.clone() data-submit-once="">
                    <input type="hidden" name="campaign" value=stop_campaign.clone() />
                    <Button kind=ButtonKind::Danger name="act" value="stop">"Stop it"</Button>
                </form>
            </Confirm>
        }
    });
    view! {
        <div class="stack-tight">
            <div class="row">
                {decide}
                {can_continue.then(|| button("continue", "Let it continue"))}
                {(state == "active").then(|| button("skip", "Skip the next mail"))}
                {stop}
                <Confirm id=format!("suppress-{campaign}") label="Suppress" title="Never write to this person again?" kind=ButtonKind::Quiet>
                    <p>"The address is added to the suppression list of the workspace, and every sequence of this person stops."</p>
                    <form method="post" action=action.clone() data-submit-once="">
                        <input type="hidden" name="campaign" value=campaign.clone() />
                        <Button kind=ButtonKind::Danger name="act" value="suppress">"Suppress the address"</Button>
                    </form>
                </Confirm>
            </div>
            {hold}
        </div>
    }
    .into_any()
}
