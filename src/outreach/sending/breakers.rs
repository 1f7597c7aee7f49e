//! Breakers: a campaign whose mails bounce or are reported as spam too often and a mailbox that is refused for what it sends are paused, before more harm is
//! done to the reputation of its domain. Only a member resumes; what happened before that no longer counts.

use std::{collections::BTreeSet, time::Duration};

use serde_json::json;

use crate::{
    accounts::WorkspaceId,
    ids::CampaignId,
    on,
    outreach::{
        ids::MailboxId,
        mailboxes::state::{self, Cause},
        progress::{Protection, protect},
    },
    server::{clock::Instant, db::Tx},
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// The days over which bounces are counted.
const BOUNCE_DAYS: u32 = 7;
/// Fewer mails say nothing.
const MAILS_MIN: i64 = 50;
/// Of a hundred mails, the bounces that are too many.
const BOUNCES_MAX_PERCENT: i64 = 3;
/// Complaints that are too many where they are at least one in a thousand mails.
const COMPLAINTS_MIN: i64 = 2;
/// Of a thousand mails, the complaints that are too many, however few they are.
const COMPLAINTS_MAX_PER_1000: i64 = 3;
/// Domains that refuse a mailbox for what it sends, within a day.
const DOMAINS_MAX: usize = 3;

/// Pauses a campaign of whose mails of the last seven days at least 3 in 100 bounced, when it is known of 50. Returns whether it did.
///
/// # Errors
/// The database's.
pub(super) async fn bounces(
    tx: &mut Tx,
    (workspace, campaign): (WorkspaceId, CampaignId),
    at: Instant,
) -> sqlx::Result<bool> {
    let since = since(tx, (workspace, campaign), at).await?;
    let bounced: i64 = on!(&mut *tx, c => sqlx::query_scalar(
        "select (select count(*) from sends where workspace_id = $1 and campaign_id = $2 and state = 'failed' and state_since > $3
                 and code in ('no_such_address', 'no_such_domain'))
             + (select count(*) from sends where workspace_id = $1 and campaign_id = $2 and bounced_at > $3
                 and bounce_kind in ('no_such_address', 'no_such_domain'))")
        .bind(workspace).bind(campaign).bind(since).fetch_one(c).await)?;
    // No more are counted than decide.
    let enough = bounced * 100 / BOUNCES_MAX_PERCENT + 1;
    let mails = mails_since(tx, (workspace, campaign), since, enough.max(MAILS_MIN)).await?;
    if mails < MAILS_MIN || bounced * 100 < mails * BOUNCES_MAX_PERCENT {
        return Ok(false);
    }
    protect(tx, (workspace, campaign), &Protection::Bounces { bounced, mails }, at).await
}

/// Pauses a campaign whose mails of the last seven days were reported as spam too often: twice and at least once in 1,000, or at least
/// three times in 1,000. Returns whether it did.
///
/// # Errors
/// The database's.
pub(super) async fn complaints(
    tx: &mut Tx,
    (workspace, campaign): (WorkspaceId, CampaignId),
    at: Instant,
) -> sqlx::Result<bool> {
    let since = since(tx, (workspace, campaign), at).await?;
    let complaints: i64 = on!(&mut *tx, c => sqlx::query_scalar(
        "select count(*) from sends where workspace_id = $1 and campaign_id = $2 and complained_at > $3")
        .bind(workspace).bind(campaign).bind(since).fetch_one(c).await)?;
    let mails = mails_since(tx, (workspace, campaign), since, complaints * 1000 + 1).await?.max(1);
    let often = complaints >= COMPLAINTS_MIN && complaints * 1000 >= mails;
    if !often && complaints * 1000 < mails * COMPLAINTS_MAX_PER_1000 {
        return Ok(false);
    }
    protect(tx, (workspace, campaign), &Protection::Complaints { complaints, mails }, at).await
}

/// From when on it is counted: seven days back, or since a member resumed.
async fn since(tx: &mut Tx, (workspace, campaign): (WorkspaceId, CampaignId), at: Instant) -> sqlx::Result<Instant> {
    let resumed: Option<Instant> = on!(tx, c => sqlx::query_scalar(
        "select at from outreach_events where workspace_id = $1 and campaign_id = $2 and kind = 'resumed' order by id desc limit 1")
        .bind(workspace).bind(campaign).fetch_optional(c).await)?;
    Ok(resumed.unwrap_or(Instant(0)).max(at.minus(DAY * BOUNCE_DAYS)))
}

/// The mails of a campaign that were offered to a server since then; of those that it took, no more than `enough`.
async fn mails_since(
    tx: &mut Tx,
    (workspace, campaign): (WorkspaceId, CampaignId),
    since: Instant,
    enough: i64,
) -> sqlx::Result<i64> {
    on!(tx, c => sqlx::query_scalar(
        "select (select count(*) from (select 1 from sends where workspace_id = $1 and campaign_id = $2 and sending_at > $3 limit $4) begun)
             + (select count(*) from sends where workspace_id = $1 and campaign_id = $2 and state = 'failed' and state_since > $3
                 and sending_at is null)")
        .bind(workspace).bind(campaign).bind(since).bind(enough).fetch_one(c).await)
}

/// Pauses a mailbox whose mails at least three domains refused within a day because of who sends or what it sends. Returns whether it
/// did.
///
/// # Errors
/// The database's.
pub(super) async fn refusals(
    tx: &mut Tx,
    (workspace, mailbox): (WorkspaceId, MailboxId),
    words: &str,
    at: Instant,
) -> sqlx::Result<bool> {
    let refused: Vec<String> = on!(&mut *tx, c => sqlx::query_scalar(
        "select l.email from sends d
         join mailboxes m on m.workspace_id = d.workspace_id and m.id = d.mailbox_id
         join leads l on l.workspace_id = d.workspace_id and l.id = d.lead_id
         where d.workspace_id = $1 and d.mailbox_id = $2 and d.code = 'policy' and d.state_since > $3 and d.state_since >= m.state_since
         union all
         select l.email from sends d
         join mailboxes m on m.workspace_id = d.workspace_id and m.id = d.mailbox_id
         join leads l on l.workspace_id = d.workspace_id and l.id = d.lead_id
         where d.workspace_id = $1 and d.mailbox_id = $2 and d.bounce_kind = 'policy' and d.bounced_at > $3 and d.bounced_at >= m.state_since
         limit 100")
        .bind(workspace).bind(mailbox).bind(at.minus(DAY)).fetch_all(c).await)?;
    let domains: BTreeSet<&str> =
        refused.iter().filter_map(|email| email.rsplit_once('@')).map(|(_, domain)| domain).collect();
    if domains.len() < DOMAINS_MAX {
        return Ok(false);
    }
    let cause = Cause::new("policy_refusals", json!({ "domains": domains.len(), "words": words }));
    state::pause_by_itself(tx, (workspace, mailbox), &cause, at).await
}
