//! What movements have to know besides the account and its live lots, and how it gets into the account states.

use std::collections::{BTreeMap, BTreeSet};

use super::{account_state::AccountState, caps, store};
use crate::{
    accounts::WorkspaceId,
    credits::{CreditError, HoldFor, Lot, OrderId, RequestId},
    server::{clock::Instant, db::Tx},
};

/// What the movements to come have to know besides the account and its live lots.
#[derive(Debug, Clone, Default)]
pub(crate) struct ReadSet {
    /// Requests whose hold is looked at.
    pub requests: Vec<RequestId>,
    /// Idempotency keys that may have been used.
    pub keys: Vec<String>,
    /// Captures that something may be given back of.
    pub charges: Vec<(RequestId, i64)>,
    /// Orders whose lots are looked at.
    pub orders: Vec<OrderId>,
    /// Holds to be placed, which caps may forbid.
    pub holds: Vec<HoldFor>,
}

/// Reads into the account states what their movements need.
pub(crate) async fn read(
    tx: &mut Tx,
    asked: &BTreeMap<WorkspaceId, (ReadSet, Instant)>,
    states: &mut BTreeMap<WorkspaceId, AccountState>,
) -> Result<(), CreditError> {
    let needed = || asked.iter().map(|(workspace, (read_set, at))| (*workspace, read_set, *at));
    let orders: Vec<_> = needed()
        .flat_map(|(workspace, read_set, _)| read_set.orders.iter().map(move |order| (workspace, *order)))
        .collect();
    if !orders.is_empty() {
        add_lots(states, store::lots_of_orders(tx, &orders).await?);
    }
    let unread = |(workspace, request): &(WorkspaceId, RequestId)| !states[workspace].holds.contains_key(request);
    let requests: BTreeSet<_> = needed()
        .flat_map(|(workspace, read_set, _)| read_set.requests.iter().map(move |request| (workspace, *request)))
        .filter(unread)
        .collect();
    if !requests.is_empty() {
        let requests: Vec<_> = requests.into_iter().collect();
        for ((workspace, request), held) in store::holds_of(tx, &requests).await? {
            if let Some(state) = states.get_mut(&workspace) {
                state.holds.insert(request, held);
            }
        }
    }
    let keys: Vec<_> = needed()
        .flat_map(|(workspace, read_set, _)| read_set.keys.iter().map(move |key| (workspace, key.as_str())))
        .collect();
    if !keys.is_empty() {
        for (workspace, key) in store::posted(tx, &keys).await? {
            if let Some(state) = states.get_mut(&workspace) {
                state.posted.insert(key);
            }
        }
    }
    for (workspace, read_set, _) in needed() {
        if let Some(state) = states.get_mut(&workspace) {
            read_charges(tx, state, &read_set.charges).await?;
        }
    }
    let holding: Vec<_> =
        needed().filter(|(_, read_set, _)| !read_set.holds.is_empty()).map(|(workspace, ..)| workspace).collect();
    if !holding.is_empty() {
        for workspace in caps::capped(tx, &holding).await? {
            if let Some(state) = states.get_mut(&workspace) {
                state.caps = caps::in_force(tx, workspace, &asked[&workspace].0.holds, state.at).await?;
            }
        }
    }
    Ok(())
}

async fn read_charges(tx: &mut Tx, state: &mut AccountState, charges: &[(RequestId, i64)]) -> Result<(), CreditError> {
    for (request, seq) in charges {
        let rows = store::charges(tx, state.workspace, *request, *seq).await?;
        for lot in store::lots_by_id(tx, state.workspace, rows.iter().map(|row| row.lot_id)).await? {
            state.lots.entry(lot.id).or_insert(lot);
        }
        state.charges.extend(rows.into_iter().map(|row| (row.seq, row)));
    }
    Ok(())
}

/// Adds lots that the account states do not hold yet.
pub(crate) fn add_lots(states: &mut BTreeMap<WorkspaceId, AccountState>, lots: Vec<(WorkspaceId, Lot)>) {
    for (workspace, lot) in lots {
        if let Some(state) = states.get_mut(&workspace) {
            state.lots.entry(lot.id).or_insert(lot);
        }
    }
}
