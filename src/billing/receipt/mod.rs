//! Receipts: one for every order that was paid, numbered without a gap on the instance; as a page to print and as a PDF.

mod details;
mod number;
mod pages;
mod pdf;
mod view;

pub(super) use number::number;
pub(super) use pages::routes;
pub(super) use view::DetailsPanel;

pub(super) use details::{BillingDetails, billing_details};

use super::{Order, OrderKind, OrderState};
use crate::{
    server::{clock::Instant, config::Config, db::Tx},
    ui::{credits_text, format::date_text, money_text},
};

/// A number as receipts show it: `R-000042`.
pub fn receipt_number(number: i64) -> String {
    format!("R-{number:06}")
}

/// Everything a receipt says, as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// `R-000042`.
    pub number: String,
    pub issued_at: Instant,
    pub seller: Vec<String>,
    /// Tax as the operator words it, e.g. `VAT included where it applies. VAT ID IE1234567T`.
    pub tax: Option<String>,
    pub buyer: Vec<String>,
    pub what: String,
    /// What was bought in detail: the credits, and the month of a plan.
    pub detail: String,
    /// The price.
    pub price: String,
    /// What of the price was a discount, or credit at the provider.
    pub reduction: Option<String>,
    /// What was charged.
    pub total: String,
    pub paid_with: String,
    /// Whether the money was given back since.
    pub refunded: bool,
}

impl Receipt {
    /// The receipt of `order`; `None` as long as it is not paid.
    pub fn of(order: &Order, buyer: &BillingDetails, config: &Config) -> Option<Self> {
        let (number, issued_at) = order.receipt_number.zip(order.credited_at)?;
        let what = match order.kind {
            OrderKind::Package => format!("{} package", order.package_name),
            OrderKind::TopUp => format!("{} package (automatic top-up)", order.package_name),
            OrderKind::Plan | OrderKind::Upgrade => order.package_name.clone(),
        };
        let credits = credits_text(order.credits.get());
        let detail = match order.period_start.zip(order.period_end) {
            Some((start, end)) => {
                format!("{credits}, {} to {}", date_text(start.micros()), date_text(end.micros()))
            }
            None => credits,
        };
        let paid_with = match order.provider.as_str() {
            "embedded" => "Test payment: no money moved",
            "stripe" => "Stripe",
            other => other,
        };
        Some(Self {
            number: receipt_number(number),
            issued_at,
            seller: config.seller(),
            tax: config.receipt_tax.clone(),
            buyer: buyer.lines(&buyer.name),
            what,
            detail,
            price: money_text(order.amount_minor, &order.currency),
            reduction: order
                .paid_minor
                .map(|paid| format!("−{}", money_text(order.amount_minor.saturating_sub(paid), &order.currency))),
            total: money_text(order.charged_minor(), &order.currency),
            paid_with: paid_with.to_owned(),
            refunded: order.state == OrderState::Refunded,
        })
    }
}

/// The receipt of an order.
///
/// # Errors
/// Only the database's.
pub(super) async fn receipt(tx: &mut Tx, order: &Order, config: &Config) -> sqlx::Result<Option<Receipt>> {
    let buyer = number::buyer_of(tx, order).await?;
    Ok(buyer.and_then(|buyer| Receipt::of(order, &buyer, config)))
}
