//! The leads of a campaign: a page and a file.

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use tower_sessions::Session;

use super::{
    export,
    list::{self, LeadQuery},
    reveal::{reveal_found, reveal_one},
    view::LeadsPage,
};
use crate::{
    accounts::{Member, Right, audit},
    campaigns::{campaign, ids::LeadId},
    credits::CampaignId,
    server::{
        app::App,
        error::AppError,
        form::Form,
        paging::PAGE_ROWS,
        path::Id,
        query::{FromQuery, Query},
    },
    topics,
    ui::{Page, Section, Tone, leave_flash, plural},
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
    let found = list::count(&mut tx, member.workspace, id, &query).await?;
    let offset = (query.page - 1) * PAGE_ROWS;
    let rows = list::leads(&mut tx, member.workspace, id, &query, offset, PAGE_ROWS).await?;
    let may_spend = member.role.may(Right::Spend);
    let may_reveal = member.role.may(Right::Reveal);
    let may_export = member.role.may(Right::Export);
    let has_sequence = list::has_sequence(&mut tx, member.workspace, id).await?;
    let may_change = has_sequence && member.role.may(Right::Outreach);
    let return_hours = app.config.return_hours;
    let title = format!("Leads of {}", campaign.name);
    let page = page.in_section(Section::Campaigns);
    Ok(page.render(&title, move || {
        view! { <LeadsPage campaign query rows found leads has_sequence may_change may_spend may_reveal may_export return_hours /> }
    }))
}

/// Reveals what the query finds, and leads back to the list.
pub(crate) async fn reveal(
    State(app): State<App>,
    member: Member,
    session: Session,
    Id(id): Id<CampaignId>,
    form: Form,
) -> Result<Redirect, AppError> {
    let member = member.may(Right::Reveal)?;
    let query = LeadQuery::from_query(&form)?;
    let revealed = reveal_all(&app, &member, id, &query).await?;
    let (tone, text) = match revealed {
        0 => (Tone::Info, "These addresses were revealed already.".to_owned()),
        leads => (Tone::Good, format!("{} revealed.", plural(leads, "address was", "addresses were"))),
    };
    leave_flash(&session, tone, &text).await?;
    Ok(Redirect::to(&format!("/campaigns/{id}/leads?{}", query.address(None))))
}

async fn reveal_all(app: &App, member: &Member, id: CampaignId, query: &LeadQuery) -> Result<i64, AppError> {
    let name = campaign::campaign(&mut app.db.read().await?, member.workspace, id).await?.name;
    let revealed = reveal_found(&app.db, member, (id, &name), query, app.clock.now()).await?;
    if revealed > 0 {
        app.live.changed(&app.db, member.workspace.0, &[topics::CAMPAIGNS, &topics::campaign(id)]).await;
    }
    Ok(revealed)
}

/// Reveals the address of one lead, and leads back to its page.
pub(crate) async fn reveal_lead(
    State(app): State<App>,
    member: Member,
    Id(id): Id<LeadId>,
) -> Result<Redirect, AppError> {
    let member = member.may(Right::Reveal)?;
    let mut tx = app.db.write().await?;
    if reveal_one(&mut tx, &member, id, app.clock.now()).await? {
        tx.commit().await?;
        app.live.changed(&app.db, member.workspace.0, &[topics::CAMPAIGNS]).await;
    }
    Ok(Redirect::to(&format!("/leads/{id}")))
}

/// Reveals what the query finds, and sends it as a file.
pub(crate) async fn export(
    State(app): State<App>,
    member: Member,
    Id(id): Id<CampaignId>,
    form: Form,
) -> Result<Response, AppError> {
    let member = member.may(Right::Export)?.may(Right::Reveal)?;
    let query = LeadQuery::from_query(&form)?;
    let revealed = reveal_all(&app, &member, id, &query).await?;
    let mut tx = app.db.write().await?;
    let name = campaign::campaign(&mut tx, member.workspace, id).await?.name;
    let (actor, subject) = (audit::Actor::User(member.user), format!("Leads of {name}"));
    let detail = format!("{} revealed with it", plural(revealed, "address", "addresses"));
    audit::record(&mut tx, member.workspace, actor, audit::EXPORTED, &subject, &detail, app.clock.now()).await?;
    tx.commit().await?;
    let body = export::export(app.db.clone(), member.workspace, id, query);
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"leads.csv\""),
    ];
    Ok((headers, body).into_response())
}
