#![recursion_limit = "256"]
//! Fairlead: a self-hosted cold email agent whose lead credits can be trusted.
//!
//! Folders are the product's nouns; `server` runs them, `ui` draws them, `app` ties them together.
//! `ARCHITECTURE.md` says how a request travels.

pub mod campaigns;
pub mod credits;
pub mod fields;
pub mod leads;
pub mod ui;

#[cfg(feature = "ssr")]
pub mod accounts;
#[cfg(feature = "ssr")]
pub mod app;
#[cfg(feature = "ssr")]
pub mod audiences;
#[cfg(feature = "ssr")]
pub mod billing;
#[cfg(feature = "ssr")]
pub mod help;
#[cfg(feature = "ssr")]
pub mod home;
#[cfg(feature = "ssr")]
pub mod proof;
#[cfg(feature = "ssr")]
pub mod server;

/// Called once by the browser before the islands of a page come alive.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_islands();
}
