//! The rights of the people that campaigns write to: what is known of one of them, and erasing it. By address, over every workspace of the
//! instance, on behalf of the person.

mod erase;
mod export;
#[cfg(test)]
mod tests;

pub use erase::{Erased, erase};
pub use export::export;
