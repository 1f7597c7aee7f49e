//! What runs the product: configuration, the database, HTTP, live updates, jobs, the clock.
//! Nothing in here knows a noun of the product.

pub mod app;
pub mod assets;
pub mod batches;
pub mod clock;
pub mod config;
pub mod connect;
pub mod connections;
pub mod csv;
pub mod db;
pub mod dns;
pub mod encryption;
pub mod error;
pub mod file_form;
pub mod form;
pub mod gate;
pub mod group_commit;
pub mod hexadecimal;
pub mod http;
pub mod http_client;
pub mod inconsistency;
pub mod jobs;
pub mod live;
pub mod oauth_apps;
pub mod paging;
pub mod path;
pub mod query;
pub mod queue;
pub mod seals;
pub mod secret_keys;
pub mod select;
pub mod served_at;
pub mod server_functions;
pub mod server_timing;
pub mod stripe_keys;
pub mod telemetry;
mod time_limit;
