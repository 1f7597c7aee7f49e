//! The most that may be held for one member or campaign in a day or month (rule C22).

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use uuid::Uuid;

use crate::{
    accounts::{UserId, WorkspaceId, zone_of},
    credits::{CampaignId, CreditError, Credits, HoldFor},
    on,
    server::{
        clock::Instant,
        db::Tx,
        time_zone::{date_of, start_of},
    },
    ui::credits_text,
};

crate::id!(
    /// One cap.
    CapId
);

/// Most caps of one workspace.
pub const CAPS_MAX: i64 = 500;

/// Whom a cap is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum CapSubject {
    Member,
    Campaign,
}

/// How long a cap counts before it begins anew: a day or a month in the time zone of the workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum CapPeriod {
    Day,
    Month,
}

impl CapSubject {
    pub fn word(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Campaign => "campaign",
        }
    }
}

impl CapPeriod {
    pub fn word(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Month => "month",
        }
    }

    /// When the day or month of `at` began in a zone.
    pub fn start(self, at: Instant, zone: &TimeZone) -> Instant {
        let day = date_of(at, zone);
        let first = match self {
            Self::Day => day,
            Self::Month => day.first_of_month(),
        };
        start_of(first, zone)
    }
}

/// One cap as it is set.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Cap {
    pub id: CapId,
    pub subject_kind: CapSubject,
    /// `None`: each one of its kind that has no cap of its own for this period.
    pub subject_id: Option<Uuid>,
    pub period: CapPeriod,
    pub credits: Credits,
    pub set_by: UserId,
    pub set_at: Instant,
}

impl Cap {
    /// What to tell somebody whose request it refuses.
    pub fn refusal(&self, left: Credits) -> String {
        let whom = match self.subject_kind {
            CapSubject::Member => "for one member",
            CapSubject::Campaign => "for one campaign",
        };
        format!(
            "This would exceed the cap of {} a {} {whom}. {} can still be requested under it. Nothing was queued; ask for \
             fewer leads, or ask an owner or admin to change the cap.",
            credits_text(self.credits.get()),
            self.period.word(),
            credits_text(left.get())
        )
    }
}

/// A cap that binds a hold, and what was held under it since its period began and not given back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CapUse {
    pub cap: Cap,
    /// Whom it binds.
    pub subject: Uuid,
    pub used: Credits,
}

impl CapUse {
    fn binds(&self, purpose: HoldFor) -> bool {
        self.subject == subject_of(self.cap.subject_kind, purpose)
    }
}

fn subject_of(kind: CapSubject, purpose: HoldFor) -> Uuid {
    match kind {
        CapSubject::Member => purpose.member.0,
        CapSubject::Campaign => purpose.campaign.0,
    }
}

/// Every cap of a workspace, those for everybody first.
pub async fn caps(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<Vec<Cap>> {
    on!(tx, c => sqlx::query_as(
        "select id, subject_kind, subject_id, period, credits, set_by, set_at from credit_caps
         where workspace_id = $1 order by subject_kind desc, case when subject_id is null then 0 else 1 end, period, id limit $2")
        .bind(workspace).bind(CAPS_MAX).fetch_all(c).await)
}

/// Sets a cap, or changes the one there is for the same subject and period.
pub async fn set_cap(tx: &mut Tx, workspace: WorkspaceId, cap: &Cap) -> sqlx::Result<()> {
    let changed = on!(tx, c => sqlx::query(
        "update credit_caps set credits = $5, set_by = $6, set_at = $7
         where workspace_id = $1 and subject_kind = $2 and period = $3
           and (subject_id = $4 or ($4 is null and subject_id is null))")
        .bind(workspace).bind(cap.subject_kind).bind(cap.period).bind(cap.subject_id).bind(cap.credits).bind(cap.set_by)
        .bind(cap.set_at)
        .execute(c).await.map(|done| done.rows_affected()))?;
    if changed > 0 {
        return Ok(());
    }
    on!(tx, c => sqlx::query(
        "insert into credit_caps (workspace_id, id, subject_kind, subject_id, period, credits, set_by, set_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing")
        .bind(workspace).bind(cap.id).bind(cap.subject_kind).bind(cap.subject_id).bind(cap.period).bind(cap.credits)
        .bind(cap.set_by).bind(cap.set_at)
        .execute(c).await.map(drop))
}

/// Lifts a cap. Returns whether there was one.
pub async fn lift_cap(tx: &mut Tx, workspace: WorkspaceId, cap: CapId) -> sqlx::Result<bool> {
    let gone = on!(tx, c => sqlx::query("delete from credit_caps where workspace_id = $1 and id = $2")
        .bind(workspace).bind(cap).execute(c).await.map(|done| done.rows_affected()))?;
    Ok(gone > 0)
}

/// Which of these workspaces have caps.
pub(crate) async fn capped(tx: &mut Tx, workspaces: &[WorkspaceId]) -> sqlx::Result<Vec<WorkspaceId>> {
    on!(tx, c => sqlx::query_scalar(
        "select unhex(value ->> 0, '-') from json_each($1)
         where exists (select 1 from credit_caps where workspace_id = unhex(value ->> 0, '-'))")
        .bind(Json(workspaces.iter().map(|workspace| [workspace]).collect::<Vec<_>>())).fetch_all(c).await)
}

/// The caps that bind the holds about to be placed, with what is used of each. Call it with the account locked.
pub(crate) async fn in_force(
    tx: &mut Tx,
    workspace: WorkspaceId,
    holds: &[HoldFor],
    at: Instant,
) -> sqlx::Result<Vec<CapUse>> {
    let all = caps(tx, workspace).await?;
    if all.is_empty() {
        return Ok(Vec::new());
    }
    let zone = zone_of(tx, workspace).await?;
    let mut uses: Vec<CapUse> = Vec::new();
    for purpose in holds {
        for cap in &all {
            let subject = subject_of(cap.subject_kind, *purpose);
            let has_own = |other: &Cap| {
                (other.subject_kind, other.period, other.subject_id) == (cap.subject_kind, cap.period, Some(subject))
            };
            let binds = match cap.subject_id {
                Some(id) => id == subject,
                None => !all.iter().any(has_own),
            };
            let known = uses.iter().any(|held| held.cap.id == cap.id && held.subject == subject);
            if binds && !known {
                let used = used(tx, workspace, cap, subject, cap.period.start(at, &zone)).await?;
                uses.push(CapUse { cap: cap.clone(), subject, used });
            }
        }
    }
    Ok(uses)
}

/// What may still be held for `purpose` under the tightest cap that binds it; `None` when none does.
pub async fn left_under_caps(
    tx: &mut Tx,
    workspace: WorkspaceId,
    purpose: HoldFor,
    at: Instant,
) -> sqlx::Result<Option<Credits>> {
    let uses = in_force(tx, workspace, &[purpose], at).await?;
    Ok(uses.iter().map(|held| held.cap.credits.minus(held.used).unwrap_or_default()).min())
}

/// The campaigns that a cap can be about, by name.
pub(crate) async fn campaign_names(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<Vec<(CampaignId, String)>> {
    on!(tx, c => sqlx::query_as(
        "select id, name from campaigns where workspace_id = $1 and state <> 'archived' order by name, id limit 500")
        .bind(workspace).fetch_all(c).await)
}

/// What was held under each cap of one member or campaign in its period and not given back.
pub async fn uses(tx: &mut Tx, workspace: WorkspaceId, at: Instant) -> sqlx::Result<Vec<(CapId, Credits)>> {
    let zone = zone_of(tx, workspace).await?;
    let (day, month) = (CapPeriod::Day.start(at, &zone), CapPeriod::Month.start(at, &zone));
    on!(tx, c => sqlx::query_as(
        "select c.id, cast(coalesce(sum(h.amount - h.released), 0) as bigint)
         from credit_caps c
         left join credit_holds h on h.workspace_id = c.workspace_id
             and h.created_at >= case c.period when 'day' then $2 else $3 end
             and c.subject_id = case c.subject_kind when 'member' then h.member_id else h.campaign_id end
         where c.workspace_id = $1 and c.subject_id is not null group by c.id")
        .bind(workspace).bind(day).bind(month).fetch_all(c).await)
}

/// Whom a cap is about; nothing when there is nobody by that id any more.
pub async fn subject_name(tx: &mut Tx, workspace: WorkspaceId, cap: &Cap) -> sqlx::Result<Option<String>> {
    let sql = match (cap.subject_kind, cap.subject_id) {
        (CapSubject::Member, None) => return Ok(Some("Each member".to_owned())),
        (CapSubject::Campaign, None) => return Ok(Some("Each campaign".to_owned())),
        (CapSubject::Member, _) => "select u.name from users u where u.id = $2 and $1 is not null",
        (CapSubject::Campaign, _) => {
            "select 'Campaign “' || name || '”' from campaigns where workspace_id = $1 and id = $2"
        }
    };
    on!(tx, c => sqlx::query_scalar(sql).bind(workspace).bind(cap.subject_id).fetch_optional(c).await)
}

/// What was held for `subject` since the cap's period began, and not given back.
async fn used(tx: &mut Tx, workspace: WorkspaceId, cap: &Cap, subject: Uuid, start: Instant) -> sqlx::Result<Credits> {
    let (member, campaign) = match cap.subject_kind {
        CapSubject::Member => (Some(UserId(subject)), None),
        CapSubject::Campaign => (None, Some(CampaignId(subject))),
    };
    on!(tx, c => sqlx::query_scalar(
        "select cast(coalesce(sum(amount - released), 0) as bigint) from credit_holds
         where workspace_id = $1 and created_at >= $2 and ($3 is null or member_id = $3) and ($4 is null or campaign_id = $4)")
        .bind(workspace).bind(start).bind(member).bind(campaign).fetch_one(c).await)
}

/// # Errors
/// [`CreditError::CapReached`] with the first cap that `amount` more would exceed.
pub(crate) fn check(caps: &[CapUse], purpose: HoldFor, amount: Credits) -> Result<(), CreditError> {
    for held in caps.iter().filter(|held| held.binds(purpose)) {
        if held.used.plus(amount)? > held.cap.credits {
            let left = held.cap.credits.minus(held.used).unwrap_or_default();
            return Err(CreditError::CapReached { cap: held.cap.clone(), left });
        }
    }
    Ok(())
}

/// Counts a hold that was placed.
pub(crate) fn count(caps: &mut [CapUse], purpose: HoldFor, amount: Credits) {
    for held in caps.iter_mut().filter(|held| held.binds(purpose)) {
        held.used = held.used.plus(amount).unwrap_or(held.used);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_and_a_month_begin_at_midnight_in_the_zone() {
        let zone = |name: &str| crate::server::time_zone::zone(name).unwrap();
        // 22 November 2026, 09:36:30 UTC
        let at = Instant(1_795_340_190_000_000);
        assert_eq!(CapPeriod::Day.start(at, &TimeZone::UTC).rfc3339(), "2026-11-22T00:00:00Z");
        assert_eq!(CapPeriod::Month.start(at, &TimeZone::UTC).rfc3339(), "2026-11-01T00:00:00Z");
        assert_eq!(CapPeriod::Day.start(at, &zone("Europe/Berlin")).rfc3339(), "2026-11-21T23:00:00Z");
        assert_eq!(CapPeriod::Month.start(at, &zone("Europe/Berlin")).rfc3339(), "2026-10-31T23:00:00Z");
        // Still the evening of 31 October in New York, whose clocks stand at summer time.
        let early = Instant(1_793_502_000_000_000);
        assert_eq!(early.rfc3339(), "2026-11-01T03:00:00Z");
        assert_eq!(CapPeriod::Month.start(early, &zone("America/New_York")).rfc3339(), "2026-10-01T04:00:00Z");
    }
}
