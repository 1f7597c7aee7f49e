//! The pages of the ledger: the statement, on screen and as a file (rule C23).

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::header,
    response::{IntoResponse, Response},
    routing::get,
};
use futures::Stream;
use leptos::prelude::*;

use super::{
    holds::MayRelease,
    lots::BatchesPage,
    query::STATEMENT,
    view::{StatementPage, StatementPageData},
};
use crate::{
    accounts::{Member, WorkspaceId, audit},
    credits::{
        self, ShowBalance, StatementFilter, StatementQuery, StatementRow, moved_campaigns, movers, request_sums,
        statement, statement_totals,
    },
    server::{
        app::App,
        csv,
        db::Db,
        error::AppError,
        paging::{PageOf, ROWS_ASKED},
        query::Query,
        select::together,
    },
    ui::{Page, Section},
};

/// Movements read at once for a file.
const CSV_ROWS: i64 = 1_000;

/// The statement and its export.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/settings/cold-email-agent/batches", get(show_batches))
        .route(STATEMENT, get(show_statement))
        .route(&format!("{STATEMENT}.csv"), get(export_statement))
}

/// What is there, batch by batch, and what is set aside.
async fn show_batches(State(app): State<App>, page: Page, member: Member) -> Result<Response, AppError> {
    let (workspace, now) = (member.workspace, app.clock.now());
    let lots = (credits::select_drawable_lots(workspace, now), credits::select_used_lots(workspace, now));
    let all = (credits::select_balance(workspace), lots, credits::select_open_holds(workspace));
    let (balance, (drawable, used), holds) = together(&mut app.db.read().await?, all).await?;
    let may_release = MayRelease::of(&member);
    let page = page.in_section(Section::Credits).with_balance(balance);
    Ok(page.render("Batches and holds", move || view! { <BatchesPage balance drawable used holds may_release /> }))
}

async fn show_statement(
    State(app): State<App>,
    page: Page,
    member: Member,
    Query(query): Query<StatementQuery>,
) -> Result<Response, AppError> {
    let mut tx = app.db.read().await?;
    let campaigns = moved_campaigns(&mut tx, member.workspace).await?;
    let members = movers(&mut tx, member.workspace).await?;
    let zone = member.zone_name().to_owned();
    let mut data = StatementPageData { query, campaigns, members, zone, ..StatementPageData::default() };
    match data.query.parse(&member.zone()) {
        Ok(mut asked) => {
            asked.filter.by_request = !data.query.is_filtered();
            let rows = statement(&mut tx, member.workspace, &asked.filter, asked.before, ROWS_ASKED).await?;
            if data.query.is_filtered() {
                data.totals = statement_totals(&mut tx, member.workspace, &asked.filter).await?;
            }
            data.of = asked.filter.of;
            if asked.filter.by_request {
                data.requests = request_sums(&mut tx, member.workspace, &rows).await?;
            }
            data.list = PageOf::new(rows);
        }
        Err(errors) => data.errors = errors,
    }
    let page = page.in_section(Section::Credits).with_balance_seen_by(&mut tx, &member).await?;
    let page = if data.errors.is_empty() { page } else { page.invalid() };
    Ok(page.render("Credit statement", move || view! { <StatementPage data /> }))
}

async fn export_statement(
    State(app): State<App>,
    member: Member,
    Query(query): Query<StatementQuery>,
) -> Result<Response, AppError> {
    let asked = query.parse(&member.zone())?;
    let mut tx = app.db.write().await?;
    let (actor, now) = (audit::Actor::User(member.user), app.clock.now());
    audit::record(&mut tx, member.workspace, actor, audit::EXPORTED, "The credit statement", "", now).await?;
    tx.commit().await?;
    let day = now.rfc3339().chars().take(10).collect::<String>();
    let parts = pages(app.db.clone(), member.workspace, asked.filter);
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"credit-statement-{day}.csv\"")),
    ];
    Ok((headers, Body::from_stream(parts)).into_response())
}

const HEADINGS: [&str; 16] = [
    "Number",
    "Time (UTC)",
    "Movement",
    "Credits",
    "Change of available",
    "Available after",
    "Held after",
    "Lot",
    "Lot reason",
    "Campaign",
    "Campaign id",
    "Request id",
    "Order id",
    "Leads",
    "By",
    "Reason",
];

/// The file, page by page, newest movement first. Movements never change, so pages read one after the other fit.
fn pages(
    db: Db,
    workspace: WorkspaceId,
    filter: StatementFilter,
) -> impl Stream<Item = sqlx::Result<Bytes>> + Send + 'static {
    let headings = csv::first_line(HEADINGS.map(str::to_owned));
    let start = (db, filter, Some(headings), i64::MAX);
    futures::stream::try_unfold(start, move |(db, filter, headings, before)| async move {
        let rows = statement(&mut db.read().await?, workspace, &filter, before, CSV_ROWS).await?;
        let next = rows.last().map_or(0, |row| row.transfer.seq);
        if rows.is_empty() && headings.is_none() {
            return Ok(None);
        }
        let mut text = headings.unwrap_or_default();
        rows.iter().for_each(|row| text.push_str(&record(row)));
        Ok(Some((Bytes::from(text), (db, filter, None, next))))
    })
}

/// Texts are defused, numbers stay numbers.
fn record(row: &StatementRow) -> String {
    let transfer = &row.transfer;
    let id = |id: Option<String>| id.unwrap_or_default();
    csv::line([
        transfer.seq.to_string(),
        transfer.created_at.rfc3339(),
        transfer.kind.label().to_owned(),
        transfer.amount.to_string(),
        transfer.available_change().to_string(),
        transfer.available_after.to_string(),
        transfer.held_after.to_string(),
        row.lot_kind.label().to_owned(),
        csv::plain(&row.lot_reason),
        csv::plain(row.campaign_name.as_deref().unwrap_or_default()),
        id(transfer.campaign_id.map(|id| id.to_string())),
        id(transfer.request_id.map(|id| id.to_string())),
        id(transfer.order_id.map(|id| id.to_string())),
        id(transfer.lead_count.map(|count| count.to_string())),
        csv::plain(&row.actor()),
        csv::plain(&transfer.reason),
    ])
}
