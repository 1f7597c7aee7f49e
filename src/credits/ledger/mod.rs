//! The ledger: lots, holds, transfers, and the balance they add up to (rules C1–C25 of the credit rules).
//!
//! Every capability is one file named by its verb ([`grant()`], [`hold()`], [`capture()`], [`release()`], [`refund()`],
//! [`expire()`], [`revoke()`]): its rule is a plain function on the [`account_state`] of a workspace, and a function beside it
//! reads the state, applies the rule and writes the state in the caller's transaction. What stands alone in its transaction is
//! a [`Deed`], and [`Ledger`] writes those of many callers together. [`verify`] replays everything and says where a number
//! differs.

pub mod ids;
pub mod types;

pub mod account_state;
pub mod adjust;
pub mod anchor;
pub mod balance;
pub mod caps;
pub mod deed;
pub mod error;
pub mod group_commit;
pub mod movement;
pub mod read_set;
pub mod rules;
pub mod store;
pub mod transfer;
pub mod verify;

#[cfg(test)]
mod again_tests;
#[cfg(test)]
mod check_tests;
#[cfg(test)]
mod group_commit_tests;
#[cfg(test)]
mod model;
#[cfg(test)]
mod model_tests;
#[cfg(test)]
mod tests;
