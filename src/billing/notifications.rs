//! What a workspace is told about its payments: on every page, and by mail to owners and admins.

use super::{
    BillingError, Order, OrderKind,
    plans::{Plan, Subscription},
    reason::PlanEndReason,
    receipt::receipt_number,
};
use crate::{
    accounts::{WorkspaceId, notices, zone_of},
    server::{clock::Instant, db::Tx, time_zone::date_in},
    ui::{Tone, credits_text, money_text},
};

const SETTINGS: &str = "/settings/cold-email-agent";

struct Message<'a> {
    key: &'a str,
    tone: Tone,
    title: &'a str,
    text: &'a str,
    link: &'a str,
}

async fn post(tx: &mut Tx, workspace: WorkspaceId, message: &Message<'_>, at: Instant) -> Result<(), BillingError> {
    let Message { key, tone, title, text, link } = *message;
    notices::post(tx, workspace, &notices::Notice { key, tone, title, text, link: Some(link), cause: None }, at)
        .await?;
    Ok(())
}

async fn withdraw(tx: &mut Tx, workspace: WorkspaceId, key: &str) -> Result<(), BillingError> {
    notices::withdraw(tx, workspace, key).await?;
    Ok(())
}

fn past_due_key(subscription: &Subscription) -> String {
    format!("plan-past-due:{}:{}", subscription.id, subscription.period_end.micros())
}

/// A renewal was declined: what goes on, until when, and what to do.
pub async fn renewal_declined(
    tx: &mut Tx,
    subscription: &Subscription,
    order: &Order,
    until: Instant,
    at: Instant,
) -> Result<(), BillingError> {
    let price = money_text(order.amount_minor, &order.currency);
    let day = date_in(until, &zone_of(tx, order.workspace_id).await?);
    let text = format!(
        "The payment of {price} for the {} was declined. Your credits and campaigns go on. Pay by {day} to keep the plan.",
        order.package_name
    );
    let message = Message {
        key: &past_due_key(subscription),
        tone: Tone::Bad,
        title: "The renewal of your plan was declined",
        text: &text,
        link: &format!("{SETTINGS}#plan"),
    };
    post(tx, subscription.workspace_id, &message, at).await
}

/// The declined renewal was paid: its message goes. `subscription` is in the month that was paid.
pub async fn paid_after_all(tx: &mut Tx, subscription: &Subscription) -> Result<(), BillingError> {
    let key = format!("plan-past-due:{}:{}", subscription.id, subscription.period_start.micros());
    withdraw(tx, subscription.workspace_id, &key).await
}

/// The plan is over.
pub async fn plan_ended(
    tx: &mut Tx,
    subscription: &Subscription,
    reason: &PlanEndReason,
    at: Instant,
) -> Result<(), BillingError> {
    withdraw(tx, subscription.workspace_id, &past_due_key(subscription)).await?;
    let message = Message {
        key: &format!("plan-ended:{}", subscription.id),
        tone: Tone::Info,
        title: "Your monthly plan has ended",
        text: &format!(
            "{} The credits you have stay until they expire. You can choose a plan again at any time.",
            reason.sentence()
        ),
        link: &format!("{SETTINGS}#plan"),
    };
    post(tx, subscription.workspace_id, &message, at).await
}

/// The provider refused a change of the plan for good.
pub async fn plan_change_refused(
    tx: &mut Tx,
    subscription: &Subscription,
    key: &str,
    at: Instant,
) -> Result<(), BillingError> {
    let message = Message {
        key: &format!("plan-change-refused:{key}"),
        tone: Tone::Bad,
        title: "Your plan could not be changed",
        text: "The payment provider refused the change, so the plan is unchanged. Check it and try again, or ask the operator of this server.",
        link: &format!("{SETTINGS}#plan"),
    };
    post(tx, subscription.workspace_id, &message, at).await
}

/// An upgrade that could not be paid at once was declined later.
pub async fn upgrade_declined(tx: &mut Tx, order: &Order, at: Instant) -> Result<(), BillingError> {
    let price = money_text(order.amount_minor, &order.currency);
    let message = Message {
        key: &format!("upgrade-declined:{}", order.id),
        tone: Tone::Bad,
        title: "Your upgrade was not paid",
        text: &format!("The payment of {price} was declined. Nothing was charged, and your plan stays as it is."),
        link: &format!("{SETTINGS}#plan"),
    };
    post(tx, order.workspace_id, &message, at).await
}

/// What was paid and what it brought, by mail.
pub async fn paid(tx: &mut Tx, order: &Order, number: i64, at: Instant) -> sqlx::Result<()> {
    let price = money_text(order.charged_minor(), &order.currency);
    let title = format!("Receipt {}: {} for {price}", receipt_number(number), order.title());
    let credits = credits_text(order.credits.get());
    let text = match order.kind {
        OrderKind::Package => format!("Thank you. {credits} were added to your balance."),
        OrderKind::TopUp => format!("{credits} were bought automatically, because your balance was low."),
        OrderKind::Plan => {
            format!("The month of your {} is paid. {credits} were added to your balance.", order.package_name)
        }
        OrderKind::Upgrade => format!("Your plan was upgraded. {credits} were added to your balance."),
    };
    notices::mail_alone(tx, order.workspace_id, &title, &text, &format!("/orders/{}/receipt", order.id), at).await
}

/// A plan renews in a few days, by mail.
pub async fn renews_soon(tx: &mut Tx, subscription: &Subscription, plan: &Plan, at: Instant) -> sqlx::Result<()> {
    let day = date_in(subscription.period_end, &zone_of(tx, subscription.workspace_id).await?);
    let price = money_text(plan.amount_minor, &plan.currency);
    let title = format!("Your {} plan renews on {day}: {price}", plan.name);
    let text = format!(
        "On {day} the next month of your plan begins: {} for {price}. You can change or cancel the plan until then.",
        credits_text(plan.credits.get())
    );
    notices::mail_alone(tx, subscription.workspace_id, &title, &text, &format!("{SETTINGS}#plan"), at).await
}

/// Automatic top-up switched itself off.
pub async fn top_up_stopped(tx: &mut Tx, order: &Order, at: Instant) -> Result<(), BillingError> {
    let price = money_text(order.amount_minor, &order.currency);
    let message = Message {
        key: &format!("top-up-stopped:{}", order.id),
        tone: Tone::Bad,
        title: "Automatic top-up is switched off",
        text: &format!(
            "The payment of {price} was declined. Nothing was charged. Switch it on again once the payment method works."
        ),
        link: &format!("{SETTINGS}/top-up"),
    };
    post(tx, order.workspace_id, &message, at).await
}
