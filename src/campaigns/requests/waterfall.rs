//! The sources of a request, in the order in which they are asked: what each may cost, how far it is, what it gave.

use sqlx::types::Json;

use super::quote::PRICE;
use crate::{
    accounts::WorkspaceId,
    credits::{CampaignId, Credits, RequestId},
    directory::{
        SourceId,
        contacts::verify_address::AddressCheck,
        sources::{Fault, Seen, http_sources},
    },
    on,
    server::{clock::Instant, db::Tx, form::Form},
};

/// How the directory is called, here and on receipts.
pub const DIRECTORY: &str = "Directory";
/// The directory's word in a chosen order, beside the ids of other sources.
pub const DIRECTORY_KEY: &str = "directory";
/// How often a source may fail within one request.
pub const FAILURES_MAX: i64 = 3;

/// A source that a request can draw from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    /// `None`: the directory.
    pub source: Option<SourceId>,
    pub name: String,
    /// Credits per delivered lead.
    pub price: Credits,
}

impl Offered {
    /// Its word in a chosen order.
    pub fn key(&self) -> String {
        self.source.map_or_else(|| DIRECTORY_KEY.to_owned(), |id| id.to_string())
    }
}

/// Every source there is: the directory, then those that are switched on, in the operator's order.
pub async fn offered(tx: &mut Tx) -> sqlx::Result<Vec<Offered>> {
    let credits = |price: i64| Credits::new(price).unwrap_or_default();
    let directory = Offered { source: None, name: DIRECTORY.into(), price: credits(PRICE) };
    let others = http_sources(tx).await?.into_iter().filter(|source| source.enabled).map(|source| Offered {
        source: Some(source.id),
        name: source.settings.name,
        price: credits(source.settings.price),
    });
    Ok(std::iter::once(directory).chain(others).collect())
}

/// The sources of a campaign, in the order that its user chose, or the operator's.
///
/// What was chosen and is switched off now is left out; when nothing is left, the directory is asked.
pub async fn plan(tx: &mut Tx, workspace: WorkspaceId, campaign: CampaignId) -> sqlx::Result<Vec<Offered>> {
    let offered = offered(tx).await?;
    let Some(chosen) = chosen(tx, workspace, campaign).await? else { return Ok(offered) };
    Ok(in_order(offered, &chosen))
}

/// The chosen order: words of sources, the first is asked first; `None` when nobody chose.
pub async fn chosen(tx: &mut Tx, workspace: WorkspaceId, campaign: CampaignId) -> sqlx::Result<Option<Vec<String>>> {
    let chosen: Option<Option<Json<Vec<String>>>> = on!(tx, c => sqlx::query_scalar(
        "select sources from campaigns where workspace_id = $1 and id = $2")
        .bind(workspace).bind(campaign).fetch_optional(c).await)?;
    Ok(chosen.flatten().map(|Json(chosen)| chosen))
}

fn in_order(offered: Vec<Offered>, chosen: &[String]) -> Vec<Offered> {
    let place = |one: &Offered| chosen.iter().position(|key| *key == one.key());
    let mut planned: Vec<Offered> = offered.iter().filter(|one| place(one).is_some()).cloned().collect();
    planned.sort_by_key(place);
    if planned.is_empty() { offered.into_iter().take(1).collect() } else { planned }
}

/// How strictly a campaign has addresses looked at.
pub async fn address_check(tx: &mut Tx, workspace: WorkspaceId, campaign: CampaignId) -> sqlx::Result<AddressCheck> {
    let check: Option<AddressCheck> = on!(tx, c => sqlx::query_scalar(
        "select address_check from campaigns where workspace_id = $1 and id = $2")
        .bind(workspace).bind(campaign).fetch_optional(c).await)?;
    Ok(check.unwrap_or_default())
}

/// Keeps how strictly a campaign has addresses looked at.
pub async fn choose_check(
    tx: &mut Tx,
    workspace: WorkspaceId,
    campaign: CampaignId,
    check: AddressCheck,
) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query("update campaigns set address_check = $3 where workspace_id = $1 and id = $2")
        .bind(workspace).bind(campaign).bind(check).execute(c).await.map(drop))
}

/// Reads the order from the fields of the wizard: `source-KEY` holds a place, from 1 on, or nothing. `None`: as the
/// operator has it.
///
/// # Errors
/// When no source would be asked.
pub fn parse_order(form: &Form, offered: &[Offered]) -> Result<Option<Vec<String>>, String> {
    let place =
        |one: &Offered| form.text(&format!("source-{}", one.key())).parse::<u32>().ok().filter(|place| *place > 0);
    if !offered.iter().any(|one| form.has(&format!("source-{}", one.key()))) {
        return Ok(None);
    }
    let mut chosen: Vec<(u32, String)> = offered.iter().filter_map(|one| Some((place(one)?, one.key()))).collect();
    if chosen.is_empty() {
        return Err("Choose at least one source.".into());
    }
    chosen.sort_by_key(|(place, _)| *place);
    let chosen: Vec<String> = chosen.into_iter().map(|(_, key)| key).collect();
    let usual: Vec<String> = offered.iter().map(Offered::key).collect();
    Ok(Some(chosen).filter(|chosen| *chosen != usual))
}

/// Keeps the order that a user chose for a campaign; `None`: as the operator has it.
pub async fn choose(
    tx: &mut Tx,
    workspace: WorkspaceId,
    campaign: CampaignId,
    keys: Option<&[String]>,
    at: Instant,
) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query("update campaigns set sources = $3, updated_at = $4 where workspace_id = $1 and id = $2")
        .bind(workspace).bind(campaign).bind(keys.map(Json)).bind(at).execute(c).await.map(drop))
}

/// The most that a lead of these sources costs: what is held for each.
pub fn price_max(plan: &[Offered]) -> Credits {
    plan.iter().map(|one| one.price).max().unwrap_or_else(|| Credits::new(PRICE).unwrap_or_default())
}

/// Whether any of them is asked over HTTP: what it holds is known only when it is asked.
pub fn asks_others(plan: &[Offered]) -> bool {
    plan.iter().any(|one| one.source.is_some())
}

/// Writes the plan down with its request, and how strictly its campaign has addresses looked at.
pub async fn begin(tx: &mut Tx, workspace: WorkspaceId, request: RequestId, plan: &[Offered]) -> sqlx::Result<()> {
    for (position, one) in plan.iter().enumerate() {
        on!(&mut *tx, c => sqlx::query(
            "insert into lead_request_sources (workspace_id, request_id, position, source_id, name, price, state)
             values ($1, $2, $3, $4, $5, $6, 'waiting')")
            .bind(workspace).bind(request).bind(i64::try_from(position).unwrap_or(0)).bind(one.source)
            .bind(&one.name).bind(one.price).execute(c).await.map(drop))?;
    }
    on!(tx, c => sqlx::query(
        "update lead_requests set address_check = (select p.address_check from campaigns p
             where p.workspace_id = lead_requests.workspace_id and p.id = lead_requests.campaign_id)
         where workspace_id = $1 and id = $2")
        .bind(workspace).bind(request).execute(c).await.map(drop))
}

/// Where a source of a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum LineState {
    Waiting,
    Asking,
    /// It has nobody else, or may not cost more.
    Done,
    /// Passed over; asked once more later when there is a time for it.
    Failed,
}

/// One source of a request, and what it gave.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct SourceLine {
    pub position: i64,
    /// `None`: the directory.
    pub source_id: Option<SourceId>,
    pub name: String,
    pub price: Credits,
    pub state: LineState,
    /// Searches that were answered.
    pub calls: i64,
    /// Contacts that came.
    pub received: i64,
    /// Of these, without a sound address or not asked for.
    pub rejected: i64,
    pub delivered: i64,
    pub skipped: i64,
    /// What it charged the operator, in hundredths.
    pub cost: i64,
    pub cursor: Option<String>,
    pub seen: Json<Seen>,
    /// The group of titles it is at.
    pub group_number: i64,
    pub failures: i64,
    /// Why it was passed over.
    pub fault: Option<Json<Fault>>,
    pub retry_at: Option<Instant>,
}

impl SourceLine {
    /// The directory of a request that has no lines: made before there were any, or in a test.
    fn directory(price: Credits) -> Self {
        Self {
            position: 0,
            source_id: None,
            name: DIRECTORY.into(),
            price,
            state: LineState::Waiting,
            calls: 0,
            received: 0,
            rejected: 0,
            delivered: 0,
            skipped: 0,
            cost: 0,
            cursor: None,
            seen: Json(Seen::default()),
            group_number: 0,
            failures: 0,
            fault: None,
            retry_at: None,
        }
    }

    /// Whether it can still give somebody now.
    pub fn is_open(&self) -> bool {
        matches!(self.state, LineState::Waiting | LineState::Asking)
    }
}

const LINE: &str =
    "select position, source_id, name, price, state, calls, received, rejected, delivered, skipped, cost, cursor,
         seen, group_number, failures, fault, retry_at
     from lead_request_sources where workspace_id = $1 and request_id = $2 order by position";

/// What each source of a request gave, in order; nothing for a request of the time before there were several.
pub async fn lines(tx: &mut Tx, workspace: WorkspaceId, request: RequestId) -> sqlx::Result<Vec<SourceLine>> {
    on!(tx, c => sqlx::query_as(LINE).bind(workspace).bind(request).fetch_all(c).await)
}

/// The same for the worker: at least the directory, at the request's `price`.
pub(crate) async fn lines_to_ask(
    tx: &mut Tx,
    workspace: WorkspaceId,
    request: RequestId,
    price: Credits,
) -> sqlx::Result<Vec<SourceLine>> {
    let lines = lines(tx, workspace, request).await?;
    Ok(if lines.is_empty() { vec![SourceLine::directory(price)] } else { lines })
}

/// Writes down where a source stands. Callers hold the request's claim in the same transaction.
pub(crate) async fn save(
    tx: &mut Tx,
    workspace: WorkspaceId,
    request: RequestId,
    line: &SourceLine,
) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "update lead_request_sources set state = $4, calls = $5, received = $6, rejected = $7, delivered = $8, skipped = $9,
             cost = $10, cursor = $11, seen = $12, group_number = $13, failures = $14, fault = $15, retry_at = $16
         where workspace_id = $1 and request_id = $2 and position = $3")
        .bind(workspace).bind(request).bind(line.position).bind(line.state).bind(line.calls).bind(line.received)
        .bind(line.rejected).bind(line.delivered).bind(line.skipped).bind(line.cost).bind(&line.cursor).bind(&line.seen)
        .bind(line.group_number).bind(line.failures).bind(&line.fault).bind(line.retry_at)
        .execute(c).await.map(drop))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(source: Option<SourceId>, price: i64) -> Offered {
        Offered { source, name: String::new(), price: Credits::new(price).unwrap() }
    }

    #[test]
    fn the_order_is_the_users_and_what_is_switched_off_is_left_out() {
        let (acorn, birch) = (SourceId::new(), SourceId::new());
        let offered = vec![offer(None, 1), offer(Some(acorn), 3), offer(Some(birch), 2)];
        let order = |chosen: &[&str]| {
            let chosen: Vec<String> = chosen.iter().map(|key| (*key).to_owned()).collect();
            in_order(offered.clone(), &chosen).iter().map(|one| one.source).collect::<Vec<_>>()
        };
        let (a, b) = (acorn.to_string(), birch.to_string());
        assert_eq!(order(&[&b, "directory"]), [Some(birch), None]);
        assert_eq!(order(&[&a]), [Some(acorn)]);
        let gone = SourceId::new().to_string();
        assert_eq!(order(&[&gone]), [None]);
        let read = |form: &str| parse_order(&Form::parse(form.as_bytes()), &offered);
        assert_eq!(
            read(&format!("source-directory=2&source-{a}=&source-{b}=1")),
            Ok(Some(vec![b.clone(), "directory".into()]))
        );
        assert_eq!(read(&format!("source-directory=1&source-{a}=2&source-{b}=3")), Ok(None));
        assert!(read(&format!("source-directory=&source-{a}=")).is_err());
        assert_eq!(read("quantity=5"), Ok(None));
        assert_eq!(price_max(&offered), Credits::new(3).unwrap());
    }
}
