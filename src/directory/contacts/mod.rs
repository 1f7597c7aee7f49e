//! What is known about a person and the company they work for, and the rows that hold it.

mod amount;
pub mod company;
pub mod contact;
mod copy;
pub mod courtesy;
mod forget;
pub mod industry;
pub mod keys;
pub mod places;
pub mod quality;
pub mod revenue;
pub mod role;
pub mod sample;
pub mod sector;
pub mod size;
pub mod standing;
pub mod store;
pub mod title;
pub mod verify_address;

pub use forget::remove_contacts;
