//! Proof of the purchases: a credited order has its lot, with exactly its credits, and no other order has one (C18).

use super::{OrderState, store};
use crate::{accounts::WorkspaceId, credits::verify::Difference, server::db::Tx};

/// Rows read at once.
const PAGE: i64 = 5_000;

/// Compares the orders of `workspace` with the lots that name them. Run it in the transaction of the ledger's proof.
pub async fn verify(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<Vec<Difference>> {
    let mut differences = Vec::new();
    let mut after = None;
    loop {
        let page = store::orders_and_lots(tx, workspace, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(differences) };
        after = Some(last.order_id);
        let wrong = page.iter().filter_map(|row| Some((row, fault(row)?)));
        differences.extend(wrong.map(|(row, what)| Difference {
            workspace,
            place: format!("order {}", row.order_id),
            what,
        }));
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
