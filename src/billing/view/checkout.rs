//! The test payment page of the embedded provider.

use leptos::prelude::*;

use super::orders::{expiry, tone_of, what};
use crate::{
    accounts::Right,
    billing::{Order, OrderKind, OrderState},
    topics,
    ui::{
        Button, ButtonKind, HelpLink, LinkButton, Notice, PageHeader, Panel, Tag, TimeStamp, Tone, credits_text,
        format::duration_text, money_text, unit_price_text,
    },
};

/// What the page shows.
#[derive(Debug, Clone)]
pub struct CheckoutPageData {
    pub order: Order,
    pub may_buy: bool,
    /// How long a payment that is left pending takes, in seconds.
    pub delay_seconds: i64,
    /// For ordering the same again after a declined payment.
    pub purchase_key: String,
}

/// One order: how to pay it, or what became of it.
#[component]
pub fn CheckoutPage(data: CheckoutPageData) -> impl IntoView {
    let CheckoutPageData { order, may_buy, delay_seconds, purchase_key } = data;
    let title = match order.state {
        OrderState::Created => "Checkout",
        _ => "Your order",
    };
    let actions = match order.state {
        OrderState::Created if may_buy => view! { <Choices order=order.clone() delay_seconds /> }.into_any(),
        OrderState::Created => view! { <Notice>{Right::Buy.refusal()}</Notice> }.into_any(),
        _ => view! { <Result order=order.clone() may_buy purchase_key /> }.into_any(),
    };
    view! {
        <PageHeader
            title=title
            back_href="/settings/cold-email-agent"
            back_label="Cold Email Agent"
        />
        <div class="stack checkout">
            <Notice tone=Tone::Warning title="Test payment: no money moves">
                <p>"This server has no payment provider, so you decide here how the payment ends."</p>
            </Notice>
            <Summary order />
            // Nothing is typed into the forms inside, so they may be swapped.
            <div id="checkout-actions" data-live=topics::ORDERS>
                {actions}
            </div>
        </div>
    }
    .into_any()
}

#[component]
fn Summary(order: Order) -> impl IntoView {
    let credits = order.credits.get();
    let unit = unit_price_text(order.amount_minor, &order.currency, credits);
    view! {
        <Panel title=what(&order)>
            <dl class="facts facts-sum">
                <div>
                    <dt>"You get"</dt>
                    <dd>{credits_text(credits)}</dd>
                </div>
                <div>
                    <dt>"Price per lead"</dt>
                    <dd>{unit}</dd>
                </div>
                <div>
                    <dt>"Expires"</dt>
                    <dd>{expiry(&order)}</dd>
                </div>
                <div class="facts-total">
                    <dt>{if order.kind == OrderKind::Plan { "To pay now, and every month" } else { "To pay, once" }}</dt>
                    <dd>{money_text(order.amount_minor, &order.currency)}</dd>
                </div>
            </dl>
        </Panel>
    }
    .into_any()
}

#[component]
fn Choices(order: Order, delay_seconds: i64) -> impl IntoView {
    let action = format!("/checkout/{}", order.id);
    let pay = format!("Pay {}", money_text(order.amount_minor, &order.currency));
    let later = format!("Leave it pending: paid after {}", duration_text(delay_seconds));
    view! {
        <form class="stack" method="post" action=action data-submit-once="">
            <div class="row">
                <Button kind=ButtonKind::Primary name="choice" value="pay" id="pay">
                    {pay}
                </Button>
                <Button name="choice" value="decline" id="decline">
                    "Decline the payment"
                </Button>
                <Button name="choice" value="later" id="later">
                    {later}
                </Button>
                <Button kind=ButtonKind::Quiet name="choice" value="cancel" id="cancel">
                    "Cancel the order"
                </Button>
            </div>
            <HelpLink topic="buying">"How buying works"</HelpLink>
        </form>
    }
    .into_any()
}

/// What became of the order.
#[component]
fn Result(order: Order, may_buy: bool, purchase_key: String) -> impl IntoView {
    let tone = match tone_of(order.state) {
        Tone::Neutral => Tone::Info,
        tone => tone,
    };
    let reason = order.reason_text().to_owned();
    let again = matches!(order.state, OrderState::Failed | OrderState::Cancelled) && may_buy;
    let buy = again.then(|| super::orders::again(&order, purchase_key));
    view! {
        <div class="stack">
            <Notice tone=tone title=headline(&order)>
                <p>{reason}</p>
            </Notice>
            <p class="small soft">
                <Tag tone=tone_of(order.state)>{order.state.label()}</Tag>
                " since "
                <TimeStamp micros=order.state_since.micros() />
            </p>
            <div class="row">
                {buy} <LinkButton href="/settings/cold-email-agent">"Back to your credits"</LinkButton>
            </div>
        </div>
    }
    .into_any()
}

fn headline(order: &Order) -> String {
    let credits = credits_text(order.credits.get());
    match order.state {
        OrderState::Created => "Not paid yet".into(),
        OrderState::Pending => "The payment is on its way".into(),
        OrderState::Credited => format!("Paid: {credits} added"),
        OrderState::Failed => "The payment was declined".into(),
        OrderState::Cancelled => "This order was cancelled".into(),
        OrderState::Refunded => "This order was refunded".into(),
    }
}
