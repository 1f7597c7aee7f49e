//! Lists of a customer's own: a file brings people into a campaign, for free and without the directory knowing them.
//!
//! The way of a list: [`store::draft`] keeps the uploaded file with how it is read, [`worker`] claims what was started and
//! [`add`]s batch after batch, [`take_back`] undoes it. Nothing here touches a credit.

mod add;
mod outcome;
pub(super) mod store;
mod take_back;
#[cfg(test)]
mod tests;
mod types;
pub(super) mod worker;

pub use outcome::Outcome;
pub use types::{Duplicates, ListId, ListState, OwnList};
