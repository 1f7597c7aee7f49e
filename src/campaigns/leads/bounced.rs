//! The first mail to a lead bounced because of its address: one credit comes back by itself (rule C15).

use std::time::Duration;

use super::lead::{lead, mark_paid_back};
use crate::{
    accounts::WorkspaceId,
    campaigns::ids::LeadId,
    credits::{self, Actor, Credits},
    email::Email,
    server::{clock::Instant, db::Tx, error::AppError},
    suppression::{self, Cause, Reason, Subject, SuppressionKeys},
};

/// How long after delivery a bounce is paid back.
const WINDOW: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Takes the bounce of the first mail to `lead`, with its enhanced status code (RFC 3463). A permanent fault of the
/// address (5.1.x, or 5.2.1: the mailbox takes no mail) puts the address on the suppression list and, within 30 days of
/// delivery, pays the lead back, once; one that cost nothing brings nothing back. Anything else (policy 5.7.x, temporary 4.x, rubbish) changes nothing. Returns
/// what came back.
///
/// # Errors
/// [`AppError::NotFound`] for a lead of another workspace.
pub async fn bounced(
    tx: &mut Tx,
    keys: &SuppressionKeys,
    workspace: WorkspaceId,
    id: LeadId,
    status: &str,
    at: Instant,
) -> Result<Credits, AppError> {
    credits::lock(tx, workspace).await?;
    let trail = lead(tx, workspace, id).await?;
    if !is_fault_of_address(status) {
        return Ok(Credits::ZERO);
    }
    if let Ok(email) = trail.lead.email.known().parse::<Email>() {
        let cause = Cause { note: status.trim().to_owned(), ..Cause::of(Reason::Bounced) };
        suppression::suppress(tx, workspace, &Subject::address(keys, &email), &cause, at).await?;
    }
    let is_paid_for = trail.charge_seq.is_some() && trail.refunded_at.is_none();
    if !is_paid_for || at > trail.lead.delivered_at.plus(WINDOW) {
        return Ok(Credits::ZERO);
    }
    let reason = "The first mail bounced: the address does not exist";
    let refund = mark_paid_back(tx, workspace, &trail, "bounced", reason, Actor::System, at).await?;
    Ok(credits::refund(tx, workspace, &refund, at).await?)
}

/// Whether an enhanced status code blames the address for good.
fn is_fault_of_address(status: &str) -> bool {
    let parts: Option<Vec<u16>> = status.trim().split('.').map(|part| part.parse().ok()).collect();
    match parts.as_deref() {
        Some([5, 1, _]) => true,
        Some([class, subject, detail]) => (*class, *subject, *detail) == (5, 2, 1),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_permanent_fault_of_the_address_counts() {
        for status in ["5.1.1", "5.1.10", "5.1.0", " 5.2.1 "] {
            assert!(is_fault_of_address(status), "{status}");
        }
        for status in ["5.7.1", "4.1.1", "4.2.1", "5.2.2", "5.0.0", "5.1", "5.1.x", "", "550", "5.1.1.1"] {
            assert!(!is_fault_of_address(status), "{status}");
        }
    }
}
