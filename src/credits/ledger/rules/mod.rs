//! The rules of the ledger, one file per verb: each is a plain function on the state of an account, beside a function that
//! reads it, applies the rule and writes it in the caller's transaction.

pub mod capture;
pub mod check;
pub mod debt;
pub mod expire;
pub mod grant;
pub mod hold;
pub mod lot;
pub mod refund;
pub mod release;
pub mod revoke;
