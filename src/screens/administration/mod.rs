//! `/admin`: the instance at a glance, for the operator.

mod pages;
mod view;

pub(super) use pages::show;
