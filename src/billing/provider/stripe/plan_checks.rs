//! Asking Stripe about plans: whether a month was paid, and how the subscription is now. A webhook may be lost, or come days
//! late; nothing that was paid is called unpaid because of that.

use std::{sync::Arc, time::Duration};

use serde_json::Value;

use super::{
    NAME, Stripe,
    apply::{NotApplied, path_segment},
    invoice::Invoice,
    plans, store, subscriptions,
};
use crate::{
    accounts::WorkspaceId,
    billing::{
        BillingError,
        plans::{self as our_plans, Subscription, SubscriptionId, first_check},
    },
    credits::{self, Ledger},
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

const PAUSE: Duration = Duration::from_secs(20);
/// One at a time: it takes several calls, and other workspaces wait meanwhile.
const BATCH: i64 = 1;
/// Invoices read at once, the newest: two years of months.
const INVOICES_MAX: usize = 24;
pub(super) const QUEUE: Queue = Queue {
    table: "subscriptions",
    key: "workspace_id, id",
    waiting: "run_at is not null",
    sets: "",
    lease: Duration::from_secs(3 * 60),
    per_workspace: true,
};
/// When a plan whose month is over is asked about again: until the next month is paid or the plan has ended.
const RETRIES: Retries = Retries {
    first: Duration::from_secs(6 * 60),
    factor: 2,
    pause_max: Duration::from_secs(6 * 60 * 60),
    attempts_max: i64::MAX,
};

/// A plan to be asked about.
#[derive(Debug, Clone, sqlx::FromRow)]
struct Check {
    workspace_id: WorkspaceId,
    id: SubscriptionId,
    provider_reference: Option<String>,
    #[sqlx(flatten)]
    lease: Lease,
}

pub(super) fn start(app: &App, stripe: &Arc<Stripe>) {
    let (app, stripe) = (app.clone(), stripe.clone());
    let jobs = app.jobs.clone();
    jobs.repeat("plans at the payment provider", PAUSE, Arc::default(), move || {
        let (app, stripe) = (app.clone(), stripe.clone());
        async move { ask_about_plans(&app, &stripe).await }
    });
}

/// One round. Several copies of the server may do this at once.
pub(in crate::billing) async fn ask_about_plans(app: &App, stripe: &Stripe) -> anyhow::Result<Round> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let columns = "workspace_id, id, provider_reference, lease_until, fence, attempt";
    let checks: Vec<Check> = QUEUE.claim(&mut tx, columns, BATCH, now).await?;
    tx.commit().await?;
    for check in &checks {
        match ask(app, stripe, check).await {
            // Only now is it known that nothing was paid.
            Ok(()) => our_plans::end_if_over(app, check.id).await.map(drop)?,
            Err(NotApplied::Later(why) | NotApplied::Refuse(why) | NotApplied::Ignore(why)) => {
                tracing::warn!(subscription = %check.id, "a plan could not be asked about: {why}");
            }
        }
        let mut tx = app.db.write().await?;
        retry(&mut tx, check, now).await?;
        tx.commit().await?;
    }
    Ok(if checks.is_empty() { Round::Idle } else { Round::Worked })
}

/// Puts a plan back, to be asked about when its month is over, or soon when it is.
async fn retry(tx: &mut Tx, check: &Check, now: Instant) -> sqlx::Result<()> {
    let seen = our_plans::subscription(tx, check.id).await?;
    let next = seen.and_then(|seen| next_check(&seen, check.lease.attempt, now));
    on!(tx, c => sqlx::query(
        "update subscriptions set run_at = $4, lease_until = null where workspace_id = $1 and id = $2 and fence = $3")
        .bind(check.workspace_id).bind(check.id).bind(check.lease.fence).bind(next).execute(c).await.map(drop))
}

fn next_check(seen: &Subscription, attempt: i64, now: Instant) -> Option<Instant> {
    let planned = first_check(seen)?;
    if planned > now {
        return Some(planned);
    }
    let next = RETRIES.next(attempt, now)?;
    // What ends for want of a payment ends on time, after one more question.
    Some(seen.grace_until.filter(|until| *until > now).map_or(next, |until| until.min(next)))
}

async fn ask(app: &App, stripe: &Stripe, check: &Check) -> Result<(), NotApplied> {
    let reference = check.provider_reference.as_deref().unwrap_or_default();
    if reference.is_empty() {
        return Err(NotApplied::Refuse("Stripe's name of the plan is not known.".into()));
    }
    settle_invoices(app, stripe, reference).await?;
    let now = subscription_at_stripe(stripe, reference).await?;
    let now = now.ok_or_else(|| NotApplied::Refuse("Stripe does not know this plan.".into()))?;
    let (id, workspace, reference, at) = (check.id, check.workspace_id, reference.to_owned(), app.clock.now());
    let now = Arc::new(now);
    let deed = credits::interleaved(workspace, at, move |tx| {
        let (now, reference) = (now.clone(), reference.clone());
        Box::pin(async move { follow(tx, workspace, id, &reference, &now, at).await })
    });
    app.of::<Ledger>().post(deed).await?;
    let changed = [topics::CREDITS, topics::ORDERS, topics::PLAN, topics::NOTICES];
    app.live.changed(&app.db, workspace.0, &changed).await;
    Ok(())
}

/// Our row becomes what Stripe says, unless we asked for another change since.
async fn follow(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: SubscriptionId,
    reference: &str,
    now: &Value,
    at: Instant,
) -> Result<(), BillingError> {
    if is_over(now) {
        return our_plans::ended(tx, id, at).await.map(drop);
    }
    if subscriptions::change_number(now) < subscriptions::newest_change(tx, workspace, reference).await? {
        return Ok(());
    }
    our_plans::corrected(tx, id, subscriptions::cancels(now), None, at).await.map(drop)
}

/// Whether a subscription takes no payment any more.
pub(super) fn is_over(subscription: &Value) -> bool {
    matches!(subscription["status"].as_str(), Some("canceled" | "incomplete_expired"))
}

/// A subscription as it is at Stripe now; `None` when Stripe does not know it.
pub(super) async fn subscription_at_stripe(stripe: &Stripe, reference: &str) -> Result<Option<Value>, NotApplied> {
    match stripe.client.get(&format!("/v1/subscriptions/{}", path_segment(reference))).await {
        Ok(subscription) => Ok(Some(subscription)),
        Err(fault) if fault.is_final() => Ok(None),
        Err(fault) => Err(fault.into()),
    }
}

/// Asks for the invoices of a subscription and acts on those that were paid or declined, the oldest first, as their webhooks
/// would.
pub(super) async fn settle_invoices(app: &App, stripe: &Stripe, reference: &str) -> Result<(), NotApplied> {
    let path = format!("/v1/invoices?subscription={}&limit={INVOICES_MAX}", path_segment(reference));
    let list = stripe.client.get(&path).await?;
    let mut invoices: Vec<&Value> = list["data"].as_array().into_iter().flatten().collect();
    invoices.sort_by_key(|invoice| invoice["created"].as_i64());
    for told in invoices {
        let invoice = Invoice(told);
        if !(invoice.is_paid() || invoice.was_declined()) || is_settled(app, invoice).await? {
            continue;
        }
        match plans::asked(app, stripe, told).await {
            Ok(()) | Err(NotApplied::Ignore(_)) => {}
            Err(NotApplied::Refuse(why)) => tracing::error!(reference, "an invoice contradicts its plan: {why}"),
            Err(later) => return Err(later),
        }
    }
    Ok(())
}

async fn is_settled(app: &App, invoice: Invoice<'_>) -> Result<bool, NotApplied> {
    let mut tx = app.db.read().await?;
    if let (true, Some(reference)) = (invoice.is_first(), invoice.subscription()) {
        return Ok(our_plans::subscription_by_reference(&mut tx, NAME, reference).await?.is_some());
    }
    let id = invoice.0["id"].as_str().unwrap_or_default();
    Ok(store::order_of_invoice(&mut tx, id).await?.is_some())
}
