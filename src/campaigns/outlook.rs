//! How fast a request goes, when it will be done, and with whom it shares the workers.

use std::time::Duration;

use super::lead_request::{LeadRequest, Receipt};
use crate::{
    on,
    server::{clock::Instant, db::Tx},
};

/// What can be said ahead about an open request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outlook {
    /// Leads delivered in a minute, since it last began to go. With the turns of others in between.
    pub per_minute: Option<i64>,
    /// When it will stop at this speed: done, or for a look at its first batch.
    pub ends_at: Option<Instant>,
    /// Other workspaces whose requests are under way: all take turns.
    pub sharing: i64,
}

/// Looks ahead.
pub async fn outlook(tx: &mut Tx, receipt: &Receipt) -> sqlx::Result<Outlook> {
    let request = &receipt.request;
    if !request.state.is_open() || request.waiting.is_some() {
        return Ok(Outlook { per_minute: None, ends_at: None, sharing: 0 });
    }
    let sharing = on!(tx, c => sqlx::query_scalar(
        "select count(distinct workspace_id) from lead_requests
         where state in ('queued', 'running') and waiting is null and workspace_id <> $1")
        .bind(request.workspace_id).fetch_one(c).await)?;
    let left = (request.limit() - request.delivered).min(receipt.not_reached());
    let (per_minute, ends_at) = match speed(request) {
        Some(speed) => (Some(speed.per_minute()), Some(request.progress_at.plus(speed.time_for(left)))),
        None => (None, None),
    };
    Ok(Outlook { per_minute, ends_at, sharing })
}

/// So many leads in so many microseconds.
struct Speed {
    leads: i64,
    micros: i64,
}

impl Speed {
    fn per_minute(&self) -> i64 {
        (i128::from(self.leads) * 60_000_000 / i128::from(self.micros)).try_into().unwrap_or(i64::MAX)
    }

    fn time_for(&self, leads: i64) -> Duration {
        let micros = i128::from(leads.max(0)) * i128::from(self.micros) / i128::from(self.leads);
        Duration::from_micros(micros.try_into().unwrap_or(u64::MAX / 4))
    }
}

/// Measured from when it last began to go until its last batch; nothing before the first.
fn speed(request: &LeadRequest) -> Option<Speed> {
    let leads = request.delivered - request.went_delivered;
    let micros = request.progress_at.micros() - request.went_at?.micros();
    (leads > 0 && micros > 0).then_some(Speed { leads, micros })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_estimate_is_what_is_left_at_the_speed_so_far() {
        let speed = Speed { leads: 100, micros: 2_000_000 };
        assert_eq!(speed.per_minute(), 3_000);
        assert_eq!(speed.time_for(50), Duration::from_secs(1));
        assert_eq!(speed.time_for(-3), Duration::ZERO);
    }
}
