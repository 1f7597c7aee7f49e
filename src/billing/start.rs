//! The background work of billing.

use super::provider::{Provider, embedded};
use crate::app::App;

/// Starts every loop of billing.
pub fn start(app: &App) {
    match Provider::of(app) {
        Some(Provider::Embedded) => embedded::start(app),
        Some(Provider::Stripe(_)) | None => {}
    }
}
