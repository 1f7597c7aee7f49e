//! What a refusal says of the address.

use super::{
    refused::{Before, DAY, Refused},
    verdict::{Address, Class},
};
use crate::{
    campaigns::{self, ids::LeadId},
    email::Email,
    on,
    outreach::unsubscribe::suppress,
    server::{clock::Instant, db::Tx, error::AppError},
    suppression::{Cause, Reason, Subject, SuppressionKeys},
};

/// What is learned of the address: it is suppressed where the server says for certain that it takes no mail, or refuses it without a
/// reason on two days. A first mail brings the lead's credit back then (rule C15). Returns how many credits came back.
///
/// # Errors
/// The database's.
pub(super) async fn blame_address(
    tx: &mut Tx,
    keys: &SuppressionKeys,
    one: &Refused,
    before: &Before,
    lead: LeadId,
    at: Instant,
) -> anyhow::Result<i64> {
    let is_certain = match one.verdict.effects.address {
        Address::Untouched => return Ok(0),
        Address::Bad => true,
        Address::BadIfDomainIsGone => one.domain_is_gone,
        Address::Unclear => false,
    };
    if !is_certain && !was_refused_before(tx, one, before, at).await? {
        return Ok(0);
    }
    let back = if is_certain && before.opener {
        let status = if one.verdict.class == Class::NoSuchDomain { "5.1.2" } else { "5.1.1" };
        match campaigns::bounced(tx, keys, before.workspace_id, lead, status, at).await {
            Ok(back) => back.get(),
            // The person's data was erased meanwhile.
            Err(AppError::NotFound) => 0,
            Err(error) => return Err(error.into()),
        }
    } else {
        0
    };
    if let Some(Ok(email)) = before.email.as_ref().map(|email| email.parse::<Email>()) {
        let cause = Cause { note: one.answer(), mail: Some(one.send.0), ..Cause::of(Reason::Bounced) };
        suppress(tx, before.workspace_id, &[Subject::address(keys, &email)], &cause, at).await?;
    }
    Ok(back)
}

/// Whether a mail to this person was refused without a reason on an earlier day.
async fn was_refused_before(tx: &mut Tx, one: &Refused, before: &Before, at: Instant) -> sqlx::Result<bool> {
    on!(tx, c => sqlx::query_scalar(
        "select exists (select 1 from sends where workspace_id = $1 and recipient_key = $2 and id <> $3 and state = 'failed'
             and code in ('refused_unclear', 'no_such_domain') and state_since <= $4)")
        .bind(before.workspace_id).bind(before.recipient_key).bind(one.send).bind(at.minus(DAY)).fetch_one(c).await)
}
