//! Background work: loops that claim rows, work, and end when the server shuts down.

use std::{future::Future, time::Duration};

use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Every background loop of this process.
#[derive(Debug, Clone, Default)]
pub struct Jobs {
    pub tracker: TaskTracker,
    pub shutdown: CancellationToken,
}

/// What one round of a loop found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Round {
    /// There was work; look again at once.
    Worked,
    /// Nothing to do; look again after the pause, or when woken.
    Idle,
}

impl Jobs {
    /// Runs `round` again and again: at once after work, after `pause` (or a call of `wake`) when idle, after an
    /// error too. Ends at shutdown, between two rounds.
    pub fn repeat<F, Work>(
        &self,
        name: &'static str,
        pause: Duration,
        wake: std::sync::Arc<tokio::sync::Notify>,
        round: F,
    ) where
        F: Fn() -> Work + Send + 'static,
        Work: Future<Output = anyhow::Result<Round>> + Send,
    {
        let shutdown = self.shutdown.clone();
        self.tracker.spawn(async move {
            while !shutdown.is_cancelled() {
                match round().await {
                    Ok(Round::Worked) => continue,
                    Ok(Round::Idle) => {}
                    Err(error) => {
                        metrics::counter!("fairlead_job_errors_total", "job" => name).increment(1);
                        tracing::error!(
                            job = name,
                            error = format!("{error:#}"),
                            "a background job failed; it is tried again after a pause"
                        );
                    }
                }
                tokio::select! {
                    () = shutdown.cancelled() => {}
                    () = wake.notified() => {}
                    () = tokio::time::sleep(pause) => {}
                }
            }
        });
    }
}
