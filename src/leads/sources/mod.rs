//! HTTP sources: services that answer a search with contacts, by the contract in `docs/sources.md`.
//!
//! [`contract`] is what is said, [`signature`] who says it, [`client`] how it is asked within bounds, [`check`] tells the
//! author of a source what is wrong with it.

pub mod check;
pub mod client;
pub mod contract;
#[cfg(test)]
pub mod fake;
mod signature;

pub use client::{Client, Fault};
pub use contract::{Answer, Ask, PAGE_CONTACTS_MAX, Seen, VERSION};
