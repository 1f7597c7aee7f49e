//! Lead credits: the ledger, and what people see of it.
//!
//! `ledger/` holds the rules and the proof. The others read it: `statement/` and `trail/` show every movement, `caps/` the
//! spending limits, `alerts/` the thresholds, `usage/` where credits went, `workspaces/` the operator's view.

pub mod alerts;
pub mod caps;
pub mod ledger;
pub mod sections;
mod shown;
mod start;
pub mod statement;
mod trail;
pub mod usage;
mod workspaces;

#[cfg(test)]
mod page_tests;

pub use crate::accounts::audit::Actor;
#[doc(inline)]
pub use ledger::verify;
pub use ledger::{
    account_state::PRICE_VERSION,
    adjust::{Adjustment, Change},
    balance::{balance, lock, select_balance},
    caps::{
        CAPS_MAX, Cap, CapId, CapPeriod, CapSubject, caps, left_under_caps, lift_cap, set_cap, subject_name,
        uses as cap_uses,
    },
    deed::{Alone, Deed, Refusal, interleaved, join},
    error::CreditError,
    group_commit::Ledger,
    ids::{CampaignId, HoldId, LotId, OrderId, RequestId},
    movement::Movement,
    rules::{
        capture::{Capture, Charge, capture},
        debt::{Again, Claim, Claimed, claim, come_again, forgive},
        expire::{expire, expire_everywhere},
        grant::{GRANT_MAX, Grant, SIGNUP_PROMOTION, grant, grant_signup_promotion},
        hold::{HOLD_IDLE_MAX, HOLD_TIME_MAX, Hold, HoldFor, planned_draws},
        lot::{Draw, Lot, LotKind},
        refund::{Refund, refund},
        release::release,
        revoke::{Revoke, purchase_left},
    },
    store::{
        HoldDetails, KindTotal, OpenHold, RequestSum, StatementFilter, StatementRow, WorkspaceBalance, hold_details,
        instance_balance, lot, moved_campaigns, movement, movers, request_sums, select_drawable_lots,
        select_open_holds, select_open_holds_count, select_used_lots, statement, statement_totals, workspace_balance,
        workspace_balances, workspace_of_email,
    },
    transfer::{Bucket, Transfer, TransferKind},
    types::{Balance, Credits, OutOfRange},
};
#[cfg(test)]
pub use ledger::{
    adjust::grant_by_operator,
    rules::{hold::hold, revoke::revoke},
};
pub use {
    alerts::{LOW_USUAL, check_alerts},
    shown::ShowBalance,
    start::start,
    statement::query::StatementQuery,
    usage::{
        MonthUsed, Usage, UsageUnit, month_used,
        runway::{Pace, Runway, runway, select_pace},
        select_usage,
    },
};

use axum::Router;

use crate::server::app::App;

/// The addresses of the pages of credits.
pub fn routes() -> Router<App> {
    statement::routes().merge(workspaces::routes()).merge(alerts::routes()).merge(caps::routes()).merge(trail::routes())
}
