//! The schedule of a campaign: in the wizard, and on its own page.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use tower_sessions::Session;

use super::{
    choices::{MailboxChoice, choices},
    facts::facts,
    forecast::forecast,
    form::ScheduleForm,
    store::{for_new_campaign, load, save as save_schedule},
    types::{ChosenState, Schedule},
    view::{ScheduleData, SchedulePage, ScheduleStep},
};
use crate::{
    accounts::{Member, Right, WorkspaceId, audit},
    campaigns::{Campaign, CampaignState, campaign, wizard::frame::WizardStep},
    ids::CampaignId,
    outreach::{
        place::Place,
        progress::event::{self, Event, EventKind},
    },
    server::{
        app::App,
        db::Tx,
        error::AppError,
        form::Form,
        path::Id,
        select::{Select, together},
    },
    topics,
    ui::{Page, Section, Tone, leave_flash},
};

pub(crate) async fn step(
    State(app): State<App>,
    page: Page,
    member: Member,
    Id(id): Id<CampaignId>,
) -> Result<Response, AppError> {
    let member = member.may(Right::Outreach)?;
    show(&app, page, &member, id, Place::Wizard).await
}

pub(crate) async fn of_campaign(
    State(app): State<App>,
    page: Page,
    member: Member,
    Id(id): Id<CampaignId>,
) -> Result<Response, AppError> {
    show(&app, page, &member, id, Place::Campaign).await
}

pub(crate) async fn save_step(
    State(app): State<App>,
    page: Page,
    member: Member,
    session: Session,
    Id(id): Id<CampaignId>,
    form: Form,
) -> Result<Response, AppError> {
    save(&app, (page, session), member, id, form, Place::Wizard).await
}

pub(crate) async fn save_of_campaign(
    State(app): State<App>,
    page: Page,
    member: Member,
    session: Session,
    Id(id): Id<CampaignId>,
    form: Form,
) -> Result<Response, AppError> {
    save(&app, (page, session), member, id, form, Place::Campaign).await
}

/// What was saved, or what a new campaign starts with.
struct Kept {
    schedule: Schedule,
    is_new: bool,
    is_running: bool,
    choices: Vec<MailboxChoice>,
}

async fn kept(tx: &mut Tx, app: &App, workspace: WorkspaceId, id: CampaignId) -> Result<Kept, AppError> {
    let choices = choices(tx, workspace, id, app.clock.now()).await?;
    Ok(match load(tx, workspace, id).await? {
        Some(schedule) => {
            let is_running = select_running(workspace, id).read(tx).await?;
            Kept { schedule, is_new: false, is_running, choices }
        }
        None => Kept { schedule: for_new_campaign(tx, workspace).await?, is_new: true, is_running: false, choices },
    })
}

fn select_running(workspace: WorkspaceId, campaign: CampaignId) -> Select<bool> {
    Select::exists("select 1 from campaign_sending where workspace_id = $1 and campaign_id = $2 and state = 'running'")
        .bind(workspace.0)
        .bind(campaign.0)
}

async fn show(app: &App, page: Page, member: &Member, id: CampaignId, place: Place) -> Result<Response, AppError> {
    let mut tx = app.db.read().await?;
    let kept = kept(&mut tx, app, member.workspace, id).await?;
    let form = ScheduleForm::of(&kept.schedule, kept.is_new);
    let shown = kept.schedule.clone();
    render(&mut tx, (app, page, member), (id, place), kept, (form, shown)).await
}

/// The page with `form`; the sums are those of `shown`.
async fn render(
    tx: &mut Tx,
    (app, page, member): (&App, Page, &Member),
    (id, place): (CampaignId, Place),
    kept: Kept,
    (form, shown): (ScheduleForm, Schedule),
) -> Result<Response, AppError> {
    let workspace = member.workspace;
    let all = (campaign::select_campaign(workspace, id), campaign::select_totals(workspace, id));
    let (found, totals) = together(&mut *tx, all).await?;
    let found: Campaign = found.ok_or(AppError::NotFound)?;
    if place == Place::Campaign && found.state == CampaignState::Draft {
        return Ok(Redirect::to(&Place::Wizard.href(id, "schedule")).into_response());
    }
    let facts = facts(tx, workspace, id, &shown, &kept.choices, app.clock.now()).await?;
    let finishing = kept.schedule.mailboxes.iter().filter(|one| one.state == ChosenState::Finishing);
    let address = |id| kept.choices.iter().find(|choice| choice.id == id).map(|choice| choice.address.clone());
    let data = ScheduleData {
        form,
        finishing: finishing.filter_map(|one| address(one.id)).collect(),
        forecast: forecast(&facts),
        facts,
        choices: kept.choices,
        may_change: member.role.may(Right::Outreach),
        is_running: kept.is_running,
    };
    let title = format!("Schedule of {}", found.name);
    let may_spend = member.role.may(Right::Spend);
    let page = page.in_section(Section::Campaigns);
    Ok(match place {
        Place::Wizard => page.render(&title, move || view! { <ScheduleStep campaign=found data /> }),
        Place::Campaign => page.render(&title, move || {
            view! { <SchedulePage campaign=found leads=totals.leads may_spend data /> }
        }),
    })
}

async fn save(
    app: &App,
    (page, session): (Page, Session),
    member: Member,
    id: CampaignId,
    sent: Form,
    place: Place,
) -> Result<Response, AppError> {
    let member = member.may(Right::Outreach)?;
    let at = app.clock.now();
    let mut tx = app.db.write().await?;
    let name = campaign::campaign(&mut tx, member.workspace, id).await?.name;
    let kept = kept(&mut tx, app, member.workspace, id).await?;
    let mut form = ScheduleForm::typed(&sent);
    let go = Go::of(sent.text("go"));
    match go {
        Go::AddTime(weekday) => form.add_time(weekday),
        Go::WorkingHours => form.set_working_hours(),
        Go::Save | Go::Look => {}
    }
    let parsed = form.parse(&kept.choices, kept.is_running, at);
    if let (Go::Save, Ok(schedule)) = (go, &parsed) {
        if kept.is_new || *schedule != on_only(&kept.schedule) {
            save_schedule(&mut tx, member.workspace, id, schedule, at).await?;
            let actor = audit::Actor::User(member.user);
            audit::record(&mut tx, member.workspace, actor, "Changed the schedule", &name, "", at).await?;
            let changed = Event::of(EventKind::Rescheduled, id).by(member.user);
            event::record(&mut tx, member.workspace, &[changed], at).await?;
        }
        tx.commit().await?;
        return saved(app, &session, &member, id, place, kept.is_running).await;
    }
    let shown = parsed.as_ref().unwrap_or(&kept.schedule).clone();
    if let (Go::Save | Go::Look, Err(errors)) = (go, parsed) {
        form.errors = errors;
    }
    drop(tx);
    let page = if form.errors.is_empty() { page } else { page.invalid() };
    let mut tx = app.db.read().await?;
    render(&mut tx, (app, page, &member), (id, place), kept, (form, shown)).await
}

/// A schedule as a form can say it.
fn on_only(schedule: &Schedule) -> Schedule {
    let mut schedule = schedule.clone();
    schedule.mailboxes.retain(|one| one.state == ChosenState::On);
    schedule
}

async fn saved(
    app: &App,
    session: &Session,
    member: &Member,
    id: CampaignId,
    place: Place,
    is_running: bool,
) -> Result<Response, AppError> {
    let topics = [topics::CAMPAIGNS, topics::MAILBOXES, &topics::campaign(id)];
    app.live.changed(&app.db, member.workspace.0, &topics).await;
    if place == Place::Wizard {
        return Ok(Redirect::to(&WizardStep::Review.href(id)).into_response());
    }
    let text =
        if is_running { "The schedule is saved. Changes apply to the next mail." } else { "The schedule is saved." };
    leave_flash(session, Tone::Good, text).await?;
    Ok(Redirect::to(&place.href(id, "schedule")).into_response())
}

/// Which button was pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Go {
    Save,
    /// Shows what it comes to, and keeps nothing.
    Look,
    /// Another row on this weekday, from 0.
    AddTime(usize),
    WorkingHours,
}

impl Go {
    fn of(word: &str) -> Self {
        match word.strip_prefix("add-").and_then(|weekday| weekday.parse().ok()) {
            Some(weekday) => Self::AddTime(weekday),
            None if word == "working-hours" => Self::WorkingHours,
            None if word == "look" => Self::Look,
            None => Self::Save,
        }
    }
}
