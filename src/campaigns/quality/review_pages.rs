//! Reviewing leads one by one, and what follows from the marks.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use tower_sessions::Session;

use super::{
    mark::{self, BadReason, Marked},
    more_like,
    report::ReportOutcome,
    review::{self, Scope},
    review_view::{MoreLikeData, MoreLikePage, ReviewData, ReviewPage},
};
use crate::{
    accounts::{Member, Right},
    campaigns::{
        CampaignName, campaign,
        ids::LeadId,
        leads::lead,
        requests::{finish, first_batch::Ruled, lead_request, quote, worker},
    },
    credits::{CampaignId, Ledger, RequestId},
    directory::{Criteria, Directory},
    fields::FieldErrors,
    server::{
        app::App,
        db::Tx,
        error::AppError,
        form::Form,
        gate::Purpose,
        path::Id,
        query::{FromQuery, Query},
    },
    topics,
    ui::{Page, Section, Tone, credits_text, leave_flash},
};

/// The lead that a review is opened at.
pub(crate) struct BeginAt(Option<LeadId>);

impl FromQuery for BeginAt {
    fn from_query(query: &Form) -> Result<Self, AppError> {
        Ok(Self(query.text("lead").parse().ok()))
    }
}

/// Values on the list of what to change.
const VALUES_SHOWN: usize = 25;

pub(crate) async fn of_request(
    State(app): State<App>,
    page: Page,
    member: Member,
    Id(id): Id<RequestId>,
    Query(begin): Query<BeginAt>,
) -> Result<Response, AppError> {
    show(&app, &member, page, Scope::Request(id), begin).await
}

pub(crate) async fn of_campaign(
    State(app): State<App>,
    page: Page,
    member: Member,
    Id(id): Id<CampaignId>,
    Query(begin): Query<BeginAt>,
) -> Result<Response, AppError> {
    show(&app, &member, page, Scope::Campaign(id), begin).await
}

/// The campaign of a scope of this workspace: its id and its name.
async fn campaign_of(tx: &mut Tx, member: &Member, scope: Scope) -> Result<(CampaignId, String), AppError> {
    match scope {
        Scope::Request(id) => {
            let request = lead_request::request(tx, member.workspace, id).await?;
            Ok((request.campaign_id, request.campaign_name))
        }
        Scope::Campaign(id) => Ok((id, campaign::campaign(tx, member.workspace, id).await?.name)),
    }
}

async fn show(app: &App, member: &Member, page: Page, scope: Scope, begin: BeginAt) -> Result<Response, AppError> {
    let mut tx = app.db.snapshot().await?;
    let workspace = member.workspace;
    let (campaign, name) = campaign_of(&mut tx, member, scope).await?;
    let mut shown = None;
    for id in [begin.0, review::first(&mut tx, workspace, scope).await?].into_iter().flatten() {
        if let Some(place) = review::place(&mut tx, workspace, scope, id).await? {
            let mark = mark::mark_of(&mut tx, workspace, id).await?;
            shown = Some((lead::lead(&mut tx, workspace, id).await?, place, mark));
            break;
        }
    }
    let mut values = review::by_value(&review::marked(&mut tx, workspace, scope).await?);
    values.truncate(VALUES_SHOWN);
    let waits = match scope {
        Scope::Request(id) => {
            let receipt = lead_request::receipt(&mut tx, workspace, id).await?;
            finish::may_end(member, receipt.request.requested_by).then_some(receipt)
        }
        Scope::Campaign(_) => None,
    };
    let data = ReviewData {
        scope,
        campaign,
        campaign_name: name.clone(),
        tally: review::tally(&mut tx, workspace, scope).await?,
        undo: review::marked_last(&mut tx, workspace, scope, member.user).await?,
        shown,
        values,
        waits,
        may_spend: member.role.may(Right::Spend),
    };
    let page = page.in_section(Section::Campaigns);
    Ok(page.render(&format!("Review of {name}"), move || view! { <ReviewPage data=data /> }))
}

/// Whose review a form came from.
fn scope_of(form: &Form) -> Option<Scope> {
    let request = form.text("request").parse().ok().map(Scope::Request);
    request.or_else(|| form.text("campaign").parse().ok().map(Scope::Campaign))
}

pub(crate) async fn mark(
    State(app): State<App>,
    member: Member,
    session: Session,
    Id(id): Id<LeadId>,
    form: Form,
) -> Result<Response, AppError> {
    let member = member.may(Right::Spend)?;
    let bad = match form.text("verdict") {
        "good" => None,
        _ => match BadReason::from_word(form.text("reason")) {
            Some(reason) => Some(reason),
            None => {
                leave_flash(&session, Tone::Info, "Say what is wrong with it: choose one of the reasons.").await?;
                return Ok(Redirect::to(&address(scope_of(&form), id)).into_response());
            }
        },
    };
    let most = i64::try_from(app.config.automatic_refunds_per_month).unwrap_or(i64::MAX);
    let deed = mark::MarkLead { member: member.clone(), lead: id, bad, automatic_max: most, at: app.clock.now() };
    let marked = app.of::<Ledger>().post(deed).await?;
    let mut tx = app.db.read().await?;
    let campaign = lead_request::request(&mut tx, member.workspace, marked.request).await?.campaign_id;
    let next = next(&mut tx, &member, scope_of(&form), id).await?;
    drop(tx);
    tell(&app, &member, marked.request, campaign, marked.ruled).await;
    if let Some((tone, text)) = answer(&marked) {
        leave_flash(&session, tone, &text).await?;
    }
    Ok(Redirect::to(&address(scope_of(&form), next)).into_response())
}

pub(crate) async fn unmark(
    State(app): State<App>,
    member: Member,
    session: Session,
    Id(id): Id<LeadId>,
    form: Form,
) -> Result<Response, AppError> {
    let member = member.may(Right::Spend)?;
    let mut tx = app.db.write().await?;
    let request = lead::lead(&mut tx, member.workspace, id).await?.paid_by()?;
    let campaign = lead_request::request(&mut tx, member.workspace, request).await?.campaign_id;
    match mark::unmark(&mut tx, &member, id, app.clock.now()).await {
        Ok(_) => tx.commit().await?,
        Err(AppError::Conflict(refusal)) => leave_flash(&session, Tone::Info, &refusal.to_string()).await?,
        Err(error) => return Err(error),
    }
    tell(&app, &member, request, campaign, Ruled::WentOn).await;
    Ok(Redirect::to(&address(scope_of(&form), id)).into_response())
}

async fn tell(app: &App, member: &Member, request: RequestId, campaign: CampaignId, ruled: Ruled) {
    if ruled == Ruled::WentOn {
        app.wake.notify_one();
    }
    worker::tell_of(app, member.workspace, request, campaign).await;
    app.live.changed(&app.db, member.workspace.0, &[topics::NOTICES]).await;
}

/// The lead after this one; behind the last, the first without a mark; this one when there is none.
async fn next(tx: &mut Tx, member: &Member, scope: Option<Scope>, id: LeadId) -> Result<LeadId, AppError> {
    let Some(scope) = scope else { return Ok(id) };
    let after = review::place(tx, member.workspace, scope, id).await?.and_then(|place| place.after);
    match after {
        Some(after) => Ok(after),
        None if review::tally(tx, member.workspace, scope).await?.is_done() => Ok(id),
        None => Ok(review::first(tx, member.workspace, scope).await?.unwrap_or(id)),
    }
}

fn address(scope: Option<Scope>, lead: LeadId) -> String {
    scope.map_or_else(|| format!("/leads/{lead}"), |scope| format!("{}?lead={lead}", scope.href()))
}

/// What to say about a mark; nothing about one that led to nothing more.
fn answer(marked: &Marked) -> Option<(Tone, String)> {
    match marked.ruled {
        Ruled::WentOn => return Some((Tone::Good, "Few enough are bad: your rule continues the request.".into())),
        Ruled::Stopped => {
            return Some((Tone::Warning, "Too many are bad: by your rule the request waits for your word.".into()));
        }
        Ruled::Nothing => {}
    }
    match marked.report.as_ref()? {
        ReportOutcome::Refunded(credits) => {
            Some((Tone::Good, format!("Marked as bad, and {} came back.", credits_text(credits.get()))))
        }
        ReportOutcome::InReview => Some((Tone::Info, "Marked as bad. The operator looks at it for a refund.".into())),
        ReportOutcome::Matches(by) => Some((
            Tone::Info,
            format!("Marked as bad. It does match what was asked for ({by}), so it is not paid back."),
        )),
        ReportOutcome::Already => Some((Tone::Info, "Marked as bad. It was reported before.".into())),
    }
}

pub(crate) async fn more_like_request(
    State(app): State<App>,
    page: Page,
    member: Member,
    Id(id): Id<RequestId>,
) -> Result<Response, AppError> {
    more_like(&app, &member, page, Scope::Request(id)).await
}

pub(crate) async fn more_like_campaign(
    State(app): State<App>,
    page: Page,
    member: Member,
    Id(id): Id<CampaignId>,
) -> Result<Response, AppError> {
    more_like(&app, &member, page, Scope::Campaign(id)).await
}

/// The proposal beside the campaign's audience as it is, before anything changes.
async fn more_like(app: &App, member: &Member, page: Page, scope: Scope) -> Result<Response, AppError> {
    let mut tx = app.db.snapshot().await?;
    let (id, name) = campaign_of(&mut tx, member, scope).await?;
    let campaign = campaign::campaign(&mut tx, member.workspace, id).await?;
    let marked = review::marked(&mut tx, member.workspace, scope).await?;
    let tally = review::tally(&mut tx, member.workspace, scope).await?;
    drop(tx);
    let proposed = more_like::propose(&campaign.criteria, &marked);
    let asking = app.of::<Directory>().asked_by(member.user.0, Purpose::Page).await?;
    let data = MoreLikeData {
        scope,
        campaign: id,
        campaign_name: name.clone(),
        tally,
        changes: more_like::difference(&campaign.criteria, &proposed),
        before: quote::reach(app, &asking, member.workspace, &campaign.criteria).await?,
        after: quote::reach(app, &asking, member.workspace, &proposed).await?,
        fields: proposed.to_form(),
        may_spend: member.role.may(Right::Spend),
    };
    let page = page.in_section(Section::Campaigns);
    Ok(page.render(&format!("More like the good ones of {name}"), move || view! { <MoreLikePage data=data /> }))
}

/// Takes the proposal over, exactly as it was shown, into the campaign's audience.
pub(crate) async fn take_over(
    State(app): State<App>,
    member: Member,
    session: Session,
    Id(id): Id<CampaignId>,
    form: Form,
) -> Result<Response, AppError> {
    let member = member.may(Right::Spend)?;
    let Ok(criteria) = Criteria::parse(form.pairs()) else {
        leave_flash(&session, Tone::Warning, "The proposal could not be read. Nothing was changed.").await?;
        return Ok(Redirect::to(&format!("/campaigns/{id}/more-like")).into_response());
    };
    let mut tx = app.db.write().await?;
    let campaign = campaign::campaign(&mut tx, member.workspace, id).await?;
    let name = CampaignName::parse(&campaign.name).map_err(|text| FieldErrors::one("name", text))?;
    campaign::save_audience(&mut tx, member.workspace, id, &name, &criteria, app.clock.now()).await?;
    tx.commit().await?;
    app.live.changed(&app.db, member.workspace.0, &[topics::CAMPAIGNS, &topics::campaign(id)]).await;
    leave_flash(&session, Tone::Good, "The audience was changed. Requests made before keep theirs.").await?;
    Ok(Redirect::to(&format!("/campaigns/new/{id}/audience")).into_response())
}
