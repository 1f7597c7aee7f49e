//! Why an order is as it is, why a plan ended, why automatic top-up stopped: codes with their parameters, as the database
//! keeps them. Pages and messages show the sentences.

use serde::{Deserialize, Serialize};

/// Why an order is in its state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum OrderReason {
    /// A card was declined, and another one can be tried; with the provider's words, if it has any.
    CardDeclined { message: Option<String> },
    /// The payment is on its way.
    OnItsWay,
    /// Paid, and the credits are there.
    Paid,
    /// The payment was declined.
    Declined,
    /// The provider takes no payment for it any more.
    Expired,
    /// Open for longer than an order waits.
    Unpaid,
    /// Given up by the buyer.
    Cancelled,
    /// Given up for a newer order.
    Replaced,
    /// The whole price goes back.
    Refunded,
    /// A refund of the whole price failed.
    RefundFailed,

    /// From before reasons had codes, in the words of that time.
    Earlier { text: String },
}

impl OrderReason {
    /// The reason as a sentence.
    pub fn sentence(&self) -> &str {
        match self {
            Self::CardDeclined { message: Some(text) } | Self::Earlier { text } => text,
            Self::CardDeclined { message: None } => "The payment was declined.",
            Self::OnItsWay => "The credits arrive as soon as the payment does.",
            Self::Paid => "The credits are in your balance.",
            Self::Declined => "The payment was declined. Nothing was charged.",
            Self::Expired => "It was not paid in time. Nothing was charged.",
            Self::Unpaid => "It was not paid within 24 hours. Nothing was charged.",
            Self::Cancelled => "Cancelled before paying. Nothing was charged.",
            Self::Replaced => "Another choice was made instead. Nothing was charged.",
            Self::Refunded => "The whole price goes back to where it came from.",
            Self::RefundFailed => "The refund did not reach you, so the purchase remains.",
        }
    }
}

/// Why a plan ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum PlanEndReason {
    /// Cancelled by a member.
    Cancelled,
    /// A declined renewal was not paid in the time allowed for it.
    NotPaid,
    /// The provider ended it.
    AtProvider,
    /// It was paid with the embedded payments, which this server no longer accepts.
    TestPayments,

    /// From before reasons had codes, in the words of that time.
    Earlier { text: String },
}

impl PlanEndReason {
    /// The reason as a sentence.
    pub fn sentence(&self) -> &str {
        match self {
            Self::Cancelled => "Cancelled.",
            Self::NotPaid => "The renewal was not paid within 7 days.",
            Self::AtProvider => "Ended at the payment provider.",
            Self::TestPayments => "It was paid with test payments, which this server no longer accepts.",
            Self::Earlier { text } => text,
        }
    }
}

/// Why automatic top-up switched itself off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum TopUpStopReason {
    /// The last payment was declined.
    Declined,
    /// The package is no longer sold.
    NotForSale,

    /// From before reasons had codes, in the words of that time.
    Earlier { text: String },
}

impl TopUpStopReason {
    /// The reason as a sentence.
    pub fn sentence(&self) -> &str {
        match self {
            Self::Declined => "The last payment was declined.",
            Self::NotForSale => "The package is no longer sold. Choose another one.",
            Self::Earlier { text } => text,
        }
    }
}

#[cfg(test)]
mod tests {
    use sqlx::types::Json;

    use super::*;
    use crate::{
        app::testing::{TestApp, test_apps},
        billing::{self, plans, top_up},
        on,
        server::db::migrate_again,
    };

    /// Runs the migration on what an earlier version left after `update`.
    async fn migrated(test: &TestApp, update: &str) {
        let back = "alter table orders drop column reason; alter table orders add column state_reason text;
            alter table subscriptions drop column reason; alter table subscriptions add column ended_reason text;
            alter table top_ups drop column reason; alter table top_ups add column stop_reason text";
        migrate_again(&test.app.db, &format!("{back}; {update}"), "0022_payment_reasons.sql").await;
    }

    #[tokio::test]
    async fn the_migration_turns_the_earlier_words_of_orders_into_codes() {
        let words = [
            ("credited", "The credits are in your balance.", OrderReason::Paid),
            ("credited", "The refund did not reach you, so the purchase stands.", OrderReason::RefundFailed),
            ("refunded", "The whole price goes back to where it came from.", OrderReason::Refunded),
            ("pending", "The credits arrive as soon as the payment does.", OrderReason::OnItsWay),
            ("failed", "The payment was declined. Nothing was charged.", OrderReason::Declined),
            ("cancelled", "It was not paid in time. Nothing was charged.", OrderReason::Expired),
            ("cancelled", "It was not paid within 24 hours. Nothing was charged.", OrderReason::Unpaid),
            ("cancelled", "Cancelled before paying. Nothing was charged.", OrderReason::Cancelled),
            ("cancelled", "Another choice was made instead. Nothing was charged.", OrderReason::Replaced),
            ("cancelled", "Lost in the post.", OrderReason::Earlier { text: "Lost in the post.".into() }),
            (
                "created",
                "Your card has no funds.",
                OrderReason::CardDeclined { message: Some("Your card has no funds.".into()) },
            ),
            ("created", "The payment was declined.", OrderReason::CardDeclined { message: None }),
        ];
        for test in test_apps(&[]).await {
            let member = plans::tests::subscriber(&test, 1).await;
            for (state, text, expected) in &words {
                migrated(&test, &format!("update orders set state = '{state}', state_reason = '{text}'")).await;
                let orders = billing::orders_before(&mut test.app.db.read().await.unwrap(), member.workspace, None, 1)
                    .await
                    .unwrap();
                assert_eq!(orders[0].reason, Some(Json(expected.clone())), "{text}");
            }
            migrated(&test, "update orders set state_reason = null").await;
            let orders = billing::orders_before(&mut test.app.db.read().await.unwrap(), member.workspace, None, 1)
                .await
                .unwrap();
            assert_eq!(orders[0].reason, None);
        }
    }

    #[tokio::test]
    async fn the_migration_turns_the_earlier_words_of_plans_and_top_ups_into_codes() {
        let ends = [
            ("Cancelled.", PlanEndReason::Cancelled),
            ("The renewal was not paid within 7 days.", PlanEndReason::NotPaid),
            ("Ended at the payment provider.", PlanEndReason::AtProvider),
            ("It was a Monday.", PlanEndReason::Earlier { text: "It was a Monday.".into() }),
        ];
        let stops = [
            ("The last payment was declined.", TopUpStopReason::Declined),
            ("The package is no longer sold. Choose another one.", TopUpStopReason::NotForSale),
            ("It was a Monday.", TopUpStopReason::Earlier { text: "It was a Monday.".into() }),
        ];
        for test in test_apps(&[]).await {
            let member = plans::tests::subscriber(&test, 1).await;
            let mut tx = test.app.db.write().await.unwrap();
            let package = billing::packages(&mut tx).await.unwrap()[0].id;
            let threshold = crate::credits::Credits::new(200).unwrap();
            top_up::switch_on(&mut tx, &member, package, threshold, 5_700, test.app.clock.now()).await.unwrap();
            tx.commit().await.unwrap();
            for (text, expected) in &ends {
                migrated(&test, &format!("update subscriptions set ended_reason = '{text}'")).await;
                let mut tx = test.app.db.read().await.unwrap();
                let plan = plans::live_subscription(&mut tx, member.workspace).await.unwrap().unwrap();
                assert_eq!(plan.reason, Some(Json(expected.clone())), "{text}");
            }
            for (text, expected) in &stops {
                migrated(&test, &format!("update top_ups set stop_reason = '{text}'")).await;
                let rule = top_up::top_up(&mut test.app.db.read().await.unwrap(), member.workspace).await.unwrap();
                assert_eq!(rule.unwrap().reason, Some(Json(expected.clone())), "{text}");
            }
        }
    }

    #[tokio::test]
    async fn the_migration_keeps_of_a_refund_what_the_provider_says() {
        let notes = [
            ("failed", "expired_or_canceled_card", Some("expired_or_canceled_card")),
            ("failed", "The bank did not take it.", None),
            ("done", "Paid back.", None),
            ("waiting", "Made by the operator at the payment provider.", None),
        ];
        for test in test_apps(&[]).await {
            let member = plans::tests::subscriber(&test, 1).await;
            let order = billing::orders_before(&mut test.app.db.read().await.unwrap(), member.workspace, None, 1)
                .await
                .unwrap();
            let mut tx = test.app.db.write().await.unwrap();
            on!(&mut tx, c => sqlx::query(
                "insert into refunds (workspace_id, id, order_id, amount_minor, currency, credits, state, state_since, origin,
                     idempotency_key, created_at) values ($1, $2, $3, 1, 'USD', 0, 'done', 0, 'provider', 'k', 0)")
                .bind(member.workspace).bind(billing::refund_store::RefundId::new()).bind(order[0].id)
                .execute(c).await.map(drop))
            .unwrap();
            tx.commit().await.unwrap();
            for (state, text, expected) in &notes {
                migrated(&test, &format!("update refunds set state = '{state}', note = '{text}'")).await;
                let mut tx = test.app.db.read().await.unwrap();
                let refunds = billing::refunds_of(&mut tx, &order[0]).await.unwrap();
                assert_eq!(refunds[0].note.as_deref(), *expected, "{text}");
            }
        }
    }

    #[test]
    fn the_database_keeps_a_code_and_its_parameters() {
        let declined = OrderReason::CardDeclined { message: Some("No.".into()) };
        assert_eq!(serde_json::to_string(&declined).unwrap(), r#"{"code":"card_declined","message":"No."}"#);
        assert_eq!(serde_json::to_string(&PlanEndReason::NotPaid).unwrap(), r#"{"code":"not_paid"}"#);
        assert_eq!(serde_json::to_string(&TopUpStopReason::NotForSale).unwrap(), r#"{"code":"not_for_sale"}"#);
    }
}
