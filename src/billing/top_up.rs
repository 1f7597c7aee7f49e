//! Automatic top-up (C20): off until somebody who may buy switches it on and consents to the payments. Then a package is
//! bought whenever fewer credits than the threshold are available: one at a time, up to a limit of money in a calendar
//! month, and no more after a declined payment.

use std::{sync::Arc, time::Duration};

use serde::Deserialize;
use sqlx::types::Json;
use tokio::sync::Notify;

use super::{
    BillingError, Order, OrderKind, Package, PackageId, notifications, provider::Provider, reason::TopUpStopReason,
    store,
};
use crate::{
    accounts::{Member, UserId, WorkspaceId, audit},
    credits::{Credits, OrderId},
    on,
    server::{app::App, clock::Instant, db::Tx, jobs::Round, select::Select},
    topics,
    ui::money_text,
};

/// How often balances are compared with thresholds.
const PAUSE: Duration = Duration::from_secs(2);
/// Workspaces of one round.
const LOW_MAX: i64 = 50;
/// Highest threshold, in credits.
pub const THRESHOLD_MAX: i64 = 1_000_000;
/// Most payments that the limit of a month may allow.
pub const MONTH_MAX: i64 = 30;

/// What somebody consented to.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow, Deserialize)]
pub struct TopUp {
    pub workspace_id: WorkspaceId,
    pub package_id: PackageId,
    /// Credits: fewer than this start a payment.
    pub threshold: Credits,
    /// The most that is paid in a calendar month (UTC), in minor units of the package's currency.
    pub limit_minor: i64,
    pub active: bool,
    pub consent_by: UserId,
    pub consent_at: Instant,
    /// Why it switched itself off.
    pub reason: Option<Json<TopUpStopReason>>,
    pub consent_name: Option<String>,
}

/// The rule of `workspace`, switched on or off.
///
/// # Errors
/// Only the database's.
pub async fn top_up(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<Option<TopUp>> {
    select_top_up(workspace).read(tx).await
}

/// The same, to be read together with other things.
pub fn select_top_up(workspace: WorkspaceId) -> Select<Option<TopUp>> {
    Select::rows(
        "workspace_id, package_id, threshold, limit_minor, active flag, consent_by, consent_at, reason json, consent_name",
        "select t.workspace_id, t.package_id, t.threshold, t.limit_minor, t.active, t.consent_by, t.consent_at,
             t.reason, u.name as consent_name
         from top_ups t left join users u on u.id = t.consent_by where t.workspace_id = $1",
    )
    .bind(workspace.0)
    .first()
}

/// Switches automatic top-up on, with the member's consent. Joins the caller's transaction.
///
/// # Errors
/// [`BillingError::NotForSale`] when the package is not sold.
pub async fn switch_on(
    tx: &mut Tx,
    member: &Member,
    package: PackageId,
    threshold: Credits,
    limit_minor: i64,
    at: Instant,
) -> Result<Package, BillingError> {
    let sold =
        store::packages(tx).await?.into_iter().find(|sold| sold.id == package).ok_or(BillingError::NotForSale)?;
    on!(tx, c => sqlx::query(
        "insert into top_ups (workspace_id, package_id, threshold, limit_minor, active, consent_by, consent_at, changed_at)
         values ($1, $2, $3, $4, true, $5, $6, $6)
         on conflict (workspace_id) do update set package_id = excluded.package_id, threshold = excluded.threshold,
             limit_minor = excluded.limit_minor, active = true, consent_by = excluded.consent_by,
             consent_at = excluded.consent_at, changed_at = excluded.changed_at, reason = null")
        .bind(member.workspace).bind(package).bind(threshold).bind(limit_minor).bind(member.user).bind(at)
        .execute(c).await.map(drop))?;
    let limit = money_text(limit_minor, &sold.currency);
    let detail =
        format!("{} below {} credits, at most {limit} a month", sold.name, crate::ui::count_text(threshold.get()));
    audit::record(
        tx,
        member.workspace,
        audit::Actor::User(member.user),
        "Switched automatic top-up on",
        &sold.name,
        &detail,
        at,
    )
    .await?;
    Ok(sold)
}

/// Switches it off. Joins the caller's transaction; twice changes nothing.
///
/// # Errors
/// Only the database's.
pub async fn switch_off(tx: &mut Tx, member: &Member, at: Instant) -> sqlx::Result<bool> {
    if !stop(tx, member.workspace, None, at).await? {
        return Ok(false);
    }
    let actor = audit::Actor::User(member.user);
    audit::record(tx, member.workspace, actor, "Switched automatic top-up off", "Automatic top-up", "", at).await?;
    Ok(true)
}

/// A declined payment switches it off, with a message.
pub(super) async fn stop_after_decline(tx: &mut Tx, order: &Order, at: Instant) -> Result<(), BillingError> {
    if stop(tx, order.workspace_id, Some(&TopUpStopReason::Declined), at).await? {
        let actor = audit::Actor::System;
        let subject = &order.package_name;
        audit::record(
            tx,
            order.workspace_id,
            actor,
            "Switched automatic top-up off",
            subject,
            "The payment was declined",
            at,
        )
        .await?;
        notifications::top_up_stopped(tx, order, at).await?;
    }
    Ok(())
}

async fn stop(
    tx: &mut Tx,
    workspace: WorkspaceId,
    reason: Option<&TopUpStopReason>,
    at: Instant,
) -> sqlx::Result<bool> {
    let rows = on!(tx, c => sqlx::query(
        "update top_ups set active = false, reason = $2, changed_at = $3 where workspace_id = $1 and active")
        .bind(workspace).bind(reason.map(Json)).bind(at).execute(c).await.map(|done| done.rows_affected()))?;
    Ok(rows == 1)
}

/// Makes the order of one top-up, if it is time for one: switched on, too few credits, none in flight, the month's
/// maximum not reached. Joins the caller's transaction; eight callers at once make one order.
///
/// # Errors
/// Only the database's.
pub async fn order_if_low(
    tx: &mut Tx,
    workspace: WorkspaceId,
    provider: &str,
    at: Instant,
) -> Result<Option<Order>, BillingError> {
    // The row is locked, so that what is counted below stays true until the order is there.
    on!(tx, c => sqlx::query("update top_ups set active = active where workspace_id = $1")
        .bind(workspace).execute(c).await.map(drop))?;
    let Some(rule) = top_up(tx, workspace).await?.filter(|rule| rule.active) else { return Ok(None) };
    let available = crate::credits::balance(tx, workspace).await?.available;
    if available >= rule.threshold {
        return Ok(None);
    }
    let Some(sold) = store::packages(tx).await?.into_iter().find(|sold| sold.id == rule.package_id) else {
        stop(tx, workspace, Some(&TopUpStopReason::NotForSale), at).await?;
        return Ok(None);
    };
    let (open, paid_minor) = orders_of_month(tx, workspace, &sold.currency, super::plans::month_start(at)).await?;
    if open > 0 || paid_minor.saturating_add(sold.amount_minor) > rule.limit_minor {
        return Ok(None);
    }
    let id = OrderId::new();
    on!(tx, c => sqlx::query(
        "insert into orders (workspace_id, id, kind, package_id, package_name, credits, amount_minor, currency, state,
             state_since, provider, ordered_by, idempotency_key, created_at)
         select $1, $2, 'top_up', id, name, credits, amount_minor, currency, 'created', $3, $4, $5, $6, $3
         from packages where id = $7 and retired_at is null on conflict do nothing")
        .bind(workspace).bind(id).bind(at).bind(provider).bind(rule.consent_by).bind(format!("top-up:{id}"))
        .bind(rule.package_id).execute(c).await.map(drop))?;
    let order = super::order(tx, workspace, id).await?;
    if let Some(order) = &order {
        let subject = &order.package_name;
        let detail = format!("{} credits were available", crate::ui::count_text(available.get()));
        audit::record(tx, workspace, audit::Actor::System, "Ordered an automatic top-up", subject, &detail, at).await?;
    }
    Ok(order)
}

/// How many times a package is bought at once when `available` credits are there: until the threshold or the limit is reached.
pub fn buys_now(package: &Package, available: Credits, threshold: Credits, limit_minor: i64) -> i64 {
    let missing = threshold.get().saturating_sub(available.get()).max(0);
    let size = package.credits.get().max(1);
    (missing.saturating_add(size - 1) / size).min(limit_minor / package.amount_minor.max(1))
}

/// How many top-ups are in flight, and how much was paid or is being paid since `start`.
async fn orders_of_month(
    tx: &mut Tx,
    workspace: WorkspaceId,
    currency: &str,
    start: Instant,
) -> sqlx::Result<(i64, i64)> {
    on!(tx, c => sqlx::query_as(
        "select coalesce(sum(case when state in ('created', 'pending') then 1 else 0 end), 0),
             cast(coalesce(sum(case when created_at >= $2 and state <> 'cancelled' and state <> 'failed' and currency = $3
                 then amount_minor else 0 end), 0) as bigint)
         from orders where workspace_id = $1 and kind = 'top_up'")
        .bind(workspace).bind(start).bind(currency).fetch_one(c).await)
}

/// Starts the loop that watches balances. Several copies of the server may run it.
pub(super) fn start(app: &App) {
    let (app, jobs) = (app.clone(), app.jobs.clone());
    jobs.repeat("automatic top-up", PAUSE, Arc::new(Notify::new()), move || {
        let app = app.clone();
        async move { top_up_what_is_low(&app).await }
    });
}

/// One round: orders are made where credits are low, and those that are not paid yet are paid with the saved method. An
/// order that an earlier round could not pay (the provider was away) is asked about again, never made anew.
pub(super) async fn top_up_what_is_low(app: &App) -> anyhow::Result<Round> {
    let Some(provider) = Provider::of(app) else { return Ok(Round::Idle) };
    let low = low(&mut app.db.read().await?, LOW_MAX).await?;
    for workspace in low {
        let mut tx = app.db.write().await?;
        order_if_low(&mut tx, workspace, provider.name(), app.clock.now()).await?;
        tx.commit().await?;
    }
    for order in unpaid(&mut app.db.read().await?, provider.name(), LOW_MAX).await? {
        match provider.charge_saved(app, &order).await {
            Ok(settlement) if settlement.changed => {
                app.live
                    .changed(&app.db, order.workspace_id.0, &[topics::CREDITS, topics::ORDERS, topics::NOTICES])
                    .await;
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(order = %order.id, "an automatic top-up is not paid yet: {error}"),
        }
    }
    // Looked at again after the pause: nothing here may ever pay in a tight loop.
    Ok(Round::Idle)
}

async fn low(tx: &mut Tx, limit: i64) -> sqlx::Result<Vec<WorkspaceId>> {
    on!(tx, c => sqlx::query_scalar(
        "select t.workspace_id from top_ups t left join credit_accounts a on a.workspace_id = t.workspace_id
         where t.active and coalesce(a.available, 0) < t.threshold
             and not exists (select 1 from orders o where o.workspace_id = t.workspace_id and o.kind = 'top_up'
                 and o.state in ('created', 'pending'))
         order by t.changed_at, t.workspace_id limit $1")
        .bind(limit).fetch_all(c).await)
}

async fn unpaid(tx: &mut Tx, provider: &str, limit: i64) -> sqlx::Result<Vec<Order>> {
    store::orders_waiting(tx, OrderKind::TopUp, provider, limit).await
}
