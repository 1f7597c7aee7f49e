//! Settings › Cold Email Agent, buying, the test checkout, the planner.

use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use leptos::prelude::*;
use tower_sessions::Session;

use super::{
    BillingError, Order, OrderState, PurchaseRefusal, admin_pages,
    api::BuyPackage,
    cancel, history, order_pages, packages, payments_pages,
    planner::{Question, advise},
    plans::{self, ChoosePlan},
    provider::{
        Provider,
        embedded::{self, Choice},
    },
    receipt, select_packages, select_pending_orders, top_up, top_up_pages,
    view::{Buying, CheckoutPage, CheckoutPageData, PlannerPage, PlannerPageData, SettingsPage, SettingsPageData},
};
use crate::{
    accounts::{Member, Right},
    credits::{self, OrderId, Runway, ShowBalance, UsageUnit, statement::recent::select_recent},
    server::{
        app::App,
        error::AppError,
        form::Form,
        inconsistency::Inconsistency,
        path::Id,
        select::together,
        server_functions::{Doors, error_page},
    },
    topics,
    ui::{Page, Section, Tone, credits_text, leave_flash},
};

/// Settings › Cold Email Agent.
const SETTINGS: &str = "/settings/cold-email-agent";

/// The pages of billing.
pub fn routes() -> Router<App> {
    order_pages::routes()
        .merge(plans::routes())
        .merge(admin_pages::routes())
        .merge(history::routes())
        .merge(receipt::routes())
        .merge(top_up_pages::routes())
        .merge(payments_pages::routes())
        .route("/settings", get(|| async { Redirect::to(SETTINGS) }))
        .route(SETTINGS, get(show_settings))
        .route("/settings/cold-email-agent/planner", get(show_planner))
        .route("/checkout/{order}", get(show_checkout).post(end_checkout))
}

/// What plain forms get of the server functions of billing: a refused order has a page that says so.
pub fn doors(doors: Doors) -> Doors {
    doors.with::<BuyPackage, _, _, _>(error_page).with::<ChoosePlan, _, _, _>(error_page)
}

async fn show_settings(State(app): State<App>, page: Page, member: Member, form: Form) -> Result<Response, AppError> {
    let workspace = member.workspace;
    let now = app.clock.now();
    let usage = credits::select_usage(workspace, UsageUnit::of_word(form.text("usage")), &member.zone(), now);
    let held = (credits::select_drawable_lots(workspace, now), credits::select_open_holds_count(workspace));
    let spent = (credits::select_pace(workspace, now), usage, select_recent(workspace));
    let sold = (
        select_packages(),
        top_up::select_top_up(workspace),
        select_pending_orders(workspace),
        plans::select_panel(workspace),
    );
    let all = (credits::select_balance(workspace), held, spent, sold);
    let mut tx = app.db.read().await?;
    let (balance, (drawable, open_holds), (pace, usage, recent), (packages, top_up, pending, plan)) =
        together(&mut tx, all).await?;
    drop(tx);
    let purchase_key = fresh_key();
    let data = SettingsPageData {
        plan: plans::panel_data(plan, &app, &member, &purchase_key)?,
        balance,
        runway: Runway::new(balance.available, pace, &drawable, now),
        usage,
        usage_is_asked: form.has("usage"),
        open_holds,
        drawable,
        recent,
        top_up,
        packages,
        pending,
        buying: buying(&app, &member),
        purchase_key,
    };
    let page = page.in_section(Section::Credits).with_balance(balance);
    Ok(page.render("Cold Email Agent", move || view! { <SettingsPage data /> }))
}

fn buying(app: &App, member: &Member) -> Buying {
    match (Provider::of(app), member.role.may(Right::Buy)) {
        (None, _) => Buying::NoProvider,
        (Some(_), false) => Buying::NotAllowed,
        (Some(_), true) => Buying::Possible,
    }
}

/// A key that belongs to one rendered page.
pub(super) fn fresh_key() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// The address of the provider's page, or of the order's own when that cannot be shown: it has the button to try again.
///
/// # Errors
/// When the database fails.
pub(super) async fn go_to_pay(
    app: &App,
    provider: &Provider,
    session: &Session,
    order: &Order,
) -> Result<String, AppError> {
    let own = format!("/orders/{}", order.id);
    match provider.checkout(app, order).await {
        Ok(address) if address.starts_with('/') || app.may_lead_to(&address) => Ok(address),
        // A page of the provider under a name of the operator's own: forms may not lead there, links may.
        Ok(_) => Ok(own),
        Err(BillingError::Provider(fault)) => {
            tracing::warn!(order = %order.id, "the checkout could not be opened: {fault}");
            leave_flash(session, Tone::Bad, &fault.refusal().to_string()).await?;
            Ok(own)
        }
        Err(error) => Err(error.into()),
    }
}

/// The order of an address. To another workspace, and where there is no test checkout, it does not exist.
async fn order_to_check_out(app: &App, member: &Member, id: OrderId) -> Result<Order, AppError> {
    if !Provider::of(app).is_some_and(|provider| provider.is_embedded()) {
        return Err(AppError::NotFound);
    }
    order_pages::order_at(app, member, id).await
}

async fn show_checkout(
    State(app): State<App>,
    page: Page,
    member: Member,
    Id(id): Id<OrderId>,
) -> Result<Response, AppError> {
    let order = order_to_check_out(&app, &member, id).await?;
    let data = CheckoutPageData {
        may_buy: member.role.may(Right::Buy),
        delay_seconds: i64::try_from(app.config.embedded_payment_delay_seconds).unwrap_or(i64::MAX),
        purchase_key: fresh_key(),
        order,
    };
    let title = if data.order.state == OrderState::Created { "Checkout" } else { "Your order" };
    let page = page.in_section(Section::Credits).with_balance_seen_by(&mut app.db.read().await?, &member).await?;
    Ok(page.render(title, move || view! { <CheckoutPage data /> }))
}

async fn end_checkout(
    State(app): State<App>,
    member: Member,
    session: Session,
    Id(id): Id<OrderId>,
    form: Form,
) -> Result<Response, AppError> {
    let order = order_to_check_out(&app, &member, id).await?;
    let member = member.may(Right::Buy)?;
    let delay = std::time::Duration::from_secs(app.config.embedded_payment_delay_seconds);
    let choice = match form.text("choice") {
        "cancel" => None,
        text => Some(Choice::parse(text, delay).map_err(|_| PurchaseRefusal::NoChoice)?),
    };
    let changed = match choice {
        Some(choice) => embedded::choose(&app, &order, choice).await?.changed,
        None => {
            let mut tx = app.db.write().await?;
            let cancelled = cancel(&mut tx, &order, app.clock.now()).await?;
            tx.commit().await?;
            cancelled
        }
    };
    let mut tx = app.db.read().await?;
    let changed_order = super::order(&mut tx, member.workspace, order.id).await?;
    let order = changed_order.ok_or_else(|| Inconsistency::new("orders", "id", order.id))?;
    drop(tx);
    if changed {
        app.live.changed(&app.db, member.workspace.0, &[topics::CREDITS, topics::ORDERS]).await;
    }
    if let Some((tone, text)) = outcome_of(&order) {
        leave_flash(&session, tone, &text).await?;
    }
    Ok(Redirect::to(SETTINGS).into_response())
}

/// What to say after the checkout; the same for the second click as for the first. The page itself says what is pending.
fn outcome_of(order: &Order) -> Option<(Tone, String)> {
    let credits = credits_text(order.credits.get());
    Some(match order.state {
        OrderState::Pending => return None,
        OrderState::Created => (Tone::Info, "Nothing was paid yet.".into()),
        OrderState::Credited => (Tone::Good, format!("Paid: {credits} added.")),
        OrderState::Failed => (Tone::Bad, "The payment was declined. Nothing was charged; you can try again.".into()),
        OrderState::Cancelled => (Tone::Info, "The order was cancelled. Nothing was charged.".into()),
        OrderState::Refunded => (Tone::Info, "This order was refunded.".into()),
    })
}

async fn show_planner(State(app): State<App>, page: Page, member: Member, form: Form) -> Result<Response, AppError> {
    let mut tx = app.db.read().await?;
    let used = credits::month_used(&mut tx, member.workspace, app.clock.now()).await?;
    let asked = ["contacts", "campaigns", "buffer"].iter().any(|name| form.has(name));
    let question = match used.filter(|_| !asked) {
        Some(used) => Question::from_history(used),
        None => Question::from_form(&form),
    };
    let available = credits::balance(&mut tx, member.workspace).await?.available.get();
    let (packages, plans) = (packages(&mut tx).await?, plans::plans(&mut tx).await?);
    let (need, errors) = match question.parse() {
        Ok(need) => (Some(need), crate::fields::FieldErrors::default()),
        Err(errors) => (None, errors),
    };
    let advice = need.map(|need| advise(&packages, &plans, need.credits())).unwrap_or_default();
    let page = page.in_section(Section::Credits);
    let page = if errors.is_empty() { page } else { page.invalid() };
    let data = PlannerPageData { question, errors, need, advice, available, used };
    Ok(page.render("Credit planner", move || view! { <PlannerPage data /> }))
}
