//! Asking Stripe for something, so that it happens once: the call's key and body are committed before it is made, and a
//! call whose answer was lost is repeated word for word.

use std::time::Duration;

use serde_json::Value;
use uuid::Uuid;

use super::{Stripe, client::Fault};
use crate::{
    accounts::WorkspaceId,
    billing::BillingError,
    credits::OrderId,
    on,
    server::{
        app::App,
        clock::Instant,
        db::Tx,
        inconsistency::Inconsistency,
        queue::{Lease, Retries},
    },
};

/// When a call without a clear answer is repeated: never given up, because it may have happened.
pub(super) const RETRIES: Retries = Retries {
    first: Duration::from_secs(5),
    factor: 2,
    pause_max: Duration::from_secs(60 * 60),
    attempts_max: i64::MAX,
};

/// What is asked.
#[derive(Debug, Clone)]
pub(in crate::billing) struct Call {
    pub workspace: WorkspaceId,
    /// Unique; the idempotency key.
    pub key: String,
    pub kind: &'static str,
    pub order: Option<OrderId>,
    pub refund: Option<Uuid>,
    pub path: String,
    /// Form-encoded.
    pub body: String,
    /// When the worker makes the call; `None`: whoever asks makes it, and repeats it.
    pub run_at: Option<Instant>,
}

/// A call as it is stored.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct StoredCall {
    pub workspace_id: WorkspaceId,
    pub key: String,
    pub kind: String,
    pub order_id: Option<OrderId>,
    pub refund_id: Option<Uuid>,
    pub path: String,
    pub body: String,
    pub state: String,
    #[sqlx(flatten)]
    pub lease: Lease,
    pub first_try_at: Option<Instant>,
    pub answer: Option<String>,
}

/// A call without an answer so far.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(in crate::billing) struct OpenCall {
    pub key: String,
    pub kind: String,
    pub order_id: Option<OrderId>,
    pub attempt: i64,
    pub last_error: Option<String>,
    pub created_at: Instant,
}

pub(super) const STORED_CALL: &str = "workspace_id, key, kind, order_id, refund_id, path, body, state, lease_until, fence, attempt, first_try_at, answer";

/// Writes a call down; a key that is there already stays as it is.
pub(in crate::billing) async fn write_down(tx: &mut Tx, call: &Call, at: Instant) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "insert into payment_calls (workspace_id, key, kind, order_id, refund_id, path, body, state, run_at, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, 'open', $8, $9) on conflict (workspace_id, key) do nothing")
        .bind(call.workspace).bind(&call.key).bind(call.kind).bind(call.order).bind(call.refund).bind(&call.path)
        .bind(&call.body).bind(call.run_at).bind(at)
        .execute(c).await.map(drop))
}

impl StoredCall {
    /// A field of the body.
    pub fn field(&self, name: &str) -> Option<String> {
        let mut pairs = url::form_urlencoded::parse(self.body.as_bytes());
        pairs.find(|(key, _)| key == name).map(|(_, text)| text.into_owned())
    }

    pub fn has(&self, name: &str) -> bool {
        self.field(name).is_some()
    }
}

/// Completes the body of a call that was never made. Returns the call as it is kept: somebody else may have been first.
pub(super) async fn replace_body(tx: &mut Tx, call: &StoredCall, body: &str) -> sqlx::Result<StoredCall> {
    on!(tx, c => sqlx::query(
        "update payment_calls set body = $3 where workspace_id = $1 and key = $2 and state = 'open' and body = $4")
        .bind(call.workspace_id).bind(&call.key).bind(body).bind(&call.body).execute(c).await.map(drop))?;
    stored(tx, call.workspace_id, &call.key).await
}

/// Whether the saved method is being charged for an order: nobody knows yet with what outcome.
pub(in crate::billing) async fn is_charging(tx: &mut Tx, workspace: WorkspaceId, order: OrderId) -> sqlx::Result<bool> {
    let open: i64 = on!(tx, c => sqlx::query_scalar(
        "select count(*) from payment_calls where workspace_id = $1 and order_id = $2 and kind = 'charge' and state = 'open'")
        .bind(workspace).bind(order).fetch_one(c).await)?;
    Ok(open > 0)
}

async fn stored(tx: &mut Tx, workspace: WorkspaceId, key: &str) -> sqlx::Result<StoredCall> {
    let sql = format!("select {STORED_CALL} from payment_calls where workspace_id = $1 and key = $2");
    let call =
        on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(workspace).bind(key).fetch_optional(c).await)?;
    Ok(call.ok_or_else(|| Inconsistency::new("payment_calls", "key", key))?)
}

/// Makes a call and waits for its answer. The same key gives the same answer, also after a crash in between.
///
/// # Errors
/// [`BillingError::Provider`]: the provider's refusal, or that it is not known whether it happened.
pub(in crate::billing) async fn ask(app: &App, stripe: &Stripe, call: &Call) -> Result<Value, BillingError> {
    let mut tx = app.db.write().await?;
    write_down(&mut tx, call, app.clock.now()).await?;
    let stored = stored(&mut tx, call.workspace, &call.key).await?;
    note_try(&mut tx, &stored, app.clock.now()).await?;
    tx.commit().await?;
    if let Some(known) = known_answer(&stored) {
        return Ok(known?);
    }
    let answer = stripe.client.post(&stored.path, &stored.key, &stored.body).await;
    let mut tx = app.db.write().await?;
    note_answer(&mut tx, &stored, &answer, None, app.clock.now()).await?;
    tx.commit().await?;
    Ok(answer?)
}

/// The answer that came before.
fn known_answer(call: &StoredCall) -> Option<Result<Value, Fault>> {
    let text = call.answer.as_deref()?;
    match call.state.as_str() {
        "done" => serde_json::from_str(text).ok().map(Ok),
        // Anything else may go well by now: the operator mended something.
        "refused" if call.kind == "charge" => {
            let (code, message) = text.split_once(": ").unwrap_or(("refused", text));
            Some(Err(Fault::Refused { code: code.into(), message: message.into() }))
        }
        _ => None,
    }
}

async fn note_try(tx: &mut Tx, call: &StoredCall, at: Instant) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "update payment_calls set attempt = attempt + 1, first_try_at = coalesce(first_try_at, $3)
         where workspace_id = $1 and key = $2 and state = 'open'")
        .bind(call.workspace_id).bind(&call.key).bind(at).execute(c).await.map(drop))
}

/// Keeps the answer; an unclear one leaves the call open, to be repeated at `run_at`. False when another worker has the
/// call: its answer, under the same key, is the one that counts.
///
/// # Errors
/// The database's.
pub(super) async fn note_answer(
    tx: &mut Tx,
    call: &StoredCall,
    answer: &Result<Value, Fault>,
    run_at: Option<Instant>,
    at: Instant,
) -> sqlx::Result<bool> {
    let (state, text, error) = match answer {
        Ok(value) => ("done", Some(value.to_string()), None),
        Err(Fault::Refused { code, message }) => ("refused", Some(format!("{code}: {message}")), None),
        Err(fault) => ("open", None, Some(fault.to_string())),
    };
    let done_at = (state != "open").then_some(at);
    on!(tx, c => sqlx::query(
        "update payment_calls set state = $4, answer = $5, last_error = $6, run_at = $7, done_at = $8, lease_until = null
         where workspace_id = $1 and key = $2 and fence = $3 and state <> 'done'")
        .bind(call.workspace_id).bind(&call.key).bind(call.lease.fence).bind(state).bind(text).bind(error).bind(run_at)
        .bind(done_at).execute(c).await.map(|done| done.rows_affected() == 1))
}

/// `a=1&b=2`, percent-encoded.
pub(in crate::billing) fn form(fields: &[(&str, String)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}
