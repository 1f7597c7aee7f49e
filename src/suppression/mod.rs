//! Who must not be sourced or mailed: addresses and domains on the list of a workspace.

mod list;

pub use list::{suppress, suppressed};
