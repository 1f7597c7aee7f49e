//! Starting to send.

use super::{
    change::{enter, state, tell},
    checklist::{self, Rules},
    event::EventKind,
    refusal::ProgressRefusal,
    why::SendingState,
};
use crate::{
    accounts::Member,
    campaigns::{Campaign, campaign},
    outreach::schedule::{open_windows, wake},
    server::{clock::Instant, db::Tx, error::AppError},
};

/// Starts the sending of a campaign: its windows open, its mailboxes look for what to send, and its leads enter the sequence
/// with the next turn of the scheduler. A second click changes nothing.
///
/// # Errors
/// [`AppError::Conflict`] when the checklist says stop, or when the sending has ended.
pub async fn start(
    tx: &mut Tx,
    member: &Member,
    campaign: &Campaign,
    rules: Rules<'_>,
    at: Instant,
) -> Result<(), AppError> {
    let workspace = member.workspace;
    match state(tx, workspace, campaign.id).await? {
        SendingState::Draft | SendingState::Finished => {}
        SendingState::Running => return Ok(()),
        SendingState::Paused => return super::resume::resume(tx, member, campaign, at).await,
        SendingState::Ended => return Err(ProgressRefusal::Ended.into()),
    }
    let checklist = checklist::read(tx, workspace, campaign, rules, at).await?;
    if checklist.stops() > 0 {
        return Err(ProgressRefusal::NotReady.into());
    }
    let from = (&[SendingState::Draft, SendingState::Finished][..], SendingState::Running);
    if !enter(tx, workspace, campaign.id, from, Some(member.user), at).await? {
        return Ok(());
    }
    campaign::activate(tx, workspace, campaign.id, at).await?;
    let looks = open_windows(tx, workspace, campaign.id, at).await?;
    wake(tx, workspace, &looks).await?;
    Ok(tell(tx, member, campaign, (EventKind::Started, "Started sending"), at).await?)
}
