//! The operator's packages and plans. What was sold keeps its price: a change retires the old one and adds a new one.

use axum::{
    Router,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use leptos::prelude::*;
use tower_sessions::Session;

use super::{
    Package, PackageId, packages,
    plans::{self, Plan, PlanId, insert_plan, retire_plan},
    price::{parse_price, price_text},
    provider::Provider,
    store,
    view::{OfferPage, OffersPage, OffersPageData},
};
use crate::{
    accounts::{Member, Operator, audit},
    credits::{Credits, GRANT_MAX},
    fields::FieldErrors,
    server::{app::App, clock::Instant, db::Tx, error::AppError, form::Form},
    ui::{Page, Section, Tone, leave_flash},
};

const PAGE: &str = "/admin/packages";
/// Longest name.
pub const NAME_CHARACTERS_MAX: usize = 60;
/// Where a new offer stands when nothing was said: after the others.
const POSITION_LAST: i64 = 1_000;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(PAGE, get(show).post(add))
        .route("/admin/packages/{kind}/{id}", get(show_one).post(change))
        .route("/admin/packages/{kind}/{id}/retire", post(retire))
}

/// Paid once or every month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfferKind {
    Package,
    Plan,
}

impl OfferKind {
    /// The word in addresses and forms.
    pub fn word(self) -> &'static str {
        match self {
            Self::Package => "package",
            Self::Plan => "plan",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Package, Self::Plan].into_iter().find(|kind| kind.word() == text)
    }
}

/// What was typed, as text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Typed {
    pub kind: String,
    pub name: String,
    pub credits: String,
    pub price: String,
}

impl Typed {
    fn of(form: &Form) -> Self {
        let text = |name: &str| form.text(name).to_owned();
        Self { kind: text("kind"), name: text("name"), credits: text("credits"), price: text("price") }
    }

    /// What is sold for how much, in a line.
    fn terms(&self, currency: &str) -> String {
        format!("{} credits for {} {currency}", self.credits, self.price)
    }

    fn parse(
        &self,
        form: &Form,
        currency: &str,
        provider: Option<&Provider>,
    ) -> Result<(String, Credits, i64), FieldErrors> {
        let mut errors = FieldErrors::default();
        let name = match form.line("name", NAME_CHARACTERS_MAX) {
            Ok("") => Err("Give it a name; customers see it on their receipts.".to_owned()),
            other => other.map(str::to_owned),
        };
        let name = name.map_err(|fault| errors.add("name", fault)).ok();
        let credits = Credits::parse(&self.credits, GRANT_MAX).map_err(|fault| errors.add("credits", fault)).ok();
        let chargeable = |price| match provider.and_then(|provider| provider.price_fault(price, currency)) {
            Some(fault) => Err(fault),
            None => Ok(price),
        };
        let price = parse_price(&self.price, currency).and_then(chargeable);
        let price = price.map_err(|fault| errors.add("price", fault)).ok();
        match (name, credits, price) {
            (Some(name), Some(credits), Some(price)) => Ok((name, credits, price)),
            _ => Err(errors),
        }
    }
}

async fn show(State(app): State<App>, page: Page, _: Operator) -> Result<Response, AppError> {
    let typed = Typed { kind: OfferKind::Package.word().into(), ..Typed::default() };
    list(&app, page, typed, FieldErrors::default()).await
}

async fn list(app: &App, page: Page, typed: Typed, errors: FieldErrors) -> Result<Response, AppError> {
    let mut tx = app.db.read().await?;
    let data = OffersPageData {
        packages: packages(&mut tx).await?,
        plans: plans::plans(&mut tx).await?,
        typed,
        errors,
        currency: app.config.currency.clone(),
    };
    let page = page.in_section(Section::Admin);
    let page = if data.errors.is_empty() { page } else { page.invalid() };
    Ok(page.render("Packages and plans", move || view! { <OffersPage data /> }))
}

async fn add(
    State(app): State<App>,
    Operator(operator): Operator,
    page: Page,
    session: Session,
    form: Form,
) -> Result<Response, AppError> {
    let typed = Typed::of(&form);
    let Some(kind) = OfferKind::parse(&typed.kind) else {
        return list(&app, page, typed, FieldErrors::one("kind", "Choose how it is paid.")).await;
    };
    let currency = app.config.currency.clone();
    let offer = match typed.parse(&form, &currency, Provider::of(&app).as_ref()) {
        Ok(offer) => offer,
        Err(errors) => return list(&app, page, typed, errors).await,
    };
    let mut tx = app.db.write().await?;
    let now = app.clock.now();
    let detail = typed.terms(&currency);
    insert(&mut tx, kind, offer, currency, POSITION_LAST, now).await?;
    note(&mut tx, &operator, &format!("Put a {} on sale", kind.word()), &typed.name, &detail, now).await?;
    tx.commit().await?;
    tracing::info!(operator = %operator.user, name = typed.name, "a {} was added", kind.word());
    leave_flash(&session, Tone::Good, &format!("{} is on sale.", typed.name)).await?;
    Ok(Redirect::to(PAGE).into_response())
}

async fn insert(
    tx: &mut Tx,
    kind: OfferKind,
    (name, credits, amount_minor): (String, Credits, i64),
    currency: String,
    position: i64,
    at: Instant,
) -> sqlx::Result<()> {
    match kind {
        OfferKind::Package => {
            let package = Package { id: PackageId::new(), name, credits, amount_minor, currency };
            store::insert_package(tx, &package, position, at).await
        }
        OfferKind::Plan => {
            let plan = Plan { id: PlanId::new(), name, credits, amount_minor, currency };
            insert_plan(tx, &plan, position, at).await
        }
    }
}

/// The offer of an address, as it can be typed, and its currency; only one that is on sale.
async fn offer_at(app: &App, kind: &str, id: &str) -> Result<(OfferKind, Typed, String), AppError> {
    let kind = OfferKind::parse(kind).ok_or(AppError::NotFound)?;
    let mut tx = app.db.read().await?;
    let found = match kind {
        OfferKind::Package => {
            let sold = packages(&mut tx).await?.into_iter().find(|package| package.id.to_string() == id);
            sold.map(|package| (package.name, package.credits, package.amount_minor, package.currency))
        }
        OfferKind::Plan => {
            let sold = plans::plans(&mut tx).await?.into_iter().find(|plan| plan.id.to_string() == id);
            sold.map(|plan| (plan.name, plan.credits, plan.amount_minor, plan.currency))
        }
    };
    let (name, credits, amount, currency) = found.ok_or(AppError::NotFound)?;
    let price = price_text(amount, &currency);
    Ok((kind, Typed { kind: kind.word().into(), name, credits: credits.get().to_string(), price }, currency))
}

async fn show_one(
    State(app): State<App>,
    _operator: Operator,
    page: Page,
    Path((kind, id)): Path<(String, String)>,
) -> Result<Response, AppError> {
    let (kind, typed, currency) = offer_at(&app, &kind, &id).await?;
    let errors = FieldErrors::default();
    Ok(page
        .in_section(Section::Admin)
        .render("Change an offer", move || view! { <OfferPage kind id typed errors currency /> }))
}

async fn change(
    State(app): State<App>,
    Operator(operator): Operator,
    page: Page,
    session: Session,
    Path((kind, id)): Path<(String, String)>,
    form: Form,
) -> Result<Response, AppError> {
    let (kind, before, currency) = offer_at(&app, &kind, &id).await?;
    let typed = Typed::of(&form);
    let offer = match typed.parse(&form, &currency, Provider::of(&app).as_ref()) {
        Ok(offer) => offer,
        Err(errors) => {
            let page = page.in_section(Section::Admin).invalid();
            return Ok(page.render("Change an offer", move || view! { <OfferPage kind id typed errors currency /> }));
        }
    };
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    // A second click finds nothing to retire, and adds nothing.
    let Some(position) = take_off(&mut tx, kind, &id, now).await? else {
        return Ok(Redirect::to(PAGE).into_response());
    };
    let detail = format!("{}: {} → {}", before.name, before.terms(&currency), typed.terms(&currency));
    insert(&mut tx, kind, offer, currency, position, now).await?;
    note(&mut tx, &operator, &format!("Changed a {}", kind.word()), &typed.name, &detail, now).await?;
    tx.commit().await?;
    tracing::info!(operator = %operator.user, name = typed.name, "a {} was changed", kind.word());
    leave_flash(
        &session,
        Tone::Good,
        &format!("{} is on sale as changed. What was sold before stays as it was.", typed.name),
    )
    .await?;
    Ok(Redirect::to(PAGE).into_response())
}

async fn retire(
    State(app): State<App>,
    Operator(operator): Operator,
    session: Session,
    Path((kind, id)): Path<(String, String)>,
) -> Result<Response, AppError> {
    let (kind, offer, currency) = match offer_at(&app, &kind, &id).await {
        // A second click finds it off sale.
        Err(AppError::NotFound) => return Ok(Redirect::to(PAGE).into_response()),
        found => found?,
    };
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let taken_off = take_off(&mut tx, kind, &id, now).await?.is_some();
    if taken_off {
        let action = format!("Took a {} off sale", kind.word());
        note(&mut tx, &operator, &action, &offer.name, &offer.terms(&currency), now).await?;
    }
    tx.commit().await?;
    if taken_off {
        tracing::info!(operator = %operator.user, id, "a {} was retired", kind.word());
        leave_flash(&session, Tone::Good, "It is no longer sold. What was sold before stays as it was.").await?;
    }
    Ok(Redirect::to(PAGE).into_response())
}

/// Writes a line of the log of the operator's own workspace: offers belong to none.
async fn note(
    tx: &mut Tx,
    operator: &Member,
    action: &str,
    subject: &str,
    detail: &str,
    at: Instant,
) -> sqlx::Result<()> {
    let actor = audit::Actor::Operator(Some(operator.user));
    audit::record(tx, operator.workspace, actor, action, subject, detail, at).await
}

/// Retires an offer; `None` when it is not on sale, else where it stood.
async fn take_off(tx: &mut Tx, kind: OfferKind, id: &str, at: Instant) -> Result<Option<i64>, AppError> {
    Ok(match kind {
        OfferKind::Package => store::retire_package(tx, id.parse().map_err(|_| AppError::NotFound)?, at).await?,
        OfferKind::Plan => retire_plan(tx, id.parse().map_err(|_| AppError::NotFound)?, at).await?,
    })
}
