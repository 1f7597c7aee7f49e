//! `/insights/sources`: the table, its file, and the leads behind a figure.

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use leptos::prelude::*;
use uuid::Uuid;

use super::{
    behind::{self, Figure},
    measures::{Cost, Rate, cost, rate},
    totals::{Origin, Total, select_totals},
    view::{LeadsPage, SourcesPage},
};
use crate::{
    accounts::{Member, Right, audit},
    campaigns::ids::LeadId,
    server::{
        app::App,
        clock::Instant,
        csv::{first_line, line, plain},
        error::AppError,
        form::Form,
        paging::{PageOf, ROWS_ASKED},
        query::{FromQuery, Query},
    },
    ui::{Page, Section},
};

/// What the table is summed by.
pub(super) struct By(Origin);

impl FromQuery for By {
    fn from_query(query: &Form) -> Result<Self, AppError> {
        Ok(Self(Origin::of_word(query.text("by")).unwrap_or_default()))
    }
}

pub(super) async fn show(
    State(app): State<App>,
    page: Page,
    member: Member,
    Query(By(origin)): Query<By>,
) -> Result<Response, AppError> {
    let mut tx = app.db.read().await?;
    let totals = select_totals(member.workspace, origin).read(&mut tx).await?;
    drop(tx);
    let may_export = member.role.may(Right::Export);
    let page = page.in_section(Section::Insights);
    Ok(page
        .render("Which sources convert", move || view! { <SourcesPage origin totals zone=member.zone() may_export /> }))
}

/// The same table as CSV (RFC 4180): counts and credits as whole numbers, shares from 0 to 1, intervals of 95 %.
pub(super) async fn export(State(app): State<App>, member: Member, form: Form) -> Result<Response, AppError> {
    let member = member.may(Right::Export)?;
    let origin = Origin::of_word(form.text("by")).unwrap_or_default();
    let mut tx = app.db.write().await?;
    let totals = select_totals(member.workspace, origin).read(&mut tx).await?;
    let (actor, subject) =
        (audit::Actor::User(member.user), format!("Which sources convert, by {}", origin.label().to_lowercase()));
    audit::record(&mut tx, member.workspace, actor, audit::EXPORTED, &subject, "", app.clock.now()).await?;
    tx.commit().await?;
    let headings = [
        origin.label(),
        "Contacted",
        "Replied",
        "Reply rate",
        "Reply rate from",
        "Reply rate to",
        "Positive",
        "Bounced",
        "Credits",
        "Credits paid back",
        "Credits per positive reply",
        "Credits per positive reply from",
        "Credits per positive reply to",
        "Still open",
    ];
    let mut text = first_line(headings.map(str::to_owned));
    totals.iter().for_each(|total| text.push_str(&row(total)));
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"sources.csv\""),
    ];
    Ok((headers, text).into_response())
}

fn row(total: &Total) -> String {
    let share = |number: f64| format!("{number:.4}");
    let credits = |number: f64| format!("{number:.2}");
    let rate = rate(total.replied, total.contacted);
    let of_rate = |of: fn(&Rate) -> f64| rate.as_ref().map(|rate| share(of(rate))).unwrap_or_default();
    let (each, low, high) = match cost(total.credits, total.positive, total.contacted) {
        Some(Cost::Each { credits: each, low, high }) => (credits(each), credits(low), credits(high)),
        Some(Cost::MoreThan(low)) => (String::new(), credits(low), String::new()),
        None => Default::default(),
    };
    line([
        plain(&total.shown().unwrap_or_default()),
        total.contacted.to_string(),
        total.replied.to_string(),
        of_rate(|rate| rate.share),
        of_rate(|rate| rate.low),
        of_rate(|rate| rate.high),
        total.positive.to_string(),
        total.bounced.to_string(),
        total.credits.to_string(),
        total.refunded.to_string(),
        each,
        low,
        high,
        total.open.to_string(),
    ])
}

/// Which leads are asked for.
pub(super) struct Behind {
    origin: Origin,
    subject: Uuid,
    figure: Figure,
    before: Option<(Instant, LeadId)>,
}

impl FromQuery for Behind {
    fn from_query(query: &Form) -> Result<Self, AppError> {
        let origin = Origin::of_word(query.text("by")).ok_or(AppError::NotFound)?;
        let subject = query.text("id").parse().map_err(|_| AppError::NotFound)?;
        let figure = Figure::of_word(query.text("figure")).ok_or(AppError::NotFound)?;
        let before = match query.text("before").split_once('-') {
            None => None,
            Some((at, lead)) => {
                let at = at.parse().map_err(|_| AppError::NotFound)?;
                Some((Instant(at), LeadId(lead.parse().map_err(|_| AppError::NotFound)?)))
            }
        };
        Ok(Self { origin, subject, figure, before })
    }
}

pub(super) async fn leads(
    State(app): State<App>,
    page: Page,
    member: Member,
    Query(Behind { origin, subject, figure, before }): Query<Behind>,
) -> Result<Response, AppError> {
    let mut tx = app.db.read().await?;
    let totals = select_totals(member.workspace, origin).read(&mut tx).await?;
    let total = totals.into_iter().find(|total| total.subject == subject).ok_or(AppError::NotFound)?;
    let leads = behind::leads(&mut tx, member.workspace, (origin, subject, figure), before, ROWS_ASKED).await?;
    drop(tx);
    let (leads, is_first) = (PageOf::new(leads), before.is_none());
    let page = page.in_section(Section::Insights);
    Ok(page
        .render(figure.title(), move || view! { <LeadsPage origin total figure leads is_first zone=member.zone() /> }))
}
