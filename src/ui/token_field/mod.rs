//! Many short values in one field: job titles, keywords, domains.
//!
//! [`state`] is what the field holds and what a key does, as plain values; [`suggestions`] asks for values that complete what
//! is typed; [`view`] draws both and hears the browser's events.

pub mod state;
mod suggestions;
pub mod view;
