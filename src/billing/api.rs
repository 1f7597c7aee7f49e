//! The server function that buys a package.

use leptos::prelude::*;

use super::{BillingError, PackageId, PurchaseRefusal, pages::go_to_pay, place, provider::Provider};
use crate::{
    accounts::{Member, Right, calling_member},
    credits::OrderId,
    fields::{FormError, Then},
    server::{app::App, error::AppError, form::Form, server_functions::session},
    topics,
};

/// Longest purchase key; the page's own keys are UUIDs.
const KEY_CHARACTERS_MAX: usize = 64;

/// Orders a package, and leads to where it is paid. Price and credits are the server's; `key` belongs to one rendered page,
/// so that a second click finds the order of the first.
///
/// # Errors
/// 403 for a role that may not buy, 409 when nothing can be ordered.
#[server(prefix = "", endpoint = "settings/cold-email-agent/orders")]
pub async fn buy_package(
    package: Option<PackageId>,
    #[server(default)] key: String,
) -> Result<Then<OrderId>, FormError> {
    let (app, member) = calling_member().await?;
    Ok(ordered(&app, &member.may(Right::Buy)?, package, &key).await?)
}

async fn ordered(app: &App, member: &Member, package: Option<PackageId>, key: &str) -> Result<Then<OrderId>, AppError> {
    let Some(provider) = Provider::of(app) else {
        return Err(PurchaseRefusal::NoProvider.into());
    };
    let package = package.ok_or(BillingError::NotForSale)?;
    let key = purchase_key(key)?;
    let mut tx = app.db.write().await?;
    let order = place(&mut tx, member, &provider, package, &key, app.clock.now()).await?;
    tx.commit().await?;
    app.live.changed(&app.db, member.workspace.0, &[topics::ORDERS]).await;
    let next = go_to_pay(app, &provider, &session()?, &order).await?;
    Ok(Then { made: order.id, next })
}

/// The key of the page that a form was sent from.
///
/// # Errors
/// [`AppError::Conflict`] without one.
pub(super) fn purchase_key(key: &str) -> Result<String, AppError> {
    let form = Form::of(&[("key", key)]);
    let key = form.line("key", KEY_CHARACTERS_MAX).ok().filter(|key| !key.is_empty());
    key.map(str::to_owned).ok_or_else(|| PurchaseRefusal::StalePage.into())
}
