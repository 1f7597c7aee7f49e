//! The wizard's last step: leads, emails and schedule, and the buttons that begin.

use axum::{
    Extension,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use tower_sessions::Session;

use super::review_view::{GetAndStart, ReviewSending};
use crate::{
    accounts::{Member, Right},
    campaigns::{
        Campaign, LeadCount, campaign,
        standing::view::StandingForm,
        wizard::{
            api::{Wish, ask},
            frame::WizardStep,
            pages::quote_on_page,
            review_view::{FirstBatchForm, ReviewStep},
        },
    },
    credits::{CampaignId, Credits, ShowBalance},
    fields::FormError,
    outreach::progress::{
        checklist::{self, Rules},
        start_sending,
        why::SendingState,
    },
    server::{app::App, error::AppError, form::Form, path::Id, server_functions::Failed},
    topics,
    ui::{Page, Section, Tone, leave_flash},
};

pub(crate) async fn review(
    State(app): State<App>,
    page: Page,
    member: Member,
    Id(id): Id<CampaignId>,
) -> Result<Response, AppError> {
    let campaign = campaign::campaign(&mut app.db.read().await?, member.workspace, id).await?;
    let Some(quantity) = campaign.quantity else {
        return Ok(Redirect::to(&WizardStep::Leads.href(id)).into_response());
    };
    review_page(&app, page, &member, campaign, Review::of(quantity)).await
}

/// The review again, because the standing request cannot begin as it was typed.
pub(super) async fn review_again(
    app: &App,
    page: Page,
    member: &Member,
    id: CampaignId,
    standing: StandingForm,
) -> Result<Response, AppError> {
    let campaign = campaign::campaign(&mut app.db.read().await?, member.workspace, id).await?;
    let quantity = campaign.quantity.unwrap_or(LeadCount::ONE);
    review_page(app, page.invalid(), member, campaign, Review { standing, ..Review::of(quantity) }).await
}

/// What was typed on the review, and why a cap refused the last click.
struct Review {
    quantity: LeadCount,
    standing: StandingForm,
    look: FirstBatchForm,
    refusal: Option<String>,
    /// Why neither leads were requested nor the sending started.
    refused: Vec<String>,
}

impl Review {
    fn of(quantity: LeadCount) -> Self {
        let standing = StandingForm::for_total(quantity);
        Self { quantity, standing, look: FirstBatchForm::default(), refusal: None, refused: Vec::new() }
    }
}

async fn review_page(
    app: &App,
    page: Page,
    member: &Member,
    campaign: Campaign,
    review: Review,
) -> Result<Response, AppError> {
    let Review { quantity, standing, look, refusal, refused } = review;
    let quote = quote_on_page(app, member, &campaign, quantity).await?;
    let (mut tx, now) = (app.db.read().await?, app.clock.now());
    let checklist = checklist::read(&mut tx, member.workspace, &campaign, Rules::of(app), now).await?;
    drop(tx);
    let title = format!("Review {}", campaign.name);
    let key = uuid::Uuid::new_v4().to_string();
    let (may_spend, may_start) = (member.role.may(Right::Spend), member.role.may(Right::Outreach));
    let page = page.in_section(Section::Campaigns).with_balance(quote.balance);
    Ok(page.render(&title, move || {
        let ready = may_start && checklist.stops_beside_leads() == 0 && checklist.found.state == SendingState::Draft;
        let (id, cost) = (campaign.id, quote.cost_max);
        let together = ready
            .then(|| view! { <GetAndStart campaign=id key=key.clone() leads=quantity.get() most=cost /> }.into_any());
        let sending = view! { <ReviewSending checklist may_start /> }.into_any();
        view! { <ReviewStep campaign quote key may_spend standing look refusal refused sending together /> }
    }))
}

/// The review as it was sent, with what to change or why nothing was requested.
pub(crate) async fn review_refused(
    State(app): State<App>,
    page: Page,
    member: Member,
    Extension(Failed { form, error }): Extension<Failed>,
) -> Result<Response, AppError> {
    let member = member.may(Right::Spend)?;
    let id = form.text("campaign").parse().map_err(|_| AppError::NotFound)?;
    let campaign = campaign::campaign(&mut app.db.read().await?, member.workspace, id).await?;
    let Some(quantity) = campaign.quantity else {
        return Ok(Redirect::to(&WizardStep::Leads.href(id)).into_response());
    };
    let page = page.with_status(error.status_code());
    // A cap (C22): says which, and what is left under it.
    let refusal = (error.status_code() == StatusCode::CONFLICT).then(|| error.summary.clone());
    let look = FirstBatchForm::typed(&form, error.fields);
    review_page(&app, page, &member, campaign, Review { look, refusal, ..Review::of(quantity) }).await
}

/// Requests the leads and starts the sending: two transactions, so that neither refusal undoes the other.
pub(crate) async fn get_and_start(
    State(app): State<App>,
    page: Page,
    member: Member,
    session: Session,
    Id(id): Id<CampaignId>,
    form: Form,
) -> Result<Response, AppError> {
    let member = member.may(Right::Spend)?.may(Right::Outreach)?;
    let most = form.text("most").parse().ok().and_then(Credits::new);
    let wish = Wish { key: form.text("key").to_owned(), look: Form::default(), most };
    let asked = ask(&app, &member, id, wish).await;
    let started = start_now(&app, &member, id).await;
    let overview = format!("/campaigns/{id}");
    let (tone, text, next) = match (asked, started) {
        (Ok(_), Ok(())) => {
            (Tone::Good, "The leads are requested, and the campaign sends as they arrive.".to_owned(), overview)
        }
        (Ok(_), Err(refused)) => {
            let text = format!("The leads are requested. Sending did not start: {refused}");
            (Tone::Warning, text, format!("{overview}/checklist"))
        }
        (Err(refused), Ok(())) => {
            (Tone::Warning, format!("The campaign sends. No leads were requested: {}", refused.summary), overview)
        }
        (Err(leads), Err(sending)) => return nothing_started(&app, page, &member, id, (leads, sending)).await,
    };
    leave_flash(&session, tone, &text).await?;
    Ok(Redirect::to(&next).into_response())
}

/// The review again, with why neither half was done. What is no answer to the form stays an error.
async fn nothing_started(
    app: &App,
    page: Page,
    member: &Member,
    id: CampaignId,
    (leads, sending): (FormError, AppError),
) -> Result<Response, AppError> {
    let AppError::Conflict(sending) = sending else { return Err(sending) };
    let status = leads.status_code();
    if status.is_server_error() || matches!(status, StatusCode::NOT_FOUND | StatusCode::FORBIDDEN) {
        return Err(AppError::Told(leads));
    }
    let campaign = campaign::campaign(&mut app.db.read().await?, member.workspace, id).await?;
    let shown = leads.shown();
    let refused = shown.iter().map(|(_, message)| format!("No leads were requested: {message}"));
    let refused = refused.chain([format!("Sending did not start: {sending}")]).collect();
    let quantity = campaign.quantity.unwrap_or(LeadCount::ONE);
    review_page(app, page.with_status(status), member, campaign, Review { refused, ..Review::of(quantity) }).await
}

async fn start_now(app: &App, member: &Member, id: CampaignId) -> Result<(), AppError> {
    let (mut tx, now) = (app.db.write().await?, app.clock.now());
    let campaign = campaign::campaign(&mut tx, member.workspace, id).await?;
    start_sending(&mut tx, member, &campaign, Rules::of(app), now).await?;
    tx.commit().await?;
    app.live.changed(&app.db, member.workspace.0, &[topics::CAMPAIGNS, &topics::campaign(id)]).await;
    Ok(())
}
