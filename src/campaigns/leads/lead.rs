//! One lead, as it was delivered, and its trail: request, movement that paid, lot, refund (C7, C15–C17), or the own list that
//! brought it for free.

use sqlx::types::Json;

use super::{list::Lead, outcome::outcome_changed};
use crate::{
    accounts::WorkspaceId,
    campaigns::{ids::LeadId, membership, refusal::CampaignRefusal},
    credits::{Actor, CampaignId, Credits, LotKind, Refund, RequestId},
    directory::{Contact, ContactId, Criteria, LawfulBasis, SizeRange},
    on,
    server::{clock::Instant, db::Tx, error::AppError, inconsistency::not_found},
};

/// A lead with everything that happened to it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct LeadTrail {
    #[sqlx(flatten)]
    pub lead: Lead,
    pub contact_id: Option<i64>,
    /// The request that was charged for it; nothing when it came with a list of the customer's own.
    pub request_id: Option<RequestId>,
    pub campaign_id: CampaignId,
    pub campaign_name: String,
    /// The file that brought it, if it came with one, and the day its data is from.
    pub data_set: Option<String>,
    pub collected_on: Option<String>,
    pub lawful_basis: LawfulBasis,
    pub licence_note: String,
    /// The request's snapshot: what "delivered" meant.
    pub criteria: Option<Json<Criteria>>,
    pub price: Option<Credits>,
    /// The number of the movement that paid.
    pub charge_seq: Option<i64>,
    pub lot_kind: Option<LotKind>,
    pub mailed_at: Option<Instant>,
    pub refunded_at: Option<Instant>,
    /// The member who revealed it.
    pub revealed_by: Option<String>,
    /// The lead with the right address that took its place.
    pub successor: Option<LeadId>,
    /// The lead with the wrong address whose place it took.
    pub predecessor: Option<LeadId>,
}

impl LeadTrail {
    /// The delivered record as a contact; what is not delivered (keywords, technologies, revenue, headquarters) is empty.
    pub(crate) fn as_contact(&self) -> Option<Contact> {
        let lead = &self.lead;
        Some(Contact {
            id: ContactId(self.contact_id.unwrap_or_default()),
            email: lead.email.known().parse().ok()?,
            email_status: lead.email_status,
            first_name: lead.first_name.clone(),
            last_name: lead.last_name.clone(),
            title: lead.title.clone(),
            seniority: lead.seniority,
            departments: lead.departments.0.clone(),
            company: lead.company.clone(),
            domain: lead.domain.clone(),
            size: lead.size_min.map(|min| SizeRange { min, max: lead.size_max }),
            industry: lead.industry.clone(),
            country: lead.country.clone(),
            region: lead.region.clone(),
            city: lead.city.clone(),
            hq_country: String::new(),
            hq_region: String::new(),
            hq_city: String::new(),
            keywords: Vec::new(),
            technologies: Vec::new(),
            revenue: None,
            linkedin: lead.linkedin.known().to_owned(),
            phone: lead.phone.known().to_owned(),
        })
    }

    /// The request that was charged for it.
    ///
    /// # Errors
    /// [`AppError::Conflict`] for a lead that came with a list of the customer's own: nothing was paid for it.
    pub(crate) fn paid_by(&self) -> Result<RequestId, AppError> {
        Ok(self.request_id.ok_or(CampaignRefusal::FromOwnList)?)
    }

    /// Whether it can be returned at `at`, with a window of so many hours (0: never) (C17).
    pub fn is_returnable(&self, hours: u64, at: Instant) -> bool {
        let window = std::time::Duration::from_secs(hours * 60 * 60);
        self.charge_seq.is_some()
            && self.refunded_at.is_none()
            && self.lead.revealed_at.is_none()
            && self.mailed_at.is_none()
            && self.lead.delivered_at > at.minus(window)
    }
}

/// One lead of this workspace.
///
/// # Errors
/// [`AppError::NotFound`] when it does not exist or belongs to another workspace.
pub async fn lead(tx: &mut Tx, workspace: WorkspaceId, id: LeadId) -> Result<LeadTrail, AppError> {
    let trail = on!(&mut *tx, c => sqlx::query_as(
        "select l.id, l.email, l.email_status, l.first_name, l.last_name, l.title, l.seniority, l.departments, l.company,
             l.domain, l.size_min, l.size_max, l.industry, l.country, l.region, l.city, l.linkedin, l.phone,
             coalesce(s.name, w.file_name) as source_name, l.delivered_at, l.contact_id, l.request_id, l.list_id, p.id as campaign_id,
             p.name as campaign_name, r.criteria, coalesce(l.price, r.price) as price, l.charge_seq, o.kind as lot_kind, l.mailed_at,
             l.refunded_at, l.returned_at, l.revealed_at, u.name as revealed_by,
             (select k.successor_id from lead_corrections k where k.workspace_id = l.workspace_id and k.lead_id = l.id) as successor,
             (select k.lead_id from lead_corrections k where k.workspace_id = l.workspace_id and k.successor_id = l.id) as predecessor,
             i.file_name as data_set, i.collected_on,
             case when coalesce(i.lawful_basis, 'unstated') <> 'unstated' then i.lawful_basis else coalesce(s.lawful_basis, 'unstated') end as lawful_basis,
             case when coalesce(i.licence_note, '') <> '' then i.licence_note else coalesce(s.licence_note, '') end as licence_note
         from leads l
         left join sources s on s.id = l.source_id
         left join imports i on i.id = l.import_id
         left join lead_requests r on r.workspace_id = l.workspace_id and r.id = l.request_id
         left join own_lists w on w.workspace_id = l.workspace_id and w.id = l.list_id
         join campaigns p on p.workspace_id = l.workspace_id and p.id = coalesce(r.campaign_id, w.campaign_id)
         left join credit_transfers t on t.workspace_id = l.workspace_id and t.seq = l.charge_seq
         left join users u on u.id = l.revealed_by
         left join credit_lots o on o.workspace_id = t.workspace_id and o.id = t.lot_id
         where l.workspace_id = $1 and l.id = $2")
        .bind(workspace).bind(id).fetch_optional(c).await)?;
    match trail {
        Some(trail) => Ok(trail),
        None => Err(not_found(tx, "leads", "request_id or list_id", Some(workspace.0), id.0).await),
    }
}

/// Marks a lead bad and paid back, once in its life whatever the path, and returns the refund to be made in the same
/// transaction. The lead stays owned, so that nobody is charged for it again, and leaves every campaign. Call it with the
/// account locked.
///
/// # Errors
/// [`AppError::Conflict`] when it was paid back before, or never paid for.
pub(crate) async fn mark_paid_back(
    tx: &mut Tx,
    workspace: WorkspaceId,
    trail: &LeadTrail,
    bad_reason: &str,
    reason: &str,
    actor: Actor,
    at: Instant,
) -> Result<Refund, AppError> {
    let request = trail.paid_by()?;
    let marked = on!(tx, c => sqlx::query(
        "update leads set refunded_at = $3, bad_reason = $4 where workspace_id = $1 and id = $2 and refunded_at is null")
        .bind(workspace).bind(trail.lead.id).bind(at).bind(bad_reason)
        .execute(c).await.map(|done| done.rows_affected()))?;
    let (Some(charge), Some(price), 1) = (trail.charge_seq, trail.price, marked) else {
        return Err(CampaignRefusal::PaidBack.into());
    };
    outcome_changed(tx, workspace, trail.lead.id).await?;
    membership::leave(tx, workspace, trail.lead.id, at).await?;
    Ok(refund_of(trail.lead.id, request, charge, price, actor, reason))
}

/// The refund of one lead: the key is the lead's, so that it is paid back once.
pub(crate) fn refund_of(
    lead: LeadId,
    request: RequestId,
    charge: i64,
    credits: Credits,
    actor: Actor,
    reason: &str,
) -> Refund {
    Refund { request, charge, credits, actor, reason: reason.to_owned(), key: format!("refund:{lead}") }
}
