//! Counts leads of which something changed: reads what is known of each now, keeps it, and adds the difference to the sums. What is
//! counted twice changes nothing.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use serde::Serialize;
use sqlx::{FromRow, types::Json};
use uuid::Uuid;

use super::{filters, totals::Origin};
use crate::{
    accounts::WorkspaceId,
    campaigns::{ids::LeadId, leads::LeadPlace},
    ids::CampaignId,
    on,
    server::{app::App, batches::batches, clock::Instant, db::Tx, jobs::Round},
    topics,
};

/// Between two looks when nothing changed: figures are at most two seconds old.
const PAUSE: Duration = Duration::from_secs(1);
/// Leads counted in one transaction.
const LEADS: i64 = 500;
/// After it, a lead without an answer counts as one that does not answer.
const MATURE_AFTER: Duration = Duration::from_secs(14 * 24 * 60 * 60);

pub(super) fn start(app: &App) {
    let worker = app.clone();
    app.jobs.repeat("outcomes of leads", PAUSE, Arc::default(), move || {
        let app = worker.clone();
        async move { round(&app).await }
    });
}

/// Counts some leads, if there are any to count.
///
/// # Errors
/// The database's.
pub(super) async fn round(app: &App) -> anyhow::Result<Round> {
    let at = app.clock.now();
    let mut tx = app.db.read().await?;
    let waits: bool = on!(&mut tx, c => sqlx::query_scalar(
        "select exists (select 1 from outcome_changes) or exists (select 1 from lead_outcomes where matures_at <= $1)")
        .bind(at).fetch_one(c).await)?;
    drop(tx);
    if !waits {
        return Ok(Round::Idle);
    }
    let mut tx = app.db.write().await?;
    let counted = count(&mut tx, at).await?;
    tx.commit().await?;
    for workspace in counted {
        app.live.changed(&app.db, workspace.0, &[topics::INSIGHTS]).await;
    }
    Ok(Round::Worked)
}

async fn count(tx: &mut Tx, at: Instant) -> sqlx::Result<BTreeSet<WorkspaceId>> {
    // One server at a time: two that count the same lead would both add the difference.
    on!(&mut *tx, c => sqlx::query("update outcome_count set counted_at = $1 where id = 1").bind(at).execute(c).await.map(drop))?;
    let mut leads: BTreeSet<LeadPlace> = on!(&mut *tx, c => sqlx::query_as(
        "delete from outcome_changes where number in (select number from outcome_changes order by number limit $1)
         returning workspace_id, campaign_id, lead_id")
        .bind(LEADS).fetch_all(c).await)?
    .into_iter()
    .collect();
    let mature: Vec<LeadPlace> = on!(&mut *tx, c => sqlx::query_as(
        "select workspace_id, campaign_id, lead_id from lead_outcomes where matures_at <= $1 order by matures_at limit $2")
        .bind(at).bind(LEADS).fetch_all(c).await)?;
    leads.extend(mature);
    let (before, now) = (kept(tx, &leads).await?, known(tx, &leads).await?);
    let now: BTreeMap<LeadPlace, Outcome> =
        now.into_iter().filter_map(|known| Some((known.place(), known.outcome(at)?))).collect();
    filters::note(tx, &now.keys().map(|place| (place.0, place.2)).collect()).await?;
    let found_by = filters::values(tx, &leads.iter().map(|place| (place.0, place.2)).collect()).await?;
    let mut sums: BTreeMap<(WorkspaceId, Origin, Uuid), Figures> = BTreeMap::new();
    for (outcomes, sign) in [(&before, -1), (&now, 1)] {
        for (place, outcome) in outcomes {
            let values = found_by.get(&(place.0, place.2)).filter(|_| outcome.noted).into_iter().flatten();
            let values = values.map(|value| (Origin::FilterValue, *value));
            for (origin, subject) in outcome.origins().chain(values) {
                sums.entry((place.0, origin, subject)).or_default().add(&outcome.figures, sign);
            }
        }
    }
    for gone in before.keys().filter(|place| !now.contains_key(place)) {
        forget(tx, *gone).await?;
    }
    keep(tx, &now).await?;
    add(tx, &sums).await?;
    Ok(leads.into_iter().map(|lead| lead.0).collect())
}

/// What counts, of one lead or of many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, FromRow, Serialize)]
pub(super) struct Figures {
    pub open: i64,
    pub contacted: i64,
    pub replied: i64,
    pub positive: i64,
    pub bounced: i64,
    pub credits: i64,
    pub refunded: i64,
}

impl Figures {
    fn add(&mut self, other: &Self, sign: i64) {
        self.open += sign * other.open;
        self.contacted += sign * other.contacted;
        self.replied += sign * other.replied;
        self.positive += sign * other.positive;
        self.bounced += sign * other.bounced;
        self.credits += sign * other.credits;
        self.refunded += sign * other.refunded;
    }
}

#[derive(Debug, Clone, FromRow)]
struct Outcome {
    workspace_id: WorkspaceId,
    campaign_id: CampaignId,
    lead_id: LeadId,
    source_id: Option<Uuid>,
    import_id: Option<Uuid>,
    request_id: Option<Uuid>,
    list_id: Option<Uuid>,
    mailed_at: Instant,
    matures_at: Option<Instant>,
    /// Its filter values are in the sums.
    noted: bool,
    #[sqlx(flatten)]
    figures: Figures,
}

impl Outcome {
    fn origins(&self) -> impl Iterator<Item = (Origin, Uuid)> {
        [
            (Origin::Source, self.source_id),
            (Origin::DataSet, self.import_id),
            (Origin::Request, self.request_id),
            (Origin::List, self.list_id),
        ]
        .into_iter()
        .filter_map(|(origin, subject)| Some((origin, subject?)))
    }
}

/// What is known of a lead now.
#[derive(Debug, FromRow)]
struct Known {
    workspace_id: WorkspaceId,
    campaign_id: CampaignId,
    lead_id: LeadId,
    source_id: Option<Uuid>,
    import_id: Option<Uuid>,
    request_id: Option<Uuid>,
    list_id: Option<Uuid>,
    price: i64,
    is_paid_back: bool,
    /// Its first mail, if that left.
    sent_at: Option<Instant>,
    /// Or when it was refused because the address does not exist.
    refused_at: Option<Instant>,
    came_back: bool,
    has_ended: bool,
    replied: bool,
    positive: bool,
}

impl Known {
    fn place(&self) -> LeadPlace {
        (self.workspace_id, self.campaign_id, self.lead_id)
    }

    /// What counts of it; nothing before its first mail.
    fn outcome(&self, at: Instant) -> Option<Outcome> {
        let mailed_at = self.sent_at.or(self.refused_at)?;
        let has_bounced = self.sent_at.is_none() || self.came_back;
        let matures_at = mailed_at.plus(MATURE_AFTER);
        let is_open = !self.has_ended && !has_bounced && at < matures_at;
        let counts = !is_open && !has_bounced;
        let figures = Figures {
            open: i64::from(is_open),
            contacted: i64::from(counts),
            replied: i64::from(counts && self.replied),
            positive: i64::from(counts && self.replied && self.positive),
            bounced: i64::from(has_bounced),
            credits: if counts && !self.is_paid_back { self.price } else { 0 },
            refunded: if !is_open && self.is_paid_back { self.price } else { 0 },
        };
        let Self { workspace_id, campaign_id, lead_id, source_id, import_id, request_id, list_id, .. } = *self;
        let matures_at = is_open.then_some(matures_at);
        let of = Outcome {
            workspace_id,
            campaign_id,
            lead_id,
            source_id,
            import_id,
            request_id,
            list_id,
            mailed_at,
            matures_at,
            noted: true,
            figures,
        };
        Some(of)
    }
}

const IS_ONE: &str = "workspace_id = unhex(j.value ->> 0, '-') and t.campaign_id = unhex(j.value ->> 1, '-')
     and t.lead_id = unhex(j.value ->> 2, '-')";

/// What was counted of these leads before.
async fn kept(tx: &mut Tx, leads: &BTreeSet<LeadPlace>) -> sqlx::Result<BTreeMap<LeadPlace, Outcome>> {
    let sql = format!(
        "select t.workspace_id, t.campaign_id, t.lead_id, t.source_id, t.import_id, t.request_id, t.list_id, t.mailed_at, t.matures_at,
             t.noted, t.open, t.contacted, t.replied, t.positive, t.bounced, t.credits, t.refunded
         from json_each($1) j join lead_outcomes t on t.{IS_ONE}"
    );
    let mut kept = BTreeMap::new();
    for leads in batches(leads.iter())? {
        let some: Vec<Outcome> = on!(&mut *tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql.clone()))
            .bind(Json(leads)).fetch_all(c).await)?;
        kept.extend(some.into_iter().map(|one| ((one.workspace_id, one.campaign_id, one.lead_id), one)));
    }
    Ok(kept)
}

/// The first mail of an enrolment, among its sends.
const OPENER: &str = "d.workspace_id = t.workspace_id and d.campaign_id = t.campaign_id and d.lead_id = t.lead_id and d.kind = 'step' and d.opener";

async fn known(tx: &mut Tx, leads: &BTreeSet<LeadPlace>) -> sqlx::Result<Vec<Known>> {
    let sql = format!(
        "select t.workspace_id, t.campaign_id, t.lead_id, l.source_id, l.import_id, l.request_id, l.list_id,
             coalesce(l.price, r.price, 0) as price, l.refunded_at is not null as is_paid_back,
             (select min(d.sent_at) from sends d where {OPENER} and d.state = 'sent') as sent_at,
             (select min(d.state_since) from sends d where {OPENER} and d.state = 'failed'
                 and d.code in ('no_such_address', 'no_such_domain')) as refused_at,
             exists (select 1 from sends d where {OPENER} and d.bounced_at is not null) as came_back,
             t.state in ('finished', 'stopped') as has_ended,
             exists (select 1 from reply_facts f where f.workspace_id = t.workspace_id and f.campaign_id = t.campaign_id
                 and f.lead_id = t.lead_id and f.human) as replied,
             exists (select 1 from threads h where h.workspace_id = t.workspace_id and h.campaign_id = t.campaign_id
                 and h.lead_id = t.lead_id and h.label_tone = 'positive') as positive
         from json_each($1) j
         join enrolments t on t.{IS_ONE}
         join leads l on l.workspace_id = t.workspace_id and l.id = t.lead_id
         left join lead_requests r on r.workspace_id = l.workspace_id and r.id = l.request_id"
    );
    let mut known = Vec::new();
    for leads in batches(leads.iter())? {
        let some: Vec<Known> = on!(&mut *tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql.clone()))
            .bind(Json(leads)).fetch_all(c).await)?;
        known.extend(some);
    }
    Ok(known)
}

/// A first mail that was taken for sent and was not.
async fn forget(tx: &mut Tx, (workspace, campaign, lead): LeadPlace) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query("delete from lead_outcomes where workspace_id = $1 and campaign_id = $2 and lead_id = $3")
        .bind(workspace).bind(campaign).bind(lead).execute(c).await.map(drop))
}

#[derive(Serialize)]
struct OutcomeRow {
    w: WorkspaceId,
    c: CampaignId,
    l: LeadId,
    source: Option<Uuid>,
    import: Option<Uuid>,
    request: Option<Uuid>,
    list: Option<Uuid>,
    mailed: Instant,
    matures: Option<Instant>,
    #[serde(flatten)]
    figures: Figures,
}

async fn keep(tx: &mut Tx, outcomes: &BTreeMap<LeadPlace, Outcome>) -> sqlx::Result<()> {
    let rows = outcomes.values().map(|one| OutcomeRow {
        w: one.workspace_id,
        c: one.campaign_id,
        l: one.lead_id,
        source: one.source_id,
        import: one.import_id,
        request: one.request_id,
        list: one.list_id,
        mailed: one.mailed_at,
        matures: one.matures_at,
        figures: one.figures,
    });
    let number = |name: &str| format!("cast(value ->> '{name}' as bigint)");
    let figures = FIGURES.map(number).join(", ");
    let set = FIGURES.map(|name| format!("{name} = excluded.{name}")).join(", ");
    let sql = format!(
        "insert into lead_outcomes (workspace_id, campaign_id, lead_id, source_id, import_id, request_id, list_id, mailed_at, matures_at, noted, {})
         with rows as materialized (select value from json_each($1))
         select unhex(value ->> 'w', '-'), unhex(value ->> 'c', '-'), unhex(value ->> 'l', '-'), unhex(value ->> 'source', '-'),
             unhex(value ->> 'import', '-'), unhex(value ->> 'request', '-'), unhex(value ->> 'list', '-'),
             {}, {}, true, {figures}
         from rows where true
         on conflict (workspace_id, campaign_id, lead_id) do update set source_id = excluded.source_id, import_id = excluded.import_id,
             request_id = excluded.request_id, list_id = excluded.list_id, mailed_at = excluded.mailed_at,
             matures_at = excluded.matures_at, noted = true, {set}",
        FIGURES.join(", "),
        number("mailed"),
        number("matures"),
    );
    for rows in batches(rows)? {
        on!(&mut *tx, c => sqlx::query(sqlx::AssertSqlSafe(sql.clone())).bind(Json(rows)).execute(c).await.map(drop))?;
    }
    Ok(())
}

/// The columns of [`Figures`].
pub(super) const FIGURES: [&str; 7] = ["open", "contacted", "replied", "positive", "bounced", "credits", "refunded"];

#[derive(Serialize)]
struct SumRow<'a> {
    w: WorkspaceId,
    origin: &'static str,
    subject: Uuid,
    #[serde(flatten)]
    figures: &'a Figures,
}

async fn add(tx: &mut Tx, sums: &BTreeMap<(WorkspaceId, Origin, Uuid), Figures>) -> sqlx::Result<()> {
    let rows = sums.iter().filter(|(_, figures)| **figures != Figures::default());
    let rows =
        rows.map(|((w, origin, subject), figures)| SumRow { w: *w, origin: origin.word(), subject: *subject, figures });
    let figures = FIGURES.map(|name| format!("cast(value ->> '{name}' as bigint)")).join(", ");
    let set = FIGURES.map(|name| format!("{name} = outcome_totals.{name} + excluded.{name}")).join(", ");
    let sql = format!(
        "insert into outcome_totals (workspace_id, origin, subject, {})
         with rows as materialized (select value from json_each($1))
         select unhex(value ->> 'w', '-'), value ->> 'origin', unhex(value ->> 'subject', '-'), {figures} from rows where true
         on conflict (workspace_id, origin, subject) do update set {set}",
        FIGURES.join(", ")
    );
    for rows in batches(rows)? {
        on!(&mut *tx, c => sqlx::query(sqlx::AssertSqlSafe(sql.clone())).bind(Json(rows)).execute(c).await.map(drop))?;
    }
    Ok(())
}
