//! One lead, its report and its return; and the operator's list of reports.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use tower_sessions::Session;

use super::{
    lead_view::{LeadPage, LeadPageData},
    report::{self, Decide, ReportLead, ReportOutcome, ReportReason},
    reports_view::ReportsPage,
    return_leads::{ReturnLeads, Returning},
};
use crate::{
    accounts::{Member, Operator, Right},
    campaigns::{
        ids::{LeadId, ReportId},
        leads::{LeadPanels, lead},
        requests::returnable::ReturnRules,
    },
    credits::{Ledger, RequestId, ShowBalance},
    fields::FieldErrors,
    server::{app::App, error::AppError, form::Form, path::Id},
    topics,
    ui::{Page, Section, Tone, credits_text, leave_flash, plural},
};

/// Longest note of a report.
const NOTE_CHARACTERS_MAX: usize = 500;
/// Longest answer to one.
const ANSWER_CHARACTERS_MAX: usize = 300;
/// Reports on the operator's list.
const REPORTS_SHOWN: i64 = 100;

pub(crate) async fn show(
    State(app): State<App>,
    page: Page,
    member: Member,
    Id(id): Id<LeadId>,
) -> Result<Response, AppError> {
    lead_page(&app, page, &member, id, &Form::default(), FieldErrors::default()).await
}

/// The page of a lead, with what was typed and what to change.
///
/// # Errors
/// [`AppError::NotFound`] for a lead of another workspace.
pub(crate) async fn lead_page(
    app: &App,
    page: Page,
    member: &Member,
    id: LeadId,
    form: &Form,
    errors: FieldErrors,
) -> Result<Response, AppError> {
    let mut tx = app.db.read().await?;
    let trail = lead::lead(&mut tx, member.workspace, id).await?;
    let report = report::report_of(&mut tx, member.workspace, id).await?;
    let rules = ReturnRules::of(&app.config);
    let panel = (app.of::<LeadPanels>().0)(&mut tx, member, &trail, (form, &errors)).await?;
    let data = LeadPageData {
        returnable: trail.is_returnable(rules.hours, app.clock.now()),
        trail,
        report,
        may_spend: member.role.may(Right::Spend),
        may_reveal: member.role.may(Right::Reveal),
        return_hours: rules.hours,
        reason: form.text("reason").chars().take(40).collect(),
        note: form.text("note").chars().take(NOTE_CHARACTERS_MAX * 2).collect(),
        errors,
    };
    let page = page.in_section(Section::Campaigns).with_balance_seen_by(&mut tx, member).await?;
    Ok(page.render("Lead", move || view! { <LeadPage data panel=panel() /> }))
}

pub(crate) async fn report(
    State(app): State<App>,
    page: Page,
    member: Member,
    session: Session,
    Id(id): Id<LeadId>,
    form: Form,
) -> Result<Response, AppError> {
    let member = member.may(Right::Spend)?;
    let mut errors = FieldErrors::default();
    let reason = ReportReason::from_word(form.text("reason"));
    if reason.is_none() {
        errors.add("reason", "Choose what is wrong with it.");
    }
    let note = form.text("note");
    if note.chars().count() > NOTE_CHARACTERS_MAX {
        errors.add("note", format!("Use at most {NOTE_CHARACTERS_MAX} characters."));
    }
    let (Some(reason), true) = (reason, errors.is_empty()) else {
        return lead_page(&app, page.invalid(), &member, id, &form, errors).await;
    };
    let most = i64::try_from(app.config.automatic_refunds_per_month).unwrap_or(i64::MAX);
    let (workspace, note, at) = (member.workspace, note.to_owned(), app.clock.now());
    let outcome =
        app.of::<Ledger>().post(ReportLead { member, lead: id, reason, note, automatic_max: most, at }).await?;
    app.live.changed(&app.db, workspace.0, &[topics::CREDITS, topics::CAMPAIGNS]).await;
    let (tone, text) = match outcome {
        ReportOutcome::Refunded(credits) => {
            (Tone::Good, format!("You were right: {} came back.", credits_text(credits.get())))
        }
        ReportOutcome::InReview => {
            (Tone::Info, "Thank you. The operator looks at it; the answer will be on this page.".into())
        }
        ReportOutcome::Matches(by) => (
            Tone::Info,
            format!("It matches what was asked for ({by}). If something else is wrong with it, choose that."),
        ),
        ReportOutcome::Already => (Tone::Info, "This lead was reported already; nothing was changed.".into()),
    };
    leave_flash(&session, tone, &text).await?;
    Ok(Redirect::to(&format!("/leads/{id}")).into_response())
}

pub(crate) async fn return_one(
    State(app): State<App>,
    member: Member,
    session: Session,
    Id(id): Id<LeadId>,
) -> Result<Response, AppError> {
    let member = member.may(Right::Spend)?;
    let count = return_leads(&app, &member, Returning::Lead(id)).await?;
    say(&session, count).await?;
    Ok(Redirect::to(&format!("/leads/{id}")).into_response())
}

pub(crate) async fn return_all(
    State(app): State<App>,
    member: Member,
    session: Session,
    Id(id): Id<RequestId>,
) -> Result<Response, AppError> {
    let member = member.may(Right::Spend)?;
    let count = return_leads(&app, &member, Returning::Request(id)).await?;
    say(&session, count).await?;
    Ok(Redirect::to(&format!("/requests/{id}")).into_response())
}

/// Batch after batch, each a transaction of its own; a click that was interrupted goes on with the next one.
async fn return_leads(app: &App, member: &Member, what: Returning) -> Result<i64, AppError> {
    let mut count = 0;
    loop {
        let (member, rules, at) = (member.clone(), ReturnRules::of(&app.config), app.clock.now());
        let workspace = member.workspace;
        let batch = match app.of::<Ledger>().post(ReturnLeads { member, what, rules, at }).await {
            // The share ended with the batch before: what was returned is returned.
            Err(AppError::Conflict(_)) if count > 0 => return Ok(count),
            batch => batch?,
        };
        app.live.changed(&app.db, workspace.0, &[topics::CREDITS, topics::CAMPAIGNS]).await;
        if batch == 0 {
            return Ok(count);
        }
        count += batch;
    }
}

async fn say(session: &Session, count: i64) -> Result<(), AppError> {
    let (tone, text) = match count {
        0 => (Tone::Info, "There was nothing to return any more; nothing was changed.".to_owned()),
        count => (Tone::Good, format!("Returned {}. Their credits came back.", plural(count, "lead", "leads"))),
    };
    leave_flash(session, tone, &text).await
}

pub(crate) async fn reports(State(app): State<App>, page: Page, _: Operator) -> Result<Response, AppError> {
    let reports = report::open_reports(&mut app.db.read().await?, REPORTS_SHOWN).await?;
    let page = page.in_section(Section::Admin);
    Ok(page.render("Reported leads", move || view! { <ReportsPage reports=reports fault=None /> }))
}

pub(crate) async fn decide(
    State(app): State<App>,
    Operator(operator): Operator,
    page: Page,
    session: Session,
    Id(id): Id<ReportId>,
    form: Form,
) -> Result<Response, AppError> {
    let declined = match form.text("decision") {
        "accept" => None,
        _ => Some(match form.line("answer", ANSWER_CHARACTERS_MAX) {
            Ok(answer) if !answer.is_empty() => answer,
            wrong => {
                let fault = wrong.err().unwrap_or_else(|| "Say why; the workspace reads it.".into());
                let reports = report::open_reports(&mut app.db.read().await?, REPORTS_SHOWN).await?;
                let page = page.invalid().in_section(Section::Admin);
                let fault = Some((id.to_string(), fault));
                return Ok(page.render("Reported leads", move || view! { <ReportsPage reports=reports fault=fault /> }));
            }
        }),
    };
    let workspace = report::workspace_of(&mut app.db.read().await?, id).await?;
    let (word, at) = (declined.map(str::to_owned), app.clock.now());
    let decide = Decide { workspace, report: id, declined: word, operator: operator.user, at };
    let changed = app.of::<Ledger>().post(decide).await?;
    app.live.changed(&app.db, workspace.0, &[topics::CREDITS, topics::CAMPAIGNS]).await;
    let (tone, text) = match (changed, declined) {
        (false, _) => (Tone::Info, "That was decided already; nothing was changed."),
        (true, None) => (Tone::Good, "Accepted: the lead was paid back."),
        (true, Some(_)) => (Tone::Good, "Declined."),
    };
    leave_flash(&session, tone, text).await?;
    Ok(Redirect::to("/admin/reports").into_response())
}
