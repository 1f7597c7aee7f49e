//! Logs and metrics.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{MatchedPath, Request},
    http::Method,
    middleware::Next,
    response::Response,
};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

use super::jobs::{Jobs, Round};

/// How often recorded times are counted into their buckets.
const UPKEEP: Duration = Duration::from_secs(5);

/// Sends log lines to standard error, as text or JSON; `RUST_LOG` chooses what.
pub fn start_logging(json: bool) {
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn,tantivy=warn,tower_http=warn,tower_sessions=warn"));
    // A log line that cannot be written is lost; saying so on the same closed pipe would panic.
    let logs =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).log_internal_errors(false);
    // A second call (tests) keeps the first subscriber.
    let _ = if json { logs.json().try_init() } else { logs.compact().try_init() };
}

/// Starts collecting metrics for `/metrics` (Prometheus text format).
///
/// # Errors
/// When a recorder is installed already.
pub fn start_metrics() -> anyhow::Result<PrometheusHandle> {
    let buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0];
    Ok(PrometheusBuilder::new().set_buckets(&buckets)?.install_recorder()?)
}

/// Counts recorded times into their buckets now and then: until then each takes memory, and `/metrics` may never be read.
pub fn start_upkeep(jobs: &Jobs, metrics: &PrometheusHandle) {
    keep_up(jobs, metrics, UPKEEP);
}

fn keep_up(jobs: &Jobs, metrics: &PrometheusHandle, pause: Duration) {
    let metrics = metrics.clone();
    jobs.repeat("upkeep of the metrics", pause, Arc::default(), move || {
        metrics.run_upkeep();
        std::future::ready(Ok(Round::Idle))
    });
}

/// The method, when it is one of HTTP's own: an invented one must not become a series for ever.
fn known(method: &Method) -> &str {
    const KNOWN: [Method; 9] = [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::DELETE,
        Method::OPTIONS,
        Method::PATCH,
        Method::CONNECT,
        Method::TRACE,
    ];
    if KNOWN.contains(method) { method.as_str() } else { "OTHER" }
}

/// Counts and times each request by route, method and status, and writes one log line for it.
pub async fn measure(request: Request, next: Next) -> Response {
    let started = std::time::Instant::now();
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let route = request.extensions().get::<MatchedPath>().map_or("other", MatchedPath::as_str).to_owned();
    let id = request.headers().get("x-request-id").and_then(|id| id.to_str().ok()).unwrap_or("").to_owned();
    let response = next.run(request).await;
    let status = response.status().as_u16();
    let seconds = started.elapsed().as_secs_f64();
    let labels = [("method", known(&method).to_owned()), ("route", route), ("status", status.to_string())];
    metrics::counter!("fairlead_http_requests_total", &labels).increment(1);
    metrics::histogram!("fairlead_http_request_seconds", &labels[1..2]).record(seconds);
    tracing::debug!(%method, path, status, milliseconds = seconds * 1000.0, id, "answered");
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Set in the process that measures.
    const MEASURING: &str = "FAIRLEAD_TEST_MEASURES_METRICS";
    /// Times recorded: each takes eight bytes until it is counted.
    const RECORDED: usize = 4_000_000;

    /// Memory that this process has allocated, in bytes.
    fn allocated() -> usize {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find(|line| line.starts_with("RssAnon")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() * 1024
    }

    /// In a process of its own, because other tests allocate too.
    #[test]
    fn recorded_times_take_no_memory_once_they_are_counted() {
        if std::env::var_os(MEASURING).is_none() {
            let this = "server::telemetry::tests::recorded_times_take_no_memory_once_they_are_counted";
            let mut alone = std::process::Command::new(std::env::current_exe().unwrap());
            let alone = alone.args(["--exact", this]).env(MEASURING, "1").output().unwrap();
            assert!(alone.status.success(), "{}", String::from_utf8_lossy(&alone.stdout));
            return;
        }
        let recorder = PrometheusBuilder::new().set_buckets(&[0.1, 1.0]).unwrap().build_recorder();
        let (metrics, jobs) = (recorder.handle(), Jobs::default());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let pause = Duration::from_millis(2);
            keep_up(&jobs, &metrics, pause);
            let mut before = 0;
            for round in 0..40 {
                metrics::with_local_recorder(&recorder, || {
                    let times = metrics::histogram!("times");
                    (0..RECORDED / 40).for_each(|_| times.record(0.5));
                });
                tokio::time::sleep(5 * pause).await;
                if round == 1 {
                    before = allocated();
                }
            }
            let more = allocated().saturating_sub(before);
            assert!(more < RECORDED * 8 / 4, "{more} bytes more after {RECORDED} times");
        });
    }

    #[test]
    fn an_invented_method_is_no_series_of_its_own() {
        assert_eq!(known(&Method::GET), "GET");
        for invented in ["BREW", "get", "GETX"] {
            assert_eq!(known(&Method::from_bytes(invented.as_bytes()).unwrap()), "OTHER");
        }
    }
}
