//! Spending limits, as people set them. The ledger holds and enforces them.

mod pages;
mod view;

pub(crate) use pages::routes;
