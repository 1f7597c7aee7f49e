//! The ledger: lots, holds, transfers, and the balance they add up to (rules C1–C25 of the credit rules).
//!
//! Every capability is one file named by its verb ([`grant()`], [`hold()`], [`capture()`], [`release()`], [`refund()`],
//! [`expire()`], [`take_back()`]): its rule is a plain function on the [`book`] of a workspace, and a function beside it
//! opens the book, applies the rule and closes the book in the caller's transaction. [`Teller`] does the same for many
//! callers at once. [`verify`] replays everything and says where a number differs.

mod types;

pub use types::{Credits, OutOfRange};

cfg_if::cfg_if! {
    if #[cfg(feature = "ssr")] {
        mod admin_pages;
        mod alert_pages;
        mod alerts;
        mod announce;
        mod balance;
        mod book;
        mod caps;
        mod caps_pages;
        mod capture;
        mod error;
        mod expire;
        mod grant;
        mod hold;
        mod ids;
        mod lot;
        mod needs;
        mod pages;
        mod refund;
        mod release;
        mod runway;
        mod start;
        mod statement_query;
        mod store;
        mod take_back;
        mod teller;
        mod trail_pages;
        mod transfer;
        mod usage;
        pub mod verify;
        pub mod view;

        #[cfg(test)]
        mod model;
        #[cfg(test)]
        mod model_tests;
        #[cfg(test)]
        mod page_tests;
        #[cfg(test)]
        mod tests;

        pub use {
            alerts::{Alerts, LOW_USUAL, alerts, check_alerts},
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
                HoldDetails, KindTotal, OpenHold, StatementFilter, StatementRow, WorkspaceBalance, drawable_lots,
                hold_details, instance_balance, lot, moved_campaigns, movement, movers, open_holds, statement,
                statement_totals, used_lots, workspace_balance, workspace_balances, workspace_of_email,
            },
            take_back::{TakeBack, purchase_left, take_back, take_back_by_operator},
            teller::{Movement, Teller},
            transfer::{Actor, Bucket, Transfer, TransferKind},
            usage::{MonthUsed, Usage, UsageUnit, month_used, usage},
        };
    }
}
