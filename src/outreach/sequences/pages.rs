//! The editor of a campaign's emails: a page of the wizard, and a page of the campaign.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use tower_sessions::Session;

use super::{
    closing::Language,
    closing_store::{choose_language, closing},
    edit,
    editor_view::{Editor, EditorPage},
    form::{Action, EditorForm, StepForm, VariantForm},
    kept,
    lead_values::{self, coverage},
    reach,
    sequence::{STEPS_MAX, VARIANTS_MAX, sequence},
    starter::Starter,
};
use crate::{
    accounts::{Member, Right},
    campaigns::{
        Campaign,
        campaign::{campaign, select_totals},
        frame::CampaignFrame,
        wizard::frame::{Wizard, WizardStep},
    },
    ids::CampaignId,
    on,
    outreach::{
        ids::StepId,
        place::Place,
        sending::{can_continue, continue_finished_leads},
    },
    server::{app::App, db::Tx, error::AppError, form::Form, path::Id},
    topics,
    ui::{Page, Section, Tone, leave_flash, plural},
};

pub(crate) async fn of_campaign(
    State(app): State<App>,
    page: Page,
    member: Member,
    Id(id): Id<CampaignId>,
    query: Form,
) -> Result<Response, AppError> {
    show(&app, page, &member, id, Place::Campaign, &query).await
}

pub(crate) async fn in_wizard(
    State(app): State<App>,
    page: Page,
    member: Member,
    Id(id): Id<CampaignId>,
    query: Form,
) -> Result<Response, AppError> {
    let member = member.may(Right::Outreach)?;
    show(&app, page, &member, id, Place::Wizard, &query).await
}

pub(crate) async fn save_of_campaign(
    State(app): State<App>,
    page: Page,
    member: Member,
    session: Session,
    Id(id): Id<CampaignId>,
    form: Form,
) -> Result<Response, AppError> {
    save(&app, page, member.may(Right::Outreach)?, &session, (id, Place::Campaign), &form).await
}

pub(crate) async fn save_in_wizard(
    State(app): State<App>,
    page: Page,
    member: Member,
    session: Session,
    Id(id): Id<CampaignId>,
    form: Form,
) -> Result<Response, AppError> {
    save(&app, page, member.may(Right::Outreach)?, &session, (id, Place::Wizard), &form).await
}

/// The stored sequence, with what the address asks to begin: a starter, another mail, another variant.
async fn show(
    app: &App,
    page: Page,
    member: &Member,
    id: CampaignId,
    place: Place,
    query: &Form,
) -> Result<Response, AppError> {
    let mut tx = app.db.read().await?;
    let campaign = campaign(&mut tx, member.workspace, id).await?;
    let steps = sequence(&mut tx, member.workspace, id).await?;
    let language = closing(&mut tx, member.workspace, id, None).await?.language.code().to_owned();
    let starter = Starter::of_word(query.text("start")).filter(|_| steps.is_empty());
    let template = query.text("template").parse().ok().filter(|_| steps.is_empty());
    let mut form = match (starter, template) {
        (Some(starter), _) => starter.form(language),
        (None, Some(template)) => kept::form(&mut tx, member.workspace, template, language).await?,
        (None, None) => EditorForm::of(&steps, language),
    };
    match query.text("add") {
        "step" if !steps.is_empty() && form.steps.len() < STEPS_MAX => form.steps.push(StepForm::blank()),
        word => {
            let step = word.strip_prefix("variant:").and_then(|place| place.parse::<usize>().ok());
            let step = step.and_then(|place| form.steps.get_mut(place));
            if let Some(step) = step.filter(|step| step.variants.len() < VARIANTS_MAX) {
                step.variants.push(VariantForm::blank());
            }
        }
    }
    render(tx, page, member, campaign, place, form).await
}

async fn save(
    app: &App,
    page: Page,
    member: Member,
    session: &Session,
    (id, place): (CampaignId, Place),
    form: &Form,
) -> Result<Response, AppError> {
    let action = Action::of_word(form.text("do"));
    let mut typed = EditorForm::typed(form);
    let mut tx = app.db.write().await?;
    let campaign = campaign(&mut tx, member.workspace, id).await?;
    let columns = lead_values::columns(&mut tx, member.workspace, id).await?;
    let columns: Vec<String> = columns.into_iter().map(|(name, _)| name).collect();
    let draft = match typed.draft(action, &columns) {
        Ok(draft) => draft,
        Err(errors) => {
            drop(tx);
            typed.errors = errors;
            return render(app.db.read().await?, page.invalid(), &member, campaign, place, typed).await;
        }
    };
    let at = app.clock.now();
    let saved = match edit::save(&mut tx, &member, id, &draft, at).await {
        Err(AppError::Conflict(refusal)) => {
            drop(tx);
            // The page again, with everything that was typed: what cannot be saved can still be copied.
            typed.errors.add("", refusal.to_string());
            return render(app.db.read().await?, page.invalid(), &member, campaign, place, typed).await;
        }
        saved => saved?,
    };
    let language = Language::ALL.into_iter().find(|language| language.code() == typed.language).unwrap_or(Language::En);
    let chosen = choose_language(&mut tx, member.workspace, id, language, at).await?;
    if action == Action::Keep {
        let steps = sequence(&mut tx, member.workspace, id).await?;
        kept::keep(&mut tx, &member, &campaign.name, &steps, at).await?;
    }
    let reach = reach::reach(&mut tx, member.workspace, id, &saved.rewritten).await?;
    tx.commit().await?;
    app.live.changed(&app.db, member.workspace.0, &[topics::CAMPAIGNS, &topics::campaign(id)]).await;
    let address = place.href(id, "emails");
    let next = match action {
        Action::Continue => WizardStep::Schedule.href(id),
        Action::AddStep => format!("{address}?add=step#mail-{}", draft.steps.len() + 1),
        Action::AddVariant(step) => format!("{address}?add=variant:{step}#mail-{}", step + 1),
        Action::Keep => {
            let text = format!("Saved, and kept as the template “{}”.", campaign.name);
            leave_flash(session, Tone::Good, &text).await?;
            address
        }
        _ => {
            let (tone, text) = if saved.changed || chosen {
                (Tone::Good, reach::sentence(&saved, &reach))
            } else {
                (Tone::Info, "Nothing was changed.".to_owned())
            };
            leave_flash(session, tone, &text).await?;
            address
        }
    };
    Ok(Redirect::to(&next).into_response())
}

/// Lets leads continue that had finished before the last mail was added.
pub(crate) async fn continue_finished(
    State(app): State<App>,
    member: Member,
    session: Session,
    Id(id): Id<CampaignId>,
) -> Result<Response, AppError> {
    let member = member.may(Right::Outreach)?;
    let mut tx = app.db.write().await?;
    let campaign = campaign(&mut tx, member.workspace, id).await?;
    let leads = continue_finished_leads(&mut tx, &member, &campaign, app.clock.now()).await?;
    tx.commit().await?;
    app.live.changed(&app.db, member.workspace.0, &[topics::CAMPAIGNS, &topics::campaign(id)]).await;
    let (tone, text) = match leads {
        0 => (Tone::Info, "No finished lead is left to continue. Nothing was changed.".to_owned()),
        leads => {
            let leads = i64::try_from(leads).unwrap_or(i64::MAX);
            (Tone::Good, format!("{} with the mail that was added.", plural(leads, "lead continues", "leads continue")))
        }
    };
    leave_flash(&session, tone, &text).await?;
    Ok(Redirect::to(&Place::Campaign.href(id, "emails")).into_response())
}

/// Forgets a template of the workspace, and leads back to where it was offered.
pub(crate) async fn forget_template(
    State(app): State<App>,
    member: Member,
    session: Session,
    Id(id): Id<CampaignId>,
    form: Form,
) -> Result<Response, AppError> {
    let member = member.may(Right::Outreach)?;
    let template = form.text("template").parse().map_err(|_| AppError::NotFound)?;
    let mut tx = app.db.write().await?;
    let text = match kept::forget(&mut tx, &member, template, app.clock.now()).await? {
        true => "The template was removed. Campaigns that began with it keep their texts.",
        false => "The template was removed already.",
    };
    tx.commit().await?;
    leave_flash(&session, Tone::Good, text).await?;
    let place = if form.has("wizard") { Place::Wizard } else { Place::Campaign };
    Ok(Redirect::to(&place.href(id, "emails")).into_response())
}

async fn render(
    mut tx: Tx,
    page: Page,
    member: &Member,
    campaign: Campaign,
    place: Place,
    form: EditorForm,
) -> Result<Response, AppError> {
    let (workspace, id) = (member.workspace, campaign.id);
    let editor = Editor {
        coverage: coverage(&mut tx, workspace, id).await?,
        closing: closing(&mut tx, workspace, id, None).await?,
        waiting: waiting(&mut tx, member, id).await?,
        finished: can_continue(&mut tx, workspace, id).await?,
        kept: kept::kept(&mut tx, workspace).await?,
        address: place.href(id, "emails"),
        previews: Place::Campaign.href(id, "emails"),
        in_wizard: place == Place::Wizard,
        may_edit: member.role.may(Right::Outreach),
        is_begun: form.steps.iter().any(|step| !step.id.is_empty()),
        form,
    };
    let leads = select_totals(workspace, id).read(&mut tx).await?.leads;
    drop(tx);
    let title = format!("Emails of {}", campaign.name);
    let may_spend = member.role.may(Right::Spend);
    let page = page.in_section(Section::Campaigns);
    Ok(match place {
        Place::Campaign => page.render(&title, move || {
            view! {
                <CampaignFrame campaign current="Emails" leads may_spend><EditorPage editor /></CampaignFrame>
            }
        }),
        Place::Wizard => {
            let reached = if campaign.quantity.is_some() { WizardStep::Review } else { WizardStep::Emails };
            page.render(&title, move || view! {
                <Wizard step=WizardStep::Emails campaign=Some(campaign.id) name=campaign.name reached topic="writing-emails">
                    <EditorPage editor />
                </Wizard>
            })
        }
    })
}

/// How many leads wait for each step.
async fn waiting(tx: &mut Tx, member: &Member, campaign: CampaignId) -> sqlx::Result<Vec<(StepId, i64)>> {
    on!(tx, c => sqlx::query_as(
        "select next_step_id, count(*) from enrolments
         where workspace_id = $1 and campaign_id = $2 and next_step_id is not null and state in ('active', 'held', 'in_flight')
         group by next_step_id")
        .bind(member.workspace).bind(campaign).fetch_all(c).await)
}
