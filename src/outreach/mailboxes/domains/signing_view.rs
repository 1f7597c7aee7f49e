//! The page of the key that a mailbox signs with.

use leptos::prelude::*;

use super::{DOMAINS, signing::PublishedKey};
use crate::{
    fields::FieldErrors,
    mail::dkim::{Algorithm, SigningKey},
    outreach::mailboxes::mailbox::Mailbox,
    server::{clock::Instant, form::Form},
    ui::{
        Button, ButtonKind, Choice, Confirm, CopyField, Field, FormErrors, LinkButton, Notice, PageHeader, Panel,
        RadioGroup, TextArea, TimeStamp, Tone,
    },
};

/// Longest name of a key: one label of a domain name.
const SELECTOR_MAX: usize = 63;

/// What the form says.
#[derive(Debug, Clone, Default)]
pub struct SigningForm {
    pub selector: String,
    /// `rsa`, `ed25519` or `pasted`.
    pub kind: String,
    pub errors: FieldErrors,
}

/// A key to make (none is given) or to take.
pub struct Wanted {
    pub selector: String,
    pub algorithm: Algorithm,
    pub key: Option<SigningKey>,
}

impl SigningForm {
    /// An empty form. The selector is the day: a key that comes later gets another one.
    pub fn new(at: Instant) -> Self {
        let day: String = at.rfc3339().chars().take(10).filter(char::is_ascii_digit).collect();
        Self { selector: format!("k{day}"), kind: "rsa".to_owned(), errors: FieldErrors::default() }
    }

    /// What was typed. The key itself is not kept.
    pub fn typed(form: &Form) -> Self {
        Self {
            selector: form.text("selector").to_owned(),
            kind: form.text("kind").to_owned(),
            errors: FieldErrors::default(),
        }
    }

    /// What it asks for.
    ///
    /// # Errors
    /// What is wrong, by field.
    pub fn parse(&self, form: &Form) -> Result<Wanted, FieldErrors> {
        let mut errors = FieldErrors::default();
        let selector = self.selector.to_lowercase();
        let is_label = |label: &str| {
            let signs = label.chars().all(|sign| sign.is_ascii_alphanumeric() || sign == '-' || sign == '_');
            !label.is_empty() && signs && !label.starts_with('-') && !label.ends_with('-')
        };
        if selector.len() > SELECTOR_MAX || !selector.split('.').all(is_label) {
            errors.add("selector", "A selector has letters, digits and hyphens only, such as “k20261129”.");
        }
        let (algorithm, key) = match self.kind.as_str() {
            "ed25519" => (Algorithm::Ed25519, None),
            "pasted" => match SigningKey::parse(form.text("key")) {
                Ok(key) => (key.algorithm(), Some(key)),
                Err(fault) => {
                    errors.add("key", fault.to_string());
                    (Algorithm::Rsa, None)
                }
            },
            _ => (Algorithm::Rsa, None),
        };
        if errors.is_empty() { Ok(Wanted { selector, algorithm, key }) } else { Err(errors) }
    }
}

/// Whether and with what a mailbox signs.
#[component]
pub fn SigningPage(mailbox: Mailbox, key: Option<PublishedKey>, form: SigningForm) -> impl IntoView {
    let base = format!("/settings/mailboxes/{}", mailbox.id);
    let action = format!("{base}/signing");
    let other = key.as_ref().filter(|key| key.domain != mailbox.domain).map(|key| key.domain.clone());
    let title = if key.is_some() { "Use another key" } else { "Sign with a key" };
    let kept = key.map(|key| view! { <KeptKey key action=action.clone() /> });
    view! {
        <PageHeader
            title="Signature"
            subtitle=mailbox.address.clone()
            back_href=base
            back_label=mailbox.address.clone()
        >
            <LinkButton href=DOMAINS>"Sending domains"</LinkButton>
        </PageHeader>
        <div class="stack">
            <Notice tone=Tone::Info>
                <p>"Mail providers sign for you. A key is needed here only when your own mail server does not sign."</p>
            </Notice>
            {other.map(|domain| view! {
                <Notice tone=Tone::Warning title="The key is for another domain">
                    <p>{format!("It was set for {domain}. Mails of {} leave unsigned until you set another.", mailbox.domain)}</p>
                </Notice>
            })}
            {kept}
            <Panel title>
                <KeyForm action form />
            </Panel>
        </div>
    }
    .into_any()
}

#[component]
fn KeptKey(key: PublishedKey, action: String) -> impl IntoView {
    let name = key.name();
    view! {
        <Panel title="The key in use">
            <p>"Set " <TimeStamp micros=key.made_at.micros() /> ". Publish this record, so that receivers can check the signature."</p>
            <p class="small soft">"Publish as TXT at " <code>{name}</code></p>
            <CopyField id="signing-record" label="Record" value=key.record />
            <div class="form-actions">
                <Confirm id="remove-key" label="Remove the key" title="Remove the key?">
                    <p>"Mails of this mailbox leave unsigned then, and many receivers put them into the spam folder."</p>
                    <form method="post" action=format!("{action}/removal") data-submit-once="">
                        <div class="form-actions"><Button kind=ButtonKind::Danger>"Remove the key"</Button></div>
                    </form>
                </Confirm>
            </div>
        </Panel>
    }
    .into_any()
}

#[component]
fn KeyForm(action: String, form: SigningForm) -> impl IntoView {
    let SigningForm { selector, kind, errors } = form;
    let kinds = vec![
        Choice::new("rsa", "Make an RSA key").with_hint("2,048 bits. Every receiver can check it."),
        Choice::new("ed25519", "Make an Ed25519 key")
            .with_hint("Shorter, but some large receivers cannot check it yet."),
        Choice::new("pasted", "Use a key of mine").with_hint("For example one that your domain has published already."),
    ];
    view! {
        <form class="form" method="post" action=action data-submit-once="">
            <FormErrors errors=errors.clone() />
            <RadioGroup legend="Key" name="kind" options=kinds selected=kind />
            <TextArea
                label="Private key"
                name="key"
                hint="Only for a key of yours, as OpenSSL writes it. It is stored encrypted and never shown again."
                error=errors.of("key")
                rows=4
                optional=true
            />
            <Field
                label="Selector"
                name="selector"
                value=selector
                hint="The name under which the domain publishes the key."
                error=errors.of("selector")
                required=true
                maxlength="63"
                autocomplete="off"
            />
            <div class="form-actions"><Button kind=ButtonKind::Primary>"Sign mails with it"</Button></div>
        </form>
    }
    .into_any()
}
