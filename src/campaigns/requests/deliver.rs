//! Delivering leads: one batch, one transaction, exactly as many credits as people (rules C5–C7).

use std::collections::{BTreeMap, HashMap};

use super::{
    claim,
    company_limit::CompanyLimit,
    insert_leads::{self, Deliverable},
    lead_request::{LeadRequest, SkipReason},
    waterfall::{self, SourceLine},
};
use crate::{
    campaigns::suppressed::suppressed,
    credits::{self, Capture, Charge, Credits},
    directory::{Contact, ContactId, contacts_by_id},
    on,
    server::{clock::Instant, db::Tx, error::AppError},
    suppression::SuppressionKeys,
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

/// People whom a source offers, in its order.
#[derive(Debug)]
pub(crate) struct Offer<'a> {
    pub candidates: &'a [ContactId],
    /// Whom no mail can reach, and why.
    pub refused: &'a HashMap<ContactId, SkipReason>,
    /// The last contact of the directory that was looked at before.
    pub after: i64,
    /// Whether the request draws from several sources: they may know the same people.
    pub several: bool,
    /// Makes the keys that the suppression list compares.
    pub suppression: &'a SuppressionKeys,
}

/// What tests of delivery call: looks at `candidates` of the directory in order and delivers those who may be, until the quantity is reached.
///
/// # Errors
/// The database's; nothing of the batch happened then.
#[cfg(test)]
pub async fn deliver(
    tx: &mut Tx,
    suppression: &SuppressionKeys,
    request: &LeadRequest,
    candidates: &[ContactId],
    at: Instant,
) -> Result<Batch, AppError> {
    let mut lines = waterfall::lines_to_ask(tx, request.workspace_id, request.id, request.price).await?;
    let place = lines.iter().position(|line| line.source_id.is_none()).unwrap_or(0);
    let several = lines.len() > 1;
    let offer = Offer { candidates, refused: &HashMap::new(), after: request.cursor, several, suppression };
    deliver_from(tx, request, &offer, &mut lines[place], at).await
}

/// The same for any source: each lead costs the price of its line, and the line says afterwards what was taken from it.
pub(crate) async fn deliver_from(
    tx: &mut Tx,
    request: &LeadRequest,
    offer: &Offer<'_>,
    line: &mut SourceLine,
    at: Instant,
) -> Result<Batch, AppError> {
    // The account lock serialises what happens to a workspace, so the ownership check holds until the insert. It comes before
    // the lock on the request, as it does for whoever cancels.
    credits::lock(tx, request.workspace_id).await?;
    let Some(reached) = claim::renew(tx, request, at).await? else { return Ok(Batch::Lost) };
    let delivered_before = reached.delivered;
    // Of one source alone, the hold pays for all that was asked for.
    let payable = if offer.several { payable(tx, request, line.price).await? } else { i64::MAX };
    let wanted = (reached.until - delivered_before).min(payable);
    let wanted = usize::try_from(wanted).unwrap_or(0);
    let contacts = contacts_by_id(tx, offer.candidates).await?;
    let sorted = sort_out(tx, request, offer, contacts, wanted).await?;
    let delivered = i64::try_from(sorted.deliverable.len()).unwrap_or(0);
    let capture = Capture {
        request: request.id,
        leads: delivered,
        price: line.price,
        key: format!("capture:{}:{delivered_before}", request.id),
    };
    let charges = credits::capture(tx, request.workspace_id, &capture, at).await?;
    let paid_by = charge_of_each(&charges, line.price);
    insert_leads::insert_leads(tx, request, &sorted.deliverable, &paid_by, line.price, at).await?;
    record(tx, request, &sorted, line, at).await?;
    line.delivered += delivered;
    line.skipped += sorted.skips.values().sum::<i64>();
    waterfall::save(tx, request.workspace_id, request.id, line).await?;
    let total = delivered_before + delivered;
    Ok(match total {
        _ if total >= request.quantity.get() => Batch::Full,
        _ if total >= reached.until => Batch::Look,
        _ => Batch::Delivered(delivered),
    })
}

/// How many leads at `price` what is left of the hold of a request pays for.
///
/// # Errors
/// The database's.
pub(crate) async fn payable(tx: &mut Tx, request: &LeadRequest, price: Credits) -> sqlx::Result<i64> {
    let left: Option<i64> = on!(tx, c => sqlx::query_scalar(
        "select amount - captured from credit_holds where workspace_id = $1 and request_id = $2 and closed_at is null")
        .bind(request.workspace_id).bind(request.id).fetch_optional(c).await)?;
    Ok(left.unwrap_or(0) / price.get().max(1))
}

/// The number of the movement that paid for each lead, in order; for a price above one, of its first credit.
fn charge_of_each(charges: &[Charge], price: Credits) -> Vec<i64> {
    let credits = charges.iter().flat_map(|charge| (0..charge.credits.get()).map(|_| charge.seq));
    credits.step_by(usize::try_from(price.get()).unwrap_or(1).max(1)).collect()
}

struct Sorted {
    deliverable: Vec<Deliverable>,
    skips: BTreeMap<SkipReason, i64>,
    /// People whom another source of this request delivered a moment ago: neither delivered again nor skipped.
    met: i64,
    /// The last contact that was looked at.
    cursor: ContactId,
}

async fn sort_out(
    tx: &mut Tx,
    request: &LeadRequest,
    offer: &Offer<'_>,
    contacts: Vec<Contact>,
    wanted: usize,
) -> Result<Sorted, AppError> {
    let emails = contacts.iter().map(|contact| contact.email.as_str());
    let owned = insert_leads::owned(tx, request.workspace_id, emails).await?;
    let all: Vec<&Contact> = contacts.iter().collect();
    let suppressed = suppressed(tx, offer.suppression, request.workspace_id, &all).await?;
    let mut companies = CompanyLimit::of(tx, request, &contacts).await?;
    let by_id: BTreeMap<ContactId, &Contact> = all.into_iter().map(|contact| (contact.id, contact)).collect();
    let brought_by = |contact: &Contact| owned.get(contact.email.as_str()).copied();
    let mut sorted = Sorted { deliverable: Vec::new(), skips: BTreeMap::new(), met: 0, cursor: ContactId(offer.after) };
    for id in offer.candidates {
        if sorted.deliverable.len() == wanted {
            break;
        }
        sorted.cursor = *id;
        let skipped = match by_id.get(id).copied() {
            None => SkipReason::Changed,
            Some(contact) if offer.several && brought_by(contact) == Some(request.id.0) => {
                sorted.met += 1;
                continue;
            }
            Some(contact) if !request.criteria.matches(contact) => SkipReason::Changed,
            Some(contact) if owned.contains_key(contact.email.as_str()) => SkipReason::Owned,
            Some(contact) if suppressed.contains(contact.email.as_str()) => SkipReason::Suppressed,
            Some(contact) if offer.refused.contains_key(&contact.id) => offer.refused[&contact.id],
            Some(contact) if !companies.admits(contact) => SkipReason::CompanyLimit,
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
    sorted: &Sorted,
    line: &SourceLine,
    at: Instant,
) -> sqlx::Result<()> {
    let delivered = i64::try_from(sorted.deliverable.len()).unwrap_or(0);
    // The directory's people were counted ahead; what another source sends is counted as it comes.
    let (cursor, more_matched) = match line.source_id {
        None => (sorted.cursor, -sorted.met),
        Some(_) => (ContactId(-1), delivered + sorted.skips.values().sum::<i64>()),
    };
    on!(tx, c => sqlx::query(
        "update lead_requests set delivered = delivered + $4, cursor = case when $5 >= 0 then $5 else cursor end,
             matched = matched + $7, progress_at = $6, attempt = 0, reason = null,
             reason_since = null
         where workspace_id = $1 and id = $2 and fence = $3")
        .bind(request.workspace_id).bind(request.id).bind(request.lease.fence).bind(delivered).bind(cursor).bind(at)
        .bind(more_matched)
        .execute(c).await.map(drop))?;
    for (reason, people) in &sorted.skips {
        on!(tx, c => sqlx::query(
            "insert into lead_request_skips (workspace_id, request_id, reason, people) values ($1, $2, $3, $4)
             on conflict (workspace_id, request_id, reason) do update set people = lead_request_skips.people + excluded.people")
            .bind(request.workspace_id).bind(request.id).bind(*reason).bind(*people)
            .execute(c).await.map(drop))?;
    }
    Ok(())
}
