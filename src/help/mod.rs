//! The guide: one page per topic, written for customers, linked from the place it explains (`ui::HelpLink`).
//!
//! A topic is a text in `topics/`; nothing here knows the database.

mod pages;
mod topic;
mod view;

pub use pages::routes;
