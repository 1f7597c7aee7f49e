//! What Stripe told us: stored as it came, acted on by a worker, in any order, any number of times.

use std::{sync::Arc, time::Duration};

use super::{
    NAME, Stripe,
    apply::{self, NotApplied},
    client::Fault,
};
use crate::{
    billing::BillingError,
    credits::{CreditError, OrderId, Refusal},
    on,
    server::{app::App, clock::Instant, db::Tx, jobs::Round},
};

/// How often the inbox is looked at when no webhook rings.
const PAUSE: Duration = Duration::from_millis(500);
/// Events taken at once, and for how long.
const BATCH: i64 = 25;
const LEASE: Duration = Duration::from_secs(15);
/// After so many tries an event waits for the operator. With the pauses that is a day.
const ATTEMPTS_MAX: i64 = 30;

/// An event as it is stored.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(in crate::billing) struct Stored {
    pub event_id: String,
    pub kind: String,
    pub payload: Vec<u8>,
    pub state: String,
    pub note: Option<String>,
    pub order_id: Option<OrderId>,
    pub attempts: i64,
    pub received_at: Instant,
}

const STORED: &str = "event_id, kind, payload, state, note, order_id, attempts, received_at";

/// Keeps an event; one that is there already stays as it is.
pub(super) async fn insert(tx: &mut Tx, id: &str, kind: &str, payload: &[u8], at: Instant) -> sqlx::Result<bool> {
    let rows = on!(tx, c => sqlx::query(
        "insert into payment_inbox (provider, event_id, kind, payload, state, run_at, received_at)
         values ($1, $2, $3, $4, 'waiting', $5, $5) on conflict (provider, event_id) do nothing")
        .bind(NAME).bind(id).bind(kind).bind(payload).bind(at)
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(rows == 1)
}

async fn claim(tx: &mut Tx, at: Instant) -> sqlx::Result<Vec<Stored>> {
    let lock = if tx.is_postgres() { "for update skip locked" } else { "" };
    let sql = format!(
        "update payment_inbox set lease_until = $2
         where (provider, event_id) in (select provider, event_id from payment_inbox
             where state = 'waiting' and run_at <= $1 and (lease_until is null or lease_until <= $1)
             order by run_at limit {BATCH} {lock})
         returning {STORED}"
    );
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(at).bind(at.plus(LEASE)).fetch_all(c).await)
}

/// Says what became of an event; `false` when somebody else did meanwhile. Run first in the transaction of its effects:
/// it locks the row.
pub(super) async fn close(
    tx: &mut Tx,
    id: &str,
    state: &str,
    note: &str,
    order: Option<OrderId>,
    at: Instant,
) -> sqlx::Result<bool> {
    let rows = on!(tx, c => sqlx::query(
        "update payment_inbox set state = $3, note = $4, order_id = coalesce($5, order_id), done_at = $6,
             attempts = attempts + 1, lease_until = null
         where provider = $1 and event_id = $2 and state = 'waiting'")
        .bind(NAME).bind(id).bind(state).bind(note).bind(order).bind(at)
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(rows == 1)
}

async fn put_off(tx: &mut Tx, id: &str, note: &str, run_at: Instant) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "update payment_inbox set note = $3, attempts = attempts + 1, run_at = $4, lease_until = null
         where provider = $1 and event_id = $2 and state = 'waiting'")
        .bind(NAME).bind(id).bind(note).bind(run_at).execute(c).await.map(drop))
}

/// Lets an event that waits for the operator be tried again.
pub(in crate::billing) async fn retry(tx: &mut Tx, id: &str, at: Instant) -> sqlx::Result<bool> {
    let rows = on!(tx, c => sqlx::query(
        "update payment_inbox set state = 'waiting', run_at = $3, attempts = 0, lease_until = null, done_at = null
         where provider = $1 and event_id = $2 and state = 'dead'")
        .bind(NAME).bind(id).bind(at).execute(c).await.map(|done| done.rows_affected()))?;
    Ok(rows == 1)
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
    let events = claim(&mut tx, app.clock.now()).await?;
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
            app.live.changed(&app.db, done.workspace.0, &["credits", "orders", "notices"]).await;
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
    close(&mut tx, &event.event_id, state, why, None, app.clock.now()).await?;
    Ok(tx.commit().await?)
}

async fn later(app: &App, event: &Stored, why: &str) -> anyhow::Result<()> {
    let attempts = event.attempts + 1;
    tracing::warn!(event = event.event_id, kind = event.kind, attempts, "a payment event is tried again later: {why}");
    if attempts >= ATTEMPTS_MAX {
        return finish(app, event, "dead", &format!("Given up after {attempts} tries: {why}")).await;
    }
    let mut tx = app.db.write().await?;
    put_off(&mut tx, &event.event_id, why, app.clock.now().plus(super::calls::pause_after(attempts))).await?;
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
