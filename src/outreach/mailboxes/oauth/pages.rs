//! Signing in at Google or Microsoft: the way there, the answer, and the page that names the account.

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use tower_sessions::Session;
use uuid::Uuid;

use super::{
    answered::{self, Answered, Outcome},
    client,
    confirm::{self, is_same_account},
    connection::{self, SignedIn},
    fault::TokenFault,
    form::ConfirmForm,
    provider::{Asking, Provider, redirect_url},
    state::{Beginner, Begun, StateFault},
    view::{AdminConsentPage, ConfirmPage, FailedPage, SignInAgainPage},
};
use crate::{
    accounts::{Member, Right, audit, member::Found},
    fields::FieldErrors,
    mail::sign_in::Secret,
    outreach::{
        ids::MailboxId,
        mailboxes::{
            mailbox::{self, Mailbox},
            pages::{MAILBOXES, add::Room},
        },
    },
    server::{
        app::App,
        error::AppError,
        form::Form,
        path::Id,
        query::{FromQuery, Query},
    },
    topics,
    ui::{Page, Section, Tone, leave_flash},
};

/// Where the outcome of a sign-in is shown, before its id.
const ANSWERS: &str = "/settings/mailboxes/oauth/answers";

/// What a provider adds to the address of the callback.
#[derive(Debug)]
pub(in crate::outreach::mailboxes) struct Answer {
    state: String,
    code: Secret,
    error: String,
    description: String,
    /// An administrator answered, not the member.
    admin_consent: bool,
}

impl FromQuery for Answer {
    fn from_query(query: &Form) -> Result<Self, AppError> {
        Ok(Self {
            state: query.text("state").to_owned(),
            code: Secret::new(query.text("code")),
            error: query.text("error").to_owned(),
            description: query.text("error_description").to_owned(),
            admin_consent: query.has("admin_consent"),
        })
    }
}

/// Leads to the provider's sign-in.
pub(in crate::outreach::mailboxes) async fn begin(
    State(app): State<App>,
    member: Member,
    session: Session,
    Path(word): Path<String>,
    form: Form,
) -> Result<Redirect, AppError> {
    let member = member.may(Right::Connect)?;
    let provider = Provider::named(&word).ok_or(AppError::NotFound)?;
    let mailbox: Option<MailboxId> = match form.text("mailbox") {
        "" => None,
        id => Some(id.parse().map_err(|_| AppError::NotFound)?),
    };
    if let Some(id) = mailbox {
        let found = mailbox::mailbox(&mut app.db.read().await?, member.workspace, id).await?;
        found.account().ok_or(AppError::NotFound)?;
    }
    let Some(registered) = provider.app(&app.config) else {
        let text = format!("The operator of this instance has not set up {} sign-in.", provider.name());
        leave_flash(&session, Tone::Warning, &text).await?;
        return Ok(Redirect::to(&format!("{MAILBOXES}/new")));
    };
    let (key, session) = (&app.config.secret_key, session_id(&session)?);
    let begun = Begun::new(provider, mailbox, app.clock.now());
    let by = Beginner { workspace: member.workspace, user: member.user, session: &session };
    let (state, challenge) = (begun.signed(by, key), begun.challenge(key));
    let asking = Asking { state: &state, challenge: &challenge };
    Ok(Redirect::to(provider.authorization_url(registered, &redirect_url(&app.config), &asking).as_str()))
}

fn session_id(session: &Session) -> Result<String, AppError> {
    let id = session.id().ok_or_else(|| anyhow::anyhow!("a member without a session"))?;
    Ok(id.to_string())
}

/// Takes the provider's answer. Its address holds a code, so it always leads to another page.
pub(in crate::outreach::mailboxes) async fn callback(
    State(app): State<App>,
    page: Page,
    Found(member): Found,
    session: Session,
    Query(answer): Query<Answer>,
) -> Result<Response, AppError> {
    if answer.admin_consent {
        let given = answer.error.is_empty();
        return Ok(page.render("Permission", move || view! { <AdminConsentPage given /> }));
    }
    let next = format!("{MAILBOXES}/new");
    let member = member.ok_or_else(|| AppError::SignInNeeded { next: next.clone() })?.may(Right::Connect)?;
    let (now, session_id) = (app.clock.now(), session_id(&session)?);
    let by = Beginner { workspace: member.workspace, user: member.user, session: &session_id };
    let text = match Begun::read(&answer.state, by, &app.config.secret_key, now) {
        Ok(begun) => match take(&app, &member, &begun, &answer).await? {
            true => return Ok(Redirect::to(&format!("{ANSWERS}/{}", begun.id)).into_response()),
            false => "This sign-in was used already. Begin again.",
        },
        Err(StateFault::Expired) => "The sign-in took longer than ten minutes. Begin again.",
        Err(StateFault::NotBegunHere) => "This sign-in was not begun in this browser. Begin again.",
    };
    leave_flash(&session, Tone::Bad, text).await?;
    Ok(Redirect::to(&next).into_response())
}

/// Exchanges the code and keeps what came of it. Returns whether there is something to show.
async fn take(app: &App, member: &Member, begun: &Begun, answer: &Answer) -> Result<bool, AppError> {
    let (keys, now) = (app.config.encryption_keys(), app.clock.now());
    let who = (member.workspace, member.user);
    let mut tx = app.db.write().await?;
    let first = answered::take(&mut tx, who, begun, now).await?;
    tx.commit().await?;
    if !first {
        // The browser repeats what it asked: the page is still there until it is confirmed.
        return Ok(answered::find(&mut app.db.read().await?, &keys, who, begun.id, now).await?.is_some());
    }
    let outcome = match outcome(app, begun, answer).await {
        Ok(signed_in) => Outcome::SignedIn(signed_in),
        Err(fault) => Outcome::Failed(fault),
    };
    let mut tx = app.db.write().await?;
    answered::keep(&mut tx, &keys, (member.workspace, begun.id), &outcome).await?;
    tx.commit().await?;
    Ok(true)
}

async fn outcome(app: &App, begun: &Begun, answer: &Answer) -> Result<SignedIn, TokenFault> {
    signed_in(app, begun, answer).await.map_err(|fault| match fault {
        // There was no permission before that could be withdrawn.
        TokenFault::Withdrawn { words, .. } => TokenFault::Refused { words },
        other => other,
    })
}

async fn signed_in(app: &App, begun: &Begun, answer: &Answer) -> Result<SignedIn, TokenFault> {
    if answer.code.reveal().is_empty() {
        return Err(TokenFault::of(&answer.error, &answer.description, &[]));
    }
    let verifier = begun.verifier(&app.config.secret_key);
    let tokens = client::exchange(app, begun.provider, &answer.code, &verifier).await?;
    let testing = begun.provider.app(&app.config).is_some_and(|app| app.testing);
    let unnamed = || TokenFault::Refused { words: "its answer does not say whose token it is".into() };
    SignedIn::of(tokens, testing, app.clock.now()).ok_or_else(unnamed)
}

/// Names the account, or says why there is none.
pub(in crate::outreach::mailboxes) async fn show(
    State(app): State<App>,
    page: Page,
    member: Member,
    Id(id): Id<Uuid>,
) -> Result<Response, AppError> {
    let member = member.may(Right::Connect)?;
    let answered = found(&app, &member, id).await?;
    show_with(&app, page, &member, answered, None).await
}

async fn found(app: &App, member: &Member, id: Uuid) -> Result<Answered, AppError> {
    let (keys, now) = (app.config.encryption_keys(), app.clock.now());
    let mut tx = app.db.read().await?;
    let found = answered::find(&mut tx, &keys, (member.workspace, member.user), id, now).await?;
    found.ok_or(AppError::NotFound)
}

async fn show_with(
    app: &App,
    page: Page,
    member: &Member,
    answered: Answered,
    typed: Option<ConfirmForm>,
) -> Result<Response, AppError> {
    let page = page.in_section(Section::Mailboxes);
    let (provider, action) = (answered.provider, format!("{ANSWERS}/{}", answered.id));
    let signed_in = match answered.outcome {
        Outcome::SignedIn(signed_in) => signed_in,
        Outcome::Failed(fault) => {
            let redirect = redirect_url(&app.config);
            let consent = provider.app(&app.config).and_then(|app| provider.admin_consent_url(app, &redirect));
            let consent = consent.filter(|_| matches!(fault, TokenFault::AdminConsent { .. })).map(String::from);
            let (mailbox, title) = (answered.mailbox, format!("Not signed in with {}", provider.name()));
            return Ok(page.render(&title, move || view! { <FailedPage provider fault mailbox consent /> }));
        }
    };
    let testing = provider.app(&app.config).is_some_and(|app| app.testing);
    let Some(id) = answered.mailbox else {
        let form = typed.unwrap_or_else(|| ConfirmForm::new(&signed_in.account.address, &member.name));
        return Ok(
            page.render("Add a mailbox", move || view! { <ConfirmPage provider signed_in testing action form /> })
        );
    };
    let mut tx = app.db.read().await?;
    let mailbox = mailbox::mailbox(&mut tx, member.workspace, id).await?;
    let known = connection::connection((member.workspace, id)).read(&mut tx).await?;
    drop(tx);
    let same = is_same_account(&mailbox, known.as_ref(), &signed_in);
    let errors = typed.map(|typed| typed.errors).unwrap_or_default();
    Ok(page.render("Sign in again", move || {
        view! { <SignInAgainPage provider signed_in testing action mailbox same errors /> }
    }))
}

/// Adds the mailbox, or signs it in again.
pub(in crate::outreach::mailboxes) async fn submit(
    State(app): State<App>,
    page: Page,
    member: Member,
    session: Session,
    Id(id): Id<Uuid>,
    form: Form,
) -> Result<Response, AppError> {
    let member = member.may(Right::Connect)?;
    let answered = found(&app, &member, id).await?;
    let Outcome::SignedIn(signed_in) = answered.outcome.clone() else { return Err(AppError::NotFound) };
    let typed = ConfirmForm::typed(&form);
    let done = match answered.mailbox {
        None => add(&app, &member, (&answered, &signed_in), &typed).await?,
        Some(id) => again(&app, &member, (&answered, &signed_in), id, form.has("other_account")).await?,
    };
    match done {
        Ok((id, text)) => {
            app.live.changed(&app.db, member.workspace.0, &[topics::MAILBOXES]).await;
            leave_flash(&session, Tone::Good, &text).await?;
            Ok(Redirect::to(&format!("{MAILBOXES}/{id}")).into_response())
        }
        Err(errors) => {
            let typed = ConfirmForm { errors, ..typed };
            show_with(&app, page.with_status(StatusCode::UNPROCESSABLE_ENTITY), &member, answered, Some(typed)).await
        }
    }
}

/// The mailbox and what to say of it, or what to change in the form.
type Done = Result<(MailboxId, String), FieldErrors>;

async fn add(
    app: &App,
    member: &Member,
    (answered, signed_in): (&Answered, &SignedIn),
    typed: &ConfirmForm,
) -> Result<Done, AppError> {
    let settings = match typed.parse(answered.provider.account(&signed_in.account.user)) {
        Ok(settings) => settings,
        Err(errors) => return Ok(Err(errors)),
    };
    let mut tx = app.db.write().await?;
    if let Err(errors) = Room::of(&mut tx, member.workspace).await?.take(&settings.address) {
        return Ok(Err(errors));
    }
    let id = confirm::add(app, &mut tx, member, (answered, signed_in), &settings).await?;
    let detail = format!("{} account {}", answered.provider.name(), signed_in.account.user);
    let actor = audit::Actor::User(member.user);
    let at = app.clock.now();
    audit::record(&mut tx, member.workspace, actor, "Added a mailbox", &settings.address, &detail, at).await?;
    tx.commit().await?;
    Ok(Ok((id, "The mailbox was added. Test it, then campaigns can send from it.".into())))
}

async fn again(
    app: &App,
    member: &Member,
    (answered, signed_in): (&Answered, &SignedIn),
    id: MailboxId,
    other_account: bool,
) -> Result<Done, AppError> {
    let mut tx = app.db.write().await?;
    let mailbox: Mailbox = mailbox::mailbox(&mut tx, member.workspace, id).await?;
    let known = connection::connection((member.workspace, id)).read(&mut tx).await?;
    let same = is_same_account(&mailbox, known.as_ref(), signed_in);
    if !same && !other_account {
        let text = format!("Tick this if {} may send from {}.", signed_in.account.user, mailbox.address);
        return Ok(Err(FieldErrors::one("other_account", text)));
    }
    let continues = confirm::sign_in_again(app, &mut tx, &mailbox, (member.workspace, answered, signed_in)).await?;
    let detail = format!("{} account {}", answered.provider.name(), signed_in.account.user);
    let actor = audit::Actor::User(member.user);
    let at = app.clock.now();
    audit::record(&mut tx, member.workspace, actor, "Signed a mailbox in", &mailbox.address, &detail, at).await?;
    tx.commit().await?;
    let text = match (continues, same) {
        (true, _) => "Signed in. The mailbox can be used again.",
        (false, true) => "Signed in. Test the mailbox, then campaigns can send from it.",
        (false, false) => "Signed in with another account. Test the mailbox, then campaigns can send from it.",
    };
    Ok(Ok((id, text.into())))
}
