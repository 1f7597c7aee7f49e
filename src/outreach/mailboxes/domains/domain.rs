//! A sending domain: its state over time, and its row.

use std::time::Duration;

use sqlx::{FromRow, types::Json};

use crate::{
    accounts::WorkspaceId,
    mail::domain::Report,
    on,
    server::{clock::Instant, db::Tx, queue::Lease},
};

/// A domain that fails for this long, and was found failing by three looks, begins no new conversations.
pub const HELD_AFTER: Duration = Duration::from_secs(72 * 60 * 60);
const LOOKS_MIN: i64 = 3;
/// A look that a member asks for comes at the earliest so long after the last one.
pub const AGAIN_AFTER: Duration = Duration::from_secs(60);
/// Domains that the job finds at once.
const FOUND_MAX: i64 = 200;

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum DomainState {
    Passing,
    Failing,
    /// Not looked at yet, or no name server could say.
    Unknown,
}

/// The state of a domain over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRow)]
pub struct Standing {
    pub state: DomainState,
    pub failing_since: Option<Instant>,
    pub failed_looks: i64,
    /// Whether new conversations wait.
    pub holds: bool,
}

impl Standing {
    /// Its state after another look. One without an answer ends nothing and confirms nothing, and holds nothing back.
    pub fn after(self, report: &Report, at: Instant) -> Self {
        if report.is_failing() {
            let since = self.failing_since.unwrap_or(at);
            let looks = if self.failing_since.is_some() { self.failed_looks + 1 } else { 1 };
            let holds = looks >= LOOKS_MIN && at >= since.plus(HELD_AFTER);
            return Self { state: DomainState::Failing, failing_since: Some(since), failed_looks: looks, holds };
        }
        if report.is_unknown() {
            return Self { state: DomainState::Unknown, holds: false, ..self };
        }
        Self { state: DomainState::Passing, failing_since: None, failed_looks: 0, holds: false }
    }

    /// When to look again.
    pub fn next_look(self, at: Instant) -> Instant {
        let hours = match self.state {
            DomainState::Passing => 24,
            DomainState::Failing => 12,
            DomainState::Unknown => 1,
        };
        at.plus(Duration::from_secs(hours * 60 * 60))
    }
}

/// A domain as its page shows it.
#[derive(Debug, Clone, FromRow)]
pub struct SendingDomain {
    pub domain: String,
    #[sqlx(flatten)]
    pub standing: Standing,
    pub report: Option<Json<Report>>,
    pub checked_at: Option<Instant>,
    /// Whether a look is due.
    pub is_due: bool,
    /// Mailboxes that send from it.
    pub mailboxes: i64,
}

/// A claimed row.
#[derive(Debug, Clone, FromRow)]
pub struct Claimed {
    #[sqlx(rename = "workspace_id")]
    pub workspace: WorkspaceId,
    pub domain: String,
    #[sqlx(flatten)]
    pub standing: Standing,
    #[sqlx(flatten)]
    pub lease: Lease,
}

pub const CLAIMED: &str =
    "workspace_id, domain, state, failing_since, failed_looks, holds, lease_until, fence, attempt";

/// The domains of the workspace's mailboxes, by name. A new one is there before it was looked at.
///
/// # Errors
/// The database's.
pub async fn domains(tx: &mut Tx, workspace: WorkspaceId, at: Instant) -> sqlx::Result<Vec<SendingDomain>> {
    on!(tx, c => sqlx::query_as(
        "select m.domain, coalesce(d.state, 'unknown') as state, d.failing_since, coalesce(d.failed_looks, 0) as failed_looks,
             coalesce(d.holds, false) as holds, d.report, d.checked_at, coalesce(d.run_at <= $2, true) as is_due, m.mailboxes
         from (select workspace_id, domain, count(*) as mailboxes from mailboxes
               where workspace_id = $1 and state <> 'removed' and kind <> 'outbox' group by workspace_id, domain) m
         left join sending_domains d on d.workspace_id = m.workspace_id and d.domain = m.domain
         order by m.domain")
        .bind(workspace).bind(at).fetch_all(c).await)
}

/// The condition that the domain of a mailbox holds new conversations back, for statements that name it.
pub fn domain_holds(workspace: &str, mailbox: &str) -> String {
    format!(
        "exists (select 1 from mailboxes hm join sending_domains hd on hd.workspace_id = hm.workspace_id and hd.domain = hm.domain
             where hm.workspace_id = {workspace} and hm.id = {mailbox} and hd.holds)"
    )
}

/// Adds rows for domains of new mailboxes.
///
/// # Errors
/// The database's.
pub async fn find_new(tx: &mut Tx, at: Instant) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "insert into sending_domains (workspace_id, domain, run_at)
         select distinct m.workspace_id, m.domain, cast($1 as bigint) from mailboxes m
         where m.kind <> 'outbox' and m.state <> 'removed' and not exists (
             select 1 from sending_domains d where d.workspace_id = m.workspace_id and d.domain = m.domain)
         limit $2 on conflict (workspace_id, domain) do nothing")
        .bind(at).bind(FOUND_MAX).execute(c).await.map(drop))
}

/// Asks for a look now. False when one is due already, or the last was a moment ago.
///
/// # Errors
/// The database's.
pub async fn look_again(tx: &mut Tx, workspace: WorkspaceId, domain: &str, at: Instant) -> sqlx::Result<bool> {
    let asked = on!(tx, c => sqlx::query(
        "update sending_domains set run_at = $3
         where workspace_id = $1 and domain = $2 and (run_at is null or run_at > $3) and (checked_at is null or checked_at <= $4)")
        .bind(workspace).bind(domain).bind(at).bind(at.minus(AGAIN_AFTER)).execute(c).await.map(|done| done.rows_affected()))?;
    Ok(asked > 0)
}

/// Writes what a look found. False when another worker has the row.
///
/// # Errors
/// The database's.
pub async fn note(tx: &mut Tx, claimed: &Claimed, report: &Report, at: Instant) -> sqlx::Result<bool> {
    let standing = claimed.standing.after(report, at);
    let done = on!(tx, c => sqlx::query(
        "update sending_domains set state = $4, failing_since = $5, failed_looks = $6, holds = $7, report = $8, checked_at = $9,
             run_at = $10, lease_until = null, attempt = 0
         where workspace_id = $1 and domain = $2 and fence = $3")
        .bind(claimed.workspace).bind(&claimed.domain).bind(claimed.lease.fence).bind(standing.state).bind(standing.failing_since)
        .bind(standing.failed_looks).bind(standing.holds).bind(Json(report)).bind(at).bind(standing.next_look(at))
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(done > 0)
}

/// Removes a domain from which no mailbox sends any more.
///
/// # Errors
/// The database's.
pub async fn forget(tx: &mut Tx, claimed: &Claimed) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query("delete from sending_domains where workspace_id = $1 and domain = $2 and fence = $3")
        .bind(claimed.workspace).bind(&claimed.domain).bind(claimed.lease.fence).execute(c).await.map(drop))
}
