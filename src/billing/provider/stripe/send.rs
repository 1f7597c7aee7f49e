//! The calls that nobody waits for: refunds. Made by a worker, again and again under the same key, until Stripe took or
//! refused them.

use std::{sync::Arc, time::Duration};

use serde_json::Value;

use super::{
    Stripe,
    apply::path_segment,
    calls::{self, STORED_CALL, StoredCall, note_answer, pause_after},
    client::Fault,
    event::{self, RefundStatus},
};
use crate::{
    app::App,
    billing::{BillingError, refund, store::lock_order},
    on,
    server::{clock::Instant, db::Tx, jobs::Round},
};

const PAUSE: Duration = Duration::from_secs(1);
const BATCH: i64 = 5;
/// Longer than all tries of one batch take.
const LEASE: Duration = Duration::from_secs(300);
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

async fn claim(tx: &mut Tx, at: Instant) -> sqlx::Result<Vec<StoredCall>> {
    let lock = if tx.is_postgres() { "for update skip locked" } else { "" };
    let sql = format!(
        "update payment_calls set lease_until = $2, attempts = attempts + 1, first_try_at = coalesce(first_try_at, $1)
         where (workspace_id, key) in (select workspace_id, key from payment_calls
             where state = 'open' and run_at <= $1 and (lease_until is null or lease_until <= $1)
             order by run_at limit {BATCH} {lock})
         returning {STORED_CALL}"
    );
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(at).bind(at.plus(LEASE)).fetch_all(c).await)
}

/// One round. Several copies of the server may do this at once.
pub(in crate::billing) async fn work(app: &App, stripe: &Stripe) -> anyhow::Result<Round> {
    let mut tx = app.db.write().await?;
    let calls = claim(&mut tx, app.clock.now()).await?;
    tx.commit().await?;
    for call in &calls {
        let answer = make(app, stripe, call).await;
        if let Err(fault) = &answer {
            tracing::warn!(
                key = call.key,
                kind = call.kind,
                attempts = call.attempts,
                "a call to the payment provider: {fault}"
            );
        }
        take_answer(app, call, &answer).await?;
    }
    Ok(if calls.is_empty() { Round::Idle } else { Round::Worked })
}

async fn make(app: &App, stripe: &Stripe, call: &StoredCall) -> Result<Value, Fault> {
    let old = call.first_try_at.is_some_and(|first| first.plus(KEY_KEPT) < app.clock.now());
    if old && let Some(known) = refund_made_before(stripe, call).await? {
        return Ok(known);
    }
    // A key that Stripe forgot and one it remembers: the second is repeated, the first was looked up.
    stripe.client.post(&call.path, &call.key, &call.body).await
}

/// The refund that an earlier try of this call made, found by our mark.
async fn refund_made_before(stripe: &Stripe, call: &StoredCall) -> Result<Option<Value>, Fault> {
    let field = |name: &str| {
        url::form_urlencoded::parse(call.body.as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, text)| text.into_owned())
    };
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
async fn take_answer(app: &App, call: &StoredCall, answer: &Result<Value, Fault>) -> Result<(), BillingError> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let again = now.plus(pause_after(call.attempts));
    let unclear = matches!(answer, Err(Fault::Unclear(_)));
    note_answer(&mut tx, call, answer, unclear.then_some(again), now).await?;
    if let (Some(refund), Some(order), false) = (call.refund_id, call.order_id, unclear) {
        let order = lock_order(&mut tx, order).await?.ok_or(BillingError::NoOrder(order))?;
        match answer.as_ref().map(event::refund) {
            Ok(Ok(news)) => {
                refund::named(&mut tx, &order, refund, &news.reference).await?;
                match news.status {
                    RefundStatus::Done => refund::done(&mut tx, &order, refund, &news.reference, now).await?,
                    RefundStatus::Failed => refund::failed(&mut tx, &order, refund, &news.why, now, now).await?,
                    RefundStatus::UnderWay => {}
                }
            }
            // Taken, but told in a way we do not read: its events say more.
            Ok(Err(fault)) => tracing::error!(key = call.key, "the answer to a refund cannot be read: {fault}"),
            Err(Fault::Refused { message, .. }) => {
                refund::failed(&mut tx, &order, refund, message, now, now).await?;
            }
            Err(Fault::Unclear(_)) => {}
        }
    }
    tx.commit().await?;
    app.live.changed(&app.db, call.workspace_id.0, &["credits", "orders", "notices"]).await;
    Ok(())
}

/// The calls that are still open, for the operator.
pub(in crate::billing) async fn open_calls(tx: &mut Tx, limit: i64) -> sqlx::Result<Vec<calls::OpenCall>> {
    on!(tx, c => sqlx::query_as(
        "select key, kind, order_id, attempts, last_error, created_at from payment_calls
         where state = 'open' and attempts > 0 order by created_at limit $1")
        .bind(limit).fetch_all(c).await)
}
