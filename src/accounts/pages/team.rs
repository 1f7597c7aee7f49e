//! Settings › Team.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use tower_sessions::Session;

use crate::{
    accounts::{
        Member, MemberMailboxes, Right, Role, UserId,
        invitation::{self, InvitationId},
        invite::{self, NewInvitation},
        left_behind, team,
        view::{OpenInvitation, TeamPage, TeamPageData},
        wording, workspaces,
    },
    fields::FieldErrors,
    server::{app::App, error::AppError, form::Form, time_zone::zone},
    topics,
    ui::{Page, Section, Tone, leave_flash},
};

const ADDRESS: &str = "/settings/team";
/// Longest key of a form; the page's own keys are UUIDs.
const KEY_CHARACTERS_MAX: usize = 64;

pub async fn show(State(app): State<App>, page: Page, member: Member) -> Result<Response, AppError> {
    render(&app, page, member, &Form::default(), FieldErrors::default()).await
}

/// The addresses of the single forms have no page of their own.
pub async fn to_page() -> Redirect {
    Redirect::to(ADDRESS)
}

pub async fn invite(
    State(app): State<App>,
    page: Page,
    session: Session,
    member: Member,
    form: Form,
) -> Result<Response, AppError> {
    let member = member.may(Right::Team)?;
    let new = match invitation_of(&app, &form) {
        Ok(new) => new,
        Err(errors) => return render(&app, page.invalid(), member, &form, errors).await,
    };
    let mut tx = app.db.write().await?;
    match invite::invite(&mut tx, &app.config, &member, &new, app.clock.now()).await {
        Ok(()) => tx.commit().await?,
        Err(AppError::Invalid(errors)) => {
            drop(tx);
            return render(&app, page.invalid(), member, &form, errors).await;
        }
        Err(error) => return Err(error),
    }
    app.live.changed(&app.db, member.workspace.0, &[topics::TEAM]).await;
    let text = match &new.email {
        Some(email) => format!("The invitation to {email} is on its way."),
        None => "The link is ready: copy it below and hand it over. It works once, for 7 days.".to_owned(),
    };
    back(&session, Tone::Good, &text).await
}

/// Chooses the time zone of the workspace.
pub async fn choose_zone(
    State(app): State<App>,
    page: Page,
    session: Session,
    member: Member,
    form: Form,
) -> Result<Response, AppError> {
    let member = member.may(Right::Team)?;
    let typed = form.text("time_zone");
    if !typed.is_empty() && zone(typed).is_none() {
        let fault = "There is no such time zone. Choose one from the list, for example Europe/Berlin.";
        return render(&app, page.invalid(), member, &form, FieldErrors::one("time_zone", fault)).await;
    }
    let mut tx = app.db.write().await?;
    workspaces::choose_zone(&mut tx, &member, typed, app.clock.now()).await?;
    tx.commit().await?;
    let text = match typed {
        "" => "Times are shown in each reader’s own time zone.".to_owned(),
        zone => format!("Times, days and hours are those of {zone}."),
    };
    back(&session, Tone::Good, &text).await
}

fn invitation_of(app: &App, form: &Form) -> Result<NewInvitation, FieldErrors> {
    let mut errors = FieldErrors::default();
    let email = if form.text("email").is_empty() { None } else { wording::email(form, "email", &mut errors) };
    if email.is_some() && !app.config.has_mail() {
        errors.add("email", "This instance sends no mail. Leave this empty to make a link, and hand it over yourself.");
    }
    let role = Role::of_word(form.text("role"));
    if role.is_none() {
        errors.add("role", "Choose one of these roles.");
    }
    let key = form.line("key", KEY_CHARACTERS_MAX).ok().filter(|key| !key.is_empty());
    if key.is_none() {
        errors.add("", "This page is no longer current. Nothing was sent; look it over and invite again.");
    }
    match (role, key) {
        (Some(role), Some(key)) if errors.is_empty() => Ok(NewInvitation { email, role, key: key.to_owned() }),
        _ => Err(errors),
    }
}

pub async fn withdraw(
    State(app): State<App>,
    session: Session,
    member: Member,
    Path(id): Path<String>,
) -> Result<Response, AppError> {
    let member = member.may(Right::Team)?;
    let id: InvitationId = id.parse().map_err(|_| AppError::NotFound)?;
    let mut tx = app.db.write().await?;
    let withdrawn = invite::withdraw(&mut tx, &member, id, app.clock.now()).await?;
    tx.commit().await?;
    app.live.changed(&app.db, member.workspace.0, &[topics::TEAM]).await;
    let (tone, text) = match withdrawn {
        true => (Tone::Good, "The invitation is withdrawn: its link no longer works."),
        false => (Tone::Info, "This invitation was over already."),
    };
    back(&session, tone, text).await
}

pub async fn change_role(
    State(app): State<App>,
    session: Session,
    member: Member,
    Path(user): Path<String>,
    form: Form,
) -> Result<Response, AppError> {
    let member = member.may(Right::Team)?;
    let user: UserId = user.parse().map_err(|_| AppError::NotFound)?;
    let Some(role) = Role::of_word(form.text("role")) else {
        return Err(FieldErrors::one("role", "There is no such role. Nothing was changed.").into());
    };
    let mut tx = app.db.write().await?;
    let changed = team::change_role(&mut tx, &member, user, role, app.clock.now()).await?;
    tx.commit().await?;
    app.live.changed(&app.db, member.workspace.0, &[topics::TEAM]).await;
    match changed {
        Some(before) => {
            let text = format!("{} is {} now.", before.name, role.with_article());
            back(&session, Tone::Good, &text).await
        }
        None => Ok(to_page().await.into_response()),
    }
}

pub async fn remove(
    State(app): State<App>,
    session: Session,
    member: Member,
    Path(user): Path<String>,
) -> Result<Response, AppError> {
    let member = member.may(Right::Team)?;
    let user: UserId = user.parse().map_err(|_| AppError::NotFound)?;
    let mut tx = app.db.write().await?;
    let now = app.clock.now();
    let gone = team::remove(&mut tx, &member, user, now).await?;
    left_behind::tell(&mut tx, *app.of(), member.workspace, (user, &gone.name), now).await?;
    tx.commit().await?;
    app.live.changed(&app.db, member.workspace.0, &[topics::TEAM, topics::NOTICES, &topics::left(user)]).await;
    back(&session, Tone::Good, &format!("{} is not in the team any more.", gone.name)).await
}

pub async fn leave(State(app): State<App>, session: Session, member: Member) -> Result<Redirect, AppError> {
    let mut tx = app.db.write().await?;
    let now = app.clock.now();
    team::leave(&mut tx, &member, now).await?;
    left_behind::tell(&mut tx, *app.of(), member.workspace, (member.user, &member.name), now).await?;
    tx.commit().await?;
    app.live.changed(&app.db, member.workspace.0, &[topics::TEAM, topics::NOTICES, &topics::left(member.user)]).await;
    leave_flash(&session, Tone::Good, &format!("You left {}.", member.workspace_name)).await?;
    Ok(Redirect::to("/campaigns"))
}

async fn back(session: &Session, tone: Tone, text: &str) -> Result<Response, AppError> {
    leave_flash(session, tone, text).await?;
    Ok(Redirect::to(ADDRESS).into_response())
}

/// The page; with the form of an invitation as it was typed.
async fn render(app: &App, page: Page, member: Member, form: &Form, errors: FieldErrors) -> Result<Response, AppError> {
    let mut tx = app.db.read().await?;
    let members = team::members(&mut tx, member.workspace).await?;
    let mailboxes = (app.of::<MemberMailboxes>().0)(&mut tx, member.workspace).await?;
    let open = match member.role.may(Right::Team) {
        true => invitation::open_invitations(&mut tx, member.workspace, app.clock.now()).await?,
        false => Vec::new(),
    };
    drop(tx);
    let invitations = open.into_iter().map(|invitation| {
        // Whoever has the link has the role: nobody sees one they may not give.
        let link = member.role.may_give(invitation.role).then(|| invitation.path(&app.config));
        let link = link.and_then(|path| app.config.public_url.join(&path).ok());
        OpenInvitation { link: link.map(String::from), invitation }
    });
    let data = TeamPageData {
        members,
        mailboxes,
        invitations: invitations.collect(),
        has_mail: app.config.has_mail(),
        email: form.text("email").chars().take(300).collect(),
        role: Role::of_word(form.text("role")).unwrap_or(Role::Member),
        key: uuid::Uuid::new_v4().to_string(),
        time_zone: if form.has("time_zone") { form.text("time_zone").to_owned() } else { member.time_zone.clone() },
        errors,
        member,
    };
    Ok(page.in_section(Section::Team).render("Team", move || view! { <TeamPage data /> }))
}
