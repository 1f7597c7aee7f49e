//! Receipts: one for every order that was paid, numbered without a gap on the instance.

mod number;

pub(super) use number::number;
