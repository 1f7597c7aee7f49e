//! The wizard: audience, leads, review. Each step is saved and has its address.

use axum::{
    Extension,
    extract::{RawQuery, State},
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;

use super::{
    audience_form::AudienceForm,
    audience_view::AudienceStep,
    frame::{WizardStep, reached},
    leads_view::LeadsStep,
};
use crate::{
    accounts::{Member, Right},
    audiences,
    campaigns::{
        AudiencePreview, Campaign, CampaignName, LeadCount, Quote,
        audience::{complete, count},
        campaign,
        requests::{
            lead_request,
            quote::{FullQuote, quote},
            sourcing_view::SourcingForm,
            waterfall,
        },
    },
    credits::{CampaignId, ShowBalance},
    directory::{Criteria, Directory, contacts::verify_address::AddressCheck},
    fields::FieldErrors,
    server::{app::App, error::AppError, form::Form, gate::Purpose, path::Id, server_functions::Failed},
    ui::{Page, Section},
};

/// The first step, empty.
pub(crate) async fn start(
    State(app): State<App>,
    page: Page,
    member: Member,
    RawQuery(query): RawQuery,
) -> Result<Response, AppError> {
    let member = member.may(Right::Spend)?;
    let form = AudienceForm { draft: Some(CampaignId::new()), ..AudienceForm::default() };
    let (form, preview) = from_address(&app, &member, form, Criteria::default(), query).await?;
    audience_page(&app, &member, page, form, preview).await
}

/// The form with the filters of its address, if there are any, else with `kept`. What a shared address names and nobody
/// knows is left out, and said.
async fn from_address(
    app: &App,
    member: &Member,
    mut form: AudienceForm,
    kept: Criteria,
    query: Option<String>,
) -> Result<(AudienceForm, AudiencePreview), AppError> {
    let told = Form::parse(query.unwrap_or_default().as_bytes());
    let mut remarks = Vec::new();
    let criteria = if told.pairs().is_empty() {
        kept
    } else if told.has("audience") {
        let id = told.text("audience").parse().map_err(|_| AppError::NotFound)?;
        let audience = audiences::audience(&mut app.db.read().await?, member.workspace, id).await?;
        form.audience = audience.name;
        audience.criteria.0
    } else {
        if let Ok(name) = CampaignName::parse(told.exact("name")) {
            form.name = name.as_str().to_owned();
        }
        let reading = Criteria::read(told.pairs());
        let faults = reading.faults();
        let left_out = faults.iter().chain(reading.notes.iter());
        remarks.extend(left_out.map(|(_, message)| format!("Left out of the address: {message}")));
        reading.criteria
    };
    form.fields = criteria.to_form();
    let preview = count::preview(app, member, Purpose::Page, &criteria, &form.name, form.campaign).await?;
    if !told.pairs().is_empty() {
        note_search(app, member, &criteria, preview.matching).await?;
    }
    Ok((form, AudiencePreview { remarks, ..preview }))
}

/// Remembers what somebody searched for.
async fn note_search(app: &App, member: &Member, criteria: &Criteria, people: i64) -> Result<(), AppError> {
    let mut tx = app.db.write().await?;
    audiences::note_search(&mut tx, member, criteria, people, app.clock.now()).await?;
    Ok(tx.commit().await?)
}

/// Values that complete what is being typed into a field, as JSON.
pub(crate) async fn completions(State(app): State<App>, member: Member, form: Form) -> Result<Response, AppError> {
    let member = member.may(Right::Spend)?;
    Ok(axum::Json(complete::completions(&app, &member, form.pairs()).await?).into_response())
}

/// The first step of a saved campaign; filled with the criteria of the request that `from` names, to repeat it.
pub(crate) async fn audience(
    State(app): State<App>,
    page: Page,
    member: Member,
    Id(id): Id<CampaignId>,
    RawQuery(query): RawQuery,
) -> Result<Response, AppError> {
    let member = member.may(Right::Spend)?;
    let mut tx = app.db.read().await?;
    let campaign = campaign::campaign(&mut tx, member.workspace, id).await?;
    let reached = Some(reached(&campaign));
    let repeated = Form::parse(query.as_deref().unwrap_or_default().as_bytes()).text("from").parse().ok();
    let (kept, query) = match repeated {
        Some(request) => (lead_request::request(&mut tx, member.workspace, request).await?.criteria.0, None),
        None => (campaign.criteria.0, query),
    };
    drop(tx);
    let form = AudienceForm { campaign: Some(id), name: campaign.name, reached, ..AudienceForm::default() };
    let (form, preview) = from_address(&app, &member, form, kept, query).await?;
    audience_page(&app, &member, page, form, preview).await
}

/// Counts the audience of the form and shows it again, with everything as it was typed.
pub(crate) async fn count_audience(
    State(app): State<App>,
    page: Page,
    member: Member,
    form: Form,
) -> Result<Response, AppError> {
    typed_audience(&app, member.may(Right::Spend)?, page, &form, FieldErrors::default()).await
}

/// The audience as it was typed, with what to change.
pub(crate) async fn audience_again(
    State(app): State<App>,
    page: Page,
    member: Member,
    Extension(Failed { form, error }): Extension<Failed>,
) -> Result<Response, AppError> {
    let page = page.with_status(error.status_code());
    typed_audience(&app, member.may(Right::Spend)?, page, &form, error.shown()).await
}

async fn typed_audience(
    app: &App,
    member: Member,
    page: Page,
    form: &Form,
    told: FieldErrors,
) -> Result<Response, AppError> {
    let campaign = match form.text("campaign").parse().ok() {
        Some(id) => Some(campaign::campaign(&mut app.db.read().await?, member.workspace, id).await?),
        None => None,
    };
    let preview = count::preview_of(app, &member, Purpose::Page, form.pairs()).await?;
    let draft = campaign.is_none().then(|| form.text("draft").parse().ok().unwrap_or_else(CampaignId::new));
    let mut errors = told;
    preview.errors.iter().for_each(|(field, message)| errors.add(field, message));
    let page = if preview.errors.is_empty() { page } else { page.invalid() };
    let form = AudienceForm {
        campaign: campaign.as_ref().map(|campaign| campaign.id),
        draft,
        name: form.exact("name").to_owned(),
        audience: form.text("audience_name").to_owned(),
        fields: form.pairs().to_vec(),
        errors,
        reached: campaign.as_ref().map(reached),
        ..AudienceForm::default()
    };
    audience_page(app, &member, page, form, preview).await
}

async fn audience_page(
    app: &App,
    member: &Member,
    page: Page,
    mut form: AudienceForm,
    preview: AudiencePreview,
) -> Result<Response, AppError> {
    form.saved = audiences::names(&mut app.db.read().await?, member.workspace).await?;
    let title = if form.campaign.is_some() { format!("Audience of {}", form.name) } else { "New campaign".to_owned() };
    let page = page.in_section(Section::Campaigns);
    Ok(page.render(&title, move || view! { <AudienceStep form=form preview=preview /> }))
}

/// The number that is filled in before one was chosen: enough to judge the people by.
const FIRST_QUANTITY: &str = "25";

pub(crate) async fn leads(
    State(app): State<App>,
    page: Page,
    member: Member,
    Id(id): Id<CampaignId>,
    RawQuery(query): RawQuery,
) -> Result<Response, AppError> {
    let member = member.may(Right::Spend)?;
    let campaign = campaign::campaign(&mut app.db.read().await?, member.workspace, id).await?;
    let asked: String = Form::parse(query.unwrap_or_default().as_bytes()).text("quantity").chars().take(40).collect();
    let saved = campaign.quantity.map_or_else(|| FIRST_QUANTITY.to_owned(), |quantity| quantity.get().to_string());
    let typed = if asked.is_empty() { saved } else { asked };
    leads_page(&app, page, &member, campaign, typed, FieldErrors::default()).await
}

pub(crate) async fn save_quantity(
    State(app): State<App>,
    page: Page,
    member: Member,
    Id(id): Id<CampaignId>,
    form: Form,
) -> Result<Response, AppError> {
    let member = member.may(Right::Spend)?;
    let mut tx = app.db.write().await?;
    let campaign = campaign::campaign(&mut tx, member.workspace, id).await?;
    let mut errors = FieldErrors::default();
    let quantity = LeadCount::parse(form.text("quantity")).map_err(|fault| errors.add("quantity", fault));
    let order = waterfall::parse_order(&form, &waterfall::offered(&mut tx).await?);
    let order = order.map_err(|fault| errors.add("sources", fault));
    if let (Ok(quantity), Ok(order)) = (quantity, order) {
        let at = app.clock.now();
        campaign::save_quantity(&mut tx, member.workspace, id, quantity, at).await?;
        waterfall::choose(&mut tx, member.workspace, id, order.as_deref(), at).await?;
        if let Some(check) = AddressCheck::from_code(form.text("address_check")) {
            waterfall::choose_check(&mut tx, member.workspace, id, check).await?;
        }
        tx.commit().await?;
        return Ok(Redirect::to(&WizardStep::Review.href(id)).into_response());
    }
    drop(tx);
    let typed = form.text("quantity").chars().take(40).collect();
    leads_page(&app, page.invalid(), &member, campaign, typed, errors).await
}

async fn leads_page(
    app: &App,
    page: Page,
    member: &Member,
    campaign: Campaign,
    typed: String,
    errors: FieldErrors,
) -> Result<Response, AppError> {
    let quantity = LeadCount::parse(&typed).unwrap_or(LeadCount::ONE);
    let quote = quote_on_page(app, member, &campaign, quantity).await?;
    let mut tx = app.db.read().await?;
    let place = |one: &waterfall::Offered| quote.sources.iter().position(|asked| asked == one).map(|place| place + 1);
    let offered = waterfall::offered(&mut tx).await?;
    let sourcing = SourcingForm {
        sources: offered.into_iter().map(|one| (one.clone(), place(&one))).collect(),
        check: waterfall::address_check(&mut tx, member.workspace, campaign.id).await?,
        has_dns: app.dns.is_on(),
    };
    drop(tx);
    let title = format!("Leads for {}", campaign.name);
    let reached = reached(&campaign);
    Ok(page.in_section(Section::Campaigns).with_balance(quote.balance).render(&title, move || {
        view! { <LeadsStep campaign=campaign typed=typed errors=errors quote=quote reached=reached sourcing=sourcing /> }
    }))
}

/// The numbers of the quote for what is typed as `quantity`.
///
/// # Errors
/// [`AppError::NotFound`] for a campaign of another workspace, [`AppError::Invalid`] with what to change.
pub(crate) async fn quote_for(
    app: &App,
    member: &Member,
    campaign: CampaignId,
    quantity: &str,
) -> Result<Quote, AppError> {
    let campaign = campaign::campaign(&mut app.db.read().await?, member.workspace, campaign).await?;
    let quantity = LeadCount::parse(quantity).map_err(|fault| FieldErrors::one("quantity", fault))?;
    let asking = app.of::<Directory>().asked_by(member.user.0, Purpose::Live("quote")).await?;
    Ok(quote(app, asking, member.workspace, &campaign, quantity).await?.numbers)
}

/// The quote of a page, asked for as this member.
///
/// # Errors
/// The database's, and that too many ask.
pub(crate) async fn quote_on_page(
    app: &App,
    member: &Member,
    campaign: &Campaign,
    quantity: LeadCount,
) -> Result<FullQuote, AppError> {
    let asking = app.of::<Directory>().asked_by(member.user.0, Purpose::Page).await?;
    quote(app, asking, member.workspace, campaign, quantity).await
}
