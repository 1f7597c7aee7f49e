//! Pausing: effective for every mail that is not being handed over.

use super::{
    change::{enter, give_back_claimed, state, tell},
    event::EventKind,
    refusal::ProgressRefusal,
    why::SendingState,
};
use crate::{
    accounts::Member,
    campaigns::Campaign,
    server::{clock::Instant, db::Tx, error::AppError},
};

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
