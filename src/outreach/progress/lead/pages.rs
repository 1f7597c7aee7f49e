//! What a member does about a lead in a sequence, and about many leads of a campaign.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use tower_sessions::Session;

use super::{
    change::{Chosen, continue_held, hold, skip_next},
    correct_view::{AddressPanel, AddressPanelData},
    suppress::suppress_lead,
    timeline::timelines,
    view::Sequences,
};
use crate::{
    accounts::{Member, Right, audit},
    campaigns::{
        campaign,
        ids::LeadId,
        leads::{
            LeadPanel,
            lead::{self, LeadTrail},
            list::{self, LeadQuery},
        },
        quality::lead_page,
    },
    fields::FieldErrors,
    ids::CampaignId,
    outreach::{
        schedule::rules::{Day, start_of_day, zone_or_utc},
        sending::{Stop, stop},
    },
    server::{app::App, clock::Instant, db::Tx, error::AppError, form::Form, path::Id, query::FromQuery},
    topics,
    ui::{Page, Tone, leave_flash, plural},
};

/// Leads that are changed at once, at most.
const LEADS_MAX: i64 = 50_000;

/// What can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Hold(Option<Instant>),
    Continue,
    Stop,
    Skip,
    Suppress,
}

impl Act {
    /// Reads the button that was pressed, and the day beside it. `time_zone` is that of the campaign.
    fn parse(form: &Form, time_zone: &str, now: Instant) -> Result<Self, FieldErrors> {
        match form.text("act") {
            "hold" => Ok(Self::Hold(until(form.text("until"), time_zone, now)?)),
            "continue" => Ok(Self::Continue),
            "stop" => Ok(Self::Stop),
            "skip" => Ok(Self::Skip),
            "suppress" => Ok(Self::Suppress),
            _ => Err(FieldErrors::one("act", "Choose what to do.")),
        }
    }
}

/// The beginning of the day that was typed.
fn until(text: &str, time_zone: &str, now: Instant) -> Result<Option<Instant>, FieldErrors> {
    if text.is_empty() {
        return Ok(None);
    }
    let fault = |text: &str| FieldErrors::one("until", text);
    let day = Day::parse(text).ok_or_else(|| fault("Write the day as year-month-day, for example 2026-12-24."))?;
    let start = start_of_day(day, &zone_or_utc(time_zone));
    if start > now { Ok(Some(start)) } else { Err(fault("Choose a day after today.")) }
}

/// The panels of a lead's page.
pub(crate) fn panel<'a>(
    tx: &'a mut Tx,
    member: &'a Member,
    trail: &'a LeadTrail,
    (form, errors): (&'a Form, &'a FieldErrors),
) -> futures::future::BoxFuture<'a, Result<LeadPanel, AppError>> {
    Box::pin(async move {
        let (lead, home) = (trail.lead.id, trail.campaign_id);
        let timelines = timelines(tx, member.workspace, home, lead).await?;
        let (may_change, fault) = (member.role.may(Right::Outreach), errors.of("until"));
        let address = AddressPanelData::of(trail, may_change, form, errors);
        let panel = move || {
            view! {
                <Sequences lead timelines may_change fault />
                <AddressPanel data=address />
            }
            .into_any()
        };
        Ok(Box::new(panel) as LeadPanel)
    })
}

async fn time_zone(tx: &mut Tx, member: &Member, campaign: CampaignId) -> Result<String, AppError> {
    let zone: Option<String> = crate::on!(tx, c => sqlx::query_scalar(
        "select time_zone from campaign_sending where workspace_id = $1 and campaign_id = $2")
        .bind(member.workspace).bind(campaign).fetch_optional(c).await)?;
    zone.ok_or(AppError::NotFound)
}

/// Changes the sequence of one lead.
pub(crate) async fn change_one(
    State(app): State<App>,
    page: Page,
    member: Member,
    session: Session,
    Id(id): Id<LeadId>,
    form: Form,
) -> Result<Response, AppError> {
    let member = member.may(Right::Outreach)?;
    let campaign: CampaignId = form.text("campaign").parse().map_err(|_| AppError::NotFound)?;
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let trail = lead::lead(&mut tx, member.workspace, id).await?;
    let zone = time_zone(&mut tx, &member, campaign).await?;
    let act = match Act::parse(&form, &zone, now) {
        Ok(act) => act,
        Err(errors) => {
            drop(tx);
            return lead_page(&app, page.invalid(), &member, id, &form, errors).await;
        }
    };
    let text = change(&app, &mut tx, &member, campaign, &[id], act, now).await?;
    if act == Act::Suppress {
        let actor = audit::Actor::User(member.user);
        audit::record(&mut tx, member.workspace, actor, "Suppressed a lead", &trail.lead.named(), "", now).await?;
    }
    tx.commit().await?;
    app.live.changed(&app.db, member.workspace.0, &[topics::CAMPAIGNS, &topics::campaign(campaign)]).await;
    leave_flash(&session, Tone::Good, &text).await?;
    Ok(Redirect::to(&format!("/leads/{id}")).into_response())
}

/// Changes the sequences of the leads that are ticked, or of all that the filters find.
pub(crate) async fn change_many(
    State(app): State<App>,
    member: Member,
    session: Session,
    Id(id): Id<CampaignId>,
    form: Form,
) -> Result<Response, AppError> {
    let member = member.may(Right::Outreach)?;
    let now = app.clock.now();
    let query = LeadQuery::from_query(&form)?;
    let mut tx = app.db.write().await?;
    let name = campaign::campaign(&mut tx, member.workspace, id).await?.name;
    let zone = time_zone(&mut tx, &member, id).await?;
    let leads = match form.has("all") {
        true => list::ids(&mut tx, member.workspace, id, &query, LEADS_MAX).await?,
        false => form.pairs().iter().filter(|(name, _)| name == "lead").filter_map(|(_, id)| id.parse().ok()).collect(),
    };
    let act = Act::parse(&form, &zone, now)?;
    if matches!(act, Act::Skip | Act::Suppress) {
        return Err(FieldErrors::one("act", "This is done on the page of a lead.").into());
    }
    let text = match leads.is_empty() {
        true => "Tick the leads first. Nothing was changed.".to_owned(),
        false => change(&app, &mut tx, &member, id, &leads, act, now).await?,
    };
    let actor = audit::Actor::User(member.user);
    audit::record(&mut tx, member.workspace, actor, "Changed the sequences of leads", &name, &text, now).await?;
    tx.commit().await?;
    app.live.changed(&app.db, member.workspace.0, &[topics::CAMPAIGNS, &topics::campaign(id)]).await;
    leave_flash(&session, Tone::Good, &text).await?;
    Ok(Redirect::to(&format!("/campaigns/{id}/leads?{}", query.address(None))).into_response())
}

/// Does it, and says what was done.
async fn change(
    app: &App,
    tx: &mut Tx,
    member: &Member,
    campaign: CampaignId,
    leads: &[LeadId],
    act: Act,
    now: Instant,
) -> Result<String, AppError> {
    let (workspace, by) = (member.workspace, member.user);
    let chosen = Chosen { workspace, campaign, leads, by };
    let count = |changed: usize, one: &str, many: &str| plural(i64::try_from(changed).unwrap_or(i64::MAX), one, many);
    Ok(match act {
        Act::Hold(until) => format!("{} held.", count(hold(tx, chosen, until, now).await?, "lead is", "leads are")),
        Act::Continue => {
            format!("{}.", count(continue_held(tx, chosen, now).await?, "lead continues", "leads continue"))
        }
        Act::Stop => {
            let all: Vec<(CampaignId, LeadId)> = leads.iter().map(|lead| (campaign, *lead)).collect();
            let stopped = stop(tx, workspace, &all, Stop { code: "by_person", actor: Some(by) }, now).await?;
            format!("The sequence of {} is stopped.", count(stopped, "lead", "leads"))
        }
        Act::Skip => {
            let mut skipped = false;
            for lead in leads {
                skipped |= skip_next(tx, (workspace, campaign, *lead), by, now).await?;
            }
            if skipped { "The next mail is skipped.".to_owned() } else { "There was no mail to skip.".to_owned() }
        }
        Act::Suppress => {
            for lead in leads {
                suppress_lead(app, tx, member, *lead, now).await?;
            }
            "The address is suppressed, and every sequence of this person has stopped.".to_owned()
        }
    })
}
