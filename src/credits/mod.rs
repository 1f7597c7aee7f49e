//! The ledger: lots, holds, transfers, and the balance they add up to (rules C1–C25 of the credit rules).
//!
//! Every capability is one file named by its verb ([`grant()`], [`hold()`], [`capture()`], [`release()`], [`refund()`],
//! [`expire()`], [`take_back()`]): its rule is a plain function on the [`book`] of a workspace, and a function beside it
//! opens the book, applies the rule and closes the book in the caller's transaction. [`Teller`] does the same for many
//! callers at once. [`verify`] replays everything and says where a number differs.

mod types;

#[cfg(feature = "ssr")]
mod admin_pages;
#[cfg(feature = "ssr")]
mod alert_pages;
#[cfg(feature = "ssr")]
mod alerts;
#[cfg(feature = "ssr")]
mod announce;
#[cfg(feature = "ssr")]
mod balance;
#[cfg(feature = "ssr")]
mod book;
#[cfg(feature = "ssr")]
mod caps;
#[cfg(feature = "ssr")]
mod caps_pages;
#[cfg(feature = "ssr")]
mod capture;
#[cfg(feature = "ssr")]
mod error;
#[cfg(feature = "ssr")]
mod expire;
#[cfg(feature = "ssr")]
mod grant;
#[cfg(feature = "ssr")]
mod hold;
#[cfg(feature = "ssr")]
mod ids;
#[cfg(feature = "ssr")]
mod lot;
#[cfg(feature = "ssr")]
mod pages;
#[cfg(feature = "ssr")]
mod refund;
#[cfg(feature = "ssr")]
mod release;
#[cfg(feature = "ssr")]
mod runway;
#[cfg(feature = "ssr")]
mod start;
#[cfg(feature = "ssr")]
mod statement_query;
#[cfg(feature = "ssr")]
mod store;
#[cfg(feature = "ssr")]
mod take_back;
#[cfg(feature = "ssr")]
mod teller;
#[cfg(feature = "ssr")]
mod trail_pages;
#[cfg(feature = "ssr")]
mod transfer;
#[cfg(feature = "ssr")]
mod usage;
#[cfg(feature = "ssr")]
pub mod verify;
#[cfg(feature = "ssr")]
pub mod view;

#[cfg(all(test, feature = "ssr"))]
mod model;
#[cfg(all(test, feature = "ssr"))]
mod model_tests;
#[cfg(all(test, feature = "ssr"))]
mod page_tests;
#[cfg(all(test, feature = "ssr"))]
mod tests;

pub use types::{Credits, OutOfRange};
#[cfg(feature = "ssr")]
pub use {
    alerts::{ALERTS, Alerts, LOW_USUAL, alerts, check_alerts, set_alerts},
    announce::announce_expiries,
    balance::{Balance, balance, lock},
    book::PRICE_VERSION,
    caps::{
        CAPS_MAX, Cap, CapId, CapPeriod, CapSubject, caps, left_under_caps, lift_cap, set_cap, subject_name,
        uses as cap_uses,
    },
    capture::{Capture, Charge, capture},
    error::CreditError,
    expire::{expire, expire_everywhere},
    grant::{GRANT_MAX, Grant, SIGNUP_PROMOTION, grant, grant_by_operator, grant_signup_promotion},
    hold::{HOLD_IDLE_MAX, HOLD_TIME_MAX, Hold, HoldFor, hold, planned_draws},
    ids::{CampaignId, HoldId, LotId, OrderId, RequestId},
    lot::{Draw, Lot, LotKind},
    pages::routes,
    refund::{Refund, refund, refund_all},
    release::release,
    runway::{Runway, runway},
    start::start,
    statement_query::StatementQuery,
    store::{
        HoldDetails, HoldDraw, KindTotal, OpenHold, StatementFilter, StatementRow, WorkspaceBalance, drawable_lots,
        hold_details, instance_balance, lot, moved_campaigns, movement, movers, open_holds, statement,
        statement_totals, used_lots, workspace_balance, workspace_balances, workspace_of_email,
    },
    take_back::{TakeBack, purchase_left, take_back, take_back_by_operator},
    teller::{Movement, Teller},
    transfer::{Actor, Bucket, Transfer, TransferKind},
    usage::{MonthUsed, Usage, UsagePeriod, UsageUnit, month_used, usage},
};
