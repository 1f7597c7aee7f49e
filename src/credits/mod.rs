//! The ledger: lots, holds, transfers, and the balance they add up to (rules C1–C25 of the credit rules).
//!
//! Every capability is one file named by its verb ([`grant()`], [`hold()`], [`capture()`], [`release()`]); each joins the
//! caller's transaction. [`verify`] replays everything and says where a number differs.

mod types;

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
mod release;
#[cfg(feature = "ssr")]
mod store;
#[cfg(feature = "ssr")]
mod transfer;
#[cfg(feature = "ssr")]
pub mod verify;

#[cfg(all(test, feature = "ssr"))]
mod tests;

pub use types::{Credits, OutOfRange};
#[cfg(feature = "ssr")]
pub use {
    balance::{Balance, balance},
    capture::capture,
    error::CreditError,
    grant::{Grant, SIGNUP_PROMOTION, grant, grant_signup_promotion},
    hold::{Hold, HoldFor, hold, planned_draws},
    ids::{CampaignId, HoldId, LotId, OrderId, RequestId},
    ledger::PRICE_VERSION,
    lot::{Draw, Lot, LotKind},
    release::release,
    store::{StatementFilter, StatementRow, lots, open_holds, statement},
    transfer::{Actor, Bucket, Transfer, TransferKind},
};
