//! The table of the statement's movements.

use leptos::prelude::*;

use crate::{
    credits::{RequestSum, StatementRow, TransferKind},
    ui::{OptionalText, Table, Tag, TimeStamp, Tone, count_text, format::signed_text, plural},
};

/// Movements, newest first.
#[component]
pub fn Movements(
    rows: Vec<StatementRow>,
    /// Requests whose movements are one row.
    #[prop(optional)]
    requests: Vec<RequestSum>,
    #[prop(optional, into)] id: OptionalText,
    #[prop(optional, into)] live: OptionalText,
) -> impl IntoView {
    let sum = |row: &StatementRow| requests.iter().find(|sum| Some(sum.request_id) == row.transfer.request_id).copied();
    let rows: Vec<_> = rows
        .into_iter()
        .map(|row| match sum(&row).filter(|sum| sum.movements > 1) {
            Some(sum) => view! { <RequestRow row sum /> }.into_any(),
            None => view! { <MovementRow row /> }.into_any(),
        })
        .collect();
    view! {
        <div class="movements">
        <Table caption="Credit movements, newest first" id=id live=live>
            <thead>
                <tr>
                    <th scope="col">"Time"</th>
                    <th scope="col">"Movement"</th>
                    <th scope="col" class="number">
                        "Credits"
                    </th>
                    <th scope="col" class="number">
                        "Available after"
                    </th>
                    <th scope="col" class="number">
                        "Held after"
                    </th>
                    <th scope="col">"For, and why"</th>
                    <th scope="col">"By"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </Table>
        </div>
    }
    .into_any()
}

#[component]
fn MovementRow(row: StatementRow) -> impl IntoView {
    let actor = row.actor();
    let StatementRow { transfer, lot_kind, campaign_name, .. } = row;
    let amount = match transfer.available_change() {
        0 => view! {
            {count_text(transfer.amount.get())}
            <span class="faint small">" from hold"</span>
        }
        .into_any(),
        change => signed_text(change).into_any(),
    };
    let campaign = transfer.campaign_id.map(|id| {
        let name = campaign_name.unwrap_or_else(|| "Campaign".into());
        view! { <a href=format!("/campaigns/{id}")>{name}</a> }
    });
    let request = transfer.request_id.map(|id| view! { " " <a href=format!("/requests/{id}")>"request"</a> });
    let lot = format!("/settings/cold-email-agent/lots/{}", transfer.lot_id);
    view! {
        <tr>
            <td>
                <a href=format!("/settings/cold-email-agent/movements/{}", transfer.seq)>
                    <TimeStamp micros=transfer.created_at.micros() />
                </a>
                <span class="table-detail">{format!("No. {}", transfer.seq)}</span>
            </td>
            <td>
                <Tag tone=tone_of(transfer.kind)>{transfer.kind.label()}</Tag>
                <span class="table-detail"><a href=lot>{lot_kind.label()}</a></span>
            </td>
            <td class="number">{amount}</td>
            <td class="number">{count_text(transfer.available_after.get())}</td>
            <td class="number">{count_text(transfer.held_after.get())}</td>
            <td>
                {campaign} {request} <span class="table-detail">{transfer.reason}</span>
            </td>
            <td>{actor}</td>
        </tr>
    }
    .into_any()
}

/// All movements of one lead request, which the row opens.
#[component]
fn RequestRow(row: StatementRow, sum: RequestSum) -> impl IntoView {
    let actor = row.actor();
    let StatementRow { transfer, campaign_name, .. } = row;
    let campaign = transfer.campaign_id.map(|id| {
        let name = campaign_name.unwrap_or_else(|| "Campaign".into());
        view! { <a href=format!("/campaigns/{id}")>{name}</a> }
    });
    let movements = format!("/settings/cold-email-agent/statement?request={}", sum.request_id);
    let parts = [("Held", sum.held), ("spent", sum.spent), ("released", sum.released), ("paid back", sum.refunded)];
    let parts = parts.iter().filter(|(_, credits)| *credits > 0);
    let parts = parts.map(|(what, credits)| format!("{what} {}", count_text(*credits))).collect::<Vec<_>>().join(", ");
    view! {
        <tr>
            <td><TimeStamp micros=transfer.created_at.micros() /></td>
            <td>
                <Tag tone=Tone::Neutral>"Lead request"</Tag>
                <span class="table-detail"><a href=movements>{plural(sum.movements, "movement", "movements")}</a></span>
            </td>
            <td class="number">{signed_text(sum.available_change())}</td>
            <td class="number">{count_text(transfer.available_after.get())}</td>
            <td class="number">{count_text(transfer.held_after.get())}</td>
            <td>
                {campaign} " " <a href=format!("/requests/{}", sum.request_id)>"request"</a>
                <span class="table-detail">{parts}</span>
            </td>
            <td>{actor}</td>
        </tr>
    }
    .into_any()
}

pub(super) fn tone_of(kind: TransferKind) -> Tone {
    match kind {
        TransferKind::Grant | TransferKind::Release | TransferKind::Refund => Tone::Good,
        TransferKind::Hold => Tone::Info,
        TransferKind::Capture => Tone::Neutral,
        TransferKind::Expiry | TransferKind::Revoke | TransferKind::Move => Tone::Warning,
    }
}
