//! `/audiences`: saved audiences, templates, recent searches, and two of them compared. No SQL in here.

use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use leptos::prelude::*;
use tower_sessions::Session;

use super::{
    AudienceId, AudienceName, audience, audiences,
    compare::{overlap, side_by_side},
    delete, duplicate, recent_searches, rename,
    view::{AudienceLine, AudiencesPage, ComparePage},
};
use crate::{
    accounts::{Member, Right},
    directory::Directory,
    server::{
        app::App,
        error::AppError,
        form::Form,
        gate::Purpose,
        path::Id,
        query::{FromQuery, Query},
    },
    ui::{Page, Section, Tone, leave_flash},
};

/// The addresses of audiences.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/audiences", get(list))
        .route("/audiences/compare", get(compare))
        .route("/audiences/{id}", get(open))
        .route("/audiences/{id}/rename", get(to_list).post(rename_one))
        .route("/audiences/{id}/duplicate", get(to_list).post(duplicate_one))
        .route("/audiences/{id}/delete", get(to_list).post(delete_one))
}

async fn to_list() -> Redirect {
    Redirect::to("/audiences")
}

async fn list(State(app): State<App>, page: Page, member: Member) -> Result<Response, AppError> {
    let mut tx = app.db.read().await?;
    let saved = audiences(&mut tx, member.workspace).await?;
    let recent = recent_searches(&mut tx, &member).await?;
    drop(tx);
    let asking = app.of::<Directory>().asked_by(member.user.0, Purpose::Page).await?;
    let mut lines = Vec::with_capacity(saved.len());
    for audience in saved {
        let people = asking.count(&audience.criteria).await?.total;
        lines.push(AudienceLine { audience, people: i64::try_from(people).unwrap_or(i64::MAX) });
    }
    let may_spend = member.role.may(Right::Spend);
    let page = page.in_section(Section::Audiences);
    Ok(page.render("Audiences", move || view! { <AudiencesPage lines=lines recent=recent may_spend=may_spend /> }))
}

/// Leads to the audience page with the filters of a saved audience: the address to share in a workspace.
async fn open(State(app): State<App>, member: Member, Id(id): Id<AudienceId>) -> Result<Redirect, AppError> {
    let found = audience(&mut app.db.read().await?, member.workspace, id).await?;
    Ok(Redirect::to(&format!("/campaigns/new?audience={}", found.id)))
}

/// Two audiences to compare; `None`: they are still to be chosen.
struct Pair(Option<(AudienceId, AudienceId)>);

impl FromQuery for Pair {
    fn from_query(query: &Form) -> Result<Self, AppError> {
        let id = |name: &str| query.text(name).parse().ok();
        Ok(Self(id("one").zip(id("other"))))
    }
}

async fn compare(
    State(app): State<App>,
    page: Page,
    member: Member,
    Query(Pair(pair)): Query<Pair>,
) -> Result<Response, AppError> {
    let Some((one, other)) = pair else { return Ok(Redirect::to("/audiences").into_response()) };
    let mut tx = app.db.read().await?;
    let one = audience(&mut tx, member.workspace, one).await?;
    let other = audience(&mut tx, member.workspace, other).await?;
    drop(tx);
    let asking = app.of::<Directory>().asked_by(member.user.0, Purpose::Page).await?;
    let people = overlap(&asking, &one, &other).await?;
    let lines = side_by_side(&one.criteria, &other.criteria);
    let page = page.in_section(Section::Audiences);
    Ok(page.render("Two audiences", move || view! { <ComparePage one=one other=other people=people lines=lines /> }))
}

async fn rename_one(
    State(app): State<App>,
    member: Member,
    session: Session,
    Id(id): Id<AudienceId>,
    form: Form,
) -> Result<Redirect, AppError> {
    let member = member.may(Right::Spend)?;
    let name = match AudienceName::parse(form.text("name")) {
        Ok(name) => name,
        Err(fault) => return say(&session, Tone::Bad, &fault).await,
    };
    let mut tx = app.db.write().await?;
    match rename(&mut tx, &member, id, &name, app.clock.now()).await {
        Ok(()) => tx.commit().await?,
        Err(AppError::Conflict(refusal)) => return say(&session, Tone::Bad, &refusal.to_string()).await,
        Err(error) => return Err(error),
    }
    say(&session, Tone::Good, "The audience has its new name.").await
}

async fn duplicate_one(
    State(app): State<App>,
    member: Member,
    session: Session,
    Id(id): Id<AudienceId>,
) -> Result<Redirect, AppError> {
    let member = member.may(Right::Spend)?;
    let mut tx = app.db.write().await?;
    duplicate(&mut tx, &member, id, app.clock.now()).await?;
    tx.commit().await?;
    say(&session, Tone::Good, "The audience was copied.").await
}

async fn delete_one(
    State(app): State<App>,
    member: Member,
    session: Session,
    Id(id): Id<AudienceId>,
) -> Result<Redirect, AppError> {
    let member = member.may(Right::Spend)?;
    let mut tx = app.db.write().await?;
    if !delete(&mut tx, &member, id, app.clock.now()).await? {
        return Err(AppError::NotFound);
    }
    tx.commit().await?;
    say(&session, Tone::Info, "The audience was deleted. Campaigns keep their own filters.").await
}

async fn say(session: &Session, tone: Tone, text: &str) -> Result<Redirect, AppError> {
    leave_flash(session, tone, text).await?;
    Ok(Redirect::to("/audiences"))
}
