//! What happened to the sending of a campaign, newest first.

mod export;
mod list;
pub(super) mod pages;
mod view;

pub use list::{EventLine, of_lead};
