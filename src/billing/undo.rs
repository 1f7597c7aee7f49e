//! A claim on the credits of an order is over, because its money stays (rule C19): a refund failed, or a dispute was won. What else
//! went back of the same order inherits what it is due first, so that no workspace has both the money and the credits.

use super::{
    BillingError, Order,
    refund::{pro_rata, unclaimed},
    refund_store::{self as rows, RefundId},
};
use crate::{
    credits::{self, Again, Claimed, CreditError, Credits},
    on,
    server::{clock::Instant, db::Tx},
};

/// What became of a claim that is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Undone {
    /// Credits that came again and can be used: what the order still owes is paid from them.
    pub returned: Credits,
    /// What the claim's own row keeps: what was taken at once and came again, and the debt that was paid and came again.
    pub kept: Claimed,
}

/// What an order is claimed for besides.
enum Heir {
    Refund(RefundId),
    Dispute(String),
}

/// Ends a claim whose row says already that it is over. What other refunds and disputes of the order are due passes on to them; what
/// is still owed is cancelled, and what was taken comes again, in a lot of the order that does not expire, as bought ones do not.
///
/// # Errors
/// The database's, and the ledger's when the credits do not fit into the account.
pub(super) async fn undo(
    tx: &mut Tx,
    order: &Order,
    over: Claimed,
    key: &str,
    why: &str,
    at: Instant,
) -> Result<Undone, BillingError> {
    let mut left = over;
    for (heir, due) in heirs(tx, order).await? {
        let taken = left.taken.min(due);
        let owed = left.owed.min(due.minus(taken).map_err(CreditError::from)?);
        let part = Claimed { taken, owed };
        if part.is_zero() {
            continue;
        }
        pass_on(tx, order, &heir, part).await?;
        left.taken = left.taken.minus(taken).map_err(CreditError::from)?;
        left.owed = left.owed.minus(owed).map_err(CreditError::from)?;
    }
    let forgiven = credits::forgive(tx, order.workspace_id, order.id, left.owed, at).await?;
    let paid = left.owed.minus(forgiven).map_err(CreditError::from)?;
    let again = Again {
        order: order.id,
        credits: left.taken.plus(paid).map_err(CreditError::from)?,
        reason: format!("{why}: the credits of {} are back", order.package_name),
        key: key.to_owned(),
    };
    let returned = credits::come_again(tx, order.workspace_id, &again, at).await?;
    Ok(Undone { returned, kept: Claimed { taken: left.taken, owed: paid } })
}

/// The claims on an order that stand, with what each is due beyond what it has: an open or lost dispute everything, refunds the part
/// of the price that went back, and everything when that is the whole price.
async fn heirs(tx: &mut Tx, order: &Order) -> Result<Vec<(Heir, Credits)>, BillingError> {
    let dispute: Option<String> = on!(&mut *tx, c => sqlx::query_scalar(
        "select reference from disputes where workspace_id = $1 and order_id = $2 and state in ('open', 'lost')
         order by opened_at, reference limit 1")
        .bind(order.workspace_id).bind(order.id).fetch_optional(c).await)?;
    if let Some(reference) = dispute {
        return Ok(vec![(Heir::Dispute(reference), unclaimed(tx, order).await?)]);
    }
    let mut refunds = rows::standing(tx, order).await?;
    let charged = order.charged_minor();
    if charged > 0 && rows::returned_minor(tx, order, None).await? >= charged {
        let Some(last) = refunds.pop() else { return Ok(Vec::new()) };
        return Ok(vec![(Heir::Refund(last.id), unclaimed(tx, order).await?)]);
    }
    let due = |refund: &rows::Refund| {
        let whole = Credits::new(pro_rata(order.credits.get(), refund.amount_minor, charged)).unwrap_or_default();
        let has = refund.credits.plus(refund.owed).unwrap_or(whole);
        whole.minus(has).unwrap_or_default()
    };
    Ok(refunds.iter().map(|refund| (Heir::Refund(refund.id), due(refund))).collect())
}

async fn pass_on(tx: &mut Tx, order: &Order, heir: &Heir, part: Claimed) -> sqlx::Result<()> {
    match heir {
        Heir::Refund(id) => rows::inherit(tx, order, *id, part).await,
        Heir::Dispute(reference) => on!(tx, c => sqlx::query(
            "update disputes set credits = credits + $3, owed = owed + $4 where workspace_id = $1 and reference = $2")
            .bind(order.workspace_id).bind(reference).bind(part.taken).bind(part.owed).execute(c).await.map(drop)),
    }
}
