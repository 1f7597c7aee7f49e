//! Proof of the purchases: a credited order has its lot, with exactly its credits, and no other order has one (C18);
//! each paid month of a plan has its order and one lot, and the other way round.

use super::{OrderState, debts, plans, store};
use crate::{accounts::WorkspaceId, credits::ledger::verify::Difference, server::db::Tx};

/// Rows read at once.
const PAGE: i64 = 5_000;

/// Compares the orders of `workspace` with the lots that name them. Run it in the transaction of the ledger's proof.
pub async fn verify(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<Vec<Difference>> {
    let mut differences = Vec::new();
    let mut after = None;
    loop {
        let page = store::orders_and_lots(tx, workspace, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.order_id);
        let wrong = page.iter().filter_map(|row| Some((row, fault(row)?)));
        differences.extend(wrong.map(|(row, what)| Difference {
            workspace,
            place: format!("order {}", row.order_id),
            what,
        }));
    }
    differences.extend(verify_months(tx, workspace).await?);
    differences.extend(debts::verify(tx, workspace).await?);
    Ok(differences)
}

/// Each paid month has exactly one lot of a plan, and each paid order for a month has the month.
async fn verify_months(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<Vec<Difference>> {
    let mut differences = Vec::new();
    let mut after = None;
    loop {
        let page = plans::cycles_and_orders(tx, workspace, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(differences) };
        after = Some(last.order_id);
        for row in page {
            let what = match (row.cycle, row.paid, row.lot) {
                (true, true, true) => continue,
                (true, _, _) => "is noted as a month of a plan, but has no paid order with a lot of a plan",
                (false, _, _) => "paid for a month of a plan that is not noted",
            };
            differences.push(Difference { workspace, place: format!("order {}", row.order_id), what: what.into() });
        }
    }
}

fn fault(row: &store::OrderAndLot) -> Option<String> {
    let paid = matches!(row.state, Some(OrderState::Credited | OrderState::Refunded));
    match (row.state, row.granted) {
        (None, Some(_)) => Some("has a lot but does not exist".into()),
        (Some(state), Some(granted)) if !paid => {
            Some(format!("has a lot of {granted} credits, but is “{}”", state.label()))
        }
        (Some(_), None) if paid => Some("is paid, but has no lot".into()),
        (Some(_), Some(granted)) if row.credits != Some(granted) => {
            Some(format!("is for {} credits, its lot for {granted}", row.credits.unwrap_or_default()))
        }
        _ => None,
    }
}
