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

use crate::billing::provider::Provider;
use crate::campaigns::OwnedContacts;
use crate::credits::Ledger;
use crate::leads::Directory;
use crate::server::{assets::Assets, clock::Clock, config::Config, db::Db, dns::Dns, jobs::Jobs, live::Live};

/// The state of this process, shared by every handler and job. Cheap to clone.
#[derive(Clone)]
pub struct App {
    pub config: Arc<Config>,
    pub db: Db,
    /// Where movements of credits that stand alone in their transaction are made.
    pub ledger: Ledger,
    pub clock: Clock,
    pub dns: Dns,
    pub live: Live,
    pub directory: Directory,
    /// The contacts of workspaces in which an audience is being described.
    pub owned: OwnedContacts,
    pub jobs: Jobs,
    /// Who takes the money; `None`: nothing can be bought.
    pub payments: Option<Provider>,
    /// Rings when a lead request was made, so that no worker waits for its next look.
    pub wake: Arc<tokio::sync::Notify>,
    pub assets: Arc<Assets>,
    pub metrics: Option<metrics_exporter_prometheus::PrometheusHandle>,
}

impl App {
    /// Whether a form may lead to this address outside: only to pages of the payment provider.
    pub fn may_lead_to(&self, address: &str) -> bool {
        let origin = url::Url::parse(address).map(|url| url.origin().ascii_serialization()).unwrap_or_default();
        self.config.stripe.iter().any(|keys| keys.page_origins().contains(&origin))
    }
}
