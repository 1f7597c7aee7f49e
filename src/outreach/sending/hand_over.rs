//! The way of claimed mails: rendered, checked, handed over, outcome.
//!
//! ```text
//! claim ─ render ─ (connect ─ MAIL ─ RCPT ─ 354) ─ ⟦commit sending⟧ ─ hand over ─ reply ─ ⟦commit outcome⟧
//! └──────── before: everything may be repeated ─┘                  └─ after: only the words of the server or a proof decide
//! ```
//!
//! Those of the built-in outbox go that way together, inside the round. Those of mail servers leave in sessions of their own
//! (`session.rs`), so that a slow server holds up nothing else. What to write, the point of no return and the outcome are the same.

use std::collections::{BTreeSet, HashMap, HashSet};

use sqlx::types::Json;

use super::{
    begin::begin,
    claim::{Batch, Claim, Lease},
    leases,
    outcome::{self, Handed},
    refused::{Refused, refused},
    render::{NotReady, Ready, render},
    sessions::Sessions,
    unknown::{self, NoReply},
};
use crate::{
    accounts::WorkspaceId,
    ids::CampaignId,
    mail::smtp::Cause,
    on,
    outreach::{
        ids::{MailboxId, SendId},
        mailboxes::{
            mailbox::MailboxKind,
            outbox::{self, HandedOver},
            outbox_answer::{OutboxAnswer, answers},
        },
        progress::event::{self, Event, EventKind},
    },
    server::{app::App, batches::batches, clock::Instant, db::Tx},
    suppression::SuppressionKeys,
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
    let mut tx = app.db.read().await?;
    let (ready, not_ready) = render(app, &mut tx, claims, at).await?;
    let answers = answers(&mut tx, leases.iter().map(|lease| (lease.workspace, lease.mailbox))).await?;
    drop(tx);
    let desk = Desk { leases, answers };
    let mut tx = app.db.write().await?;
    hold(&mut tx, &not_ready, at).await?;
    let (announced, mut concerned) = desk.announce(&mut tx, app.of(), &ready, at).await?;
    let leaving = begin(&mut tx, &announced, at).await?;
    tx.commit().await?;

    let mut tx = app.db.write().await?;
    let leaving = announced.into_iter().filter(|ready| leaving.contains(&ready.claim.id));
    let (hung_up, leaving): (Vec<&Ready>, Vec<&Ready>) = leaving.partition(|ready| desk.hangs_up(ready));
    let taken = outbox::take(&mut tx, leaving.into_iter().map(handed_over), at).await?;
    let taken: HashSet<SendId> = taken.into_iter().collect();
    tx.commit().await?;

    let handed = ready.iter().filter(|ready| taken.contains(&ready.claim.id));
    let handed: Vec<Handed> = handed.map(|ready| Handed::of(ready, at)).collect();
    let no_reply: Vec<NoReply> = hung_up.into_iter().map(|ready| desk.no_reply(ready)).collect();
    let mut tx = app.db.write().await?;
    concerned.extend(outcome::sent(&mut tx, &handed, app.clock.now()).await?);
    concerned.extend(unknown::mark(&mut tx, &no_reply, at).await?);
    leases::release(&mut tx, leases, at).await?;
    tx.commit().await?;
    Ok(concerned)
}

/// The built-in outbox as a server: what it answers to which mailbox.
struct Desk<'a> {
    leases: &'a [Lease],
    answers: HashMap<MailboxId, OutboxAnswer>,
}

impl Desk<'_> {
    fn answer(&self, ready: &Ready) -> OutboxAnswer {
        self.answers.get(&ready.claim.mailbox_id).copied().unwrap_or_default()
    }

    fn lease(&self, ready: &Ready) -> Option<Lease> {
        self.leases.iter().find(|lease| lease.mailbox == ready.claim.mailbox_id).copied()
    }

    fn hangs_up(&self, ready: &Ready) -> bool {
        self.answer(ready) == OutboxAnswer::HangsUp
    }

    /// Names the recipients. Returns the mails whose messages it waits for, and the campaigns in which something ended. Whoever hangs up
    /// does so at the first mail: the others wait for another session.
    async fn announce<'r>(
        &self,
        tx: &mut Tx,
        keys: &SuppressionKeys,
        ready: &'r [Ready],
        at: Instant,
    ) -> anyhow::Result<(Vec<&'r Ready>, BTreeSet<(WorkspaceId, CampaignId)>)> {
        let (mut announced, mut concerned) = (Vec::with_capacity(ready.len()), BTreeSet::new());
        let (mut hung_up, mut waiting) = (HashSet::new(), Vec::new());
        for one in ready {
            match (self.answer(one).refusal(), self.lease(one)) {
                (Some(fault), Some(lease)) => {
                    concerned.extend(refused(tx, keys, &Refused::of(lease, &one.claim, &fault), at).await?);
                }
                _ if self.hangs_up(one) && !hung_up.insert(one.claim.mailbox_id) => waiting.push(one.claim.clone()),
                _ => announced.push(one),
            }
        }
        leases::put_back(tx, &waiting, at).await?;
        Ok((announced, concerned))
    }

    fn no_reply(&self, ready: &Ready) -> NoReply {
        let claim = &ready.claim;
        let (workspace, send, fence) = (claim.workspace_id, claim.id, claim.fence);
        NoReply { workspace, send, fence, words: Cause::Closed.to_string(), lease: self.lease(ready) }
    }
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
    Ok(())
}
