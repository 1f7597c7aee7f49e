//! The activity of a campaign: a page and a file.

use axum::{
    extract::State,
    http::{Uri, header},
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;

use super::{export, list, view::ActivityPage};
use crate::{
    accounts::{Member, Right, audit},
    campaigns::campaign,
    ids::CampaignId,
    outreach::progress::event::{EventId, EventKind},
    server::{
        app::App,
        error::AppError,
        form::Form,
        paging::{PageOf, ROWS_ASKED},
        path::Id,
        query::{Before, FromQuery, Query},
    },
    ui::{Page, Section},
};

/// Which events are asked for.
pub(crate) struct ActivityQuery {
    kind: Option<EventKind>,
    before: Option<EventId>,
}

impl FromQuery for ActivityQuery {
    fn from_query(query: &Form) -> Result<Self, AppError> {
        let Before(before) = Before::from_query(query)?;
        Ok(Self { kind: EventKind::of_word(query.text("kind")), before })
    }
}

pub(crate) async fn show(
    State(app): State<App>,
    page: Page,
    member: Member,
    Id(id): Id<CampaignId>,
    Query(ActivityQuery { kind, before }): Query<ActivityQuery>,
) -> Result<Response, AppError> {
    let mut tx = app.db.read().await?;
    let workspace = member.workspace;
    let (found, totals) = crate::server::select::together(
        &mut tx,
        (campaign::select_campaign(workspace, id), campaign::select_totals(workspace, id)),
    )
    .await?;
    let campaign = found.ok_or(AppError::NotFound)?;
    let events = PageOf::new(list::of_campaign(&mut tx, (workspace, id), kind, before, ROWS_ASKED).await?);
    drop(tx);
    let (may_spend, may_export) = (member.role.may(Right::Spend), member.role.may(Right::Export));
    let (leads, is_first) = (totals.leads, before.is_none());
    let title = format!("Activity of {}", campaign.name);
    let page = page.in_section(Section::Campaigns);
    Ok(page.render(&title, move || {
        view! { <ActivityPage campaign events kind is_first leads may_spend may_export /> }
    }))
}

/// A file takes a form; the address alone leads to the page with it.
pub(crate) async fn to_activity(uri: Uri) -> Redirect {
    Redirect::to(uri.path().trim_end_matches(".csv"))
}

pub(crate) async fn export_all(
    State(app): State<App>,
    member: Member,
    Id(id): Id<CampaignId>,
    form: Form,
) -> Result<Response, AppError> {
    let member = member.may(Right::Export)?;
    let mut tx = app.db.write().await?;
    let name = campaign::campaign(&mut tx, member.workspace, id).await?.name;
    let (actor, subject) = (audit::Actor::User(member.user), format!("Activity of {name}"));
    audit::record(&mut tx, member.workspace, actor, audit::EXPORTED, &subject, "", app.clock.now()).await?;
    tx.commit().await?;
    let body = export::export(app.db.clone(), member.workspace, id, EventKind::of_word(form.text("kind")));
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"activity.csv\""),
    ];
    Ok((headers, body).into_response())
}
