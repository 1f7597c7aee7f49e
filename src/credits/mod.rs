//! The ledger: lots, holds, transfers, and the balance they add up to (rules C1–C25 of the credit rules).
//!
//! Every capability is one file named by its verb ([`grant()`], [`hold()`], [`capture()`], [`release()`]); each joins the
//! caller's transaction. [`verify`] replays everything and says where a number differs.

mod types;

#[cfg(feature = "ssr")]
mod admin_pages;
#[cfg(feature = "ssr")]
mod balance;
#[cfg(feature = "ssr")]
mod capture;
#[cfg(feature = "ssr")]
mod error;
#[cfg(feature = "ssr")]
mod grant;
#[cfg(feature = "ssr")]
mod hold;
#[cfg(feature = "ssr")]
mod ids;
#[cfg(feature = "ssr")]
mod ledger;
#[cfg(feature = "ssr")]
mod lot;
#[cfg(feature = "ssr")]
mod pages;
#[cfg(feature = "ssr")]
mod release;
#[cfg(feature = "ssr")]
mod statement_query;
#[cfg(feature = "ssr")]
mod store;
#[cfg(feature = "ssr")]
mod transfer;
#[cfg(feature = "ssr")]
pub mod verify;
#[cfg(feature = "ssr")]
pub mod view;

#[cfg(all(test, feature = "ssr"))]
mod page_tests;
#[cfg(all(test, feature = "ssr"))]
mod tests;

pub use types::{Credits, OutOfRange};
#[cfg(feature = "ssr")]
pub use {
    balance::{Balance, balance},
    capture::capture,
    error::CreditError,
    grant::{GRANT_MAX, Grant, SIGNUP_PROMOTION, grant, grant_by_operator, grant_signup_promotion},
    hold::{Hold, HoldFor, hold, planned_draws},
    ids::{CampaignId, HoldId, LotId, OrderId, RequestId},
    ledger::PRICE_VERSION,
    lot::{Draw, Lot, LotKind},
    pages::routes,
    release::release,
    statement_query::StatementQuery,
    store::{
        OpenHold, StatementFilter, StatementRow, WorkspaceBalance, drawable_lots, moved_campaigns, movers, open_holds,
        statement, used_lots, workspace_balance, workspace_balances, workspace_of_email,
    },
    transfer::{Actor, Bucket, Transfer, TransferKind},
};
