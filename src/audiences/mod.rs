//! Audiences: criteria that a workspace saved under a name, templates to begin with, and what was searched lately.

mod audience;
mod compare;
mod pages;
mod recent;
mod template;
mod view;

#[cfg(test)]
mod tests;

pub use audience::{Audience, AudienceId, AudienceName, audience, audiences, delete, duplicate, names, rename, save};
pub use compare::side_by_side;
pub use pages::routes;
pub use recent::{note_search, recent_searches};
pub use template::TEMPLATES;
