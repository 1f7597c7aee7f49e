//! The server function that chooses a plan.

use leptos::prelude::*;
use tower_sessions::Session;

use super::{
    Plan, PlanId,
    pages::{PANEL, audited, ours, passed_on, provider, tell},
    store,
};
use crate::{
    accounts::{Member, Right, calling_member},
    billing::{
        BillingError, Order, OrderKind, OrderState, PlanRefusal, api::purchase_key, pages::go_to_pay,
        provider::Provider,
    },
    fields::{FormError, Then},
    server::{
        app::App, clock::Instant, db::Tx, error::AppError, inconsistency::Inconsistency, server_functions::session,
        time_zone::date_in,
    },
    topics,
    ui::{Tone, credits_text, leave_flash},
};

/// Chooses a plan: the first one, a better one, or another one from the next month on. What it is follows from the plan
/// at hand, never from the form.
///
/// # Errors
/// 403 for a role that may not buy, 409 when the plan stays as it is.
#[server(prefix = "", endpoint = "settings/cold-email-agent/plan")]
pub async fn choose_plan(plan: Option<PlanId>, #[server(default)] key: String) -> Result<Then<()>, FormError> {
    let (app, member) = calling_member().await?;
    let member = member.may(Right::Buy)?;
    let wanted = plan.ok_or(AppError::from(BillingError::from(PlanRefusal::NotOffered)))?;
    let next = chosen(&app, &member, wanted, &purchase_key(&key)?).await?;
    Ok(Then { made: (), next })
}

async fn chosen(app: &App, member: &Member, wanted: PlanId, key: &str) -> Result<String, AppError> {
    let (provider, session) = (provider(app)?, session()?);
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let order = match super::live_subscription(&mut tx, member.workspace).await? {
        None => super::subscribe(&mut tx, member, provider.name(), wanted, key, now).await?,
        Some(subscription) => {
            let current = store::known_plan(&mut tx, subscription.plan_id).await?;
            let plan = super::plan(&mut tx, wanted).await?.ok_or(BillingError::from(PlanRefusal::NotOffered))?;
            if !plan.is_upgrade_from(&current) {
                ours(&mut tx, app, member).await?;
                return change(app, tx, member, &session, &plan, now).await;
            }
            super::upgrade(&mut tx, member, provider.name(), wanted, key, now).await?
        }
    };
    tx.commit().await?;
    tell(app, member).await;
    if order.kind == OrderKind::Upgrade && !provider.is_embedded() {
        return upgraded(app, &provider, &session, &order).await;
    }
    go_to_pay(app, &provider, &session, &order).await
}

/// An upgrade is paid now, with the method that pays the plan; a payment that is not confirmed yet follows later.
async fn upgraded(app: &App, provider: &Provider, session: &Session, order: &Order) -> Result<String, AppError> {
    provider.pass_on(app, order.workspace_id).await?;
    let id = order.id;
    let order = crate::billing::order(&mut app.db.read().await?, order.workspace_id, id).await?;
    let order = order.ok_or_else(|| Inconsistency::new("orders", "id", id))?;
    app.live.changed(&app.db, order.workspace_id.0, &[topics::CREDITS, topics::ORDERS, topics::NOTICES]).await;
    let credits = credits_text(order.credits.get());
    let (tone, text) = match order.state {
        OrderState::Credited => (Tone::Good, format!("Paid: {credits} added. Your plan is the better one from now on.")),
        OrderState::Created | OrderState::Pending => (
            Tone::Warning,
            "The payment is not confirmed yet. Your plan and credits will arrive automatically; you need not pay again."
                .into(),
        ),
        _ => (
            Tone::Bad,
            "The payment was declined. Nothing was charged, and your plan stays as it is. Change the payment method and try again."
                .into(),
        ),
    };
    leave_flash(session, tone, &text).await?;
    Ok(PANEL.to_owned())
}

async fn change(
    app: &App,
    mut tx: Tx,
    member: &Member,
    session: &Session,
    plan: &Plan,
    now: Instant,
) -> Result<String, AppError> {
    let subscription = super::change_at_end(&mut tx, member.workspace, plan.id, now).await?;
    let day = date_in(subscription.period_end, &member.zone());
    let text = match subscription.next_plan_id {
        Some(_) => format!("From {day} your plan is {}. Nothing was charged.", plan.name),
        None => format!("Your plan stays {}.", plan.name),
    };
    audited(&mut tx, member, "Changed the coming plan", &plan.name, &format!("from {day}"), now).await?;
    tx.commit().await?;
    passed_on(app, member, session, Tone::Good, &text).await?;
    Ok(PANEL.to_owned())
}
