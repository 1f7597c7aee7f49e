//! The calls that nobody needs to wait for: refunds, changes of plans, the price of an upgrade. Made by a worker, again and
//! again under the same key, until Stripe took or refused them; at once when somebody does wait.

use std::{sync::Arc, time::Duration};

use serde_json::Value;

use super::{
    Stripe,
    apply::path_segment,
    calls::{self, RETRIES, STORED_CALL, StoredCall, note_answer},
    client::Fault,
    event::{self, RefundStatus},
    subscriptions::{self, CHANGE, CHARGE, END},
};
use crate::{
    accounts::WorkspaceId,
    billing::{BillingError, refund, store::lock_known_order},
    credits::{self, Ledger},
    on,
    server::{app::App, clock::Instant, db::Tx, jobs::Round, queue::Queue},
    topics,
};

const PAUSE: Duration = Duration::from_secs(1);
/// Few at a time: other workspaces wait meanwhile.
const BATCH: i64 = 2;
/// Calls made at once while a page waits for them.
const CALLS_WAITED_FOR: i64 = 5;
/// Rounds made at once for somebody who waits.
const ROUNDS_WAITED_FOR: usize = 3;
/// Stripe forgets a key after a day. A call that is older is looked up before it is repeated.
const KEY_KEPT: Duration = Duration::from_secs(20 * 60 * 60);

pub(super) fn start(app: &App, stripe: &Arc<Stripe>) {
    let (app, stripe) = (app.clone(), stripe.clone());
    let jobs = app.jobs.clone();
    jobs.repeat("calls to the payment provider", PAUSE, Arc::default(), move || {
        let (app, stripe) = (app.clone(), stripe.clone());
        async move { work(&app, &stripe).await }
    });
}

/// Calls about one subscription are made in the order of their keys, one after the other.
pub(super) const QUEUE: Queue = Queue {
    table: "payment_calls",
    key: "workspace_id, key",
    waiting: "state = 'open' and run_at is not null
        and (kind not in ('change', 'cancel') or not exists (select 1 from payment_calls earlier
            where earlier.workspace_id = payment_calls.workspace_id and earlier.path = payment_calls.path
                and earlier.state = 'open' and earlier.kind in ('change', 'cancel') and earlier.key < payment_calls.key))",
    sets: ", first_try_at = coalesce(first_try_at, $1)",
    // Longer than all tries of one batch take.
    lease: Duration::from_secs(300),
    per_workspace: true,
};

/// Claims calls whose time has come; those of `workspace` whenever their next try would be.
async fn claim(tx: &mut Tx, workspace: Option<WorkspaceId>, at: Instant) -> sqlx::Result<Vec<StoredCall>> {
    match workspace {
        Some(workspace) => QUEUE.claim_now(tx, STORED_CALL, workspace.0, CALLS_WAITED_FOR, at).await,
        None => QUEUE.claim(tx, STORED_CALL, BATCH, at).await,
    }
}

/// One round. Several copies of the server may do this at once.
pub(in crate::billing) async fn work(app: &App, stripe: &Stripe) -> anyhow::Result<Round> {
    Ok(if round(app, stripe, None).await?.is_some() { Round::Worked } else { Round::Idle })
}

/// Makes the calls of a workspace now, because somebody waits. What Stripe does not answer is left to the worker.
pub(in crate::billing) async fn hurry(app: &App, stripe: &Stripe, workspace: WorkspaceId) -> Result<(), BillingError> {
    for _ in 0..ROUNDS_WAITED_FOR {
        if round(app, stripe, Some(workspace)).await? != Some(true) {
            break;
        }
    }
    Ok(())
}

/// `None`: there was nothing to do; else whether every call was answered.
async fn round(app: &App, stripe: &Stripe, workspace: Option<WorkspaceId>) -> Result<Option<bool>, BillingError> {
    let mut tx = app.db.write().await?;
    let calls = claim(&mut tx, workspace, app.clock.now()).await?;
    tx.commit().await?;
    let mut answered = true;
    for call in &calls {
        let answer = make(app, stripe, call).await;
        if let Err(fault) = &answer {
            tracing::warn!(
                key = call.key,
                kind = call.kind,
                attempt = call.lease.attempt,
                "a call to the payment provider: {fault}"
            );
        }
        answered &= !matches!(answer, Err(Fault::Unclear(_)));
        take_answer(app, stripe, call, answer).await?;
    }
    Ok((!calls.is_empty()).then_some(answered))
}

async fn make(app: &App, stripe: &Stripe, call: &StoredCall) -> Result<Value, Fault> {
    let old = call.first_try_at.is_some_and(|first| first.plus(KEY_KEPT) < app.clock.now());
    if call.kind == END {
        return end(stripe, call).await;
    }
    if old && call.kind == CHARGE {
        // Nobody expects to be charged a day later.
        let message = "the payment provider did not answer for most of a day".into();
        let late = Fault::Refused { code: "too_late".into(), message };
        return subscriptions::charged_before(stripe, call).await?.ok_or(late);
    }
    if old && let Some(known) = refund_made_before(stripe, call).await? {
        return Ok(known);
    }
    // A key that Stripe forgot and one it remembers: the second is repeated, the first was looked up.
    let call = subscriptions::complete(app, stripe, call).await?;
    stripe.client.post(&call.path, &call.key, &call.body).await
}

/// What is over already has ended as well.
async fn end(stripe: &Stripe, call: &StoredCall) -> Result<Value, Fault> {
    match stripe.client.delete(&call.path).await {
        Err(Fault::Refused { code, message }) if code == "resource_missing" => {
            Ok(serde_json::json!({ "status": "canceled", "message": message }))
        }
        answer => answer,
    }
}

/// The refund that an earlier try of this call made, found by our mark.
async fn refund_made_before(stripe: &Stripe, call: &StoredCall) -> Result<Option<Value>, Fault> {
    let field = |name: &str| call.field(name);
    let Some(intent) = field("payment_intent") else { return Ok(None) };
    let list = stripe.client.get(&format!("/v1/refunds?payment_intent={}&limit=100", path_segment(&intent))).await?;
    let marks = ["refund", "second_payment_of"];
    let ours = |made: &&Value| {
        marks.iter().any(|mark| {
            let text = field(&format!("metadata[{mark}]"));
            text.is_some() && made["metadata"][*mark].as_str() == text.as_deref()
        })
    };
    Ok(list["data"].as_array().into_iter().flatten().find(ours).cloned())
}

/// Keeps the answer and does what follows from it, together.
async fn take_answer(
    app: &App,
    stripe: &Stripe,
    call: &StoredCall,
    mut answer: Result<Value, Fault>,
) -> Result<(), BillingError> {
    let mut truth = None;
    if call.kind == CHANGE && answer.as_ref().is_err_and(Fault::is_final) {
        match subscriptions::truth(stripe, call).await {
            Ok(known) => truth = known,
            Err(fault) => answer = Err(fault),
        }
    }
    let (stored, now) = (Arc::new((call.clone(), answer, truth)), app.clock.now());
    let deed = credits::interleaved(call.workspace_id, now, move |tx| {
        let stored = stored.clone();
        Box::pin(async move { follow(tx, &stored.0, &stored.1, stored.2.as_ref(), now).await })
    });
    app.of::<Ledger>().post(deed).await?;
    app.live.changed(&app.db, call.workspace_id.0, &[topics::CREDITS, topics::ORDERS, topics::NOTICES]).await;
    Ok(())
}

/// What an answer changes here; nothing when another worker has the call.
async fn follow(
    tx: &mut Tx,
    call: &StoredCall,
    answer: &Result<Value, Fault>,
    truth: Option<&Value>,
    now: Instant,
) -> Result<(), BillingError> {
    let unclear = matches!(answer, Err(Fault::Unclear(_)));
    let run_at = RETRIES.next(call.lease.attempt, now).filter(|_| unclear);
    if !note_answer(tx, call, answer, run_at, now).await? {
        return Ok(());
    }
    match call.kind.as_str() {
        CHARGE => subscriptions::charged(tx, call, answer, now).await?,
        CHANGE if answer.is_err() && !unclear => {
            subscriptions::revert_change(tx, call, truth, now).await?;
        }
        _ => {}
    }
    if let (Some(refund), Some(order), false) = (call.refund_id, call.order_id, unclear) {
        let order = lock_known_order(tx, order).await?;
        match answer.as_ref().map(event::refund) {
            Ok(Ok(news)) => {
                refund::named(tx, &order, refund, &news.reference).await?;
                match news.status {
                    RefundStatus::Done => refund::done(tx, &order, refund, &news.reference, now).await?,
                    RefundStatus::Failed => refund::failed(tx, &order, refund, news.why.as_deref(), now, now).await?,
                    RefundStatus::UnderWay => {}
                }
            }
            // Taken, but told in a way we do not read: its events say more.
            Ok(Err(fault)) => tracing::error!(key = call.key, "the answer to a refund cannot be read: {fault}"),
            Err(Fault::Refused { message, .. }) => {
                refund::failed(tx, &order, refund, Some(message), now, now).await?;
            }
            Err(Fault::Unclear(_)) => {}
        }
    }
    Ok(())
}

/// The calls that are still open, for the operator.
pub(in crate::billing) async fn open_calls(tx: &mut Tx, limit: i64) -> sqlx::Result<Vec<calls::OpenCall>> {
    on!(tx, c => sqlx::query_as(
        "select key, kind, order_id, attempt, last_error, created_at from payment_calls
         where state = 'open' and attempt > 0 order by created_at limit $1")
        .bind(limit).fetch_all(c).await)
}
