//! The ledger: lots, holds, transfers, and the balance they add up to (rules C1–C25 of the credit rules).
//!
//! Every capability is one file named by its verb ([`grant()`], [`hold()`], [`capture()`], [`release()`], [`refund()`],
//! [`expire()`], [`take_back()`]): its rule is a plain function on the [`book`] of a workspace, and a function beside it
//! opens the book, applies the rule and closes the book in the caller's transaction. What stands alone in its transaction is
//! a [`Deed`], and [`Ledger`] writes those of many callers together. [`verify`] replays everything and says where a number
//! differs.

mod adjust;
mod admin_pages;
mod alert_pages;
mod alerts;
mod announce;
mod balance;
mod book;
mod caps;
mod caps_pages;
mod capture;
mod check;
mod deed;
mod error;
mod expire;
mod grant;
mod group_commit;
mod hold;
mod ids;
mod lot;
mod movement;
mod needs;
mod pages;
mod refund;
mod release;
mod runway;
mod start;
mod statement_query;
mod store;
mod take_back;
mod trail_pages;
mod transfer;
mod types;
mod usage;
pub mod verify;
pub mod view;

#[cfg(test)]
mod check_tests;
#[cfg(test)]
mod group_commit_tests;
#[cfg(test)]
mod model;
#[cfg(test)]
mod model_tests;
#[cfg(test)]
mod page_tests;
#[cfg(test)]
mod tests;

#[cfg(test)]
pub use {adjust::grant_by_operator, hold::hold};
pub use {
    adjust::{Adjustment, Change},
    alerts::{Alerts, LOW_USUAL, alerts, check_alerts},
    balance::{Balance, balance, lock},
    book::PRICE_VERSION,
    caps::{
        CAPS_MAX, Cap, CapId, CapPeriod, CapSubject, caps, left_under_caps, lift_cap, set_cap, subject_name,
        uses as cap_uses,
    },
    capture::{Capture, Charge, capture},
    deed::{Alone, Deed, Refusal, interleaved, join},
    error::CreditError,
    expire::{expire, expire_everywhere},
    grant::{GRANT_MAX, Grant, SIGNUP_PROMOTION, grant, grant_signup_promotion},
    group_commit::Ledger,
    hold::{HOLD_IDLE_MAX, HOLD_TIME_MAX, Hold, HoldFor, planned_draws},
    ids::{CampaignId, HoldId, LotId, OrderId, RequestId},
    lot::{Draw, Lot, LotKind},
    movement::Movement,
    pages::routes,
    refund::{Refund, refund},
    release::release,
    runway::{Runway, runway},
    start::start,
    statement_query::StatementQuery,
    store::{
        HoldDetails, KindTotal, OpenHold, StatementFilter, StatementRow, WorkspaceBalance, drawable_lots, hold_details,
        instance_balance, lot, moved_campaigns, movement, movers, open_holds, statement, statement_totals, used_lots,
        workspace_balance, workspace_balances, workspace_of_email,
    },
    take_back::{TakeBack, purchase_left, take_back},
    transfer::{Actor, Bucket, Transfer, TransferKind},
    types::{Credits, OutOfRange},
    usage::{MonthUsed, Usage, UsageUnit, month_used, usage},
};
