//! The way of claimed mails: rendered, checked, handed over, outcome.
//!
//! ```text
//! claim ─ render ─ ⟦commit sending⟧ ─ hand over ─ ⟦commit outcome⟧
//! └─ before: everything may be repeated ─┘ └─ after: only the words of the server or a proof decide
//! ```

use std::collections::{BTreeSet, HashSet};

use sqlx::{FromRow, types::Json};

use super::{
    due::LEASE,
    outcome::{self, Handed},
    render::{NotReady, Ready, render},
    stop::{self, suppressed},
};
use crate::{
    accounts::WorkspaceId,
    campaigns::{self, ids::LeadId},
    ids::CampaignId,
    on,
    outreach::{
        ids::{MailboxId, SendId, StepId},
        mailboxes::outbox::{self, HandedOver},
        progress::event::{self, Event, EventKind},
    },
    server::{app::App, batches::batches, clock::Instant, db::Tx},
};

/// A send that this process has claimed.
#[derive(Debug, Clone, FromRow)]
pub struct Claim {
    pub workspace_id: WorkspaceId,
    pub id: SendId,
    pub campaign_id: CampaignId,
    pub lead_id: Option<LeadId>,
    pub step_id: Option<StepId>,
    pub mailbox_id: MailboxId,
    pub message_id: String,
    pub fence: i64,
}

/// Hands over what was claimed. Returns the campaigns in which a sequence is over.
///
/// # Errors
/// The database's. What was not handed over is claimed again when its lease is over.
pub async fn hand_over(app: &App, claims: Vec<Claim>) -> anyhow::Result<BTreeSet<(WorkspaceId, CampaignId)>> {
    let at = app.clock.now();
    let (ready, not_ready) = render(app, &mut app.db.read().await?, claims, at).await?;
    let mut tx = app.db.write().await?;
    hold(&mut tx, &not_ready, at).await?;
    let leaving = begin(&mut tx, ready, at).await?;
    tx.commit().await?;

    let mut tx = app.db.write().await?;
    let taken: HashSet<SendId> =
        outbox::take(&mut tx, leaving.iter().map(handed_over), at).await?.into_iter().collect();
    tx.commit().await?;

    let handed: Vec<Handed> = leaving
        .into_iter()
        .filter(|ready| taken.contains(&ready.claim.id))
        .map(|ready| Handed {
            workspace: ready.claim.workspace_id,
            send: ready.claim.id,
            fence: ready.claim.fence,
            step: Some(ready.step),
            sent_at: at,
        })
        .collect();
    let mut tx = app.db.write().await?;
    let over = outcome::sent(&mut tx, &handed, app.clock.now()).await?;
    tx.commit().await?;
    Ok(over)
}

fn handed_over(ready: &Ready) -> HandedOver {
    let Ready { claim, subject, recipient, message, .. } = ready;
    HandedOver {
        workspace: claim.workspace_id,
        send: claim.id,
        fence: claim.fence,
        message_id: claim.message_id.clone(),
        recipient: recipient.clone(),
        subject: subject.clone(),
        message: message.clone(),
    }
}

/// Holds leads whose mail cannot be written. Nothing left, so the slot goes back (`leases.rs`).
async fn hold(tx: &mut Tx, not_ready: &[NotReady], at: Instant) -> sqlx::Result<()> {
    let row = |one: &NotReady| {
        let params = one.field.as_ref().map(|field| serde_json::json!({ "field": field }));
        (
            one.claim.workspace_id,
            one.claim.id,
            one.claim.fence,
            one.claim.campaign_id,
            one.claim.lead_id,
            one.code,
            params,
        )
    };
    for batch in batches(not_ready.iter().map(row))? {
        let batch = Json(batch);
        let cancelled: Vec<SendId> = on!(&mut *tx, c => sqlx::query_scalar(
            "update sends as d set state = 'cancelled', code = j.value ->> 5, state_since = $2, lease_until = null, fence = d.fence + 1
             from json_each($1) j
             where d.workspace_id = unhex(j.value ->> 0, '-') and d.id = unhex(j.value ->> 1, '-')
               and d.fence = cast(j.value ->> 2 as bigint) and d.state = 'claimed' returning id")
            .bind(&batch).bind(at).fetch_all(c).await)?;
        on!(&mut *tx, c => sqlx::query(
            "update enrolments as e set state = 'held', code = j.value ->> 5, params = j.value -> 6, since = $2
             from json_each($1) j
             join sends d on d.workspace_id = unhex(j.value ->> 0, '-') and d.id = unhex(j.value ->> 1, '-')
                 and d.state = 'cancelled' and d.fence = cast(j.value ->> 2 as bigint) + 1
             where e.workspace_id = d.workspace_id and e.campaign_id = unhex(j.value ->> 3, '-')
               and e.lead_id = unhex(j.value ->> 4, '-') and e.state = 'in_flight'")
            .bind(&batch).bind(at).execute(c).await.map(drop))?;
        let held = not_ready.iter().filter(|one| cancelled.contains(&one.claim.id));
        let events: Vec<(WorkspaceId, Event)> = held
            .filter_map(|one| {
                let params = serde_json::json!({ "code": one.code, "field": one.field });
                let event = Event::of(EventKind::Held, one.claim.campaign_id).about(one.claim.lead_id?).with(params);
                Some((one.claim.workspace_id, event))
            })
            .collect();
        event::record_all(tx, &events, at).await?;
    }
    release_mailboxes(tx, not_ready.iter().map(|one| &one.claim)).await
}

/// The point of no return: moves to `sending` what may still leave now, and returns it.
///
/// A stop, an opt-out, a pause or a return that is committed before has changed a row that this asks for; one that comes after finds
/// the mail gone. In between, both write the row of the send (or of the lead), so one of them waits for the other.
async fn begin(tx: &mut Tx, ready: Vec<Ready>, at: Instant) -> sqlx::Result<Vec<Ready>> {
    let suppressed = suppressed();
    let mut may: HashSet<SendId> = HashSet::new();
    let row = |one: &'_ Ready| {
        (one.claim.workspace_id, one.claim.id, one.claim.fence, one.text, one.variant, one.subject.clone())
    };
    for batch in batches(ready.iter().map(row))? {
        let sql = format!(
            "update sends as d set state = 'sending', state_since = $2, sending_at = $2, lease_until = $3,
                 text_id = unhex(j.value ->> 3, '-'), variant_id = unhex(j.value ->> 4, '-'), subject = j.value ->> 5
             from json_each($1) j
             where d.workspace_id = unhex(j.value ->> 0, '-') and d.id = unhex(j.value ->> 1, '-')
               and d.fence = cast(j.value ->> 2 as bigint) and d.state = 'claimed' and d.lease_until > $2
               and not exists (select 1 from sending_stop)
               and exists (select 1 from enrolments e
                   join campaign_sending s on s.workspace_id = e.workspace_id and s.campaign_id = e.campaign_id and s.state = 'running'
                   join campaign_zones z on z.workspace_id = e.workspace_id and z.campaign_id = e.campaign_id and z.zone = e.zone
                       and z.opens_at <= $2 and z.closes_at > $2
                   join campaign_leads m on m.workspace_id = e.workspace_id and m.campaign_id = e.campaign_id and m.lead_id = e.lead_id
                   join mailboxes b on b.workspace_id = e.workspace_id and b.id = e.mailbox_id and b.state = 'active'
                   where e.workspace_id = d.workspace_id and e.campaign_id = d.campaign_id and e.lead_id = d.lead_id
                     and e.state = 'in_flight' and not {suppressed})
             returning id"
        );
        let some: Vec<SendId> = on!(&mut *tx, c => sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
            .bind(Json(batch)).bind(at).bind(at.plus(LEASE)).fetch_all(c).await)?;
        may.extend(some);
    }
    let (leaving, staying): (Vec<Ready>, Vec<Ready>) = ready.into_iter().partition(|one| may.contains(&one.claim.id));
    stay(tx, staying.iter().map(|one| &one.claim).collect(), at).await?;
    let leads = leaving.iter().filter_map(|one| Some((one.claim.workspace_id, one.claim.lead_id?)));
    let mailed = campaigns::leads::mailed(tx, leads, at).await?;
    let (leaving, returned): (Vec<Ready>, Vec<Ready>) = leaving
        .into_iter()
        .partition(|one| one.claim.lead_id.is_some_and(|lead| mailed.contains(&(one.claim.workspace_id, lead))));
    for Ready { claim, .. } in &returned {
        call_back(tx, claim, at).await?;
    }
    Ok(leaving)
}

/// A mail whose lead was returned or found bad at the last moment: it does not leave.
async fn call_back(tx: &mut Tx, claim: &Claim, at: Instant) -> sqlx::Result<()> {
    on!(&mut *tx, c => sqlx::query(
        "update sends set state = 'cancelled', code = 'removed', state_since = $4, sending_at = null, lease_until = null, fence = fence + 1
         where workspace_id = $1 and id = $2 and fence = $3 and state = 'sending'")
        .bind(claim.workspace_id).bind(claim.id).bind(claim.fence).bind(at).execute(c).await.map(drop))?;
    if let Some(lead) = claim.lead_id {
        stop::stop_lead(tx, (claim.workspace_id, claim.campaign_id, lead), "removed", at).await?;
    }
    release_mailboxes(tx, std::iter::once(claim)).await
}

/// What becomes of mails that may not leave now: those of people who must not be written to are cancelled, the others wait.
async fn stay(tx: &mut Tx, claims: Vec<&Claim>, at: Instant) -> sqlx::Result<()> {
    let suppressed = suppressed();
    for batch in batches(claims.iter().map(|claim| (claim.workspace_id, claim.id, claim.fence)))? {
        let batch = Json(batch);
        let sql = format!(
            "select d.workspace_id, d.campaign_id, d.lead_id, {suppressed} as suppressed from json_each($1) j
             join sends d on d.workspace_id = unhex(j.value ->> 0, '-') and d.id = unhex(j.value ->> 1, '-')
                 and d.fence = cast(j.value ->> 2 as bigint) and d.state = 'claimed'
             join enrolments e on e.workspace_id = d.workspace_id and e.campaign_id = d.campaign_id and e.lead_id = d.lead_id
             left join campaign_leads m on m.workspace_id = e.workspace_id and m.campaign_id = e.campaign_id and m.lead_id = e.lead_id
             where {suppressed} or m.lead_id is null"
        );
        let stopped: Vec<(WorkspaceId, CampaignId, LeadId, bool)> =
            on!(&mut *tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(&batch).fetch_all(c).await)?;
        for (workspace, campaign, lead, suppressed) in stopped {
            let code = if suppressed { "suppressed" } else { "removed" };
            stop::stop_lead(tx, (workspace, campaign, lead), code, at).await?;
        }
        on!(&mut *tx, c => sqlx::query(
            "update sends as d set state = 'queued', state_since = $2, run_at = $2, lease_until = null from json_each($1) j
             where d.workspace_id = unhex(j.value ->> 0, '-') and d.id = unhex(j.value ->> 1, '-')
               and d.fence = cast(j.value ->> 2 as bigint) and d.state = 'claimed'")
            .bind(&batch).bind(at).execute(c).await.map(drop))?;
    }
    release_mailboxes(tx, claims.into_iter()).await
}

/// Ends the leases of mailboxes that send nothing after all.
async fn release_mailboxes(tx: &mut Tx, claims: impl Iterator<Item = &Claim>) -> sqlx::Result<()> {
    for batch in batches(claims.map(|claim| (claim.workspace_id, claim.mailbox_id)))? {
        on!(&mut *tx, c => sqlx::query(
            "update mailboxes as b set lease_until = null from json_each($1) j
             where b.workspace_id = unhex(j.value ->> 0, '-') and b.id = unhex(j.value ->> 1, '-')")
            .bind(Json(batch)).execute(c).await.map(drop))?;
    }
    Ok(())
}
