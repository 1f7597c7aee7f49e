//! The whole: what every handler can reach, and which URL shows which page.

mod errors;
mod page;
mod routes;
mod serve;
#[cfg(test)]
pub mod testing;

use std::sync::Arc;

pub use page::{Page, leave_flash};
pub use routes::router;
pub use serve::{ended, finish, open, serve, work};

use crate::leads::Directory;
use crate::server::{assets::Assets, clock::Clock, config::Config, db::Db, jobs::Jobs, live::Live};

/// The state of this process, shared by every handler and job. Cheap to clone.
#[derive(Clone)]
pub struct App {
    pub config: Arc<Config>,
    pub db: Db,
    pub clock: Clock,
    pub live: Live,
    pub directory: Directory,
    pub jobs: Jobs,
    /// Rings when a lead request was made, so that no worker waits for its next look.
    pub wake: Arc<tokio::sync::Notify>,
    pub assets: Arc<Assets>,
    pub metrics: Option<metrics_exporter_prometheus::PrometheusHandle>,
}
