//! What the operator decides about sending: stopping it everywhere, how many mails a day a workspace may send, and how fast new mailboxes may
//! begin.

mod change;
pub(super) mod pages;
mod put_back;
mod view;

/// What tests call besides.
#[cfg(test)]
pub use change::set_first_day;

pub use {
    change::{StoppedBy, stop_everything, stopped},
    put_back::{PutBack, journal_was_found},
};
