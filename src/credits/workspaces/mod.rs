//! Workspaces and their credits, for the operator.

mod pages;
mod view;

pub(crate) use pages::routes;
