//! How long clicks took.

use serde_json::{Value, json};

/// Milliseconds of each click, in their order.
#[derive(Default)]
pub struct Times(pub Vec<f64>);

impl Times {
    /// Adds the time since `began`.
    pub fn note(&mut self, began: std::time::Instant) {
        self.0.push(began.elapsed().as_secs_f64() * 1000.0);
    }

    pub fn at(&self, share: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        sorted[((sorted.len() as f64 * share) as usize).min(sorted.len() - 1)]
    }

    /// As `benches/search.mjs` reads it.
    pub fn told(&self, what: &str, contacts: u64) -> Value {
        let sum: f64 = self.0.iter().sum();
        json!({
            "what": what,
            "contacts": contacts,
            "clicks": self.0.len(),
            "p50_ms": self.at(0.5),
            "p95_ms": self.at(0.95),
            "p99_ms": self.at(0.99),
            "max_ms": self.at(1.0),
            "per_second": self.0.len() as f64 * 1000.0 / sum,
            "times": self.0.iter().enumerate().map(|(nth, ms)| (nth, (ms * 1000.0).round() / 1000.0)).collect::<Vec<_>>(),
        })
    }
}

/// Bytes of memory that the process keeps resident (Linux; 0 elsewhere).
pub fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()).and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) * 1024
}

/// Bytes of the files of a folder.
pub fn bytes_of(folder: &std::path::Path) -> u64 {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    files.filter_map(|file| file.metadata().ok()).map(|file| file.len()).sum()
}
