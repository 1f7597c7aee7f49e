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
        CampaignState, campaign,
        leads::list,
        lists,
        requests::lead_request,
        standing::{self, view::StandingForm},
        wizard::frame::WizardStep,
    },
    credits::{CampaignId, ShowBalance},
    server::{app::App, error::AppError, path::Id},
    ui::{Page, Section, Tone, leave_flash},
};

pub(crate) async fn list(State(app): State<App>, member: Member, page: Page) -> Result<Response, AppError> {
    let mut tx = app.db.read().await?;
    let campaigns = campaign::campaigns(&mut tx, member.workspace).await?;
    let standings = standing::standings(&mut tx, member.workspace, None).await?;
    let may_spend = member.role.may(Right::Spend);
    let page = page.in_section(Section::Campaigns).with_balance_seen_by(&mut tx, &member).await?;
    Ok(page.render(
        "Campaigns",
        move || view! { <CampaignsPage campaigns=campaigns standings=standings may_spend=may_spend /> },
    ))
}

pub(crate) async fn overview(
    State(app): State<App>,
    member: Member,
    page: Page,
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
    let mut tx = app.db.read().await?;
    let campaign = campaign::campaign(&mut tx, member.workspace, id).await?;
    if campaign.state == CampaignState::Draft {
        return Ok(Redirect::to(&WizardStep::Audience.href(id)).into_response());
    }
    let leads = list::count_all(&mut tx, member.workspace, id).await?;
    let requests = lead_request::requests(&mut tx, member.workspace, Some(id), 50).await?;
    let standings = standing::standings(&mut tx, member.workspace, Some(id)).await?;
    let begin = member.role.may(Right::Spend).then(|| (uuid::Uuid::new_v4().to_string(), standing));
    let title = campaign.name.clone();
    let page = page.in_section(Section::Campaigns).with_balance_seen_by(&mut tx, member).await?;
    Ok(page.render(&title, move || {
        view! { <CampaignPage campaign=campaign leads=leads requests=requests standings=standings begin=begin /> }
    }))
}

pub(crate) async fn requests(
    State(app): State<App>,
    member: Member,
    page: Page,
    Id(id): Id<CampaignId>,
) -> Result<Response, AppError> {
    let mut tx = app.db.read().await?;
    let campaign = campaign::campaign(&mut tx, member.workspace, id).await?;
    let leads = list::count_all(&mut tx, member.workspace, id).await?;
    let requests = lead_request::requests(&mut tx, member.workspace, Some(id), 200).await?;
    let may_spend = member.role.may(Right::Spend);
    let title = format!("Requests of {}", campaign.name);
    let page = page.in_section(Section::Campaigns).with_balance_seen_by(&mut tx, &member).await?;
    Ok(page.render(&title, move || {
        view! { <RequestsPage campaign=campaign leads=leads requests=requests may_spend=may_spend /> }
    }))
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
