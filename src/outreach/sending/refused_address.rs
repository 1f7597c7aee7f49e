//! What a refusal or a report says of the address.

use super::{
    refused::DAY,
    verdict::{Address, Class},
};
use crate::{
    accounts::WorkspaceId,
    campaigns::{self, ids::LeadId},
    email::Email,
    on,
    outreach::{ids::SendId, unsubscribe::suppress},
    server::{clock::Instant, db::Tx, error::AppError},
    suppression::{Cause, Key, Reason, Subject, SuppressionKeys},
};

/// A mail that was not delivered, as far as its address is concerned.
#[derive(Debug)]
pub(super) struct Blame<'a> {
    pub workspace: WorkspaceId,
    pub send: SendId,
    pub lead: LeadId,
    pub recipient_key: Key,
    /// Nothing: the person's data was erased.
    pub email: Option<&'a str>,
    /// It was the first mail to the lead.
    pub is_first: bool,
    pub class: Class,
    pub address: Address,
    /// Our own look-up finds no mail server for the domain either.
    pub domain_is_gone: bool,
    /// What the server said.
    pub words: String,
}

/// What is learned of the address: it is suppressed where the server says for certain that it takes no mail, or refuses it without a
/// reason on two days. A first mail brings the lead's credit back then (rule C15). Returns how many credits came back.
///
/// # Errors
/// The database's.
pub(super) async fn blame_address(
    tx: &mut Tx,
    keys: &SuppressionKeys,
    one: &Blame<'_>,
    at: Instant,
) -> anyhow::Result<i64> {
    let is_certain = match one.address {
        Address::Untouched => return Ok(0),
        Address::Bad => true,
        Address::BadIfDomainIsGone => one.domain_is_gone,
        Address::Unclear => false,
    };
    if !is_certain && !was_refused_before(tx, one, at).await? {
        return Ok(0);
    }
    let back = if is_certain && one.is_first {
        let status = if one.class == Class::NoSuchDomain { "5.1.2" } else { "5.1.1" };
        match campaigns::bounced(tx, keys, one.workspace, one.lead, status, at).await {
            Ok(back) => back.get(),
            // The person's data was erased meanwhile.
            Err(AppError::NotFound) => 0,
            Err(error) => return Err(error.into()),
        }
    } else {
        0
    };
    if let Some(Ok(email)) = one.email.map(str::parse::<Email>) {
        let cause = Cause { note: one.words.clone(), mail: Some(one.send.0), ..Cause::of(Reason::Bounced) };
        suppress(tx, one.workspace, &[Subject::address(keys, &email)], &cause, at).await?;
    }
    Ok(back)
}

/// Whether a mail to this person was refused without a reason on an earlier day.
async fn was_refused_before(tx: &mut Tx, one: &Blame<'_>, at: Instant) -> sqlx::Result<bool> {
    on!(tx, c => sqlx::query_scalar(
        "select exists (select 1 from sends where workspace_id = $1 and recipient_key = $2 and id <> $3
             and ((state = 'failed' and code in ('refused_unclear', 'no_such_domain') and state_since <= $4)
                 or (bounce_kind in ('refused_unclear', 'no_such_domain') and bounced_at <= $4)))")
        .bind(one.workspace).bind(one.recipient_key).bind(one.send).bind(at.minus(DAY)).fetch_one(c).await)
}
