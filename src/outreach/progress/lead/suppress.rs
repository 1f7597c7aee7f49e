//! Suppressing the person of a lead: nothing more is sent to them, in any campaign.

use crate::{
    accounts::Member,
    campaigns::{ids::LeadId, leads::lead},
    email::Email,
    outreach::{
        progress::event::{self, Event, EventKind},
        unsubscribe,
    },
    server::{app::App, clock::Instant, db::Tx, error::AppError, inconsistency::Inconsistency},
    suppression::{Cause, Reason, Subject, SuppressionKeys, masked},
};

/// Puts the address of a lead on the workspace's list, and stops every sequence of the person in the same transaction.
///
/// # Errors
/// [`AppError::NotFound`] for a lead of another workspace.
pub async fn suppress_lead(
    app: &App,
    tx: &mut Tx,
    member: &Member,
    lead_id: LeadId,
    at: Instant,
) -> Result<(), AppError> {
    let workspace = member.workspace;
    let trail = lead::lead(tx, workspace, lead_id).await?;
    let address: Email = trail.lead.email.known().parse().map_err(|_| Inconsistency::new("leads", "email", lead_id))?;
    let mut subject = Subject::address(app.of::<SuppressionKeys>(), &address);
    if !trail.lead.is_revealed() {
        // The list shows whole addresses; this one is still hidden.
        subject.shown = masked(&subject.shown);
    }
    let cause = Cause { by: Some(member.user), ..Cause::of(Reason::Person) };
    unsubscribe::suppress(tx, workspace, &[subject], &cause, at).await?;
    let event = Event::of(EventKind::Suppressed, trail.campaign_id).about(lead_id).by(member.user);
    Ok(event::record(tx, workspace, &[event], at).await?)
}
