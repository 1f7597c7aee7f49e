#![recursion_limit = "256"]
//! Fairlead: a self-hosted cold email agent whose lead credits can be trusted.
//!
//! Folders are the product's nouns; `server` runs them, `ui` draws them, `app` ties them together.
//! `ARCHITECTURE.md` says how a request travels.
//!
//! The library has two ways in: [`run`] is the program, `hydrate` the browser half. All else is private, so that the
//! compiler sees what nothing uses.

mod fields;
mod ui;

#[cfg(feature = "ssr")]
mod accounts;
#[cfg(feature = "ssr")]
mod app;
#[cfg(feature = "ssr")]
mod audiences;
#[cfg(feature = "ssr")]
#[doc(hidden)]
pub mod bench;
#[cfg(feature = "ssr")]
mod billing;
#[cfg(feature = "ssr")]
mod campaigns;
#[cfg(feature = "ssr")]
mod commands;
#[cfg(feature = "ssr")]
mod credits;
#[cfg(feature = "ssr")]
mod directory;
#[cfg(feature = "ssr")]
mod email;
#[cfg(feature = "ssr")]
mod help;
#[cfg(feature = "ssr")]
mod home;
#[cfg(feature = "ssr")]
mod ids;
#[cfg(feature = "ssr")]
mod insights;
#[cfg(feature = "ssr")]
mod mail;
#[cfg(feature = "ssr")]
mod outreach;
#[cfg(feature = "ssr")]
mod people;
#[cfg(feature = "ssr")]
mod proof;
#[cfg(feature = "ssr")]
mod screens;
#[cfg(feature = "ssr")]
mod server;
#[cfg(feature = "ssr")]
mod suppression;
#[cfg(feature = "ssr")]
mod topics;

#[cfg(feature = "ssr")]
pub(crate) use ids::id;

#[cfg(feature = "ssr")]
pub use commands::run;
/// What `on!` looks into.
#[cfg(feature = "ssr")]
#[doc(hidden)]
pub use server::db::Tx;

/// Called once by the browser before the islands of a page come alive.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_islands();
}
