//! The newest movements, as the settings page shows them.

use leptos::prelude::*;
use serde::Deserialize;

use super::movements::tone_of;
use crate::{
    accounts::WorkspaceId,
    credits::{CampaignId, Credits, RequestId, TransferKind, ledger::transfer::actor_text},
    server::{clock::Instant, select::Select},
    topics,
    ui::{Panel, Table, Tag, TimeStamp, count_text, format::signed_text},
};

/// Movements listed.
const SHOWN: i64 = 10;

/// One movement, with the names behind its ids.
#[derive(Debug, Clone, Deserialize)]
pub struct RecentMovement {
    seq: i64,
    kind: TransferKind,
    amount: Credits,
    /// What it did to the available credits.
    change: i64,
    available_after: Credits,
    campaign_id: Option<CampaignId>,
    campaign_name: Option<String>,
    request_id: Option<RequestId>,
    is_purchase: bool,
    actor_kind: String,
    actor_name: Option<String>,
    created_at: Instant,
}

/// The newest movements of `workspace`.
pub fn select_recent(workspace: WorkspaceId) -> Select<Vec<RecentMovement>> {
    Select::rows(
        "seq, kind, amount, change, available_after, campaign_id, campaign_name, request_id, is_purchase flag, actor_kind,
         actor_name, created_at",
        "select t.seq, t.kind, t.amount, t.available_after, t.campaign_id, p.name as campaign_name, t.request_id,
             case when t.to_bucket = 'available' then t.amount when t.from_bucket = 'available' then -t.amount else 0 end
                 as change,
             t.order_id is not null as is_purchase, t.actor_kind, u.name as actor_name, t.created_at
         from credit_transfers t
         left join campaigns p on p.workspace_id = t.workspace_id and p.id = t.campaign_id
         left join users u on u.id = t.actor_id
         where t.workspace_id = $1 order by t.seq desc limit $2",
    )
    .bind(workspace.0)
    .bind(SHOWN)
}

/// The newest movements, and the way to all of them.
#[component]
pub fn Recent(rows: Vec<RecentMovement>) -> impl IntoView {
    let all = || view! { <a href="/settings/cold-email-agent/statement">"Whole statement"</a> };
    let empty = rows.is_empty();
    let body = if empty {
        view! { <p class="soft">"No credits have moved yet."</p> }.into_any()
    } else {
        view! { <RecentTable rows /> }.into_any()
    };
    view! {
        <Panel id="recent-movements" live=topics::CREDITS title="Recent movements" flush=!empty actions=ViewFn::from(all)>
            {body}
        </Panel>
    }
    .into_any()
}

#[component]
fn RecentTable(rows: Vec<RecentMovement>) -> impl IntoView {
    let rows: Vec<_> = rows.into_iter().map(|row| view! { <RecentRow row /> }).collect();
    view! {
        <div class="movements movements-brief">
        <Table caption="Credit movements, newest first">
            <thead>
                <tr>
                    <th scope="col">"Time"</th>
                    <th scope="col">"Movement"</th>
                    <th scope="col" class="number">
                        "Credits"
                    </th>
                    <th scope="col" class="number wide-only">
                        "Available after"
                    </th>
                    <th scope="col">"For"</th>
                    <th scope="col" class="wide-only">
                        "By"
                    </th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </Table>
        </div>
    }
    .into_any()
}

#[component]
fn RecentRow(row: RecentMovement) -> impl IntoView {
    let amount = match row.change {
        0 => view! {
            {count_text(row.amount.get())}
            <span class="faint small">" from hold"</span>
        }
        .into_any(),
        change => signed_text(change).into_any(),
    };
    let campaign = row.campaign_id.map(|id| {
        let name = row.campaign_name.unwrap_or_else(|| "Campaign".into());
        view! { <a href=format!("/campaigns/{id}")>{name}</a> }
    });
    let request = row.request_id.map(|id| view! { " " <a href=format!("/requests/{id}")>"request"</a> });
    view! {
        <tr>
            <td>
                <a href=format!("/settings/cold-email-agent/movements/{}", row.seq)>
                    <TimeStamp micros=row.created_at.micros() />
                </a>
            </td>
            <td>
                <Tag tone=tone_of(row.kind)>{row.kind.label()}</Tag>
            </td>
            <td class="number">{amount}</td>
            <td class="number wide-only">{count_text(row.available_after.get())}</td>
            <td>{campaign} {request} {row.is_purchase.then_some("Purchase")}</td>
            <td class="wide-only">{actor_text(&row.actor_kind, row.actor_name)}</td>
        </tr>
    }
    .into_any()
}
