//! Giving money back for an order (rule C19).
//!
//! The credits are revoked first, in the transaction that writes the refund down; then the provider is asked, again
//! and again under the same key. If it refuses for good, the credits come back. So a balance is never negative, and
//! nobody has both the money and the credits.

use std::time::Duration;

use super::{
    BillingError, Order, OrderState, notify,
    provider::{
        self,
        stripe::{
            self,
            calls::{self, Call},
        },
    },
    reason::OrderReason,
    refund_store as rows,
    refund_store::{Refund, RefundId, RefundOrigin, RefundState},
    store,
    undo::{Undone, undo},
};
use crate::{
    accounts::{Member, audit},
    credits::{self, Actor, Claim, Claimed, Credits},
    server::{clock::Instant, db::Tx},
    ui::{credits_text, money_text},
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What can be given back for an order now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refundable {
    /// What is left of the order's lots, and will be revoked.
    pub credits: Credits,
    /// What will be paid back, in minor units.
    pub amount_minor: i64,
}

/// Why nothing can be given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoRefund {
    /// Not paid, or given back already.
    NothingPaid,
    /// Every credit is spent, held or gone.
    NothingLeft,
    /// Later than the operator allows.
    TooLate,
    /// The operator does not offer it.
    NotOffered,
}

impl NoRefund {
    /// For people.
    pub fn text(self) -> &'static str {
        match self {
            Self::NothingPaid => "There is no payment to give back.",
            Self::NothingLeft => "Nothing of this purchase is left: its credits are spent, set aside, or taken back.",
            Self::TooLate => "The time for a refund is over. Ask the operator of this server.",
            Self::NotOffered => "Refunds are made by the operator of this server. Ask there.",
        }
    }
}

/// What can be given back for `order`: what is left of its lots, pro rata in money (rounded down), or the whole price for
/// all of its credits.
pub async fn refundable(
    tx: &mut Tx,
    order: &Order,
    days: u64,
    at: Instant,
) -> sqlx::Result<Result<Refundable, NoRefund>> {
    if order.state != OrderState::Credited {
        return Ok(Err(NoRefund::NothingPaid));
    }
    if days == 0 {
        return Ok(Err(NoRefund::NotOffered));
    }
    if at > order.state_since.plus(DAY * u32::try_from(days).unwrap_or(u32::MAX)) {
        return Ok(Err(NoRefund::TooLate));
    }
    let left = credits::purchase_left(tx, order.workspace_id, order.id, at).await?;
    let returned = rows::returned_minor(tx, order, None).await?;
    Ok(share(order, left, returned))
}

fn share(order: &Order, left: Credits, returned_minor: i64) -> Result<Refundable, NoRefund> {
    let charged = order.charged_minor();
    if charged == 0 {
        return Err(NoRefund::NothingPaid);
    }
    let amount_minor = pro_rata(charged, left.get(), order.credits.get());
    let amount_minor = provider::can_give_back(order, amount_minor.min(charged.saturating_sub(returned_minor)));
    if left.is_zero() || amount_minor <= 0 {
        Err(NoRefund::NothingLeft)
    } else {
        Ok(Refundable { credits: left, amount_minor })
    }
}

/// `whole × part / of`, rounded down, without leaving 64 bits on the way.
pub(super) fn pro_rata(whole: i64, part: i64, of: i64) -> i64 {
    let share = i128::from(whole) * i128::from(part) / i128::from(of.max(1));
    i64::try_from(share).unwrap_or(i64::MAX)
}

/// Revokes what is left of an order and asks the provider for the money. `key` is the form's: twice is once.
///
/// # Errors
/// [`BillingError::NoRefund`]; nothing changes then.
pub async fn ask_for_refund(
    tx: &mut Tx,
    member: &Member,
    order: &Order,
    key: &str,
    days: u64,
    at: Instant,
) -> Result<Refund, BillingError> {
    // The account first, as whoever settles does.
    credits::lock(tx, order.workspace_id).await?;
    let order = store::lock_known_order(tx, order.id).await?;
    let key = format!("member:{}:{key}", order.id);
    if let Some(refund) = rows::by_key(tx, &order, &key).await? {
        return Ok(refund);
    }
    let offer = refundable(tx, &order, days, at).await?.map_err(BillingError::NoRefund)?;
    let embedded = order.provider == super::provider::embedded::NAME;
    let refund = Refund {
        id: RefundId::new(),
        order_id: order.id,
        amount_minor: offer.amount_minor,
        currency: order.currency.clone(),
        credits: offer.credits,
        owed: Credits::ZERO,
        state: if embedded { RefundState::Done } else { RefundState::Sending },
        state_since: at,
        note: None,
        origin: RefundOrigin::Member,
        reference: None,
        created_at: at,
    };
    rows::insert(tx, &order, &refund, Some(member.user), &key).await?;
    claim(tx, &order, &refund, offer.credits, Actor::User(member.user), at).await?;
    if !embedded {
        let payment_intent = stripe::payment_intent_of(tx, &order).await?;
        calls::write_down(tx, &call_for(payment_intent, &order, &refund, at)?, at).await?;
    }
    let detail = format!("{} back, {} taken back", money(&refund), credits_text(refund.credits.get()));
    let who = audit::Actor::User(member.user);
    audit::record(tx, order.workspace_id, who, "Asked for a refund", &order.package_name, &detail, at).await?;
    close_when_whole(tx, &order, at).await?;
    Ok(refund)
}

fn call_for(payment_intent: Option<String>, order: &Order, refund: &Refund, at: Instant) -> Result<Call, BillingError> {
    let fields = [
        ("payment_intent", payment_intent.unwrap_or_default()),
        ("amount", stripe::units::amount(refund.amount_minor, &refund.currency)?),
        ("reason", "requested_by_customer".into()),
        ("metadata[refund]", refund.id.to_string()),
        ("metadata[order]", order.id.to_string()),
    ];
    Ok(Call {
        workspace: order.workspace_id,
        key: format!("refund:{}", refund.id),
        kind: "refund",
        order: Some(order.id),
        refund: Some(refund.id.0),
        path: "/v1/refunds".into(),
        body: calls::form(&fields),
        run_at: Some(at),
    })
}

/// Takes a refund's credits out of the order's lots, now or when they come back to them.
async fn claim(
    tx: &mut Tx,
    order: &Order,
    refund: &Refund,
    credits: Credits,
    actor: Actor,
    at: Instant,
) -> Result<Claimed, BillingError> {
    let claim = Claim {
        order: order.id,
        credits,
        reason: format!("Refund of {}: {} back", order.package_name, money(refund)),
        actor,
        key: format!("refund:{}", refund.id),
    };
    Ok(credits::claim(tx, order.workspace_id, &claim, at).await?)
}

/// What of an order no refund or dispute took back or waits for yet.
pub(super) async fn unclaimed(tx: &mut Tx, order: &Order) -> Result<Credits, BillingError> {
    Ok(order.credits.minus(rows::claimed(tx, order).await?).unwrap_or_default())
}

fn money(refund: &Refund) -> String {
    money_text(refund.amount_minor, &refund.currency)
}

/// An order whose whole price went back is refunded.
async fn close_when_whole(tx: &mut Tx, order: &Order, at: Instant) -> sqlx::Result<()> {
    if order.charged_minor() > 0 && rows::returned_minor(tx, order, None).await? >= order.charged_minor() {
        let reason = &OrderReason::Refunded;
        store::move_order(tx, order.id, &[OrderState::Credited], OrderState::Refunded, reason, at).await?;
    }
    Ok(())
}

/// The provider took a refund and named it.
pub(super) async fn named(tx: &mut Tx, order: &Order, id: uuid::Uuid, reference: &str) -> sqlx::Result<()> {
    rows::set_reference(tx, order, RefundId(id), reference).await
}

/// The provider has paid a refund out.
pub(super) async fn done(tx: &mut Tx, order: &Order, id: uuid::Uuid, reference: &str, at: Instant) -> sqlx::Result<()> {
    let from = [RefundState::Sending];
    rows::close(tx, order, RefundId(id), &from, RefundState::Done, Some(reference), None, at).await.map(drop)
}

/// The provider refuses a refund for good, or the money came back: so do the credits. `why` is in the provider's words,
/// `told_at` when that happened.
pub(super) async fn failed(
    tx: &mut Tx,
    order: &Order,
    id: uuid::Uuid,
    why: Option<&str>,
    told_at: Instant,
    at: Instant,
) -> Result<(), BillingError> {
    let from = [RefundState::Sending, RefundState::Done, RefundState::Waiting];
    let Some(refund) = rows::by_id(tx, order, RefundId(id)).await? else { return Ok(()) };
    if !rows::close(tx, order, refund.id, &from, RefundState::Failed, None, why, told_at).await? {
        return Ok(());
    }
    let reason = &OrderReason::RefundFailed;
    store::move_order(tx, order.id, &[OrderState::Refunded], OrderState::Credited, reason, at).await?;
    let claimed = Claimed { taken: refund.credits, owed: refund.owed };
    let key = format!("refund-failed:{}", refund.id);
    let Undone { returned, kept } = undo(tx, order, claimed, &key, "The refund failed", at).await?;
    rows::set_claimed(tx, order, refund.id, kept).await?;
    notify::refund_failed(tx, order, &refund, returned, why, at).await?;
    Ok(())
}

/// A refund made elsewhere (in the provider's dashboard) failed.
pub(super) async fn failed_elsewhere(
    tx: &mut Tx,
    order: &Order,
    reference: &str,
    amount_minor: i64,
    why: Option<&str>,
    told_at: Instant,
    at: Instant,
) -> Result<(), BillingError> {
    // A refund that we asked for, told without our mark, or one of the same sum that the provider told us about.
    match rows::by_reference_or_sum(tx, order, reference, amount_minor).await? {
        Some(refund) => failed(tx, order, refund.id.0, why, told_at, at).await,
        None => Ok(()),
    }
}

/// The provider says that `total_minor` of an order went back so far, as of `told_at`. What we did not know of was made
/// in its dashboard; it waits when the order is not credited yet.
pub(super) async fn told_of_total(
    tx: &mut Tx,
    order: &Order,
    total_minor: i64,
    told_at: Instant,
    event_id: &str,
    at: Instant,
) -> Result<(), BillingError> {
    let known = rows::returned_minor(tx, order, Some(told_at)).await?;
    let unknown = total_minor.min(order.charged_minor()).saturating_sub(known);
    if unknown <= 0 {
        return Ok(());
    }
    let refund = Refund {
        id: RefundId::new(),
        order_id: order.id,
        amount_minor: unknown,
        currency: order.currency.clone(),
        credits: Credits::ZERO,
        owed: Credits::ZERO,
        state: RefundState::Waiting,
        state_since: at,
        note: None,
        origin: RefundOrigin::Provider,
        reference: None,
        created_at: at,
    };
    rows::insert(tx, order, &refund, None, &format!("provider:{event_id}")).await?;
    if matches!(order.state, OrderState::Credited | OrderState::Refunded) {
        take_what_waits(tx, order, at).await?;
    }
    Ok(())
}

/// Revokes the credits of refunds that the provider told us about: pro rata, and all of them when the whole price went back.
/// What is held or spent is a debt of its lots.
pub(super) async fn take_what_waits(tx: &mut Tx, order: &Order, at: Instant) -> Result<(), BillingError> {
    for refund in rows::waiting(tx, order).await? {
        let unclaimed = unclaimed(tx, order).await?;
        let charged = order.charged_minor();
        let whole = rows::returned_minor(tx, order, None).await? >= charged;
        let share = pro_rata(order.credits.get(), refund.amount_minor, charged);
        let credits = if whole { unclaimed } else { Credits::new(share).unwrap_or_default().min(unclaimed) };
        let Claimed { taken, owed } = claim(tx, order, &refund, credits, Actor::System, at).await?;
        let refund = Refund { credits: taken, owed, ..refund };
        rows::set_taken(tx, order, &refund, at).await?;
        notify::refunded_by_operator(tx, order, &refund, at).await?;
    }
    close_when_whole(tx, order, at).await.map_err(BillingError::from)
}

/// A paid order was paid again: the second payment goes back, whole. No credits move.
pub(super) async fn send_back_second_payment(
    tx: &mut Tx,
    order: &Order,
    payment_intent: &str,
    at: Instant,
) -> sqlx::Result<()> {
    let fields = [
        ("payment_intent", payment_intent.to_owned()),
        ("reason", "duplicate".into()),
        ("metadata[second_payment_of]", order.id.to_string()),
    ];
    let call = Call {
        workspace: order.workspace_id,
        key: format!("second-payment:{payment_intent}"),
        kind: "refund",
        order: Some(order.id),
        refund: None,
        path: "/v1/refunds".into(),
        body: calls::form(&fields),
        run_at: Some(at),
    };
    calls::write_down(tx, &call, at).await?;
    notify::paid_twice(tx, order, payment_intent, at).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_goes_back_pro_rata_rounded_down_and_whole_for_the_whole_lot() {
        assert_eq!(pro_rata(4_900, 2_000, 2_000), 4_900);
        assert_eq!(pro_rata(4_900, 1_999, 2_000), 4_897);
        assert_eq!(pro_rata(4_900, 1, 2_000), 2);
        assert_eq!(pro_rata(1, 1, 2_000), 0);
        assert_eq!(pro_rata(i64::MAX, i64::MAX, i64::MAX), i64::MAX);
        assert_eq!(pro_rata(i64::MAX, i64::MAX - 1, i64::MAX), i64::MAX - 1);
    }
}
