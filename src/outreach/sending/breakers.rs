//! Breakers: a campaign whose mails bounce too often and a mailbox that is refused for what it sends are paused, before more harm is
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
    let resumed: Option<Instant> = on!(&mut *tx, c => sqlx::query_scalar(
        "select at from outreach_events where workspace_id = $1 and campaign_id = $2 and kind = 'resumed' order by id desc limit 1")
        .bind(workspace).bind(campaign).fetch_optional(c).await)?;
    let since = resumed.unwrap_or(Instant(0)).max(at.minus(DAY * BOUNCE_DAYS));
    let bounced: i64 = on!(&mut *tx, c => sqlx::query_scalar(
        "select count(*) from sends where workspace_id = $1 and campaign_id = $2 and state = 'failed' and state_since > $3
             and code in ('no_such_address', 'no_such_domain')")
        .bind(workspace).bind(campaign).bind(since).fetch_one(c).await)?;
    // No more are counted than decide.
    let enough = bounced * 100 / BOUNCES_MAX_PERCENT + 1;
    let mails: i64 = on!(&mut *tx, c => sqlx::query_scalar(
        "select (select count(*) from (select 1 from sends where workspace_id = $1 and campaign_id = $2 and sending_at > $3 limit $4) begun)
             + (select count(*) from sends where workspace_id = $1 and campaign_id = $2 and state = 'failed' and state_since > $3
                 and sending_at is null)")
        .bind(workspace).bind(campaign).bind(since).bind(enough.max(MAILS_MIN)).fetch_one(c).await)?;
    if mails < MAILS_MIN || bounced * 100 < mails * BOUNCES_MAX_PERCENT {
        return Ok(false);
    }
    protect(tx, (workspace, campaign), &Protection::Bounces { bounced, mails }, at).await
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
         order by d.state_since desc limit 100")
        .bind(workspace).bind(mailbox).bind(at.minus(DAY)).fetch_all(c).await)?;
    let domains: BTreeSet<&str> =
        refused.iter().filter_map(|email| email.rsplit_once('@')).map(|(_, domain)| domain).collect();
    if domains.len() < DOMAINS_MAX {
        return Ok(false);
    }
    let cause = Cause::new("policy_refusals", json!({ "domains": domains.len(), "words": words }));
    state::pause_by_itself(tx, (workspace, mailbox), &cause, at).await
}
