//! What the payment provider told us, for the operator.

use leptos::prelude::*;

use crate::{
    billing::provider::stripe::{calls::OpenCall, inbox::Stored},
    ui::{Button, EmptyState, Figure, Notice, PageHeader, Panel, Table, Tag, TimeStamp, Tone, count_text},
};

/// What the page shows.
#[derive(Debug, Clone)]
pub struct PaymentsPageData {
    pub provider: Option<&'static str>,
    /// Events by state.
    pub counts: Vec<(String, i64)>,
    pub(in crate::billing) events: Vec<Stored>,
    pub(in crate::billing) calls: Vec<OpenCall>,
}

/// The page.
#[component]
pub fn PaymentsPage(data: PaymentsPageData) -> impl IntoView {
    let PaymentsPageData { provider, counts, events, calls } = data;
    let of = move |state: &str| counts.iter().find(|(name, _)| name == state).map_or(0, |(_, count)| *count);
    let dead = of("dead");
    let words = match provider {
        Some("stripe") => "Payments go through Stripe.",
        Some(_) => "Payments are test payments on this server: no money moves.",
        None => "No payment provider is configured: nothing can be bought.",
    };
    let warning = (dead > 0).then(|| {
        view! {
            <Notice tone=Tone::Warning title=format!("{} need a look", count_text(dead))>
                <p>
                    "These events contradict an order, or could not be acted on for a day. They stay here until they are tried again with success."
                </p>
            </Notice>
        }
    });
    view! {
        <PageHeader title="Payments" subtitle=words back_href="/admin" back_label="Administration" />
        <div class="stack-loose">
            {warning}
            <div class="figures">
                <Figure label="Events done" value=count_text(of("applied")) />
                <Figure label="Waiting" value=count_text(of("waiting")) />
                <Figure label="Ignored" value=count_text(of("ignored")) />
                <Figure label="Need attention" value=count_text(dead) />
            </div>
            <Calls calls />
            <Events events />
        </div>
    }
    .into_any()
}

#[component]
fn Events(events: Vec<Stored>) -> impl IntoView {
    if events.is_empty() {
        return view! {
            <Panel title="Events">
                <EmptyState title="No event has come so far">
                    <p>"The payment provider sends them to the webhook of this server."</p>
                </EmptyState>
            </Panel>
        }
        .into_any();
    }
    let rows: Vec<_> = events.into_iter().map(|event| view! { <EventRow event /> }).collect();
    view! {
        <Panel title="Events" flush=true>
            <Table caption="Events from the payment provider: those that need a look first, then the newest">
                <thead>
                    <tr>
                        <th scope="col">"Event"</th>
                        <th scope="col" class="wide-only">"Received"</th>
                        <th scope="col">"State"</th>
                        <th scope="col"><span class="visually-hidden">"Next step"</span></th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        </Panel>
    }
    .into_any()
}

#[component]
fn EventRow(event: Stored) -> impl IntoView {
    let (tone, state) = match event.state.as_str() {
        "applied" => (Tone::Good, "Done"),
        "ignored" => (Tone::Neutral, "Ignored"),
        "dead" => (Tone::Bad, "Needs attention"),
        _ => (Tone::Warning, "Waiting"),
    };
    let note = event.note.filter(|_| event.state != "applied");
    let retry = (event.state == "dead").then(|| {
        let action = format!("/admin/payments/events/{}/retry", event.event_id);
        view! {
            <form method="post" action=action data-submit-once="">
                <Button>"Try again"</Button>
            </form>
        }
    });
    let order = event.order_id.map(|order| view! { <span class="small soft">{format!(" order {order}")}</span> });
    view! {
        <tr>
            <th scope="row">
                {event.kind} <br /> <span class="small soft">{event.event_id}</span> {order}
            </th>
            <td class="wide-only"><TimeStamp micros=event.received_at.micros() /></td>
            <td>
                <Tag tone=tone>{state}</Tag>
                " "
                <span class="small soft">{note}</span>
            </td>
            <td class="row-actions">{retry}</td>
        </tr>
    }
    .into_any()
}

#[component]
fn Calls(calls: Vec<OpenCall>) -> impl IntoView {
    if calls.is_empty() {
        return ().into_any();
    }
    let rows: Vec<_> = calls
        .into_iter()
        .map(|call| {
            let order = call.order_id.map(|order| format!(" order {order}"));
            let tries = format!("{} {}", count_text(call.attempt), if call.attempt == 1 { "try" } else { "tries" });
            view! {
                <tr>
                    <th scope="row">{call.kind} <br /> <span class="small soft">{call.key} {order}</span></th>
                    <td class="wide-only"><TimeStamp micros=call.created_at.micros() /></td>
                    <td>{tries} " " <span class="small soft">{call.last_error.unwrap_or_default()}</span></td>
                </tr>
            }
        })
        .collect();
    view! {
        <Panel title="Calls without an answer" flush=true>
            <Table caption="Calls to the payment provider without an answer so far; refunds are repeated automatically">
                <thead>
                    <tr>
                        <th scope="col">"Call"</th>
                        <th scope="col" class="wide-only">"Since"</th>
                        <th scope="col">"So far"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        </Panel>
    }
    .into_any()
}
