//! The way of claimed mails: rendered, checked, handed over, outcome.
//!
//! ```text
//! claim ─ render ─ (connect ─ MAIL ─ RCPT ─ 354) ─ ⟦commit sending⟧ ─ hand over ─ reply ─ ⟦commit outcome⟧
//! └──────── before: everything may be repeated ─┘                  └─ after: only the words of the server or a proof decide
//! ```
//!
//! Those of the built-in outbox go that way together, inside the round. Those of mail servers leave in sessions of their own
//! (`session.rs`), so that a slow server holds up nothing else. What to write, the point of no return and the outcome are the same.

use std::collections::{BTreeSet, HashSet};

use sqlx::types::Json;

use super::{
    begin::begin,
    claim::{Batch, Claim, Lease},
    leases,
    outcome::{self, Handed},
    render::{NotReady, Ready, render},
    sessions::Sessions,
};
use crate::{
    accounts::WorkspaceId,
    ids::CampaignId,
    on,
    outreach::{
        ids::SendId,
        mailboxes::{
            mailbox::MailboxKind,
            outbox::{self, HandedOver},
        },
        progress::event::{self, Event, EventKind},
    },
    server::{app::App, batches::batches, clock::Instant, db::Tx},
};

/// Hands over what was claimed: to the built-in outbox here, to mail servers in sessions that continue afterwards. Returns the campaigns
/// in which a sequence is over.
///
/// # Errors
/// The database's. What was not handed over is claimed again when its lease is over.
pub async fn hand_over(app: &App, batches: Vec<Batch>) -> anyhow::Result<BTreeSet<(WorkspaceId, CampaignId)>> {
    let (inside, outside): (Vec<Batch>, Vec<Batch>) =
        batches.into_iter().partition(|batch| batch.lease.kind == MailboxKind::Outbox);
    for batch in outside {
        app.of::<Sessions>().take(app, batch);
    }
    if inside.is_empty() {
        return Ok(BTreeSet::new());
    }
    let leases: Vec<Lease> = inside.iter().map(|batch| batch.lease).collect();
    to_outbox(app, inside.into_iter().flat_map(|batch| batch.claims).collect(), &leases).await
}

async fn to_outbox(
    app: &App,
    claims: Vec<Claim>,
    leases: &[Lease],
) -> anyhow::Result<BTreeSet<(WorkspaceId, CampaignId)>> {
    let at = app.clock.now();
    let (ready, not_ready) = render(app, &mut app.db.read().await?, claims, at).await?;
    let mut tx = app.db.write().await?;
    hold(&mut tx, &not_ready, at).await?;
    let leaving = begin(&mut tx, &ready.iter().collect::<Vec<_>>(), at).await?;
    tx.commit().await?;

    let mut tx = app.db.write().await?;
    let leaving = ready.iter().filter(|ready| leaving.contains(&ready.claim.id));
    let taken: HashSet<SendId> = outbox::take(&mut tx, leaving.map(handed_over), at).await?.into_iter().collect();
    tx.commit().await?;

    let handed = ready.iter().filter(|ready| taken.contains(&ready.claim.id));
    let handed: Vec<Handed> = handed.map(|ready| Handed::of(ready, at)).collect();
    let mut tx = app.db.write().await?;
    let over = outcome::sent(&mut tx, &handed, app.clock.now()).await?;
    leases::release(&mut tx, leases, at).await?;
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
///
/// # Errors
/// The database's.
pub(super) async fn hold(tx: &mut Tx, not_ready: &[NotReady], at: Instant) -> sqlx::Result<()> {
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
             where e.workspace_id = unhex(j.value ->> 0, '-') and e.campaign_id = unhex(j.value ->> 3, '-')
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
    Ok(())
}
