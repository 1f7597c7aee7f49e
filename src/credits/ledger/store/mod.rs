//! The SQL of the ledger, a file per table or reader.

mod accounts;
mod holds;
mod lots;
mod rows;
mod statement;
mod transfers;
mod workspaces;

pub(crate) use {
    accounts::{Account, lock_accounts, update_accounts},
    holds::{holds_of, save_holds},
    lots::{left_of_order, live_lots_of, lots_after, lots_by_id, lots_of_orders, save_lots, workspaces_with_due_lots},
    transfers::{charges, insert_transfers, posted},
};
pub use {
    holds::{HoldDetails, OpenHold, hold_details, select_open_holds, select_open_holds_count},
    lots::{lot, select_drawable_lots, select_used_lots},
    statement::{
        KindTotal, RequestSum, StatementFilter, StatementRow, moved_campaigns, movement, movers, request_sums,
        statement, statement_totals,
    },
    workspaces::{WorkspaceBalance, instance_balance, workspace_balance, workspace_balances, workspace_of_email},
};
