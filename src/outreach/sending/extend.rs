//! Leads that had finished continue with a mail that was added to the end of their sequence since.
//!
//! Only those whose sequence ended because it was over: who answered, opted out or was stopped never continues, and each lead continues once.

use serde::Serialize;
use sqlx::{FromRow, types::Json};

use super::{enrol, plan::Plans, stop::suppressed, wake};
use crate::{
    accounts::{Member, WorkspaceId, audit},
    campaigns::{Campaign, ids::LeadId},
    ids::CampaignId,
    on,
    outreach::{
        ids::StepId,
        progress::{
            self,
            event::{self, Event, EventKind},
        },
    },
    server::{batches::batches, clock::Instant, db::Tx},
    ui::plural,
};

/// Leads that continue with one click. The page offers the others again.
const CONTINUED_MAX: i64 = 10_000;

/// A mail of the sequence, and when it was added.
#[derive(Debug, FromRow)]
struct Written {
    id: StepId,
    is_removed: bool,
    written: Instant,
}

/// A lead that can continue.
#[derive(Debug, FromRow)]
struct Finished {
    lead_id: LeadId,
    zone: String,
    since: Instant,
    last_sent_at: Instant,
}

/// The leads (`e`) of campaign $2 of workspace $1 that had finished before $3 and may get another mail from the mailbox that wrote to
/// them.
fn may_continue() -> String {
    format!(
        "from enrolments e
         join campaign_sending s on s.workspace_id = e.workspace_id and s.campaign_id = e.campaign_id
             and s.state in ('running', 'paused', 'finished')
         join campaign_leads m on m.workspace_id = e.workspace_id and m.campaign_id = e.campaign_id and m.lead_id = e.lead_id
         join mailboxes b on b.workspace_id = e.workspace_id and b.id = e.mailbox_id and b.state <> 'removed'
         where e.workspace_id = $1 and e.campaign_id = $2 and e.state = 'finished' and e.since < $3 and e.last_sent_at is not null
           and not {}
           and not exists (select 1 from sends d where d.workspace_id = e.workspace_id and d.campaign_id = e.campaign_id
               and d.lead_id = e.lead_id and d.opted_out_at is not null)
           and not (s.alone and exists (select 1 from enrolments o where o.workspace_id = e.workspace_id
               and o.recipient_key = e.recipient_key and o.occupies))",
        suppressed()
    )
}

/// How many leads of a campaign had finished before its last mail was added, and may get it.
///
/// # Errors
/// The database's.
pub async fn can_continue(tx: &mut Tx, workspace: WorkspaceId, campaign: CampaignId) -> sqlx::Result<i64> {
    let written = written(tx, workspace, campaign).await?;
    let Some(last) = added_last(&written) else { return Ok(0) };
    let sql = format!("select count(*) {}", may_continue());
    on!(tx, c => sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
        .bind(workspace).bind(campaign).bind(last.written).fetch_one(c).await)
}

/// Lets them continue, at most [`CONTINUED_MAX`]: the mail is due as if it had followed their last one. Returns how many did; a second
/// click finds none.
///
/// # Errors
/// The database's.
pub async fn continue_finished_leads(
    tx: &mut Tx,
    member: &Member,
    campaign: &Campaign,
    at: Instant,
) -> sqlx::Result<usize> {
    let (workspace, id) = (member.workspace, campaign.id);
    let written = written(tx, workspace, id).await?;
    let Some(last) = added_last(&written) else { return Ok(0) };
    let sql = format!(
        "select e.lead_id, e.zone, e.since, e.last_sent_at {} order by e.last_sent_at, e.lead_id limit $4",
        may_continue()
    );
    let leads: Vec<Finished> = on!(&mut *tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(workspace).bind(id).bind(last.written).bind(CONTINUED_MAX).fetch_all(c).await)?;
    let plans = Plans::load(tx, &[(workspace, id)].into()).await?;
    let continued = move_on(tx, (workspace, id), next_mails(&leads, &written, &plans, (workspace, id)), at).await?;
    if continued.is_empty() {
        return Ok(0);
    }
    keep_mailboxes(tx, (workspace, id)).await?;
    enrol::continue_finished(tx, (workspace, id), Some(member.user), at).await?;
    let event = |lead: &LeadId| Event::of(EventKind::Continued, id).about(*lead).by(member.user);
    let events: Vec<Event> = continued.iter().map(event).collect();
    event::record(tx, workspace, &events, at).await?;
    let (actor, leads) = (audit::Actor::User(member.user), i64::try_from(continued.len()).unwrap_or(i64::MAX));
    let (done, detail) = ("Continued leads that had finished", plural(leads, "lead", "leads"));
    audit::record(tx, workspace, actor, done, &campaign.name, &detail, at).await?;
    progress::note(tx, workspace, id, at).await?;
    wake(tx, workspace, id, at).await?;
    Ok(continued.len())
}

/// The mails of a sequence by place, removed ones too.
async fn written(tx: &mut Tx, workspace: WorkspaceId, campaign: CampaignId) -> sqlx::Result<Vec<Written>> {
    on!(tx, c => sqlx::query_as(
        "select p.id, p.removed_at is not null as is_removed, min(t.created_at) as written
         from steps p
         join texts t on t.workspace_id = p.workspace_id and t.step_id = p.id
         where p.workspace_id = $1 and p.campaign_id = $2
         group by p.id, p.position, p.removed_at order by p.position, p.id")
        .bind(workspace).bind(campaign).fetch_all(c).await)
}

/// The mail at the end, if it is younger than another one: only then a lead may have finished before it.
fn added_last(written: &[Written]) -> Option<&Written> {
    let last = written.iter().rfind(|step| !step.is_removed)?;
    written.iter().any(|step| step.written < last.written).then_some(last)
}

#[derive(Serialize)]
struct Row {
    l: LeadId,
    step: StepId,
    due: Instant,
}

/// The first mail behind all those that were there when a lead finished, and when it is due.
fn next_mails<'a>(
    leads: &'a [Finished],
    written: &'a [Written],
    plans: &'a Plans,
    campaign: (WorkspaceId, CampaignId),
) -> impl Iterator<Item = Row> + 'a {
    leads.iter().filter_map(move |lead| {
        let before = || written.iter().filter(|step| step.written <= lead.since);
        let had = before().rfind(|step| !step.is_removed).or_else(|| before().next_back())?;
        let (step, due) = plans.next(campaign, had.id, &lead.zone, lead.last_sent_at)?;
        Some(Row { l: lead.lead_id, step, due })
    })
}

async fn move_on(
    tx: &mut Tx,
    (workspace, campaign): (WorkspaceId, CampaignId),
    rows: impl Iterator<Item = Row>,
    at: Instant,
) -> sqlx::Result<Vec<LeadId>> {
    let mut continued = Vec::new();
    for batch in batches(rows)? {
        let some: Vec<LeadId> = on!(&mut *tx, c => sqlx::query_scalar(
            "update enrolments as e set state = 'active', code = null, params = null, since = $3,
                 next_step_id = unhex(j.value ->> 'step', '-'), due_at = cast(j.value ->> 'due' as bigint),
                 occupies = (select s.alone from campaign_sending s where s.workspace_id = $1 and s.campaign_id = $2)
             from json_each($4) j
             where e.workspace_id = $1 and e.campaign_id = $2 and e.lead_id = unhex(j.value ->> 'l', '-') and e.state = 'finished'
             returning lead_id")
            .bind(workspace).bind(campaign).bind(at).bind(Json(batch)).fetch_all(c).await)?;
        continued.extend(some);
    }
    Ok(continued)
}

/// Conversations continue from their mailbox, also when it was taken out of the campaign meanwhile.
async fn keep_mailboxes(tx: &mut Tx, (workspace, campaign): (WorkspaceId, CampaignId)) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "insert into campaign_mailboxes (workspace_id, campaign_id, mailbox_id, state)
         select distinct e.workspace_id, e.campaign_id, e.mailbox_id, 'finishing' from enrolments e
         where e.workspace_id = $1 and e.campaign_id = $2 and e.state = 'active' and e.mailbox_id is not null
         on conflict do nothing")
        .bind(workspace).bind(campaign).execute(c).await.map(drop))
}
