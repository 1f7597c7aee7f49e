//! The audience of a campaign: the live count beside its form, and what the workspace has of it already.

#[cfg(test)]
mod cases_tests;
pub mod complete;
pub mod contents;
pub mod count;
pub mod fields;
mod keyword;
pub mod name;
mod nearest;
pub mod overlap;
pub mod people_view;
pub mod preview;
#[cfg(test)]
mod preview_tests;
