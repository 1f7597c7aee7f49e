//! Settings › Team › Log.

use axum::{
    body::{Body, Bytes},
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use futures::Stream;
use leptos::prelude::*;

use crate::{
    accounts::{
        Member, Right, WorkspaceId,
        audit::{self, AuditEntry, AuditFilter},
        audit_query::AuditQuery,
        view::{AuditPage, AuditPageData},
    },
    server::{
        app::App,
        csv,
        db::Db,
        error::AppError,
        paging::{PageOf, ROWS_ASKED},
        query::Query,
    },
    ui::{Page, Section},
};

/// Lines read at once for a file.
const CSV_ROWS: i64 = 1_000;

pub async fn show(
    State(app): State<App>,
    page: Page,
    member: Member,
    Query(query): Query<AuditQuery>,
) -> Result<Response, AppError> {
    let member = member.may(Right::Team)?;
    let mut tx = app.db.read().await?;
    let actors = audit::actors(&mut tx, member.workspace).await?;
    let zone = member.zone_name().to_owned();
    let mut data = AuditPageData { query, actors, zone, ..AuditPageData::default() };
    match data.query.parse(&member.zone()) {
        Ok((filter, before)) => {
            data.list = PageOf::new(audit::entries(&mut tx, member.workspace, &filter, before, ROWS_ASKED).await?);
        }
        Err(errors) => data.errors = errors,
    }
    let page = page.in_section(Section::Team);
    let page = if data.errors.is_empty() { page } else { page.invalid() };
    Ok(page.render("Log", move || view! { <AuditPage data /> }))
}

pub async fn export(
    State(app): State<App>,
    member: Member,
    Query(query): Query<AuditQuery>,
) -> Result<Response, AppError> {
    let member = member.may(Right::Team)?;
    let (filter, _) = query.parse(&member.zone())?;
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let actor = audit::Actor::User(member.user);
    audit::record(&mut tx, member.workspace, actor, audit::EXPORTED, "The log", "", now).await?;
    tx.commit().await?;
    let day = now.rfc3339().chars().take(10).collect::<String>();
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"log-{day}.csv\"")),
    ];
    Ok((headers, Body::from_stream(lines(app.db.clone(), member.workspace, filter))).into_response())
}

/// The file, newest line first. Lines never change, so pages read one after the other fit.
fn lines(
    db: Db,
    workspace: WorkspaceId,
    filter: AuditFilter,
) -> impl Stream<Item = sqlx::Result<Bytes>> + Send + 'static {
    let headings = ["Time (UTC)", "By", "Email", "What", "To", "Detail"].map(str::to_owned);
    let start = (db, Some(csv::first_line(headings)), None);
    futures::stream::try_unfold(start, move |(db, headings, before)| async move {
        let rows = audit::entries(&mut db.read().await?, workspace, &filter, before, CSV_ROWS).await?;
        if rows.is_empty() && headings.is_none() {
            return Ok(None);
        }
        // A file that ends with its headings ends there.
        let last = rows.last().map(|row| row.id).or(before).or(Some(audit::EventId(uuid::Uuid::nil())));
        let mut text = headings.unwrap_or_default();
        rows.iter().for_each(|row| text.push_str(&line(row)));
        Ok(Some((Bytes::from(text), (db, None, last))))
    })
}

/// Texts are defused: a spreadsheet must not run them.
fn line(row: &AuditEntry) -> String {
    csv::line([
        row.at.rfc3339(),
        csv::plain(&row.actor()),
        csv::plain(row.actor_email.as_deref().unwrap_or_default()),
        csv::plain(&row.action),
        csv::plain(&row.subject),
        csv::plain(&row.detail),
    ])
}
