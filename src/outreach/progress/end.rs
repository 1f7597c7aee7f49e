//! Ending for good: no more mails, and every lead has an outcome.

use super::{
    change::{enter, state, tell},
    event::EventKind,
    refusal::ProgressRefusal,
    why::SendingState,
};
use crate::{
    accounts::Member,
    campaigns::Campaign,
    outreach::sending::{Stop, stop_open},
    server::{clock::Instant, db::Tx, error::AppError},
};

/// Ends the sending of a campaign for good. A mail that is being handed over cannot be called back; everything else stays
/// unsent. A second click changes nothing.
///
/// # Errors
/// [`AppError::Conflict`] when it never started.
pub async fn end(tx: &mut Tx, member: &Member, campaign: &Campaign, at: Instant) -> Result<(), AppError> {
    let from = [SendingState::Running, SendingState::Paused, SendingState::Finished];
    if !enter(tx, member.workspace, campaign.id, (&from, SendingState::Ended), Some(member.user), at).await? {
        return match state(tx, member.workspace, campaign.id).await? {
            SendingState::Ended => Ok(()),
            _ => Err(ProgressRefusal::NotRunning.into()),
        };
    }
    stop_open(tx, member.workspace, campaign.id, ended_by(member), at).await?;
    Ok(tell(tx, member, campaign, (EventKind::Ended, "Ended sending"), at).await?)
}

/// Ends the sending of a campaign that is put away, whatever its state.
///
/// # Errors
/// The database's.
pub async fn end_with_campaign(tx: &mut Tx, member: &Member, campaign: &Campaign, at: Instant) -> sqlx::Result<()> {
    let from = [SendingState::Draft, SendingState::Running, SendingState::Paused, SendingState::Finished];
    if enter(tx, member.workspace, campaign.id, (&from, SendingState::Ended), Some(member.user), at).await? {
        stop_open(tx, member.workspace, campaign.id, ended_by(member), at).await?;
        tell(tx, member, campaign, (EventKind::Ended, "Ended sending"), at).await?;
    }
    Ok(())
}

fn ended_by(member: &Member) -> Stop<'_> {
    Stop { code: "campaign_ended", actor: Some(member.user) }
}
