//! Leads that join a campaign become enrolments, and those that left stop.

use std::collections::BTreeSet;

use serde::Serialize;
use sqlx::{FromRow, types::Json};

use super::{
    stop::{Stop, stop, suppressed},
    wake,
};
use crate::{
    accounts::{UserId, WorkspaceId},
    campaigns::{self, ids::LeadId, leads::countries::names},
    email::Email,
    ids::CampaignId,
    on,
    outreach::{
        progress::event::{self, Event, EventKind},
        schedule::{open_windows, zone_of_lead},
    },
    server::{batches::batches, clock::Instant, db::Tx},
    suppression::{Key, SuppressionKeys},
};

/// Running campaigns looked at in one round, and leads of each that join in it.
const CAMPAIGNS: i64 = 50;
const LEADS: i64 = 1_000;
/// Departures read in one round.
const DEPARTURES: i64 = 500;

/// Where the next round continues among the running campaigns.
pub(super) type Cursor = Option<(WorkspaceId, CampaignId)>;

/// The campaigns behind the cursor that run, or have finished, and have leads without an enrolment; and the next cursor.
///
/// # Errors
/// The database's.
pub(super) async fn with_new_leads(
    tx: &mut Tx,
    cursor: Cursor,
) -> sqlx::Result<(Vec<(WorkspaceId, CampaignId)>, Cursor)> {
    let (workspace, campaign) = cursor.unwrap_or((WorkspaceId(uuid::Uuid::nil()), CampaignId(uuid::Uuid::nil())));
    let seen: Vec<(WorkspaceId, CampaignId, bool)> = on!(tx, c => sqlx::query_as(
        "select s.workspace_id, s.campaign_id, exists (select 1 from campaign_leads m where m.workspace_id = s.workspace_id
             and m.campaign_id = s.campaign_id and not m.enrolled) as new_leads
         from campaign_sending s where s.state in ('running', 'finished') and (s.workspace_id, s.campaign_id) > ($1, $2)
         order by s.workspace_id, s.campaign_id limit $3")
        .bind(workspace).bind(campaign).bind(CAMPAIGNS).fetch_all(c).await)?;
    let last = seen.last().map(|(workspace, campaign, _)| (*workspace, *campaign));
    let next = last.filter(|_| seen.len() == usize::try_from(CAMPAIGNS).unwrap_or(usize::MAX));
    Ok((seen.into_iter().filter(|seen| seen.2).map(|(workspace, campaign, _)| (workspace, campaign)).collect(), next))
}

#[derive(FromRow)]
struct NewLead {
    lead_id: LeadId,
    added_at: Instant,
    email: String,
    country: String,
    region: String,
    lead_zones: bool,
}

#[derive(Serialize)]
struct Row<'a> {
    l: LeadId,
    recipient: Option<Key>,
    canonical: Option<Key>,
    domain: Option<Key>,
    zone: &'a str,
    place: Instant,
}

/// Enrols the leads of a campaign that have joined it, at most a thousand at once.
///
/// # Errors
/// The database's.
pub(super) async fn enrol(
    tx: &mut Tx,
    (keys, consent_countries): (&SuppressionKeys, &[String]),
    (workspace, campaign): (WorkspaceId, CampaignId),
    at: Instant,
) -> sqlx::Result<()> {
    continue_finished(tx, (workspace, campaign), None, at).await?;
    let leads: Vec<NewLead> = on!(&mut *tx, c => sqlx::query_as(
        "select m.lead_id, m.added_at, l.email, l.country, l.region, s.lead_zones
         from campaign_sending s
         join campaign_leads m on m.workspace_id = s.workspace_id and m.campaign_id = s.campaign_id and not m.enrolled
         join leads l on l.workspace_id = m.workspace_id and l.id = m.lead_id
         where s.workspace_id = $1 and s.campaign_id = $2 and s.state = 'running'
         order by m.added_at, m.lead_id limit $3")
        .bind(workspace).bind(campaign).bind(LEADS).fetch_all(c).await)?;
    let rows = leads.iter().map(|lead| {
        let email: Option<Email> = lead.email.parse().ok();
        let zone = zone_of_lead(lead.lead_zones, &lead.country, &lead.region);
        let domain = email.as_ref().filter(|email| !email.is_free_mail()).map(|email| keys.domain(email.domain()));
        Row {
            l: lead.lead_id,
            recipient: email.as_ref().map(|email| keys.recipient(email)),
            canonical: email.as_ref().map(|email| keys.canonical(email)),
            domain,
            zone,
            place: lead.added_at,
        }
    });
    for rows in batches(rows.filter(|row| row.recipient.is_some()))? {
        on!(&mut *tx, c => sqlx::query(
            "insert into enrolments (workspace_id, campaign_id, lead_id, recipient_key, canonical_key, domain_key, zone, place, state, since)
             with rows as materialized (select value from json_each($3))
             select $1, $2, unhex(value ->> 'l', '-'), unhex(value ->> 'recipient'), unhex(value ->> 'canonical'),
                 unhex(value ->> 'domain'), value ->> 'zone', cast(value ->> 'place' as bigint), 'waiting', $4
             from rows where true
             on conflict (workspace_id, campaign_id, lead_id) do update set state = 'waiting', code = null, since = $4,
                 mailbox_id = null, next_step_id = null
                 where enrolments.state = 'stopped' and enrolments.code = 'removed' and enrolments.begun_at is null")
            .bind(workspace).bind(campaign).bind(Json(rows)).bind(at).execute(c).await.map(drop))?;
    }
    campaigns::membership::enrolled(tx, workspace, campaign, leads.iter().map(|lead| lead.lead_id)).await?;
    stop_suppressed(tx, (workspace, campaign), &leads, at).await?;
    stop_own(tx, (workspace, campaign), at).await?;
    stop_own_domains(tx, (workspace, campaign), &leads, at).await?;
    hold_without_basis(tx, (workspace, campaign), &leads, consent_countries, at).await?;
    if leads.first().is_some_and(|lead| lead.lead_zones) {
        open_windows(tx, workspace, campaign, at).await?;
    }
    let joined = Event::of(EventKind::Enrolled, campaign).with(serde_json::json!({ "leads": leads.len() }));
    event::record(tx, workspace, &[joined], at).await?;
    wake(tx, workspace, campaign, at).await
}

/// Lets a campaign send again that had finished: there are leads with a mail to come.
///
/// # Errors
/// The database's.
pub(super) async fn continue_finished(
    tx: &mut Tx,
    (workspace, campaign): (WorkspaceId, CampaignId),
    by: Option<UserId>,
    at: Instant,
) -> sqlx::Result<()> {
    let continued = on!(&mut *tx, c => sqlx::query(
        "update campaign_sending set state = 'running', code = null, since = $3, changed_by = $4
         where workspace_id = $1 and campaign_id = $2 and state = 'finished'")
        .bind(workspace).bind(campaign).bind(at).bind(by).execute(c).await.map(|done| done.rows_affected()))?;
    if continued == 0 {
        return Ok(());
    }
    open_windows(tx, workspace, campaign, at).await?;
    event::record(tx, workspace, &[Event { actor: by, ..Event::of(EventKind::Resumed, campaign) }], at).await
}

/// Holds those who joined and live where the law asks for consent before advertising by mail, until a member confirms a lawful basis.
async fn hold_without_basis(
    tx: &mut Tx,
    (workspace, campaign): (WorkspaceId, CampaignId),
    leads: &[NewLead],
    consent_countries: &[String],
    at: Instant,
) -> sqlx::Result<()> {
    let countries = names(consent_countries);
    let there = leads.iter().filter(|lead| countries.contains(&lead.country.as_str()));
    for batch in batches(there.map(|lead| [lead.lead_id]))? {
        on!(&mut *tx, c => sqlx::query(
            "update enrolments as e set state = 'held', code = 'no_lawful_basis' from json_each($4) j
             where e.workspace_id = $1 and e.campaign_id = $2 and e.lead_id = unhex(j.value ->> 0, '-')
               and e.state = 'waiting' and e.since = $3
               and not exists (select 1 from campaign_confirmations k where k.workspace_id = $1 and k.campaign_id = $2
                   and k.what = 'lawful_basis')")
            .bind(workspace).bind(campaign).bind(at).bind(Json(batch)).execute(c).await.map(drop))?;
    }
    Ok(())
}

/// Stops those who joined and must not be written to.
async fn stop_suppressed(
    tx: &mut Tx,
    (workspace, campaign): (WorkspaceId, CampaignId),
    leads: &[NewLead],
    at: Instant,
) -> sqlx::Result<()> {
    let suppressed = suppressed();
    let sql = format!(
        "select e.campaign_id, e.lead_id from json_each($4) j
         cross join enrolments e
         where e.workspace_id = $1 and e.campaign_id = $2 and e.lead_id = unhex(j.value ->> 0, '-')
             and e.state = 'waiting' and e.since = $3 and {suppressed}"
    );
    let mut found: Vec<(CampaignId, LeadId)> = Vec::new();
    for batch in batches(leads.iter().map(|lead| [lead.lead_id]))? {
        let some: Vec<(CampaignId, LeadId)> = on!(&mut *tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql.clone()))
            .bind(workspace).bind(campaign).bind(at).bind(Json(batch)).fetch_all(c).await)?;
        found.extend(some);
    }
    stop(tx, workspace, &found, Stop { code: "suppressed", actor: None }, at).await.map(drop)
}

/// Stops those who joined and are the workspace's own: its mailboxes and its members.
async fn stop_own(tx: &mut Tx, (workspace, campaign): (WorkspaceId, CampaignId), at: Instant) -> sqlx::Result<()> {
    let leads: Vec<(CampaignId, LeadId)> = on!(&mut *tx, c => sqlx::query_as(
        "with own (address) as (
             select lower(address) from mailboxes where workspace_id = $1 and state <> 'removed'
             union select lower(u.email) from members m join users u on u.id = m.user_id where m.workspace_id = $1)
         select e.campaign_id, e.lead_id from own
         cross join leads l
         cross join enrolments e
         where l.workspace_id = $1 and l.email = own.address and l.returned_at is null
             and e.workspace_id = $1 and e.campaign_id = $2 and e.lead_id = l.id and e.state = 'waiting' and e.since = $3")
        .bind(workspace).bind(campaign).bind(at).fetch_all(c).await)?;
    stop(tx, workspace, &leads, Stop { code: "own_mailbox", actor: None }, at).await.map(drop)
}

/// Stops those who joined and are at a domain that the workspace's own mails come from: colleagues. At a free mail provider, and beside
/// the built-in outbox, which is for trying out, they are people like any other.
async fn stop_own_domains(
    tx: &mut Tx,
    (workspace, campaign): (WorkspaceId, CampaignId),
    leads: &[NewLead],
    at: Instant,
) -> sqlx::Result<()> {
    let domains: Vec<String> = on!(&mut *tx, c => sqlx::query_scalar(
        "select distinct lower(domain) from mailboxes
         where workspace_id = $1 and kind <> 'outbox' and state not in ('draft', 'removed')")
        .bind(workspace).fetch_all(c).await)?;
    let is_own = |email: &Email| !email.is_free_mail() && domains.iter().any(|domain| domain == email.domain());
    let colleagues = leads.iter().filter(|lead| lead.email.parse().is_ok_and(|email: Email| is_own(&email)));
    let colleagues: Vec<(CampaignId, LeadId)> = colleagues.map(|lead| (campaign, lead.lead_id)).collect();
    stop(tx, workspace, &colleagues, Stop { code: "own_domain", actor: None }, at).await.map(drop)
}

/// Stops the sequences of leads that left their campaigns, and returns which campaigns.
///
/// # Errors
/// The database's.
pub(super) async fn departed(tx: &mut Tx, at: Instant) -> sqlx::Result<BTreeSet<(WorkspaceId, CampaignId)>> {
    let left: Vec<(WorkspaceId, CampaignId, LeadId, String)> = on!(&mut *tx, c => sqlx::query_as(
        "delete from campaign_departures where (workspace_id, campaign_id, lead_id) in (
             select workspace_id, campaign_id, lead_id from campaign_departures order by workspace_id, campaign_id, lead_id limit $1)
         returning workspace_id, campaign_id, lead_id, code")
        .bind(DEPARTURES).fetch_all(c).await)?;
    for group in left.chunk_by(|one, other| (one.0, &one.3) == (other.0, &other.3)) {
        let Some((workspace, .., code)) = group.first() else { continue };
        let leads: Vec<(CampaignId, LeadId)> = group.iter().map(|(_, campaign, lead, _)| (*campaign, *lead)).collect();
        stop(tx, *workspace, &leads, Stop { code, actor: None }, at).await?;
    }
    Ok(left.into_iter().map(|(workspace, campaign, ..)| (workspace, campaign)).collect())
}
