//! Many short values in one field: job titles, keywords, domains.
//!
//! [`state`] is what the field holds and what a key does, as plain values; [`suggestions`] asks for values that complete what
//! is typed; [`view`] draws the field and hears the browser's events, `proposals` draws what completes the entry, and `marks` what
//! is to be said about values.

mod marks;
mod proposals;
pub mod state;
mod suggestions;
pub mod view;
