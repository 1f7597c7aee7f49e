//! The page of a conversation.

use leptos::prelude::*;

use super::{
    asked::INBOX,
    list::Named,
    list_view::{label_options, label_tag},
    mail_view::MailView,
    own_labels::{
        OwnLabel,
        view::{own_form, own_tag},
    },
    reply::{CHARACTERS_MAX, Unanswerable},
    side_view::Side,
    standing::Standing,
    thread::{Conversation, Thread},
};
use crate::{
    fields::FieldErrors,
    server::clock::Instant,
    topics,
    ui::{Button, ButtonKind, Field, Notice, PageHeader, Panel, Select, Tag, TextArea, TimeStamp, Tone},
};

/// What the page of a conversation shows besides it.
#[derive(Debug, Clone, Default)]
pub struct Typed {
    /// The reply as it was typed; nothing: the draft.
    pub reply: Option<String>,
    /// The mailbox that was chosen for it, where one is.
    pub from: String,
    pub note: String,
    pub errors: FieldErrors,
    /// What happened meanwhile.
    pub conflict: Option<String>,
}

/// A conversation: its mails, what can be done, and the lead behind it.
#[component]
pub fn ThreadPage(conversation: Conversation, typed: Typed, may_change: bool, now: Instant) -> impl IntoView {
    let newest = conversation.newest().map(|id| id.to_string()).unwrap_or_default();
    let Conversation { thread, mails, enrolment, notes, members, labels, senders } = conversation;
    let path = thread.path();
    let about: Vec<String> = [thread.title.clone(), thread.company.clone(), thread.campaign.clone()]
        .into_iter()
        .flatten()
        .filter(|text| !text.is_empty())
        .collect();
    let topic = thread.campaign_id.map(|id| format!("{} {}", topics::INBOX, topics::campaign(id)));
    let topic = topic.unwrap_or_else(|| topics::INBOX.to_owned());
    let mails: Vec<_> =
        mails.into_iter().map(|mail| view! { <MailView mail path=path.clone() may_change now /> }).collect();
    let actions = may_change.then(|| actions(&thread, (&members, &labels), &newest, typed.errors.of("until")));
    let reply = may_change.then(|| reply_panel(&thread, &senders, &typed, &newest));
    let (title, note, fault) = (thread.person.clone(), typed.note.clone(), typed.errors.of("note"));
    let state = state_tags(&thread, &labels);
    let beside = beside(&thread);
    view! {
        <div data-keys="" tabindex="-1" autofocus class="thread">
            <PageHeader title=title subtitle=about.join(" · ") back_href=INBOX back_label="Inbox">{beside}</PageHeader>
            <div class="stack">
                {state}
                {actions}
                <div class="split">
                    <div class="stack">
                        <div class="mails" id="mails" data-live=topic>{mails}</div>
                        {reply}
                    </div>
                    <Side thread enrolment notes note fault may_change />
                </div>
            </div>
        </div>
    }
}

/// The ways to the conversations before and after it.
fn beside(thread: &Thread) -> impl IntoView + use<> {
    let link = |id, key: &'static str, label: &'static str| {
        view! { <a class=ButtonKind::Quiet.class() href=format!("{INBOX}/{id}") data-key=key>{label} " " <kbd>{key}</kbd></a> }
    };
    view! {
        {thread.newer.map(|id| link(id, "k", "Newer"))}
        {thread.older.map(|id| link(id, "j", "Older"))}
    }
}

fn state_tags(thread: &Thread, labels: &[OwnLabel]) -> impl IntoView + use<> {
    let (tone, word) = match thread.place.as_str() {
        "done" => (Tone::Neutral, "Done"),
        "snoozed" => (Tone::Info, "Snoozed"),
        "waiting" => (Tone::Info, "Waiting for an answer"),
        "automatic" => (Tone::Neutral, "Automatic"),
        _ => (Tone::Warning, "Open"),
    };
    let until = thread.snoozed_until.map(|until| view! { " until " <TimeStamp micros=until.micros() /> });
    let label = thread.label.map(|label| label_tag(label, thread.label_confirmed));
    let own: Vec<_> = labels.iter().filter(|label| thread.own.contains(&label.id)).map(own_tag).collect();
    let untracked = thread.untracked.then(|| view! { <Tag tone=Tone::Warning>"Matched by address"</Tag> });
    view! {
        <p class="row" id="thread-state">
            <Tag tone=tone>{word} {until}</Tag>
            {label}
            {own}
            {untracked}
        </p>
    }
}

/// Done, snoozed, labelled, assigned.
fn actions(
    thread: &Thread,
    (members, labels): (&[Named], &[OwnLabel]),
    newest: &str,
    fault: Option<String>,
) -> impl IntoView + use<> {
    let path = thread.path();
    let (newest, for_button) = (newest.to_owned(), path.clone());
    let hidden = {
        let newest = newest.clone();
        move || view! { <input type="hidden" name="newest" value=newest.clone() /> }
    };
    let (act, word) = if thread.place == "done" { ("open", "Open again") } else { ("done", "Done") };
    let confirm = thread.label.filter(|_| !thread.label_confirmed).map(|label| {
        view! {
            <form method="post" action=path.clone()>
                <input type="hidden" name="label" value=label.name() />
                <Button name="act" value="label">"Confirm label"</Button>
            </form>
        }
    });
    let undo = thread
        .label_confirmed
        .then(|| view! { <Button kind=ButtonKind::Quiet name="act" value="undo-label">"Undo label"</Button> });
    let label = thread.label.map(|label| label.name().to_owned()).unwrap_or_default();
    let assigned = thread.assigned_to.map(|user| user.to_string()).unwrap_or_default();
    let none = std::iter::once((String::new(), "No one".to_owned()));
    let members = none.chain(members.iter().map(|one| (one.id.to_string(), one.name.clone()))).collect();
    let is_faulty = fault.is_some();
    view! {
        <div class="thread-actions">
            <form method="post" action=for_button class="row" data-submit-once="">
                {hidden()}
                <button class=ButtonKind::Primary.class() type="submit" name="act" value=act data-key="e">{word} " " <kbd>"e"</kbd></button>
                <button class=ButtonKind::Quiet.class() type="submit" name="act" value="unread" data-key="u">"Mark as unread " <kbd>"u"</kbd></button>
            </form>
            <details class="disclosure thread-snooze" open=is_faulty>
                <summary data-key="s">"Snooze " <kbd>"s"</kbd></summary>
                <form method="post" action=path.clone() class="stack-tight">
                    {hidden()}
                    <input type="hidden" name="act" value="snooze" />
                    <div class="row">
                        <Button name="days" value="1">"Tomorrow"</Button>
                        <Button name="days" value="3">"In 3 days"</Button>
                        <Button name="days" value="7">"In a week"</Button>
                    </div>
                    <div class="filters">
                        <Field label="Until" name="until" kind="date" error=fault />
                        <Button>"Snooze"</Button>
                    </div>
                </form>
            </details>
            {confirm}
            <form method="post" action=path.clone() class="filters">
                <Select label="Label" name="label" options=label_options("No label") selected=label />
                <a class="visually-hidden" href="#label" data-key="l" tabindex="-1" aria-hidden="true">"l"</a>
                <Button name="act" value="label">"Set"</Button>
                {undo}
            </form>
            {own_form(thread, labels)}
            <form method="post" action=path class="filters">
                <Select label="Assigned to" name="assignee" options=members selected=assigned />
                <Button name="act" value="assign">"Assign"</Button>
            </form>
        </div>
    }
}

fn reply_panel(thread: &Thread, senders: &[Named], typed: &Typed, newest: &str) -> AnyView {
    let blocked = Unanswerable::of(thread.campaign_id, thread.mailbox_state, thread.standing);
    let is_removed = blocked == Some(Unanswerable::MailboxRemoved);
    if let Some(blocked) = blocked.filter(|_| !is_removed || senders.is_empty()) {
        return view! { <Notice tone=Tone::Warning title="No reply from here"><p>{blocked.text()}</p></Notice> }
            .into_any();
    }
    let warning = thread.standing.and_then(Standing::warning);
    let warning = warning.map(|text| view! { <Notice tone=Tone::Warning><p>{text}</p></Notice> });
    let conflict =
        typed.conflict.clone().map(|text| view! { <Notice tone=Tone::Bad id="conflict"><p>{text}</p></Notice> });
    let words = typed.reply.clone().or(thread.draft.clone()).unwrap_or_default();
    let (path, newest) = (thread.path(), newest.to_owned());
    let hint = match is_removed {
        true => "Plain text. The signature of the mailbox is added.".to_owned(),
        false => format!("Plain text, from {}. Its signature is added.", thread.mailbox),
    };
    let sender = is_removed.then(|| sender_choice(thread, senders, typed));
    let undo = match thread.undo_s {
        0 => "It leaves at once. ".to_owned(),
        seconds => format!("It leaves after {seconds} seconds; until then you can undo it. "),
    };
    let fault = typed.errors.of("reply");
    let (maximum, label) = (CHARACTERS_MAX.to_string(), format!("To {}", thread.address));
    view! {
        <Panel title="Reply" id="reply-panel">
            <div class="stack-tight">
                {conflict}
                {warning}
                <form method="post" action=format!("{path}/reply") class="stack-tight" data-submit-once="">
                    <input type="hidden" name="newest" value=newest />
                    {sender}
                    <TextArea label=label name="reply" id="reply" value=words error=fault hint=hint rows=7 maxlength=maximum />
                    <div class="form-actions">
                        <Button kind=ButtonKind::Primary name="act" value="send">"Send"</Button>
                        <Button name="act" value="draft">"Save as draft"</Button>
                    </div>
                    <p class="small soft">{undo} <a href="/inbox/settings">"Change"</a></p>
                </form>
                <a class="visually-hidden" href="#reply" data-key="r" tabindex="-1" aria-hidden="true">"r"</a>
            </div>
        </Panel>
    }
    .into_any()
}

/// The choice of another mailbox when that of the conversation is gone, and what the recipient sees of it.
fn sender_choice(thread: &Thread, senders: &[Named], typed: &Typed) -> impl IntoView + use<> {
    let choose = std::iter::once((String::new(), "Choose a mailbox".to_owned()));
    let options = choose.chain(senders.iter().map(|one| (one.id.to_string(), one.name.clone()))).collect();
    let text = format!(
        "The mailbox {} was removed. {} sees the mailbox that you choose as the sender, an address they may not know, below the mail they wrote. Their next answers come there.",
        thread.mailbox, thread.person
    );
    view! {
        <Notice tone=Tone::Warning><p>{text}</p></Notice>
        <Select label="From" name="from" options=options selected=typed.from.clone() error=typed.errors.of("from") />
    }
}
