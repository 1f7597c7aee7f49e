//! One movement, batch or hold with everything that led to it and followed from it.

mod pages;
mod view;

pub(crate) use pages::routes;
