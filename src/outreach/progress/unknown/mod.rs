//! Mails whose outcome is unknown: a member decides about each, or about all of a campaign.

mod list;
pub mod pages;
mod view;
