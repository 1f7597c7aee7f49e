//! The background work of billing.

use super::{
    expire,
    provider::{Provider, embedded, stripe},
};
use crate::app::App;

/// Starts every loop of billing.
pub fn start(app: &App) {
    match Provider::of(app) {
        Some(Provider::Embedded) => embedded::start(app),
        Some(Provider::Stripe(account)) => stripe::start(app, &account),
        None => {}
    }
    expire::start(app);
}
