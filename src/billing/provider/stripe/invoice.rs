//! What an invoice of a plan says. Stripe moved its parts in 2025 (`parent`, `payments`); both shapes are read.

use serde_json::Value;

use super::units::from_stripe;
use crate::server::clock::Instant;

/// An invoice as Stripe's interface and its events show it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Invoice<'a>(pub &'a Value);

/// The month of a plan on an invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Month {
    /// Its first moment and that of the next one.
    pub period: (Instant, Instant),
    /// What it costs, before discounts and credit.
    pub price_minor: i64,
    /// What of that was charged.
    pub paid_minor: i64,
}

impl<'a> Invoice<'a> {
    /// Where it says what its subscription is, with our marks.
    pub fn details(self) -> &'a Value {
        let parent = &self.0["parent"]["subscription_details"];
        if parent.is_object() { parent } else { &self.0["subscription_details"] }
    }

    /// The subscription that it is for; `None`: for something else.
    pub fn subscription(self) -> Option<&'a str> {
        name_of(&self.0["parent"]["subscription_details"]["subscription"]).or_else(|| name_of(&self.0["subscription"]))
    }

    pub fn is_first(self) -> bool {
        self.0["billing_reason"].as_str() == Some("subscription_create")
    }

    /// By Stripe's books: with money, credit of the customer or a discount.
    pub fn is_paid(self) -> bool {
        self.0["status"].as_str() == Some("paid")
    }

    /// Whether a payment was tried without success, and may be tried again.
    pub fn was_declined(self) -> bool {
        self.0["status"].as_str() == Some("open") && self.0["attempted"] == true
    }

    /// What it was paid with; `None` where that is not told and must be asked.
    pub fn payment_intent(self) -> Option<Option<String>> {
        if self.0["amount_paid"].as_i64() == Some(0) {
            return Some(None);
        }
        if let Some(payments) = self.0["payments"]["data"].as_array() {
            let paid = payments.iter().find(|payment| payment["status"] == "paid").or(payments.first());
            return Some(paid.and_then(|payment| name_of(&payment["payment"]["payment_intent"])).map(str::to_owned));
        }
        self.0.get("payment_intent").map(|told| name_of(told).map(str::to_owned))
    }

    /// The month that it is for: of several lines the one that costs `price_minor`. `None` when it is for no month, only for
    /// a correction.
    ///
    /// # Errors
    /// What is missing.
    pub fn month(self, price_minor: i64) -> Result<Option<Month>, String> {
        let lines = self.0["lines"]["data"].as_array().map_or(&[][..], Vec::as_slice);
        let months = || lines.iter().filter(|line| is_month(line));
        let currency = self.0["currency"].as_str().ok_or("The invoice has no currency.")?;
        let costs = |line: &Value| line["amount"].as_i64().map(|amount| from_stripe(amount, currency));
        let Some(first) = months().next() else { return Ok(None) };
        let line = months().find(|line| costs(line) == Some(price_minor)).unwrap_or(first);
        let second = |name: &str| line["period"][name].as_i64().map(|second| Instant(second.saturating_mul(1_000_000)));
        let period = second("start").zip(second("end")).ok_or("The invoice names no month.")?;
        let price_minor = costs(line).ok_or("A line of the invoice has no amount.")?;
        let charged = self.0["amount_paid"].as_i64().ok_or("The invoice does not say what was paid.")?;
        let charged = from_stripe(charged, currency);
        Ok(Some(Month { period, price_minor, paid_minor: charged.clamp(0, price_minor.max(0)) }))
    }
}

/// Corrections of the price and single items are beside the month itself.
fn is_month(line: &Value) -> bool {
    let parent = &line["parent"];
    let correction = line["proration"] == true || parent["subscription_item_details"]["proration"] == true;
    let single = line["type"] == "invoiceitem" || parent["type"] == "invoice_item_details";
    !correction && !single
}

/// The id of something that is given as its id or in full.
pub(super) fn name_of(value: &Value) -> Option<&str> {
    value.as_str().or_else(|| value["id"].as_str())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_month_is_found_among_corrections_and_other_items_in_both_shapes() {
        let period = json!({ "start": 10, "end": 20 });
        let old = json!({ "currency": "usd", "amount_paid": 2_900, "lines": { "data": [
            { "amount": -700, "type": "invoiceitem", "proration": true, "period": { "start": 1, "end": 2 } },
            { "amount": 500, "type": "subscription", "proration": false, "period": { "start": 3, "end": 4 } },
            { "amount": 2_900, "type": "subscription", "proration": false, "period": period },
        ] } });
        let item = |proration: bool| json!({ "type": "subscription_item_details", "subscription_item_details": { "proration": proration } });
        let new = json!({ "currency": "usd", "amount_paid": 2_900, "lines": { "data": [
            { "amount": 2_900, "parent": item(true), "period": { "start": 1, "end": 2 } },
            { "amount": 2_900, "parent": { "type": "invoice_item_details" }, "period": { "start": 3, "end": 4 } },
            { "amount": 2_900, "parent": item(false), "period": period },
        ] } });
        let month = Month { period: (Instant(10_000_000), Instant(20_000_000)), price_minor: 2_900, paid_minor: 2_900 };
        for invoice in [&old, &new] {
            assert_eq!(Invoice(invoice).month(2_900), Ok(Some(month)), "{invoice}");
        }
        assert_eq!(Invoice(&old).month(9_900).unwrap().unwrap().price_minor, 500, "none costs that");
        let correction =
            json!({ "currency": "usd", "amount_paid": 7, "lines": { "data": [{ "amount": 7, "proration": true }] } });
        assert_eq!(Invoice(&correction).month(7), Ok(None));
        assert!(Invoice(&json!({ "currency": "usd", "lines": { "data": [{ "amount": 7 }] } })).month(7).is_err());
    }

    #[test]
    fn what_an_invoice_was_paid_with_is_read_in_both_shapes() {
        let some = |name: &str| Some(Some(name.to_owned()));
        for (invoice, expected) in [
            (json!({ "payment_intent": "pi_1" }), some("pi_1")),
            (json!({ "payment_intent": { "id": "pi_2" } }), some("pi_2")),
            (json!({ "payment_intent": null }), Some(None)),
            (
                json!({ "payments": { "data": [
                { "status": "canceled", "payment": { "payment_intent": "pi_3" } },
                { "status": "paid", "payment": { "type": "payment_intent", "payment_intent": "pi_4" } },
            ] } }),
                some("pi_4"),
            ),
            (json!({ "payments": { "data": [] } }), Some(None)),
            (json!({ "amount_paid": 0 }), Some(None)),
            (json!({ "amount_paid": 5 }), None),
        ] {
            assert_eq!(Invoice(&invoice).payment_intent(), expected, "{invoice}");
        }
    }
}
