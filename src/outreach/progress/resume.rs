//! Resuming after a pause.

use super::{
    change::{enter, state, tell},
    event::EventKind,
    refusal::ProgressRefusal,
    why::SendingState,
};
use crate::{
    accounts::Member,
    campaigns::Campaign,
    outreach::schedule::{open_windows, wake},
    server::{clock::Instant, db::Tx, error::AppError},
};

/// Resumes the sending of a campaign: what became due meanwhile leaves in its order, at the normal pace. A second click
/// changes nothing.
///
/// # Errors
/// [`AppError::Conflict`] when it is not paused.
pub async fn resume(tx: &mut Tx, member: &Member, campaign: &Campaign, at: Instant) -> Result<(), AppError> {
    let change = (&[SendingState::Paused][..], SendingState::Running);
    if !enter(tx, member.workspace, campaign.id, change, Some(member.user), at).await? {
        return match state(tx, member.workspace, campaign.id).await? {
            SendingState::Running => Ok(()),
            _ => Err(ProgressRefusal::NotPaused.into()),
        };
    }
    let looks = open_windows(tx, member.workspace, campaign.id, at).await?;
    wake(tx, member.workspace, &looks).await?;
    Ok(tell(tx, member, campaign, (EventKind::Resumed, "Resumed sending"), at).await?)
}
