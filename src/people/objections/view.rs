//! What people read who have no account here.

use leptos::prelude::*;

use crate::{
    fields::FieldErrors,
    people::origins::Origins,
    ui::{Button, ButtonKind, Choice, Field, Notice, PageHeader, RadioGroup, Tone},
};

/// Asks for the address that gets the link.
#[component]
pub fn AskPage(typed: String, errors: FieldErrors) -> impl IntoView {
    view! {
        <section class="sign-in stack">
            <PageHeader title="Ask not to be written to" />
            <p>
                "Companies use this server to write to people at work. Here you can ask that none of them writes to you again, and have what is kept of you erased."
            </p>
            <p>"We first send a link to your address, so that no one else can ask in your name."</p>
            <form class="form" method="post" action="/objections" data-submit-once="">
                <Field label="Your email address" name="email" kind="email" value=typed error=errors.of("email") autocomplete="email"
                    required=true maxlength="254" />
                <Button kind=ButtonKind::Primary>"Send me the link"</Button>
            </form>
        </section>
    }
    .into_any()
}

/// The answer to everyone who asked.
#[component]
pub fn SentPage(
    /// Whether mail is shown in the embedded outbox instead of being sent.
    embedded: bool,
) -> impl IntoView {
    view! {
        <section class="sign-in stack">
            <PageHeader title="Look into your mail" />
            <Notice tone=Tone::Info>
                <p>"A link is on its way to the address that you typed. It works for two days."</p>
            </Notice>
            <p>"Nothing there after a few minutes? Look into the spam folder, then ask again. One address gets at most three links a day."</p>
            {embedded.then(|| view! { <p>"This server sends no mail: its messages are in the " <a href="/outbox">"outbox"</a> "."</p> })}
            <p class="sign-in-more"><a href="/objections">"Ask again"</a></p>
        </section>
    }
    .into_any()
}

/// Where no mail can be sent, no mailbox can be proven.
#[component]
pub fn NoMailPage() -> impl IntoView {
    view! {
        <section class="sign-in stack">
            <PageHeader title="Ask not to be written to" />
            <Notice tone=Tone::Warning title="This server sends no mail itself">
                <p>
                    "So it cannot find out here whether an address is yours. Reply to a mail that you got, or use the link at its end. The person who runs the server can take you out of everything with "
                    <code>"fairlead person erase"</code> " and your address."
                </p>
            </Notice>
        </section>
    }
    .into_any()
}

/// What the server has of the person, and what they want.
#[component]
pub fn DecidePage(email: String, origins: Origins, fault: Option<String>) -> impl IntoView {
    let Origins { source, senders } = origins;
    let known = match (&source, senders.is_empty()) {
        (None, true) => {
            view! { <p>"Nothing is kept of you here at the moment. You can still ask for it to stay so."</p> }
                .into_any()
        }
        _ => {
            let source = source.map(|name| view! { <li>"The directory of this server has an entry about you. It came from: " {name} "."</li> });
            let senders =
                (!senders.is_empty()).then(|| view! { <li>"These wrote to you: " {senders.join(", ")} "."</li> });
            view! { <ul id="origins">{source}{senders}</ul> }.into_any()
        }
    };
    let options = vec![
        Choice::new("alone", "Do not write to me").with_hint(
            "No one on this server writes to you again, and the directory and every later list leave you out. What was written before stays with its senders.",
        ),
        Choice::new("erase", "Do not write to me, and erase what is kept of me").with_hint(
            "Also names, mails, answers and notes in all workspaces. What stays is numbers, and a hash of your address that keeps you out.",
        ),
    ];
    view! {
        <section class="sign-in stack">
            <PageHeader title="Ask not to be written to" subtitle=email />
            {known}
            <form class="form" method="post" data-submit-once="">
                <RadioGroup legend="What do you want?" name="wish" options selected="alone" error=fault required=true />
                <Button kind=ButtonKind::Primary>"Confirm"</Button>
            </form>
        </section>
    }
    .into_any()
}

/// The link is too old, or never was one.
#[component]
pub fn GonePage() -> impl IntoView {
    view! {
        <section class="sign-in stack">
            <PageHeader title="This link no longer works" />
            <p>"Each link works for two days."</p>
            <p class="sign-in-more"><a href="/objections">"Ask for a new link"</a></p>
        </section>
    }
    .into_any()
}

/// It is done.
#[component]
pub fn DonePage(is_erased: bool) -> impl IntoView {
    let text = if is_erased {
        "What was kept of you is erased. No one on this server writes to you again, and no list brings you back."
    } else {
        "No one on this server writes to you again, and no list brings you back."
    };
    view! {
        <section class="sign-in stack">
            <PageHeader title="Done" />
            <Notice tone=Tone::Good><p>{text}</p></Notice>
            <p>"A mail that left in the last minutes may still arrive."</p>
        </section>
    }
    .into_any()
}
