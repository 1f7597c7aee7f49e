//! The state of this process, shared by every handler and job.

use std::{
    any::{Any, TypeId, type_name},
    collections::HashMap,
    sync::Arc,
};

use super::{
    assets::Assets, clock::Clock, config::Config, db::Db, dns::Dns, http_client::HttpClient, jobs::Jobs, live::Live,
};

/// What every noun needs, and what nouns own, by type. Cheap to clone.
#[derive(Clone)]
pub struct App {
    pub config: Arc<Config>,
    pub db: Db,
    pub clock: Clock,
    pub dns: Dns,
    /// Calls servers that customers and operators name.
    pub http: HttpClient,
    pub live: Live,
    pub jobs: Jobs,
    /// Rings when a lead request was made, so that no worker waits for its next look.
    pub wake: Arc<tokio::sync::Notify>,
    pub assets: Arc<Assets>,
    pub metrics: Option<metrics_exporter_prometheus::PrometheusHandle>,
    pub owned: Arc<Owned>,
}

impl App {
    /// What a noun owns in this process, such as the search index or the group commit of the ledger.
    ///
    /// # Panics
    /// When the start left it out, which every request would show.
    pub fn of<T: Send + Sync + 'static>(&self) -> &T {
        let value = self.owned.0.get(&TypeId::of::<T>()).and_then(|value| value.downcast_ref());
        value.unwrap_or_else(|| panic!("the start did not fill in {}", type_name::<T>()))
    }

    /// Whether a form may lead to this address outside: only to pages of providers that are set up.
    pub fn may_lead_to(&self, address: &str) -> bool {
        let origin = url::Url::parse(address).map(|url| url.origin().ascii_serialization()).unwrap_or_default();
        self.config.page_origins().contains(&origin)
    }
}

/// One value per type, filled in at the start.
#[derive(Default)]
pub struct Owned(HashMap<TypeId, Box<dyn Any + Send + Sync>>);

impl Owned {
    /// Adds a value; another one of its type is replaced.
    pub fn with<T: Send + Sync + 'static>(mut self, value: T) -> Self {
        self.0.insert(TypeId::of::<T>(), Box::new(value));
        self
    }
}
