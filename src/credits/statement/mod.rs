//! The statement: every movement of a workspace, on screen and as a file, and the parts of it that other pages show.

pub mod balance_figures;
pub mod holds;
pub mod lots;
pub mod movements;
mod pages;
pub mod query;
pub mod recent;
mod view;

pub(crate) use pages::routes;
