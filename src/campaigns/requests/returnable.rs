//! What can still be returned (rule C17): leads that were never revealed, within their time, up to the workspace's share.

use std::time::Duration;

use crate::{
    accounts::WorkspaceId,
    credits::{Credits, RequestId},
    on,
    server::{clock::Instant, config::Config, db::Tx},
};

/// Leads that a workspace may return in 30 days, however few it was delivered.
const RETURNS_MIN: i64 = 25;
/// The time that the share counts.
const SHARE_WINDOW: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// What the operator allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReturnRules {
    /// For how long after the delivery; 0: not at all.
    pub hours: u64,
    /// Of what was delivered in 30 days, at most.
    pub percent: i64,
}

impl ReturnRules {
    /// The operator's.
    pub fn of(config: &Config) -> Self {
        Self { hours: config.return_hours, percent: i64::try_from(config.return_percent).unwrap_or(i64::MAX) }
    }

    /// Leads delivered after this moment can be returned at `at`.
    pub(crate) fn since(self, at: Instant) -> Instant {
        at.minus(Duration::from_secs(self.hours * 60 * 60))
    }

    /// How many leads a workspace may still return after what it was delivered, and returned, in 30 days.
    fn left(self, delivered: i64, returned: i64) -> i64 {
        let share = i64::try_from(i128::from(delivered) * i128::from(self.percent) / 100).unwrap_or(i64::MAX);
        (share.max(RETURNS_MIN) - returned).max(0)
    }
}

/// What of a request can be returned now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Returnable {
    pub leads: i64,
    /// The credits that come back if all of them are returned.
    pub credits: Credits,
    /// How many the workspace's share leaves.
    pub share_left: i64,
}

/// What of a request can be returned now. A request of another workspace has nothing to return.
///
/// # Errors
/// The database's.
pub async fn returnable(
    tx: &mut Tx,
    workspace: WorkspaceId,
    request: RequestId,
    rules: ReturnRules,
    at: Instant,
) -> sqlx::Result<Returnable> {
    if rules.hours == 0 {
        return Ok(Returnable::default());
    }
    let (leads, credits) = on!(&mut *tx, c => sqlx::query_as(
        "select count(*), cast(coalesce(sum(coalesce(price, 1)), 0) as bigint) from leads
         where workspace_id = $1 and request_id = $2 and delivered_at > $3
             and revealed_at is null and refunded_at is null and mailed_at is null and charge_seq is not null")
        .bind(workspace).bind(request).bind(rules.since(at)).fetch_one(c).await)?;
    let share_left = if leads == 0 { 0 } else { share_left(tx, workspace, rules, at).await? };
    Ok(Returnable { leads, credits, share_left })
}

/// How many leads the workspace may return now. Call it with the account locked before returning.
///
/// # Errors
/// The database's.
pub(crate) async fn share_left(
    tx: &mut Tx,
    workspace: WorkspaceId,
    rules: ReturnRules,
    at: Instant,
) -> sqlx::Result<i64> {
    let (delivered, returned): (i64, i64) = on!(tx, c => sqlx::query_as(
        "select cast(coalesce((select sum(lead_count) from credit_transfers
                 where workspace_id = $1 and kind = 'capture' and created_at > $2), 0) as bigint),
             (select count(*) from leads where workspace_id = $1 and returned_at > $2)")
        .bind(workspace).bind(at.minus(SHARE_WINDOW)).fetch_one(c).await)?;
    Ok(rules.left(delivered, returned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workspace_returns_its_share_and_at_least_25() {
        let rules = ReturnRules { hours: 24, percent: 20 };
        for (delivered, returned, left) in
            [(0, 0, 25), (100, 0, 25), (125, 25, 0), (1_000, 0, 200), (1_000, 199, 1), (1_000, 300, 0)]
        {
            assert_eq!(rules.left(delivered, returned), left, "{returned} of {delivered}");
        }
        assert_eq!(ReturnRules { hours: 24, percent: 100 }.left(1_000, 0), 1_000);
    }
}
