//! The pages of mailboxes.

pub mod fields;
pub mod freezes;
pub mod import;
pub mod list;
pub mod new;
pub mod one;
pub mod outbox;
pub mod removal;
pub mod settings;
