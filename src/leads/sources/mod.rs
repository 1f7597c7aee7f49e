//! HTTP sources: services that answer a search with contacts, by the contract in `docs/sources.md`.
//!
//! [`contract`] is what is said, [`client`] how it is asked within bounds, [`check`] tells the author of a source what is
//! wrong with it, [`store`] keeps what the operator entered.

pub mod check;
pub mod client;
pub mod contract;
#[cfg(test)]
pub mod fake;
mod keep;
mod signature;
pub mod store;

pub use client::{Client, Fault};
pub use contract::{Answer, Ask, Seen};
pub use keep::keep;
pub use store::{HttpSource, Settings, http_source, http_sources};
