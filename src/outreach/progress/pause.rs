//! Pausing: effective for every mail that is not being handed over.

use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use super::{
    change::{enter, give_back_claimed, state, tell},
    event::{self, Event, EventKind},
    news,
    note::note,
    refusal::ProgressRefusal,
    why::SendingState,
};
use crate::{
    accounts::{
        Member, WorkspaceId,
        notifications::{self, News},
    },
    campaigns::Campaign,
    ids::CampaignId,
    on,
    server::{clock::Instant, db::Tx, error::AppError},
};

/// What a campaign is paused for without a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Protection {
    /// Too many of its mails bounced.
    #[serde(rename = "bounce_protection")]
    Bounces { bounced: i64, mails: i64 },
    /// Too many of its mails were reported as spam.
    #[serde(rename = "complaint_protection")]
    Complaints { complaints: i64, mails: i64 },
}

impl Protection {
    fn code(&self) -> &'static str {
        match self {
            Self::Bounces { .. } => "bounce_protection",
            Self::Complaints { .. } => "complaint_protection",
        }
    }

    fn sentence(&self) -> String {
        match self {
            Self::Bounces { bounced, mails } => format!("{bounced} of its last {mails} mails bounced."),
            Self::Complaints { complaints, mails } => {
                format!("{complaints} of its last {mails} mails were reported as spam.")
            }
        }
    }
}

/// Pauses the sending of a campaign to protect its domain, until a member resumes it. Returns whether it was running.
///
/// # Errors
/// The database's.
pub async fn protect(
    tx: &mut Tx,
    (workspace, campaign): (WorkspaceId, CampaignId),
    protection: &Protection,
    at: Instant,
) -> sqlx::Result<bool> {
    let change = (&[SendingState::Running][..], SendingState::Paused);
    if !enter(tx, workspace, campaign, change, None, at).await? {
        return Ok(false);
    }
    let params = serde_json::to_value(protection).map_err(|error| sqlx::Error::Encode(error.into()))?;
    on!(&mut *tx, c => sqlx::query(
        "update campaign_sending set code = $3, params = $4 where workspace_id = $1 and campaign_id = $2")
        .bind(workspace).bind(campaign).bind(protection.code()).bind(Json(&params)).execute(c).await.map(drop))?;
    give_back_claimed(tx, workspace, campaign, at).await?;
    event::record(tx, workspace, &[Event::of(EventKind::Paused, campaign).with(params)], at).await?;
    note(tx, workspace, campaign, at).await?;
    tell_paused(tx, workspace, campaign, protection, at).await?;
    Ok(true)
}

async fn tell_paused(
    tx: &mut Tx,
    workspace: WorkspaceId,
    campaign: CampaignId,
    protection: &Protection,
    at: Instant,
) -> sqlx::Result<()> {
    let name = news::name_of(tx, workspace, campaign).await?;
    let link = format!("/campaigns/{campaign}");
    let told = News {
        event: notifications::Event::CampaignPaused,
        key: news::paused(campaign),
        title: format!("“{name}” is paused to protect its domain"),
        text: format!("{} Nothing more leaves until a member resumes the campaign.", protection.sentence()),
        link: &link,
    };
    notifications::tell(tx, workspace, &told, at).await
}

/// Pauses the sending of a campaign. Due dates keep running. A second click changes nothing.
///
/// # Errors
/// [`AppError::Conflict`] when it does not send.
pub async fn pause(tx: &mut Tx, member: &Member, campaign: &Campaign, at: Instant) -> Result<(), AppError> {
    let change = (&[SendingState::Running][..], SendingState::Paused);
    if !enter(tx, member.workspace, campaign.id, change, Some(member.user), at).await? {
        return match state(tx, member.workspace, campaign.id).await? {
            SendingState::Paused => Ok(()),
            _ => Err(ProgressRefusal::NotRunning.into()),
        };
    }
    give_back_claimed(tx, member.workspace, campaign.id, at).await?;
    Ok(tell(tx, member, campaign, (EventKind::Paused, "Paused sending"), at).await?)
}
