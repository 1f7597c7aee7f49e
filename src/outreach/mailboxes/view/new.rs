//! Adding a mailbox.

use leptos::prelude::*;

use super::{
    fields::{MailboxFields, PresetNotes},
    outbox::OutboxNotice,
};
use crate::{
    outreach::mailboxes::{
        check::{TestRun, TypedTest},
        form::MailboxForm,
        oauth::{
            Offer, Provider,
            view::{PasswordOrSignIn, SignInPanel},
        },
        pages::MAILBOXES,
        preset::{PRESETS, Preset},
        typed_passwords::TypedPasswords,
    },
    server::query::address as page_address,
    ui::{Button, ButtonKind, Field, HelpLink, LinkButton, Notice, PageHeader, Panel, Tone},
};

/// The choice of a provider, by the address or from the list.
#[component]
pub fn PresetsPage(
    address: String,
    fault: Option<String>,
    outbox_allowed: bool,
    /// Providers at which mailboxes can sign in.
    providers: Vec<Provider>,
) -> impl IntoView {
    let shown = PRESETS.iter().filter(|preset| outbox_allowed || !preset.is_outbox());
    let links: Vec<_> = shown.map(|preset| view! { <PresetLink preset address=address.clone() /> }).collect();
    view! {
        <PageHeader title="Add a mailbox" back_href=MAILBOXES back_label="Mailboxes">
            <HelpLink topic="mailboxes">"How mailboxes work"</HelpLink>
            <LinkButton href=format!("{MAILBOXES}/import")>"Add many from a file"</LinkButton>
        </PageHeader>
        <div class="stack">
            <SignInPanel providers />
            <Panel title="By its address">
                <form class="form" method="get" action=format!("{MAILBOXES}/new")>
                    <Field label="Email address" name="address" kind="email" value=address error=fault autocomplete="off" maxlength="254" />
                    <div class="form-actions"><Button kind=ButtonKind::Primary>"Continue"</Button></div>
                </form>
            </Panel>
            <Panel title="By its provider" flush=true>
                <ul class="presets">{links}</ul>
            </Panel>
        </div>
    }
    .into_any()
}

#[component]
fn PresetLink(preset: &'static Preset, address: String) -> impl IntoView {
    let href = page_address(&format!("{MAILBOXES}/new"), [("preset", preset.word.to_owned()), ("address", address)]);
    view! {
        <li>
            <a href=href>{preset.name}</a>
            <span class="small soft">{preset.cold_mail}</span>
        </li>
    }
}

/// The form for a new mailbox of a provider.
#[component]
pub fn NewMailboxPage(
    form: MailboxForm,
    offer: Option<Offer>,
    /// Passwords that were typed before, which wait in the page.
    passwords: Option<TypedPasswords>,
    /// What the test of the form found.
    test: Option<TestRun>,
    /// Why there was no test.
    refusal: Option<String>,
) -> impl IntoView {
    let preset = form.preset;
    let test = test.map(|test| view! { <TypedTest test /> });
    let refusal = refusal.map(|text| view! { <Notice tone=Tone::Warning id="no-test"><p>{text}</p></Notice> });
    let stored = passwords.as_ref().map(TypedPasswords::parts).unwrap_or_default();
    let sealed = passwords.map(|passwords| view! { <input type="hidden" name="passwords" value=passwords.sealed /> });
    let (test_button, test_hint) = match preset.is_outbox() {
        true => (None, None),
        false => (
            Some(view! { <Button name="do" value="test">"Test it first"</Button> }),
            Some(view! {
                <p class="small soft">
                    "A test signs in and sends one mail to the mailbox itself. It takes up to a minute, and saves nothing."
                </p>
            }),
        ),
    };
    let (title, button) = match preset.is_outbox() {
        true => ("Add a built-in outbox".to_owned(), "Add the built-in outbox"),
        false => (format!("Add a mailbox: {}", preset.name), "Add the mailbox"),
    };
    let about = if preset.is_outbox() {
        view! { <OutboxNotice /> }.into_any()
    } else {
        let sign_in = offer.map(|offer| view! { <PasswordOrSignIn offer /> });
        view! { {sign_in} <Panel title="What to know first"><PresetNotes preset /></Panel> }.into_any()
    };
    view! {
        <PageHeader title back_href=format!("{MAILBOXES}/new") back_label="Other providers">
            <HelpLink topic="mailboxes">"How mailboxes work"</HelpLink>
        </PageHeader>
        <div class="stack">
            {test}
            {refusal}
            {about}
            <form class="form" method="post" action=format!("{MAILBOXES}/new") data-submit-once="">
                <input type="hidden" name="preset" value=preset.word />
                {sealed}
                <MailboxFields form stored kept="The password that you typed waits in this page for half an hour. Leave empty to use it." />
                <div class="form-actions">
                    <Button kind=ButtonKind::Primary>{button}</Button>
                    {test_button}
                    <LinkButton href=MAILBOXES>"Cancel"</LinkButton>
                </div>
                {test_hint}
            </form>
        </div>
    }
    .into_any()
}
