//! Adding a mailbox: the provider is chosen, or found by the address, and its form filled in.

use std::collections::HashSet;

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use tower_sessions::Session;

use super::{MAILBOXES, try_out::try_out};
use crate::{
    accounts::{Member, Right, WorkspaceId, audit},
    email::Email,
    fields::FieldErrors,
    outreach::{
        ids::MailboxId,
        mailboxes::{
            account_form::Passwords,
            check::TestRun,
            form::{MailboxForm, Parsed},
            mailbox::{self, MAILBOXES_MAX, MailboxKind},
            oauth::Provider,
            preset::Preset,
            secrets::{self, MailboxKey, SecretPart},
            typed_passwords::TypedPasswords,
            view::new::{NewMailboxPage, PresetsPage},
        },
    },
    server::{
        app::App,
        clock::Instant,
        db::Tx,
        dns::Records,
        encryption::EncryptionKeys,
        error::AppError,
        form::Form,
        query::{FromQuery, Query},
    },
    topics,
    ui::{Page, Section, Tone, leave_flash},
};

/// What the address of the page asks for.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    preset: Option<&'static Preset>,
    address: String,
}

impl FromQuery for Wanted {
    fn from_query(query: &Form) -> Result<Self, AppError> {
        let preset = match query.text("preset") {
            "" => None,
            word => Some(Preset::named(word).ok_or(AppError::NotFound)?),
        };
        Ok(Self { preset, address: query.text("address").to_owned() })
    }
}

/// The choice of a provider; or, when it is known, its form.
pub async fn new(
    State(app): State<App>,
    page: Page,
    member: Member,
    Query(wanted): Query<Wanted>,
) -> Result<Response, AppError> {
    let member = member.may(Right::Connect)?;
    let address = wanted.address.parse::<Email>();
    let by_address = match (&wanted.preset, &address) {
        (None, Ok(address)) => by_domain(&app, address.domain()).await,
        _ => None,
    };
    if let Some(preset) = wanted.preset.or(by_address) {
        let address = if wanted.address.is_empty() { member.email.clone() } else { wanted.address };
        return form_page(&app, page, MailboxForm::new(preset, &address, &member.name), Trial::default());
    }
    let fault = match (wanted.address.as_str(), &address) {
        ("", _) => None,
        (_, Ok(address)) => Some(format!(
            "The domain {} does not say where its mail is. Choose the provider below, or “Other, by hand”.",
            address.domain()
        )),
        (_, Err(_)) => Some("Write an email address, such as jo@acme.example.".to_owned()),
    };
    let (outbox_allowed, address) = (!app.config.is_production(), wanted.address);
    let providers: Vec<_> = Provider::ALL.into_iter().filter(|provider| provider.app(&app.config).is_some()).collect();
    let page = page.in_section(Section::Mailboxes);
    Ok(page.render("Add a mailbox", move || view! { <PresetsPage address fault outbox_allowed providers /> }))
}

/// The provider of a domain: a known one, or the one whose server receives its mail.
async fn by_domain(app: &App, domain: &str) -> Option<&'static Preset> {
    if let Some(preset) = Preset::of_domain(domain) {
        return Some(preset);
    }
    let hosts = app.dns.mail_hosts(domain).await;
    hosts.records().iter().find_map(|host| Preset::of_mail_host(&host.host))
}

/// What is known of a form besides what was typed: a test that it was sent for, and passwords that came with it.
#[derive(Default)]
pub(super) struct Trial {
    pub passwords: Option<TypedPasswords>,
    pub test: Option<TestRun>,
    /// Why there was no test.
    pub refusal: Option<String>,
}

pub(super) fn form_page(app: &App, page: Page, form: MailboxForm, trial: Trial) -> Result<Response, AppError> {
    if form.preset.is_outbox() && app.config.is_production() {
        return Err(AppError::NotFound);
    }
    let offer = Provider::named(form.preset.word).map(|provider| provider.offer(&app.config));
    let Trial { passwords, test, refusal } = trial;
    let page = page.in_section(Section::Mailboxes);
    Ok(page.render("Add a mailbox", move || view! { <NewMailboxPage form offer passwords test refusal /> }))
}

/// Adds a mailbox: a built-in outbox, or a draft that sends when its test has passed. Or tests what was typed, and adds nothing.
pub async fn add(
    State(app): State<App>,
    page: Page,
    member: Member,
    session: Session,
    form: Form,
) -> Result<Response, AppError> {
    let member = member.may(Right::Connect)?;
    let preset = Preset::named(form.text("preset")).ok_or(AppError::NotFound)?;
    if preset.is_outbox() && app.config.is_production() {
        return Err(AppError::NotFound);
    }
    let (at, keys) = (app.clock.now(), app.config.encryption_keys());
    let passwords = TypedPasswords::open(&keys, &member, form.text("passwords"), at);
    let typed = MailboxForm::typed(preset, &form);
    let parsed = match typed.parse(passwords.as_ref().map(TypedPasswords::before).as_ref()) {
        Ok(parsed) => match &passwords {
            Some(typed) => Parsed { passwords: typed.fill(parsed.passwords), ..parsed },
            None => parsed,
        },
        Err(errors) => {
            let trial = Trial { passwords, ..Trial::default() };
            return form_page(&app, page.invalid(), MailboxForm { errors, ..typed }, trial);
        }
    };
    let mut tx = app.db.write().await?;
    if let Err(errors) = Room::of(&mut tx, member.workspace).await?.take(&parsed.settings.address) {
        drop(tx);
        let trial = Trial { passwords, ..Trial::default() };
        return form_page(&app, page.invalid(), MailboxForm { errors, ..typed }, trial);
    }
    if form.text("do") == "test" && !preset.is_outbox() {
        return try_out(&app, page, &member, tx, (typed, &parsed)).await;
    }
    let id = insert(&mut tx, &member, &keys, (typed.kind(), &parsed), preset.name, at).await?;
    tx.commit().await?;
    app.live.changed(&app.db, member.workspace.0, &[topics::MAILBOXES]).await;
    let text = match typed.kind() {
        MailboxKind::Outbox => "The mailbox was added. Campaigns can send from it.",
        _ => "The mailbox was added as a draft. It sends when its test has passed.",
    };
    leave_flash(&session, Tone::Good, text).await?;
    Ok(Redirect::to(&format!("{MAILBOXES}/{id}")).into_response())
}

/// The addresses of a workspace's mailboxes: each is used once, up to [`MAILBOXES_MAX`] of them.
pub(in crate::outreach::mailboxes) struct Room(HashSet<String>);

impl Room {
    /// # Errors
    /// The database's.
    pub async fn of(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<Self> {
        Ok(Self(mailbox::addresses(tx, workspace).await?.into_iter().collect()))
    }

    /// Takes the place of another mailbox, with this address.
    ///
    /// # Errors
    /// What to say beside the address.
    pub fn take(&mut self, address: &str) -> Result<(), FieldErrors> {
        if self.0.contains(address) {
            return Err(FieldErrors::one("address", "This workspace has a mailbox with this address."));
        }
        if self.0.len() >= MAILBOXES_MAX {
            let text = format!(
                "This workspace can have {MAILBOXES_MAX} mailboxes and has {}. Remove one or ask the person who runs this instance.",
                self.0.len()
            );
            return Err(FieldErrors::one("address", text));
        }
        self.0.insert(address.to_owned());
        Ok(())
    }
}

/// Writes a new mailbox with its passwords and its line in the audit log.
pub(super) async fn insert(
    tx: &mut Tx,
    member: &Member,
    keys: &EncryptionKeys,
    (kind, parsed): (MailboxKind, &Parsed),
    provider: &str,
    at: Instant,
) -> Result<MailboxId, AppError> {
    let settings = &parsed.settings;
    let id = mailbox::add(tx, (member.workspace, member.user), kind, settings, at).await?;
    keep_passwords(tx, keys, (member.workspace, id), &parsed.passwords).await?;
    let actor = audit::Actor::User(member.user);
    audit::record(tx, member.workspace, actor, "Added a mailbox", &settings.address, provider, at).await?;
    Ok(id)
}

/// Stores what was typed as passwords, and forgets what no longer applies.
pub(super) async fn keep_passwords(
    tx: &mut Tx,
    keys: &EncryptionKeys,
    mailbox: MailboxKey,
    passwords: &Passwords,
) -> sqlx::Result<()> {
    if passwords.forget_imap {
        secrets::forget(tx, mailbox, SecretPart::Imap).await?;
    }
    for (part, typed) in [(SecretPart::Smtp, &passwords.smtp), (SecretPart::Imap, &passwords.imap)] {
        if let Some(secret) = typed {
            secrets::keep(tx, keys, mailbox, part, secret).await?;
        }
    }
    Ok(())
}
