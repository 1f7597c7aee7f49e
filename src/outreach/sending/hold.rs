//! Holding sequences because of what came back: a person is away, a mailbox is full, a mail was refused for its sender.

use std::collections::{BTreeSet, HashMap};

use serde::Serialize;
use serde_json::{Value, json};
use sqlx::{FromRow, types::Json};

use super::plan::Plans;
use crate::{
    accounts::WorkspaceId,
    campaigns::ids::LeadId,
    ids::CampaignId,
    on,
    outreach::{
        progress::event::{self, Event, EventKind},
        schedule::rules::Day,
    },
    server::{batches::batches, clock::Instant, db::Tx},
};

/// Why a person who is away is held.
pub const OUT_OF_OFFICE: &str = "out_of_office";
/// Days for which an absence is taken to last that names no date.
const DAYS_AWAY: i64 = 7;

/// A lead whose sequence is to be held.
#[derive(Debug, Clone, Copy)]
pub struct Hold {
    pub campaign: CampaignId,
    pub lead: LeadId,
    pub code: &'static str,
    pub until: Until,
}

/// How long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// Until a member lets it continue.
    AMember,
    /// Until a working day of the campaign: this one, or the next.
    Day(Day),
    /// Until the first working day of the campaign in a week.
    InAWeek,
}

#[derive(FromRow)]
struct Open {
    campaign_id: CampaignId,
    lead_id: LeadId,
    zone: String,
    due_at: Option<Instant>,
}

#[derive(Serialize)]
struct Row {
    c: CampaignId,
    l: LeadId,
    code: &'static str,
    until: Option<Instant>,
    params: Value,
}

/// Holds the sequences that are open, unless a member holds them already. A mail that was about to leave stays: it is made anew when the
/// hold is over, or waits until then where it was tried before. Returns which are held, and until when.
///
/// # Errors
/// The database's.
pub async fn hold(
    tx: &mut Tx,
    workspace: WorkspaceId,
    holds: &[Hold],
    words: &str,
    at: Instant,
) -> sqlx::Result<Vec<(CampaignId, LeadId, Option<Instant>)>> {
    let plans = Plans::load(tx, &holds.iter().map(|hold| (workspace, hold.campaign)).collect()).await?;
    let rows = rows(tx, workspace, holds, &plans, words, at).await?;
    let mut held = Vec::new();
    for batch in batches(rows.iter())? {
        let batch = Json(batch);
        stay(tx, workspace, &batch, at).await?;
        let some: Vec<(CampaignId, LeadId, Option<Instant>)> = on!(&mut *tx, c => sqlx::query_as(
            "update enrolments as e set state = 'held', code = j.value ->> 'code', params = j.value -> 'params', since = $2,
                 due_at = null, held_until = cast(j.value ->> 'until' as bigint)
             from json_each($3) j
             where e.workspace_id = $1 and e.campaign_id = unhex(j.value ->> 'c', '-') and e.lead_id = unhex(j.value ->> 'l', '-')
               and (e.state in ('waiting', 'active') or (e.state = 'held' and e.code = j.value ->> 'code')
                   or (e.state = 'in_flight' and not exists (select 1 from sends d
                       where d.workspace_id = e.workspace_id and d.campaign_id = e.campaign_id and d.lead_id = e.lead_id
                         and d.state in ('queued', 'claimed', 'sending', 'deferred', 'unknown'))))
             returning campaign_id, lead_id, held_until")
            .bind(workspace).bind(at).bind(&batch).fetch_all(c).await)?;
        held.extend(some);
    }
    let codes: HashMap<(CampaignId, LeadId), &'static str> =
        rows.iter().map(|row| ((row.c, row.l), row.code)).collect();
    let events: Vec<Event> = held
        .iter()
        .map(|(campaign, lead, until)| {
            let code = codes.get(&(*campaign, *lead));
            Event::of(EventKind::Held, *campaign).about(*lead).with(json!({ "code": code, "until": until }))
        })
        .collect();
    event::record(tx, workspace, &events, at).await?;
    Ok(held)
}

/// What is written: no hold ends before the next mail is due anyway.
async fn rows(
    tx: &mut Tx,
    workspace: WorkspaceId,
    holds: &[Hold],
    plans: &Plans,
    words: &str,
    at: Instant,
) -> sqlx::Result<Vec<Row>> {
    let mut open: HashMap<(CampaignId, LeadId), Open> = HashMap::new();
    let leads: BTreeSet<(CampaignId, LeadId)> = holds.iter().map(|hold| (hold.campaign, hold.lead)).collect();
    for batch in batches(leads.iter())? {
        let some: Vec<Open> = on!(&mut *tx, c => sqlx::query_as(
            "select e.campaign_id, e.lead_id, e.zone, coalesce(e.due_at, cast(e.params ->> 'due_at' as bigint)) as due_at
             from json_each($2) j
             join enrolments e on e.workspace_id = $1 and e.campaign_id = unhex(j.value ->> 0, '-')
                 and e.lead_id = unhex(j.value ->> 1, '-')
             where e.state not in ('finished', 'stopped')")
            .bind(workspace).bind(Json(batch)).fetch_all(c).await)?;
        open.extend(some.into_iter().map(|one| ((one.campaign_id, one.lead_id), one)));
    }
    let row = |hold: &Hold| {
        let found = open.get(&(hold.campaign, hold.lead))?;
        let key = (workspace, hold.campaign);
        let until = match hold.until {
            Until::AMember => None,
            Until::Day(day) => plans.opens(key, &found.zone, day),
            Until::InAWeek => plans.opens(key, &found.zone, plans.today(key, &found.zone, at).plus(DAYS_AWAY)),
        };
        let until = until.map(|until| found.due_at.map_or(until, |due| due.max(until)));
        let params = json!({ "due_at": found.due_at, "words": words });
        Some(Row { c: hold.campaign, l: hold.lead, code: hold.code, until, params })
    };
    Ok(holds.iter().filter_map(row).collect())
}

/// Keeps mails from leaving: one that was never offered is made anew later, any other waits.
async fn stay(
    tx: &mut Tx,
    workspace: WorkspaceId,
    batch: &Json<Vec<Box<sqlx::types::JsonRawValue>>>,
    at: Instant,
) -> sqlx::Result<()> {
    on!(&mut *tx, c => sqlx::query(
        "update sends set state = 'cancelled', code = 'held', state_since = $2, fence = fence + 1, lease_until = null, run_at = null
         where workspace_id = $1 and state in ('queued', 'claimed', 'deferred') and sending_at is null and id in (
             select d.id from json_each($3) j
             cross join sends d
             where d.workspace_id = $1 and d.campaign_id = unhex(j.value ->> 'c', '-') and d.lead_id = unhex(j.value ->> 'l', '-'))")
        .bind(workspace).bind(at).bind(batch).execute(c).await.map(drop))?;
    on!(tx, c => sqlx::query(
        "update sends as d set run_at = cast(j.value ->> 'until' as bigint) from json_each($2) j
         where d.workspace_id = $1 and d.campaign_id = unhex(j.value ->> 'c', '-') and d.lead_id = unhex(j.value ->> 'l', '-')
           and d.state in ('queued', 'deferred') and d.run_at < cast(j.value ->> 'until' as bigint)")
        .bind(workspace).bind(batch).execute(c).await.map(drop))
}
