//! What a workspace is told about its payments, and the audit line that goes with it.

use super::{Order, refund_store::Refund};
use crate::{
    accounts::{
        audit,
        notices::{self, Notice},
    },
    credits::{Claimed, Credits},
    server::{clock::Instant, db::Tx},
    ui::{Tone, credits_text, money_text},
};

/// Why a refund failed when the provider gives no reason.
pub(super) const NOT_TAKEN: &str = "The bank did not take it.";

/// A notice with a link to the order, and the same in the audit log.
async fn tell(tx: &mut Tx, order: &Order, told: &Told<'_>, at: Instant) -> sqlx::Result<()> {
    let link = format!("/orders/{}", order.id);
    let notice = Notice {
        key: &told.key,
        tone: told.tone,
        title: told.title,
        text: &told.text,
        link: Some(link.as_str()),
        cause: None,
    };
    notices::post(tx, order.workspace_id, &notice, at).await?;
    let (actor, subject) = (audit::Actor::System, &order.package_name);
    audit::record(tx, order.workspace_id, actor, told.title, subject, &told.text, at).await
}

struct Told<'a> {
    key: String,
    tone: Tone,
    title: &'a str,
    text: String,
}

pub(super) async fn refund_failed(
    tx: &mut Tx,
    order: &Order,
    refund: &Refund,
    returned: Credits,
    why: Option<&str>,
    at: Instant,
) -> sqlx::Result<()> {
    let money = money_text(refund.amount_minor, &refund.currency);
    let text = format!(
        "The refund of {money} for {} did not go through ({}). {}",
        order.package_name,
        why.unwrap_or(NOT_TAKEN).trim_end_matches('.'),
        back(returned)
    );
    tell(
        tx,
        order,
        &Told { key: format!("refund-failed:{}", refund.id), tone: Tone::Bad, title: "Refund failed", text },
        at,
    )
    .await
}

pub(super) async fn refunded_by_operator(tx: &mut Tx, order: &Order, refund: &Refund, at: Instant) -> sqlx::Result<()> {
    let money = money_text(refund.amount_minor, &refund.currency);
    let claimed = Claimed { taken: refund.credits, owed: refund.owed };
    let text = format!(
        "{money} of {} was paid back. {} taken back.{}",
        order.package_name,
        were(refund.credits),
        later(claimed)
    );
    tell(
        tx,
        order,
        &Told { key: format!("refunded:{}", refund.id), tone: Tone::Info, title: "Purchase refunded", text },
        at,
    )
    .await
}

pub(super) async fn paid_twice(tx: &mut Tx, order: &Order, payment: &str, at: Instant) -> sqlx::Result<()> {
    let money = money_text(order.amount_minor, &order.currency);
    let text = format!("{} was paid twice. The second payment of {money} is sent back.", order.package_name);
    tell(tx, order, &Told { key: format!("paid-twice:{payment}"), tone: Tone::Info, title: "Paid twice", text }, at)
        .await
}

pub(super) async fn disputed(
    tx: &mut Tx,
    order: &Order,
    reference: &str,
    claimed: Claimed,
    at: Instant,
) -> sqlx::Result<()> {
    let text = format!(
        "The payment of {} is disputed at the bank. Until that is decided, what is left of it cannot be used: {} taken back.{}",
        order.package_name,
        were(claimed.taken),
        later(claimed)
    );
    tell(
        tx,
        order,
        &Told { key: format!("disputed:{reference}"), tone: Tone::Warning, title: "Payment disputed", text },
        at,
    )
    .await
}

pub(super) async fn dispute_won(
    tx: &mut Tx,
    order: &Order,
    reference: &str,
    credits: Credits,
    at: Instant,
) -> sqlx::Result<()> {
    let text = format!("The dispute about {} is over. {}", order.package_name, back(credits));
    tell(
        tx,
        order,
        &Told { key: format!("dispute-won:{reference}"), tone: Tone::Good, title: "Dispute settled", text },
        at,
    )
    .await
}

pub(super) async fn dispute_lost(tx: &mut Tx, order: &Order, reference: &str, at: Instant) -> sqlx::Result<()> {
    let text = format!(
        "The bank paid {} back. What was left of its credits stays taken back, and so does what comes back later.",
        order.package_name
    );
    tell(
        tx,
        order,
        &Told { key: format!("dispute-lost:{reference}"), tone: Tone::Info, title: "Dispute decided", text },
        at,
    )
    .await
}

/// What a claim takes later.
fn later(claimed: Claimed) -> String {
    if claimed.owed.is_zero() {
        return String::new();
    }
    format!(" {} in use: what comes back of them is taken back too.", are(claimed.owed))
}

/// What came again when a claim is over.
fn back(credits: Credits) -> String {
    if credits.is_zero() {
        return "No credits come back: they were in use, or their money went back another way.".to_owned();
    }
    format!("{} back in your balance.", are(credits))
}

fn are(credits: Credits) -> String {
    format!("{} {}", credits_text(credits.get()), if credits.get() == 1 { "is" } else { "are" })
}

fn were(credits: Credits) -> String {
    format!("{} {}", credits_text(credits.get()), if credits.get() == 1 { "was" } else { "were" })
}
