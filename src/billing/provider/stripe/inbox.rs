//! What Stripe told us: stored as it came, acted on by a worker, in any order, any number of times.

use std::{sync::Arc, time::Duration};

use serde::Deserialize;
use uuid::Uuid;

use super::{
    NAME, Stripe,
    apply::{self, NotApplied},
    calls,
    client::Fault,
};
use crate::{
    billing::BillingError,
    credits::{CreditError, OrderId, Refusal},
    on,
    server::{
        app::App,
        clock::Instant,
        db::Tx,
        jobs::Round,
        queue::{Lease, Queue, Retries},
    },
    topics,
};

/// How often the inbox is looked at when no webhook rings.
const PAUSE: Duration = Duration::from_millis(500);
/// Events taken at once.
const BATCH: i64 = 25;
pub(super) const QUEUE: Queue = Queue {
    table: "payment_inbox",
    key: "provider, event_id",
    waiting: "state = 'waiting'",
    sets: "",
    lease: Duration::from_secs(15),
    per_workspace: true,
};
/// After the last attempt an event waits for the operator. With the pauses that is a day.
const RETRIES: Retries = Retries { attempts_max: 30, ..calls::RETRIES };

/// An event as it is stored.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(in crate::billing) struct Stored {
    pub event_id: String,
    pub kind: String,
    pub payload: Vec<u8>,
    pub state: String,
    pub note: Option<String>,
    pub order_id: Option<OrderId>,
    #[sqlx(flatten)]
    pub lease: Lease,
    pub received_at: Instant,
}

/// A worker's claim on an event.
#[derive(Debug, Clone)]
pub(super) struct Claimed {
    pub event: String,
    pub fence: i64,
}

impl Stored {
    /// The claim of the worker that took it.
    pub(super) fn claimed(&self) -> Claimed {
        Claimed { event: self.event_id.clone(), fence: self.lease.fence }
    }
}

const STORED: &str = "event_id, kind, payload, state, note, order_id, lease_until, fence, attempt, received_at";

/// Keeps an event; one that is there already stays as it is. It waits for the turn of its customer's workspace; events of no
/// customer that we know share one.
pub(super) async fn insert(tx: &mut Tx, id: &str, kind: &str, payload: &[u8], at: Instant) -> sqlx::Result<bool> {
    let customer = customer_of(payload);
    let rows = on!(tx, c => sqlx::query(
        "insert into payment_inbox (provider, event_id, kind, payload, state, run_at, received_at, workspace_id)
         values ($1, $2, $3, $4, 'waiting', $5, $5, coalesce((select workspace_id from payment_customers where customer = $6), $7))
         on conflict (provider, event_id) do nothing")
        .bind(NAME).bind(id).bind(kind).bind(payload).bind(at).bind(customer).bind(Uuid::nil())
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(rows == 1)
}

/// Stripe's name of the customer that an event is about.
fn customer_of(payload: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Event {
        data: Data,
    }
    #[derive(Deserialize)]
    struct Data {
        object: Object,
    }
    #[derive(Deserialize)]
    struct Object {
        customer: Option<String>,
    }
    serde_json::from_slice::<Event>(payload).ok()?.data.object.customer
}

/// Says what became of an event; `false` when another worker has it. Run first in the transaction of its effects: it locks
/// the row.
///
/// # Errors
/// The database's.
pub(super) async fn close(
    tx: &mut Tx,
    claimed: &Claimed,
    state: &str,
    note: &str,
    order: Option<OrderId>,
    at: Instant,
) -> sqlx::Result<bool> {
    let rows = on!(tx, c => sqlx::query(
        "update payment_inbox set state = $4, note = $5, order_id = coalesce($6, order_id), done_at = $7, lease_until = null
         where provider = $1 and event_id = $2 and fence = $3 and state = 'waiting'")
        .bind(NAME).bind(&claimed.event).bind(claimed.fence).bind(state).bind(note).bind(order).bind(at)
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(rows == 1)
}

/// Puts an event back, due at `run_at`.
async fn retry(tx: &mut Tx, claimed: &Claimed, note: &str, run_at: Instant) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "update payment_inbox set note = $4, run_at = $5, lease_until = null
         where provider = $1 and event_id = $2 and fence = $3 and state = 'waiting'")
        .bind(NAME).bind(&claimed.event).bind(claimed.fence).bind(note).bind(run_at).execute(c).await.map(drop))
}

/// Queues an event again that was given up. False when it was not.
///
/// # Errors
/// The database's.
pub(in crate::billing) async fn queue_again(tx: &mut Tx, id: &str, at: Instant) -> sqlx::Result<bool> {
    let rows = on!(tx, c => sqlx::query(
        "update payment_inbox set state = 'waiting', run_at = $3, attempt = 0, lease_until = null, done_at = null
         where provider = $1 and event_id = $2 and state = 'dead'")
        .bind(NAME).bind(id).bind(at).execute(c).await.map(|done| done.rows_affected()))?;
    Ok(rows == 1)
}

/// Whether an event was received.
pub(super) async fn is_known(tx: &mut Tx, id: &str) -> sqlx::Result<bool> {
    let events: i64 = on!(tx, c => sqlx::query_scalar(
        "select count(*) from payment_inbox where provider = $1 and event_id = $2")
        .bind(NAME).bind(id).fetch_one(c).await)?;
    Ok(events > 0)
}

/// How many events are in each state.
pub(in crate::billing) async fn counts(tx: &mut Tx) -> sqlx::Result<Vec<(String, i64)>> {
    on!(tx, c => sqlx::query_as("select state, count(*) from payment_inbox group by state order by state")
        .fetch_all(c).await)
}

/// The latest events, those that wait for the operator first.
pub(in crate::billing) async fn latest(tx: &mut Tx, limit: i64) -> sqlx::Result<Vec<Stored>> {
    let sql = format!(
        "select {STORED} from payment_inbox
         order by case state when 'dead' then 0 else 1 end, received_at desc, event_id desc limit $1"
    );
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(limit).fetch_all(c).await)
}

/// Starts the worker of the inbox.
pub(super) fn start(app: &App, stripe: &Arc<Stripe>) {
    let (app, stripe) = (app.clone(), stripe.clone());
    let (jobs, wake) = (app.jobs.clone(), stripe.wake.clone());
    jobs.repeat("payment inbox", PAUSE, wake, move || {
        let (app, stripe) = (app.clone(), stripe.clone());
        async move { work(&app, &stripe).await }
    });
}

/// One round: the events whose time has come. Several copies of the server may do this at once.
pub(in crate::billing) async fn work(app: &App, stripe: &Stripe) -> anyhow::Result<Round> {
    let mut tx = app.db.write().await?;
    let events: Vec<Stored> = QUEUE.claim(&mut tx, STORED, BATCH, app.clock.now()).await?;
    tx.commit().await?;
    // One after the other: most come in the order in which they happened, and then none has to wait for another.
    for event in &events {
        act(app, stripe, event).await?;
    }
    Ok(if events.is_empty() { Round::Idle } else { Round::Worked })
}

/// Acts on one event and says what became of it.
async fn act(app: &App, stripe: &Stripe, event: &Stored) -> anyhow::Result<()> {
    match apply::apply(app, stripe, event).await {
        Ok(Some(done)) => {
            app.live.changed(&app.db, done.workspace.0, &[topics::CREDITS, topics::ORDERS, topics::NOTICES]).await;
            return Ok(());
        }
        Ok(None) => return Ok(()),
        Err(NotApplied::Ignore(why)) => finish(app, event, "ignored", &why).await?,
        Err(NotApplied::Refuse(why)) => {
            tracing::error!(event = event.event_id, kind = event.kind, "a payment event was refused: {why}");
            finish(app, event, "dead", &why).await?;
        }
        Err(NotApplied::Later(why)) => later(app, event, &why).await?,
    }
    Ok(())
}

async fn finish(app: &App, event: &Stored, state: &str, why: &str) -> anyhow::Result<()> {
    let mut tx = app.db.write().await?;
    close(&mut tx, &event.claimed(), state, why, None, app.clock.now()).await?;
    Ok(tx.commit().await?)
}

async fn later(app: &App, event: &Stored, why: &str) -> anyhow::Result<()> {
    let attempt = event.lease.attempt;
    tracing::warn!(event = event.event_id, kind = event.kind, attempt, "a payment event is tried again later: {why}");
    let Some(run_at) = RETRIES.next(attempt, app.clock.now()) else {
        return finish(app, event, "dead", &format!("Given up after {attempt} tries: {why}")).await;
    };
    let mut tx = app.db.write().await?;
    retry(&mut tx, &event.claimed(), why, run_at).await?;
    Ok(tx.commit().await?)
}

impl From<BillingError> for NotApplied {
    fn from(error: BillingError) -> Self {
        match error {
            BillingError::Mismatch { .. }
            | BillingError::Invoice { .. }
            | BillingError::NoOrder(_)
            | BillingError::NotForSale => Self::Refuse(error.to_string()),
            other => Self::Later(other.to_string()),
        }
    }
}

impl From<CreditError> for NotApplied {
    fn from(error: CreditError) -> Self {
        BillingError::from(error).into()
    }
}

impl Refusal for NotApplied {
    /// What could not be done now is tried again by the worker, later.
    fn is_contention(&self) -> bool {
        false
    }
}

impl From<sqlx::Error> for NotApplied {
    fn from(error: sqlx::Error) -> Self {
        Self::Later(format!("the database: {error}"))
    }
}

impl From<Fault> for NotApplied {
    fn from(fault: Fault) -> Self {
        Self::Later(format!("Stripe: {fault}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::db::test_databases;

    const NOW: Instant = Instant(1_000_000_000);

    #[tokio::test]
    async fn a_worker_that_lost_its_lease_says_nothing_more_about_an_event() {
        for test in test_databases().await {
            let mut tx = test.db.write().await.unwrap();
            assert!(insert(&mut tx, "evt_1", "charge.refunded", b"{}", NOW).await.unwrap());
            let slow: Stored = QUEUE.claim(&mut tx, STORED, BATCH, NOW).await.unwrap().remove(0);
            let later = NOW.plus(QUEUE.lease);
            let next: Stored = QUEUE.claim(&mut tx, STORED, BATCH, later).await.unwrap().remove(0);
            assert_eq!((slow.lease.attempt, next.lease.attempt), (1, 2));
            retry(&mut tx, &slow.claimed(), "too late", later).await.unwrap();
            assert!(!close(&mut tx, &slow.claimed(), "applied", "Done.", None, later).await.unwrap());
            assert!(close(&mut tx, &next.claimed(), "applied", "Done.", None, later).await.unwrap());
            let kept = latest(&mut tx, 1).await.unwrap().remove(0);
            assert_eq!((kept.state.as_str(), kept.note.as_deref()), ("applied", Some("Done.")));
        }
    }
}
