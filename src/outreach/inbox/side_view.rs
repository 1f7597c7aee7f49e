//! Beside a conversation: the lead, its sequence, what it cost, and what members noted.

use leptos::prelude::*;

use super::{
    label::Label,
    standing::Standing,
    thread::{Note, Thread},
};
use crate::{
    outreach::progress::lead::{
        timeline::Enrolment,
        view::{state_tag, state_text},
    },
    suppression::masked,
    ui::{Button, ButtonKind, Choice, Confirm, Panel, RadioGroup, Tag, TextArea, TimeStamp, Tone, credits_text},
};

#[component]
pub fn Side(
    thread: Thread,
    enrolment: Option<Enrolment>,
    notes: Vec<Note>,
    /// The note as it was typed, and what is wrong with it.
    note: String,
    fault: Option<String>,
    may_change: bool,
) -> impl IntoView {
    let path = thread.path();
    let cost = match (thread.lead_id, thread.price, thread.refunded_at) {
        (None, ..) => None,
        (_, _, Some(_)) => Some("Nothing: paid back".to_owned()),
        (_, Some(price), None) => Some(credits_text(price)),
        (_, None, None) => Some("Nothing: from your own list".to_owned()),
    };
    let sequence = enrolment.map(|enrolment| {
        let (tone, word) = state_tag(&enrolment);
        let link = thread.lead_id.map(|lead| {
            let href = format!("/leads/{lead}#sequence-{}", enrolment.campaign_id);
            view! { <p><a href=href>"Change the sequence"</a></p> }
        });
        view! {
            <div>
                <dt>"Sequence"</dt>
                <dd><Tag tone=tone>{word}</Tag> <p class="small">{state_text(&enrolment)}</p> {link}</dd>
            </div>
        }
    });
    let person = match thread.lead_id {
        Some(lead) => view! { <a href=format!("/leads/{lead}")>{thread.person.clone()}</a> }.into_any(),
        None => thread.person.clone().into_any(),
    };
    let everything =
        format!("/people?q={}", url::form_urlencoded::byte_serialize(thread.address.as_bytes()).collect::<String>());
    let endings = may_change.then(|| endings(&thread));
    let suppressed = thread.standing.map(|standing| {
        let word = match standing {
            Standing::Objected => "Objected",
            _ => "Suppressed",
        };
        view! { <p><Tag tone=Tone::Bad>{word}</Tag></p> }
    });
    view! {
        <div class="stack sticky">
            <Panel title="Person">
                <dl class="facts">
                    <div><dt>"Name"</dt><dd>{person}</dd></div>
                    <div><dt>"Address"</dt><dd>{thread.address.clone()} {suppressed}</dd></div>
                    {cost.map(|cost| view! { <div><dt>"Cost"</dt><dd>{cost}</dd></div> })}
                    <div><dt>"Mailbox"</dt><dd><a href=format!("/settings/mailboxes/{}", thread.mailbox_id)>{thread.mailbox.clone()}</a></dd></div>
                    {sequence}
                </dl>
                <div class="stack-tight">
                    <p><a href=everything>"Everything about this person"</a></p>
                    {endings}
                </div>
            </Panel>
            {notes_panel(&path, notes, note, fault, may_change)}
        </div>
    }
    .into_any()
}

fn notes_panel(
    path: &str,
    notes: Vec<Note>,
    note: String,
    fault: Option<String>,
    may_change: bool,
) -> impl IntoView + use<> {
    let is_empty = notes.is_empty();
    let lines: Vec<_> = notes
        .into_iter()
        .map(|note| {
            view! {
                <li>
                    <p class="mail-words">{note.text}</p>
                    <p class="small soft">{note.by} " · " <TimeStamp micros=note.at.micros() /></p>
                </li>
            }
        })
        .collect();
    let action = format!("{path}/notes");
    let form = may_change.then(|| {
        view! {
            <form method="post" action=action class="stack-tight" data-submit-once="">
                <TextArea label="New note" name="note" value=note error=fault rows=2 hint="Only members of the workspace see it." />
                <div><Button>"Add note"</Button></div>
            </form>
        }
    });
    view! {
        <Panel title="Notes">
            <div class="stack-tight">
                {(!is_empty).then(|| view! { <ul class="thread-notes">{lines}</ul> })}
                {(is_empty && !may_change).then(|| view! { <p class="soft">"None"</p> })}
                {form}
            </div>
        </Panel>
    }
}

/// Never write again, or never written to us.
fn endings(thread: &Thread) -> impl IntoView + use<> {
    let path = thread.path();
    let domain = thread.address.rsplit_once('@').map(|(_, domain)| domain.to_owned()).unwrap_or_default();
    let options = vec![
        Choice::new("person", "This person").with_hint(masked(&thread.address)),
        Choice::new("domain", "Everyone at the company").with_hint(domain),
    ];
    let unmatch = thread.untracked.then(|| {
        let action = format!("{path}/unmatch");
        view! {
            <Confirm id="unmatch" label="Not a reply to us" title="Not a reply to us?" kind=ButtonKind::Quiet>
                <p>"The mails of this conversation are taken out of Fairlead and count as no reply. They stay in your mailbox."</p>
                <form method="post" action=action>
                    <Button kind=ButtonKind::Danger>"Take it out"</Button>
                </form>
            </Confirm>
        }
    });
    let opt_out = (thread.label == Some(Label::Unsubscribe)).then(|| {
        let action = format!("{path}/opt-out");
        view! {
            <Confirm id="opt-out" label="They may be written to" title="Did they not ask for no more mails?" kind=ButtonKind::Quiet>
                <p>"Their answer was read as a wish for no more mails. If it was none, they come off the suppression list and the sequences that it stopped continue. This is possible for a day."</p>
                <form method="post" action=action>
                    <Button kind=ButtonKind::Danger>"Let mails go to them again"</Button>
                </form>
            </Confirm>
        }
    });
    view! {
        <div class="row">
            {opt_out}
            <Confirm id="suppress" label="Suppress" title="Never write to them again?" kind=ButtonKind::Secondary>
                <p>"They are added to the suppression list of the workspace, and every sequence to them stops."</p>
                <form method="post" action=format!("{path}/suppress") class="stack-tight">
                    <RadioGroup legend="Who" name="who" options=options selected="person" />
                    <Button kind=ButtonKind::Danger>"Suppress"</Button>
                </form>
            </Confirm>
            {unmatch}
        </div>
    }
}
