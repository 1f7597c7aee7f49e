//! The table of the statement's movements.

use leptos::prelude::*;

use crate::{
    credits::{StatementRow, TransferKind},
    ui::{OptionalText, Table, Tag, TimeStamp, Tone, count_text, format::signed_text},
};

/// Movements, newest first.
#[component]
pub fn Movements(
    rows: Vec<StatementRow>,
    #[prop(optional, into)] id: OptionalText,
    #[prop(optional, into)] live: OptionalText,
) -> impl IntoView {
    let rows: Vec<_> = rows.into_iter().map(|row| view! { <MovementRow row /> }).collect();
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

pub(super) fn tone_of(kind: TransferKind) -> Tone {
    match kind {
        TransferKind::Grant | TransferKind::Release | TransferKind::Refund => Tone::Good,
        TransferKind::Hold => Tone::Info,
        TransferKind::Capture => Tone::Neutral,
        TransferKind::Expiry | TransferKind::Revoke | TransferKind::Move => Tone::Warning,
    }
}
