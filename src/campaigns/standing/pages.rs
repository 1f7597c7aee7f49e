//! Standing requests: begin, look, change, pause, resume, end.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use tower_sessions::Session;

use super::{
    Pace, Standing, schedule,
    view::{StandingForm, StandingPage},
};
use crate::{
    accounts::{Member, Right, audit},
    campaigns::{
        ids::StandingId,
        requests::{
            finish::{NOT_YOURS, may_end},
            lead_request,
        },
        standing,
    },
    credits::ShowBalance,
    server::{app::App, error::AppError, form::Form, path::Id},
    topics,
    ui::{Page, Section, Tone, leave_flash},
};

/// Requests listed on the page of a standing request.
const REQUESTS_SHOWN: i64 = 100;

pub(crate) async fn show(
    State(app): State<App>,
    page: Page,
    member: Member,
    Id(id): Id<StandingId>,
) -> Result<Response, AppError> {
    let standing = standing::standing(&mut app.db.read().await?, member.workspace, id).await?;
    let form = StandingForm::of(&standing);
    standing_page(&app, page, &member, standing, form).await
}

async fn standing_page(
    app: &App,
    page: Page,
    member: &Member,
    standing: Standing,
    form: StandingForm,
) -> Result<Response, AppError> {
    let mut tx = app.db.read().await?;
    let requests = lead_request::requests_of_standing(&mut tx, member.workspace, standing.id, REQUESTS_SHOWN).await?;
    let may_change = may_end(member, standing.made_by);
    let title = format!("Standing request of {}", standing.campaign_name);
    let page = page.in_section(Section::Campaigns).with_balance_seen_by(&mut tx, member).await?;
    Ok(page.render(&title, move || {
        view! { <StandingPage standing=standing requests=requests form=form may_change=may_change /> }
    }))
}

pub(crate) async fn change(
    State(app): State<App>,
    page: Page,
    member: Member,
    session: Session,
    Id(id): Id<StandingId>,
    form: Form,
) -> Result<Response, AppError> {
    let member = member.may(Right::Spend)?;
    let at = app.clock.now();
    let mut tx = app.db.write().await?;
    let standing = own(&mut tx, &member, id).await?;
    let pace = match Pace::parse(&form, &member.zone(), at) {
        Ok(pace) => pace,
        Err(errors) => {
            drop(tx);
            return standing_page(&app, page.invalid(), &member, standing, StandingForm::typed(&form, errors)).await;
        }
    };
    let changed = standing::change(&mut tx, member.workspace, id, pace, at).await?;
    if changed {
        let (actor, done) = (audit::Actor::User(member.user), "Changed the pace of a standing request");
        let before = format!("Was {}", standing.pace());
        audit::record(&mut tx, member.workspace, actor, done, &standing.campaign_name, &before, at).await?;
    }
    tx.commit().await?;
    let (tone, text) =
        if changed { (Tone::Good, "The pace was changed.") } else { (Tone::Info, "It is over; nothing was changed.") };
    done(&app, &session, &standing, tone, text).await
}

/// Pause, resume, end.
pub(crate) async fn act(
    State(app): State<App>,
    member: Member,
    session: Session,
    Path((id, deed)): Path<(String, String)>,
) -> Result<Response, AppError> {
    let member = member.may(Right::Spend)?;
    let id: StandingId = id.parse().map_err(|_| AppError::NotFound)?;
    let (at, workspace) = (app.clock.now(), member.workspace);
    let mut tx = app.db.write().await?;
    let standing = own(&mut tx, &member, id).await?;
    let (changed, text) = match deed.as_str() {
        "pause" => (standing::pause(&mut tx, workspace, id, at).await?, "Paused. Leads and progress stay."),
        "resume" => (standing::resume(&mut tx, &member, id, at).await?, "It continues."),
        "end" => (standing::end(&mut tx, workspace, id, at).await?, "Ended. What it delivered stays."),
        _ => return Err(AppError::NotFound),
    };
    if changed {
        let done = match deed.as_str() {
            "pause" => "Paused a standing request",
            "resume" => "Resumed a standing request",
            _ => "Ended a standing request",
        };
        let (actor, detail) = (audit::Actor::User(member.user), standing.pace());
        audit::record(&mut tx, workspace, actor, done, &standing.campaign_name, &detail, at).await?;
    }
    schedule::tell_what_waits(&mut tx, workspace, at).await?;
    tx.commit().await?;
    let (tone, text) =
        if changed { (Tone::Good, text) } else { (Tone::Info, "That was done already; nothing was changed.") };
    done(&app, &session, &standing, tone, text).await
}

/// The standing request, if the member may end it.
async fn own(tx: &mut crate::server::db::Tx, member: &Member, id: StandingId) -> Result<Standing, AppError> {
    let standing = standing::standing(tx, member.workspace, id).await?;
    if may_end(member, standing.made_by) { Ok(standing) } else { Err(AppError::Forbidden(NOT_YOURS.into())) }
}

async fn done(app: &App, session: &Session, standing: &Standing, tone: Tone, text: &str) -> Result<Response, AppError> {
    schedule::go_on_now(app).await;
    app.live.changed(&app.db, standing.workspace_id.0, &[topics::CAMPAIGNS, topics::NOTICES, topics::STANDING]).await;
    leave_flash(session, tone, text).await?;
    Ok(Redirect::to(&format!("/standing/{}", standing.id)).into_response())
}
