//! Asking for a test: one at a time, a few an hour, because each signs in and sends a mail.

use std::time::Duration;

use super::store::{self, TestId, TestState};
use crate::{
    accounts::{Member, audit},
    outreach::mailboxes::mailbox::Mailbox,
    server::{clock::Instant, db::Tx, error::AppError},
};

/// Tests of a mailbox in an hour.
const HOURLY_MAX: usize = 6;
const HOUR: Duration = Duration::from_secs(60 * 60);

/// Asks for a test of a mailbox, and returns it; one that is open already, if there is one.
///
/// # Errors
/// [`AppError::NotFound`] for a built-in outbox, which has nothing to test; [`AppError::TooMany`] with when the next may be asked for.
pub async fn ask(tx: &mut Tx, member: &Member, mailbox: &Mailbox, at: Instant) -> Result<TestId, AppError> {
    if mailbox.account().is_none() {
        return Err(AppError::NotFound);
    }
    let key = (member.workspace, mailbox.id);
    let earlier = store::of_mailbox(tx, key).await?;
    if let Some(open) = earlier.iter().find(|test| test.state != TestState::Finished) {
        return Ok(open.id);
    }
    let free_at = earlier.get(HOURLY_MAX - 1).map(|test| test.created_at.plus(HOUR)).filter(|free_at| *free_at > at);
    if let Some(free_at) = free_at {
        let micros = free_at.micros().saturating_sub(at.micros()).max(0).unsigned_abs();
        return Err(AppError::TooMany { retry_after_seconds: Duration::from_micros(micros).as_secs() + 1 });
    }
    // Another member may have asked in the same moment.
    let Some(test) = store::add(tx, key, member.user, at).await? else { return Err(AppError::Busy) };
    audit::record(tx, member.workspace, audit::Actor::User(member.user), "Tested a mailbox", &mailbox.address, "", at)
        .await?;
    Ok(test)
}
