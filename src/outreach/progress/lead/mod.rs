//! One lead in the sequences of its campaigns: what was sent, what was not and why, and what a member can do about it.

pub mod change;
pub mod pages;
mod suppress;
pub mod timeline;
pub mod view;
