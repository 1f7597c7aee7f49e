//! What the buttons of the plan panel do.

use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use tower_sessions::Session;

use super::{Plan, PlanId, PlanPanelData, Subscription, SubscriptionState, renew, store};
use crate::{
    accounts::{Member, Right, audit},
    billing::{
        BillingError, Order, OrderKind, OrderState, PlanRefusal,
        pages::{go_to_pay, purchase_key},
        provider::{Provider, stripe::subscriptions},
    },
    credits::{self, Ledger},
    server::{app::App, clock::Instant, db::Tx, error::AppError, form::Form, inconsistency::Inconsistency},
    topics,
    ui::{Tone, credits_text, format::date_text, leave_flash},
};

/// Where the panel is.
const PANEL: &str = "/settings/cold-email-agent#plan";

pub(in crate::billing) fn routes() -> Router<App> {
    Router::new()
        .route("/settings/cold-email-agent/plan", post(choose))
        .route("/settings/cold-email-agent/plan/cancel", post(cancel))
        .route("/settings/cold-email-agent/plan/resume", post(resume))
        .route("/settings/cold-email-agent/plan/pay", post(pay))
        .route("/settings/cold-email-agent/payment-methods", get(portal))
        .route("/settings/cold-email-agent/plan/test", post(test))
}

/// What the panel on Settings › Cold Email Agent shows.
pub(in crate::billing) async fn panel_data(
    tx: &mut Tx,
    app: &App,
    member: &Member,
    key: &str,
) -> Result<PlanPanelData, AppError> {
    let subscription = super::live_subscription(tx, member.workspace).await?;
    let plans = match &subscription {
        Some(subscription) => Some((
            store::known_plan(tx, subscription.plan_id).await?,
            store::known_plan(tx, subscription.coming_plan()).await?,
        )),
        None => None,
    };
    let provider = Provider::of(app);
    let waiting = subscriptions::is_waiting(tx, member.workspace).await?;
    let seen_by = provider.as_ref().map(Provider::name);
    Ok(PlanPanelData {
        managed_here: subscription.as_ref().is_none_or(|subscription| seen_by == Some(&*subscription.provider)),
        waiting,
        plans: super::plans(tx).await?,
        may_buy: member.role.may(Right::Buy),
        has_provider: provider.is_some(),
        embedded: provider.is_some_and(|provider| provider.is_embedded()),
        subscription: subscription.zip(plans).map(|(subscription, (now, next))| (subscription, now, next)),
        pending: store::payment_is_pending(tx, member.workspace).await?,
        key: key.to_owned(),
    })
}

/// Chooses a plan: the first one, a better one, or another one from the next month on. What it is follows from the plan
/// at hand, never from the form.
async fn choose(State(app): State<App>, member: Member, session: Session, form: Form) -> Result<Response, AppError> {
    let member = member.may(Right::Buy)?;
    let provider = provider(&app)?;
    let wanted: PlanId = form.text("plan").parse().map_err(|_| BillingError::from(PlanRefusal::NotOffered))?;
    let key = purchase_key(&form)?;
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let order = match super::live_subscription(&mut tx, member.workspace).await? {
        None => super::subscribe(&mut tx, &member, provider.name(), wanted, key, now).await?,
        Some(subscription) => {
            let current = store::known_plan(&mut tx, subscription.plan_id).await?;
            let plan = super::plan(&mut tx, wanted).await?.ok_or(BillingError::from(PlanRefusal::NotOffered))?;
            if !plan.is_upgrade_from(&current) {
                ours(&mut tx, &app, &member).await?;
                return change(&app, tx, &member, &session, &plan, now).await;
            }
            super::upgrade(&mut tx, &member, provider.name(), wanted, key, now).await?
        }
    };
    tx.commit().await?;
    tell(&app, &member).await;
    if order.kind == OrderKind::Upgrade && !provider.is_embedded() {
        return upgraded(&app, &provider, &session, &order).await;
    }
    go_to_pay(&app, &provider, &session, &order).await
}

/// An upgrade is paid with the method that pays the plan, now; what is not clear now follows by itself.
async fn upgraded(app: &App, provider: &Provider, session: &Session, order: &Order) -> Result<Response, AppError> {
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
    Ok(Redirect::to(PANEL).into_response())
}

/// Makes what was just written down, and says when it has not arrived yet.
async fn passed_on(app: &App, member: &Member, session: &Session, tone: Tone, text: &str) -> Result<(), AppError> {
    if let Some(provider) = Provider::of(app) {
        provider.pass_on(app, member.workspace).await?;
    }
    tell(app, member).await;
    let mut tx = app.db.read().await?;
    if subscriptions::is_waiting(&mut tx, member.workspace).await? {
        let text = format!(
            "{text} The payment provider does not answer at the moment; the change is sent as soon as it does."
        );
        return leave_flash(session, Tone::Warning, &text).await;
    }
    leave_flash(session, tone, text).await
}

/// The provider's own page for payment methods and invoices.
async fn portal(State(app): State<App>, member: Member, session: Session) -> Result<Response, AppError> {
    let member = member.may(Right::Buy)?;
    let provider = provider(&app)?;
    match provider.portal(&app, member.workspace).await {
        Ok(Some(address)) => Ok(Redirect::to(&address).into_response()),
        Ok(None) => Err(AppError::NotFound),
        Err(BillingError::Provider(fault)) => {
            tracing::warn!("the page for payment methods: {fault}");
            leave_flash(&session, Tone::Bad, fault.for_people()).await?;
            Ok(Redirect::to(PANEL).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

async fn change(
    app: &App,
    mut tx: Tx,
    member: &Member,
    session: &Session,
    plan: &Plan,
    now: Instant,
) -> Result<Response, AppError> {
    let subscription = super::change_at_end(&mut tx, member.workspace, plan.id, now).await?;
    let day = date_text(subscription.period_end.micros());
    let text = match subscription.next_plan_id {
        Some(_) => format!("From {day} your plan is {}. Nothing was charged.", plan.name),
        None => format!("Your plan stays {}.", plan.name),
    };
    audited(&mut tx, member, "Changed the coming plan", &plan.name, &format!("from {day}"), now).await?;
    tx.commit().await?;
    passed_on(app, member, session, Tone::Good, &text).await?;
    Ok(Redirect::to(PANEL).into_response())
}

async fn cancel(State(app): State<App>, member: Member, session: Session) -> Result<Response, AppError> {
    let member = member.may(Right::Buy)?;
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    ours(&mut tx, &app, &member).await?;
    let subscription = super::cancel(&mut tx, member.workspace, now).await?;
    audited(&mut tx, &member, "Cancelled the plan", "Monthly plan", "", now).await?;
    tx.commit().await?;
    let text = match subscription.state {
        SubscriptionState::Ended => "Your plan has ended. Your credits stay until they expire.".to_owned(),
        _ => {
            let day = date_text(subscription.period_end.micros());
            format!("Your plan ends on {day}. Your credits stay until they expire.")
        }
    };
    passed_on(&app, &member, &session, Tone::Info, &text).await?;
    Ok(Redirect::to(PANEL).into_response())
}

async fn resume(State(app): State<App>, member: Member, session: Session) -> Result<Response, AppError> {
    let member = member.may(Right::Buy)?;
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    ours(&mut tx, &app, &member).await?;
    let subscription = super::resume(&mut tx, member.workspace, now).await?;
    audited(&mut tx, &member, "Resumed the plan", "Monthly plan", "", now).await?;
    tx.commit().await?;
    let text = format!("Your plan continues. It renews on {}.", date_text(subscription.period_end.micros()));
    passed_on(&app, &member, &session, Tone::Good, &text).await?;
    Ok(Redirect::to(PANEL).into_response())
}

/// Pays a declined renewal on the embedded provider.
async fn pay(State(app): State<App>, member: Member, session: Session) -> Result<Response, AppError> {
    let member = member.may(Right::Buy)?;
    let (workspace, now) = (member.workspace, app.clock.now());
    let who = (app.clone(), member.clone());
    let deed = credits::interleaved(workspace, now, move |tx| {
        let (app, member) = who.clone();
        Box::pin(async move {
            let subscription = embedded(tx, &app, &member).await?;
            let paid = renew::pay_declined(tx, &subscription, now).await?;
            let plan = store::known_plan(tx, subscription.coming_plan()).await?;
            Ok::<_, AppError>((paid, plan))
        })
    });
    let (paid, plan) = app.of::<Ledger>().post(deed).await?;
    tell(&app, &member).await;
    if paid {
        let text = format!("Paid: {} added. Your plan continues.", credits_text(plan.credits.get()));
        leave_flash(&session, Tone::Good, &text).await?;
    }
    Ok(Redirect::to(PANEL).into_response())
}

/// Makes the next renewal fail, or succeed again: embedded provider only.
async fn test(State(app): State<App>, member: Member, form: Form) -> Result<Response, AppError> {
    let member = member.may(Right::Buy)?;
    let mut tx = app.db.write().await?;
    let mut subscription = embedded(&mut tx, &app, &member).await?;
    subscription.next_renewal_fails = form.text("renewal") == "fails";
    store::save(&mut tx, &subscription).await?;
    tx.commit().await?;
    tell(&app, &member).await;
    Ok(Redirect::to(PANEL).into_response())
}

/// The subscription, locked, if the embedded provider runs it: others are paid on their own pages.
async fn embedded(tx: &mut Tx, app: &App, member: &Member) -> Result<Subscription, AppError> {
    let subscription = ours(tx, app, member).await?;
    match subscription.provider.as_str() {
        crate::billing::provider::embedded::NAME => Ok(subscription),
        _ => Err(elsewhere()),
    }
}

/// The subscription, locked, if the provider that serves now runs it.
async fn ours(tx: &mut Tx, app: &App, member: &Member) -> Result<Subscription, AppError> {
    store::lock(tx, member.workspace).await?;
    let subscription = super::live_subscription(tx, member.workspace).await?;
    let subscription = subscription.ok_or(BillingError::from(PlanRefusal::None))?;
    match Provider::of(app) {
        Some(provider) if provider.name() == subscription.provider => Ok(subscription),
        _ => Err(elsewhere()),
    }
}

fn elsewhere() -> AppError {
    AppError::Conflict(
        "This plan is paid through another payment provider than the one that serves now. Nothing was changed. Ask the operator of this server."
            .into(),
    )
}

fn provider(app: &App) -> Result<Provider, AppError> {
    Provider::of(app).ok_or_else(|| {
        AppError::Conflict(
            "Monthly plans cannot be paid on this server. Nothing was ordered. Buy a package, or ask its operator."
                .into(),
        )
    })
}

async fn audited(
    tx: &mut Tx,
    member: &Member,
    action: &str,
    subject: &str,
    detail: &str,
    at: Instant,
) -> sqlx::Result<()> {
    audit::record(tx, member.workspace, audit::Actor::User(member.user), action, subject, detail, at).await
}

async fn tell(app: &App, member: &Member) {
    app.live.changed(&app.db, member.workspace.0, &[topics::CREDITS, topics::ORDERS, topics::NOTICES]).await;
}
