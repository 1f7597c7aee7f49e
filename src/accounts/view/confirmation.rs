//! Proving that a mailbox is one's own.

use leptos::prelude::*;

use crate::{
    accounts::confirm::Begun,
    ui::{Button, ButtonKind, Notice, PageHeader, Tone, count_text},
};

/// The link is on its way. Says the same for an address that has an account: its mail says more.
#[component]
pub fn ConfirmationSentPage(
    begun: Begun,
    /// Free credits of a new workspace.
    credits: i64,
    /// Whether mail is shown in the embedded outbox instead of being sent.
    embedded: bool,
) -> impl IntoView {
    let Begun { email, joins, .. } = begun;
    let what_for = match joins {
        Some(workspace) => format!("Confirm your email address to join {workspace}."),
        None => format!("Confirm your email address to get {} free credits.", count_text(credits)),
    };
    view! {
        <section class="sign-in stack">
            <PageHeader title="Confirm your email address" />
            <p>{what_for}</p>
            <Notice tone=Tone::Info>
                <p>
                    "A message is on its way to " <strong>{email.to_string()}</strong>
                    ". Open its link and press the button there. The link works for two days."
                </p>
            </Notice>
            {embedded
                .then(|| {
                    view! {
                        <p>
                            "This instance sends no mail: its messages are in the " <a href="/outbox">"outbox"</a> "."
                        </p>
                    }
                })}
            <form class="form" method="post" action="/signup/sent" data-submit-once="">
                <Button>"Send again"</Button>
            </form>
            <p class="sign-in-more">"A wrong address? " <a href="/signup">"Sign up again"</a></p>
        </section>
    }
}

/// The page behind the mailed link: only its button changes anything.
#[component]
pub fn ConfirmPage(
    email: String,
    /// Whether the account is made with it.
    is_new: bool,
) -> impl IntoView {
    let text = if is_new { "Press the button to make your account." } else { "Press the button to finish." };
    view! {
        <section class="sign-in stack">
            <PageHeader title="Confirm your email address" />
            <p>"The mailbox of " <strong>{email}</strong> " is yours. " {text}</p>
            <form class="form" method="post" data-submit-once="">
                <Button kind=ButtonKind::Primary>"Confirm"</Button>
            </form>
        </section>
    }
}

/// The link was used, is too old, or never was one.
#[component]
pub fn LinkGonePage() -> impl IntoView {
    view! {
        <section class="sign-in stack">
            <PageHeader title="This link no longer works" />
            <p>"Each link works once, for two days. If you pressed its button before, sign in. If not, sign up again."</p>
            <p class="sign-in-more"><a href="/login">"Sign in"</a> " · " <a href="/signup">"Make an account"</a></p>
        </section>
    }
}
