//! What was ordered, and where each order stands.

use leptos::prelude::*;

use super::packages::BuyForm;
use crate::{
    billing::{Order, OrderKind, OrderState},
    topics,
    ui::{LinkButton, Panel, Table, Tag, TimeStamp, Tone, count_text, money_text},
};

/// The colour of a state.
pub fn tone_of(state: OrderState) -> Tone {
    match state {
        OrderState::Created => Tone::Neutral,
        OrderState::Pending => Tone::Warning,
        OrderState::Credited => Tone::Good,
        OrderState::Failed => Tone::Bad,
        OrderState::Cancelled | OrderState::Refunded => Tone::Neutral,
    }
}

/// What was ordered, in words.
pub(super) fn what(order: &Order) -> String {
    match order.kind {
        OrderKind::Package => format!("{} package", order.package_name),
        OrderKind::TopUp => format!("{} package, automatic top-up", order.package_name),
        OrderKind::Plan | OrderKind::Upgrade => order.package_name.clone(),
    }
}

/// When the credits of an order expire, in words.
pub(super) fn expiry(order: &Order) -> &'static str {
    match order.kind {
        OrderKind::Package | OrderKind::TopUp => "Never",
        OrderKind::Plan => "At the end of the following month",
        OrderKind::Upgrade => "With the credits of this month",
    }
}

/// The way to a new order after one that was not paid.
pub(super) fn again(order: &Order, purchase_key: String) -> AnyView {
    match order.package_id {
        Some(package) => {
            let package = package.to_string();
            view! { <BuyForm package purchase_key label="Try again with a new order".into() /> }.into_any()
        }
        None => {
            view! { <LinkButton href="/settings/cold-email-agent#plan">"Back to your plan"</LinkButton> }.into_any()
        }
    }
}

/// The latest orders, newest first.
#[component]
pub fn Orders(
    orders: Vec<Order>,
    /// Whether orders can be paid here.
    has_checkout: bool,
) -> impl IntoView {
    let empty = orders.is_empty();
    let rows: Vec<_> = orders.into_iter().map(|order| view! { <OrderRow order has_checkout /> }).collect();
    let body = if empty {
        view! { <p class="soft">"Nothing has been bought yet."</p> }.into_any()
    } else {
        view! {
            <Table caption="Orders, newest first" cards=true>
                <thead>
                    <tr>
                        <th scope="col" class="wide-only">
                            "Ordered"
                        </th>
                        <th scope="col">"Package"</th>
                        <th scope="col" class="number wide-only">
                            "Credits"
                        </th>
                        <th scope="col" class="number">
                            "Price"
                        </th>
                        <th scope="col">"State"</th>
                        <th scope="col">
                            <span class="visually-hidden">"Next step"</span>
                        </th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        }
        .into_any()
    };
    view! {
        <Panel id="orders" live=topics::ORDERS title="Orders" flush=!empty>
            {body}
        </Panel>
    }
    .into_any()
}

#[component]
fn OrderRow(order: Order, has_checkout: bool) -> impl IntoView {
    let checkout = format!("/orders/{}", order.id);
    let next = match order.state {
        OrderState::Created if has_checkout => view! { <a href=checkout>"Pay or cancel"</a> }.into_any(),
        OrderState::Failed if has_checkout => view! { <a href=checkout>"Try again"</a> }.into_any(),
        OrderState::Credited | OrderState::Refunded => {
            view! { <a href=format!("/orders/{}/receipt", order.id)>"Receipt"</a> }.into_any()
        }
        _ => view! { <a href=format!("/orders/{}", order.id)>"Details"</a> }.into_any(),
    };
    let since = match order.state {
        OrderState::Created => ().into_any(),
        _ => view! {
            " since "
            <TimeStamp micros=order.state_since.micros() />
        }
        .into_any(),
    };
    view! {
        <tr>
            <td class="wide-only">
                <TimeStamp micros=order.created_at.micros() />
            </td>
            <th scope="row">
                <a href=format!("/orders/{}", order.id)>{what(&order)}</a>
            </th>
            <td class="number wide-only">{count_text(order.credits.get())}</td>
            <td class="number">{money_text(order.amount_minor, &order.currency)}</td>
            <td>
                <Tag tone=tone_of(order.state)>{order.state.label()}</Tag>
                <span class="small soft wide-only">{since}</span>
            </td>
            <td class="row-actions">{next}</td>
        </tr>
    }
    .into_any()
}
