//! Proof of the receipts: requests, holds, leads and transfers tell the same story ("What must always hold", 3, 4, 5, 9 and 10).

use std::collections::HashMap;

use crate::{
    accounts::WorkspaceId,
    credits::{CampaignId, RequestId, ledger::verify::Difference},
    on,
    server::db::Tx,
};

/// Requests read at once.
const PAGE: i64 = 1_000;

#[derive(sqlx::FromRow)]
struct Row {
    id: RequestId,
    is_open: bool,
    /// What it holds at first.
    ceiling: i64,
    matched: i64,
    delivered: i64,
    skipped: i64,
    leads: i64,
    held: Option<i64>,
    captured: Option<i64>,
    hold_is_open: Option<bool>,
    leads_paid: i64,
    /// The prices of its leads.
    owed: i64,
    /// What its sources delivered.
    given: i64,
}

/// Compares every request of `workspace` with its hold, its leads and its transfers.
pub async fn verify(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<Vec<Difference>> {
    let mut differences = Vec::new();
    let mut after: Option<RequestId> = None;
    loop {
        let page: Vec<Row> = on!(tx, c => sqlx::query_as(
            "select r.id, r.state in ('queued', 'running') as is_open, coalesce(r.ceiling, r.quantity * r.price) as ceiling, r.matched, r.delivered,
                 cast(coalesce((select sum(s.people) from lead_request_skips s
                     where s.workspace_id = r.workspace_id and s.request_id = r.id), 0) as bigint) as skipped,
                 (select count(*) from leads l where l.workspace_id = r.workspace_id and l.request_id = r.id) as leads,
                 h.amount as held, h.captured, h.closed_at is null as hold_is_open,
                 cast(coalesce((select sum(t.lead_count) from credit_transfers t
                     where t.workspace_id = r.workspace_id and t.request_id = r.id and t.kind = 'capture'), 0) as bigint) as leads_paid,
                 cast(coalesce((select sum(coalesce(l.price, r.price)) from leads l
                     where l.workspace_id = r.workspace_id and l.request_id = r.id), 0) as bigint) as owed,
                 cast(coalesce((select sum(s.delivered) from lead_request_sources s
                     where s.workspace_id = r.workspace_id and s.request_id = r.id), r.delivered) as bigint) as given
             from lead_requests r
             left join credit_holds h on h.workspace_id = r.workspace_id and h.request_id = r.id
             where r.workspace_id = $1 and ($2 is null or r.id > $2) order by r.id limit $3")
            .bind(workspace).bind(after).bind(PAGE).fetch_all(c).await)?;
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        for row in &page {
            for what in faults(row) {
                differences.push(Difference { workspace, place: format!("request {}", row.id), what });
            }
        }
    }
    check_campaigns(tx, workspace, &mut differences).await?;
    check_charges(tx, workspace, &mut differences).await?;
    check_refunds(tx, workspace, &mut differences).await?;
    check_revealed(tx, workspace, &mut differences).await?;
    Ok(differences)
}

/// Every campaign has as many leads as it says.
async fn check_campaigns(tx: &mut Tx, workspace: WorkspaceId, found: &mut Vec<Difference>) -> sqlx::Result<()> {
    let wrong: Vec<(CampaignId, i64, i64)> = on!(tx, c => sqlx::query_as(
        "select p.id, p.leads, coalesce(m.leads, 0) from campaigns p
         left join (select campaign_id, count(*) as leads from campaign_leads where workspace_id = $1 group by campaign_id) m
             on m.campaign_id = p.id
         where p.workspace_id = $1 and p.leads <> coalesce(m.leads, 0) order by p.id limit $2")
        .bind(workspace).bind(PAGE).fetch_all(c).await)?;
    for (campaign, says, has) in wrong {
        found.push(Difference {
            workspace,
            place: format!("campaign {campaign}"),
            what: format!("it says {says} leads, {has} are in it"),
        });
    }
    Ok(())
}

/// Every lead names a capture of its own request, and every capture paid for exactly the leads that name it. (A lead
/// whose price came from two captures names the first; at a price above one only the sums are compared, above.)
async fn check_charges(tx: &mut Tx, workspace: WorkspaceId, found: &mut Vec<Difference>) -> sqlx::Result<()> {
    let unpaid: Vec<(RequestId, i64)> = on!(tx, c => sqlx::query_as(
        "select l.request_id, count(*) from leads l
         left join credit_transfers t on t.workspace_id = l.workspace_id and t.seq = l.charge_seq
             and t.kind = 'capture' and t.request_id = l.request_id
         where l.workspace_id = $1 and l.request_id is not null and t.seq is null group by l.request_id order by l.request_id limit $2")
        .bind(workspace).bind(PAGE).fetch_all(c).await)?;
    for (request, leads) in unpaid {
        let what = format!("{leads} of its leads name no capture of it");
        found.push(Difference { workspace, place: format!("request {request}"), what });
    }
    let uneven: Vec<(i64, i64, i64)> = on!(tx, c => sqlx::query_as(
        "with named (request_id, charge_seq, leads) as (
             select request_id, charge_seq, count(*) from leads where workspace_id = $1 and request_id is not null
             group by request_id, charge_seq)
         select t.seq, t.amount, coalesce(n.leads, 0) from credit_transfers t
         join lead_requests r on r.workspace_id = t.workspace_id and r.id = t.request_id
         left join named n on n.request_id = t.request_id and n.charge_seq = t.seq
         where t.workspace_id = $1 and t.kind = 'capture' and r.price = 1 and t.amount <> coalesce(n.leads, 0)
         order by t.seq limit $2")
        .bind(workspace).bind(PAGE).fetch_all(c).await)?;
    for (seq, amount, leads) in uneven {
        let what = format!("it captured {amount} credits, {leads} leads name it");
        found.push(Difference { workspace, place: format!("movement {seq}"), what });
    }
    Ok(())
}

/// Refunds are of leads that exist and are marked as paid back, each once and for its price.
async fn check_refunds(tx: &mut Tx, workspace: WorkspaceId, found: &mut Vec<Difference>) -> sqlx::Result<()> {
    let marked: Vec<(uuid::Uuid, i64)> = on!(tx, c => sqlx::query_as(
        "select l.id, coalesce(l.price, r.price) from leads l
         join lead_requests r on r.workspace_id = l.workspace_id and r.id = l.request_id
         where l.workspace_id = $1 and l.refunded_at is not null")
        .bind(workspace).fetch_all(c).await)?;
    let mut owed: HashMap<uuid::Uuid, i64> = marked.into_iter().collect();
    let mut after = 0;
    loop {
        let page: Vec<(i64, String, i64)> = on!(tx, c => sqlx::query_as(
            "select seq, idempotency_key, amount from credit_transfers
             where workspace_id = $1 and kind = 'refund' and request_id is not null and seq > $2 order by seq limit $3")
            .bind(workspace).bind(after).bind(PAGE).fetch_all(c).await)?;
        let Some(last) = page.last() else { break };
        after = last.0;
        for (seq, key, amount) in &page {
            let lead = key.strip_prefix("refund:").and_then(|rest| rest.split(':').next()?.parse::<uuid::Uuid>().ok());
            match lead.and_then(|lead| owed.get_mut(&lead)) {
                Some(left) => *left -= amount,
                None => {
                    let what = "it refunds no lead that is marked as paid back".to_owned();
                    found.push(Difference { workspace, place: format!("movement {seq}"), what });
                }
            }
        }
    }
    for (lead, left) in owed.into_iter().filter(|(_, left)| *left != 0) {
        let what = format!("it is marked as paid back, and {left} credits of its price did not come back");
        found.push(Difference { workspace, place: format!("lead {lead}"), what });
    }
    Ok(())
}

/// No one is revealed for nothing (invariant 10): a delivered person who was revealed was paid for, and paid back at most for a cause.
async fn check_revealed(tx: &mut Tx, workspace: WorkspaceId, found: &mut Vec<Difference>) -> sqlx::Result<()> {
    let free: Vec<uuid::Uuid> = on!(tx, c => sqlx::query_scalar(
        "select id from leads where workspace_id = $1 and request_id is not null and revealed_at is not null
             and (returned_at is not null or charge_seq is null or (refunded_at is not null and bad_reason is null))
         order by id limit $2")
        .bind(workspace).bind(PAGE).fetch_all(c).await)?;
    for lead in free {
        let what = "its address was revealed, and its credit came back without a cause".to_owned();
        found.push(Difference { workspace, place: format!("lead {lead}"), what });
    }
    Ok(())
}

fn faults(row: &Row) -> Vec<String> {
    let mut faults = Vec::new();
    let mut expect = |name: &str, stored: i64, expected: i64| {
        if stored != expected {
            faults.push(format!("{name} is {stored}, {expected} was expected"));
        }
    };
    expect("the number of its leads, returned ones included", row.leads, row.delivered);
    expect("the number of leads paid for", row.leads_paid, row.delivered);
    expect("captured", row.captured.unwrap_or(0), row.owed);
    expect("what its sources gave", row.given, row.delivered);
    expect("the hold", row.held.unwrap_or(0), row.ceiling);
    if row.hold_is_open != Some(row.is_open) {
        faults.push("the hold is open and the request is not, or the other way round".into());
    }
    let not_reached = row.matched - row.delivered - row.skipped;
    if not_reached < 0 {
        faults.push(format!(
            "{} people were delivered or skipped, {} matched",
            row.delivered + row.skipped,
            row.matched
        ));
    }
    faults
}
