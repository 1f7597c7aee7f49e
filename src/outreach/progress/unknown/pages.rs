//! The page of mails whose outcome is unknown, and the decisions.

use axum::{
    extract::State,
    response::{Redirect, Response},
};
use leptos::prelude::*;
use tower_sessions::Session;

use super::{list::unknown_mails, view::UnknownPage};
use crate::{
    accounts::{Member, Right, audit},
    campaigns::campaign,
    fields::FieldErrors,
    ids::CampaignId,
    outreach::{
        progress::note,
        sending::{Decision, decide},
    },
    server::{app::App, error::AppError, form::Form, path::Id, select::together},
    topics,
    ui::{Page, Section, Tone, leave_flash, plural},
};

/// Mails on the page; the others come when these are decided.
const MAILS_SHOWN: i64 = 100;

pub(crate) async fn show(
    State(app): State<App>,
    page: Page,
    member: Member,
    Id(id): Id<CampaignId>,
) -> Result<Response, AppError> {
    let mut tx = app.db.read().await?;
    let workspace = member.workspace;
    let all = (campaign::select_campaign(workspace, id), campaign::select_totals(workspace, id));
    let (found, totals) = together(&mut tx, all).await?;
    let campaign = found.ok_or(AppError::NotFound)?;
    let mails = unknown_mails(&mut tx, (workspace, id), MAILS_SHOWN).await?;
    drop(tx);
    let (may_spend, may_decide) = (member.role.may(Right::Spend), member.role.may(Right::Outreach));
    let leads = totals.leads;
    let title = format!("Unknown outcomes of {}", campaign.name);
    let page = page.in_section(Section::Campaigns);
    Ok(page.render(&title, move || view! { <UnknownPage campaign mails leads may_spend may_decide /> }))
}

/// Decides about one mail, or about all.
pub(crate) async fn decide_mails(
    State(app): State<App>,
    member: Member,
    session: Session,
    Id(id): Id<CampaignId>,
    form: Form,
) -> Result<Redirect, AppError> {
    let member = member.may(Right::Outreach)?;
    let (decision, line) = match form.text("act") {
        "count" => (Decision::CountAsSent, "Counted mails with unknown outcome as sent"),
        "again" => (Decision::SendAgain, "Sent mails with unknown outcome again"),
        _ => return Err(FieldErrors::one("act", "Choose what to do.").into()),
    };
    let send = match form.text("send") {
        "" => None,
        text => Some(text.parse().map_err(|_| AppError::NotFound)?),
    };
    let (workspace, at) = (member.workspace, app.clock.now());
    let mut tx = app.db.write().await?;
    let campaign = campaign::campaign(&mut tx, workspace, id).await?;
    let decided = decide(&mut tx, (workspace, id), send, decision, member.user, at).await?;
    let mails = plural(i64::try_from(decided).unwrap_or(i64::MAX), "mail", "mails");
    note(&mut tx, workspace, id, at).await?;
    audit::record(&mut tx, workspace, audit::Actor::User(member.user), line, &campaign.name, &mails, at).await?;
    tx.commit().await?;
    let topics = [topics::CAMPAIGNS, topics::MAILBOXES, &topics::campaign(id)];
    app.live.changed(&app.db, workspace.0, &topics).await;
    let (tone, text) = match (decision, decided) {
        (_, 0) => (Tone::Warning, "Nothing was changed: these mails were decided before.".to_owned()),
        (Decision::CountAsSent, 1) => (Tone::Good, "1 mail counts as sent.".to_owned()),
        (Decision::CountAsSent, _) => (Tone::Good, format!("{mails} count as sent.")),
        (Decision::SendAgain, _) => (Tone::Good, format!("{mails} will be sent again.")),
    };
    leave_flash(&session, tone, &text).await?;
    Ok(Redirect::to(&format!("/campaigns/{id}/unknown")))
}
