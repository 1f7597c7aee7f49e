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
    Package, PurchaseRefusal, packages,
    price::{parse_price, price_text},
    provider::Provider,
    top_up::{self, MONTH_MAX, THRESHOLD_MAX, TopUp},
    view::{TopUpPage, TopUpPageData},
};
use crate::{
    accounts::{Member, Right},
    credits::{Credits, balance},
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
    /// Money, as it is typed.
    pub limit: String,
    pub consent: bool,
    /// How many packages are bought at once, as the page said when it was sent.
    pub seen: i64,
}

impl Wish {
    fn of(rule: Option<&TopUp>, packages: &[Package]) -> Self {
        let first = packages.first();
        let price = |minor: i64, package: Option<&Package>| {
            package.map(|package| price_text(minor, &package.currency)).unwrap_or_default()
        };
        match rule {
            Some(rule) => Self {
                package: rule.package_id.to_string(),
                threshold: rule.threshold.get().to_string(),
                limit: price(rule.limit_minor, packages.iter().find(|package| package.id == rule.package_id).or(first)),
                consent: false,
                seen: 0,
            },
            None => Self {
                package: first.map(|package| package.id.to_string()).unwrap_or_default(),
                threshold: "200".into(),
                limit: price(first.map_or(0, |package| package.amount_minor.saturating_mul(3)), first),
                consent: false,
                seen: 0,
            },
        }
    }

    fn typed(form: &Form) -> Self {
        let text = |name: &str| form.text(name).to_owned();
        Self {
            package: text("package"),
            threshold: text("threshold"),
            limit: text("limit"),
            consent: form.has("consent"),
            seen: form.text("seen").parse().unwrap_or(0),
        }
    }

    fn parse(&self, packages: &[Package]) -> Result<(Package, Credits, i64), FieldErrors> {
        let mut errors = FieldErrors::default();
        let package = packages.iter().find(|package| package.id.to_string() == self.package);
        if package.is_none() {
            errors.add("package", "Choose one of the packages.");
        }
        let threshold =
            Credits::parse(&self.threshold, THRESHOLD_MAX).map_err(|fault| errors.add("threshold", fault)).ok();
        let limit = package.map(|package| limit_of(&self.limit, package));
        let limit = limit.and_then(|limit| limit.map_err(|fault| errors.add("limit", fault)).ok());
        if !self.consent {
            errors.add("consent", "Tick this to allow the payments.");
        }
        match (package, threshold, limit, errors.is_empty()) {
            (Some(package), Some(threshold), Some(limit), true) => Ok((package.clone(), threshold, limit)),
            _ => Err(errors),
        }
    }
}

/// The limit of a month: enough for one package, and for at most 30.
fn limit_of(text: &str, package: &Package) -> Result<i64, String> {
    let (price, currency) = (package.amount_minor, package.currency.as_str());
    let limit = parse_price(text, currency)?;
    let most = price.saturating_mul(MONTH_MAX);
    if limit < price {
        return Err(format!("Enter at least {}: that is what the package costs.", money_text(price, currency)));
    }
    if limit > most {
        return Err(format!("Enter at most {}: that is {MONTH_MAX} payments.", money_text(most, currency)));
    }
    Ok(limit)
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
        notice: typed.as_ref().filter(|wish| wish.seen > 0).and_then(|wish| {
            let package = packages.iter().find(|package| package.id.to_string() == wish.package)?;
            let price = money_text(package.amount_minor, &package.currency);
            Some(format!("This buys {} × {price} now. Agree once more to switch it on.", wish.seen))
        }),
        wish: typed.unwrap_or_else(|| Wish::of(rule.as_ref(), &packages)),
        rule,
        packages,
        errors,
        may_buy: member.role.may(Right::Buy),
        provider: Provider::of(app).map(|provider| provider.is_embedded()),
    };
    let page = page.in_section(Section::Credits);
    let page = if data.errors.is_empty() && data.notice.is_none() { page } else { page.invalid() };
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
    let mut wish = Wish::typed(&form);
    let sold = packages(&mut app.db.read().await?).await?;
    let (package, threshold, limit_minor) = match wish.parse(&sold) {
        Ok(parsed) => parsed,
        Err(errors) => return render(&app, &member, page, Some(Wish { seen: 0, ..wish }), errors).await,
    };
    let available = balance(&mut app.db.read().await?, member.workspace).await?.available;
    let now = top_up::buys_now(&package, available, threshold, limit_minor);
    // The consent is given to what is paid at once, so the page says it first.
    if now > wish.seen {
        (wish.seen, wish.consent) = (now, false);
        return render(&app, &member, page, Some(wish), FieldErrors::default()).await;
    }
    let mut tx = app.db.write().await?;
    top_up::switch_on(&mut tx, &member, package.id, threshold, limit_minor, app.clock.now()).await?;
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
