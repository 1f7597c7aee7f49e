//! The leads of a campaign: a page and a file.

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use leptos::prelude::*;

use super::{
    export,
    list::{self, LeadQuery},
    view::LeadsPage,
};
use crate::{
    accounts::{Member, Right, audit},
    campaigns::campaign,
    credits::CampaignId,
    server::{app::App, error::AppError, paging::PAGE_ROWS, path::Id, query::Query},
    ui::{Page, Section},
};

pub(crate) async fn list(
    State(app): State<App>,
    page: Page,
    member: Member,
    Id(id): Id<CampaignId>,
    Query(query): Query<LeadQuery>,
) -> Result<Response, AppError> {
    let mut tx = app.db.read().await?;
    let campaign = campaign::campaign(&mut tx, member.workspace, id).await?;
    let leads = list::count_all(&mut tx, member.workspace, id).await?;
    let total = list::count(&mut tx, member.workspace, id, &query).await?;
    let offset = (query.page - 1) * PAGE_ROWS;
    let rows = list::leads(&mut tx, member.workspace, id, &query, offset, PAGE_ROWS).await?;
    let may_spend = member.role.may(Right::Spend);
    let title = format!("Leads of {}", campaign.name);
    let page = page.in_section(Section::Campaigns);
    Ok(page.render(&title, move || {
        view! { <LeadsPage campaign=campaign query=query rows=rows total=total leads=leads may_spend=may_spend /> }
    }))
}

pub(crate) async fn export(
    State(app): State<App>,
    member: Member,
    Id(id): Id<CampaignId>,
    Query(query): Query<LeadQuery>,
) -> Result<Response, AppError> {
    let mut tx = app.db.write().await?;
    let name = campaign::campaign(&mut tx, member.workspace, id).await?.name;
    let (actor, subject) = (audit::Actor::User(member.user), format!("Leads of {name}"));
    audit::record(&mut tx, member.workspace, actor, audit::EXPORTED, &subject, "", app.clock.now()).await?;
    tx.commit().await?;
    let body = export::export(app.db.clone(), member.workspace, id, query);
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"leads.csv\""),
    ];
    Ok((headers, body).into_response())
}
