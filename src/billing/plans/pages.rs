//! What the buttons of the plan panel do.

use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use tower_sessions::Session;

use super::{Subscription, SubscriptionState, renew, store};
use crate::{
    accounts::{Member, Right, audit},
    billing::{
        BillingError, PlanRefusal,
        provider::{Provider, stripe::subscriptions},
    },
    credits::{self, Ledger},
    server::{app::App, clock::Instant, db::Tx, error::AppError, form::Form, time_zone::date_in},
    topics,
    ui::{Tone, credits_text, leave_flash},
};

/// Where the panel is.
pub(super) const PANEL: &str = "/settings/cold-email-agent#plan";

pub(in crate::billing) fn routes() -> Router<App> {
    Router::new()
        .route("/settings/cold-email-agent/plan/cancel", post(cancel))
        .route("/settings/cold-email-agent/plan/resume", post(resume))
        .route("/settings/cold-email-agent/plan/pay", post(pay))
        .route("/settings/cold-email-agent/payment-methods", get(portal))
        .route("/settings/cold-email-agent/plan/test", post(test))
}

/// Makes what was just written down, and says when it has not arrived yet.
pub(super) async fn passed_on(
    app: &App,
    member: &Member,
    session: &Session,
    tone: Tone,
    text: &str,
) -> Result<(), AppError> {
    if let Some(provider) = Provider::of(app) {
        provider.pass_on(app, member.workspace).await?;
    }
    tell(app, member).await;
    let mut tx = app.db.read().await?;
    if subscriptions::select_is_waiting(member.workspace).read(&mut tx).await? {
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
            leave_flash(&session, Tone::Bad, &fault.refusal().to_string()).await?;
            Ok(Redirect::to(PANEL).into_response())
        }
        Err(error) => Err(error.into()),
    }
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
            let day = date_in(subscription.period_end, &member.zone());
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
    let text = format!("Your plan continues. It renews on {}.", date_in(subscription.period_end, &member.zone()));
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
        _ => Err(PlanRefusal::OtherProvider.into()),
    }
}

/// The subscription, locked, if the provider that serves now runs it.
pub(super) async fn ours(tx: &mut Tx, app: &App, member: &Member) -> Result<Subscription, AppError> {
    store::lock(tx, member.workspace).await?;
    let subscription = super::live_subscription(tx, member.workspace).await?;
    let subscription = subscription.ok_or(BillingError::from(PlanRefusal::None))?;
    match Provider::of(app) {
        Some(provider) if provider.name() == subscription.provider => Ok(subscription),
        _ => Err(PlanRefusal::OtherProvider.into()),
    }
}

pub(super) fn provider(app: &App) -> Result<Provider, AppError> {
    Provider::of(app).ok_or_else(|| PlanRefusal::NoProvider.into())
}

pub(super) async fn audited(
    tx: &mut Tx,
    member: &Member,
    action: &str,
    subject: &str,
    detail: &str,
    at: Instant,
) -> sqlx::Result<()> {
    audit::record(tx, member.workspace, audit::Actor::User(member.user), action, subject, detail, at).await
}

pub(super) async fn tell(app: &App, member: &Member) {
    app.live.changed(&app.db, member.workspace.0, &[topics::CREDITS, topics::ORDERS, topics::NOTICES]).await;
}
