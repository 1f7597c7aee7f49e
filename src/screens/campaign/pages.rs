//! The list of campaigns, and one campaign at a glance.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;

use super::{list_view::CampaignsPage, sending_view::Sending, view::CampaignPage};
use crate::{
    accounts::{Member, Right},
    campaigns::{
        CampaignState, campaign,
        requests::lead_request,
        standing::{self, view::StandingForm},
        wizard::frame::WizardStep,
    },
    credits::{CampaignId, ShowBalance, select_balance},
    outreach::progress::{facts, first_run, why::why},
    server::{app::App, error::AppError, path::Id, select::together},
    ui::{Page, Section},
};

/// Requests on the overview of a campaign.
const REQUESTS_SHOWN: i64 = 50;

pub(crate) async fn list(State(app): State<App>, page: Page, member: Member) -> Result<Response, AppError> {
    let (workspace, now) = (member.workspace, app.clock.now());
    let (may_spend, may_send) = (member.role.may(Right::Spend), member.role.may(Right::Outreach));
    let lines = (campaign::select_campaigns(workspace), standing::select_paused(workspace));
    let sending = (facts::select_all(workspace, now), first_run::select(workspace, member.user));
    let all = (lines, sending, select_balance(workspace));
    let ((campaigns, paused), (facts, first_run), balance) = together(&mut app.db.read().await?, all).await?;
    let sending =
        facts.into_iter().map(|(id, facts)| (id, Sending::new(id, why(&facts, now), facts, may_send))).collect();
    let first_run = may_spend.then_some(first_run).filter(|steps| !steps.sent);
    let page = page.in_section(Section::Campaigns).with_balance(balance);
    Ok(page.render("Campaigns", move || view! { <CampaignsPage campaigns paused sending first_run may_spend /> }))
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
pub(super) async fn overview_with(
    app: &App,
    page: Page,
    member: &Member,
    id: CampaignId,
    standing: StandingForm,
) -> Result<Response, AppError> {
    let (workspace, now) = (member.workspace, app.clock.now());
    let campaign = (campaign::select_campaign(workspace, id), campaign::select_totals(workspace, id));
    let requests =
        (lead_request::select_requests(workspace, Some(id), REQUESTS_SHOWN), standing::select_standings(workspace, id));
    let all = (campaign, requests, facts::select(workspace, id, now), select_balance(workspace));
    let ((campaign, totals), (requests, standings), mut facts, balance) =
        together(&mut app.db.read().await?, all).await?;
    let campaign = campaign.ok_or(AppError::NotFound)?;
    if campaign.state == CampaignState::Draft {
        return Ok(Redirect::to(&WizardStep::Audience.href(id)).into_response());
    }
    let facts = facts.remove(&id).unwrap_or_default();
    let sending = Sending::new(id, why(&facts, now), facts, member.role.may(Right::Outreach));
    let begin = member.role.may(Right::Spend).then(|| (uuid::Uuid::new_v4().to_string(), standing));
    let title = campaign.name.clone();
    let page = page.in_section(Section::Campaigns).with_balance(balance);
    Ok(page.render(&title, move || view! { <CampaignPage campaign totals requests standings sending begin /> }))
}
