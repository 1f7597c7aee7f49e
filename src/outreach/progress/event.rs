//! What happened: the activity of a campaign and the timeline of a lead.

use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use crate::{
    accounts::{UserId, WorkspaceId},
    campaigns::{ids::LeadId, leads::outcomes_changed},
    ids::CampaignId,
    on,
    outreach::ids::{MailboxId, SendId},
    server::{batches::batches, clock::Instant, db::Tx},
};

crate::id!(
    /// One event; later ones sort after earlier ones.
    EventId
);

/// What can happen to the sending of a campaign or to a lead in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum EventKind {
    /// The campaign started to send.
    Started,
    /// By a member, or to protect its domain. Params then: `code`, and its numbers.
    Paused,
    Resumed,
    /// Every lead has an outcome, and no request can bring more.
    Finished,
    /// A member ended the sending, or its last day is over.
    Ended,
    /// Leads entered the sequence. Params: `leads`.
    Enrolled,
    /// A mail left. Params: `step` (its position), `variant` (its letter).
    Sent,
    /// The lead waits. Params: `code`, and what the code needs.
    Held,
    /// The lead no longer waits. Params: `code`, if a member decided about a mail.
    Continued,
    /// The sequence of the lead ended early. Params: `code`.
    Stopped,
    /// A step was left out. Params: `step`, `code` (`had_it`, `by_person`).
    Skipped,
    /// A mail could not be delivered. Params: `step`, `code`, `words` (the server's), `credits` (that came back).
    Failed,
    /// A server put a mail off. Params: `step`, `code`, `words`, `until` (when it is tried again).
    Deferred,
    /// The outcome of a mail is not known. Params: `step`, `words`.
    Unknown,
    /// The person answered. Params: `mail`, `thread`, `label` (what the rules suggest).
    Answered,
    /// An automatic answer came, or one that says nothing. Params: `mail`, `thread`, `kind`.
    Automatic,
    /// A mail came back. Params: `step`, `code`, `words` (the server's), `credits` (that came back).
    Bounced,
    /// A server on the way has not delivered a mail yet. Params: `step`, `words`.
    Delayed,
    /// The person reported a mail as spam. Params: `step`.
    Complained,
    /// A member called the conversation something else. Params: `label`, `thread`.
    Labelled,
    /// The person asked for no more mails.
    Unsubscribed,
    /// The texts or the order of the steps changed. Params: `step`.
    Edited,
    /// The schedule, its limits or its mailboxes changed.
    Rescheduled,
    /// The address or its domain must not be written to.
    Suppressed,
}

impl EventKind {
    /// Every kind, in the order of the filter.
    pub const ALL: [Self; 24] = [
        Self::Sent,
        Self::Answered,
        Self::Automatic,
        Self::Bounced,
        Self::Complained,
        Self::Delayed,
        Self::Labelled,
        Self::Failed,
        Self::Deferred,
        Self::Unknown,
        Self::Held,
        Self::Continued,
        Self::Skipped,
        Self::Stopped,
        Self::Unsubscribed,
        Self::Suppressed,
        Self::Enrolled,
        Self::Edited,
        Self::Rescheduled,
        Self::Started,
        Self::Paused,
        Self::Resumed,
        Self::Finished,
        Self::Ended,
    ];

    /// The word in addresses and in the database.
    pub fn word(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Paused => "paused",
            Self::Resumed => "resumed",
            Self::Finished => "finished",
            Self::Ended => "ended",
            Self::Enrolled => "enrolled",
            Self::Sent => "sent",
            Self::Held => "held",
            Self::Continued => "continued",
            Self::Stopped => "stopped",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
            Self::Deferred => "deferred",
            Self::Unknown => "unknown",
            Self::Answered => "answered",
            Self::Automatic => "automatic",
            Self::Bounced => "bounced",
            Self::Delayed => "delayed",
            Self::Complained => "complained",
            Self::Labelled => "labelled",
            Self::Unsubscribed => "unsubscribed",
            Self::Edited => "edited",
            Self::Rescheduled => "rescheduled",
            Self::Suppressed => "suppressed",
        }
    }

    /// Whether it may change what the lead counts for where sources are compared.
    fn counts(self) -> bool {
        match self {
            Self::Sent
            | Self::Answered
            | Self::Bounced
            | Self::Complained
            | Self::Labelled
            | Self::Continued
            | Self::Stopped
            | Self::Skipped
            | Self::Failed
            | Self::Unsubscribed => true,
            Self::Started
            | Self::Paused
            | Self::Resumed
            | Self::Finished
            | Self::Ended
            | Self::Enrolled
            | Self::Held
            | Self::Deferred
            | Self::Unknown
            | Self::Automatic
            | Self::Delayed
            | Self::Edited
            | Self::Rescheduled
            | Self::Suppressed => false,
        }
    }

    /// The kind of a [word](Self::word).
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// One event before it is written.
#[derive(Debug, Clone)]
pub struct Event {
    pub kind: EventKind,
    pub campaign: Option<CampaignId>,
    pub lead: Option<LeadId>,
    pub mailbox: Option<MailboxId>,
    pub send: Option<SendId>,
    /// The member who did it; `None`: Fairlead.
    pub actor: Option<UserId>,
    /// An object with what the kind needs.
    pub params: serde_json::Value,
}

impl Event {
    /// An event of a campaign without further facts.
    pub fn of(kind: EventKind, campaign: CampaignId) -> Self {
        Self {
            kind,
            campaign: Some(campaign),
            lead: None,
            mailbox: None,
            send: None,
            actor: None,
            params: serde_json::json!({}),
        }
    }

    /// The same about one lead.
    pub fn about(self, lead: LeadId) -> Self {
        Self { lead: Some(lead), ..self }
    }

    /// The same, done by a member.
    pub fn by(self, actor: UserId) -> Self {
        Self { actor: Some(actor), ..self }
    }

    /// The same with its facts.
    pub fn with(self, params: serde_json::Value) -> Self {
        Self { params, ..self }
    }
}

/// A row as it travels to the database.
type Row<'e> = (
    WorkspaceId,
    EventId,
    EventKind,
    Option<CampaignId>,
    Option<LeadId>,
    Option<MailboxId>,
    Option<SendId>,
    Option<UserId>,
    &'e serde_json::Value,
);

/// Writes events of one moment, in their order, in the transaction of what they record. One statement for up to a hundred
/// or so.
///
/// # Errors
/// The database's.
pub async fn record(tx: &mut Tx, workspace: WorkspaceId, events: &[Event], at: Instant) -> sqlx::Result<()> {
    write(tx, events.iter().map(|event| row(workspace, event)), at).await
}

/// The same for several workspaces.
///
/// # Errors
/// The database's.
pub async fn record_all(tx: &mut Tx, events: &[(WorkspaceId, Event)], at: Instant) -> sqlx::Result<()> {
    write(tx, events.iter().map(|(workspace, event)| row(*workspace, event)), at).await
}

fn row(workspace: WorkspaceId, event: &Event) -> Row<'_> {
    let Event { kind, campaign, lead, mailbox, send, actor, params } = event;
    (workspace, EventId::new(), *kind, *campaign, *lead, *mailbox, *send, *actor, params)
}

async fn write<'e>(tx: &mut Tx, rows: impl Iterator<Item = Row<'e>> + Clone, at: Instant) -> sqlx::Result<()> {
    let counted = rows.clone().filter(|row| row.2.counts());
    outcomes_changed(tx, counted.filter_map(|row| Some((row.0, row.3?, row.4?)))).await?;
    for rows in batches(rows)? {
        on!(&mut *tx, c => sqlx::query(
            "with rows as materialized (select value from json_each($2))
             insert into outreach_events (workspace_id, id, at, kind, campaign_id, lead_id, mailbox_id, send_id, actor, params)
             select unhex(value ->> 0, '-'), unhex(value ->> 1, '-'), $1, value ->> 2, unhex(value ->> 3, '-'),
                 unhex(value ->> 4, '-'), unhex(value ->> 5, '-'), unhex(value ->> 6, '-'), unhex(value ->> 7, '-'), value -> 8
             from rows where true")
            .bind(at).bind(Json(rows)).execute(c).await.map(drop))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_of_a_kind_is_the_one_in_the_database() {
        for kind in EventKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.word());
            assert_eq!(EventKind::of_word(kind.word()), Some(kind));
        }
        assert_eq!(EventKind::of_word("opened"), None);
    }
}
