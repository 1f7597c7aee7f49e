//! What people and their programs write, by language: tables of phrases, apart from the rules that use them.

pub mod absence;
pub mod interest;
pub mod left;
pub mod machine;
pub mod opt_out;
pub mod person;
pub mod refusal;
pub mod subject;
mod text;

pub use text::{Found, Text, fold};
