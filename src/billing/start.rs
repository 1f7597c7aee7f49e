//! The background work of billing.

use super::{
    expire, plans,
    provider::{Provider, embedded, stripe},
    top_up,
};
use crate::server::app::App;

/// Starts every loop of billing.
pub fn start(app: &App) {
    plans::start(app);
    top_up::start(app);
    match Provider::of(app) {
        Some(Provider::Embedded) => embedded::start(app),
        Some(Provider::Stripe(account)) => stripe::start(app, &account),
        None => {}
    }
    expire::start(app);
}
