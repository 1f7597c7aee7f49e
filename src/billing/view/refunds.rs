//! Refunds of an order: what went back, and a way to ask for the rest (C19).

use leptos::prelude::*;

use crate::{
    accounts::Right,
    billing::{
        Order, Refund, RefundState,
        notify::NOT_TAKEN,
        refund::{NoRefund, Refundable},
    },
    server::support::Support,
    ui::{Button, ButtonKind, Confirm, Panel, Table, Tag, TimeStamp, Tone, count_text, credits_text, money_text},
};

/// What can be given back, what was, and a form for it.
#[component]
pub fn Refunds(
    order: Order,
    refunds: Vec<Refund>,
    offer: Result<Refundable, NoRefund>,
    /// Where to ask about a refund that is not offered.
    support: Option<Support>,
    may_buy: bool,
    /// Random, of this page: a second click makes no second refund.
    refund_key: String,
) -> impl IntoView {
    let none = refunds.is_empty();
    if none && offer == Err(NoRefund::NothingPaid) {
        return ().into_any();
    }
    let made = (!none).then(|| view! { <Made refunds /> });
    let next = match offer {
        Ok(_) if !may_buy => view! { <p class="soft">{Right::Buy.refusal()}</p> }.into_any(),
        Ok(offer) => view! { <Ask order offer refund_key /> }.into_any(),
        // The list above says it all.
        Err(NoRefund::NothingPaid) => ().into_any(),
        Err(why) => {
            let support = support.map(|one| view! { " " <a href=one.href>{one.text}</a> });
            view! { <p class="soft">{why.text()} {support}</p> }.into_any()
        }
    };
    view! {
        <Panel id="refunds" title="Refund">
            <div class="stack">{made} {next}</div>
        </Panel>
    }
    .into_any()
}

#[component]
fn Made(refunds: Vec<Refund>) -> impl IntoView {
    let rows: Vec<_> = refunds
        .into_iter()
        .map(|refund| {
            let tone = match refund.state {
                RefundState::Done => Tone::Good,
                RefundState::Failed => Tone::Bad,
                RefundState::Sending | RefundState::Waiting => Tone::Warning,
            };
            let failed = refund.state == RefundState::Failed;
            let note = match failed {
                true => Some(refund.note.clone().unwrap_or_else(|| NOT_TAKEN.to_owned())),
                false if refund.owed.is_zero() => None,
                false => Some(format!("and {} as they come back", credits_text(refund.owed.get()))),
            };
            view! {
                <tr>
                    <th scope="row" class="wide-only">
                        <TimeStamp micros=refund.created_at.micros() />
                    </th>
                    <td class="number">{money_text(refund.amount_minor, &refund.currency)}</td>
                    <td class="number">{count_text(refund.credits.get())}</td>
                    <td>
                        <Tag tone=tone>{refund.state.label()}</Tag>
                        " "
                        <span class="small soft">{note}</span>
                    </td>
                </tr>
            }
        })
        .collect();
    view! {
        <Table caption="Refunds of this order: the money paid back, and the credits taken back for it">
            <thead>
                <tr>
                    <th scope="col" class="wide-only">
                        "Refunded"
                    </th>
                    <th scope="col" class="number">
                        "Money"
                    </th>
                    <th scope="col" class="number">
                        "Credits"
                    </th>
                    <th scope="col">"State"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </Table>
    }
    .into_any()
}

#[component]
fn Ask(order: Order, offer: Refundable, refund_key: String) -> impl IntoView {
    let credits = credits_text(offer.credits.get());
    let money = money_text(offer.amount_minor, &order.currency);
    let action = format!("/orders/{}/refund", order.id);
    let spent = order.credits.get() - offer.credits.get();
    let how = if spent > 0 {
        format!(
            "{} of {} credits of this purchase are left, so {money} can go back.",
            count_text(offer.credits.get()),
            count_text(order.credits.get())
        )
    } else {
        format!("Nothing of this purchase was used, so the whole price of {money} can go back.")
    };
    view! {
        <p>{how}</p>
        <Confirm id="ask-refund" label=format!("Refund {money}") title="Give these credits back?">
            <div class="stack">
                <p>
                    {format!("{credits} leave your balance now, for good. {money} goes back to where it was paid from; banks take some days for it.")}
                </p>
                <form method="post" action=action data-submit-once="">
                    <input type="hidden" name="key" value=refund_key />
                    <Button kind=ButtonKind::Danger id="refund">{format!("Give back {credits}")}</Button>
                </form>
            </div>
        </Confirm>
    }
    .into_any()
}
