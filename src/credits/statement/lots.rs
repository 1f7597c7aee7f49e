//! Where the credits came from, in the order they are used (rule C11).

use leptos::prelude::*;

use super::{
    balance_figures::GoneFigures,
    holds::{MayRelease, OpenHolds},
};
use crate::{
    credits::{
        Balance, Lot, OpenHold,
        sections::{CreditsSection, SectionTabs},
    },
    topics,
    ui::{HelpLink, PageHeader, Panel, Table, TimeStamp, count_text, plural},
};

/// The page with all batches of credits, and the holds that are open.
#[component]
pub fn BatchesPage(
    balance: Balance,
    drawable: Vec<Lot>,
    used: Vec<Lot>,
    holds: Vec<OpenHold>,
    may_release: MayRelease,
) -> impl IntoView {
    view! {
        <PageHeader title="Batches and holds" subtitle="Where your credits came from, and what is set aside for requests under way.">
            <HelpLink topic="credits">"How credits work"</HelpLink>
        </PageHeader>
        <SectionTabs current=CreditsSection::Batches />
        <div class="stack">
            <GoneFigures balance />
            <Lots drawable used />
            <OpenHolds holds may_release />
        </div>
    }
    .into_any()
}

/// The lots that requests draw from, first to last, and those that are used up.
#[component]
pub fn Lots(
    /// In draw order.
    drawable: Vec<Lot>,
    used: Vec<Lot>,
) -> impl IntoView {
    let help = || view! { <HelpLink topic="credits">"Which credits are used first"</HelpLink> };
    let empty = drawable.is_empty();
    let list = if empty {
        view! { <p class="soft">"There are no credits to use at the moment."</p> }.into_any()
    } else {
        view! { <LotTable caption="Credits in the order they are used" lots=drawable ordered=true /> }.into_any()
    };
    let used_up = (!used.is_empty()).then(|| {
        let count = plural(i64::try_from(used.len()).unwrap_or(i64::MAX), "lot", "lots");
        view! {
            <details class="used-lots">
                <summary>{format!("Used up or expired: {count}")}</summary>
                <LotTable caption="Used credits" lots=used ordered=false />
            </details>
        }
    });
    view! {
        <Panel
            id="lots"
            live=topics::CREDITS
            title="Where your credits came from"
            description="Used from the top: what expires first, then free credits before bought ones, then the oldest."
            flush=!empty
            actions=ViewFn::from(help)
        >
            {list}
            {used_up}
        </Panel>
    }
    .into_any()
}

#[component]
fn LotTable(caption: &'static str, lots: Vec<Lot>, ordered: bool) -> impl IntoView {
    let rows: Vec<_> = lots
        .into_iter()
        .enumerate()
        .map(|(index, lot)| view! { <LotRow position=ordered.then_some(index + 1) lot /> })
        .collect();
    view! {
        <Table caption=caption>
            <thead>
                <tr>
                    <th scope="col">"Credits"</th>
                    <th scope="col" class="number">
                        "Left"
                    </th>
                    <th scope="col" class="number wide-only">
                        "Held"
                    </th>
                    <th scope="col">"Expires"</th>
                    <th scope="col" class="wide-only">
                        "Added"
                    </th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </Table>
    }
    .into_any()
}

#[component]
fn LotRow(position: Option<usize>, lot: Lot) -> impl IntoView {
    let expires = match lot.expires_at {
        None => view! { "Never" }.into_any(),
        Some(at) => view! { <TimeStamp micros=at.micros() date_only=true /> }.into_any(),
    };
    view! {
        <tr>
            <th scope="row">
                {position.map(|position| view! { <span class="faint">{format!("{position}. ")}</span> })}
                <a href=format!("/settings/cold-email-agent/lots/{}", lot.id)>{lot.kind.label()}</a>
                <span class="table-detail">{lot.reason}</span>
            </th>
            <td class="number">
                {format!("{} of {}", count_text(lot.remaining.get()), count_text(lot.granted.get()))}
            </td>
            <td class="number wide-only">{count_text(lot.held.get())}</td>
            <td>{expires}</td>
            <td class="wide-only">
                <TimeStamp micros=lot.created_at.micros() date_only=true />
            </td>
        </tr>
    }
    .into_any()
}
