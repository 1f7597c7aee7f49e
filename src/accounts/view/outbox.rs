//! The embedded outbox.

use leptos::prelude::*;

use crate::{
    accounts::outbox::Message,
    ui::{EmptyState, Notice, PageHeader, Panel, TimeStamp, Tone},
};

/// Mail that was not sent, newest first, with links that can be followed.
#[component]
pub fn OutboxPage(messages: Vec<Message>) -> impl IntoView {
    let empty = messages.is_empty();
    let messages: Vec<_> = messages.into_iter().map(|message| view! { <MessagePanel message /> }).collect();
    view! {
        <div class="stack-loose">
            <PageHeader title="Outbox" subtitle="Mail that this instance would have sent." />
            <Notice tone=Tone::Info title="The embedded outbox">
                <p>"In development no mail leaves this machine. Everybody who can open this page can read it."</p>
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
fn MessagePanel(message: Message) -> impl IntoView {
    let Message { recipient, subject, body, created_at, .. } = message;
    let lines: Vec<_> = body
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
                <p class="soft small">"To " {recipient} " · " <TimeStamp micros=created_at.micros() /></p>
                {lines}
            </div>
        </Panel>
    }
}
