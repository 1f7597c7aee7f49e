//! Proof of the receipts: requests, holds, leads and transfers tell the same story ("What must always hold", 3, 4, 5 and 9).

use crate::{
    accounts::WorkspaceId,
    credits::{RequestId, verify::Difference},
    on,
    server::db::Tx,
};

/// Requests read at once.
const PAGE: i64 = 1_000;

#[derive(sqlx::FromRow)]
struct Row {
    id: RequestId,
    is_open: bool,
    price: i64,
    quantity: i64,
    matched: i64,
    delivered: i64,
    skipped: i64,
    leads: i64,
    held: Option<i64>,
    captured: Option<i64>,
    hold_is_open: Option<bool>,
    leads_paid: i64,
}

/// Compares every request of `workspace` with its hold, its leads and its transfers.
pub async fn verify(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<Vec<Difference>> {
    let mut differences = Vec::new();
    let mut after: Option<RequestId> = None;
    loop {
        let page: Vec<Row> = on!(tx, c => sqlx::query_as(
            "select r.id, r.state in ('queued', 'running') as is_open, r.price, r.quantity, r.matched, r.delivered,
                 cast(coalesce((select sum(s.people) from lead_request_skips s
                     where s.workspace_id = r.workspace_id and s.request_id = r.id), 0) as bigint) as skipped,
                 (select count(*) from leads l where l.workspace_id = r.workspace_id and l.request_id = r.id) as leads,
                 h.amount as held, h.captured, h.closed_at is null as hold_is_open,
                 cast(coalesce((select sum(t.lead_count) from credit_transfers t
                     where t.workspace_id = r.workspace_id and t.request_id = r.id and t.kind = 'capture'), 0) as bigint) as leads_paid
             from lead_requests r
             left join credit_holds h on h.workspace_id = r.workspace_id and h.request_id = r.id
             where r.workspace_id = $1 and ($2 is null or r.id > $2) order by r.id limit $3")
            .bind(workspace).bind(after).bind(PAGE).fetch_all(c).await)?;
        let Some(last) = page.last() else { return Ok(differences) };
        after = Some(last.id);
        for row in &page {
            for what in faults(row) {
                differences.push(Difference { workspace, place: format!("request {}", row.id), what });
            }
        }
    }
}

fn faults(row: &Row) -> Vec<String> {
    let mut faults = Vec::new();
    let mut expect = |name: &str, stored: i64, expected: i64| {
        if stored != expected {
            faults.push(format!("{name} is {stored}, {expected} was expected"));
        }
    };
    expect("the number of its leads", row.leads, row.delivered);
    expect("the number of leads paid for", row.leads_paid, row.delivered);
    expect("captured", row.captured.unwrap_or(0), row.delivered * row.price);
    expect("the hold", row.held.unwrap_or(0), row.quantity * row.price);
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
