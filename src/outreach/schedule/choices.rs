//! The mailboxes that a campaign can send from, with what each can do today.

use sqlx::FromRow;

use super::{
    facts::{Counter, used},
    rules::Pace,
    stored_pace::{FIRST_DAY, StoredPace},
    types::{ChosenState, Schedule},
};
use crate::{
    accounts::WorkspaceId,
    ids::CampaignId,
    on,
    outreach::{ids::MailboxId, mailboxes::mailbox::MailboxState},
    server::{clock::Instant, db::Tx, hexadecimal::hexadecimal},
};

/// A mailbox to choose.
#[derive(Debug, Clone)]
pub struct MailboxChoice {
    pub id: MailboxId,
    pub address: String,
    pub state: MailboxState,
    pub pace: Pace,
    pub used_today: i64,
    /// Other campaigns that run and send from it.
    pub other_campaigns: i64,
}

impl MailboxChoice {
    /// Mails that it may still send today.
    pub fn left_today(&self) -> i64 {
        (self.pace.cap() - self.used_today).max(0)
    }

    /// Whether it can begin conversations for a campaign with this schedule.
    pub fn is_on(&self, schedule: &Schedule) -> bool {
        let chosen = schedule.mailboxes.iter().any(|one| one.id == self.id && one.state == ChosenState::On);
        chosen && self.state == MailboxState::Active
    }
}

#[derive(Debug, FromRow)]
struct Row {
    id: MailboxId,
    address: String,
    state: MailboxState,
    #[sqlx(flatten)]
    pace: StoredPace,
    other_campaigns: i64,
}

/// The mailboxes of a workspace that are not removed, by address.
///
/// # Errors
/// The database's.
pub async fn choices(
    tx: &mut Tx,
    workspace: WorkspaceId,
    campaign: CampaignId,
    at: Instant,
) -> sqlx::Result<Vec<MailboxChoice>> {
    let sql = format!(
        "select m.id, m.address, m.time_zone, m.state, m.daily_cap, m.gap_min_s, m.gap_max_s, m.spread,
             m.ramp_start, m.ramp_step, m.ramp_days, m.ramp_day, {FIRST_DAY},
             (select count(*) from campaign_mailboxes o join campaign_sending s on s.workspace_id = o.workspace_id
                  and s.campaign_id = o.campaign_id
              where o.workspace_id = m.workspace_id and o.mailbox_id = m.id and o.campaign_id <> $2 and o.state = 'on'
                and s.state = 'running') as other_campaigns
         from mailboxes m where m.workspace_id = $1 and m.state <> 'removed' order by m.address, m.id"
    );
    let rows: Vec<Row> = on!(&mut *tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(workspace).bind(campaign).fetch_all(c).await)?;
    let counters = rows.iter().map(|row| {
        let subject = hexadecimal(row.id.0.as_bytes());
        Counter { scope: "mailbox", subject, day: row.pace.today(at) }
    });
    let used = used(tx, workspace, counters.collect()).await?;
    let choice = |row: Row| {
        let own = used.iter().find(|(_, subject, _)| subject.as_slice() == row.id.0.as_bytes());
        MailboxChoice {
            id: row.id,
            pace: row.pace.on(row.pace.today(at)),
            state: row.state,
            used_today: own.map_or(0, |(_, _, used)| *used),
            other_campaigns: row.other_campaigns,
            address: row.address,
        }
    };
    Ok(rows.into_iter().map(choice).collect())
}
