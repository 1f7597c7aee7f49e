//! The requests of a campaign, and the end of a draft.

use axum::{
    extract::State,
    response::{Redirect, Response},
};
use leptos::prelude::*;
use tower_sessions::Session;

use super::view::RequestsPage;
use crate::{
    accounts::{Member, Right, audit},
    campaigns::{campaign, lists, requests::lead_request},
    credits::{CampaignId, ShowBalance, select_balance},
    server::{app::App, error::AppError, path::Id, select::together},
    ui::{Page, Section, Tone, leave_flash},
};

/// Requests on the page of all of them.
const REQUESTS_MAX: i64 = 200;

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
