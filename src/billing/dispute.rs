//! A payment that the buyer's bank took back (chargeback).
//!
//! While it is open, what is left of the purchase is revoked, and what comes back to it later too; spent credits stay spent, so the
//! balance is never negative. When the bank decides for the operator, the same credits come again.

use super::{
    BillingError, Order, OrderState, notify,
    refund::unclaimed,
    undo::{Undone, undo},
};
use crate::{
    credits::{self, Actor, Claim, Claimed, Credits},
    on,
    server::{clock::Instant, db::Tx},
};

#[derive(Debug, sqlx::FromRow)]
struct Dispute {
    reference: String,
    /// Taken at once.
    credits: Credits,
    /// Taken when it came or comes back to the lots of the order.
    owed: Credits,
    state: String,
}

async fn find(tx: &mut Tx, order: &Order, reference: &str) -> sqlx::Result<Option<Dispute>> {
    on!(tx, c => sqlx::query_as(
        "select reference, credits, owed, state from disputes where workspace_id = $1 and order_id = $2 and reference = $3")
        .bind(order.workspace_id).bind(order.id).bind(reference).fetch_optional(c).await)
}

async fn insert(tx: &mut Tx, order: &Order, reference: &str, state: &str, at: Instant) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "insert into disputes (workspace_id, reference, order_id, credits, state, opened_at, closed_at)
         values ($1, $2, $3, 0, $4, $5, $6)")
        .bind(order.workspace_id).bind(reference).bind(order.id).bind(state).bind(at)
        .bind((state != "open").then_some(at)).execute(c).await.map(drop))
}

async fn close(tx: &mut Tx, order: &Order, reference: &str, state: &str, at: Instant) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "update disputes set state = $3, closed_at = $4 where workspace_id = $1 and reference = $2 and state = 'open'")
        .bind(order.workspace_id).bind(reference).bind(state).bind(at).execute(c).await.map(drop))
}

/// A dispute began: what is left of the purchase is revoked.
pub(super) async fn opened(tx: &mut Tx, order: &Order, reference: &str, at: Instant) -> Result<(), BillingError> {
    // Closed already: the messages came in another order.
    if find(tx, order, reference).await?.is_some() {
        return Ok(());
    }
    insert(tx, order, reference, "open", at).await?;
    freeze(tx, order, at).await
}

/// The bank decided for the operator: what was revoked comes again.
pub(super) async fn won(tx: &mut Tx, order: &Order, reference: &str, at: Instant) -> Result<(), BillingError> {
    match find(tx, order, reference).await? {
        None => insert(tx, order, reference, "won", at).await?,
        Some(dispute) if dispute.state == "open" => {
            close(tx, order, reference, "won", at).await?;
            let key = format!("dispute-won:{reference}");
            let claimed = Claimed { taken: dispute.credits, owed: dispute.owed };
            let why = "The dispute is over; the payment remains";
            let Undone { returned, kept } = undo(tx, order, claimed, &key, why, at).await?;
            set_claimed(tx, order, reference, kept).await?;
            notify::dispute_won(tx, order, reference, returned, at).await?;
        }
        Some(_) => {}
    }
    Ok(())
}

/// The bank decided for the buyer: the money is gone, and the credits stay revoked.
pub(super) async fn lost(tx: &mut Tx, order: &Order, reference: &str, at: Instant) -> Result<(), BillingError> {
    match find(tx, order, reference).await? {
        None => {
            insert(tx, order, reference, "lost", at).await?;
            freeze(tx, order, at).await?;
        }
        Some(dispute) if dispute.state == "open" => close(tx, order, reference, "lost", at).await?,
        Some(_) => return Ok(()),
    }
    notify::dispute_lost(tx, order, reference, at).await?;
    Ok(())
}

/// Revokes what is left of a purchase that is disputed, and notes the rest as a debt of its lots; run again when the payment
/// itself arrives after the dispute.
pub(super) async fn freeze(tx: &mut Tx, order: &Order, at: Instant) -> Result<(), BillingError> {
    if !matches!(order.state, OrderState::Credited | OrderState::Refunded) {
        return Ok(());
    }
    let disputes: Vec<Dispute> = on!(tx, c => sqlx::query_as(
        "select reference, credits, owed, state from disputes
         where workspace_id = $1 and order_id = $2 and state in ('open', 'lost') and credits = 0 and owed = 0 order by opened_at, reference limit 20")
        .bind(order.workspace_id).bind(order.id).fetch_all(c).await)?;
    for dispute in disputes {
        let claim = Claim {
            order: order.id,
            credits: unclaimed(tx, order).await?,
            reason: format!("The payment of {} is disputed at the bank", order.package_name),
            actor: Actor::System,
            key: format!("dispute:{}", dispute.reference),
        };
        let claimed = credits::claim(tx, order.workspace_id, &claim, at).await?;
        notify::disputed(tx, order, &dispute.reference, claimed, at).await?;
        if !claimed.is_zero() {
            set_claimed(tx, order, &dispute.reference, claimed).await?;
        }
    }
    Ok(())
}

async fn set_claimed(tx: &mut Tx, order: &Order, reference: &str, claimed: Claimed) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query("update disputes set credits = $3, owed = $4 where workspace_id = $1 and reference = $2")
        .bind(order.workspace_id).bind(reference).bind(claimed.taken).bind(claimed.owed).execute(c).await.map(drop))
}
