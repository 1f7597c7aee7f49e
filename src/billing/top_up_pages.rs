//! Automatic top-up: what it does, the form that switches it on with consent, and the button that switches it off.

use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use leptos::prelude::*;
use tower_sessions::Session;

use super::{
    Package, PackageId, PurchaseRefusal, packages,
    provider::Provider,
    top_up::{self, MONTH_MAX, THRESHOLD_MAX, TopUp},
    view::{TopUpPage, TopUpPageData},
};
use crate::{
    accounts::{Member, Right},
    credits::Credits,
    fields::FieldErrors,
    server::{app::App, error::AppError, form::Form},
    topics,
    ui::{Page, Section, Tone, count_text, leave_flash, money_text},
};

const PAGE: &str = "/settings/cold-email-agent/top-up";

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(PAGE, get(show).post(switch_on))
        .route("/settings/cold-email-agent/top-up/off", post(switch_off))
}

/// What was typed, as text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wish {
    pub package: String,
    pub threshold: String,
    pub month_max: String,
    pub consent: bool,
}

impl Wish {
    fn of(rule: Option<&TopUp>, packages: &[Package]) -> Self {
        let first = packages.first().map(|package| package.id.to_string()).unwrap_or_default();
        match rule {
            Some(rule) => Self {
                package: rule.package_id.to_string(),
                threshold: rule.threshold.get().to_string(),
                month_max: rule.month_max.to_string(),
                consent: false,
            },
            None => Self { package: first, threshold: "200".into(), month_max: "3".into(), consent: false },
        }
    }

    fn typed(form: &Form) -> Self {
        let text = |name: &str| form.text(name).to_owned();
        Self {
            package: text("package"),
            threshold: text("threshold"),
            month_max: text("month_max"),
            consent: form.has("consent"),
        }
    }

    fn parse(&self, packages: &[Package]) -> Result<(PackageId, Credits, i64), FieldErrors> {
        let mut errors = FieldErrors::default();
        let package = self.package.parse().ok().filter(|id| packages.iter().any(|package| package.id == *id));
        if package.is_none() {
            errors.add("package", "Choose one of the packages.");
        }
        let threshold =
            Credits::parse(&self.threshold, THRESHOLD_MAX).map_err(|fault| errors.add("threshold", fault)).ok();
        let month_max = self.month_max.parse().ok().filter(|times| (1..=MONTH_MAX).contains(times));
        if month_max.is_none() {
            errors.add("month_max", format!("Enter a whole number from 1 to {MONTH_MAX}."));
        }
        if !self.consent {
            errors.add("consent", "Tick this to allow the payments.");
        }
        match (package, threshold, month_max, errors.is_empty()) {
            (Some(package), Some(threshold), Some(month_max), true) => Ok((package, threshold, month_max)),
            _ => Err(errors),
        }
    }
}

async fn show(State(app): State<App>, page: Page, member: Member) -> Result<Response, AppError> {
    render(&app, &member, page, None, FieldErrors::default()).await
}

async fn render(
    app: &App,
    member: &Member,
    page: Page,
    typed: Option<Wish>,
    errors: FieldErrors,
) -> Result<Response, AppError> {
    let mut tx = app.db.read().await?;
    let rule = top_up::top_up(&mut tx, member.workspace).await?;
    let packages = packages(&mut tx).await?;
    let data = TopUpPageData {
        wish: typed.unwrap_or_else(|| Wish::of(rule.as_ref(), &packages)),
        rule,
        packages,
        errors,
        may_buy: member.role.may(Right::Buy),
        provider: Provider::of(app).map(|provider| provider.is_embedded()),
    };
    let page = page.in_section(Section::Credits);
    let page = if data.errors.is_empty() { page } else { page.invalid() };
    Ok(page.render("Automatic top-up", move || view! { <TopUpPage data /> }))
}

async fn switch_on(
    State(app): State<App>,
    page: Page,
    member: Member,
    session: Session,
    form: Form,
) -> Result<Response, AppError> {
    let member = member.may(Right::Buy)?;
    if Provider::of(&app).is_none() {
        return Err(PurchaseRefusal::NoTopUp.into());
    }
    let wish = Wish::typed(&form);
    let sold = packages(&mut app.db.read().await?).await?;
    let (package, threshold, month_max) = match wish.parse(&sold) {
        Ok(parsed) => parsed,
        Err(errors) => return render(&app, &member, page, Some(wish), errors).await,
    };
    let mut tx = app.db.write().await?;
    let package = top_up::switch_on(&mut tx, &member, package, threshold, month_max, app.clock.now()).await?;
    tx.commit().await?;
    app.live.changed(&app.db, member.workspace.0, &[topics::ORDERS]).await;
    let text = format!(
        "Automatic top-up is on: {} for {} whenever fewer than {} credits are available.",
        package.name,
        money_text(package.amount_minor, &package.currency),
        count_text(threshold.get())
    );
    leave_flash(&session, Tone::Good, &text).await?;
    Ok(Redirect::to(PAGE).into_response())
}

async fn switch_off(State(app): State<App>, member: Member, session: Session) -> Result<Response, AppError> {
    let member = member.may(Right::Buy)?;
    let mut tx = app.db.write().await?;
    top_up::switch_off(&mut tx, &member, app.clock.now()).await?;
    tx.commit().await?;
    app.live.changed(&app.db, member.workspace.0, &[topics::ORDERS]).await;
    leave_flash(&session, Tone::Info, "Automatic top-up is off. Nothing is bought automatically.").await?;
    Ok(Redirect::to(PAGE).into_response())
}
