//! The ledger: lots, holds, transfers, and the balance they add up to (rules C1–C25 in the credit rules).

mod types;

#[cfg(feature = "ssr")]
mod balance;

#[cfg(feature = "ssr")]
pub use balance::{Balance, balance};
pub use types::{Credits, OutOfRange};
