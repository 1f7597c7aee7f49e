//! One lead in the sequences of its campaigns: what was sent, what was not and why, and what a member can do about it.

pub mod change;
pub(super) mod correct;
#[cfg(test)]
mod correct_tests;
mod correct_view;
pub mod pages;
mod suppress;
pub mod timeline;
pub mod view;
