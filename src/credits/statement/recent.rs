//! The newest movements, as the settings page shows them.

use leptos::prelude::*;
use serde::Deserialize;

use super::movements::tone_of;
use crate::{
    accounts::WorkspaceId,
    credits::{CampaignId, Credits, TransferKind},
    server::{clock::Instant, select::Select},
    topics,
    ui::{Panel, Tag, TimeStamp, count_text, format::signed_text},
};

/// Movements listed.
const SHOWN: i64 = 4;

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
    is_purchase: bool,
    created_at: Instant,
}

/// The newest movements of `workspace`.
pub fn select_recent(workspace: WorkspaceId) -> Select<Vec<RecentMovement>> {
    Select::rows(
        "seq, kind, amount, change, available_after, campaign_id, campaign_name, is_purchase flag, created_at",
        "select t.seq, t.kind, t.amount, t.available_after, t.campaign_id, p.name as campaign_name,
             case when t.to_bucket = 'available' then t.amount when t.from_bucket = 'available' then -t.amount else 0 end
                 as change,
             t.order_id is not null as is_purchase, t.created_at
         from credit_transfers t
         left join campaigns p on p.workspace_id = t.workspace_id and p.id = t.campaign_id
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
        view! { <RecentList rows /> }.into_any()
    };
    view! {
        <Panel id="recent-movements" live=topics::CREDITS title="Recent movements" flush=!empty actions=ViewFn::from(all)>
            {body}
        </Panel>
    }
    .into_any()
}

#[component]
fn RecentList(rows: Vec<RecentMovement>) -> impl IntoView {
    let rows: Vec<_> = rows.into_iter().map(|row| view! { <RecentRow row /> }).collect();
    view! { <ul class="recent" aria-label="Credit movements, newest first">{rows}</ul> }.into_any()
}

#[component]
fn RecentRow(row: RecentMovement) -> impl IntoView {
    let amount = match row.change {
        0 => view! { {count_text(row.amount.get())} <span class="faint small">" from hold"</span> }.into_any(),
        change => signed_text(change).into_any(),
    };
    let purpose = match (row.campaign_id, row.is_purchase) {
        (Some(id), _) => {
            let name = row.campaign_name.unwrap_or_else(|| "Campaign".into());
            Some(view! { " · " <a href=format!("/campaigns/{id}")>{name}</a> }.into_any())
        }
        (None, true) => Some(" · Purchase".into_any()),
        (None, false) => None,
    };
    view! {
        <li>
            <span class="recent-what">
                <Tag tone=tone_of(row.kind)>{row.kind.label()}</Tag>
                <span class="small soft">
                    <a href=format!("/settings/cold-email-agent/movements/{}", row.seq)>
                        <TimeStamp micros=row.created_at.micros() />
                    </a>
                    {purpose}
                </span>
            </span>
            <span class="recent-credits">
                <span>{amount}</span>
                <span class="small soft">{format!("{} available", count_text(row.available_after.get()))}</span>
            </span>
        </li>
    }
    .into_any()
}
