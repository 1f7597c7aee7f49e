//! The embedded outbox.

use leptos::prelude::*;

use crate::{
    accounts::outbox::{MailState, Message},
    ui::{EmptyState, Notice, PageHeader, Panel, Tag, TimeStamp, Tone, plural},
};

/// Mail that was not sent, newest first, with links that can be followed.
#[component]
pub fn OutboxPage(
    messages: Vec<Message>,
    /// The address of this instance.
    url: url::Url,
    /// Whether a mail server is configured.
    sends: bool,
) -> impl IntoView {
    let empty = messages.is_empty();
    let messages: Vec<_> = messages
        .into_iter()
        .map(|message| {
            let text = message.text(&url);
            view! { <MessagePanel message text sends /> }
        })
        .collect();
    let (subtitle, what) = if sends {
        ("Mail of this instance and what became of it.", "Mail leaves through the configured mail server.")
    } else {
        (
            "Mail that this instance would have sent.",
            "In development no mail leaves this machine without a mail server.",
        )
    };
    view! {
        <div class="stack-loose">
            <PageHeader title="Outbox" subtitle />
            <Notice tone=Tone::Info title="The embedded outbox">
                <p>{what} " Everyone who can open this page can read it."</p>
            </Notice>
            {empty
                .then(|| {
                    view! {
                        <EmptyState title="No mail yet">
                            <p>"Ask for a new password, for example, and the mail with the link appears here."</p>
                        </EmptyState>
                    }
                })}
            {messages}
        </div>
    }
}

#[component]
fn MessagePanel(message: Message, text: String, sends: bool) -> impl IntoView {
    let fate = sends.then(|| view! { " " <Fate message=message.clone() /> });
    let Message { recipient, subject, created_at, .. } = message;
    let lines: Vec<_> = text
        .lines()
        .filter(|line| !line.is_empty())
        .map(|line| {
            let line = line.to_owned();
            if line.starts_with("http://") || line.starts_with("https://") {
                let href = line.clone();
                view! { <p><a href=href>{line}</a></p> }.into_any()
            } else {
                view! { <p>{line}</p> }.into_any()
            }
        })
        .collect();
    view! {
        <Panel title=subject>
            <div class="stack-tight">
                <p class="soft small">"To " {recipient} " · " <TimeStamp micros=created_at.micros() /> {fate}</p>
                {lines}
            </div>
        </Panel>
    }
}

/// What became of a message, with the mail server's words.
#[component]
fn Fate(message: Message) -> impl IntoView {
    let (tone, state) = match message.state {
        MailState::Queued => (Tone::Warning, "Queued"),
        MailState::Sent => (Tone::Good, "Sent"),
        MailState::Failed => (Tone::Bad, "Failed"),
    };
    let attempts = plural(message.lease.attempt, "attempt", "attempts");
    let reason = message.state_reason.map(|reason| format!(": {reason}")).unwrap_or_default();
    view! { <Tag tone>{state}</Tag> {format!(" {attempts}{reason}")} }
}
