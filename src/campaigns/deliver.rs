//! Delivering leads: one batch, one transaction, exactly as many credits as people (rules C5–C7).

use std::collections::{BTreeMap, HashSet};

use super::{
    claim,
    lead_request::{LeadRequest, SkipReason},
    lead_store::{self, Deliverable},
};
use crate::{
    credits::{self, Capture, Charge, Credits},
    leads::{Contact, ContactId, contacts_by_id},
    on,
    server::{clock::Instant, db::Tx, error::AppError},
};

/// Leads per transaction, at most.
pub const BATCH: usize = 100;

/// What one batch did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Batch {
    /// So many leads were added; the request goes on.
    Delivered(i64),
    /// The quantity is reached.
    Full,
    /// The first batch is there: somebody looks at it before the rest.
    Look,
    /// The request was cancelled, or another worker has it: nothing was written.
    Lost,
}

/// Looks at `candidates` in order and delivers those who may be, until the quantity is reached.
///
/// # Errors
/// The database's; nothing of the batch happened then.
pub async fn deliver(
    tx: &mut Tx,
    request: &LeadRequest,
    candidates: &[ContactId],
    at: Instant,
) -> Result<Batch, AppError> {
    let Some(reached) = claim::hold_claim(tx, request, at).await? else { return Ok(Batch::Lost) };
    let delivered_before = reached.delivered;
    let wanted = usize::try_from(reached.until - delivered_before).unwrap_or(0);
    let contacts = contacts_by_id(tx, candidates).await?;
    // From here on nobody else delivers to this workspace, so whoever is not owned now is still not when inserted.
    credits::lock(tx, request.workspace_id).await?;
    let sorted = sort_out(tx, request, candidates, contacts, wanted).await?;
    let delivered = i64::try_from(sorted.deliverable.len()).unwrap_or(0);
    let capture = Capture {
        request: request.id,
        leads: delivered,
        price: request.price,
        key: format!("capture:{}:{delivered_before}", request.id),
    };
    let charges = credits::capture(tx, request.workspace_id, &capture, at).await?;
    let paid_by = charge_of_each(&charges, request.price);
    lead_store::insert_leads(tx, request, &sorted.deliverable, &paid_by, at).await?;
    record(tx, request, sorted.cursor, delivered, &sorted.skips, at).await?;
    let total = delivered_before + delivered;
    Ok(match total {
        _ if total >= request.quantity.get() => Batch::Full,
        _ if total >= reached.until => Batch::Look,
        _ => Batch::Delivered(delivered),
    })
}

/// The number of the movement that paid for each lead, in order; for a price above one, of its first credit.
fn charge_of_each(charges: &[Charge], price: Credits) -> Vec<i64> {
    let credits = charges.iter().flat_map(|charge| (0..charge.credits.get()).map(|_| charge.seq));
    credits.step_by(usize::try_from(price.get()).unwrap_or(1).max(1)).collect()
}

struct Sorted {
    deliverable: Vec<Deliverable>,
    skips: BTreeMap<SkipReason, i64>,
    /// The last contact that was looked at.
    cursor: ContactId,
}

async fn sort_out(
    tx: &mut Tx,
    request: &LeadRequest,
    candidates: &[ContactId],
    contacts: Vec<Contact>,
    wanted: usize,
) -> Result<Sorted, AppError> {
    let emails: Vec<&str> = contacts.iter().map(|contact| contact.email.as_str()).collect();
    let owned: HashSet<String> = lead_store::owned(tx, request.workspace_id, &emails).await?;
    let suppressed: HashSet<String> = lead_store::suppressed(tx, request.workspace_id, &contacts).await?;
    let by_id: BTreeMap<ContactId, Contact> = contacts.into_iter().map(|contact| (contact.id, contact)).collect();
    let mut sorted = Sorted { deliverable: Vec::new(), skips: BTreeMap::new(), cursor: ContactId(request.cursor) };
    for id in candidates {
        if sorted.deliverable.len() == wanted {
            break;
        }
        sorted.cursor = *id;
        let skipped = match by_id.get(id) {
            None => SkipReason::Changed,
            Some(contact) if !request.criteria.matches(contact) => SkipReason::Changed,
            Some(contact) if owned.contains(contact.email.as_str()) => SkipReason::Owned,
            Some(contact) if suppressed.contains(contact.email.as_str()) => SkipReason::Suppressed,
            Some(contact) => {
                sorted.deliverable.push(contact.into());
                continue;
            }
        };
        *sorted.skips.entry(skipped).or_default() += 1;
    }
    Ok(sorted)
}

async fn record(
    tx: &mut Tx,
    request: &LeadRequest,
    cursor: ContactId,
    delivered: i64,
    skips: &BTreeMap<SkipReason, i64>,
    at: Instant,
) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "update lead_requests set delivered = delivered + $4, cursor = $5, progress_at = $6, attempt = 0, state_reason = null,
             reason_since = null
         where workspace_id = $1 and id = $2 and fence = $3")
        .bind(request.workspace_id).bind(request.id).bind(request.fence).bind(delivered).bind(cursor).bind(at)
        .execute(c).await.map(drop))?;
    for (reason, people) in skips {
        on!(tx, c => sqlx::query(
            "insert into lead_request_skips (workspace_id, request_id, reason, people) values ($1, $2, $3, $4)
             on conflict (workspace_id, request_id, reason) do update set people = lead_request_skips.people + excluded.people")
            .bind(request.workspace_id).bind(request.id).bind(*reason).bind(*people)
            .execute(c).await.map(drop))?;
    }
    Ok(())
}
