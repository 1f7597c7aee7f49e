//! The list of campaigns, and the pages of one.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use tower_sessions::Session;

use super::{
    list_view::CampaignsPage,
    view::{CampaignPage, RequestsPage},
};
use crate::{
    accounts::{Member, Right, audit},
    campaigns::{
        CampaignState, campaign, lists,
        requests::lead_request,
        standing::{self, view::StandingForm},
        wizard::frame::WizardStep,
    },
    credits::{CampaignId, ShowBalance, select_balance},
    server::{app::App, error::AppError, path::Id, select::together},
    ui::{Page, Section, Tone, leave_flash},
};

/// Requests on the overview of a campaign.
const REQUESTS_SHOWN: i64 = 50;
/// Requests on the page of all of them.
const REQUESTS_MAX: i64 = 200;

pub(crate) async fn list(State(app): State<App>, page: Page, member: Member) -> Result<Response, AppError> {
    let (workspace, may_spend) = (member.workspace, member.role.may(Right::Spend));
    let lines = (campaign::select_campaigns(workspace), standing::select_paused(workspace));
    let ((campaigns, paused), balance) =
        together(&mut app.db.read().await?, (lines, select_balance(workspace))).await?;
    let page = page.in_section(Section::Campaigns).with_balance(balance);
    Ok(page.render("Campaigns", move || view! { <CampaignsPage campaigns paused may_spend /> }))
}

pub(crate) async fn overview(
    State(app): State<App>,
    page: Page,
    member: Member,
    Id(id): Id<CampaignId>,
) -> Result<Response, AppError> {
    overview_with(&app, page, &member, id, StandingForm::default()).await
}

/// The overview, with the standing request as it is typed.
pub(crate) async fn overview_with(
    app: &App,
    page: Page,
    member: &Member,
    id: CampaignId,
    standing: StandingForm,
) -> Result<Response, AppError> {
    let workspace = member.workspace;
    let campaign = (campaign::select_campaign(workspace, id), campaign::select_totals(workspace, id));
    let requests =
        (lead_request::select_requests(workspace, Some(id), REQUESTS_SHOWN), standing::select_standings(workspace, id));
    let all = (campaign, requests, select_balance(workspace));
    let ((campaign, totals), (requests, standings), balance) = together(&mut app.db.read().await?, all).await?;
    let campaign = campaign.ok_or(AppError::NotFound)?;
    if campaign.state == CampaignState::Draft {
        return Ok(Redirect::to(&WizardStep::Audience.href(id)).into_response());
    }
    let begin = member.role.may(Right::Spend).then(|| (uuid::Uuid::new_v4().to_string(), standing));
    let title = campaign.name.clone();
    let page = page.in_section(Section::Campaigns).with_balance(balance);
    Ok(page.render(&title, move || view! { <CampaignPage campaign totals requests standings begin /> }))
}

pub(crate) async fn requests(
    State(app): State<App>,
    page: Page,
    member: Member,
    Id(id): Id<CampaignId>,
) -> Result<Response, AppError> {
    let (workspace, may_spend) = (member.workspace, member.role.may(Right::Spend));
    let campaign = (campaign::select_campaign(workspace, id), campaign::select_totals(workspace, id));
    let requests = lead_request::select_requests(workspace, Some(id), REQUESTS_MAX);
    let all = (campaign, requests, select_balance(workspace));
    let ((campaign, totals), requests, balance) = together(&mut app.db.read().await?, all).await?;
    let campaign = campaign.ok_or(AppError::NotFound)?;
    let leads = totals.leads;
    let title = format!("Requests of {}", campaign.name);
    let page = page.in_section(Section::Campaigns).with_balance(balance);
    Ok(page.render(&title, move || view! { <RequestsPage campaign leads requests may_spend /> }))
}

pub(crate) async fn delete_draft(
    State(app): State<App>,
    member: Member,
    session: Session,
    Id(id): Id<CampaignId>,
) -> Result<Redirect, AppError> {
    let member = member.may(Right::Spend)?;
    let mut tx = app.db.write().await?;
    let name = campaign::campaign(&mut tx, member.workspace, id).await?.name;
    let files = lists::store::discard_of(&mut tx, member.workspace, id).await?;
    campaign::delete_draft(&mut tx, member.workspace, id).await?;
    let (actor, now) = (audit::Actor::User(member.user), app.clock.now());
    audit::record(&mut tx, member.workspace, actor, "Deleted a draft", &name, "", now).await?;
    tx.commit().await?;
    lists::discard_files(&app, &files).await;
    leave_flash(&session, Tone::Good, "The draft was deleted.").await?;
    Ok(Redirect::to("/campaigns"))
}
