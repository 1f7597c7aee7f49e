//! Where people and companies are: countries, states, towns, and how files and networks write them.

mod area;
pub mod country;
pub mod location;
pub mod state;
mod town;
