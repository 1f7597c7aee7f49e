//! How fast a request goes, when it will be done, and with whom it shares the workers.

use std::time::Duration;

use super::{
    lead_request::{LeadRequest, Receipt},
    worker::WORKERS,
};
use crate::{
    accounts::WorkspaceId,
    on,
    server::{clock::Instant, db::Tx},
    ui::format::duration_text,
};

/// What can be said ahead about an open request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestForecast {
    /// Leads delivered in a minute, since it last began to go. With the turns of others in between.
    pub per_minute: Option<i64>,
    /// When it will stop at this speed: done, or for a look at its first batch.
    pub ends_at: Option<Instant>,
    /// Other workspaces whose requests are under way: all take turns.
    pub sharing: i64,
}

/// Looks ahead.
pub async fn forecast_of(tx: &mut Tx, receipt: &Receipt) -> sqlx::Result<RequestForecast> {
    let request = &receipt.request;
    if !request.state.is_open() || request.waiting.is_some() {
        return Ok(RequestForecast { per_minute: None, ends_at: None, sharing: 0 });
    }
    let sharing = sharing(tx, request.workspace_id).await?;
    let left = (request.limit() - request.delivered).min(receipt.not_reached());
    let (per_minute, ends_at) = match speed(request) {
        Some(speed) => (Some(speed.per_minute()), Some(request.progress_at.plus(speed.time_for(left)))),
        None => (None, None),
    };
    Ok(RequestForecast { per_minute, ends_at, sharing })
}

/// Other workspaces whose requests are under way.
async fn sharing(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<i64> {
    on!(tx, c => sqlx::query_scalar(
        "select count(distinct workspace_id) from lead_requests
         where state in ('queued', 'running') and waiting is null and workspace_id <> $1")
        .bind(workspace).fetch_one(c).await)
}

/// How long a request would take that does not exist yet: at the speed of the last ones, taking turns with all others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forecast {
    /// Nothing before the first request of this instance.
    speed: Option<Speed>,
    /// Other workspaces whose requests are under way.
    pub sharing: i64,
}

/// Requests that tell the speed: the last ones.
const MEASURED: i64 = 20;

/// Looks at the last requests of the instance and at who is waiting.
pub async fn forecast(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<Forecast> {
    let (leads, micros): (i64, i64) = on!(&mut *tx, c => sqlx::query_as(
        "select cast(coalesce(sum(leads), 0) as bigint), cast(coalesce(sum(micros), 0) as bigint) from (
             select delivered - went_delivered as leads, progress_at - went_at as micros from lead_requests
             where state = 'completed' and went_at is not null order by run_at desc limit $1) as last
         where leads > 0 and micros > 0")
        .bind(MEASURED).fetch_one(c).await)?;
    let speed = (leads > 0).then_some(Speed { leads, micros });
    Ok(Forecast { speed, sharing: sharing(tx, workspace).await? })
}

impl Forecast {
    /// Until so many leads are delivered.
    pub fn time_for(&self, leads: i64) -> Option<Duration> {
        let turns = u32::try_from((self.sharing + 1).max(WORKERS) / WORKERS).unwrap_or(u32::MAX);
        self.speed.map(|speed| speed.time_for(leads).saturating_mul(turns))
    }

    /// The same for people.
    pub fn text_for(&self, leads: i64) -> Option<String> {
        let seconds = i64::try_from(self.time_for(leads)?.as_secs()).unwrap_or(i64::MAX);
        Some(if seconds < 2 { "a second or two".to_owned() } else { format!("about {}", duration_text(seconds)) })
    }
}

/// So many leads in so many microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

    #[test]
    fn a_forecast_takes_turns_with_others_and_says_nothing_where_nothing_was_measured() {
        let speed = Some(Speed { leads: 100, micros: 2_000_000 });
        let alone = Forecast { speed, sharing: 0 };
        assert_eq!(alone.time_for(3_000), Some(Duration::from_secs(60)));
        assert_eq!(alone.text_for(25).as_deref(), Some("a second or two"));
        let busy = Forecast { speed, sharing: 5 };
        assert_eq!(busy.time_for(3_000), Some(Duration::from_secs(180)), "six workspaces, two workers");
        assert_eq!(Forecast { speed: None, sharing: 5 }.text_for(25), None);
    }
}
