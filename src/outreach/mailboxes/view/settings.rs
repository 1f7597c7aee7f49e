//! The settings of a mailbox.

use leptos::prelude::*;

use super::fields::{MailboxFields, PresetNotes};
use crate::{
    outreach::mailboxes::{
        form::MailboxForm,
        mailbox::{Mailbox, MailboxKind},
        oauth::Provider,
        pages::MAILBOXES,
        secrets::SecretPart,
    },
    ui::{Button, ButtonKind, LinkButton, Notice, PageHeader, Panel, Tone},
};

/// The form, and what is known of the provider.
#[component]
pub fn SettingsPage(mailbox: Mailbox, form: MailboxForm, stored: Vec<SecretPart>) -> impl IntoView {
    let base = format!("{MAILBOXES}/{}", mailbox.id);
    let action = format!("{base}/settings");
    let preset = mailbox.preset();
    let has_permission = Provider::of_kind(mailbox.kind).is_some();
    let changes = if has_permission { "Another address makes" } else { "Another address, server or user makes" };
    let notes = (mailbox.kind != MailboxKind::Outbox).then(|| {
        view! {
            <Notice tone=Tone::Info>
                <p>{changes} " it a draft again, which sends when its test has passed."</p>
            </Notice>
            <Panel title=preset.name><PresetNotes preset has_permission /></Panel>
        }
    });
    view! {
        <PageHeader title="Settings" subtitle=mailbox.address.clone() back_href=base.clone() back_label=mailbox.address.clone() />
        <div class="stack">
            {notes}
            <form class="form" method="post" action=action data-submit-once="">
                <MailboxFields form stored has_permission />
                <div class="form-actions">
                    <Button kind=ButtonKind::Primary>"Save"</Button>
                    <LinkButton href=base>"Cancel"</LinkButton>
                </div>
            </form>
        </div>
    }
    .into_any()
}
