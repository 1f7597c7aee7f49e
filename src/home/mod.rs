//! The page for people who do not know Fairlead yet: what it is, and what it costs.

mod pages;
mod picture;
mod view;

pub use pages::routes;
