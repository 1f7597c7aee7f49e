//! The background work of campaigns.

use super::{lists, requests, standing};
use crate::server::app::App;

/// Starts every worker of campaigns. Several copies of the server may run them at the same time.
pub fn start(app: &App) {
    requests::worker::start(app);
    standing::schedule::start(app);
    lists::worker::start(app);
}
