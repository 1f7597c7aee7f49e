//! The rights of the people that campaigns write to: what is known of one of them, erasing it, and asking to be left alone. By address.
//!
//! | folder | what it is for |
//! |---|---|
//! | `rights/` | pages on which a workspace, or the operator, answers what a person asks |
//! | `objections/` | the public page on which a person asks themselves |

mod again;
mod erase;
mod export;
mod known;
mod mark;
mod objections;
mod origins;
mod reach;
mod rights;
#[cfg(test)]
mod tests;
mod touched;

pub use again::again;
pub use erase::{By, Done, Erased, erase, leave_alone};
pub use export::export;
pub use reach::Reach;
pub use touched::tell;

use axum::Router;

use crate::server::app::App;

/// The addresses of this folder.
pub fn routes() -> Router<App> {
    rights::routes().merge(objections::routes())
}
