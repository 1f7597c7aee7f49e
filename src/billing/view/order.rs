//! One order.

use leptos::prelude::*;

use super::{
    orders::{expiry, tone_of, what},
    refunds::Refunds,
};
use crate::{
    accounts::Right,
    billing::{
        Order, OrderState, Refund,
        refund::{NoRefund, Refundable},
    },
    server::support::Support,
    topics,
    ui::{
        Button, ButtonKind, HelpLink, LinkButton, Notice, PageHeader, Panel, Tag, TimeStamp, Tone, credits_text,
        money_text, unit_price_text,
    },
};

/// What the page shows.
#[derive(Debug, Clone)]
pub struct OrderPageData {
    pub order: Order,
    pub may_buy: bool,
    /// Whether the buyer just came back from paying, and the provider has not told us yet.
    pub returned: bool,
    /// Whether the saved method is being charged: what became of it is not known yet.
    pub charging: bool,
    /// Whether the provider of this order serves now.
    pub can_pay: bool,
    /// The provider's page, when it is open already.
    pub pay_link: Option<String>,
    /// For ordering the same again, or for a refund.
    pub purchase_key: String,
    pub refunds: Vec<Refund>,
    pub offer: Result<Refundable, NoRefund>,
    /// Where to ask about a refund that is not offered.
    pub support: Option<Support>,
}

/// The page. It follows the payment by itself.
#[component]
pub fn OrderPage(data: OrderPageData) -> impl IntoView {
    let OrderPageData { order, may_buy, returned, charging, can_pay, pay_link, purchase_key, refunds, offer, support } =
        data;
    let id = order.id;
    view! {
        <PageHeader title="Your order" back_href="/settings/cold-email-agent" back_label="Cold Email Agent" />
        // Nothing is typed into the forms inside, so they may be swapped.
        <div class="stack checkout" id=format!("order-{id}") data-live=topics::ORDERS>
            <State order=order.clone() returned charging />
            <Summary order=order.clone() />
            <Refunds order=order.clone() refunds offer support may_buy refund_key=purchase_key.clone() />
            <NextStep order may_buy can_pay=can_pay && !returned && !charging pay_link purchase_key />
        </div>
    }
    .into_any()
}

#[component]
fn State(order: Order, returned: bool, charging: bool) -> impl IntoView {
    if returned || (charging && order.state == OrderState::Created) {
        return view! { <BeingConfirmed since=order.created_at.micros() /> }.into_any();
    }
    let tone = match tone_of(order.state) {
        Tone::Neutral => Tone::Info,
        tone => tone,
    };
    let since = order.state_since.micros();
    let text = match order.state {
        OrderState::Created => {
            // Why the last card was declined, when one was.
            let text = order.reason.as_ref().map_or("Nothing was charged so far.", |reason| reason.sentence()).to_owned();
            view! { <p>{text}</p> }.into_any()
        }
        OrderState::Pending => view! {
            <p>
                "Pending since " <TimeStamp micros=since />
                ". The credits arrive as soon as the payment does; this page updates automatically. You need not buy again."
            </p>
        }
        .into_any(),
        _ => {
            let reason = order.reason_text().to_owned();
            view! { <p>{reason}</p> }.into_any()
        }
    };
    view! {
        <Notice tone=tone title=headline(&order)>
            {text}
        </Notice>
    }
    .into_any()
}

#[component]
fn BeingConfirmed(since: i64) -> impl IntoView {
    view! {
        <Notice tone=Tone::Warning title="The payment is being confirmed">
            <p>
                "Pending since " <TimeStamp micros=since />
                ". We are waiting for the payment provider; this page updates automatically. You need not pay again."
            </p>
        </Notice>
    }
    .into_any()
}

/// What became of the order, in one line.
pub(super) fn headline(order: &Order) -> String {
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
                <div>
                    <dt>"Ordered"</dt>
                    <dd>
                        <TimeStamp micros=order.created_at.micros() />
                    </dd>
                </div>
                <div>
                    <dt>"State"</dt>
                    <dd>
                        <Tag tone=tone_of(order.state)>{order.state.label()}</Tag>
                        " since "
                        <TimeStamp micros=order.state_since.micros() />
                    </dd>
                </div>
                <div class="facts-total">
                    <dt>"Price"</dt>
                    <dd>{money_text(order.amount_minor, &order.currency)}</dd>
                </div>
                {order
                    .paid_minor
                    .map(|paid| {
                        view! {
                            <div class="facts-total">
                                <dt>"Charged" <span class="table-detail">"The rest was a discount or your credit"</span></dt>
                                <dd>{money_text(paid, &order.currency)}</dd>
                            </div>
                        }
                    })}
            </dl>
        </Panel>
    }
    .into_any()
}

#[component]
fn NextStep(
    order: Order,
    may_buy: bool,
    can_pay: bool,
    pay_link: Option<String>,
    purchase_key: String,
) -> impl IntoView {
    let step = match order.state {
        OrderState::Created if !may_buy => view! { <Notice>{Right::Buy.refusal()}</Notice> }.into_any(),
        OrderState::Created if can_pay => view! { <Pay order pay_link /> }.into_any(),
        OrderState::Failed | OrderState::Cancelled if may_buy => super::orders::again(&order, purchase_key),
        OrderState::Credited | OrderState::Refunded => {
            view! { <LinkButton href=format!("/orders/{}/receipt", order.id)>"Receipt"</LinkButton> }.into_any()
        }
        _ => ().into_any(),
    };
    view! {
        <div class="row">
            {step} <LinkButton href="/settings/cold-email-agent">"Back to your credits"</LinkButton>
            <HelpLink topic="buying">"How buying works"</HelpLink>
        </div>
    }
    .into_any()
}

#[component]
fn Pay(order: Order, pay_link: Option<String>) -> impl IntoView {
    let (pay, cancel) = (format!("/orders/{}/pay", order.id), format!("/orders/{}/cancel", order.id));
    let label = format!("Pay {}", money_text(order.amount_minor, &order.currency));
    // A link leads to pages under any name; a form only to those that the content security policy knows.
    let pay = match pay_link {
        Some(href) => view! { <LinkButton href=href kind=ButtonKind::Primary id="pay">{label}</LinkButton> }.into_any(),
        None => view! {
            <form method="post" action=pay data-submit-once="">
                <Button kind=ButtonKind::Primary id="pay">{label}</Button>
            </form>
        }
        .into_any(),
    };
    view! {
        {pay}
        <form method="post" action=cancel data-submit-once="">
            <Button kind=ButtonKind::Quiet id="cancel">"Cancel the order"</Button>
        </form>
    }
    .into_any()
}
