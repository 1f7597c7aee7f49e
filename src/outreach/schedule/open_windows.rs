//! The current or next window of a running campaign, kept as instants: the scheduler compares numbers.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use super::{
    rules::{Chance, Day, Week, day, first_look, lead_zone, zone, zone_or_utc},
    store::{select_days_off, select_windows},
};
use crate::{
    accounts::WorkspaceId,
    campaigns::ids::LeadId,
    ids::CampaignId,
    on,
    outreach::ids::MailboxId,
    server::{
        batches::batches,
        clock::Instant,
        db::Tx,
        select::{Select, together},
    },
};

/// Zones of leads that one campaign keeps to. Leads in others are written to by the campaign's own.
const ZONES_MAX: usize = 40;

/// When the scheduler looks next at a mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Look {
    pub mailbox: MailboxId,
    pub at: Instant,
}

#[derive(Debug, Deserialize)]
struct Running {
    time_zone: String,
    lead_zones: bool,
    starts_on: Option<Day>,
    ends_on: Option<Day>,
}

#[derive(Debug, Serialize)]
struct Opening {
    zone: String,
    opens_at: Instant,
    closes_at: Instant,
}

/// Writes the current or next window of a running campaign, for each zone that it keeps to; of one that does not run, there is
/// none. To be called when a campaign starts or resumes, when its schedule changes, when a window has closed, and when leads of
/// another zone join. Returns when each of its mailboxes is to be looked at.
///
/// # Errors
/// The database's.
pub async fn open_windows(
    tx: &mut Tx,
    workspace: WorkspaceId,
    campaign: CampaignId,
    at: Instant,
) -> sqlx::Result<Vec<Look>> {
    let running = Select::<Vec<Running>>::rows(
        "time_zone, lead_zones flag, starts_on, ends_on",
        "select time_zone, lead_zones, starts_on, ends_on from campaign_sending
         where workspace_id = $1 and campaign_id = $2 and state = 'running'",
    );
    let running = running.bind(workspace.0).bind(campaign.0).first();
    let all = (running, select_windows(workspace, campaign), select_days_off(workspace, campaign));
    let (running, windows, days_off) = together(tx, all).await?;
    let openings = match running {
        None => Vec::new(),
        Some(Running { time_zone, lead_zones, starts_on, ends_on }) => {
            let week = Week { windows, days_off, starts_on, ends_on };
            let zones = if lead_zones { zones_of_leads(tx, workspace, campaign).await? } else { Vec::new() };
            openings(&week, zone(&time_zone).as_ref(), zones, at)
        }
    };
    replace(tx, workspace, campaign, &openings).await?;
    looks(tx, workspace, campaign, &openings, at).await
}

/// The window of each zone that has one; the campaign's own has no name.
fn openings(week: &Week, own: Option<&TimeZone>, zones: Vec<String>, at: Instant) -> Vec<Opening> {
    let of_leads = zones.into_iter().map(|name| {
        let known = zone(&name);
        (name, known.or_else(|| own.cloned()))
    });
    let opening = |(name, zone): (String, Option<TimeZone>)| {
        let (opens_at, closes_at) = week.next_window(at, &zone?)?;
        Some(Opening { zone: name, opens_at, closes_at })
    };
    [(String::new(), own.cloned())].into_iter().chain(of_leads).filter_map(opening).collect()
}

/// The zones of a campaign's leads, at most [`ZONES_MAX`]: leads of any others are moved to the campaign's own.
async fn zones_of_leads(tx: &mut Tx, workspace: WorkspaceId, campaign: CampaignId) -> sqlx::Result<Vec<String>> {
    // Goes from one name to the next in the index, instead of through all leads.
    let mut zones: Vec<String> = on!(&mut *tx, c => sqlx::query_scalar(
        "with recursive z (zone) as (
             select (select min(zone) from enrolments where workspace_id = $1 and campaign_id = $2 and zone <> '')
             union all
             select (select min(e.zone) from enrolments e where e.workspace_id = $1 and e.campaign_id = $2 and e.zone <> ''
                 and e.zone > z.zone) from z where z.zone is not null)
         select zone from z where zone is not null limit $3")
        .bind(workspace).bind(campaign).bind(ZONES_MAX as i64 + 1).fetch_all(c).await)?;
    if zones.len() > ZONES_MAX {
        zones.truncate(ZONES_MAX);
        on!(tx, c => sqlx::query(
            "update enrolments set zone = '' where workspace_id = $1 and campaign_id = $2 and zone > $3")
            .bind(workspace).bind(campaign).bind(zones.last()).execute(c).await.map(drop))?;
    }
    Ok(zones)
}

async fn replace(tx: &mut Tx, workspace: WorkspaceId, campaign: CampaignId, openings: &[Opening]) -> sqlx::Result<()> {
    on!(&mut *tx, c => sqlx::query("delete from campaign_zones where workspace_id = $1 and campaign_id = $2")
        .bind(workspace).bind(campaign).execute(c).await.map(drop))?;
    for rows in batches(openings.iter())? {
        on!(&mut *tx, c => sqlx::query(
            "insert into campaign_zones (workspace_id, campaign_id, zone, opens_at, closes_at)
             select $1, $2, value ->> 'zone', cast(value ->> 'opens_at' as bigint), cast(value ->> 'closes_at' as bigint)
             from json_each($3)")
            .bind(workspace).bind(campaign).bind(Json(rows)).execute(c).await.map(drop))?;
    }
    Ok(())
}

/// When each active mailbox of the campaign looks first, in whichever zone opens first.
async fn looks(
    tx: &mut Tx,
    workspace: WorkspaceId,
    campaign: CampaignId,
    openings: &[Opening],
    at: Instant,
) -> sqlx::Result<Vec<Look>> {
    let Some(opens_at) = openings.iter().map(|opening| opening.opens_at).min() else { return Ok(Vec::new()) };
    let mailboxes: Vec<(MailboxId, String)> = on!(tx, c => sqlx::query_as(
        "select m.id, m.time_zone from campaign_mailboxes cm
         join mailboxes m on m.workspace_id = cm.workspace_id and m.id = cm.mailbox_id
         where cm.workspace_id = $1 and cm.campaign_id = $2 and m.state = 'active' order by m.id")
        .bind(workspace).bind(campaign).fetch_all(c).await)?;
    let look = |(mailbox, name): (MailboxId, String)| {
        let zone = zone_or_utc(&name);
        let chance = Chance::new(workspace.0, mailbox.0, day(opens_at, &zone));
        Look { mailbox, at: first_look(opens_at, &chance).max(at) }
    };
    Ok(mailboxes.into_iter().map(look).collect())
}

/// Lets the scheduler look at mailboxes at these moments, unless it looks sooner; never before their gap is over.
///
/// # Errors
/// The database's.
pub async fn wake(tx: &mut Tx, workspace: WorkspaceId, looks: &[Look]) -> sqlx::Result<()> {
    // The workspace travels with each row: else SQLite goes through all mailboxes of the workspace for each.
    for rows in batches(looks.iter().map(|look| (workspace, look.mailbox, look.at)))? {
        on!(&mut *tx, c => sqlx::query(
            "update mailboxes as m set look_at = case when m.free_at > cast(j.value ->> 2 as bigint) then m.free_at
                 else cast(j.value ->> 2 as bigint) end
             from json_each($1) j
             where m.workspace_id = unhex(j.value ->> 0, '-') and m.id = unhex(j.value ->> 1, '-')
               and m.state in ('active', 'failing') and (m.look_at is null or m.look_at > cast(j.value ->> 2 as bigint))")
            .bind(Json(rows)).execute(c).await.map(drop))?;
    }
    Ok(())
}

/// The zone of a lead as its enrolment keeps it: empty for the campaign's own.
pub fn zone_of_lead(lead_zones: bool, country: &str, region: &str) -> &'static str {
    if lead_zones { lead_zone(country, region).unwrap_or_default() } else { "" }
}

/// Puts the leads that are enrolled already into their zones, or all into the campaign's own.
pub(super) async fn assign_zones(
    tx: &mut Tx,
    workspace: WorkspaceId,
    campaign: CampaignId,
    lead_zones: bool,
) -> sqlx::Result<()> {
    if !lead_zones {
        return on!(tx, c => sqlx::query(
            "update enrolments set zone = '' where workspace_id = $1 and campaign_id = $2 and zone <> ''")
            .bind(workspace).bind(campaign).execute(c).await.map(drop));
    }
    let leads: Vec<(LeadId, String, String)> = on!(&mut *tx, c => sqlx::query_as(
        "select e.lead_id, l.country, l.region from enrolments e
         join leads l on l.workspace_id = e.workspace_id and l.id = e.lead_id
         where e.workspace_id = $1 and e.campaign_id = $2 and e.zone = ''")
        .bind(workspace).bind(campaign).fetch_all(c).await)?;
    let zones = leads.iter().filter_map(|(lead, country, region)| Some((lead, lead_zone(country, region)?, workspace)));
    for rows in batches(zones)? {
        on!(&mut *tx, c => sqlx::query(
            "update enrolments as e set zone = j.value ->> 1 from json_each($2) j
             where e.workspace_id = unhex(j.value ->> 2, '-') and e.campaign_id = $1 and e.lead_id = unhex(j.value ->> 0, '-')")
            .bind(campaign).bind(Json(rows)).execute(c).await.map(drop))?;
    }
    Ok(())
}
