//! What members are told of, and how each wants to be told: on the pages, by mail at once, or in one mail a day.
//!
//! | file | what it is for |
//! |---|---|
//! | `choice.rs` | the events, and what each member chose |
//! | `tell.rs` | tells members of an event, in the transaction that causes it |
//! | `digest.rs` | the mail once a day |
//! | `pages.rs`, `view.rs` | Settings › Notifications |

mod choice;
mod digest;
pub(super) mod pages;
mod tell;
#[cfg(test)]
mod tests;
mod view;

pub use choice::Event;
pub use digest::start as start_digests;
pub use tell::{News, tell, tell_one, tell_together, withdraw};
