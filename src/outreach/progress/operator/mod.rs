//! What the operator decides about sending: stopping it everywhere, and how many mails a day a workspace may send.

mod change;
pub(super) mod pages;
mod view;
