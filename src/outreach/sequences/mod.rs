//! The mails of a campaign: how they are written, and how a text becomes a message.
//!
//! | file | what it is for |
//! |---|---|
//! | `template.rs`, `fault.rs`, `field.rs` | texts with fields and choices, and what can be wrong with them |
//! | `values.rs`, `seed.rs`, `render.rs` | the same text for one lead: its values, what is left to chance, the words |
//! | `closing.rs` | what stands below every mail's own words |
//! | `message.rs`, `header.rs`, `transfer.rs` | the bytes of the message |
//! | `sequence.rs`, `lead_values.rs` | what is stored: steps, variants and texts; what leads have |

pub mod closing;
mod fault;
mod field;
mod header;
pub mod lead_values;
pub mod message;
pub mod render;
pub mod seed;
pub mod sequence;
pub mod template;
mod transfer;
pub mod values;

use axum::Router;

use crate::server::app::App;

/// The addresses of this folder.
pub fn routes() -> Router<App> {
    Router::new()
}
