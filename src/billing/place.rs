//! Making an order (rule C18).

use super::{BillingError, Order, PackageId, provider::Provider, store};
use crate::{
    accounts::Member,
    credits::OrderId,
    server::{clock::Instant, db::Tx},
};

/// Orders `package` for the member's workspace. Joins the caller's transaction.
///
/// `key` is what the page put into its form: a second click with the same key returns the order of the first.
///
/// # Errors
/// [`BillingError::NotForSale`] when the package does not exist or is retired.
pub async fn place(
    tx: &mut Tx,
    member: &Member,
    provider: &Provider,
    package: PackageId,
    key: &str,
    at: Instant,
) -> Result<Order, BillingError> {
    // Two packages of one page are two orders; two clicks on one package are one.
    let key = format!("{package}:{key}");
    store::insert_order(tx, member, OrderId::new(), provider.name(), package, &key, at).await?;
    store::order_by_key(tx, member.workspace, &key).await?.ok_or(BillingError::NotForSale)
}
