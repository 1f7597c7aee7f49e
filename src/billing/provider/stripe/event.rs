//! What an event of Stripe means, read from its JSON.

use serde_json::Value;

use super::{apply::path_segment, invoice::name_of, store::InstanceId, units::from_stripe};
use crate::{billing::PaymentOutcome, credits::OrderId, server::clock::Instant};

/// An event that was understood.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Event {
    /// Not told by all events of the newer kind.
    pub livemode: Option<bool>,
    /// When Stripe made it.
    pub created: Instant,
    /// Its type, without the mark of the newer kind.
    pub kind: String,
    pub told: Told,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Told {
    Payment(Payment),
    /// A card was declined on a page where another one can be tried.
    TryFailed {
        marks: Marks,
        payment_intent: String,
        /// In Stripe's words.
        why: Option<String>,
    },
    /// The sum given back of a payment so far.
    Refunded {
        marks: Marks,
        payment_intent: String,
        total_minor: i64,
        currency: String,
    },
    /// One refund, whoever made it, and where it stands.
    Refund(RefundNews),
    Dispute {
        payment_intent: String,
        reference: String,
        state: DisputeState,
    },
    /// About plans and their invoices.
    Plan(Value),
    /// An event of the newer kind, which only names what it is about.
    Thin {
        /// Where Stripe is asked for it.
        path: String,
        /// The same news as an event of the older kind.
        twin: Option<String>,
    },
    Ignored(String),
}

/// What our own orders carry in Stripe's records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Marks {
    pub order: Option<OrderId>,
    pub instance: Option<InstanceId>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Payment {
    pub marks: Marks,
    pub outcome: PaymentOutcome,
    pub amount_minor: i64,
    pub currency: String,
    pub session: Option<String>,
    pub payment_intent: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct RefundNews {
    pub reference: String,
    /// Our own id of it, when it was asked for here.
    pub ours: Option<uuid::Uuid>,
    pub payment_intent: Option<String>,
    pub status: RefundStatus,
    pub amount_minor: i64,
    /// Why it failed, in Stripe's words.
    pub why: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RefundStatus {
    UnderWay,
    Done,
    Failed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DisputeState {
    Open,
    Won,
    Lost,
}

/// Reads an event.
///
/// # Errors
/// What is missing or of the wrong kind.
pub(super) fn read(kind: &str, payload: &[u8]) -> Result<Event, String> {
    let event: Value = serde_json::from_slice(payload).map_err(|error| error.to_string())?;
    if event["object"].as_str() == Some("v2.core.event") {
        return thin(kind, &event);
    }
    let livemode = event["livemode"].as_bool().ok_or("the event has no livemode")?;
    let created = event["created"].as_i64().ok_or("the event has no time")?;
    let object = &event["data"]["object"];
    if !object.is_object() {
        return Err("the event has no object".into());
    }
    let created = Instant(created.saturating_mul(1_000_000));
    Ok(Event { livemode: Some(livemode), created, kind: kind.to_owned(), told: told(kind, object)? })
}

/// An event of the newer kind: pings and news of what we do not use, or the name of an object that we know from before.
fn thin(kind: &str, event: &Value) -> Result<Event, String> {
    let created = event["created"].as_str().and_then(|text| text.parse::<jiff::Timestamp>().ok());
    let created = Instant(created.ok_or("the event has no time")?.as_microsecond());
    let kind_before = kind.strip_prefix("v1.").unwrap_or_default();
    let id = event["related_object"]["id"].as_str().unwrap_or_default();
    let folder = match event["related_object"]["type"].as_str().unwrap_or_default() {
        "checkout.session" => "checkout/sessions",
        "payment_intent" => "payment_intents",
        "charge" => "charges",
        "refund" => "refunds",
        "dispute" => "disputes",
        "subscription" => "subscriptions",
        "invoice" => "invoices",
        _ => "",
    };
    let told = if kind_before.is_empty() || id.is_empty() || folder.is_empty() {
        Told::Ignored("Fairlead has no use for this kind of event.".into())
    } else {
        let path = format!("/v1/{folder}/{}", path_segment(id));
        Told::Thin { path, twin: event["snapshot_event"].as_str().map(str::to_owned) }
    };
    Ok(Event { livemode: event["livemode"].as_bool(), created, kind: kind_before.to_owned(), told })
}

/// What an event of the newer kind is about, as Stripe says when asked at `at`.
///
/// # Errors
/// What is missing or of the wrong kind.
pub(super) fn fetched(event: &Event, object: &Value, at: Instant) -> Result<Event, String> {
    Ok(Event { created: at, told: told(&event.kind, object)?, ..event.clone() })
}

fn told(kind: &str, object: &Value) -> Result<Told, String> {
    Ok(match kind {
        "checkout.session.completed"
        | "checkout.session.async_payment_succeeded"
        | "checkout.session.async_payment_failed"
        | "checkout.session.expired" => session(kind, object)?,
        "payment_intent.succeeded" | "payment_intent.processing" => intent(kind, object)?,
        "payment_intent.payment_failed" if object["invoice"].is_string() => {
            Told::Ignored("The payment of an invoice: its own events say more.".into())
        }
        "payment_intent.payment_failed" => Told::TryFailed {
            marks: marks(object),
            payment_intent: text(object, "id")?,
            why: words(&object["last_payment_error"]["message"]),
        },
        "charge.refunded" => match object["payment_intent"].as_str() {
            Some(intent) => Told::Refunded {
                marks: marks(object),
                payment_intent: intent.to_owned(),
                total_minor: money(object, "amount_refunded")?,
                currency: text(object, "currency")?,
            },
            None => Told::Ignored("A charge that was not made by Fairlead.".into()),
        },
        "refund.created" | "refund.updated" | "refund.failed" | "charge.refund.updated" => {
            Told::Refund(refund(object)?)
        }
        "charge.dispute.created" | "charge.dispute.closed" | "charge.dispute.updated" => dispute(object)?,
        kind if kind.starts_with("customer.subscription.") || kind.starts_with("invoice.") => {
            Told::Plan(object.clone())
        }
        _ => Told::Ignored("Fairlead has no use for this kind of event.".into()),
    })
}

/// A Checkout session: the outcome follows from its own state, whatever the event is called.
fn session(kind: &str, object: &Value) -> Result<Told, String> {
    // The first invoice of a plan says more: its month, and what Stripe calls the plan.
    if object["mode"].as_str() == Some("subscription") && object["status"].as_str() != Some("expired") {
        return Ok(Told::Ignored("The first invoice of the plan says more.".into()));
    }
    Ok(match payment_of_session(object, kind.ends_with("async_payment_failed"))? {
        Some(payment) => Told::Payment(payment),
        None => Told::Ignored("The session says nothing about a payment yet.".into()),
    })
}

/// What a session says about its payment; `None` while it is open. `failed`: a late payment did not come.
pub(super) fn payment_of_session(object: &Value, failed: bool) -> Result<Option<Payment>, String> {
    let (status, paid) = (object["status"].as_str(), object["payment_status"].as_str());
    let outcome = match (status, paid) {
        (_, Some("paid" | "no_payment_required")) => PaymentOutcome::Paid,
        (Some("expired"), _) => PaymentOutcome::Expired,
        _ if failed => PaymentOutcome::Declined,
        (Some("complete"), Some("unpaid")) => PaymentOutcome::Pending,
        (Some("open"), _) => return Ok(None),
        _ => return Err("the session has no known state".into()),
    };
    // The invoice settles a plan's order.
    if object["mode"].as_str() == Some("subscription") && outcome == PaymentOutcome::Paid {
        return Ok(None);
    }
    let marks = marks(object);
    let reference = object["client_reference_id"].as_str().and_then(|text| text.parse().ok());
    Ok(Some(Payment {
        marks: Marks { order: marks.order.or(reference), ..marks },
        outcome,
        amount_minor: money(object, "amount_total")?,
        currency: text(object, "currency")?,
        session: Some(text(object, "id")?),
        payment_intent: object["payment_intent"].as_str().map(str::to_owned),
    }))
}

/// The subscription that a Checkout page of a plan made; `None` as long as there is none.
pub(super) fn plan_of_session(object: &Value) -> Option<&str> {
    let complete = object["mode"].as_str() == Some("subscription") && object["status"].as_str() == Some("complete");
    complete.then(|| name_of(&object["subscription"])).flatten()
}

/// What a payment without a session says; `None` while it is open.
pub(super) fn payment_of_intent(object: &Value) -> Result<Option<Payment>, String> {
    let kind = match object["status"].as_str() {
        Some("succeeded") => "payment_intent.succeeded",
        Some("processing") => "payment_intent.processing",
        Some(_) => return Ok(None),
        None => return Err("the payment has no state".into()),
    };
    match intent(kind, object)? {
        Told::Payment(payment) => Ok(Some(payment)),
        _ => Ok(None),
    }
}

fn intent(kind: &str, object: &Value) -> Result<Told, String> {
    if object["invoice"].is_string() {
        return Ok(Told::Ignored("The payment of an invoice: its own events say more.".into()));
    }
    let paid = kind == "payment_intent.succeeded";
    Ok(Told::Payment(Payment {
        marks: marks(object),
        outcome: if paid { PaymentOutcome::Paid } else { PaymentOutcome::Pending },
        amount_minor: money(object, if paid { "amount_received" } else { "amount" })?,
        currency: text(object, "currency")?,
        session: None,
        payment_intent: Some(text(object, "id")?),
    }))
}

/// A refund as Stripe's interface and its events show it.
pub(super) fn refund(object: &Value) -> Result<RefundNews, String> {
    let status = match object["status"].as_str() {
        Some("succeeded") => RefundStatus::Done,
        Some("pending" | "requires_action") => RefundStatus::UnderWay,
        Some("failed" | "canceled") => RefundStatus::Failed,
        _ => return Err("the refund has no known state".into()),
    };
    Ok(RefundNews {
        reference: text(object, "id")?,
        ours: object["metadata"]["refund"].as_str().and_then(|text| text.parse().ok()),
        payment_intent: object["payment_intent"].as_str().map(str::to_owned),
        status,
        amount_minor: money(object, "amount")?,
        why: words(&object["failure_reason"]),
    })
}

fn dispute(object: &Value) -> Result<Told, String> {
    let state = match object["status"].as_str() {
        Some("won") => DisputeState::Won,
        Some("lost") => DisputeState::Lost,
        Some(early) if early.starts_with("warning_") => {
            return Ok(Told::Ignored("An inquiry: no money was taken back so far.".into()));
        }
        Some("prevented") => return Ok(Told::Ignored("The dispute was prevented.".into())),
        Some(_) => DisputeState::Open,
        None => return Err("the dispute has no state".into()),
    };
    let Some(intent) = object["payment_intent"].as_str() else {
        return Ok(Told::Ignored("A dispute over a charge that was not made by Fairlead.".into()));
    };
    Ok(Told::Dispute { payment_intent: intent.to_owned(), reference: text(object, "id")?, state })
}

/// The marks that we put on everything we make at Stripe.
pub(super) fn marks(object: &Value) -> Marks {
    let mark = |name: &str| object["metadata"][name].as_str().unwrap_or_default();
    Marks { order: mark("order").parse().ok(), instance: mark("instance").parse().ok() }
}

fn text(object: &Value, name: &str) -> Result<String, String> {
    object[name].as_str().filter(|text| !text.is_empty()).map(str::to_owned).ok_or(format!("there is no {name}"))
}

/// An amount in our minor units.
fn money(object: &Value, name: &str) -> Result<i64, String> {
    let amount = object[name].as_i64().filter(|number| *number >= 0).ok_or(format!("there is no amount {name}"))?;
    Ok(from_stripe(amount, &text(object, "currency")?))
}

fn words(value: &Value) -> Option<String> {
    value.as_str().map(|text| text.chars().filter(|letter| !letter.is_control()).take(200).collect())
}
